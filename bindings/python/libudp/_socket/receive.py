"""Receives of one datagram and of many."""

from __future__ import annotations

from ctypes import byref
from operator import index
from time import monotonic
from typing import Any, Iterator

from .._data.address import Address, addresses, from_native
from .._data.batch import BUFFER_SIZE, MAX_DATAGRAMS, Batch
from .._data.packet import PacketInfo, TruncatedBytes, info_from_native
from .._native import declarations as c
from .._native.buffers import DATAGRAMS, MAX_DATAGRAM
from .._native.calls import Default, Timeout, check, failure, lib, milliseconds, resume, sizes, waiting
from .._native.calls import room_parameter, untyped_recvfrom
from ..errors import UDP_ERR_INTERRUPTED, UDP_ERR_TRUNCATED, ClosedError, truncated
from .base import SocketBase

# Looked up once, not for each datagram.
_recv_batch = lib.udp_recv_batch
_pop, _give, _OWN = DATAGRAMS.pop, DATAGRAMS.give, Default.TIMEOUT


class ReceiveCalls(SocketBase):
    """The part of `Socket` that receives."""

    def recvfrom(self, size: int = MAX_DATAGRAM, timeout: Timeout = Default.TIMEOUT) -> tuple[bytes, Address]:
        """Receives one datagram.

        Args:
            size: the most bytes to receive, 0 or more. The default fits every datagram.
            timeout: seconds to wait; default: the timeout of the socket.

        Returns:
            The bytes, none for an empty datagram, and the sender, (host, port).

        Raises:
            TruncatedError: the datagram was longer than size. The error has its beginning, sender and full length.
            TimedOutError, WouldBlockError, ClosedError.
            RefusedError: the connected peer refused an earlier datagram. The socket remains usable.

        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> socket.recvfrom(timeout=5.0)
        (b'hello', ('127.0.0.1', ...))
        """
        # As `take` and `waiting`, without the cost of Python calls.
        try:
            # 2048 == 2048.0, but only 2048 is a size.
            room = sizes[size] if size.__class__ is int else room_parameter(size)
        except KeyError:
            room = room_parameter(size)
        if self._unread:
            for data, address in self._take_unread(1):
                if len(data) > size:
                    raise truncated(data[:size], address, len(data))
                return data, address
        timeout_ms = self._timeout_ms if timeout is _OWN else milliseconds(timeout)
        end = monotonic() + timeout_ms / 1000 if timeout_ms > 0 else 0.0
        try:
            at = _pop()
        except IndexError:
            at = DATAGRAMS.new()
        try:
            length: int = untyped_recvfrom(self._parameter, at.buffer_ref, room, at.sender_ref, timeout_ms)
            if length == UDP_ERR_INTERRUPTED:
                length = resume(timeout_ms, end, untyped_recvfrom, self._parameter, at.buffer_ref, room, at.sender_ref)
            if length >= 0:
                try:
                    return at.buffer[:length], addresses[at.sender_bytes.raw]
                except KeyError:
                    return at.buffer[:length], from_native(at.sender)
            if length == UDP_ERR_TRUNCATED:
                raise truncated(at.buffer[: index(size)], from_native(at.sender), lib.udp_last_length())
            raise failure(length)
        finally:
            _give(at)

    def recvfrom_info(
        self, size: int = MAX_DATAGRAM, timeout: Timeout = Default.TIMEOUT
    ) -> tuple[bytes, Address, PacketInfo]:
        """Receives one datagram, with what the system reports about it. See `PacketInfo` for the options to set.

        Args:
            size: the most bytes to receive, 0 or more. The default fits every datagram.
            timeout: seconds to wait; default: the timeout of the socket.

        Returns:
            The bytes, the sender (host, port), and the PacketInfo. A datagram that a loop over the socket had received
            before has an empty PacketInfo.

        Raises:
            The errors of `recvfrom`.

        >>> socket.set_option(libudp.Option.RECV_PKTINFO, 1)
        1
        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> data, sender, info = socket.recvfrom_info(timeout=5.0)
        >>> info.local, info.if_index
        ('127.0.0.1', 1)
        """
        size = index(size)
        if size < 0:
            raise ValueError(f"size is 0 or more, not {size}")
        for data, address in self._take_unread(1):
            if len(data) > size:
                raise truncated(data[:size], address, len(data))
            return data, address, PacketInfo()
        timeout_ms = self._timeout_ms if timeout is Default.TIMEOUT else milliseconds(timeout)
        at, info = DATAGRAMS.take(), c.udp_packet_info()
        try:
            capacity = min(size, MAX_DATAGRAM)
            length = waiting(
                timeout_ms, lib.udp_recvfrom_info, self._handle, at.buffer, capacity, at.sender_ref, byref(info)
            )
            if length >= 0:
                return at.buffer[:length], from_native(at.sender), info_from_native(info)
            if length == UDP_ERR_TRUNCATED:
                raise truncated(at.buffer[:capacity], from_native(at.sender), lib.udp_last_length())
            raise failure(length)
        finally:
            DATAGRAMS.give(at)

    def recv_batch(
        self, max_datagrams: int = MAX_DATAGRAMS, timeout: Timeout = Default.TIMEOUT, size: int = MAX_DATAGRAM
    ) -> list[tuple[bytes, Address]]:
        """Waits for a datagram, then receives all that are available without waiting.

        Args:
            max_datagrams: the most datagrams to receive, at least 1.
            timeout: seconds to wait for the first; default: the timeout of the socket.
            size: the most bytes to receive of each, at least 1. The default fits every datagram; the socket then
                reserves 64 KiB of address space for each. Ignored with `coalesce=True`, where nothing is truncated.

        Returns:
            (data, sender) for each datagram, at least one, in the order of arrival. The beginning of a datagram longer
            than size is a `TruncatedBytes`, which has its full length.

        Raises:
            TimedOutError, WouldBlockError, ClosedError.
            RefusedError: the connected peer refused an earlier datagram. The socket remains usable.

        >>> peer.send_batch_to([b"one", b"two"], socket.local_address)
        2
        >>> [data for data, sender in socket.recv_batch(timeout=5.0)]
        [b'one', b'two']
        """
        count, size = index(max_datagrams), index(size)
        if count < 1 or size < 1:
            raise ValueError(f"max_datagrams and size are 1 or more, not {count} and {size}")
        unread = self._take_unread(count)
        if unread:
            return [(_truncate(data, size), address) for data, address in unread]
        each = BUFFER_SIZE if self._coalesce or size >= MAX_DATAGRAM else size
        try:
            batch = self._spare.pop()
        except IndexError:
            batch = Batch(count, count * each)
        if batch.max_datagrams < count or batch.arena_size < count * each:
            # Both, so that calls with few large and with many small datagrams can take turns.
            batch = Batch(max(count, batch.max_datagrams), max(count * each, batch.arena_size))
        try:
            self._receive(batch, timeout, batch._parameters(count, count * each))
            return batch.datagrams()
        finally:
            self._spare.append(batch)

    def recv_batch_into(self, batch: Batch, timeout: Timeout = Default.TIMEOUT) -> int:
        """Fills a batch: waits for a datagram, then receives all that are available, without a copy.

        Args:
            batch: the batch to fill; its previous datagrams are overwritten.
            timeout: seconds to wait for the first; default: the timeout of the socket.

        Returns:
            The number of datagrams, at least 1. A datagram longer than its buffer is truncated, see `Batch.truncated`.
            After an error the batch is empty.

        Raises:
            TimedOutError, WouldBlockError, ClosedError.
            RefusedError: the connected peer refused an earlier datagram. The socket remains usable.

        >>> mine = libudp.Batch(16)
        >>> peer.send_batch_to([b"one", b"two"], socket.local_address)
        2
        >>> socket.recv_batch_into(mine, timeout=5.0)
        2
        >>> bytes(mine[1])
        b'two'
        """
        if not isinstance(batch, Batch):
            raise TypeError(f"batch is a libudp.Batch, not {type(batch).__name__}")
        unread = self._take_unread(batch.max_datagrams)
        if unread:
            return batch._fill(unread)
        return self._receive(batch, timeout, batch._arguments)

    def __iter__(self) -> Iterator[tuple[bytes, Address]]:
        """Receives datagrams, (data, sender), until the socket is closed.

        The loop receives many datagrams at a time. If the program leaves it early, the next receive of any kind returns
        the remaining ones first; only a selector that watches `fileno` does not see them.

        Raises:
            The errors of `recvfrom`, except ClosedError. After TimedOutError, another loop continues.

        >>> peer.send_batch_to([b"one", b"two", b""], socket.local_address)
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
                for poller in self._pollers or ():
                    poller._unread.add(self._handle)
            else:
                yield datagram

    def _receive(self, batch: Batch, timeout: Timeout, parameters: tuple[Any, ...]) -> int:
        timeout_ms = self._timeout_ms if timeout is Default.TIMEOUT else milliseconds(timeout)
        batch._filled(0)
        return batch._filled(check(waiting(timeout_ms, _recv_batch, self._handle, *parameters)))


def _truncate(data: bytes, size: int) -> bytes:
    return data if len(data) <= size else TruncatedBytes(data[:size], len(data))
