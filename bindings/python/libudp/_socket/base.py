"""The base of `Socket`: open, bind, connect, wait, close."""

from __future__ import annotations

import warnings
from collections import deque
from ctypes import byref
from typing import Any, NamedTuple, Optional, TypeVar

from .._data.address import Address, check_port, destination, from_native, native, require_numeric, split
from weakref import WeakSet
from .._data.batch import Batch
from .._native import declarations as c
from .._native.calls import Default, Timeout, c_string, check, check_unless_closed, handle_parameter, lib, milliseconds
from .._native.calls import waiting
from ..errors import UDP_ERR_NOT_CONNECTED, Error

_FAMILIES = {"ipv4": c.UDP_OPEN_IPV4, "ipv6": c.UDP_OPEN_IPV6, "dual": c.UDP_OPEN_DUAL}
_Self = TypeVar("_Self", bound="SocketBase")


class Ready(NamedTuple):
    """The result of `Socket.wait`: which calls would not wait.

    >>> socket.wait(read=False, write=True)
    Ready(read=False, write=True, error=False)
    """

    read: bool
    """A receive would not wait: there is a datagram, or an error to report."""
    write: bool
    """A send would not wait."""
    error: bool = False
    """`Socket.recv_error` would not wait."""


class SocketBase:
    """Open, bind, connect, wait and close; and the state that the other parts of `Socket` use."""

    # Values for a socket that could not be opened, so that it can be closed.
    _handle = 0
    # The handle as a parameter of `untyped_sendto` and `untyped_recvfrom`.
    _parameter = handle_parameter(0)
    _closed = True

    def __init__(self, family: str, reuse_address: bool, reuse_port: bool, coalesce: bool) -> None:
        # Datagrams that a loop over the socket has received and not returned yet.
        self._unread: deque[tuple[bytes, Address]] = deque()
        # The pollers that want to know of them.
        self._pollers: Optional[WeakSet[Any]] = None
        # Batches of `recv_batch`, kept for the next call. Each call uses one of its own; append and pop are atomic.
        self._spare: list[Batch] = []
        self._coalesce = coalesce
        self._timeout: Optional[float] = None
        self._timeout_ms = -1
        if family not in _FAMILIES:
            raise ValueError(f'family is "ipv4", "ipv6" or "dual", not {family!r}')
        flags = _FAMILIES[family]
        flags |= c.UDP_OPEN_REUSE_ADDRESS if reuse_address else 0
        flags |= c.UDP_OPEN_REUSE_PORT if reuse_port else 0
        flags |= c.UDP_OPEN_COALESCE if coalesce else 0
        self._handle = check(lib.udp_open(flags))
        self._parameter = handle_parameter(self._handle)
        self._closed = False

    # ---- Addresses ----

    def bind(self, address: Address) -> None:
        """Binds the socket to a local address and port, so that peers can send to it.

        Args:
            address: (host, port). The host is a numeric address of this machine, such as `InterfaceAddress.host`, or ""
                for all addresses. Port 0: the system chooses a free port.

        Raises:
            InUseError: another socket uses the address. NotLocalError: it is not an address of this machine.
            NoInterfaceError: the interface after the `%` does not exist.
            AddressError: the host is a name. FamilyError: the address belongs to another family.
            AccessError: the port requires a privilege. InvalidError: the socket is already bound. ClosedError.

        >>> with libudp.Socket() as server:
        ...     server.bind(("127.0.0.1", 0))
        ...     server.local_address
        ('127.0.0.1', ...)
        """
        host, port = split(address)
        text = c_string(host, "host")
        if not host:
            check(lib.udp_bind(self._handle, text, check_port(port)))
            return
        require_numeric(host)
        check(lib.udp_bind_addr(self._handle, byref(native((host, port)))))

    def connect(self, address: Address) -> None:
        """Sets the peer: sends need no address, only its datagrams are received, and its refusals are reported.

        Nothing is sent. Binds an unbound socket to a free port.

        Args:
            address: (host, port) with a numeric host.

        Raises:
            AddressError: the host is a name. FamilyError: the address belongs to another family.
            NoInterfaceError: the interface after the `%` does not exist. UnreachableError: there is no route.
            InvalidError: port 0. ClosedError.

        >>> socket.connect(peer.local_address)
        >>> socket.sendto(b"no address")
        10
        """
        check(lib.udp_connect(self._handle, destination(address)))

    def disconnect(self) -> None:
        """Removes the peer of `connect`. Does nothing if the socket is not connected.

        Raises:
            UnsupportedError: an "ipv6" or "dual" socket on Linux; open a new one. InUseError: another socket took the
            port meanwhile. ClosedError.

        >>> socket.connect(peer.local_address)
        >>> socket.disconnect()
        >>> print(socket.peer_address)
        None
        """
        check(lib.udp_disconnect(self._handle))

    @property
    def local_address(self) -> Address:
        """The address of the socket, (host, port). The port is 0 until the socket is bound, connected or has sent.

        Raises:
            ClosedError.

        >>> socket.local_address
        ('127.0.0.1', ...)
        """
        addr = c.udp_addr()
        check(lib.udp_local_addr(self._handle, byref(addr)))
        return from_native(addr)

    @property
    def peer_address(self) -> Optional[Address]:
        """The address of the connected peer, (host, port); None if the socket is not connected.

        Raises:
            ClosedError.

        >>> socket.connect(peer.local_address)
        >>> socket.peer_address == peer.local_address
        True
        """
        addr = c.udp_addr()
        result = lib.udp_peer_addr(self._handle, byref(addr))
        if result == UDP_ERR_NOT_CONNECTED:
            return None
        check(result)
        return from_native(addr)

    # ---- Waiting ----

    def settimeout(self, timeout: Optional[float]) -> None:
        """Sets the timeout of the socket, for calls without a `timeout` of their own.

        Args:
            timeout: seconds, rounded up to milliseconds. None waits forever, 0 does not wait. Default: None.

        Raises:
            ValueError: a negative timeout. TypeError: not a number.

        >>> socket.settimeout(0.01)
        >>> socket.recvfrom()
        Traceback (most recent call last):
        libudp.errors.TimedOutError: ...
        """
        self._timeout_ms = milliseconds(timeout)
        self._timeout = timeout

    def gettimeout(self) -> Optional[float]:
        """The timeout of the socket in seconds; None waits forever.

        >>> socket.settimeout(0.01)
        >>> socket.gettimeout()
        0.01
        """
        return self._timeout

    def wait(
        self, read: bool = True, write: bool = False, timeout: Timeout = Default.TIMEOUT, *, error: bool = False
    ) -> Ready:
        """Waits until the socket is readable or writable, or has a path error.

        Args:
            read: wait for a datagram, or an error that a receive would report.
            write: wait for room in the send buffer.
            timeout: seconds to wait; default: the timeout of the socket.
            error: wait for an error that `recv_error` would return; requires Option.RECV_ERRORS.

        Returns:
            Which of them are true: Ready(read, write, error).

        Raises:
            TimedOutError, WouldBlockError, ClosedError. InvalidError: nothing to wait for; or `error` without
            Option.RECV_ERRORS.

        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> socket.wait(timeout=5.0)
        Ready(read=True, write=False, error=False)
        """
        if read and self._unread:
            return Ready(True, False)
        events = c.UDP_EVENT_READ if read else 0
        events |= c.UDP_EVENT_WRITE if write else 0
        events |= c.UDP_EVENT_ERROR if error else 0
        timeout_ms = self._timeout_ms if timeout is Default.TIMEOUT else milliseconds(timeout)
        found = check(waiting(timeout_ms, lib.udp_wait, self._handle, events))
        return Ready(bool(found & c.UDP_EVENT_READ), bool(found & c.UDP_EVENT_WRITE), bool(found & c.UDP_EVENT_ERROR))

    def fileno(self) -> int:
        """The file descriptor, for select or an event loop. It belongs to the socket: do not close it.

        Raises:
            ClosedError.

        >>> import select
        >>> select.select([socket], [], [], 0)
        ([], [], [])
        """
        return check(lib.udp_fd(self._handle))

    def _take_unread(self, most: int) -> list[tuple[bytes, Address]]:
        """The next datagrams that a loop has received and not returned."""
        taken: list[tuple[bytes, Address]] = []
        while self._unread and len(taken) < most:
            try:
                taken.append(self._unread.popleft())
            except IndexError:  # another thread took it
                break
        return taken

    # ---- Closing ----

    def close(self) -> None:
        """Closes the socket. Waiting calls of other threads end with ClosedError. A second close does nothing.

        >>> socket.close()
        >>> socket.recvfrom()
        Traceback (most recent call last):
        libudp.errors.ClosedError: ...
        """
        self._closed = True
        self._unread.clear()
        check_unless_closed(lib.udp_close(self._handle))

    @property
    def closed(self) -> bool:
        """True after `close`.

        >>> socket.closed
        False
        """
        return self._closed

    def __enter__(self: _Self) -> _Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if not self._closed:
            _warn(f"unclosed {self!r}", ResourceWarning, source=self)
            self.close()

    def __repr__(self) -> str:
        try:
            peer = f" peer={self.peer_address}" if self.peer_address else ""
            return f"<libudp.Socket fd={self.fileno()} local={self.local_address}{peer}>"
        except Error:
            return "<libudp.Socket closed>"

    def __getstate__(self) -> Any:
        raise TypeError("a socket cannot be copied or pickled: its handle is valid in this process only")
