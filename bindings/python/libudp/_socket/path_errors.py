"""Path errors: what routers and hosts report about sent datagrams."""

from __future__ import annotations

from ctypes import byref
from typing import NamedTuple, Optional

from .._data.address import Address, at, from_native
from .._native import declarations as c
from .._native.calls import Default, Timeout, check, lib, milliseconds, waiting
from ..errors import Error, from_code
from .base import SocketBase


class PathError(NamedTuple):
    """A sent datagram that did not arrive, as a router, the peer's host or this machine reports it (ICMP).

    >>> socket.set_option(libudp.Option.RECV_ERRORS, 1)
    1
    >>> socket.sendto(b"hello", ("127.0.0.1", 9))
    5
    >>> socket.recv_error(timeout=5.0)
    PathError(error=RefusedError(...), peer=('127.0.0.1', 9), offender='127.0.0.1', mtu=0, icmp_type=3, icmp_code=3)
    """

    error: Error
    """RefusedError, MessageSizeError, UnreachableError, or AccessError for a firewall. Its `errno` is the system's."""
    peer: Address
    """The destination of the datagram, (host, port). On Linux, errors that this machine itself reports on an
    unconnected socket have port 0."""
    offender: Optional[str]
    """The address of the host that reported the error; None for this machine."""
    mtu: int
    """The path MTU in bytes, the IP header included, for MessageSizeError; otherwise 0."""
    icmp_type: int
    """The type of the ICMP message, or of the ICMPv6 message if `offender` is an IPv6 address; otherwise 0."""
    icmp_code: int
    """The code of the ICMP message."""


class PathErrorCalls(SocketBase):
    """The part of `Socket` that reports path errors."""

    def recv_error(self, timeout: Timeout = Default.TIMEOUT) -> PathError:
        """Waits for a path error: a datagram was refused by the peer, unreachable, or too large for the path.

        Requires Option.RECV_ERRORS. Path errors then wait in a queue of 1,024 and fail no other call; `get_stats`
        counts them, and those that were discarded because the queue was full. Routers and peers may report nothing, so
        no error does not mean that a datagram arrived.

        Args:
            timeout: seconds to wait; default: the timeout of the socket.

        Raises:
            InvalidError: Option.RECV_ERRORS is 0. TimedOutError, WouldBlockError, ClosedError.

        >>> socket.set_option(libudp.Option.RECV_ERRORS, 1)
        1
        >>> socket.sendto(b"hello", ("127.0.0.1", 9))
        5
        >>> socket.recv_error(timeout=5.0).error.name
        'UDP_ERR_REFUSED'
        """
        timeout_ms = self._timeout_ms if timeout is Default.TIMEOUT else milliseconds(timeout)
        error = c.udp_path_error()
        check(waiting(timeout_ms, lib.udp_recv_error, self._handle, byref(error)))
        return path_error(error)


def path_error(native: c.udp_path_error) -> PathError:
    """The PathError of a udp_path_error."""
    peer = from_native(native.peer)
    offender = from_native(native.offender)[0] if native.offender.family else None
    error = from_code(native.code, f"{lib.udp_strerror(native.code).decode()}: {at(peer)}", native.os_error)
    return PathError(error, peer, offender, native.mtu, native.icmp_type, native.icmp_code)
