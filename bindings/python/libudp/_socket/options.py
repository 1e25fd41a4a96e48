"""The options of a socket."""

from __future__ import annotations

from enum import IntEnum
from operator import index

from .._native.calls import check, lib
from .base import SocketBase


class Option(IntEnum):
    """The options of `Socket.set_option` and `Socket.get_option`.

    A value is 0 or greater, unless the text says otherwise. The names in brackets are those of the system.

    >>> socket.set_option(libudp.Option.SEND_TIMEOUT, 100)
    100
    """

    RECV_BUFFER = 1
    """Receive buffer size in bytes (SO_RCVBUF). Setting it returns the size granted, which may be smaller (Linux: at
    most net.core.rmem_max) or larger. Default: the system's."""
    SEND_BUFFER = 2
    """Send buffer size in bytes (SO_SNDBUF), granted like RECV_BUFFER (Linux: at most net.core.wmem_max). Default: the
    system's."""
    FORCE_RECV_BUFFER = 3
    """RECV_BUFFER without the limit of the system (SO_RCVBUFFORCE). Requires a privilege (Linux: CAP_NET_ADMIN)."""
    FORCE_SEND_BUFFER = 4
    """SEND_BUFFER without the limit of the system (SO_SNDBUFFORCE). Requires a privilege (Linux: CAP_NET_ADMIN)."""
    SEND_TIMEOUT = 5
    """How long a send waits for room in the send buffer, in milliseconds. 0 does not wait, 2147483647 waits forever.
    Default: 2147483647."""
    BROADCAST = 6
    """1 allows datagrams to broadcast addresses (SO_BROADCAST). `Socket.broadcast` sets it. Default: 0."""
    TTL = 7
    """Time to live (IPv6: hop limit) of unicast datagrams, 1 to 255 (IP_TTL, IPV6_UNICAST_HOPS). Each router decrements
    it. Default: the system's, usually 64."""
    TOS = 8
    """TOS byte (IPv6: traffic class) of sent datagrams, 0 to 255 (IP_TOS, IPV6_TCLASS): DSCP in the upper six bits, ECN
    in the lower two. Default: 0."""
    DONT_FRAGMENT = 9
    """Path MTU discovery (IP_MTU_DISCOVER). 0: fragment datagrams larger than the path MTU. 1: set DF; larger datagrams
    fail with MessageSizeError. 2: set DF and ignore the cached path MTU (for probing). Default: the system's, usually
    0."""
    PATH_MTU = 10
    """Path MTU to the connected peer in bytes, as far as the system knows it, the IP header included (IP_MTU).
    Read-only."""
    PRIORITY = 11
    """Queueing priority of sent datagrams (SO_PRIORITY). Above 6 it requires a privilege. On Linux, setting TOS changes
    it. Default: 0."""
    IPV6_ONLY = 12
    """1: an IPv6 socket does not use IPv4. 0: it does (IPV6_V6ONLY). Set before `bind`. Default: 1 for "ipv6", 0 for
    "dual"."""
    REUSE_ADDRESS = 13
    """1: other sockets with this option may bind the same address and port, and each receives broadcasts and multicasts
    (SO_REUSEADDR). Set before `bind`. Default: 0."""
    REUSE_PORT = 14
    """1: other sockets with this option may bind the same address and port, and the system distributes the peers among
    them (SO_REUSEPORT). Set before `bind`. Default: 0."""
    BIND_INTERFACE = 15
    """Index of the only interface to send and receive through (SO_BINDTOIFINDEX). 0: all interfaces. Default: 0."""
    MULTICAST_TTL = 16
    """Time to live (IPv6: hop limit) of multicast datagrams, 0 to 255 (IP_MULTICAST_TTL, IPV6_MULTICAST_HOPS). 0: this
    machine only. 1: the local link only. Default: 1."""
    MULTICAST_LOOP = 17
    """1: sent multicast datagrams also reach members on this machine (IP_MULTICAST_LOOP). Default: 1."""
    MULTICAST_INTERFACE = 18
    """Index of the interface that multicast datagrams are sent through (IP_MULTICAST_IF). 0: the routing table decides.
    Default: 0."""
    RECV_PKTINFO = 19
    """1: report the local address and the interface of each received datagram, in `PacketInfo.local` and `.if_index`
    (IP_PKTINFO). Default: 0."""
    RECV_TIMESTAMP = 20
    """1: report when the kernel received each datagram, in `PacketInfo.timestamp_ns` (SO_TIMESTAMPNS). Default: 0."""
    RECV_TOS = 21
    """1: report the TOS byte of each received datagram, in `PacketInfo.tos` (IP_RECVTOS). Default: 0."""
    RECV_ERRORS = 22
    """1: queue path errors for `Socket.recv_error`, so that they fail no other call (IP_RECVERR). Default: 0."""
    BUSY_POLL = 23
    """How long a wait busy-polls the device before it sleeps, in microseconds (SO_BUSY_POLL). Raising it requires a
    privilege. Default: the system's, usually 0."""
    SPIN = 24
    """How long a receive looks for a datagram before it sleeps, in microseconds, 0 to 10,000. It saves the time that waking
    a thread takes, and tunes itself: while nothing comes in that time, fewer and shorter looks are made. A signal that
    arrives meanwhile ends the wait after the look (Linux). A `Poller` looks for as long as the largest value that a socket had when
    it was registered. Default: 0."""


class OptionCalls(SocketBase):
    """The part of `Socket` that sets and reads options."""

    def set_option(self, option: int, value: int) -> int:
        """Sets an option.

        Args:
            option: a member of `Option`, which documents its unit, range and default.
            value: the new value.

        Returns:
            The value that the system granted.

        Raises:
            InvalidError: the option is unknown or read-only, the value is out of range, or the option must be set
            before `bind`. AccessError: it requires a privilege. UnsupportedError, ClosedError.

        >>> socket.set_option(libudp.Option.TTL, 3)
        3
        """
        return check(lib.udp_set_option(self._handle, _int32(option, "option"), _int32(value, "value")))

    def get_option(self, option: int) -> int:
        """The value of an option.

        Args:
            option: a member of `Option`, which documents its unit.

        Raises:
            InvalidError: the option is unknown, or this socket does not have it. UnsupportedError, ClosedError.

        >>> socket.get_option(libudp.Option.BROADCAST)
        0
        """
        return check(lib.udp_get_option(self._handle, _int32(option, "option")))


def _int32(value: int, what: str) -> int:
    """The value, if it fits an int32_t; ctypes would truncate it."""
    number = index(value)
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"{what} is out of range: {number}")
    return number
