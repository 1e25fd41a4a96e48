"""Control messages (cmsg(3)), and checks of buffer and number arguments as in CPython."""

from __future__ import annotations

import errno
import os
import socket as _standard
from ctypes import addressof, c_char, c_char_p, c_void_p, cast
from operator import index
from struct import Struct
from sys import maxsize
from typing import TYPE_CHECKING, Any, Iterable, Sequence, Union

from .._native.declarations import udp_slice

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

Control = tuple[int, int, bytes]

# Windows' Python lacks it; a WSACMSGHDR is laid out like the cmsghdr of Linux.
CMSG_LEN = getattr(_standard, "CMSG_LEN", lambda length: Struct("@Nii").size + length)
# struct cmsghdr: its length is a size_t on Linux and a socklen_t elsewhere. Each message is aligned to that type.
_LINUX = CMSG_LEN(0) == Struct("@Nii").size
_HEADER = Struct("@Nii" if _LINUX else "@Iii")
_ALIGN = Struct("@N" if _LINUX else "@I").size
# The most buffers of a message (IOV_MAX of Linux); the library has the same limit.
MAX_BUFFERS = 1024
_One = udp_slice * 1


def pack(messages: Iterable[tuple[int, int, ReadableBuffer]]) -> bytes:
    """Control messages in the format of the system."""
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
    """The control messages in a buffer that the system filled."""
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
    """The bytes of a bytes-like object, which must be contiguous."""
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
    """The address and length of a writable buffer, and the object that keeps the address valid."""
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
    """An array of udp_slice for the results of `place`."""
    check_pieces(len(places))
    return (udp_slice * len(places))(*(udp_slice(address, length) for address, length, _ in places))


def one_slice(address: int, length: int) -> Any:
    """An array of one udp_slice."""
    return _One(udp_slice(address, length))


def check_pieces(count: int) -> None:
    """Raises the error of the system for a message of too many buffers."""
    if count > MAX_BUFFERS:
        raise OSError(errno.EMSGSIZE, os.strerror(errno.EMSGSIZE))


def slice_of(data: bytes) -> udp_slice:
    """The udp_slice of bytes. The caller keeps a reference to the bytes."""
    return udp_slice(cast(c_char_p(data), c_void_p), len(data))


def each(items: Iterable[Any], otherwise: str) -> list[Any]:
    """The items of an iterable argument; `otherwise` is the error message if it is not iterable."""
    try:
        return list(items)
    except TypeError:
        raise TypeError(otherwise) from None


def size(value: int, negative: str) -> int:
    """The value as a size; `negative` is the error message for a negative one."""
    number = index(value)
    if not -maxsize <= number <= maxsize:
        raise OverflowError(f"cannot fit {type(value).__name__!r} into an index-sized integer")
    if number < 0:
        raise ValueError(negative)
    return number


def c_int(value: int) -> int:
    """The value, if it fits a C int; ctypes would truncate it."""
    number = index(value)
    if not -(2**31) <= number < 2**31:
        raise OverflowError("Python int too large to convert to C int")
    return number
