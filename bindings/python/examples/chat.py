"""Program 6: a chat. One thread receives and one sends, on the same socket, at the same time.

    python chat.py [port [host]]             waits for the first message, and chats with its sender
    python chat.py port host peer peer_port  begins the chat

An empty line, the end of the input or Ctrl-C ends it.
"""

import sys
from threading import Thread

import libudp


def receive(socket: libudp.Socket) -> None:
    """Prints received lines until the socket is closed."""
    try:
        while True:
            text, peer = socket.recvfrom_text()
            print(f"{peer[0]}:{peer[1]}: {text}", flush=True)
    except libudp.ClosedError:
        pass


def main(port: str = "8080", host: str = "", peer: str = "", peer_port: str = "8080") -> None:
    with libudp.Socket() as socket:
        socket.bind((host, int(port)))
        print("chatting at port", socket.local_address[1], flush=True)
        if peer:
            to = libudp.resolve(peer, int(peer_port), "ipv4")
        else:
            text, to = socket.recvfrom_text()
            print(f"{to[0]}:{to[1]}: {text}", flush=True)
        receiver = Thread(target=receive, args=[socket])
        receiver.start()
        try:
            while True:
                line = input()
                if not line:
                    break
                socket.sendto_text(line, to)
        finally:
            # close() ends the waiting receive of the other thread.
            socket.close()
            receiver.join()


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (EOFError, KeyboardInterrupt):
        print()
