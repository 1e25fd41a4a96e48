"""libudp echo: sends each datagram back to its sender."""

from __future__ import annotations

import argparse
from time import monotonic
from typing import Any, Optional

from .._data.address import Address, at
from ..errors import ClosedError, Error, TimedOutError
from ._output import Output
from ._parser import NOTHING_CAME, add_encoding, add_listener, command
from ._sockets import bound

# A forged datagram that seems to come from another server would make the two servers answer each other forever. Ports
# below this one belong to servers (echo 7, chargen 19, DNS 53), not to clients.
MIN_PEER_PORT = 1024
# The most replies to one host in so many seconds. Servers that answer each other reach it, and the first datagram that
# stays unanswered ends their loop.
MAX_REPLIES, WINDOW = 1000, 10.0
# How many hosts are counted. Forged senders must not fill the memory.
MAX_HOSTS = 4096

EXAMPLES = f"""\
  libudp echo 8080             sends each datagram back to its sender
  libudp echo 127.0.0.1 8080   for programs on this machine only

Two echo servers that answer each other would never stop. So there is no reply to a port below
{MIN_PEER_PORT}, to the port that the command itself listens on, and to a host after {MAX_REPLIES:,} replies in
{WINDOW:.0f} seconds.
"""


def add(commands: Any) -> None:
    parser = command(commands, "echo", run, "sends each datagram back to its sender", EXAMPLES)
    add_listener(parser)
    add_encoding(parser, "encoding for showing text; the bytes are sent back unchanged")
    parser.add_argument("--quiet", action="store_true", help="show nothing, as in a pipe")


def run(args: argparse.Namespace, out: Output) -> int:
    show = not args.quiet and (out.terminal or out.json)
    done = 0
    with bound(args.host, args.port) as socket:
        guard = Guard(socket.local_address[1])
        out.listening(socket.local_address, args.port)
        while args.count is None or done < args.count:
            try:
                data, sender = socket.recvfrom(timeout=args.timeout)
            except TimedOutError:
                return 0 if done and args.count is None else NOTHING_CAME
            done += 1
            reason = guard.refuses(sender, monotonic())
            if reason is None:
                try:
                    socket.sendto(data, sender)
                except ClosedError:
                    raise
                except Error as error:
                    # An error about one peer does not end the service for the others.
                    reason = str(error)
            if reason:
                out.status(f"no reply to {at(sender)}: {reason}", always=True)
            if show:
                out.datagram(data, sender, args.encoding)
    return 0


class Guard:
    """Ends loops between servers that answer each other.

    Args:
        own_port: the port of this server.
    """

    def __init__(self, own_port: int) -> None:
        self._own_port = own_port
        self._begin = 0.0
        self._replies: dict[str, int] = {}

    def refuses(self, sender: Address, now: float) -> Optional[str]:
        """Why a datagram is not answered; None if it is. "" if a reason was given before.

        Args:
            sender: its (host, port).
            now: the time in seconds, of a monotonic clock.
        """
        host, port = sender
        if port < MIN_PEER_PORT:
            return f"ports below {MIN_PEER_PORT} belong to servers"
        if port == self._own_port:
            return "it has the port of this server, so it may be one too"
        if now - self._begin >= WINDOW or len(self._replies) >= MAX_HOSTS:
            self._begin = now
            self._replies.clear()
        replies = self._replies[host] = self._replies.get(host, 0) + 1
        if replies > MAX_REPLIES:
            said = replies > MAX_REPLIES + 1
            return "" if said else f"{MAX_REPLIES:,} replies in {WINDOW:.0f} seconds are the limit"
        return None
