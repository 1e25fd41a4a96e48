"""A socket on an event loop, with coroutines."""

from __future__ import annotations

import asyncio
import warnings
from collections import deque
from ctypes import byref
from operator import index
from typing import TYPE_CHECKING, Any, Callable, Iterable, Optional

from .._data.address import Address, destination
from .._data.batch import MANY
from .._native.buffers import readable
from .._native.calls import check, lib
from .._socket.reply import PathError, native_details
from .._data.packet import Details
from .._socket.base import Socket
from .._socket.stats import Stats
from ..errors import UDP_ERR_CLOSED, ClosedError, Error, WouldBlockError, from_code
from ._nonblocking import AGAIN, calm, receive, recv_error, sendto
from ._watch import Watch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Endpoint:
    """A UDP socket on an event loop; `open` makes it.

    Any number of tasks of that loop may use it at a time. A receive that is cancelled takes no datagram with it, and
    the tasks that wait for one are served in their turn.

    `async for data, address in endpoint` gives the datagrams as they come, until the endpoint is closed. It gives the
    loop to other tasks only when no datagram is queued. Left early, it leaves the rest in the queue.

    `async with` closes the endpoint at its end.
    """

    # So that an endpoint which could not be made can be collected.
    _closed = True

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Socket, queue: int, details: bool) -> None:
        self._loop = loop
        self._socket = socket
        self._bound = queue
        self._watch = Watch(loop, socket)
        self._queue: deque[tuple[bytes, Address]] = deque()
        # Of each datagram in the queue, if they are asked for.
        self._details: Optional[deque[Details]] = deque() if details else None
        # What the next receive raises, after the datagrams that came before.
        self._error: Optional[Error] = None
        # The receives that wait, in their order, and the send that waits for room; others wait for that one.
        self._receivers: deque[asyncio.Future[None]] = deque()
        self._room: Optional[asyncio.Future[None]] = None
        # Who waits for a path error.
        self._hearers: set[asyncio.Future[None]] = set()
        self._sending = asyncio.Lock()
        self._paused = False
        self._watch.read(self._read)
        self._closed = False

    # ---- Receiving ----

    async def recvfrom(self) -> tuple[bytes, Address]:
        """The next datagram.

        Returns:
            Its bytes, none for an empty datagram, and its sender's (host, port).

        Raises:
            ClosedError: the endpoint is closed, or was while this waited.
            RefusedError: the peer of `open` refused an earlier datagram; the endpoint goes on working.
            RuntimeError: the endpoint is of another loop.
        """
        queue = self._queue
        if not queue:
            await self._arrival()
        datagram = queue.popleft()
        if self._details:
            self._details.popleft()
        if self._paused:
            self._resume()
        return datagram

    async def recvfrom_details(self) -> tuple[bytes, Address, Details]:
        """The next datagram, and what the system tells beside it, for `reply`.

        Returns:
            Its bytes, its sender's (host, port), and the `libudp.Details`: empty unless `open` was told `details`.

        Raises:
            The errors of `recvfrom`.
        """
        if not self._queue:
            await self._arrival()
        details = self._details[0] if self._details else Details()
        # There is one, so this does not wait, and takes the details too.
        data, address = await self.recvfrom()
        return data, address, details

    async def recv_batch(self, max: int = MANY) -> list[tuple[bytes, Address]]:
        """All datagrams that are queued; if there are none it waits for one.

        Args:
            max: the most to take, at least 1.

        Returns:
            The bytes and the sender's (host, port) of each, at least one, in the order in which they came.

        Raises:
            The errors of `recvfrom`.
        """
        max = index(max)
        if max < 1:
            raise ValueError(f"max is 1 or more, not {max}")
        queue = self._queue
        if not queue:
            await self._arrival()
        if len(queue) <= max:
            datagrams = list(queue)
            queue.clear()
        else:
            datagrams = [queue.popleft() for _ in range(max)]
        if self._details is not None:
            for _ in datagrams:
                self._details.popleft()
        if self._paused:
            self._resume()
        return datagrams

    def __aiter__(self) -> Endpoint:
        return self

    async def __anext__(self) -> tuple[bytes, Address]:
        # recvfrom once more: a call of it would be half of what a datagram costs here.
        queue = self._queue
        if not queue:
            try:
                await self._arrival()
            except ClosedError:
                raise StopAsyncIteration from None
        datagram = queue.popleft()
        if self._details:
            self._details.popleft()
        if self._paused:
            self._resume()
        return datagram

    async def _arrival(self) -> None:
        """Returns when a datagram is queued."""
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
                    # Cancelled after it was told of a datagram: that is another's now.
                    self._tell(1)
                elif receiver in self._receivers:
                    self._receivers.remove(receiver)
                raise

    def _tell(self, datagrams: int) -> None:
        """Wakes as many receives as there are datagrams for."""
        while datagrams and self._receivers:
            receiver = self._receivers.popleft()
            if not receiver.done():
                receiver.set_result(None)
                datagrams -= 1

    def _read(self) -> None:
        """Queues what is there, within the bound: one call of the library each time that the loop comes by."""
        if self._closed:
            return
        room = self._bound - len(self._queue)
        if room <= 0 or self._error is not None:
            # Not before the loop comes by again: mostly there is room then, and the selector need not be told.
            self._paused = True
            self._watch.stop_reading()
            return
        try:
            datagrams, more = receive(self._socket, room, self._details)
        except ClosedError:  # somebody closed the socket itself
            self.close()
            return
        except Error as error:
            self._error = error
            self._tell(1)
            return
        self._queue.extend(datagrams)
        if more:
            self._loop.call_soon(self._read)
        self._tell(len(datagrams))
        self._tell_hearers()

    def _resume(self) -> None:
        """Takes datagrams from the system again, when half of the queue is free."""
        if self._paused and len(self._queue) <= self._bound // 2 and not self._closed:
            self._paused = False
            self._watch.read(self._read)
            # The library may keep datagrams that the selector does not know of.
            self._loop.call_soon(self._read)

    # ---- Sending ----

    async def sendto(self, data: ReadableBuffer, address: Optional[Address] = None) -> int:
        """Sends one datagram; if the send buffer is full, waits for room. Cancelled while it waits, it sends nothing.

        Args:
            data: any bytes-like object; 0 bytes is a datagram too.
            address: (host, port) with a numeric host or "<broadcast>"; None for the peer of `open`.

        Returns:
            The length of data.

        Raises:
            The errors of `Socket.sendto` but TimedOutError and WouldBlockError.
        """
        to = None if address is None else destination(address)
        buffer, length = readable(data)
        if not self._sending.locked():
            sent: int = sendto(self._socket._handle, buffer, length, to)
            if self._hearers:
                self._tell_hearers()
            if sent >= 0:
                return sent
            if sent not in AGAIN:
                check(sent)
        return await self._send_when_writable(sendto, buffer, length, to)

    async def reply(self, data: ReadableBuffer, address: Optional[Address], details: Details) -> int:
        """Sends one datagram from the address that another one was sent to: see `Socket.reply`.

        Args:
            data: any bytes-like object; 0 bytes is a datagram too.
            address: (host, port) of who asked; None for the peer of `open`.
            details: of the question, as `recvfrom_details` tells them.

        Returns:
            The length of data.

        Raises:
            The errors of `Socket.reply` but TimedOutError and WouldBlockError.
        """
        to = None if address is None else destination(address)
        buffer, length = readable(data)
        return await self._send_when_writable(lib.udp_reply, buffer, length, to, byref(native_details(details)))

    async def reply_batch(self, packets: Iterable[tuple[ReadableBuffer, Optional[Address], Details]]) -> int:
        """Sends datagrams in their order, each from the address that another one was sent to.

        Args:
            packets: (data, address, details), each as for `reply`.

        Returns:
            As `send_many`.

        Raises:
            The errors of `reply`, if the first could not be sent.
        """
        return await self._send_all(list(packets), self._socket.reply_batch)

    async def _send_when_writable(self, send: Callable[..., int], *arguments: Any) -> int:
        async with self._sending:
            while True:
                sent = send(self._socket._handle, *arguments)
                self._tell_hearers()
                if sent not in AGAIN:
                    return check(sent)
                await self._writable()

    async def send_many(self, datas: Iterable[ReadableBuffer], address: Optional[Address] = None) -> int:
        """Sends datagrams in their order to one address, in as few system calls as it takes.

        Args:
            datas: bytes-like objects, one for each datagram.
            address: as for `sendto`.

        Returns:
            How many were sent: all, unless one failed. Then call again with the rest, to learn why.

        Raises:
            The errors of `sendto`, if the first could not be sent.
        """
        return await self._send_all(list(datas), lambda rest: self._socket.send_many(rest, address))

    async def send_batch(self, packets: Iterable[tuple[ReadableBuffer, Optional[Address]]]) -> int:
        """Sends datagrams in their order, each to its own address, in as few system calls as it takes.

        Args:
            packets: (data, address) pairs, each as for `sendto`.

        Returns:
            As `send_many`.

        Raises:
            The errors of `sendto`, if the first could not be sent.
        """
        return await self._send_all(list(packets), self._socket.send_batch)

    async def _send_all(self, rest: list[Any], send: Callable[[list[Any]], int]) -> int:
        total = 0
        async with self._sending:
            while rest:
                try:
                    sent = send(rest)
                    self._tell_hearers()
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
        """Waits until the system has room. One task at a time."""
        self._check_usable()
        room = self._room = self._loop.create_future()
        self._watch.write(_finish, room)
        try:
            await room
            # It may be a path error that woke it.
            calm(self._socket)
        finally:
            self._room = None
            if not self._closed:
                self._watch.stop_writing()

    # ---- Path errors ----

    async def recv_error(self) -> PathError:
        """Waits for a datagram that did not get through, and tells of it: see `Socket.recv_error`.

        Raises:
            ArgumentError: Option.RECV_ERRORS of the socket is 0.
            ClosedError: the endpoint is closed, or was while this waited.
        """
        while True:
            self._check_usable()
            error = recv_error(self._socket)
            if error is not None:
                return error
            hearer = self._loop.create_future()
            self._hearers.add(hearer)
            try:
                await hearer
            finally:
                self._hearers.discard(hearer)

    def _tell_hearers(self) -> None:
        """Has those who wait for a path error look again: a call of the library may have come upon one."""
        for hearer in self._hearers:
            _finish(hearer)

    # ---- The socket ----

    @property
    def socket(self) -> Socket:
        """The socket, for its options and groups. What it receives is the endpoint's, and `close` too."""
        return self._socket

    @property
    def local_address(self) -> Address:
        """What the endpoint is bound to, (host, port)."""
        return self._socket.local_address

    @property
    def peer_address(self) -> Optional[Address]:
        """The only peer, (host, port); None if there is no such."""
        return self._socket.peer_address

    def stats(self) -> Stats:
        """What passed through, `Socket.stats`; what is queued here counts as `kept`.

        `dropped` is what the system had no room for: it waited, because the queue was full, or came too fast.

        Raises:
            ClosedError.
        """
        stats = self._socket.stats()
        return stats._replace(kept=stats.kept + len(self._queue))

    # ---- The end ----

    def close(self) -> None:
        """Closes the endpoint, and forgets what is queued. Who waits on it gets ClosedError; `async for` ends.

        Closing twice does nothing. After the end of the loop it still gives the descriptor back.
        """
        if self._closed:
            return
        self._closed = True
        self._watch.close()
        self._socket.close()
        self._queue.clear()
        if self._details is not None:
            self._details.clear()
        self._error = None
        if not self._loop.is_closed():
            self._tell_hearers()
            self._tell(len(self._receivers))
            if self._room is not None:
                _finish(self._room)

    @property
    def closed(self) -> bool:
        """Whether the endpoint is closed."""
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
