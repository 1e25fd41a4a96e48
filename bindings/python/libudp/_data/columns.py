"""Arrays of udp_packet, accessed by columns.

Python code that runs for each packet costs more than the packet does in the kernel. A column of the array, such as all
lengths, is a memoryview that is compared, read and written as a whole, in a few nanoseconds per packet.
"""

from __future__ import annotations

from array import array
from ctypes import c_size_t, sizeof
from functools import lru_cache
from struct import Struct
from typing import Any, Literal, Optional, Union

from .._native.declarations import udp_addr, udp_packet
from .address import Address, from_native, native, split

PACKET = sizeof(udp_packet)
# The code of size_t and of pointers for struct, array and memoryview.
SIZE: Literal["Q", "I"] = "Q" if sizeof(c_size_t) == 8 else "I"
# How many addresses are cached. Each costs some hundred bytes.
CACHE_SIZE = 8192


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


Peer = Union[int, tuple[int, int, int]]


class _Addresses(dict[Peer, Address]):
    """A cache of (host, port) by the words that a udp_addr has in the columns of an array.

    The key of an IPv4 address is its first word, because the other two are 0.
    """

    def __missing__(self, peer: Peer) -> Address:
        words = (peer, 0, 0) if isinstance(peer, int) else peer
        addr = udp_addr.from_buffer_copy(array("Q", [*words, 0]))
        address = from_native(addr)
        if not addr.scope_id:  # the interface of a scope may be renamed later
            _make_room(self)
            self[peer] = address
        return address


class _Words(dict[Optional[Address], int]):
    """A cache of the first word by (host, port), for IPv4; other addresses raise KeyError. None: the connected peer."""

    def __missing__(self, address: Address) -> int:
        first, second, third = words_for(address)
        if second or third:
            raise KeyError(address)
        _make_room(self)
        self[address] = first
        return first


def _make_room(cache: dict[Any, Any]) -> None:
    if len(cache) >= CACHE_SIZE:
        cache.clear()
        if isinstance(cache, _Words):
            cache[None] = 0


def words_for(address: Optional[Address]) -> tuple[int, int, int]:
    if address is None:
        return 0, 0, 0
    host, port = split(address)
    # As in `destination`: the name of an interface, as the scope, is not cached.
    if isinstance(host, str) and "%" in host:
        return _parsed.__wrapped__(host, port)
    return _parsed(host, port)


@lru_cache(CACHE_SIZE, typed=True)
def _parsed(host: str, port: int) -> tuple[int, int, int]:
    first, second, third, _ = memoryview(bytes(native((host, port)))).cast("Q")
    return first, second, third


addresses_of = _Addresses()
words_of = _Words({None: 0})
