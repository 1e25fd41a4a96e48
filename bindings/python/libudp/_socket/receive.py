"""The calls of a socket that take many datagrams at once."""

from __future__ import annotations

from collections import deque
from operator import index
from typing import TYPE_CHECKING, Any, Iterable, Iterator, Optional, Sequence

from .._data.address import Address, destination
from .._data.batch import MANY, PLACE, Batch
from .._native.buffers import MAX_DATAGRAM, readable
from .._native.calls import Own, Timeout, check, lib, milliseconds, sending, waiting
from .._data.packet_source import OUTBOXES, plain
from .._data.packet import TruncatedBytes
from ..errors import ClosedError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_recv_batch, _send_batch, _send_segments = lib.udp_recv_batch, lib.udp_send_batch, lib.udp_send_segments


class Batches:
    """The part of `Socket` that sends and receives many datagrams at once."""

    _handle: int
    _timeout_ms: int

    def __init__(self, coalesce: bool) -> None:
        self._coalesce = coalesce
        # Batches of `recv_batch`, for the next time. Each call has one to itself, and append and pop are atomic.
        self._spare: list[Batch] = []
        # What a loop over the socket has received and not handed out yet.
        self._unread: deque[tuple[bytes, Address]] = deque()

    # ---- Sending ----

    def send_batch(self, packets: Iterable[tuple[ReadableBuffer, Optional[Address]]]) -> int:
        """Sends datagrams in their order, each to its own address, in as few system calls as it takes.

        Args:
            packets: (data, address) pairs, each as for `sendto`.

        Returns:
            How many were sent: all, unless one failed. Then call again with the rest, to learn why.

        Raises:
            The errors of `sendto`, if the first could not be sent. An address that is none, and data that is not
            bytes-like, are told before anything is sent, wherever they are.

        >>> socket.send_batch([(b"one", peer.local_address), (b"two", socket.local_address)])
        2
        """
        pairs = packets if isinstance(packets, (list, tuple)) else list(packets)
        datas, addresses = [data for data, _ in pairs], [address for _, address in pairs]
        if not pairs:
            return 0
        # One destination needs no packets. A list of others mostly ends with another than it begins with.
        if addresses[0] == addresses[-1] and addresses.count(addresses[0]) == len(addresses):
            return self.send_many(datas, addresses[0])
        pieces = plain(datas)
        return self._send(pieces, list(map(len, pieces)), addresses)

    def send_many(self, datas: Iterable[ReadableBuffer], address: Optional[Address] = None) -> int:
        """Sends datagrams in their order to one address: fastest if all but the last, which may be shorter, are of one
        size.

        Args:
            datas: bytes-like objects, one for each datagram.
            address: as for `sendto`.

        Returns:
            How many were sent: all, unless one failed. Then call again with the rest, to learn why.

        Raises:
            The errors of `sendto`, if the first could not be sent.

        >>> socket.send_many([b"one", b"two"], peer.local_address)
        2
        """
        given = datas if isinstance(datas, (list, tuple)) else list(datas)
        to = None if address is None else destination(address)
        if not given:
            return 0
        pieces = plain(given)
        lengths = list(map(len, pieces))
        size, last = lengths[0], lengths[-1]
        if 0 < last <= size and lengths.count(size) >= len(lengths) - (last < size):
            data = b"".join(pieces)
            return self._segments(data, len(data), size, to)
        return self._send(pieces, lengths, [address] * len(lengths))

    def send_segments(self, data: ReadableBuffer, segment: int, address: Optional[Address] = None) -> int:
        """Sends one buffer cut into datagrams: the fastest way out.

        Args:
            data: any bytes-like object, such as a numpy array: the datagrams' bytes, one after the other. bytes and
                what can be written to is not copied.
            segment: how many bytes each datagram has, 1 to 65,507 (65,487 to IPv6 peers); the last may be shorter.
            address: as for `sendto`.

        Returns:
            How many datagrams were sent: all, unless one failed. Then call again with the rest, to learn why.

        Raises:
            ArgumentError: segment is 0. The errors of `sendto`, if the first could not be sent.

        >>> socket.send_segments(b"onetwosix", 3, peer.local_address)
        3
        """
        segment = index(segment)
        if not 0 <= segment < 2**31:
            raise ValueError(f"segment is 1 to 65507 bytes, not {segment}")
        buffer, length = readable(data)
        return self._segments(buffer, length, segment, None if address is None else destination(address))

    def _segments(self, buffer: Any, length: int, segment: int, to: Any) -> int:
        return sending(_send_segments, self._handle, buffer, length, segment, to)

    def _send(self, datas: Sequence[bytes], lengths: list[int], addresses: Sequence[Optional[Address]]) -> int:
        box = OUTBOXES.take(len(lengths))
        try:
            box.put(datas, lengths)
            box.address(addresses)
            return sending(_send_batch, self._handle, box.packets, len(lengths))
        finally:
            OUTBOXES.give(box)

    # ---- Receiving ----

    def recv_batch(
        self, max: int = MANY, timeout: Timeout = Own.TIMEOUT, size: int = MAX_DATAGRAM
    ) -> list[tuple[bytes, Address]]:
        """Waits for a datagram, then takes all that are there without waiting.

        Args:
            max: the most datagrams to take, at least 1.
            timeout: seconds to wait for the first; see the class.
            size: the most bytes to take of each, at least 1; the default takes every datagram, for which the socket
                reserves (but does not use) 64 KiB each. Not looked at if the socket coalesces: there nothing is cut.

        Returns:
            The bytes and the sender's (host, port) of each, at least one, in the order in which they came. The
            beginning of a datagram that was longer than size is a `TruncatedBytes`, which has its true length.

        Raises:
            TimedOutError, WouldBlockError, ClosedError.
            RefusedError: the connected peer refused an earlier datagram; the socket goes on working.

        >>> peer.send_many([b"one", b"two"], socket.local_address)
        2
        >>> [data for data, sender in socket.recv_batch(timeout=5.0)]
        [b'one', b'two']
        """
        max, size = index(max), index(size)
        if max < 1 or size < 1:
            raise ValueError(f"max and size are 1 or more, not {max} and {size}")
        unread = self._take_unread(max)
        if unread:
            return [(_shorten(data, size), address) for data, address in unread]
        place = PLACE if self._coalesce or size >= MAX_DATAGRAM else size
        try:
            batch = self._spare.pop()
        except IndexError:
            batch = Batch(max, max * place)
        if batch.max != max or batch.arena_size != max * place:
            batch = Batch(max, max * place)
        try:
            self._receive(batch, timeout)
            return batch.datagrams()
        finally:
            self._spare.append(batch)

    def recv_batch_into(self, batch: Batch, timeout: Timeout = Own.TIMEOUT) -> int:
        """Fills a batch: waits for a datagram, then takes all that are there without waiting. Copies nothing.

        Args:
            batch: the memory to receive into; what was in it is overwritten.
            timeout: seconds to wait for the first; see the class.

        Returns:
            How many datagrams there are in it, at least 1. One that was longer than its place is cut, and
            `Batch.truncated` says so. After an error the batch is empty.

        Raises:
            TimedOutError, WouldBlockError, ClosedError.
            RefusedError: the connected peer refused an earlier datagram; the socket goes on working.

        >>> mine = libudp.Batch(16)
        >>> peer.send_many([b"one", b"two"], socket.local_address)
        2
        >>> socket.recv_batch_into(mine, timeout=5.0)
        2
        >>> bytes(mine[1])
        b'two'
        """
        if not isinstance(batch, Batch):
            raise TypeError(f"a batch is a libudp.Batch, not {type(batch).__name__}")
        unread = self._take_unread(batch.max)
        if unread:
            return batch.fill(unread)
        return self._receive(batch, timeout)

    def __iter__(self) -> Iterator[tuple[bytes, Address]]:
        """The datagrams as they come, (data, address), until the socket is closed.

        They are received many at a time. If the loop is left early, the next receive of any kind begins with those
        that it did not come to; only a selector that watches `fileno` does not know of them.

        Raises:
            The errors of `recvfrom` but ClosedError. TimedOutError: for the socket's timeout nothing came; another
            loop goes on.

        >>> peer.send_many([b"one", b"two", b""], socket.local_address)
        3
        >>> for data, sender in socket:
        ...     if not data:
        ...         break
        ...     print(data)
        b'one'
        b'two'
        """
        unread = self._unread
        while True:
            try:
                datagram = unread.popleft()
            except IndexError:
                try:
                    unread.extend(self.recv_batch())
                except ClosedError:
                    return
            else:
                yield datagram

    def _receive(self, batch: Batch, timeout: Timeout) -> int:
        timeout_ms = self._timeout_ms if timeout is Own.TIMEOUT else milliseconds(timeout)
        batch.filled(0)
        return batch.filled(check(waiting(timeout_ms, _recv_batch, self._handle, *batch.arguments)))

    def _take_unread(self, most: int) -> list[tuple[bytes, Address]]:
        """The next datagrams that a loop received and did not hand out, if there are any."""
        taken: list[tuple[bytes, Address]] = []
        while self._unread and len(taken) < most:
            try:
                taken.append(self._unread.popleft())
            except IndexError:  # another thread was quicker
                break
        return taken


def _shorten(data: bytes, size: int) -> bytes:
    """The beginning of a datagram, if it is too long."""
    return data if len(data) <= size else TruncatedBytes(data[:size], len(data))
