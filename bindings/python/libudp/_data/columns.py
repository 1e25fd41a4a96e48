"""Arrays of udp_packet, accessed by columns.

Python code that runs for each packet costs more than the packet does in the kernel. A column of the array, such as all
lengths, is a memoryview that is compared, read and written as a whole, in a few nanoseconds per packet.
"""

from __future__ import annotations

from ctypes import c_size_t, sizeof
from functools import lru_cache
from struct import Struct
from typing import Any, Literal

from .._native.declarations import udp_packet

PACKET = sizeof(udp_packet)
# The code of size_t and of pointers for struct, array and memoryview.
SIZE: Literal["Q", "I"] = "Q" if sizeof(c_size_t) == 8 else "I"


def column(memory: memoryview, code: Literal["Q", "I"], offset: int) -> memoryview:
    """One column of an array of packets: the numbers of a type at an offset in each packet."""
    words = memory.cast(code)
    size = words.itemsize
    return words[offset // size :: PACKET // size]


def equal(numbers: memoryview) -> bool:
    """True if all numbers of a column are equal."""
    return numbers[1:] == numbers[:-1]


@lru_cache(512)
def _cutter(size: int, gap: int, pieces: int) -> Struct:
    return Struct(f"{size}s{gap}x" * (pieces - 1) + f"{size}s")


def cut(buffer: Any, start: int, size: int, step: int, count: int) -> list[bytes]:
    """Copies `count` pieces of `size` bytes out of a buffer, one every `step` bytes."""
    if not size:
        return [b""] * count
    cuts: list[bytes] = []
    # A struct is four times faster than slices. Two fixed counts, so that few formats are compiled.
    for many in (64, 8):
        while count >= many:
            cuts += _cutter(size, step - size, many).unpack_from(buffer, start)
            start += many * step
            count -= many
    for offset in range(start, start + count * step, step):
        cuts.append(buffer[offset : offset + size])
    return cuts

