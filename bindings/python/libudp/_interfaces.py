"""The machine's network interfaces, asked of the C library: libudp.h has no call for them yet.

Names and numbers are those of `socket.if_nameindex`, addresses and flags of getifaddrs(3), and the MTU is Linux's
SIOCGIFMTU (netdevice(7)). Where a system has no getifaddrs, the addresses stay away.
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from ctypes import POINTER, Structure, c_char_p, c_int, c_uint, c_void_p
from ipaddress import ip_address
from typing import Iterator, NamedTuple, Optional

# net/if.h, the same on Linux, macOS and the BSDs but for the last.
FLAGS = {
    0x1: "up",
    0x2: "broadcast",
    0x8: "loopback",
    0x10: "point-to-point",
    0x40: "running",
    0x1000 if sys.platform.startswith("linux") else 0x8000: "multicast",
}
SIOCGIFMTU = 0x8921  # linux/sockios.h
# Where a struct sockaddr has the address, by family.
PLACES: dict[int, tuple[int, int]] = {socket.AF_INET: (4, 4), socket.AF_INET6: (8, 16)}


class InterfaceAddress(NamedTuple):
    """One address of an interface, its network's prefix length in bits, and its broadcast address if it has one."""

    host: str
    prefix: int
    broadcast: Optional[str]


class Interface(NamedTuple):
    """A network interface: its name and number, whether it is up and so on, its MTU in bytes, and its addresses."""

    name: str
    number: int
    flags: tuple[str, ...]
    mtu: Optional[int]
    addresses: tuple[InterfaceAddress, ...]


class ifaddrs(Structure):
    """getifaddrs(3)"""


ifaddrs._fields_ = [
    ("next", POINTER(ifaddrs)),
    ("name", c_char_p),
    ("flags", c_uint),
    ("address", c_void_p),
    ("netmask", c_void_p),
    ("broadcast", c_void_p),
    ("data", c_void_p),
]


def interfaces() -> list[Interface]:
    """All interfaces, in the order of their numbers."""
    found: dict[str, tuple[int, list[InterfaceAddress]]] = {}
    for name, flags, address in _addresses():
        _, addresses = found.setdefault(name, (flags, []))
        if address is not None:
            addresses.append(address)
    return [
        Interface(name, index, _flags(found.get(name, (0, []))[0]), _mtu(name), tuple(found.get(name, (0, []))[1]))
        for index, name in sorted(socket.if_nameindex())
    ]


def _flags(bits: int) -> tuple[str, ...]:
    return tuple(name for bit, name in FLAGS.items() if bits & bit)


def _addresses() -> Iterator[tuple[str, int, Optional[InterfaceAddress]]]:
    """What getifaddrs lists: name, flags, and an address if the entry is of a family that we speak."""
    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "getifaddrs"):
        return
    libc.getifaddrs.argtypes = [POINTER(POINTER(ifaddrs))]
    libc.getifaddrs.restype = c_int
    libc.freeifaddrs.argtypes = [POINTER(ifaddrs)]
    libc.freeifaddrs.restype = None
    head = POINTER(ifaddrs)()
    if libc.getifaddrs(ctypes.byref(head)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, "getifaddrs failed")
    try:
        entry = head
        while entry:
            one = entry.contents
            yield one.name.decode(errors="replace"), one.flags, _address(one)
            entry = one.next
    finally:
        libc.freeifaddrs(head)


def _address(entry: ifaddrs) -> Optional[InterfaceAddress]:
    own = _ip(entry.address)
    if own is None:
        return None
    mask = _ip(entry.netmask) or b""
    # The third address is the peer's on a point-to-point link.
    broadcast = _ip(entry.broadcast) if entry.flags & 0x2 and len(own) == 4 else None
    host = str(ip_address(own))
    if ip_address(own).is_link_local and len(own) == 16:
        host += "%" + entry.name.decode(errors="replace")
    prefix = bin(int.from_bytes(mask, "big")).count("1")
    return InterfaceAddress(host, prefix, str(ip_address(broadcast)) if broadcast else None)


def _ip(sockaddr: Optional[int]) -> Optional[bytes]:
    """The address in a struct sockaddr."""
    if not sockaddr:
        return None
    head = ctypes.string_at(sockaddr, 2)
    # The BSDs have the length in the first byte, and the family in the second.
    family = struct.unpack("=H", head)[0] if sys.platform.startswith("linux") else head[1]
    if family not in PLACES:
        return None
    place, size = PLACES[family]
    return ctypes.string_at(sockaddr + place, size)


def _mtu(name: str) -> Optional[int]:
    if not sys.platform.startswith("linux"):
        return None
    from fcntl import ioctl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            answer = ioctl(any_socket, SIOCGIFMTU, struct.pack("16si20x", name.encode(), 0))
        except OSError:
            return None  # It is gone since it was listed.
    (mtu,) = struct.unpack_from("i", answer, 16)
    return int(mtu)
