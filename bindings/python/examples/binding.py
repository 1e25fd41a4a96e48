"""Program 5: binding. A bound socket has the port that peers know. An unbound one gets another port in each run.

    python binding.py [port]
"""

import sys

import libudp


def main(port: str = "8080") -> None:
    with libudp.Socket() as bound, libudp.Socket() as unbound:
        bound.bind(("127.0.0.1", int(port)))
        print("bound to port", bound.local_address[1])
        print("unbound, before its first datagram: port", unbound.local_address[1])

        unbound.sendto_text("to the bound port", bound.local_address)
        text, peer = bound.recvfrom_text(timeout=5.0)
        print("unbound, after it: port", peer[1])
        print("the bound socket received:", text)

        # The bound socket does not receive datagrams to the other port.
        bound.sendto_text("to the other port", peer)
        text, _ = unbound.recvfrom_text(timeout=5.0)
        print("the unbound socket received:", text)
        try:
            bound.recvfrom(timeout=0)
        except libudp.WouldBlockError:
            print("the bound socket received nothing more")


if __name__ == "__main__":
    main(*sys.argv[1:])
