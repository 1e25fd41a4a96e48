"""Messages as the system has them: pieces of memory, and control messages (cmsg(3))."""

from __future__ import annotations

import errno
import os
from ctypes import addressof, c_char, c_char_p, c_void_p, cast
from operator import index
from socket import CMSG_LEN
from struct import Struct
from sys import maxsize
from typing import TYPE_CHECKING, Any, Iterable, Sequence, Union

from .._native.declarations import udp_slice

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Control = tuple[int, int, bytes]

# struct cmsghdr: its length is a size_t on Linux, a socklen_t elsewhere, and each message begins at a multiple of it.
_LINUX = CMSG_LEN(0) == Struct("@Nii").size
_HEADER = Struct("@Nii" if _LINUX else "@Iii")
_ALIGN = Struct("@N" if _LINUX else "@I").size
# The most pieces of a message (IOV_MAX of Linux), which the library holds to too.
PIECES = 1024
_One = udp_slice * 1


def pack(messages: Iterable[tuple[int, int, ReadableBuffer]]) -> bytes:
    """Control messages in the system's form."""
    control = bytearray()
    for message in messages:
        if not isinstance(message, (tuple, list)) or len(message) != 3:
            raise TypeError("[sendmsg() ancillary data items] a sequence of 3 items is required")
        level, kind, data = message
        content = bytes(simple(data))
        control += _HEADER.pack(CMSG_LEN(len(content)), c_int(level), c_int(kind))
        control += content
        control += bytes(-len(control) % _ALIGN)
    return bytes(control)


def unpack(control: bytes) -> list[Control]:
    """The control messages that the system gave."""
    messages: list[Control] = []
    at, header = 0, CMSG_LEN(0)
    while at + header <= len(control):
        length, level, kind = _HEADER.unpack_from(control, at)
        if length < header:
            break
        messages.append((level, kind, control[at + header : at + length]))
        at += length + -length % _ALIGN
    return messages


def simple(data: ReadableBuffer) -> Union[bytes, memoryview]:
    """The bytes of a bytes-like object, of the kind that C can take: in one piece."""
    if isinstance(data, bytes):
        return data
    try:
        view = memoryview(data)
    except TypeError:
        raise TypeError(f"a bytes-like object is required, not {type(data).__name__!r}") from None
    if not view.c_contiguous:
        raise BufferError("memoryview: underlying buffer is not C-contiguous")
    return view


def place(buffer: WriteableBuffer, caller: str) -> tuple[int, int, Any]:
    """Where a buffer is that is to be filled, its length, and what keeps it there."""
    what = "a read-write bytes-like object"
    try:
        view = memoryview(buffer)
    except TypeError:
        raise TypeError(f"{caller}() wants {what}, not {type(buffer).__name__}") from None
    if view.readonly or not view.c_contiguous:
        raise TypeError(f"{caller}() wants {what}, in one piece")
    if view.nbytes == 0:
        return 0, 0, view
    first = c_char.from_buffer(view)
    return addressof(first), view.nbytes, first


def slices(places: Sequence[tuple[int, int, Any]]) -> Any:
    """The array of udp_slice for these places."""
    check_pieces(len(places))
    return (udp_slice * len(places))(*(udp_slice(address, length) for address, length, _ in places))


def one_slice(address: int, length: int) -> Any:
    """An array of one udp_slice."""
    return _One(udp_slice(address, length))


def check_pieces(count: int) -> None:
    """An error, as the system would give it, for a message of too many pieces."""
    if count > PIECES:
        raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))


def slice_of(data: bytes) -> udp_slice:
    """The udp_slice of bytes, which have to live as long."""
    return udp_slice(cast(c_char_p(data), c_void_p), len(data))


def each(items: Iterable[Any], otherwise: str) -> list[Any]:
    """The items of an argument; `otherwise` is the error of one that has none."""
    try:
        return list(items)
    except TypeError:
        raise TypeError(otherwise) from None


def size(value: int, negative: str) -> int:
    """The value, if it is a size; `negative` is the error of one under 0."""
    number = index(value)
    if not -maxsize <= number <= maxsize:
        raise OverflowError(f"cannot fit {type(value).__name__!r} into an index-sized integer")
    if number < 0:
        raise ValueError(negative)
    return number


def c_int(value: int) -> int:
    """The value, if C's int can hold it; ctypes would cut it off."""
    number = index(value)
    if not -(2**31) <= number < 2**31:
        raise OverflowError("Python int too large to convert to C int")
    return number
