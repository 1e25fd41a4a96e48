"""Memory that the library reads from and writes to."""

from __future__ import annotations

from ctypes import addressof, byref, c_char, sizeof
from typing import TYPE_CHECKING, Any, Callable, Sequence, Tuple

from .declarations import udp_addr, udp_text_info

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# No UDP datagram is longer.
MAX_DATAGRAM = 65535


def readable(data: ReadableBuffer) -> Tuple[Any, int]:
    """A pointer to the bytes of a bytes-like object, and their number.

    bytes and writable objects are not copied. While the pointer exists, a bytearray cannot be resized.
    """
    # Not a subclass of bytes, which could define another length.
    if type(data) is bytes:
        return data, len(data)
    view = _view(data)
    if view.readonly or not view.c_contiguous or view.nbytes == 0:
        copy = bytes(view)
        return copy, len(copy)
    return byref(c_char.from_buffer(view)), view.nbytes


def all_bytes(datagrams: Sequence[Any]) -> Sequence[bytes]:
    """Bytes-like objects as bytes."""
    if set(map(type, datagrams)) <= {bytes}:
        return datagrams
    return [data if type(data) is bytes else bytes(_view(data)) for data in datagrams]


def _view(data: Any) -> memoryview:
    try:
        return memoryview(data)
    except TypeError:
        if isinstance(data, str):
            raise TypeError("data is bytes, not str: send text with sendto_text, or encode it with .encode()") from None
        raise TypeError(f"data is a bytes-like object, not {type(data).__name__}") from None


class ReceiveBuffer:
    """What one receive call fills: the bytes, the sender, and what was found out about text."""

    def __init__(self, buffer: Any) -> None:
        # An array of c_char, because a slice of it is bytes, made with one copy.
        self.buffer = buffer
        self.buffer_ref, self.address = byref(buffer), addressof(buffer)
        self.sender = udp_addr()
        # `sender_bytes.raw` is the sender as bytes.
        self.sender_bytes = (c_char * sizeof(udp_addr)).from_buffer(self.sender)
        self.sender_ref = byref(self.sender)
        self.text_info = udp_text_info()
        self.text_info_ref = byref(self.text_info)


class ReceiveBuffers:
    """A pool of receive buffers of one size. Each call uses one of its own."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._type = c_char * capacity
        # list.pop and list.append are atomic, so no lock is needed, even if a signal handler receives too.
        spare: list[ReceiveBuffer] = []
        # Raises IndexError if the pool is empty; then `new` makes one.
        self.pop: Callable[[], ReceiveBuffer] = spare.pop
        self.give: Callable[[ReceiveBuffer], None] = spare.append

    def take(self) -> ReceiveBuffer:
        try:
            return self.pop()
        except IndexError:
            return self.new()

    def new(self) -> ReceiveBuffer:
        return ReceiveBuffer(self._type())


DATAGRAMS = ReceiveBuffers(MAX_DATAGRAM)
# One byte decodes to at most three bytes of UTF-8; and the NUL.
TEXTS = ReceiveBuffers(3 * MAX_DATAGRAM + 1)
