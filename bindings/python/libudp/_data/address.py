"""Addresses: (host, port) tuples in Python, udp_addr in C."""

from __future__ import annotations

from ctypes import byref, c_char
from operator import index
from socket import AF_INET, AF_INET6, inet_ntop, inet_pton
from typing import Any, Optional, TypeVar

from .._native.calls import c_string, check, lib
from .._native.declarations import UDP_ADDR_TEXT_SIZE, UDP_FAMILY_IPV4, UDP_FAMILY_IPV6, UDP_FAMILY_NONE, udp_addr
from ..errors import UDP_ERR_ADDRESS, from_code

# A host, such as "192.0.2.1", "2001:db8::1" or "fe80::1%eth0", and a port from 0 to 65535.
Address = tuple[str, int]

FAMILIES = {None: UDP_FAMILY_NONE, "ipv4": UDP_FAMILY_IPV4, "ipv6": UDP_FAMILY_IPV6}
# How many conversions each cache keeps. Each costs some hundred bytes.
CACHE_SIZE = 8192

Key = TypeVar("Key")
Value = TypeVar("Value")


def keep(cache: dict[Key, Value], key: Key, value: Value) -> None:
    """Adds a conversion to a cache. A full cache is cleared first, so that new peers cost the same as ever."""
    if len(cache) >= CACHE_SIZE:
        cache.clear()
    cache[key] = value


def resolve(host: str, port: int, family: Optional[str] = None) -> Address:
    """Looks up the address of a host, for `Socket.sendto` and `Socket.connect`.

    A numeric host is only converted. A name is looked up by the system, which may take seconds; other threads run
    meanwhile. No other function of this package looks names up.

    Args:
        host: a name, a numeric address, "" for all addresses of this machine, or "<broadcast>".
        port: the port of the result, 0 to 65535.
        family: "ipv4" or "ipv6" to accept that family only; None accepts both.

    Returns:
        (host, port) with a numeric host.

    Raises:
        NameNotFoundError: the name does not exist. NameTryAgainError: the name service gave no answer.
        FamilyError: the numeric address belongs to the other family.
        NoInterfaceError: the interface after the `%` does not exist.

    >>> libudp.resolve("localhost", 8080, "ipv4")
    ('127.0.0.1', 8080)
    """
    if family not in FAMILIES:
        raise ValueError(f'family is "ipv4", "ipv6" or None, not {family!r}')
    addr = udp_addr()
    check(lib.udp_resolve(c_string(host, "host"), check_port(port), FAMILIES[family], byref(addr)))
    return from_native(addr)


def at(address: Address) -> str:
    """An address as text: 10.0.0.1:8080, [::1]:8080."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def check_port(port: int) -> int:
    """The port as an int. Checked here, because ctypes would truncate a number that is too large."""
    try:
        number = index(port)
    except TypeError:
        hint = f"; use int({port!r})" if isinstance(port, str) and port.isdecimal() else ""
        raise TypeError(f"a port is an int, not {port!r}{hint}") from None
    if not 0 <= number <= 65535:
        raise ValueError(f"a port is 0 to 65535, not {number}")
    return number


def split(address: Address) -> Address:
    """Host and port of an address tuple."""
    try:
        host, port = address
    except (TypeError, ValueError):
        raise TypeError(f"an address is a tuple (host, port), not {address!r}") from None
    return host, port


def require_numeric(host: str) -> None:
    """Raises AddressError if the host is a name, because a lookup could block a send for seconds."""
    ip, scoped, _ = host.partition("%")
    # Only IPv6 addresses have a scope.
    for family in (AF_INET6,) if scoped else (AF_INET6, AF_INET):
        try:
            inet_pton(family, ip)
            return
        except OSError:
            pass
    sentence = f"{host!r} is not a numeric address; look a name up once with libudp.resolve, and use its result"
    raise from_code(UDP_ERR_ADDRESS, sentence)


def destination(address: Address) -> Any:
    """A pointer to the udp_addr of a numeric address or "<broadcast>". Read-only, because it is shared."""
    try:
        # 8080 == 8080.0, but only 8080 is a port.
        if address[1].__class__ is int:
            return destinations[address]
    except (LookupError, TypeError):  # not in the cache, or invalid
        pass
    to = byref(native(address))
    if _is_constant(address):
        keep(destinations, address, to)
    return to


# A cache of `destination`. `Socket.sendto` reads it too.
destinations: dict[Address, Any] = {}


def raw_destination(address: Optional[Address]) -> bytes:
    """The udp_addr of a destination as bytes; zeros for None, the connected peer."""
    if address is None:
        return _NO_ADDRESS
    try:
        if address[1].__class__ is int:
            return raw_destinations[address]
    except (LookupError, TypeError):  # not in the cache, or invalid
        pass
    raw = bytes(native(address))
    if _is_constant(address):
        keep(raw_destinations, address, raw)
    return raw


_NO_ADDRESS = bytes(udp_addr())
# A cache of `raw_destination`. `PacketSource.address` reads it too.
raw_destinations: dict[Optional[Address], bytes] = {}


def _is_constant(address: Address) -> bool:
    """True if a valid address means the same in each call, so that its conversion can be cached."""
    # The name of an interface, as the scope, may belong to another interface later. A list can be changed.
    return type(address) is tuple and type(address[1]) is int and "%" not in address[0]


def native(address: Address) -> udp_addr:
    """The udp_addr of a numeric address or "<broadcast>"."""
    host, port = split(address)
    return _numeric(host, port)


def _numeric(host: str, port: int) -> udp_addr:
    text, port = c_string(host, "host"), check_port(port)
    if not host:
        raise from_code(UDP_ERR_ADDRESS, 'the host is empty; "" is for bind, but a datagram needs a destination')
    if host != "<broadcast>":
        require_numeric(host)
    addr = udp_addr()
    check(lib.udp_resolve(text, port, UDP_FAMILY_NONE, byref(addr)))
    return addr


def from_native(addr: udp_addr) -> Address:
    """The (host, port) of a udp_addr."""
    raw = bytes(addr)
    try:
        return addresses[raw]
    except KeyError:
        pass
    address = (inet_ntop(AF_INET, raw[4:8]), addr.port) if addr.family == UDP_FAMILY_IPV4 else _format(addr)
    if not addr.scope_id:  # the interface of a scope may be renamed later
        keep(addresses, raw, address)
    return address


def addresses_of(raws: list[bytes]) -> list[Address]:
    """The (host, port) of many udp_addr, each as bytes."""
    try:
        return list(map(addresses.__getitem__, raws))
    except KeyError:
        return [from_native(udp_addr.from_buffer_copy(raw)) for raw in raws]


# A cache of `from_native` by the bytes of a udp_addr. Their hash has a random seed, so peers cannot choose addresses
# that collide. `Socket.recvfrom` reads it too.
addresses: dict[bytes, Address] = {}


def _format(addr: udp_addr) -> Address:
    text = bytearray(UDP_ADDR_TEXT_SIZE)
    length = check(lib.udp_format(byref(addr), byref(c_char.from_buffer(text)), len(text)))
    host, _, port = text[:length].decode().rpartition(":")
    return host.strip("[]"), int(port)
