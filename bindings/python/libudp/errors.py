"""The exceptions of libudp: every code of libudp.h becomes one of them.

All are `Error`, which is an `OSError`. Where Python has an exception for the same thing, such as `TimeoutError`, the
class is that too, so that code written for Python's own sockets goes on catching it.

    >>> socket.recvfrom(timeout=0)
    Traceback (most recent call last):
    libudp.errors.WouldBlockError: nothing to do now, and the call was told not to wait
    >>> socket.sendto(b"x", ("localhost", 8080))
    Traceback (most recent call last):
    libudp.errors.AddressError: 'localhost' is not a numeric address; ...
    >>> socket.sendto(bytes(65508), peer.local_address)
    Traceback (most recent call last):
    libudp.errors.MessageSizeError: the datagram is too large to be sent: 65508 bytes, of at most 65507
    >>> libudp.encode("\\u1681", "big5")
    Traceback (most recent call last):
    libudp.errors.UnmappableError: a character does not exist in this encoding; ...
    >>> libudp.encode("x", "klingon")
    Traceback (most recent call last):
    libudp.errors.EncodingError: unknown encoding: 'klingon'; ...
"""

from __future__ import annotations

import errno
from typing import Any, Optional


class Error(OSError):
    """A call failed.

    Attributes:
        code: the `UDP_ERR_` number of libudp.h.
        name: that number's name, such as "UDP_ERR_TIMED_OUT".
        errno: the system's number for it, or the nearest one; None where no system has one.
        strerror: what happened, as a sentence.

    >>> try:
    ...     socket.recvfrom(timeout=0.001)
    ... except TimeoutError as error:
    ...     print(error.code, error.name, error)
    -9 UDP_ERR_TIMED_OUT the time-out passed
    """

    def __init__(self, code: int, sentence: str, os_error: Optional[int] = None) -> None:
        self.name, _, usual = TABLE.get(code, ("", Error, None))
        self.code = code
        super().__init__(os_error or usual, sentence)

    def __str__(self) -> str:
        return str(self.strerror)

    def __reduce__(self) -> Any:
        # OSError would be rebuilt from (errno, strerror), which are not what the constructor takes.
        return type(self), (self.code, self.strerror, self.errno), self.__dict__


class ArgumentError(Error, ValueError):
    """An argument is out of its range, unknown, or does not fit the socket."""


class AddressError(ArgumentError):
    """The host is not a numeric address. Names are for `libudp.resolve`."""


class FamilyError(ArgumentError):
    """The address is of a family that this socket does not speak."""


class ClosedError(Error):
    """The socket is closed: before the call, or by another thread while it waited."""


class WouldBlockError(Error, BlockingIOError):
    """There is nothing to do now, and the call was told not to wait."""


class TimedOutError(Error, TimeoutError):
    """The time-out passed."""


class InterruptedWaitError(Error, InterruptedError):
    """A signal ended the wait. The package waits on by itself, so this is not seen."""


class TruncatedError(Error):
    """The datagram was longer than the size asked for; the rest of it is gone.

    Attributes:
        data: its beginning.
        address: its sender, (host, port).
        length: its true length in bytes.

    >>> peer.sendto(b"hello", socket.local_address)
    5
    >>> try:
    ...     socket.recvfrom(size=2, timeout=5.0)
    ... except libudp.TruncatedError as error:
    ...     print(error.data, error.length)
    b'he' 5
    """

    data = b""
    address = ("", 0)
    length = 0


class MessageSizeError(Error):
    """The datagram is too large to be sent; nothing was sent."""


class RefusedError(Error, ConnectionRefusedError):
    """The connected peer refused an earlier datagram: nobody listens there. The socket goes on working."""


class UnreachableError(Error):
    """There is no route to the network or host."""


class NotConnectedError(Error):
    """No address was given, and the socket is not connected."""


class InUseError(Error):
    """Another socket has this address and port."""


class NotLocalError(Error):
    """The address or interface is not one of this machine's."""


class NotFoundError(Error):
    """No host of this name has an address."""


class NameServiceError(Error):
    """The name service gave no answer; try again."""


class AccessError(Error, PermissionError):
    """The system does not allow it."""


class NoInterfaceError(Error):
    """No interface is up and can do it: broadcast, or multicast."""


class NoBuffersError(Error):
    """The system has no buffer space now; nothing was sent."""


class LimitError(Error):
    """Too many sockets or files are open, or too many groups joined."""


class OutOfMemoryError(Error, MemoryError):
    """There is no memory for it."""


class UnsupportedError(Error):
    """This system does not offer it."""


class EncodingError(Error, LookupError):
    """The encoding is unknown."""


class UnmappableError(Error, ValueError):
    """A character does not exist in the encoding; nothing was sent."""


class NotJoinedError(Error):
    """The socket is not in this group there."""


class InternalError(Error):
    """A bug in the library; the call was abandoned."""


# code: its name in libudp.h, its class, its errno if it has one. The system's own number goes before that errno.
TABLE: dict[int, tuple[str, type[Error], Optional[int]]] = {
    -1: ("UDP_ERR_NULL", ArgumentError, errno.EFAULT),
    -2: ("UDP_ERR_VALUE", ArgumentError, errno.EINVAL),
    -3: ("UDP_ERR_UTF8", ArgumentError, errno.EINVAL),
    -4: ("UDP_ERR_FLAGS", ArgumentError, errno.EINVAL),
    -5: ("UDP_ERR_OPTION", ArgumentError, errno.ENOPROTOOPT),
    -6: ("UDP_ERR_HANDLE", ClosedError, errno.EBADF),
    -7: ("UDP_ERR_CLOSED", ClosedError, errno.EBADF),
    -8: ("UDP_ERR_WOULD_BLOCK", WouldBlockError, errno.EAGAIN),
    -9: ("UDP_ERR_TIMED_OUT", TimedOutError, errno.ETIMEDOUT),
    -10: ("UDP_ERR_INTERRUPTED", InterruptedWaitError, errno.EINTR),
    -11: ("UDP_ERR_TRUNCATED", TruncatedError, None),
    -12: ("UDP_ERR_SPACE", ArgumentError, None),
    -13: ("UDP_ERR_MSGSIZE", MessageSizeError, errno.EMSGSIZE),
    -14: ("UDP_ERR_REFUSED", RefusedError, errno.ECONNREFUSED),
    -15: ("UDP_ERR_UNREACHABLE", UnreachableError, errno.ENETUNREACH),
    -16: ("UDP_ERR_NOT_CONNECTED", NotConnectedError, errno.ENOTCONN),
    -17: ("UDP_ERR_IN_USE", InUseError, errno.EADDRINUSE),
    -18: ("UDP_ERR_NOT_LOCAL", NotLocalError, errno.EADDRNOTAVAIL),
    -19: ("UDP_ERR_ADDRESS", AddressError, errno.EINVAL),
    -20: ("UDP_ERR_FAMILY", FamilyError, errno.EAFNOSUPPORT),
    -21: ("UDP_ERR_NOT_FOUND", NotFoundError, None),
    -22: ("UDP_ERR_LOOKUP", NameServiceError, None),
    -23: ("UDP_ERR_ACCESS", AccessError, errno.EACCES),
    -24: ("UDP_ERR_NO_INTERFACE", NoInterfaceError, None),
    -25: ("UDP_ERR_NO_BUFFERS", NoBuffersError, errno.ENOBUFS),
    -26: ("UDP_ERR_LIMIT", LimitError, errno.EMFILE),
    -27: ("UDP_ERR_MEMORY", OutOfMemoryError, errno.ENOMEM),
    -28: ("UDP_ERR_UNSUPPORTED", UnsupportedError, errno.EOPNOTSUPP),
    -29: ("UDP_ERR_ENCODING", EncodingError, None),
    -30: ("UDP_ERR_UNMAPPABLE", UnmappableError, None),
    -31: ("UDP_ERR_OS", Error, None),
    -32: ("UDP_ERR_INTERNAL", InternalError, None),
    -33: ("UDP_ERR_NOT_JOINED", NotJoinedError, errno.EADDRNOTAVAIL),
}

# The codes that the package itself asks about.
UDP_ERR_CLOSED = -7
UDP_ERR_WOULD_BLOCK = -8
UDP_ERR_TIMED_OUT = -9
UDP_ERR_INTERRUPTED = -10
UDP_ERR_TRUNCATED = -11
UDP_ERR_NOT_CONNECTED = -16
UDP_ERR_ADDRESS = -19
UDP_ERR_FAMILY = -20
UDP_ERR_UNMAPPABLE = -30


def from_code(code: int, sentence: str, os_error: Optional[int] = None) -> Error:
    """The exception of a code."""
    kind = TABLE.get(code, ("", Error, None))[1]
    return kind(code, sentence, os_error)


def truncated(data: bytes, address: tuple[str, int], length: int) -> TruncatedError:
    """The exception for a datagram that was cut."""
    sentence = f"the datagram is {length} bytes long; all but the first {len(data)} are gone"
    error = TruncatedError(UDP_ERR_TRUNCATED, sentence)
    error.data, error.address, error.length = data, address, length
    return error
