"""libudp send: sends datagrams and shows the replies."""

from __future__ import annotations

import argparse
from ipaddress import ip_address
from itertools import repeat
from time import monotonic, sleep
from typing import Any, Iterator, Optional

from .._data.address import Address, at, resolve
from .._data.interface import interface_index
from .._socket.options import Option
from .._socket import Socket
from ..errors import TimedOutError
from ._output import Output
from ._parser import NOTHING_CAME, Failure, add_interface, command, count, peer_port, port, rate, seconds, ttl
from ._payload import add_payload, check_payload, limit, payloads
from ._sockets import family_of

EXAMPLES = """\
  libudp send 192.0.2.7 8080 hello                      one datagram
  libudp send 192.0.2.7 8080 你好 --encoding gbk         to a program that reads GBK
  libudp send localhost 8080 ping --wait 2              and wait two seconds for the reply
  libudp send localhost 8080 x --repeat 100 --rate 10   ten per second
  libudp send localhost 8080 --hex '01 02 ff'           bytes
  libudp send 239.1.2.3 8080 hello --interface eth0     to a multicast group
  tail -f log | libudp send 192.0.2.7 8080 -            each line is a datagram
"""


def add(commands: Any) -> None:
    parser = command(commands, "send", run, "sends datagrams to one peer", EXAMPLES)
    parser.add_argument("host", metavar="HOST", help="address or name of the peer")
    parser.add_argument("port", type=peer_port, metavar="PORT", help="the peer's port")
    add_payload(parser)
    parser.add_argument("--wait", type=seconds, metavar="SECONDS", help="wait for a reply to each datagram")
    parser.add_argument("--repeat", type=count, default=1, metavar="N", help="send the datagram N times")
    parser.add_argument("--rate", type=rate, metavar="N", help="at most N datagrams per second; default: no limit")
    add_interface(parser, "send through this interface: a name, an index or an address; default: by the routing table")
    help = "time to live, 1 to 255; default: the system's, 1 for multicast"
    parser.add_argument("--ttl", type=ttl, metavar="N", help=help)
    parser.add_argument("--from", type=port, dest="own_port", metavar="PORT", help="send from this port")


def run(args: argparse.Namespace, out: Output) -> int:
    check_payload(args)
    if args.text == "-" and args.repeat > 1:
        args.parser.error("--repeat needs one datagram; - sends one for each line")
    to = resolve(args.host, args.port)
    # Read before the first send, so that a missing file is an error before anything is sent.
    datagrams = payloads(args) if args.text == "-" else repeat(next(payloads(args)), args.repeat)
    with Socket(family_of(to[0])) as socket:
        if args.own_port is not None:
            socket.bind(("", args.own_port))
        group = ip_address(to[0].partition("%")[0]).is_multicast
        if args.interface is not None:
            which = Option.MULTICAST_INTERFACE if group else Option.BIND_INTERFACE
            socket.set_option(which, interface_index(args.interface))
        if args.ttl is not None:
            socket.set_option(Option.MULTICAST_TTL if group else Option.TTL, args.ttl)
        # Connected, to learn of a refusal. But the members of a group reply from their own addresses.
        if not group:
            socket.connect(to)
        return exchange(args, out, socket, to, paced(datagrams, args.rate))


def exchange(args: argparse.Namespace, out: Output, socket: Socket, to: Address, datagrams: Iterator[bytes]) -> int:
    """Sends the datagrams and prints a summary, also after Ctrl-C."""
    sent = size = replies = 0
    begin = monotonic()
    address = None if socket.peer_address else to
    try:
        for data in datagrams:
            size += socket.sendto(data, address)
            sent += 1
            if args.wait is not None:
                replies += reply(args, out, socket)
    finally:
        took = monotonic() - begin
        if out.json and sent:
            fields: dict[str, Any] = {"replies": replies} if args.wait is not None else {}
            out.record("sent", host=to[0], port=to[1], datagrams=sent, size=size, seconds=round(took, 6), **fields)
        elif sent:
            many = "1 datagram" if sent == 1 else f"{sent} datagrams"
            heard = "" if args.wait is None else f", {replies} {'reply' if replies == 1 else 'replies'}"
            out.status(f"sent {many} of {size} bytes to {at(to)}{heard}")
    if args.wait is None or replies == sent:
        return 0
    if replies == 0:
        raise Failure(f"no reply from {at(to)} in {limit(args.wait)}", NOTHING_CAME)
    return NOTHING_CAME


def reply(args: argparse.Namespace, out: Output, socket: Socket) -> bool:
    """Waits for one reply and shows it."""
    try:
        data, sender = socket.recvfrom(timeout=args.wait)
    except TimedOutError:
        return False
    out.reply(data, sender, args.encoding)
    return True


def paced(datagrams: Iterator[bytes], rate: Optional[float]) -> Iterator[bytes]:
    """The datagrams at a rate per second. After a delay, it does not send faster to catch up."""
    due = monotonic()
    for data in datagrams:
        if rate is not None:
            now = monotonic()
            if due > now:
                sleep(due - now)
            due = max(due, now) + 1 / rate
        yield data
