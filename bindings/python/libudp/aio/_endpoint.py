"""A socket on an event loop, with coroutines."""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from ctypes import byref
from operator import index
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional

from .._data.address import Address, destination
from .._data.batch import MAX_DATAGRAMS
from .._native.buffers import readable
from .._native.calls import check, lib
from .._socket.path_errors import PathError
from .._data.packet import PacketInfo, native_info
from .._socket import Socket
from .._socket.stats import Stats
from ..errors import UDP_ERR_CLOSED, ClosedError, Error, WouldBlockError, from_code
from ._nonblocking import AGAIN, calm, receive, recv_error, sendto
from ._watch import Watch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Endpoint:
    """A UDP socket on an event loop, made by `libudp.aio.open`.

    Any number of tasks of that loop may use it at the same time. A cancelled receive loses no datagram. Tasks that wait
    for a datagram are served in order. Not thread-safe.

    `async for data, address in endpoint` receives datagrams until the endpoint is closed. It yields to other tasks only
    when the queue is empty. A loop that ends early leaves the remaining datagrams in the queue.

    `async with` closes the endpoint at its end.
    """

    # A value for an endpoint that could not be created, for `__del__`.
    _closed = True

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Socket, queue: int, infos: bool) -> None:
        self._loop = loop
        self._socket = socket
        self._bound = queue
        self._watch = Watch(loop, socket)
        self._queue: deque[tuple[bytes, Address]] = deque()
        # The info of each datagram in the queue, if enabled.
        self._infos: Optional[deque[PacketInfo]] = deque() if infos else None
        # The error that the next receive raises, after the datagrams in the queue.
        self._error: Optional[Error] = None
        # The waiting receives, in order; and the send that waits for room. Other sends wait for `_sending`.
        self._receivers: deque[asyncio.Future[None]] = deque()
        self._room: Optional[asyncio.Future[None]] = None
        # The calls that wait for a path error.
        self._error_waiters: set[asyncio.Future[None]] = set()
        self._sending = asyncio.Lock()
        self._paused = False
        self._watch.read(self._read)
        self._closed = False

    # ---- Receiving ----

    async def recvfrom(self) -> tuple[bytes, Address]:
        """Receives one datagram.

        Returns:
            The bytes, none for an empty datagram, and the sender, (host, port).

        Raises:
            ClosedError: the endpoint is closed, before or during the call.
            RefusedError: the peer of `open` refused an earlier datagram. The endpoint remains usable.
            RuntimeError: the endpoint belongs to another event loop.
        """
        queue = self._queue
        if not queue:
            await self._arrival()
        datagram = queue.popleft()
        if self._infos:
            self._infos.popleft()
        if self._paused:
            self._resume()
        return datagram

    async def recvfrom_info(self) -> tuple[bytes, Address, PacketInfo]:
        """Receives one datagram, with what the system reports about it, for `reply`.

        Returns:
            The bytes, the sender (host, port), and the `libudp.PacketInfo`, which is empty without
            `open(..., infos=True)`.

        Raises:
            The errors of `recvfrom`.
        """
        if not self._queue:
            await self._arrival()
        info = self._infos[0] if self._infos else PacketInfo()
        # The queue is not empty, so this does not wait. It removes the info too.
        data, address = await self.recvfrom()
        return data, address, info

    async def recv_batch(self, max_datagrams: int = MAX_DATAGRAMS) -> list[tuple[bytes, Address]]:
        """Receives all datagrams in the queue; waits for one if it is empty.

        Args:
            max_datagrams: the most datagrams to receive, at least 1.

        Returns:
            (data, sender) for each datagram, at least one, in the order of arrival.

        Raises:
            The errors of `recvfrom`.
        """
        count = index(max_datagrams)
        if count < 1:
            raise ValueError(f"max_datagrams is 1 or more, not {count}")
        queue = self._queue
        if not queue:
            await self._arrival()
        if len(queue) <= count:
            datagrams = list(queue)
            queue.clear()
        else:
            datagrams = [queue.popleft() for _ in range(count)]
        if self._infos is not None:
            for _ in datagrams:
                self._infos.popleft()
        if self._paused:
            self._resume()
        return datagrams

    def __aiter__(self) -> Endpoint:
        return self

    async def __anext__(self) -> tuple[bytes, Address]:
        # The code of recvfrom: calling it would double the cost of a datagram.
        queue = self._queue
        if not queue:
            try:
                await self._arrival()
            except ClosedError:
                raise StopAsyncIteration from None
        datagram = queue.popleft()
        if self._infos:
            self._infos.popleft()
        if self._paused:
            self._resume()
        return datagram

    async def _arrival(self) -> None:
        """Returns when the queue has a datagram."""
        while not self._queue:
            if self._error is not None:
                error, self._error = self._error, None
                self._resume()
                raise error
            self._check_usable()
            receiver = self._loop.create_future()
            self._receivers.append(receiver)
            try:
                await receiver
            except BaseException:
                if not receiver.cancelled():
                    # Cancelled after it was woken for a datagram: wake the next receive instead.
                    self._wake(1)
                elif receiver in self._receivers:
                    self._receivers.remove(receiver)
                raise

    def _wake(self, datagrams: int) -> None:
        """Wakes one waiting receive for each datagram."""
        while datagrams and self._receivers:
            receiver = self._receivers.popleft()
            if not receiver.done():
                receiver.set_result(None)
                datagrams -= 1

    def _read(self) -> None:
        """Moves available datagrams to the queue, within its bound: one call of the library per turn of the loop."""
        if self._closed:
            return
        room = self._bound - len(self._queue)
        if room <= 0 or self._error is not None:
            # Only now, one turn later: usually there is room again by then, which saves two calls of the selector.
            self._paused = True
            self._watch.stop_reading()
            return
        try:
            datagrams, more = receive(self._socket, room, self._infos)
        except ClosedError:  # the program closed the socket itself
            self.close()
            return
        except Error as error:
            self._error = error
            self._wake(1)
            return
        self._queue.extend(datagrams)
        if more:
            self._loop.call_soon(self._read)
        self._wake(len(datagrams))
        self._wake_error_waiters()

    def _resume(self) -> None:
        """Starts receiving again when half of the queue is free."""
        if self._paused and len(self._queue) <= self._bound // 2 and not self._closed:
            self._paused = False
            self._watch.read(self._read)
            # The library may have buffered datagrams, which the selector does not see.
            self._loop.call_soon(self._read)

    # ---- Sending ----

    async def sendto(self, data: ReadableBuffer, address: Optional[Address] = None) -> int:
        """Sends one datagram. Waits if the send buffer is full; if it is cancelled then, nothing is sent.

        Args:
            data: any bytes-like object; 0 bytes is an empty datagram.
            address: (host, port) with a numeric host or "<broadcast>"; None for the peer of `open`.

        Returns:
            The length of data.

        Raises:
            The errors of `Socket.sendto`, except TimedOutError and WouldBlockError.
        """
        to = None if address is None else destination(address)
        buffer, length = readable(data)
        if not self._sending.locked():
            sent: int = sendto(self._socket._handle, buffer, length, to)
            if self._error_waiters:
                self._wake_error_waiters()
            if sent >= 0:
                return sent
            if sent not in AGAIN:
                check(sent)
        return await self._send_when_writable(sendto, buffer, length, to)

    async def reply(self, data: ReadableBuffer, address: Optional[Address], info: PacketInfo) -> int:
        """Sends one datagram from the address that another datagram was sent to; see `Socket.reply`.

        Args:
            data: any bytes-like object; 0 bytes is an empty datagram.
            address: (host, port) of the destination; None for the peer of `open`.
            info: the PacketInfo of the request, from `recvfrom_info`.

        Returns:
            The length of data.

        Raises:
            The errors of `Socket.reply`, except TimedOutError and WouldBlockError.
        """
        to = None if address is None else destination(address)
        buffer, length = readable(data)
        return await self._send_when_writable(lib.udp_reply, buffer, length, to, byref(native_info(info)))

    async def reply_batch(self, packets: Iterable[tuple[ReadableBuffer, Optional[Address], PacketInfo]]) -> int:
        """Sends datagrams in order, each from the address that another datagram was sent to.

        Args:
            packets: (data, address, info), each as for `reply`.

        Returns:
            The number of datagrams sent, as `send_batch_to`.

        Raises:
            The errors of `reply`, if the first datagram could not be sent.
        """
        return await self._send_all(list(packets), self._socket.reply_batch)

    async def _send_when_writable(self, send: Callable[..., int], *arguments: Any) -> int:
        async with self._sending:
            while True:
                sent = send(self._socket._handle, *arguments)
                self._wake_error_waiters()
                if sent not in AGAIN:
                    return check(sent)
                await self._writable()

    async def send_batch_to(self, datagrams: Iterable[ReadableBuffer], address: Optional[Address] = None) -> int:
        """Sends datagrams in order to one address, with few system calls.

        Args:
            datagrams: bytes-like objects.
            address: as for `sendto`.

        Returns:
            The number of datagrams sent. If it is smaller than the number given, call again with the rest to get the
            error.

        Raises:
            The errors of `sendto`, if the first datagram could not be sent.
        """
        return await self._send_all(list(datagrams), lambda rest: self._socket.send_batch_to(rest, address))

    async def send_batch(self, packets: Iterable[tuple[ReadableBuffer, Optional[Address]]]) -> int:
        """Sends datagrams in order, each to its own address, with few system calls.

        Args:
            packets: (data, address) pairs, each as for `sendto`.

        Returns:
            The number of datagrams sent, as `send_batch_to`.

        Raises:
            The errors of `sendto`, if the first datagram could not be sent.
        """
        return await self._send_all(list(packets), self._socket.send_batch)

    async def _send_all(self, rest: list[Any], send: Callable[[list[Any]], int]) -> int:
        total = 0
        async with self._sending:
            while rest:
                try:
                    sent = send(rest)
                    self._wake_error_waiters()
                except WouldBlockError:
                    await self._writable()
                except Error:
                    if not total:
                        raise
                    return total
                else:
                    total += sent
                    rest = rest[sent:]
        return total

    async def _writable(self) -> None:
        """Waits for room in the send buffer. One task at a time."""
        self._check_usable()
        room = self._room = self._loop.create_future()
        self._watch.write(_finish, room)
        try:
            await room
            # A path error may have caused the wakeup.
            calm(self._socket)
        finally:
            self._room = None
            if not self._closed:
                self._watch.stop_writing()

    # ---- Path errors ----

    async def recv_error(self) -> PathError:
        """Waits for a path error; see `Socket.recv_error`.

        Raises:
            InvalidError: Option.RECV_ERRORS of the socket is 0.
            ClosedError: the endpoint is closed, before or during the call.
        """
        while True:
            self._check_usable()
            error = recv_error(self._socket)
            if error is not None:
                return error
            waiter = self._loop.create_future()
            self._error_waiters.add(waiter)
            try:
                await waiter
            finally:
                self._error_waiters.discard(waiter)

    def _wake_error_waiters(self) -> None:
        """Wakes the calls that wait for a path error, because a call of the library may have found one."""
        for waiter in self._error_waiters:
            _finish(waiter)

    # ---- The socket ----

    @property
    def socket(self) -> Socket:
        """The socket, to set options and join groups. Do not receive from it or close it."""
        return self._socket

    @property
    def local_address(self) -> Address:
        """The local address, (host, port)."""
        return self._socket.local_address

    @property
    def peer_address(self) -> Optional[Address]:
        """The connected peer, (host, port); None if there is none."""
        return self._socket.peer_address

    def get_stats(self) -> Stats:
        """The counters of the socket, see `Socket.get_stats`. The queue of the endpoint counts as `buffered`.

        `dropped` grows if datagrams arrive faster than the program receives them.

        Raises:
            ClosedError.
        """
        stats = self._socket.get_stats()
        return stats._replace(buffered=stats.buffered + len(self._queue))

    # ---- Closing ----

    def close(self) -> None:
        """Closes the endpoint and discards the queue. Waiting calls end with ClosedError, and `async for` ends.

        A second close does nothing. A close after the end of the loop still closes the descriptor.
        """
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        self._socket.close()
        self._queue.clear()
        if self._infos is not None:
            self._infos.clear()
        self._error = None
        if not self._loop.is_closed():
            self._wake_error_waiters()
            self._wake(len(self._receivers))
            if self._room is not None:
                _finish(self._room)

    @property
    def closed(self) -> bool:
        """True after `close`."""
        return self._closed

    async def __aenter__(self) -> Endpoint:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.close()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if not self._closed:
            _warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()

    def __repr__(self) -> str:
        return f"<libudp.aio.Endpoint {'closed' if self._closed else repr(self._socket)}>"

    def _check_usable(self) -> None:
        if self._closed:
            raise from_code(UDP_ERR_CLOSED, "the endpoint is closed")
        if asyncio.get_running_loop() is not self._loop:
            raise RuntimeError(f"{self!r} belongs to another event loop")


def _finish(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)
