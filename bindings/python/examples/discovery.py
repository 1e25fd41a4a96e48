"""Announces a service in a multicast group, and finds announced services on all networks of this machine.

    python discovery.py announce NAME [group [port]]    answers requests, until Ctrl-C
    python discovery.py find [group [port]]             sends a request, and prints the answers of one second

The group is 239.255.42.42, or an IPv6 one such as ff02::4242.
"""

import sys
from time import monotonic

import libudp
from libudp import Option

GROUP, PORT = "239.255.42.42", "4242"
QUESTION = b"discovery: who is there?"
ANSWER = b"discovery: "
SECONDS = 1.0


def family(group: str) -> str:
    return "ipv6" if ":" in group else "ipv4"


def announce(name: str, group: str = GROUP, port: str = PORT) -> None:
    # Other programs on this machine may announce services too.
    with libudp.Socket(family(group), reuse_address=True) as socket:
        socket.set_option(Option.RECV_PKTINFO, 1)
        socket.bind(("", int(port)))
        interfaces = socket.join(group)
        print("announcing", name, "on", interfaces, "interface" if interfaces == 1 else "interfaces", flush=True)
        while True:
            data, peer, info = socket.recvfrom_info()
            if data != QUESTION:
                continue
            try:
                # The reply comes from an address of the network of the request, which the sender can reach.
                socket.reply(ANSWER + name.encode(), peer, info)
            except libudp.Error as error:
                # An error about one peer does not end the service for the others.
                print(f"no answer to {peer[0]}: {error}", flush=True)


def find(group: str = GROUP, port: str = PORT) -> None:
    found = set()
    with libudp.Socket(family(group)) as socket:
        for interface in libudp.interfaces():
            if interface.up and (interface.multicast or interface.loopback):
                socket.set_option(Option.MULTICAST_INTERFACE, interface.if_index)
                try:
                    socket.sendto(QUESTION, (group, int(port)))
                except libudp.Error:
                    pass  # The interface has no address of this family, or no route to the group.
        end = monotonic() + SECONDS
        while (left := end - monotonic()) > 0:
            try:
                data, (host, _) = socket.recvfrom(timeout=left)
            except libudp.TimedOutError:
                break
            # A service may answer on several networks.
            if data.startswith(ANSWER) and (data, host) not in found:
                found.add((data, host))
                name = libudp.decode(data[len(ANSWER) :], "utf-8")
                # Received text must not control the terminal.
                print(name if name.isprintable() else ascii(name), "at", host, flush=True)
    if not found:
        sys.exit("no service answered")


if __name__ == "__main__":
    command, *arguments = sys.argv[1:] or [""]
    try:
        if command == "announce" and arguments:
            announce(*arguments)
        elif command == "find":
            find(*arguments)
        else:
            sys.exit(__doc__)
    except libudp.Error as error:
        sys.exit(f"discovery: {error}")
    except KeyboardInterrupt:
        print()
