"""Batches: one piece of memory that many datagrams are received into."""

from __future__ import annotations

import mmap
import sys
from array import array
from ctypes import addressof, byref, c_char, sizeof
from itertools import repeat
from operator import index
from typing import Any, Iterable, Iterator, Optional

from .._native import declarations as c
from .._native.calls import check, lib
from .address import Address, addresses_of, native
from .columns import PACKET, SIZE, column, cut, equal
from .packet import PacketInfo, Run, TruncatedBytes, info_from_native

# What one packet needs if the system coalesces datagrams (see `Socket`). The extra bytes keep the buffers from all
# starting at the same offset of a memory page, where they would compete for the same lines of the processor's cache.
BUFFER_SIZE = 65536 + 64
# The size of a huge page of most processors (x86-64, and ARM with pages of 4 KiB).
HUGE_PAGE = 2 << 20
# How many layouts of a batch are kept, with 8 bytes for each datagram.
MAX_EVEN_STARTS = 4
# The default of `max_datagrams`.
MAX_DATAGRAMS = 1024


class Batch:
    """Memory for many datagrams, which `Socket.recv_batch_into` fills.

    `len(batch)`, `batch[i]` and a loop give the datagrams of the last fill as memoryviews of that memory. Nothing is
    copied, and the next fill overwrites them: keep `bytes(batch[i])`, or use two batches.

    Not thread-safe: use one batch per thread.

    Args:
        max_datagrams: the most datagrams that one fill receives, at least 1.
        arena_size: size of the memory in bytes, at least `max_datagrams`. Each datagram has a buffer of
            `arena_size // max_datagrams` bytes, and longer datagrams are truncated. With `coalesce=True` on the
            socket, the system needs buffers of 65,536 bytes; with a smaller arena the library copies each datagram.
            Default: 65,600 bytes for each datagram, which fits all. The system allocates memory only where datagrams
            are written. Linux uses huge pages if buffers are at most 4 KiB, where a receive is faster.
        infos: also receive what the options RECV_TOS, RECV_TIMESTAMP and RECV_PKTINFO ask for; see `info`.

    Raises:
        ValueError: a number is out of range. OSError, OverflowError: there is not enough memory.

    In the examples, `socket` has just filled `batch` with b"one" and b"two", which came from `peer`.

    >>> [bytes(datagram) for datagram in batch]
    [b'one', b'two']
    """

    def __init__(
        self, max_datagrams: int = MAX_DATAGRAMS, arena_size: Optional[int] = None, *, infos: bool = False
    ) -> None:
        self._max = index(max_datagrams)
        self._size = BUFFER_SIZE * self._max if arena_size is None else index(arena_size)
        if not 1 <= self._max < 2**31:
            raise ValueError(f"max_datagrams is 1 to 2147483647, not {max_datagrams}")
        if self._size < self._max:
            raise ValueError(f"arena_size is at least max_datagrams, which is {max_datagrams}, not {arena_size}")
        arena = self._view = _memory(self._size, self._size // self._max)
        # An array of c_char, because a slice of it is bytes.
        self._buffer: Any = (c_char * self._size).from_buffer(arena)
        self._base = addressof(self._buffer)
        packets, packet = bytearray(PACKET * self._max), c.udp_packet
        self._packets = (packet * self._max).from_buffer(packets)
        memory = memoryview(packets)
        self._starts = column(memory, SIZE, packet.data.offset)
        self._lengths = column(memory, SIZE, packet.length.offset)
        self._flags = column(memory, "I", packet.flags.offset)
        # An array of c_char, as above.
        self._packet_bytes: Any = (c_char * len(packets)).from_buffer(packets)
        # The three words of udp_addr that differ between peers.
        self._peers = [column(memory, "Q", packet.peer.offset + at) for at in (0, 8, 16)]
        self._no_flags = memoryview(array("I", bytes(4 * self._max)))
        # By the first start and the step.
        self._even_starts: dict[tuple[int, int], memoryview] = {}
        self._count = 0
        # False after `group`: then the datagrams are no longer in the order of their memory.
        self._in_order = True
        self._infos = (c.udp_packet_info * self._max)() if infos else None
        self._arguments = self._parameters(self._max, self._size)

    # ---- Datagrams ----

    @property
    def max_datagrams(self) -> int:
        """The most datagrams that one fill receives.

        >>> libudp.Batch(64).max_datagrams
        64
        """
        return self._max

    @property
    def arena_size(self) -> int:
        """Size of the memory for datagrams, in bytes.

        >>> libudp.Batch(64, 64 * 1500).arena_size
        96000
        """
        return self._size

    def __len__(self) -> int:
        """Number of datagrams of the last fill.

        >>> len(batch)
        2
        """
        return self._count

    def __getitem__(self, i: int) -> memoryview:
        """A datagram, without a copy.

        Args:
            i: its index from 0; a negative index counts from the end.

        Raises:
            IndexError: there is no datagram with this index.

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
        """The sender of a datagram, (host, port).

        Args:
            i: the index of the datagram, as in `batch[i]`.

        >>> batch.address(0) == peer.local_address
        True
        """
        return self._addresses_from(self._at(i), 1)[0]

    @property
    def addresses(self) -> list[Address]:
        """The senders of all datagrams.

        >>> set(batch.addresses) == {peer.local_address}
        True
        """
        return list(self._addresses())

    def truncated(self, i: int) -> bool:
        """True if a datagram was longer than its buffer; the rest of it is lost.

        Args:
            i: the index of the datagram, as in `batch[i]`.

        >>> batch.truncated(0)
        False
        """
        return bool(self._flags[self._at(i)] & c.UDP_PACKET_TRUNCATED)

    def full_length(self, i: int) -> int:
        """The length of a datagram when it arrived, in bytes: more than the length of its view if it was truncated.

        Args:
            i: the index of the datagram, as in `batch[i]`.

        >>> batch.full_length(0)
        3
        """
        length: int = self._packets[self._at(i)].full_length
        return length

    def info(self, i: int) -> PacketInfo:
        """What the system reports about a datagram.

        Args:
            i: the index of the datagram, as in `batch[i]`.

        Raises:
            ValueError: the batch was made without `infos=True`.

        >>> batch.info(0).timestamp_ns
        0
        """
        i = self._at(i)
        if self._infos is None:
            raise ValueError("this batch has no infos; make it with Batch(infos=True)")
        return info_from_native(self._infos[i], bool(self._flags[i] & c.UDP_PACKET_CONTROL_TRUNCATED))

    def datagrams(self) -> list[tuple[bytes, Address]]:
        """Copies of all datagrams with their senders, (data, address). A truncated one is a `TruncatedBytes`.

        >>> [data for data, sender in batch.datagrams()]
        [b'one', b'two']
        """
        count = self._count
        copies = self._copies(count) if count else []
        if self._flags[:count] != self._no_flags[:count]:
            for i in filter(self.truncated, range(count)):
                copies[i] = TruncatedBytes(copies[i], self.full_length(i))
        return list(zip(copies, self._addresses()))

    def view(self) -> memoryview:
        """All datagrams as one piece of memory, if they have one sender and one length and are adjacent.

        That is the case on a socket with `coalesce=True` if the system coalesced them. The last may be shorter. Nothing
        is copied, and `numpy.asarray(batch.view())` shares the memory.

        Raises:
            ValueError: the datagrams differ in length or sender, or are not adjacent; use `runs`.

        >>> with libudp.Socket(coalesce=True) as one_piece:
        ...     one_piece.bind(("127.0.0.1", 0))
        ...     peer.send_batch_to([b"one", b"two"], one_piece.local_address)
        ...     one_piece.recv_batch_into(batch, timeout=5.0)
        ...     bytes(batch.view())
        2
        2
        b'onetwo'
        """
        if not self._count:
            return self._view[:0]
        if self._adjacent(0, self._count):
            return self._piece(0, self._count)
        raise ValueError("the datagrams differ in length or sender, or are not adjacent; use runs()")

    def runs(self) -> list[Run]:
        """The datagrams in order, as few adjacent pieces of memory as possible. Nothing is copied.

        >>> b"".join(run.view for run in batch.runs())
        b'onetwo'
        """
        return [
            Run(self._piece(i, count), self._lengths[i], count, self.address(i)) for i, count in self._runs()
        ]

    def group(self) -> int:
        """Reorders the datagrams so that those of each sender are consecutive.

        Answers that are sent in this order need fewer calls of the kernel's network stack, because only neighbours to
        one address are sent together. Senders stay in the order of their first datagrams, and the datagrams of a sender
        stay in order. Useful if several senders have several datagrams each.

        Returns:
            The number of senders.

        An echo:

        >>> batch.group()
        1
        >>> socket.send_batch(batch)
        2
        """
        self._in_order = False
        return check(lib.udp_group_packets(self._packets, self._infos, self._count))

    # ---- For Socket ----

    def _parameters(self, max_datagrams: int, arena_size: int) -> tuple[Any, ...]:
        """The parameters of udp_recv_batch, to use that much of the batch."""
        return byref(self._buffer), arena_size, self._packets, self._infos, max_datagrams

    def _filled(self, count: int) -> int:
        """Sets the number of datagrams that the library received."""
        self._count = count
        self._in_order = True
        return count

    def _to_send(self) -> tuple[Any, Any, int]:
        """The datagrams and their infos as parameters of udp_send_batch and udp_reply_batch."""
        return self._packets, self._infos, self._count

    def _fill(self, datagrams: list[tuple[bytes, Address]]) -> int:
        """Fills the batch with datagrams that were received earlier."""
        capacity = self._size // self._max
        for i, (data, address) in enumerate(datagrams):
            length, start = min(len(data), capacity), i * capacity
            self._view[start : start + length] = data[:length]
            flags = c.UDP_PACKET_TRUNCATED if length < len(data) else 0
            self._packets[i] = c.udp_packet(
                self._base + start, length, native(address), full_length=len(data), flags=flags
            )
        return self._filled(len(datagrams))

    # ---- Columns ----

    def _at(self, i: int) -> int:
        at = index(i)
        if at < 0:
            at += self._count
        if not 0 <= at < self._count:
            raise IndexError(f"datagram {i} of {self._count}")
        return at

    def _addresses(self) -> Iterable[Address]:
        if self._count and all(equal(word[: self._count]) for word in self._peers):
            return repeat(self.address(0), self._count)
        return self._addresses_from(0, self._count)

    def _addresses_from(self, i: int, count: int) -> list[Address]:
        start = i * PACKET + c.udp_packet.peer.offset
        return addresses_of(cut(self._packet_bytes, start, sizeof(c.udp_addr), PACKET, count))

    def _copies(self, count: int) -> list[bytes]:
        """Copies of the first `count` datagrams; `count` is at least 1."""
        starts, lengths = self._starts[:count], self._lengths[:count]
        size, start = lengths[0], starts[0]
        step = starts[1] - start if count > 1 else size
        if equal(lengths) and step >= size and self._evenly(starts, step):
            return cut(self._buffer, start - self._base, size, step, count)
        copies: list[bytes] = []
        if size and equal(lengths) and self._in_order:
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
        """True if each datagram begins `step` bytes after the one before."""
        count = len(starts)
        if starts[-1] - starts[0] != step * (count - 1):
            return False
        # Usually the same as in an earlier fill.
        known = self._even_starts.get((starts[0], step))
        if known is None:
            if len(self._even_starts) >= MAX_EVEN_STARTS:
                self._even_starts.clear()
            steps = range(starts[0], starts[0] + step * self._max, max(step, 1))
            known = self._even_starts[starts[0], step] = memoryview(array(SIZE, steps))
        return starts == known[:count]

    def _runs(self) -> Iterator[tuple[int, int]]:
        """The first index and the length of each run."""
        i, guess = 0, self._count
        while i < self._count:
            guess = self._run(i, min(guess, self._count - i))
            yield i, guess
            i += guess

    def _run(self, i: int, guess: int) -> int:
        """The length of the run that begins at a datagram; `guess` is the length of the run before."""
        most = self._count - i
        # A part of a run is a run, so bisection works. Growing steps find its upper end.
        low, high = (guess, guess + 1) if self._adjacent(i, guess) else (1, guess)
        while high <= most and self._adjacent(i, high):
            low, high = high, 2 * high
        high = min(high, most + 1)
        while high - low > 1:
            middle = (low + high) // 2
            if self._adjacent(i, middle):
                low = middle
            else:
                high = middle
        return low

    def _adjacent(self, i: int, count: int) -> bool:
        """True if datagrams are adjacent and have one sender and one length, except a shorter last one."""
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
        """The memory of `count` adjacent datagrams."""
        last = i + count - 1
        start = self._starts[i] - self._base
        return self._view[start : self._starts[last] - self._base + self._lengths[last]]


def _rows(starts: memoryview, size: int) -> Iterator[tuple[int, int]]:
    """The first index and the number of adjacent datagrams of one length.

    The datagrams are in the order of their memory and do not overlap, so comparing first and last is enough.
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


def _memory(size: int, buffer_size: int) -> memoryview:
    """Memory for buffers, allocated on first use; a bytearray would be filled with zeros."""
    if sys.platform == "win32":
        return memoryview(mmap.mmap(-1, size))
    # Huge pages make the receive of small buffers faster. Larger buffers would each allocate one.
    huge = sys.platform == "linux" and buffer_size <= mmap.PAGESIZE and 2 * size > HUGE_PAGE
    whole = size if not huge else (size // HUGE_PAGE + 2) * HUGE_PAGE
    # Private: after a fork, parent and child have pages of their own.
    memory = mmap.mmap(-1, whole, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    if sys.platform == "linux":
        try:
            memory.madvise(mmap.MADV_HUGEPAGE if huge else mmap.MADV_NOHUGEPAGE)
        except OSError:  # a kernel without huge pages
            pass
    # A huge page begins at a multiple of its size.
    start = -addressof(c_char.from_buffer(memory)) % HUGE_PAGE if huge else 0
    return memoryview(memory)[start : start + size]
