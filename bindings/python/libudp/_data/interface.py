"""The network interfaces of this machine."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter, index
from typing import Any, NamedTuple, Optional, Union

from .._native import declarations as c
from .._native.calls import c_string, check, lib
from .address import from_native

# An interface as a parameter: its name, its index or one of its addresses. None, "" and 0: all, or the system's choice.
AnyInterface = Union[str, int, None]


class InterfaceAddress(NamedTuple):
    """An address of an interface.

    >>> libudp.interfaces()[0].addresses[0]
    InterfaceAddress(host='127.0.0.1', prefix_len=8, broadcast=None)
    """

    host: str
    """The address. A link-local one ends in `%` and the interface, as `Socket.bind` and `Socket.sendto` take it."""
    prefix_len: int
    """Length of the network prefix in bits; 24 is the netmask 255.255.255.0."""
    broadcast: Optional[str]
    """The broadcast address of an IPv4 network; None if there is none."""


class Interface(NamedTuple):
    """A network interface.

    >>> [interface.name for interface in libudp.interfaces() if interface.loopback]
    ['lo']
    """

    name: str
    """The system's name, such as "eth0"."""
    if_index: int
    """The system's number of the interface, 1 or more."""
    mtu: int
    """Largest IP packet that the interface sends without fragmentation, in bytes."""
    up: bool
    """The interface is enabled (IFF_UP)."""
    running: bool
    """The interface can carry packets, for example because a cable is plugged in (IFF_RUNNING)."""
    loopback: bool
    """The interface reaches this machine only (IFF_LOOPBACK)."""
    broadcast: bool
    """The interface supports broadcast (IFF_BROADCAST)."""
    multicast: bool
    """The interface supports multicast (IFF_MULTICAST)."""
    point_to_point: bool
    """Point-to-point link (IFF_POINTOPOINT)."""
    addresses: tuple[InterfaceAddress, ...]
    """The IPv4 and IPv6 addresses."""


def interfaces() -> list[Interface]:
    """The network interfaces of this machine at the moment, in the order of their indexes.

    Raises:
        LimitError: the process has too many open files.

    >>> loopback = libudp.interfaces()[0]
    >>> loopback.name, loopback.up, loopback.multicast
    ('lo', True, False)
    """
    capacity = 16
    while True:
        rows = (c.udp_interface * capacity)()
        count = check(lib.udp_interfaces(rows, capacity))
        if count <= capacity:
            return [_interface(list(same)) for _, same in groupby(rows[:count], attrgetter("if_index"))]
        # More interfaces may appear between the two calls.
        capacity = 2 * count


def interface_index(interface: AnyInterface) -> int:
    """The index of an interface, for the options MULTICAST_INTERFACE and BIND_INTERFACE.

    Args:
        interface: its name, its index or one of its addresses. None, "" and 0 give 0.

    Returns:
        The index; 0 stands for all interfaces, or the system's choice.

    Raises:
        NoInterfaceError: the interface does not exist.

    >>> libudp.interface_index("lo") == libudp.interface_index("127.0.0.1") == 1
    True
    """
    if interface is None or interface == 0:
        return 0
    text = interface if isinstance(interface, str) else str(index(interface))
    return check(lib.udp_interface_index(c_string(text, "an interface")))


def _interface(rows: list[Any]) -> Interface:
    """One interface from its rows; the library gives a row for each address."""
    row = rows[0]
    return Interface(
        row.name.decode(errors="replace"),
        row.if_index,
        row.mtu,
        bool(row.flags & c.UDP_INTERFACE_UP),
        bool(row.flags & c.UDP_INTERFACE_RUNNING),
        bool(row.flags & c.UDP_INTERFACE_LOOPBACK),
        bool(row.flags & c.UDP_INTERFACE_BROADCAST),
        bool(row.flags & c.UDP_INTERFACE_MULTICAST),
        bool(row.flags & c.UDP_INTERFACE_POINT_TO_POINT),
        tuple(
            InterfaceAddress(_host(row.addr), row.prefix_len, _host(row.broadcast) if row.broadcast.family else None)
            for row in rows
            if row.addr.family
        ),
    )


def _host(addr: c.udp_addr) -> str:
    return from_native(addr)[0]
