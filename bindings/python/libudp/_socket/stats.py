"""The counters of a socket."""

from __future__ import annotations

from ctypes import byref
from enum import IntFlag
from typing import NamedTuple

from .._native import declarations as c
from .._native.calls import check, lib
from .base import SocketBase


class Offload(IntFlag):
    """The offloads that a socket uses, see `Stats.offloads`.

    >>> libudp.Offload.RECV in socket.get_stats().offloads
    False
    """

    SEND = c.UDP_OFFLOAD_SEND
    """Datagrams of one length to one peer are sent together (GSO, UDP_SEGMENT)."""
    RECV = c.UDP_OFFLOAD_RECV
    """The kernel may coalesce received datagrams (UDP_GRO), because of `coalesce=True`."""


class Stats(NamedTuple):
    """The counters of a socket since it was opened.

    >>> socket.sendto(b"hello", peer.local_address)
    5
    >>> socket.get_stats()
    Stats(sent=1, sent_bytes=5, received=0, received_bytes=0, truncated=0, dropped=0, ...)
    """

    sent: int
    """Datagrams sent."""
    sent_bytes: int
    """Bytes sent."""
    received: int
    """Datagrams received."""
    received_bytes: int
    """Bytes received, including those that truncation lost."""
    truncated: int
    """Received datagrams that were longer than their buffer."""
    dropped: int
    """Datagrams that the kernel dropped at this socket, because the receive buffer was full or a checksum was wrong."""
    buffered: int
    """Datagrams that the library and this package have received, and that the next receive returns first."""
    offload_refused: int
    """GSO sends that the kernel refused. Their datagrams were sent one by one."""
    path_errors: int
    """Path errors received; see `Socket.recv_error`."""
    path_errors_lost: int
    """Path errors discarded because the queue was full."""
    spin_hits: int
    """Receives that found a datagram while they looked for one before they would sleep; see Option.SPIN."""
    spin_misses: int
    """Receives that looked in vain, and slept."""
    offloads: Offload
    """The offloads in use."""


class StatsCalls(SocketBase):
    """The part of `Socket` that counts."""

    def get_stats(self) -> Stats:
        """The counters of the socket since it was opened.

        Raises:
            ClosedError.

        >>> socket.sendto(b"hello", peer.local_address)
        5
        >>> socket.get_stats().sent_bytes
        5
        """
        native = c.udp_stats()
        check(lib.udp_get_stats(self._handle, byref(native)))
        return Stats(
            native.sent,
            native.sent_bytes,
            native.received,
            native.received_bytes,
            native.truncated,
            native.dropped,
            # This package buffers too, for a loop over the socket.
            native.buffered + len(self._unread),
            native.offload_refused,
            native.path_errors,
            native.path_errors_lost,
            native.spin_hits,
            native.spin_misses,
            Offload(native.offloads),
        )
