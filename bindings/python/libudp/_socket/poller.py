"""One wait on many sockets."""

from __future__ import annotations

import selectors
import warnings
from enum import IntFlag
from typing import Any, Mapping, Optional
from weakref import WeakSet

from .._native import declarations as c
from .._native.calls import check, check_unless_closed, failure, lib, milliseconds, waiting
from ..errors import UDP_ERR_TIMED_OUT, UDP_ERR_WOULD_BLOCK, ClosedError
from .base import SocketBase

# As many as one wait reports.
_MAX_READY = 128
# READ, WRITE and ERROR.
_WANTED = c.UDP_EVENT_READ | c.UDP_EVENT_WRITE | c.UDP_EVENT_ERROR


class Event(IntFlag):
    """What a `Poller` waits for, and what it reports. READ and WRITE are those of the module `selectors`.

    >>> libudp.Event.READ == selectors.EVENT_READ, libudp.Event.WRITE == selectors.EVENT_WRITE
    (True, True)
    """

    READ = c.UDP_EVENT_READ
    """A receive would not wait: a datagram or an error is there."""
    WRITE = c.UDP_EVENT_WRITE
    """A send would not wait."""
    ERROR = c.UDP_EVENT_ERROR
    """`Socket.recv_error` would not wait; requires Option.RECV_ERRORS."""
    CLOSED = c.UDP_EVENT_CLOSED
    """Reported only: the socket was closed, and the poller has forgotten it."""


class Poller(selectors.BaseSelector):
    """One wait on any number of `libudp.Socket` objects, with the methods of a selector of the module `selectors`.

    Unlike a selector on the descriptors it also knows what the library has buffered, and reports a socket that was closed.
    Use it for a program of its own threads; with asyncio, use `libudp.aio`.

    Thread safety: any thread may call any method at any time, also while others wait.

    Raises:
        LimitError: the process has too many open files.

    >>> with libudp.Poller() as poller:
    ...     key = poller.register(socket, libudp.Event.READ, "data of your own")
    ...     peer.sendto(b"hello", socket.local_address)
    ...     [(key.fileobj is socket, key.data, events) for key, events in poller.select(5.0)]
    5
    [(True, 'data of your own', 1)]
    """

    def __init__(self) -> None:
        self._closed = True  # for __del__, should the next line fail
        self._handle = check(lib.udp_poller_open())
        self._closed = False
        self._keys: dict[int, selectors.SelectorKey] = {}
        self._map = _Map(self._keys)
        # Sockets in which a loop may have left datagrams that it received and did not return.
        self._unread: set[int] = set()
        # Arrays for `select`, so that each thread in it has one of its own.
        self._arrays: list[Any] = []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Adds a socket.

        Args:
            fileobj: a `libudp.Socket`.
            events: `Event` flags to wait for, other than CLOSED.
            data: any object, which the reports about the socket carry.

        Raises:
            KeyError: the socket is registered already. ValueError: no events, or unknown ones. TypeError: no socket of
            this library. InvalidError: Event.ERROR without Option.RECV_ERRORS. LimitError: the socket is in four pollers.
            ClosedError.

        >>> with libudp.Poller() as poller:
        ...     poller.register(socket, libudp.Event.READ).events == libudp.Event.READ
        True
        """
        handle = _handle(fileobj)
        if handle in self._keys:
            raise KeyError(f"{fileobj!r} is registered already; use modify")
        return self._set(handle, fileobj, events, data)

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """Changes the events or the data of a registered socket.

        Args:
            fileobj: the socket.
            events: `Event` flags to wait for, other than CLOSED.
            data: any object, which the reports about the socket carry.

        Raises:
            KeyError: the socket is not registered. Otherwise as `register`.

        >>> with libudp.Poller() as poller:
        ...     key = poller.register(socket, libudp.Event.READ)
        ...     poller.modify(socket, libudp.Event.WRITE).events == libudp.Event.WRITE
        True
        """
        self.get_key(fileobj)
        return self._set(_handle(fileobj), fileobj, events, data)

    def _set(self, handle: int, fileobj: Any, events: int, data: Any) -> selectors.SelectorKey:
        if not events or events & ~_WANTED:
            raise ValueError(f"events are Event.READ, Event.WRITE, Event.ERROR or several of them, not {events!r}")
        key = selectors.SelectorKey(fileobj, fileobj.fileno(), events, data)
        before = self._keys.get(handle)
        # Another thread may be told of the socket at once.
        self._keys[handle] = key
        result = lib.udp_poller_set(self._handle, handle, events, 0)
        if result < 0:
            if before is None:
                self._keys.pop(handle, None)
            else:
                self._keys[handle] = before
            raise failure(result)
        if fileobj._pollers is None:
            fileobj._pollers = WeakSet()
        fileobj._pollers.add(self)
        self._unread.add(handle)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """Removes a socket.

        Args:
            fileobj: the socket, which may be closed.

        Raises:
            KeyError: the socket is not registered, or its close was reported.

        >>> with libudp.Poller() as poller:
        ...     key = poller.register(socket, libudp.Event.READ)
        ...     poller.unregister(socket) is key
        True
        """
        key = self.get_key(fileobj)
        handle = _handle(fileobj)
        del self._keys[handle]
        check_unless_closed(lib.udp_poller_set(self._handle, handle, 0, 0))
        return key

    def select(self, timeout: Optional[float] = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Waits until a socket is ready. A socket is reported until what it is ready for has been taken.

        Args:
            timeout: seconds to wait; None waits forever, 0 or less does not wait.

        Returns:
            (key, events) of each socket that is ready, at most 128 of them; an empty list after the timeout or `wake`.
            A socket that was closed is reported once, with Event.CLOSED, and is then no longer registered.

        Raises:
            ClosedError: the poller is closed.

        >>> with libudp.Poller() as poller:
        ...     key = poller.register(socket, libudp.Event.READ)
        ...     poller.select(0)
        []
        """
        unread = self._take_unread() if self._unread else []
        timeout_ms = 0 if unread or (timeout is not None and timeout <= 0) else milliseconds(timeout)
        try:
            ready = self._arrays.pop()
        except IndexError:
            ready = (c.udp_ready * _MAX_READY)()
        count = waiting(timeout_ms, lib.udp_poller_wait, self._handle, ready, _MAX_READY)
        if count in (UDP_ERR_TIMED_OUT, UDP_ERR_WOULD_BLOCK):
            count = 0
        check(count)
        found = unread
        for index in range(count):
            row = ready[index]
            events: int = row.events
            key = self._keys.pop(row.socket, None) if events & Event.CLOSED else self._keys.get(row.socket)
            # Another thread may have removed the socket meanwhile.
            if key is not None and not (unread and _merged(unread, key, events)):
                found.append((key, events))
        self._arrays.append(ready)
        return found

    def _take_unread(self) -> list[tuple[selectors.SelectorKey, int]]:
        """The sockets in which a loop has left datagrams."""
        found: list[tuple[selectors.SelectorKey, int]] = []
        for handle in list(self._unread):
            key = self._keys.get(handle)
            socket: Any = key and key.fileobj
            if key is None or not socket._unread:
                self._unread.discard(handle)
            elif key.events & Event.READ:
                found.append((key, Event.READ))
        return found

    def wake(self) -> None:
        """Ends one `select` with an empty list: one that is going on, or else the next. Each call ends one.

        Raises:
            ClosedError.

        >>> with libudp.Poller() as poller:
        ...     poller.wake()
        ...     poller.select()
        []
        """
        check(lib.udp_poller_wake(self._handle))

    def fileno(self) -> int:
        """A descriptor that is readable while `select` would not wait, for another event loop. It belongs to the poller.

        Raises:
            ClosedError. UnsupportedError: the system has none.

        >>> with libudp.Poller() as poller:
        ...     poller.fileno() >= 0
        True
        """
        return check(lib.udp_poller_fd(self._handle))

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """The registered sockets and their keys.

        >>> with libudp.Poller() as poller:
        ...     key = poller.register(socket, libudp.Event.READ)
        ...     poller.get_map()[socket] is key
        True
        """
        return self._map

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """The key of a registered socket.

        Args:
            fileobj: the socket.

        Raises:
            KeyError: the socket is not registered.

        >>> with libudp.Poller() as poller:
        ...     key = poller.register(socket, libudp.Event.READ)
        ...     poller.get_key(socket) is key
        True
        """
        return self._map[fileobj]

    def close(self) -> None:
        """Closes the poller; its sockets stay open. Waiting calls of other threads end with ClosedError.

        >>> poller = libudp.Poller()
        >>> poller.close()
        >>> poller.select()
        Traceback (most recent call last):
        libudp.errors.ClosedError: ...
        """
        self._closed = True
        self._keys.clear()
        check_unless_closed(lib.udp_poller_close(self._handle))

    @property
    def closed(self) -> bool:
        """True after `close`.

        >>> with libudp.Poller() as poller:
        ...     poller.closed
        False
        """
        return self._closed

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if not self._closed:
            _warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()

    def __repr__(self) -> str:
        try:
            return f"<libudp.Poller fd={self.fileno()} sockets={len(self._keys)}>"
        except ClosedError:
            return "<libudp.Poller closed>"

    def __getstate__(self) -> Any:
        raise TypeError("a poller cannot be copied or pickled: its handle is valid in this process only")


def _merged(found: list[tuple[selectors.SelectorKey, int]], key: selectors.SelectorKey, events: int) -> bool:
    """Adds events to those of a socket in the list, if it is there."""
    for place, (other, before) in enumerate(found):
        if other is key:
            found[place] = (key, events if events & Event.CLOSED else before | events)
            return True
    return False


class _Map(Mapping[Any, selectors.SelectorKey]):
    """The registered sockets of a poller, by socket."""

    def __init__(self, keys: dict[int, selectors.SelectorKey]) -> None:
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def __getitem__(self, fileobj: Any) -> selectors.SelectorKey:
        try:
            return self._keys[_handle(fileobj)]
        except KeyError:
            raise KeyError(f"{fileobj!r} is not registered") from None

    def __iter__(self) -> Any:
        return iter([key.fileobj for key in list(self._keys.values())])


def _handle(fileobj: Any) -> int:
    if not isinstance(fileobj, SocketBase):
        raise TypeError(f"a Poller takes libudp.Socket objects, not {type(fileobj).__name__}; use the module selectors")
    return fileobj._handle
