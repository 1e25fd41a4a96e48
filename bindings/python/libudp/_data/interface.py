"""The machine's network interfaces."""

from __future__ import annotations

from itertools import groupby
from operator import attrgetter, index
from typing import Any, NamedTuple, Optional, Union

from .._native import declarations as c
from .address import from_native
from .._native.calls import c_string, check, lib

# How an interface is told: its name, its number, or one of its addresses; None, "" and 0 are all, or the system's choice.
AnyInterface = Union[str, int, None]


class InterfaceAddress(NamedTuple):
    """An address of an interface.

    >>> libudp.interfaces()[0].addresses[0]
    InterfaceAddress(host='127.0.0.1', prefix=8, broadcast=None)
    """

    host: str
    """The address, with `%` and the interface if it is link-local."""
    prefix: int
    """How many bits of it are the network's: 24 is a netmask of 255.255.255.0."""
    broadcast: Optional[str]
    """The broadcast address of an IPv4 network."""


class Interface(NamedTuple):
    """A network interface.

    >>> [interface.name for interface in libudp.interfaces() if interface.loopback]
    ['lo']
    """

    name: str
    """The system's name for it, such as "eth0"."""
    number: int
    """The system's number for it, which never is 0."""
    mtu: int
    """The longest IP packet that it sends whole, in bytes."""
    up: bool
    """Whether it is switched on."""
    running: bool
    """Whether it is ready to carry datagrams; a cable is plugged in, for one."""
    loopback: bool
    """Whether it reaches this machine only."""
    broadcast: bool
    """Whether it can broadcast."""
    multicast: bool
    """Whether it can multicast."""
    point_to_point: bool
    """Whether it has one other end, and no network around it."""
    addresses: tuple[InterfaceAddress, ...]
    """Its addresses, of both families."""


def interfaces() -> list[Interface]:
    """The machine's network interfaces as they are now, by number.

    Raises:
        LimitError: no descriptor is left to ask the system with.

    >>> loopback = libudp.interfaces()[0]
    >>> loopback.name, loopback.up, loopback.multicast
    ('lo', True, False)
    """
    room = 16
    while True:
        rows = (c.udp_interface * room)()
        count = check(lib.udp_interfaces(rows, room))
        if count <= room:
            return [_interface(list(same)) for _, same in groupby(rows[:count], attrgetter("index"))]
        # More may come between the two calls.
        room = 2 * count


def interface_index(interface: AnyInterface) -> int:
    """The number of an interface, for the options MULTICAST_INTERFACE and DEVICE.

    Args:
        interface: its name, its number or one of its addresses. None, "" and 0 are 0.

    Returns:
        The number; 0 stands for all interfaces, or the system's choice.

    Raises:
        NotLocalError: there is no such interface.

    >>> libudp.interface_index("lo") == libudp.interface_index("127.0.0.1") == 1
    True
    """
    if interface is None or interface == 0:
        return 0
    text = interface if isinstance(interface, str) else str(index(interface))
    return check(lib.udp_interface_index(c_string(text, "an interface")))


def _interface(rows: list[Any]) -> Interface:
    """The interface that rows of the library tell of, one for each address."""
    row = rows[0]
    return Interface(
        row.name.decode(errors="replace"),
        row.index,
        row.mtu,
        bool(row.flags & c.UDP_INTERFACE_UP),
        bool(row.flags & c.UDP_INTERFACE_RUNNING),
        bool(row.flags & c.UDP_INTERFACE_LOOPBACK),
        bool(row.flags & c.UDP_INTERFACE_BROADCAST),
        bool(row.flags & c.UDP_INTERFACE_MULTICAST),
        bool(row.flags & c.UDP_INTERFACE_POINT_TO_POINT),
        tuple(
            InterfaceAddress(_host(row.addr), row.prefix, _host(row.broadcast) if row.broadcast.family else None)
            for row in rows
            if row.addr.family
        ),
    )


def _host(addr: c.udp_addr) -> str:
    return from_native(addr)[0]
