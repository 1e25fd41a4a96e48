"""Program 3: a server. A person types its answers.

    python echo_server.py [port [host]]
"""

import sys

import libudp


def main(port: str = "8080", host: str = "") -> None:
    with libudp.Socket() as socket:
        socket.bind((host, int(port)))
        print("serving at port", socket.local_address[1], flush=True)
        while True:
            text, peer = socket.recvfrom_text()
            print(f"{peer[0]}:{peer[1]}: {text}")
            socket.sendto_text(input("Answer: "), peer)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (EOFError, KeyboardInterrupt):
        print()
