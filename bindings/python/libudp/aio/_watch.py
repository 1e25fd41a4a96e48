"""Has an event loop tell when a socket can be read or written."""

from __future__ import annotations

import asyncio
import select
import sys
from typing import Any, Callable

from .._socket.base import Socket


class Watch:
    """What a loop watches of a socket."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Socket) -> None:
        self._loop = loop
        self._descriptor = socket.fileno()
        # libuv, which is under uvloop, takes an error of a socket, such as a refused peer, for a bad descriptor, and
        # watches it no more (uv__poll_io). An epoll in between is no more than readable.
        self._apart = sys.platform == "linux" and not isinstance(loop, asyncio.SelectorEventLoop)
        self._between: dict[int, Any] = {}

    def read(self, callback: Callable[[], object]) -> None:
        """Calls a function whenever there is something to receive, or an error to be told of."""
        if self._apart:
            self._loop.add_reader(self._epoll(select.EPOLLIN), callback)
        else:
            self._loop.add_reader(self._descriptor, callback)

    def write(self, callback: Callable[..., object], *arguments: Any) -> None:
        """Calls a function whenever there is room to send."""
        if self._apart:
            self._loop.add_reader(self._epoll(select.EPOLLOUT), callback, *arguments)
        else:
            self._loop.add_writer(self._descriptor, callback, *arguments)

    def stop_reading(self) -> None:
        """Ends `read`."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._epoll(select.EPOLLIN) if self._apart else self._descriptor)

    def stop_writing(self) -> None:
        """Ends `write`."""
        if self._loop.is_closed():
            return
        if not self._apart:
            self._loop.remove_writer(self._descriptor)
        elif select.EPOLLOUT in self._between:
            self._loop.remove_reader(self._epoll(select.EPOLLOUT))

    def close(self) -> None:
        """Ends both; before the socket is closed, because its descriptor may be another file's then."""
        self.stop_reading()
        self.stop_writing()
        while self._between:
            self._between.popitem()[1].close()

    def _epoll(self, events: int) -> int:
        between = self._between.get(events)
        if between is None:
            between = self._between[events] = select.epoll()
            between.register(self._descriptor, events)
        descriptor: int = between.fileno()
        return descriptor
