"""Program 7: broadcast to the local networks. The message is for Feiqiu (IPMSG), which listens on port 2425.

    python broadcast.py [port [message]]
"""

import sys

import libudp

MESSAGE = "1:100:will:will-pc:32:will broadcast"


def main(port: str = "8080", message: str = MESSAGE) -> None:
    with libudp.Socket() as socket:
        # Feiqiu runs on Windows and reads GBK. broadcast() sets the socket option for broadcasts itself.
        networks = socket.broadcast(libudp.encode(message, "gbk"), int(port))
        print("sent through", networks, "interface" if networks == 1 else "interfaces")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except libudp.NoInterfaceError as error:
        sys.exit(f"broadcast: {error}")
