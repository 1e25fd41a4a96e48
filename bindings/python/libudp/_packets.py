"""Arrays of udp_packet, handled by columns.

What is done in Python for each packet costs more than the packet does in the kernel. A column of the array is a
memoryview that is compared, read and written as a whole, in a few nanoseconds for each packet.
"""

from __future__ import annotations

from array import array
from ctypes import addressof, c_char_p, c_size_t, c_void_p, cast, sizeof
from functools import lru_cache
from itertools import accumulate
from struct import Struct
from typing import Any, Literal, Optional, Sequence, Union

from ._address import Address, from_native, native, split
from ._cdefs import udp_addr, udp_packet

PACKET = sizeof(udp_packet)
# The code of size_t and of pointers for struct, array and memoryview.
SIZE: Literal["Q", "I"] = "Q" if sizeof(c_size_t) == 8 else "I"
# How many addresses are remembered; each costs some hundred bytes.
REMEMBERED = 8192


def column(memory: memoryview, code: Literal["Q", "I"], offset: int) -> memoryview:
    """A column of an array of packets: the numbers of this type at this offset of each."""
    words = memory.cast(code)
    size = words.itemsize
    return words[offset // size :: PACKET // size]


def equal(numbers: memoryview) -> bool:
    """Whether all numbers of a column are the same."""
    return numbers[1:] == numbers[:-1]


@lru_cache(512)
def _cutter(size: int, gap: int, pieces: int) -> Struct:
    return Struct(f"{size}s{gap}x" * (pieces - 1) + f"{size}s")


def cut(buffer: Any, start: int, size: int, step: int, count: int) -> list[bytes]:
    """Cuts `count` pieces of `size` bytes out of a buffer, one every `step` bytes."""
    cuts: list[bytes] = []
    # A struct cuts four times faster than slices do. Always as many at a time, so that few formats are made.
    for many in (64, 8):
        while count >= many:
            cuts += _cutter(size, step - size, many).unpack_from(buffer, start)
            start += many * step
            count -= many
    # Counted, for a step may be 0: a datagram without bytes.
    for _ in range(count):
        cuts.append(buffer[start : start + size])
        start += step
    return cuts


Peer = Union[int, tuple[int, int, int]]


class _Peers(dict[Peer, Address]):
    """The addresses of received datagrams, by the numbers that a udp_addr is in the columns of an array.

    A datagram's address is made once for as long as it is remembered here.
    """

    def __missing__(self, peer: Peer) -> Address:
        words = (peer, 0, 0) if isinstance(peer, int) else peer
        addr = udp_addr.from_buffer_copy(array("Q", [*words, 0]))
        address = from_native(addr)
        if not addr.scope:  # the interface of a scope may have another name tomorrow
            if len(self) >= REMEMBERED:
                self.clear()
            self[peer] = address
        return address


peers = _Peers()


class _Rows(dict[Optional[Address], bytes]):
    """Packets to send, by their address: all of it filled in but for the data."""

    def __missing__(self, address: Optional[Address]) -> bytes:
        packet = udp_packet()
        if address is not None:
            packet.peer = native(address)
        row = bytes(packet)
        if not packet.peer.scope:
            if len(self) >= REMEMBERED:
                self.clear()
            self[address] = row
        return row


rows = _Rows()


def plain(datas: Sequence[Any]) -> Sequence[bytes]:
    """The bytes of bytes-like objects."""
    if set(map(type, datas)) <= {bytes}:
        return datas
    return [data if isinstance(data, bytes) else bytes(memoryview(data)) for data in datas]


class Outgoing:
    """An array of packets to send, and the memory that their data is in."""

    def __init__(self, datas: Sequence[bytes], lengths: Sequence[int], packets: bytearray) -> None:
        # One after the other: the library finds runs that it need not copy together, and one address is enough.
        self.data = b"".join(datas)
        base = cast(c_char_p(self.data), c_void_p).value or 0
        self.count = len(datas)
        memory = memoryview(packets)
        starts = accumulate(lengths, initial=base)
        column(memory, SIZE, udp_packet.data.offset)[:] = memoryview(array(SIZE, starts))[:-1]
        column(memory, SIZE, udp_packet.length.offset)[:] = memoryview(array(SIZE, lengths))
        self.packets = udp_packet.from_buffer(packets)

    @classmethod
    def to_each(cls, datas: Sequence[bytes], addresses: Sequence[Optional[Address]]) -> Outgoing:
        """Datagrams, each to an address of its own."""
        try:
            packets = bytearray().join(map(rows.__getitem__, addresses))
        except TypeError:
            # Perhaps a list, which is an address too, but for a dictionary.
            packets = bytearray().join(map(_row, addresses))
        return cls(datas, list(map(len, datas)), packets)

    @classmethod
    def to_one(cls, datas: Sequence[bytes], lengths: Sequence[int], address: Optional[Address]) -> Outgoing:
        """Datagrams, all to one address."""
        return cls(datas, lengths, bytearray(_row(address) * len(datas)))


def _row(address: Optional[Address]) -> bytes:
    return rows[None if address is None else split(address)]
