"""Program 4: a client. It does not bind; the system chooses its port.

    python client.py [host [port]]
"""

import sys

import libudp


def main(host: str = "127.0.0.1", port: str = "8080") -> None:
    server = libudp.resolve(host, int(port), "ipv4")
    with libudp.Socket() as socket:
        while True:
            socket.sendto_text(input("To send: "), server)
            # UDP does not guarantee delivery, so a wait for an answer needs a timeout.
            try:
                text, peer = socket.recvfrom_text(timeout=5.0)
                print(f"{peer[0]}:{peer[1]}: {text}")
            except libudp.TimedOutError:
                print("no answer")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (EOFError, KeyboardInterrupt):
        print()
