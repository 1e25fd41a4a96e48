"""Arrays of udp_packet, handled by columns.

What is done in Python for each packet costs more than the packet does in the kernel. A column of the array is a
memoryview that is compared, read and written as a whole, in a few nanoseconds for each packet.
"""

from __future__ import annotations

from array import array
from ctypes import addressof, c_char, c_char_p, c_size_t, sizeof
from functools import lru_cache
from itertools import accumulate
from struct import Struct
from typing import Any, Literal, Optional, Sequence, Union

from .address import Address, from_native, native, split
from .._native.declarations import udp_addr, udp_packet

PACKET = sizeof(udp_packet)
# The code of size_t and of pointers for struct, array and memoryview.
SIZE: Literal["Q", "I"] = "Q" if sizeof(c_size_t) == 8 else "I"
# How many addresses are remembered; each costs some hundred bytes.
REMEMBERED = 8192
# The data of an outbox that is copied into memory of its own: so its packets need not be told anew where it is.
ROOM = 128 * 1024
# How many packets an outbox has at least, and at most if it is kept.
SMALL, LARGE = 256, 16384


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
    if not size:
        return [b""] * count
    cuts: list[bytes] = []
    # A struct cuts four times faster than slices do. Always as many at a time, so that few formats are made.
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
    """The (host, port) of peers, by the words that their udp_addr is in the columns of an array.

    A peer's address is made once, for as long as it is remembered here. An IPv4 address is its first word alone.
    """

    def __missing__(self, peer: Peer) -> Address:
        words = (peer, 0, 0) if isinstance(peer, int) else peer
        addr = udp_addr.from_buffer_copy(array("Q", [*words, 0]))
        address = from_native(addr)
        if not addr.scope:  # the interface that a scope tells may have another name tomorrow
            _make_room(self)
            self[peer] = address
        return address


class _Words(dict[Optional[Address], int]):
    """The other way round, for IPv4 alone: other addresses are a KeyError. None is the peer of a connected socket."""

    def __missing__(self, address: Address) -> int:
        first, second, third = _words(address)
        if second or third:
            raise KeyError(address)
        _make_room(self)
        self[address] = first
        return first


def _make_room(remembered: dict[Any, Any]) -> None:
    if len(remembered) >= REMEMBERED:
        remembered.clear()
        if isinstance(remembered, _Words):
            remembered[None] = 0


def _words(address: Optional[Address]) -> tuple[int, int, int]:
    if address is None:
        return 0, 0, 0
    host, port = split(address)
    # As in `destination`: a scope may be another interface tomorrow.
    if isinstance(host, str) and "%" in host:
        return _parsed.__wrapped__(host, port)
    return _parsed(host, port)


@lru_cache(REMEMBERED, typed=True)
def _parsed(host: str, port: int) -> tuple[int, int, int]:
    first, second, third, _ = memoryview(bytes(native((host, port)))).cast("Q")
    return first, second, third


addresses_of = _Addresses()
words_of = _Words({None: 0})


def plain(datas: Sequence[Any]) -> Sequence[bytes]:
    """The bytes of bytes-like objects."""
    if set(map(type, datas)) <= {bytes}:
        return datas
    return [data if type(data) is bytes else bytes(memoryview(data)) for data in datas]


class Outbox:
    """An array of packets to send, and memory for their data. What is the same as the last time stays as it is."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        packets = bytearray(PACKET * capacity)
        memory, peer = memoryview(packets), udp_packet.peer.offset
        self._starts = column(memory, SIZE, udp_packet.data.offset)
        self._lengths = column(memory, SIZE, udp_packet.length.offset)
        self._peers = [column(memory, "Q", peer + at) for at in (0, 8, 16)]
        self._zeros = memoryview(array("Q", bytes(8 * capacity)))
        # What udp_send_batch is given.
        self.packets = (udp_packet * capacity).from_buffer(packets)
        self._arena = bytearray(ROOM)
        self._base = addressof(c_char.from_buffer(self._arena))
        self._joined = b""
        # The last packets: of which size in the arena, how many, and to whom.
        self._size = self._count = 0
        self._to: Sequence[Optional[Address]] = ()

    def put(self, datas: Sequence[bytes], lengths: list[int]) -> None:
        """Data of packets, the first to the last."""
        # One after the other: one address is enough, and the library need not look far for what it copies together.
        joined = b"".join(datas)
        count, size = len(lengths), lengths[0]
        if len(joined) > ROOM:
            base = c_size_t.from_buffer(c_char_p(joined)).value
            self._joined = joined
        else:
            base = self._base
            self._arena[: len(joined)] = joined
            if size == self._size and count <= self._count and lengths.count(size) == count:
                return
        self._size = self._count = 0
        same = size > 0 and lengths.count(size) == count
        starts = range(base, base + len(joined), size) if same else accumulate(lengths[:-1], initial=base)
        self._starts[:count] = memoryview(array(SIZE, starts))
        self._lengths[:count] = memoryview(array(SIZE, lengths))
        if same and base == self._base:
            self._size, self._count = size, count

    def address(self, addresses: Sequence[Optional[Address]]) -> None:
        """Addresses of the same packets."""
        if addresses == self._to:
            return
        count = len(addresses)
        self._to = ()
        try:
            words = [memoryview(array("Q", map(words_of.__getitem__, addresses))), self._zeros, self._zeros]
            known = True
        except (KeyError, TypeError):
            # IPv6; or lists, which are addresses too but for a dictionary; or no addresses, which this will tell.
            words = [memoryview(array("Q", each)) for each in zip(*map(_words, addresses))]
            known = False
        for peers, numbers in zip(self._peers, words):
            peers[:count] = numbers[:count]
        if known:
            # Remembered only now that they are tuples: a list may be another address the next time.
            self._to = addresses

    def clear(self) -> None:
        """Lets go of data that was too large for the arena."""
        self._joined = b""


class Outboxes:
    """Spare outboxes. Each call has one to itself; pop and append are atomic."""

    def __init__(self) -> None:
        self._spare: list[Outbox] = []

    def take(self, count: int) -> Outbox:
        try:
            box = self._spare.pop()
        except IndexError:
            box = Outbox(max(count, SMALL))
        return box if box.capacity >= count else Outbox(count)

    def give(self, box: Outbox) -> None:
        box.clear()
        if box.capacity <= LARGE:
            self._spare.append(box)


OUTBOXES = Outboxes()
