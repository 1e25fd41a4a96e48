"""Program 2: a server that returns one datagram to its sender.

    python server.py [port [host]]
"""

import sys

import libudp


def main(port: str = "8080", host: str = "") -> None:
    with libudp.Socket() as socket:
        socket.bind((host, int(port)))
        print("serving at port", socket.local_address[1], flush=True)
        data, peer = socket.recvfrom()
        print(f"{peer[0]}:{peer[1]}: {libudp.decode(data)}")
        socket.sendto(data, peer)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except KeyboardInterrupt:
        print()
