"""What passed through a socket."""

from __future__ import annotations

from typing import NamedTuple

from .._native.declarations import UDP_PATH_RECV_JOINED, UDP_PATH_SEND_JOINED, udp_counters


class Stats(NamedTuple):
    """What passed through a socket since it was opened, and what the system dropped at it.

    >>> socket.sendto(b"hello", peer.local_address)
    5
    >>> socket.stats()
    Stats(sent=1, sent_bytes=5, received=0, received_bytes=0, truncated=0, dropped=0, ...)
    """

    sent: int
    """Datagrams sent."""
    sent_bytes: int
    """Their bytes."""
    received: int
    """Datagrams received."""
    received_bytes: int
    """Their bytes, with those that were cut off."""
    truncated: int
    """How many of them were longer than the room that they were given."""
    dropped: int
    """Datagrams that the system dropped: the receive buffer was full, or their checksum wrong."""
    kept: int
    """Datagrams that are kept for the next receive: they came with others, of which enough were taken."""
    joined_refused: int
    """How often the system refused to send datagrams as one. They then went one by one."""
    path_errors: int
    """Path errors that came in; see `Socket.recv_error`."""
    path_errors_lost: int
    """How many of them gave way to newer ones before they were asked for."""
    joins_sent: bool
    """Whether runs of datagrams to one peer leave as one."""
    joins_received: bool
    """Whether the system may join received datagrams: the socket coalesces."""

    @classmethod
    def of(cls, counters: udp_counters, unread: int) -> Stats:
        """The library's counts; `unread` more datagrams are kept in Python."""
        return cls(
            counters.sent,
            counters.sent_bytes,
            counters.received,
            counters.received_bytes,
            counters.truncated,
            counters.dropped,
            counters.kept + unread,
            counters.joined_refused,
            counters.path_errors,
            counters.path_errors_lost,
            bool(counters.paths & UDP_PATH_SEND_JOINED),
            bool(counters.paths & UDP_PATH_RECV_JOINED),
        )
