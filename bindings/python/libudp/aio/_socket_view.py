"""The socket that a transport shows its protocol."""

from __future__ import annotations

import os
import socket as stdlib
from typing import TYPE_CHECKING, Union

from .._data.address import Address
from .._socket import Socket
from ._address import AnyAddress, wide

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class SocketView:
    """The addresses and options of the socket of a transport, as asyncio shows them."""

    def __init__(self, socket: Socket) -> None:
        self._socket = socket
        with self._borrow() as borrowed:
            self.family = borrowed.family
            self.type = borrowed.type
            self.proto = borrowed.proto
        self.is_ipv6 = self.family == stdlib.AF_INET6

    def fileno(self) -> int:
        """The file descriptor; -1 if the transport is closed."""
        return -1 if self._socket.closed else self._socket.fileno()

    def getsockname(self) -> AnyAddress:
        """The local address."""
        return self._as_asyncio(self._socket.local_address)

    def getpeername(self) -> AnyAddress:
        """The remote address. Raises OSError (ENOTCONN), as Python's own sockets do."""
        with self._borrow() as borrowed:
            borrowed.getpeername()
        peer = self._socket.peer_address
        assert peer is not None
        return self._as_asyncio(peer)

    def getsockopt(self, level: int, name: int, size: int = 0) -> Union[int, bytes]:
        """The value of an option, as socket.getsockopt."""
        with self._borrow() as borrowed:
            return borrowed.getsockopt(level, name, size) if size else borrowed.getsockopt(level, name)

    def setsockopt(self, level: int, name: int, value: Union[int, ReadableBuffer]) -> None:
        """Sets an option, as socket.setsockopt."""
        with self._borrow() as borrowed:
            borrowed.setsockopt(level, name, value)

    def __repr__(self) -> str:
        return f"<view of {self._socket!r}>"

    def _as_asyncio(self, address: Address) -> AnyAddress:
        return wide(address) if self.is_ipv6 else address

    def _borrow(self) -> stdlib.socket:
        # A duplicate of the descriptor has the same options, and closing it does not close the socket.
        return stdlib.socket(fileno=os.dup(self._socket.fileno()))
