"""libudp listen: shows what comes."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from ..errors import TimedOutError
from ._output import Output
from ._parser import NOTHING_CAME, add_encoding, add_interface, add_listener, command
from ._sockets import bound

EXAMPLES = """\
  libudp listen 8080                       everything that comes to port 8080
  libudp listen 127.0.0.1 8080 --hex       from this machine only, byte by byte
  libudp listen 8080 --json | jq .text     for another program
  libudp listen 8080 --raw --count 1 > x   the bytes of one datagram
  libudp listen 8080 --join 239.1.2.3      what is sent to a multicast group too
"""


def add(commands: Any) -> None:
    parser = command(commands, "listen", run, "shows what comes to a port", EXAMPLES)
    add_listener(parser)
    add_encoding(parser, "what to read text as; default: UTF-8, else GB18030, else in hexadecimal")
    parser.add_argument("--join", action="append", metavar="GROUP", help="join a multicast group; may be repeated")
    add_interface(parser, "where to join it: a name, a number or an address; default: everywhere")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--hex", action="store_true", help="in hexadecimal, also if it is text")
    how.add_argument("--raw", action="store_true", help="only the bytes, as they came, one datagram after the other")


def run(args: argparse.Namespace, out: Output) -> int:
    if args.raw and args.json:
        args.parser.error("--raw and --json do not go together")
    if args.interface and not args.join:
        args.parser.error("--interface is for --join")
    left, came = args.count, False
    # Others of this machine may listen to a group too.
    with bound(args.host, args.port, share=bool(args.join)) as socket:
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
