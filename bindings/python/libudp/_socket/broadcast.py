"""Broadcasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._data.address import check_port
from .._data.interface import AnyInterface, interface_index
from .._native.buffers import readable
from .._native.calls import lib, sending
from .base import SocketBase

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class BroadcastCalls(SocketBase):
    """The part of `Socket` that broadcasts."""

    def broadcast(self, data: ReadableBuffer, port: int, interface: AnyInterface = None) -> int:
        """Sends one datagram to every machine on every network of this machine, or on one of them.

        Sends through each IPv4 interface that is up and supports broadcast. Sets Option.BROADCAST.

        Args:
            data: any bytes-like object of at most 65,507 bytes.
            port: the destination port, 1 to 65535.
            interface: send through this interface only: its name, its index or one of its addresses. None: all.

        Returns:
            The number of interfaces that the datagram was sent through, at least 1.

        Raises:
            NoInterfaceError: no interface is up and supports broadcast, or the given one does not exist or does not
            support it. The errors of `sendto`.

        >>> with libudp.Socket() as caller:
        ...     caller.broadcast(b"is anybody there?", 2425)
        ...     caller.broadcast(b"is anybody there?", 2425, "here0")
        1
        1
        """
        buffer, length = readable(data)
        port, if_index = check_port(port), interface_index(interface)
        # A signal after some interfaces is not an error: the call is repeated only if nothing was sent.
        if if_index:
            sending(lib.udp_broadcast_on, self._handle, buffer, length, port, if_index)
            return 1
        return sending(lib.udp_broadcast, self._handle, buffer, length, port)
