"""Addresses of Python's own sockets: (host, port), and (host, port, flowinfo, scope_id) for IPv6.

Names are looked up, as in CPython, so that programs run unchanged.
"""

from __future__ import annotations

from _socket import getaddrinfo
from ctypes import byref
from operator import index
from socket import AF_INET, AF_INET6, AddressFamily, htonl, inet_ntop, inet_pton, ntohl
from typing import Any, Optional

from .._data.address import keep
from .._native.declarations import UDP_FAMILY_IPV4, UDP_FAMILY_IPV6, UDP_FAMILY_NONE, udp_addr

MAPPED = bytes(10) + b"\xff\xff"
# The possible lengths of an address tuple.
LENGTHS = {AF_INET: (2,), AF_INET6: (2, 3, 4)}


def destination(family: AddressFamily, caller: str, address: object) -> Any:
    """A pointer to the udp_addr of an address tuple. Read-only, because it is shared."""
    # Only what was checked to be a str and ints is looked up in the cache: 8080 == 8080.0, but only 8080 is a port.
    if type(address) is not tuple or not 2 <= len(address) <= 4 or [*map(type, address)] != _TYPES[: len(address)]:
        return byref(_parse(family, caller, address))
    known = pairs[family] if len(address) == 2 else scoped
    try:
        return known[address]
    except KeyError:
        pass
    if len(address) in LENGTHS[family]:
        try:
            to = _numeric(family, *address)
        except (OSError, ValueError):
            pass  # a name or an invalid address; both are rare, and lookups are not cached
        else:
            keep(known, address, to)
            return to
    return byref(_parse(family, caller, address))


_TYPES = [str, int, int, int]
# Caches of `destination` for numeric addresses: (host, port) of a family, and IPv6 addresses with more than that.
pairs: dict[int, dict[Any, Any]] = {AF_INET: {}, AF_INET6: {}}
scoped: dict[Any, Any] = {}


def _numeric(family: AddressFamily, host: str, port: int, flow: int = 0, scope: int = 0) -> Any:
    if not 0 <= port <= 65535:
        raise ValueError
    return byref(_native(family, inet_pton(family, host), port, flow, scope))


def _native(family: AddressFamily, ip: bytes, port: int, flow: int, scope: int) -> udp_addr:
    if not 0 <= flow <= 0xFFFFF or not 0 <= scope <= 0xFFFFFFFF:
        raise ValueError
    kind = UDP_FAMILY_IPV4 if family == AF_INET else UDP_FAMILY_IPV6
    return udp_addr(kind, port, (*ip,), scope, htonl(flow))


def _parse(family: AddressFamily, caller: str, address: object) -> udp_addr:
    """As getsockaddrarg of CPython, with its errors in the same order."""
    if not isinstance(address, tuple):
        raise TypeError(f"{caller}(): {family.name} address must be tuple, not {type(address).__name__}")
    if len(address) not in LENGTHS[family]:
        form = "a pair (host, port)" if family == AF_INET else "a tuple (host, port[, flowinfo[, scopeid]])"
        raise TypeError(f"{family.name} address must be {form}")
    host, port = _host(address[0]), index(address[1])
    # CPython converts both to unsigned int without a range check.
    flow, scope = (*(index(number) & 0xFFFFFFFF for number in address[2:]), 0, 0)[:2]
    if not -(2**31) <= port < 2**31:
        raise OverflowError(f"{caller}(): port must be 0-65535")
    ip = _find(family, host)
    if not 0 <= port <= 65535:
        raise OverflowError(f"{caller}(): port must be 0-65535.")
    if flow > 0xFFFFF:
        raise OverflowError(f"{caller}(): flowinfo must be 0-1048575.")
    return _native(family, ip, port, flow, scope)


def _host(host: object) -> bytes:
    if isinstance(host, str):
        try:
            name = host.encode("ascii" if host.isascii() else "idna")
        except UnicodeError:
            raise TypeError("encoding of hostname failed") from None
    elif isinstance(host, (bytes, bytearray)):
        name = bytes(host)
    else:
        raise TypeError(f"str, bytes or bytearray expected, not {type(host).__name__}")
    if b"\0" in name:
        raise TypeError("host name must not contain null character")
    return name


def _find(family: AddressFamily, host: bytes) -> bytes:
    """The address of a host as bytes."""
    if not host:
        return bytes(4 if family == AF_INET else 16)
    if host in (b"<broadcast>", b"255.255.255.255"):
        if family != AF_INET:
            raise OSError("address family mismatched")
        return b"\xff" * 4
    try:
        return inet_pton(family, host.decode("ascii"))
    except (OSError, ValueError):
        # CPython replaces the scope of the host by that of the tuple, which is 0 by default.
        found = getaddrinfo(host, None, family)[0][4]
        return inet_pton(family, str(found[0]).partition("%")[0])


def from_native(family: AddressFamily, addr: udp_addr) -> Any:
    """The tuple of a udp_addr; None for UDP_FAMILY_NONE."""
    raw = bytes(addr)
    try:
        return tuples[family][raw]
    except KeyError:
        pass
    address = _tuple(family, addr)
    keep(tuples[family], raw, address)
    return address


# A cache of `from_native` by the bytes of a udp_addr; see `_data.address.addresses`.
tuples: dict[int, dict[bytes, Any]] = {AF_INET: {}, AF_INET6: {}}


def _tuple(family: AddressFamily, addr: udp_addr) -> Optional[tuple[Any, ...]]:
    ip = bytes(addr.ip)
    if addr.family == UDP_FAMILY_NONE:
        return None
    if family == AF_INET:
        return inet_ntop(AF_INET, ip[:4]), addr.port
    # On a dual socket, the library shows IPv4 peers as IPv4, but CPython shows IPv4-mapped IPv6 addresses.
    if addr.family == UDP_FAMILY_IPV4:
        ip = MAPPED + ip[:4]
    return inet_ntop(AF_INET6, ip), addr.port, ntohl(addr.flowinfo), addr.scope_id
