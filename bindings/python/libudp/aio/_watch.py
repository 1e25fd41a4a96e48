"""Watches a socket with an event loop."""

from __future__ import annotations

import asyncio
import select
import sys
from typing import Any, Callable

from .._socket import Socket


class Watch:
    """The readers and writers of a socket in an event loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop, socket: Socket) -> None:
        self._loop = loop
        self._descriptor = socket.fileno()
        # libuv, the base of uvloop, takes an error of a socket (such as a refusal) for a bad descriptor and stops
        # watching it (uv__poll_io). With an epoll in between, it sees a readable descriptor only.
        self._needs_epoll = sys.platform == "linux" and not isinstance(loop, asyncio.SelectorEventLoop)
        self._epolls: dict[int, Any] = {}

    def read(self, callback: Callable[[], object]) -> None:
        """Calls a function whenever a receive would not wait."""
        if self._needs_epoll:
            self._loop.add_reader(self._epoll(select.EPOLLIN), callback)
        else:
            self._loop.add_reader(self._descriptor, callback)

    def write(self, callback: Callable[..., object], *arguments: Any) -> None:
        """Calls a function whenever a send would not wait."""
        if self._needs_epoll:
            self._loop.add_reader(self._epoll(select.EPOLLOUT), callback, *arguments)
        else:
            self._loop.add_writer(self._descriptor, callback, *arguments)

    def stop_reading(self) -> None:
        """Ends `read`."""
        if not self._loop.is_closed():
            self._loop.remove_reader(self._epoll(select.EPOLLIN) if self._needs_epoll else self._descriptor)

    def stop_writing(self) -> None:
        """Ends `write`."""
        if self._loop.is_closed():
            return
        if not self._needs_epoll:
            self._loop.remove_writer(self._descriptor)
        elif select.EPOLLOUT in self._epolls:
            self._loop.remove_reader(self._epoll(select.EPOLLOUT))

    def close(self) -> None:
        """Ends both. Call it before the socket is closed, because its descriptor may be reused after that."""
        self.stop_reading()
        self.stop_writing()
        while self._epolls:
            self._epolls.popitem()[1].close()

    def _epoll(self, events: int) -> int:
        epoll = self._epolls.get(events)
        if epoll is None:
            epoll = self._epolls[events] = select.epoll()
            epoll.register(self._descriptor, events)
        descriptor: int = epoll.fileno()
        return descriptor
