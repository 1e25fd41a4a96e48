"""Received batches: one piece of memory that many datagrams land in."""

from __future__ import annotations

import mmap
import sys
from array import array
from ctypes import addressof, byref, c_char
from itertools import repeat
from operator import index
from typing import Any, Iterable, Iterator, Optional

from .._native import declarations as c
from .address import Address, from_native, native
from .packet_source import PACKET, SIZE, addresses_of, column, cut, equal
from .packet import Details, Run, TruncatedBytes

# What a datagram needs that the system has joined (see `Socket`), and a little more: if all places began at the same
# place of a memory page, they would drive each other out of the processor's cache.
PLACE = 65536 + 64
# How many datagrams `Socket.recv_batch` takes at most if it is not told, and a `Batch` if it is not.
MANY = 1024


class Batch:
    """Memory for many datagrams, which `Socket.recv_batch_into` fills again and again.

    `len(batch)`, `batch[i]` and a loop give the datagrams of the last fill, as memoryviews of that memory: nothing is
    copied, and the next fill overwrites them. Keep `bytes(batch[i])`, or have two batches.

    A batch is for one thread at a time; each thread has its own.

    Args:
        max: the most datagrams that one fill takes, at least 1.
        arena_size: how many bytes of memory it has, at least `max`. Each datagram has a place of `arena_size // max`
            bytes, and what is longer is cut. On a socket that coalesces a place is 65,536 bytes, for as many datagrams
            as the system has joined, and a shorter arena costs a copy. The default is 65,600 bytes for each, which
            takes every datagram; the system supplies memory only where datagrams land.
        details: whether each fill also brings what the options RECV_TOS, RECV_TIME and RECV_LOCAL ask for.

    Raises:
        ValueError: a number that is out of range. OSError, OverflowError: there is not so much memory.

    In the examples `batch` has just been filled by `socket` with b"one" and b"two", which came from `peer`.

    >>> [bytes(datagram) for datagram in batch]
    [b'one', b'two']
    """

    def __init__(self, max: int = MANY, arena_size: Optional[int] = None, *, details: bool = False) -> None:
        self._max = index(max)
        self._size = PLACE * self._max if arena_size is None else index(arena_size)
        if not 1 <= self._max < 2**31:
            raise ValueError(f"max is 1 to 2147483647, not {max}")
        if self._size < self._max:
            raise ValueError(f"arena_size is at least max, which is {max}, not {arena_size}")
        arena = _memory(self._size)
        self._view = memoryview(arena)
        # An array of c_char: a slice of it is bytes.
        self._buffer: Any = (c_char * self._size).from_buffer(arena)
        self._base = addressof(self._buffer)
        packets, packet = bytearray(PACKET * self._max), c.udp_packet
        self._packets = (packet * self._max).from_buffer(packets)
        memory = memoryview(packets)
        self._starts = column(memory, SIZE, packet.data.offset)
        self._lengths = column(memory, SIZE, packet.length.offset)
        self._flags = column(memory, "I", packet.flags.offset)
        # The part of an address that tells it from others, in words.
        self._peers = [column(memory, "Q", packet.peer.offset + at) for at in (0, 8, 16)]
        self._zeros = memoryview(array("Q", bytes(8 * self._max)))
        self._no_flags = memoryview(array("I", bytes(4 * self._max)))
        self._ladder = memoryview(array(SIZE))
        self._count = 0
        self._details = (c.udp_details * self._max)() if details else None
        # What udp_recv_batch is given.
        self.arguments = (byref(self._buffer), self._size, self._packets, self._details, self._max)

    # ---- Datagrams ----

    @property
    def max(self) -> int:
        """The most datagrams that one fill takes.

        >>> libudp.Batch(64).max
        64
        """
        return self._max

    @property
    def arena_size(self) -> int:
        """How many bytes of memory there are for datagrams.

        >>> libudp.Batch(64, 64 * 1500).arena_size
        96000
        """
        return self._size

    def __len__(self) -> int:
        """How many datagrams the last fill brought.

        >>> len(batch)
        2
        """
        return self._count

    def __getitem__(self, i: int) -> memoryview:
        """A datagram; not a copy.

        Args:
            i: which, from 0 on; negative ones count from the end.

        Raises:
            IndexError: there are not so many.

        >>> bytes(batch[-1])
        b'two'
        """
        i = self._at(i)
        return self._piece(i, 1)

    def __iter__(self) -> Iterator[memoryview]:
        view, base, count = self._view, self._base, self._count
        for start, length in zip(self._starts[:count].tolist(), self._lengths[:count].tolist()):
            yield view[start - base : start - base + length]

    def address(self, i: int) -> Address:
        """A datagram's sender, (host, port).

        Args:
            i: which datagram, as in `batch[i]`.

        >>> batch.address(0) == peer.local_address
        True
        """
        i = self._at(i)
        first, second, third = (word[i] for word in self._peers)
        return addresses_of[first if not second and not third else (first, second, third)]

    @property
    def addresses(self) -> list[Address]:
        """All datagrams' senders.

        >>> set(batch.addresses) == {peer.local_address}
        True
        """
        return list(self._addresses())

    def truncated(self, i: int) -> bool:
        """Whether a datagram was longer than its place; what does not fit is gone.

        Args:
            i: which datagram, as in `batch[i]`.

        >>> batch.truncated(0)
        False
        """
        return bool(self._flags[self._at(i)] & c.UDP_PACKET_TRUNCATED)

    def wire_length(self, i: int) -> int:
        """How many bytes a datagram had when it came, more than its view if it was cut.

        Args:
            i: which datagram, as in `batch[i]`.

        >>> batch.wire_length(0)
        3
        """
        length: int = self._packets[self._at(i)].wire_length
        return length

    def details(self, i: int) -> Details:
        """What the system told of a datagram.

        Args:
            i: which datagram, as in `batch[i]`.

        Raises:
            ValueError: the batch was made without `details`.

        >>> batch.details(0).time_ns
        0
        """
        i = self._at(i)
        if self._details is None:
            raise ValueError("this batch was made without details")
        told, local = self._details[i], None
        if told.local.family:
            local = from_native(told.local)[0]
        incomplete = bool(self._flags[i] & c.UDP_PACKET_INCOMPLETE)
        return Details(told.tos, told.time_ns, local, told.interface, incomplete)

    def datagrams(self) -> list[tuple[bytes, Address]]:
        """Copies of all datagrams with their senders; one that was cut is a `TruncatedBytes`.

        >>> [data for data, sender in batch.datagrams()]
        [b'one', b'two']
        """
        count = self._count
        datas = self._copies(count) if count else []
        if self._flags[:count] != self._no_flags[:count]:
            for i in filter(self.truncated, range(count)):
                datas[i] = TruncatedBytes(datas[i], self.wire_length(i))
        return list(zip(datas, self._addresses()))

    def view(self) -> memoryview:
        """All datagrams as one piece of memory, if they are of one peer and size and stand one after the other.

        They do on a socket that coalesces when they came as one, and `numpy.asarray(batch.view())` shares the memory.
        The last may be shorter. Nothing is copied.

        Raises:
            ValueError: they are of several sizes or peers, or stand apart: see `runs`.

        >>> with libudp.Socket(coalesce=True) as one_piece:
        ...     one_piece.bind(("127.0.0.1", 0))
        ...     peer.send_many([b"one", b"two"], one_piece.local_address)
        ...     one_piece.recv_batch_into(batch, timeout=5.0)
        ...     bytes(batch.view())
        2
        2
        b'onetwo'
        """
        if not self._count:
            return self._view[:0]
        if self._joined(0, self._count):
            return self._piece(0, self._count)
        raise ValueError("the datagrams are of several sizes or peers, or stand apart; runs() has them piece by piece")

    def runs(self) -> list[Run]:
        """The datagrams in order, as few pieces of memory as there are. Nothing is copied.

        >>> b"".join(run.view for run in batch.runs())
        b'onetwo'
        """
        return [
            Run(self._piece(i, count), self._lengths[i], count, self.address(i)) for i, count in self._runs()
        ]

    # ---- What the socket does with it ----

    def filled(self, count: int) -> int:
        """Notes how many datagrams the library has put here."""
        self._count = count
        return count

    def fill(self, datagrams: list[tuple[bytes, Address]]) -> int:
        """Puts datagrams here that were received before."""
        place = self._size // self._max
        for i, (data, address) in enumerate(datagrams):
            length, start = min(len(data), place), i * place
            self._view[start : start + length] = data[:length]
            flags = c.UDP_PACKET_TRUNCATED if length < len(data) else 0
            self._packets[i] = c.udp_packet(
                self._base + start, length, native(address), wire_length=len(data), flags=flags
            )
        return self.filled(len(datagrams))

    # ---- Columns ----

    def _at(self, i: int) -> int:
        at = index(i)
        if at < 0:
            at += self._count
        if not 0 <= at < self._count:
            raise IndexError(f"datagram {i} of {self._count}")
        return at

    def _addresses(self) -> Iterable[Address]:
        first, second, third = (word[: self._count] for word in self._peers)
        if equal(first) and equal(second) and equal(third):
            return repeat(self.address(0), self._count) if self._count else ()
        zeros = self._zeros[: self._count]
        if second == zeros and third == zeros:
            # IPv4: the first word says it all.
            return map(addresses_of.__getitem__, first.tolist())
        return map(addresses_of.__getitem__, zip(first.tolist(), second.tolist(), third.tolist()))

    def _copies(self, count: int) -> list[bytes]:
        """Copies of the first `count` datagrams, at least one."""
        starts, lengths = self._starts[:count], self._lengths[:count]
        size, start = lengths[0], starts[0]
        step = starts[1] - start if count > 1 else size
        if equal(lengths) and step >= size and self._evenly(starts, step):
            return cut(self._buffer, start - self._base, size, step, count)
        copies: list[bytes] = []
        if size and equal(lengths):
            for i, many in _rows(starts, size):
                copies += cut(self._buffer, starts[i] - self._base, size, size, many)
            return copies
        if step == size:
            for i, many in self._runs():
                start = starts[i] - self._base
                copies += cut(self._buffer, start, lengths[i], lengths[i], many - 1)
                start += lengths[i] * (many - 1)
                copies += cut(self._buffer, start, lengths[i + many - 1], lengths[i], 1)
            return copies
        buffer, base = self._buffer, self._base
        return [buffer[at - base : at - base + size] for at, size in zip(starts.tolist(), lengths.tolist())]

    def _evenly(self, starts: memoryview, step: int) -> bool:
        """Whether all datagrams begin `step` bytes after the one before."""
        count = len(starts)
        if starts[-1] - starts[0] != step * (count - 1):
            return False
        # It is the same from batch to batch, mostly.
        known = self._ladder[:count]
        if len(known) < count or known[0] != starts[0] or known[-1] != starts[-1]:
            steps = range(starts[0], starts[0] + step * max(count, self._max), max(step, 1))
            self._ladder = memoryview(array(SIZE, steps))
            known = self._ladder[:count]
        return starts == known

    def _runs(self) -> Iterator[tuple[int, int]]:
        """Where each run begins, and how many datagrams it is."""
        i, guess = 0, self._count
        while i < self._count:
            guess = self._run(i, min(guess, self._count - i))
            yield i, guess
            i += guess

    def _run(self, i: int, guess: int) -> int:
        """How many datagrams are joined from here on; likely as many as in the run before."""
        most = self._count - i
        # What is joined stays joined with fewer: a bisection, whose upper end is looked for in growing steps.
        low, high = (guess, guess + 1) if self._joined(i, guess) else (1, guess)
        while high <= most and self._joined(i, high):
            low, high = high, 2 * high
        high = min(high, most + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self._joined(i, middle):
                low = middle
            else:
                high = middle
        return low

    def _joined(self, i: int, count: int) -> bool:
        """Whether datagrams are of one peer and size, but for a shorter last one, and one after the other."""
        if count == 1:
            return True
        last = i + count - 1
        size = self._lengths[i]
        return (
            self._starts[last] - self._starts[i] == size * (count - 1)
            and 0 < self._lengths[last] <= size
            and equal(self._lengths[i:last])
            and all(equal(word[i : last + 1]) for word in self._peers)
        )

    def _piece(self, i: int, count: int) -> memoryview:
        """The memory from one datagram to the end of another."""
        last = i + count - 1
        start = self._starts[i] - self._base
        return self._view[start : self._starts[last] - self._base + self._lengths[last]]


def _rows(starts: memoryview, size: int) -> Iterator[tuple[int, int]]:
    """Where datagrams of one size begin that stand one after the other, and how many they are.

    They are in the order of their memory and do not overlap, so that first and last say it of those in between.
    """
    i, count = 0, len(starts)
    while i < count:
        low, high = 1, count - i + 1
        while high - low > 1:
            middle = (low + high) // 2
            if starts[i + middle - 1] - starts[i] == size * (middle - 1):
                low = middle
            else:
                high = middle
        yield i, low
        i += low


def _memory(size: int) -> mmap.mmap:
    """Memory that costs nothing until it is used: a bytearray would be filled with zeros."""
    if sys.platform == "win32":
        return mmap.mmap(-1, size)
    # Private: after a fork, parent and child receive into pages of their own.
    memory = mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux":
        try:
            # A huge page for each datagram would be most of the memory.
            memory.madvise(mmap.MADV_NOHUGEPAGE)
        except OSError:  # a kernel that has none
            pass
    return memory
