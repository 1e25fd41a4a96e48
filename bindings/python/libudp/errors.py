"""The exceptions of libudp, one class for each kind of error code in libudp.h.

All are `Error`, which is an `OSError`. Where Python has an exception for the same thing, such as `TimeoutError`, the
class derives from it too, so `except` clauses written for Python's own sockets keep working.

    >>> socket.recvfrom(timeout=0)
    Traceback (most recent call last):
    libudp.errors.WouldBlockError: ...
    >>> socket.sendto(b"x", ("localhost", 8080))
    Traceback (most recent call last):
    libudp.errors.AddressError: 'localhost' is not a numeric address; ...
    >>> socket.sendto(bytes(65508), peer.local_address)
    Traceback (most recent call last):
    libudp.errors.MessageSizeError: ...65508 bytes...
    >>> libudp.encode("\\u1681", "big5")
    Traceback (most recent call last):
    libudp.errors.UnmappableError: ...
    >>> libudp.encode("x", "klingon")
    Traceback (most recent call last):
    libudp.errors.EncodingError: unknown encoding: 'klingon'; ...
"""

from __future__ import annotations

import errno
from typing import Any, Optional


class Error(OSError):
    """A call failed. The base class of all exceptions of libudp.

    Attributes:
        code: the error code, a `UDP_ERR_` number of libudp.h.
        name: the name of the code, such as "UDP_ERR_TIMED_OUT".
        errno: the system's error number, or the usual one for this code; None if no system has one.
        strerror: a sentence that says what failed and what the caller can do.

    >>> try:
    ...     socket.recvfrom(timeout=0.001)
    ... except TimeoutError as error:
    ...     print(error.code, error.name)
    -9 UDP_ERR_TIMED_OUT
    """

    def __init__(self, code: int, sentence: str, os_error: Optional[int] = None) -> None:
        self.name, _, usual = TABLE.get(code, ("", Error, None))
        self.code = code
        super().__init__(os_error or usual, sentence)

    def __str__(self) -> str:
        return str(self.strerror)

    def __reduce__(self) -> Any:
        # OSError would be rebuilt from (errno, strerror), which the constructor does not take.
        return type(self), (self.code, self.strerror, self.errno), self.__dict__


class InvalidError(Error, ValueError):
    """An argument is out of range, unknown, or not possible for this socket."""


class AddressError(InvalidError):
    """The host is not a numeric address. `libudp.resolve` looks names up."""


class FamilyError(InvalidError):
    """The address belongs to a family that this socket does not use."""


class ClosedError(Error):
    """The socket is closed, either before the call or by another thread during it."""


class WouldBlockError(Error, BlockingIOError):
    """The call would have to wait, and its timeout is 0."""


class TimedOutError(Error, TimeoutError):
    """The timeout passed."""


class InterruptedWaitError(Error, InterruptedError):
    """A signal ended the wait. The package repeats such calls, so programs do not see this error."""


class TruncatedError(Error):
    """The datagram was longer than the requested size; the rest of it is lost.

    Attributes:
        data: the first bytes of the datagram, as many as were requested.
        address: the sender, (host, port).
        length: the full length of the datagram in bytes.

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
    """The datagram is too large; nothing was sent."""


class RefusedError(Error, ConnectionRefusedError):
    """The peer refused an earlier datagram: nobody listens at its port. The socket remains usable."""


class UnreachableError(Error):
    """There is no route to the network or host."""


class NotConnectedError(Error):
    """No address was given, and the socket is not connected."""


class InUseError(Error):
    """Another socket uses this address and port."""


class NotLocalError(Error):
    """The address is not an address of this machine."""


class NoInterfaceError(Error):
    """The interface does not exist, or no interface is up that can do it (broadcast, multicast)."""


class NotJoinedError(Error):
    """The socket is not a member of this group on this interface."""


class NameNotFoundError(Error):
    """The host name does not exist or has no address."""


class NameTryAgainError(Error):
    """The name service gave no answer. Try again later."""


class AccessError(Error, PermissionError):
    """The system does not allow it: a privilege, or Option.BROADCAST, is missing."""


class NoBuffersError(Error):
    """The system has no buffer space at the moment; nothing was sent."""


class LimitError(Error):
    """A limit of the system is reached: open files, or group memberships."""


class OutOfMemoryError(Error, MemoryError):
    """There is not enough memory."""


class UnsupportedError(Error):
    """This system does not support it."""


class EncodingError(Error, LookupError):
    """The encoding is unknown."""


class UnmappableError(Error, ValueError):
    """The encoding lacks a character of the text; nothing was sent."""


class InternalError(Error):
    """A bug in the library. The call was abandoned."""


# Each code: its name in libudp.h, its class, and its usual errno. An errno that the system reported comes first.
TABLE: dict[int, tuple[str, type[Error], Optional[int]]] = {
    -1: ("UDP_ERR_NULL", InvalidError, errno.EFAULT),
    -2: ("UDP_ERR_INVALID", InvalidError, errno.EINVAL),
    -3: ("UDP_ERR_UTF8", InvalidError, errno.EINVAL),
    -4: ("UDP_ERR_FLAGS", InvalidError, errno.EINVAL),
    -5: ("UDP_ERR_OPTION", InvalidError, errno.ENOPROTOOPT),
    -6: ("UDP_ERR_HANDLE", ClosedError, errno.EBADF),
    -7: ("UDP_ERR_CLOSED", ClosedError, errno.EBADF),
    -8: ("UDP_ERR_WOULD_BLOCK", WouldBlockError, errno.EAGAIN),
    -9: ("UDP_ERR_TIMED_OUT", TimedOutError, errno.ETIMEDOUT),
    -10: ("UDP_ERR_INTERRUPTED", InterruptedWaitError, errno.EINTR),
    -11: ("UDP_ERR_TRUNCATED", TruncatedError, None),
    -12: ("UDP_ERR_BUFFER_TOO_SMALL", InvalidError, None),
    -13: ("UDP_ERR_MSGSIZE", MessageSizeError, errno.EMSGSIZE),
    -14: ("UDP_ERR_REFUSED", RefusedError, errno.ECONNREFUSED),
    -15: ("UDP_ERR_UNREACHABLE", UnreachableError, errno.ENETUNREACH),
    -16: ("UDP_ERR_NOT_CONNECTED", NotConnectedError, errno.ENOTCONN),
    -17: ("UDP_ERR_IN_USE", InUseError, errno.EADDRINUSE),
    -18: ("UDP_ERR_NOT_LOCAL", NotLocalError, errno.EADDRNOTAVAIL),
    -19: ("UDP_ERR_NO_INTERFACE", NoInterfaceError, None),
    -20: ("UDP_ERR_NOT_JOINED", NotJoinedError, errno.EADDRNOTAVAIL),
    -21: ("UDP_ERR_ADDRESS", AddressError, errno.EINVAL),
    -22: ("UDP_ERR_FAMILY", FamilyError, errno.EAFNOSUPPORT),
    -23: ("UDP_ERR_NAME_NOT_FOUND", NameNotFoundError, None),
    -24: ("UDP_ERR_NAME_TRY_AGAIN", NameTryAgainError, None),
    -25: ("UDP_ERR_ACCESS", AccessError, errno.EACCES),
    -26: ("UDP_ERR_NO_BUFFERS", NoBuffersError, errno.ENOBUFS),
    -27: ("UDP_ERR_LIMIT", LimitError, errno.EMFILE),
    -28: ("UDP_ERR_MEMORY", OutOfMemoryError, errno.ENOMEM),
    -29: ("UDP_ERR_UNSUPPORTED", UnsupportedError, errno.EOPNOTSUPP),
    -30: ("UDP_ERR_ENCODING", EncodingError, None),
    -31: ("UDP_ERR_UNMAPPABLE", UnmappableError, None),
    -32: ("UDP_ERR_OS", Error, None),
    -33: ("UDP_ERR_INTERNAL", InternalError, None),
}

# The codes that the package itself uses.
UDP_ERR_CLOSED = -7
UDP_ERR_WOULD_BLOCK = -8
UDP_ERR_TIMED_OUT = -9
UDP_ERR_INTERRUPTED = -10
UDP_ERR_TRUNCATED = -11
UDP_ERR_NOT_CONNECTED = -16
UDP_ERR_ADDRESS = -21
UDP_ERR_UNMAPPABLE = -31


def from_code(code: int, sentence: str, os_error: Optional[int] = None) -> Error:
    """The exception for an error code."""
    kind = TABLE.get(code, ("", Error, None))[1]
    return kind(code, sentence, os_error)


def truncated(data: bytes, address: tuple[str, int], length: int) -> TruncatedError:
    """The exception for a truncated datagram."""
    sentence = f"the datagram is {length} bytes long; all but the first {len(data)} are lost; ask for a larger size"
    error = TruncatedError(UDP_ERR_TRUNCATED, sentence)
    error.data, error.address, error.length = data, address, length
    return error
