"""Addresses of asyncio: (host, port, flowinfo, scope_id) on every IPv6 socket, also for its IPv4 peers."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Union

from .._data.address import CACHE_SIZE, Address, split
from .._data.interface import interface_index

# (host, port), or (host, port, flowinfo, scope_id).
AnyAddress = Union[Address, tuple[str, int, int, int]]


@lru_cache(CACHE_SIZE)
def wide(address: Address) -> AnyAddress:
    """A libudp address as asyncio has it on an IPv6 socket."""
    host, port = address
    ip, _, scope = host.partition("%")
    if ":" not in ip:
        ip = f"::ffff:{ip}"
    return ip, port, 0, _interface(scope) if scope else 0


def narrow(address: Any) -> Address:
    """An address of asyncio as a libudp address."""
    if not isinstance(address, tuple) or len(address) <= 2:
        return split(address)
    host, port, *rest = address
    if isinstance(host, str) and host.startswith("::ffff:") and "." in host:
        host = host[7:]
    scope = rest[1] if len(rest) > 1 else 0
    return (f"{host}%{scope}" if scope and "%" not in host else host), port


def _interface(scope: str) -> int:
    # PyPy's socket has no if_nametoindex.
    return int(scope) if scope.isdigit() else interface_index(scope)
