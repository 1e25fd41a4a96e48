"""Addresses as asyncio has them: IPv6 ones are (host, port, flow, scope), also on sockets that speak IPv4 too."""

from __future__ import annotations

from functools import lru_cache
from socket import if_nametoindex
from typing import Any, Union

from .._data.address import CACHED, Address, split

# (host, port), or (host, port, flow, scope).
AnyAddress = Union[Address, tuple[str, int, int, int]]


@lru_cache(CACHED)
def wide(address: Address) -> AnyAddress:
    """An address of an IPv6 socket."""
    host, port = address
    ip, _, scope = host.partition("%")
    if ":" not in ip:
        ip = f"::ffff:{ip}"
    return ip, port, 0, _interface(scope) if scope else 0


def narrow(address: Any) -> Address:
    """An address of asyncio as this package has it."""
    if not isinstance(address, tuple) or len(address) <= 2:
        return split(address)
    host, port, *rest = address
    if isinstance(host, str) and host.startswith("::ffff:") and "." in host:
        host = host[7:]
    scope = rest[1] if len(rest) > 1 else 0
    return (f"{host}%{scope}" if scope and "%" not in host else host), port


def _interface(scope: str) -> int:
    return int(scope) if scope.isdigit() else if_nametoindex(scope)
