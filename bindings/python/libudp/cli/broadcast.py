"""libudp broadcast: sends to every machine on the local networks."""

from __future__ import annotations

import argparse
from time import monotonic
from typing import Any

from .._socket import Socket
from ..errors import TimedOutError
from ._output import Output
from ._parser import NOTHING_CAME, Failure, add_interface, command, peer_port, port, seconds
from ._payload import add_payload, check_payload, limit, payloads

EXAMPLES = """\
  libudp broadcast 2425 hello                    through each network interface
  libudp broadcast 2425 hello --wait 2           and show the replies of two seconds
  libudp broadcast 2425 hello --interface eth0   through one interface
"""


def add(commands: Any) -> None:
    parser = command(commands, "broadcast", run, "sends to every machine on the networks of this machine", EXAMPLES)
    parser.add_argument("port", type=peer_port, metavar="PORT", help="the destination port")
    add_payload(parser)
    add_interface(parser, "send through this interface only: a name, an index or an address; default: all")
    parser.add_argument("--wait", type=seconds, metavar="SECONDS", help="show the replies that arrive in this time")
    parser.add_argument("--from", type=port, dest="own_port", metavar="PORT", help="send from this port")


def run(args: argparse.Namespace, out: Output) -> int:
    check_payload(args)
    with Socket() as socket:
        if args.own_port is not None:
            socket.bind(("", args.own_port))
        for data in payloads(args):
            networks = socket.broadcast(data, args.port, args.interface)
            if out.json:
                out.record("broadcast", port=args.port, size=len(data), interfaces=networks)
            else:
                many = "1 interface" if networks == 1 else f"{networks} interfaces"
                out.status(f"sent {len(data)} bytes to port {args.port} through {many}")
        if args.wait is not None and not replies(args, out, socket):
            raise Failure(f"no reply in {limit(args.wait)}", NOTHING_CAME)
    return 0


def replies(args: argparse.Namespace, out: Output, socket: Socket) -> int:
    """Shows the datagrams that arrive until the time is over, and counts them."""
    found, end = 0, monotonic() + args.wait
    while True:
        try:
            data, sender = socket.recvfrom(timeout=max(0, end - monotonic()))
        except (TimedOutError, BlockingIOError):
            return found
        found += 1
        out.datagram(data, sender, args.encoding)
