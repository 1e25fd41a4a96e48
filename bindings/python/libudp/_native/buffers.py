"""Memory that the library reads from and writes to."""

from __future__ import annotations

from ctypes import byref, c_char
from typing import TYPE_CHECKING, Any, Tuple

from .declarations import udp_addr, udp_text_info

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# No UDP datagram is longer.
MAX_DATAGRAM = 65535


def readable(data: ReadableBuffer) -> Tuple[Any, int]:
    """A pointer to the bytes of any bytes-like object, and how many there are.

    bytes and what can be written to is not copied; while the pointer lives, a bytearray cannot change its size.
    """
    # A subclass may claim any length.
    if type(data) is bytes:
        return data, len(data)
    view = memoryview(data)
    if view.readonly or not view.c_contiguous or view.nbytes == 0:
        copy = bytes(view)
        return copy, len(copy)
    return byref(c_char.from_buffer(view)), view.nbytes


class Landing:
    """Where one call receives: room for the bytes, the sender and what was found about text."""

    def __init__(self, buffer: Any) -> None:
        # An array of c_char: a slice of it is bytes, made with one copy.
        self.buffer = buffer
        self.sender = udp_addr()
        self.sender_ref = byref(self.sender)
        self.info = udp_text_info()
        self.info_ref = byref(self.info)


class Landings:
    """Spare landings of one size. Each call has one to itself, so there are as many as calls at a time ever were."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self._type = c_char * capacity
        # list.pop and list.append are atomic: no lock, also for a signal handler that receives inside a receive.
        self._spare: list[Landing] = []

    def take(self) -> Landing:
        try:
            return self._spare.pop()
        except IndexError:
            return Landing(self._type())

    def give(self, landing: Landing) -> None:
        self._spare.append(landing)


DATAGRAMS = Landings(MAX_DATAGRAM)
# In UTF-8 a byte becomes at most three; and the NUL.
TEXTS = Landings(3 * MAX_DATAGRAM + 1)
