"""libudp listen: shows received datagrams."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ..errors import TimedOutError
from ._output import Output
from ._parser import NOTHING_CAME, add_encoding, add_interface, add_listener, command
from ._sockets import bound

EXAMPLES = """\
  libudp listen 8080                       all datagrams to port 8080
  libudp listen 127.0.0.1 8080 --hex       from this machine only, in hexadecimal
  libudp listen 8080 --json | jq .text     for another program
  libudp listen 8080 --raw --count 1 > x   the bytes of one datagram
  libudp listen 8080 --join 239.1.2.3      datagrams to a multicast group too

Datagrams with control characters are shown in hexadecimal. With --encoding and --json they are
text, with control characters escaped (\\x1b), so no datagram can control the terminal.
"""


def add(commands: Any) -> None:
    parser = command(commands, "listen", run, "shows the datagrams that arrive at a port", EXAMPLES)
    add_listener(parser)
    add_encoding(parser, "encoding of the text; default: UTF-8 or GB18030; other bytes in hexadecimal")
    parser.add_argument("--join", action="append", metavar="GROUP", help="join a multicast group; may be repeated")
    add_interface(parser, "join on this interface: a name, an index or an address; default: all")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--hex", action="store_true", help="show text in hexadecimal too")
    help = "write only the bytes, unchanged, one datagram after the other; not to a terminal"
    how.add_argument("--raw", action="store_true", help=help)


def run(args: argparse.Namespace, out: Output) -> int:
    if args.raw and args.json:
        args.parser.error("--raw and --json exclude each other")
    if args.raw and out.terminal:
        args.parser.error("--raw does not write to a terminal, which the bytes could control; redirect the output")
    if args.interface and not args.join:
        args.parser.error("--interface requires --join")
    left, came = args.count, False
    # Other programs on this machine may receive from the group too.
    with bound(args.host, args.port, reuse_address=bool(args.join)) as socket:
        for group in args.join or ():
            socket.join(group, args.interface)
        out.listening(socket.local_address, args.port)
        while left is None or left > 0:
            try:
                data, sender = socket.recvfrom(timeout=args.timeout)
            except TimedOutError:
                return 0 if came and left is None else NOTHING_CAME
            came = True
            if args.raw:
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()
            else:
                out.datagram(data, sender, args.encoding, args.hex)
            left = None if left is None else left - 1
    return 0
