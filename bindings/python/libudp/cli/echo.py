"""libudp echo: sends back what comes."""

from __future__ import annotations

import argparse
from typing import Any

from .._data.address import at
from ..errors import ClosedError, Error, TimedOutError
from ._output import Output
from ._parser import NOTHING_CAME, add_encoding, add_listener, command
from ._sockets import bound

EXAMPLES = """\
  libudp echo 8080             each datagram goes back to who sent it
  libudp echo 127.0.0.1 8080   only for programs of this machine
"""


def add(commands: Any) -> None:
    parser = command(commands, "echo", run, "sends back what comes to a port", EXAMPLES)
    add_listener(parser)
    add_encoding(parser, "what to show text as; the bytes go back as they came")
    parser.add_argument("--quiet", action="store_true", help="show nothing, as it does when it is not in a terminal")


def run(args: argparse.Namespace, out: Output) -> int:
    show = not args.quiet and (out.terminal or out.json)
    done = 0
    with bound(args.host, args.port) as socket:
        out.listening(socket.local_address, args.port)
        while args.count is None or done < args.count:
            try:
                data, sender = socket.recvfrom(timeout=args.timeout)
            except TimedOutError:
                return 0 if done and args.count is None else NOTHING_CAME
            done += 1
            try:
                socket.sendto(data, sender)
            except ClosedError:
                raise
            except Error as error:
                # One peer that cannot be answered is no reason to leave the others.
                out.status(f"no answer to {at(sender)}: {error}", always=True)
            if show:
                out.datagram(data, sender, args.encoding)
    return 0
