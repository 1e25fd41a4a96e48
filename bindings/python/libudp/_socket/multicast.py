"""Multicast groups."""

from __future__ import annotations

from typing import Callable, Optional

from .._data.address import destination
from .._data.interface import AnyInterface, interface_index
from .._native.calls import check, lib
from .base import SocketBase


class MulticastCalls(SocketBase):
    """The part of `Socket` that joins and leaves multicast groups."""

    def join(self, group: str, interface: AnyInterface = None, source: Optional[str] = None) -> int:
        """Joins a multicast group, to receive what is sent to it and to the port of the socket.

        Bind the socket to all addresses, and open it with `reuse_address=True` if other programs on this machine
        receive from the group too.

        Args:
            group: the address of the group, such as "239.1.2.3" or "ff02::1%eth0".
            interface: the name, the index or an address of an interface. None: each interface that is up and supports
                multicast, and loopback.
            source: receive from this sender only (source-specific multicast); several calls add several senders. None:
                from all senders.

        Returns:
            The number of interfaces on which the socket is a member, existing memberships included.

        Raises:
            InvalidError: not a multicast group. FamilyError: the group belongs to another family than the socket.
            AddressError: not a numeric address.
            NoInterfaceError: the interface does not exist, or none is up and supports multicast.
            LimitError: the system allows no more memberships. ClosedError.

        >>> socket.join("239.1.2.3", "127.0.0.1")
        1
        """
        return self._change_membership(lib.udp_join, group, interface, source)

    def leave(self, group: str, interface: AnyInterface = None, source: Optional[str] = None) -> int:
        """Leaves a multicast group. `close` leaves all groups.

        Args:
            group: the address of the group.
            interface: as for `join`. None: each interface on which the socket is a member.
            source: the sender of `join`; None if it was None there.

        Returns:
            The number of interfaces on which the group was left.

        Raises:
            NotJoinedError: the socket is not a member. The errors of `join`.

        >>> socket.join("239.1.2.3", "lo")
        1
        >>> socket.leave("239.1.2.3")
        1
        """
        return self._change_membership(lib.udp_leave, group, interface, source)

    def _change_membership(
        self, change: Callable[..., int], group: str, interface: AnyInterface, source: Optional[str]
    ) -> int:
        to = destination((group, 0))
        sender = None if source is None else destination((source, 0))
        return check(change(self._handle, to, sender, interface_index(interface)))
