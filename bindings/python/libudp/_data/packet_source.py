"""Packets to send: an array of udp_packet, with memory for their data."""

from __future__ import annotations

from array import array
from ctypes import addressof, c_char, c_char_p, c_size_t
from itertools import accumulate
from typing import Optional, Sequence

from .._native.declarations import udp_packet
from .address import Address, raw_destination, raw_destinations
from .columns import PACKET, SIZE, column

# Data up to this size is copied to fixed memory, so the pointers of the packets can stay the same.
ARENA_SIZE = 128 * 1024
_INT = {int}
# The smallest capacity of a packet source, and the largest that is kept for the next call.
MIN_CAPACITY, MAX_CAPACITY = 256, 16384


class PacketSource:
    """An array of packets to send, and memory for their data. Columns that equal those of the last call are kept."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        packets = bytearray(PACKET * capacity)
        memory, peer = memoryview(packets), udp_packet.peer.offset
        self._starts = column(memory, SIZE, udp_packet.data.offset)
        self._lengths = column(memory, SIZE, udp_packet.length.offset)
        self._peers = [column(memory, "Q", peer + at) for at in (0, 8, 16)]
        # The parameter of udp_send_batch.
        self.packets = (udp_packet * capacity).from_buffer(packets)
        self._arena = bytearray(ARENA_SIZE)
        self._base = addressof(c_char.from_buffer(self._arena))
        self._joined = b""
        # The packets of the last call: their length in the arena, their number, and their destinations.
        self._size = self._count = 0
        self._to: Sequence[Optional[Address]] = ()

    def put(self, datagrams: Sequence[bytes], lengths: list[int]) -> None:
        """Sets the data of the packets."""
        # Adjacent data needs one base address only, and is faster for the library to copy.
        joined = b"".join(datagrams)
        count, size = len(lengths), lengths[0]
        if len(joined) > ARENA_SIZE:
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
        """Sets the destinations of the packets."""
        known, self._to = self._to, ()
        try:
            # 8080 == 8080.0, but only 8080 is a port.
            exact = {address[1].__class__ for address in addresses} == _INT  # type: ignore[index]
            if exact and addresses == known:
                self._to = known
                return
            raws, constant = list(map(raw_destinations.__getitem__, addresses)), exact
        except (LookupError, TypeError):
            constant = False
        if not constant:
            # Addresses that are not in the cache; or invalid ones, for which this raises the error.
            raws = list(map(raw_destination, addresses))
        words, count = memoryview(b"".join(raws)).cast("Q"), len(addresses)
        for i, peers in enumerate(self._peers):
            peers[:count] = words[i :: len(words) // count]
        if constant:
            self._to = addresses

    def clear(self) -> None:
        """Releases data that was too large for the arena."""
        self._joined = b""


class PacketSources:
    """A pool of packet sources. Each call uses one of its own; pop and append are atomic."""

    def __init__(self) -> None:
        self._spare: list[PacketSource] = []

    def take(self, count: int) -> PacketSource:
        try:
            source = self._spare.pop()
        except IndexError:
            source = PacketSource(max(count, MIN_CAPACITY))
        return source if source.capacity >= count else PacketSource(count)

    def give(self, source: PacketSource) -> None:
        source.clear()
        if source.capacity <= MAX_CAPACITY:
            self._spare.append(source)


PACKET_SOURCES = PacketSources()
