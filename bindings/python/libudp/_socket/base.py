"""The socket."""

from __future__ import annotations

import warnings
from ctypes import byref
from operator import index
from typing import TYPE_CHECKING, Any, Optional

from .._native import declarations as c
from .._data.address import Address, check_port, destination, from_native, require_numeric, split
from .._native.buffers import DATAGRAMS, MAX_DATAGRAM, readable
from .._native.calls import Own, Timeout, c_string, check, failure, lib, milliseconds, waiting
from .reply import Networks
from .wait import Settings
from .stats import Stats
from .text import Texts
from ..errors import UDP_ERR_CLOSED, UDP_ERR_INTERRUPTED, UDP_ERR_NOT_CONNECTED, UDP_ERR_TRUNCATED, Error, truncated

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_FAMILIES = {"ipv4": c.UDP_OPEN_IPV4, "ipv6": c.UDP_OPEN_IPV6, "dual": c.UDP_OPEN_DUAL}
# Looked up once, not with each datagram.
_sendto, _recvfrom = lib.udp_sendto, lib.udp_recvfrom


class Socket(Settings, Texts, Networks):
    """A UDP socket.

    Any thread may call any method at any time. Two threads that send and receive on one socket do not wait for each
    other, and other Python threads run while a call waits. `close` wakes whoever waits, with ClosedError.

    Addresses are (host, port) with a numeric host, as `resolve` returns them. Every `timeout` is in seconds: None
    waits for ever, 0 not at all (WouldBlockError), and what is not given is the socket's own (see `settimeout`).

    In the examples `socket` and `peer` are two sockets that are bound on 127.0.0.1.

    Args:
        family: "ipv4", "ipv6", or "dual" for both with one socket, where IPv4 peers have IPv4 addresses.
        share_address: other sockets may bind the same address and port, and each hears broadcasts.
        share_port: other sockets may bind the same address and port, and the system spreads the peers over them.
        coalesce: the system may join the datagrams of a peer on their way in: several times faster for one busy peer,
            if they are received in batches. Every call gives single datagrams all the same.

    Raises:
        LimitError: no descriptor is left. UnsupportedError, FamilyError: the system does not have it.

    >>> with libudp.Socket() as server, libudp.Socket() as client:
    ...     server.bind(("127.0.0.1", 0))
    ...     client.sendto(b"hello", server.local_address)
    ...     server.recvfrom(timeout=5.0)[0]
    5
    b'hello'
    """

    # So that a socket which could not be opened can be closed.
    _handle = 0
    _closed = True

    def __init__(
        self,
        family: str = "ipv4",
        *,
        share_address: bool = False,
        share_port: bool = False,
        coalesce: bool = False,
    ) -> None:
        super().__init__(coalesce)
        if family not in _FAMILIES:
            raise ValueError(f'family is "ipv4", "ipv6" or "dual", not {family!r}')
        flags = _FAMILIES[family]
        flags |= c.UDP_OPEN_SHARE_ADDRESS if share_address else 0
        flags |= c.UDP_OPEN_SHARE_PORT if share_port else 0
        flags |= c.UDP_OPEN_COALESCE if coalesce else 0
        self._handle = check(lib.udp_open(flags))
        self._closed = False
        self._timeout: Optional[float] = None
        self._timeout_ms = -1

    # ---- Addresses ----

    def bind(self, address: Address) -> None:
        """Takes a local address and port, so that peers can send to it.

        Args:
            address: (host, port) with a numeric host, or "" for all addresses; port 0 is the system's choice.

        Raises:
            InUseError, NotLocalError, AccessError: the system does not give that address.
            AddressError: the host is a name. FamilyError: it is of another family.
            ArgumentError: the socket is bound already.

        >>> with libudp.Socket() as server:
        ...     server.bind(("127.0.0.1", 0))
        ...     server.local_address
        ('127.0.0.1', ...)
        """
        host, port = split(address)
        text = c_string(host, "host")
        if host:
            require_numeric(host)
        check(lib.udp_bind(self._handle, text, check_port(port)))

    def connect(self, address: Address) -> None:
        """Fixes the peer: sends need no address, only its datagrams are received, and its refusals are reported.

        Nothing is sent.

        Args:
            address: as for `sendto`.

        Raises:
            What `sendto` raises for an address.

        >>> socket.connect(peer.local_address)
        >>> socket.sendto(b"no address")
        10
        """
        check(lib.udp_connect(self._handle, destination(address)))

    def disconnect(self) -> None:
        """Forgets the peer of `connect`; without one it does nothing.

        Raises:
            UnsupportedError: an "ipv6" or "dual" socket on Linux; open another one. InUseError: the port went to
            another socket meanwhile. ClosedError.

        >>> socket.connect(peer.local_address)
        >>> socket.disconnect()
        >>> print(socket.peer_address)
        None
        """
        check(lib.udp_disconnect(self._handle))

    @property
    def local_address(self) -> Address:
        """What the socket is bound to, (host, port). Its port is 0 before it is bound, connected or has sent.

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
        """What the socket is connected to, (host, port); None if it is not.

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

    # ---- Datagrams ----

    def sendto(self, data: ReadableBuffer, address: Optional[Address] = None) -> int:
        """Sends one datagram; that it was sent does not say that it arrives.

        If the send buffer is full it waits for room, for ever unless Option.SEND_TIMEOUT is set, which a signal
        starts anew.

        Args:
            data: any bytes-like object; at most 65,507 bytes to IPv4 and 65,487 to IPv6 peers; 0 is a datagram too.
            address: (host, port) with a numeric host or "<broadcast>"; None for the peer of `connect`.

        Returns:
            The length of data.

        Raises:
            MessageSizeError: it is too large; nothing was sent. NotConnectedError: no address.
            AddressError: the host is a name; `libudp.resolve` finds its address, once.
            FamilyError: the address is of a family that the socket does not speak.
            AccessError: a broadcast address, and Option.BROADCAST is 0.
            RefusedError: the connected peer refused an earlier datagram; this one was not sent, send it again.
            TimedOutError, WouldBlockError: there was no room, and Option.SEND_TIMEOUT is set.
            UnreachableError, NoBuffersError, ClosedError.

        >>> socket.sendto(b"hello", peer.local_address)
        5
        """
        buffer, length = readable(data)
        to = None if address is None else destination(address)
        # `sending`, without the price of a call.
        while True:
            sent: int = _sendto(self._handle, buffer, length, to)
            if sent >= 0:
                return sent
            if sent != UDP_ERR_INTERRUPTED:
                raise failure(sent)

    def recvfrom(self, size: int = MAX_DATAGRAM, timeout: Timeout = Own.TIMEOUT) -> tuple[bytes, Address]:
        """Receives one datagram.

        Args:
            size: the most bytes to take; the default takes every datagram.
            timeout: seconds to wait for it; see the class.

        Returns:
            Its bytes, none for an empty datagram, and its sender's (host, port).

        Raises:
            TruncatedError: it was longer than size; the error has its beginning, sender and true length.
            TimedOutError, WouldBlockError, ClosedError.
            RefusedError: the connected peer refused an earlier datagram; the socket goes on working.

        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> socket.recvfrom(timeout=5.0)
        (b'hello', ('127.0.0.1', ...))
        """
        size = index(size)
        if size < 0:
            raise ValueError(f"size is 0 or more, not {size}")
        for data, address in self._take_unread(1):
            if len(data) > size:
                raise truncated(data[:size], address, len(data))
            return data, address
        timeout_ms = self._timeout_ms if timeout is Own.TIMEOUT else milliseconds(timeout)
        at = DATAGRAMS.take()
        try:
            room = min(size, MAX_DATAGRAM)
            length = waiting(timeout_ms, _recvfrom, self._handle, at.buffer, room, at.sender_ref)
            if length >= 0:
                return at.buffer[:length], from_native(at.sender)
            if length == UDP_ERR_TRUNCATED:
                raise truncated(at.buffer[:room], from_native(at.sender), lib.udp_last_length())
            raise failure(length)
        finally:
            DATAGRAMS.give(at)

    # ---- The system's view ----

    def fileno(self) -> int:
        """The system's descriptor, to be watched with select or an event loop. It stays the socket's.

        Raises:
            ClosedError.

        >>> import select
        >>> select.select([socket], [], [], 0)
        ([], [], [])
        """
        return check(lib.udp_fd(self._handle))

    def stats(self) -> Stats:
        """What passed through the socket since it was opened, and what the system dropped at it.

        Raises:
            ClosedError.

        >>> socket.sendto(b"hello", peer.local_address)
        5
        >>> socket.stats().sent_bytes
        5
        """
        counters = c.udp_counters()
        check(lib.udp_stats(self._handle, byref(counters)))
        return Stats.of(counters, len(self._unread))

    # ---- The end ----

    def close(self) -> None:
        """Closes the socket; threads that wait on it get ClosedError. Closing twice does nothing.

        >>> socket.close()
        >>> socket.recvfrom()
        Traceback (most recent call last):
        libudp.errors.ClosedError: the socket is closed
        """
        self._closed = True
        self._unread.clear()
        result = lib.udp_close(self._handle)
        if result < 0 and result != UDP_ERR_CLOSED:
            raise failure(result)

    @property
    def closed(self) -> bool:
        """Whether `close` was called.

        >>> socket.closed
        False
        """
        return self._closed

    def __enter__(self) -> Socket:
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
        raise TypeError("a socket cannot be copied or pickled: its handle means nothing elsewhere")
