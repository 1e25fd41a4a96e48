"""Many sockets: one thread serves a thousand ports, and sends back what each gets.

    many_ports.py [first_port [ports [host]]]     1000 ports from 20000 on; with first_port 0, the system chooses them
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import NoReturn

import libudp
from libudp import Event

try:
    import resource
except ImportError:  # Windows has no such limit.
    resource = None  # type: ignore[assignment]


def serve(poller: libudp.Poller) -> NoReturn:
    while True:
        for key, _ in poller.select():
            socket: libudp.Socket = key.fileobj  # type: ignore[assignment]
            try:
                # One datagram a turn, so that a busy port does not keep the others waiting.
                data, peer = socket.recvfrom(timeout=0)
                socket.sendto(data, peer)
            except libudp.WouldBlockError:
                continue
            except libudp.Error as error:
                print(f"{key.data}: {error}", file=sys.stderr)
                continue
            print(f"{key.data}: {len(data)} bytes from {peer[0]}:{peer[1]}", flush=True)


def main() -> None:
    first = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    ports = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    host = sys.argv[3] if len(sys.argv) > 3 else ""
    if resource:
        # Each socket is a descriptor, of which a process has 1,024 at first.
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    with ExitStack() as stack:
        poller = stack.enter_context(libudp.Poller())
        for number in range(ports):
            socket = stack.enter_context(libudp.Socket())
            socket.bind((host, first + number if first else 0))
            port = socket.local_address[1]
            # The port comes back with each report about this socket.
            poller.register(socket, Event.READ, port)
            if number == 0:
                print(f"the first of {ports} ports is {port}")
        print(f"the last is {port}", flush=True)
        serve(poller)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
