"""The calls of a socket that set how it behaves, and that wait."""

from __future__ import annotations

from operator import index
from typing import NamedTuple, Optional

from .._native import declarations as c
from .receive import Batches
from .._native.calls import Own, Timeout, check, lib, milliseconds, waiting


class Ready(NamedTuple):
    """What `Socket.wait` found: whether a receive, a send, and `Socket.recv_error` would not wait.

    >>> socket.wait(read=False, write=True)
    Ready(read=False, write=True, error=False)
    """

    read: bool
    write: bool
    error: bool = False


class Settings(Batches):
    """The part of `Socket` that is about waiting and options."""

    _timeout: Optional[float]

    def settimeout(self, timeout: Optional[float]) -> None:
        """Sets what calls wait that are not given a timeout.

        Args:
            timeout: seconds; None for ever, which is what it is at first; 0 not at all.

        Raises:
            ValueError: less than 0.

        >>> socket.settimeout(0.01)
        >>> socket.recvfrom()
        Traceback (most recent call last):
        libudp.errors.TimedOutError: the time-out passed
        """
        self._timeout_ms = milliseconds(timeout)
        self._timeout = timeout

    def gettimeout(self) -> Optional[float]:
        """What `settimeout` set, in seconds; None is for ever.

        >>> socket.settimeout(0.01)
        >>> socket.gettimeout()
        0.01
        """
        return self._timeout

    def wait(
        self, read: bool = True, write: bool = False, timeout: Timeout = Own.TIMEOUT, *, error: bool = False
    ) -> Ready:
        """Waits until the socket can be read or written, or has a path error to tell.

        Args:
            read: wait for a datagram, or an error to be told of.
            write: wait for room in the send buffer.
            timeout: seconds to wait; see the class.
            error: wait for what `recv_error` tells.

        Returns:
            Which of them it is: three bools, named read, write and error.

        Raises:
            TimedOutError, WouldBlockError, ClosedError. ArgumentError: none was asked for; or errors, and
            Option.RECV_ERRORS is 0.

        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> socket.wait(timeout=5.0)
        Ready(read=True, write=False, error=False)
        """
        if read and self._unread:
            return Ready(True, False)
        events = (c.UDP_READ if read else 0) | (c.UDP_WRITE if write else 0) | (c.UDP_ERROR if error else 0)
        timeout_ms = self._timeout_ms if timeout is Own.TIMEOUT else milliseconds(timeout)
        found = check(waiting(timeout_ms, lib.udp_wait, self._handle, events))
        return Ready(bool(found & c.UDP_READ), bool(found & c.UDP_WRITE), bool(found & c.UDP_ERROR))

    def set(self, option: int, value: int) -> int:
        """Sets an option.

        Args:
            option: one of `Option`, which says its unit.
            value: its new value.

        Returns:
            The value that the system granted.

        Raises:
            ArgumentError: an unknown option, or a value that is out of range or too late. AccessError, ClosedError.

        >>> socket.set(libudp.Option.TTL, 3)
        3
        """
        return check(lib.udp_set(self._handle, _int32(option, "option"), _int32(value, "value")))

    def get(self, option: int) -> int:
        """The value of an option.

        Args:
            option: one of `Option`, which says its unit.

        Raises:
            ArgumentError: an unknown option, or one that this socket does not have. ClosedError.

        >>> socket.get(libudp.Option.BROADCAST)
        0
        """
        return check(lib.udp_get(self._handle, _int32(option, "option")))


def _int32(value: int, what: str) -> int:
    """The value, if C's int32_t can hold it; ctypes would cut it off."""
    number = index(value)
    if not -(2**31) <= number < 2**31:
        raise ValueError(f"{what} is out of range: {number}")
    return number
