"""Program 1: exchange a line with a program on Windows that reads UTF-8 and writes GBK.

    python exchange_with_windows.py [host [port [own port [own host]]]]
"""

import sys

import libudp


def main(host: str = "127.0.0.1", port: str = "8080", own_port: str = "7878", own_host: str = "") -> None:
    with libudp.Socket() as socket:
        socket.bind((own_host, int(own_port)))
        line = input("To send: ")
        socket.sendto_text(line, libudp.resolve(host, int(port), "ipv4"))
        # "auto" decodes UTF-8 and GBK, so the answer may come from any system.
        text, (peer, peer_port) = socket.recvfrom_text()
        print(f"{peer}:{peer_port} ({text.encoding}): {text}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except (EOFError, KeyboardInterrupt):
        print()
