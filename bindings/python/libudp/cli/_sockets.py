"""Sockets for the commands."""

from __future__ import annotations

from .._data.address import Address, resolve
from .._socket import Socket
from ..errors import Error, FamilyError, UnsupportedError


def family_of(host: str) -> str:
    return "ipv6" if ":" in host else "ipv4"


def bound(host: str, port: int, reuse_address: bool = False) -> Socket:
    """A bound socket. Without a host, it is bound to all addresses, of both families if the system has both."""
    if host:
        address = resolve(host, port)
        return _bind(Socket(family_of(address[0]), reuse_address=reuse_address), address)
    try:
        return _bind(Socket("dual", reuse_address=reuse_address), ("", port))
    except (FamilyError, UnsupportedError):
        return _bind(Socket(reuse_address=reuse_address), ("", port))


def _bind(socket: Socket, address: Address) -> Socket:
    try:
        socket.bind(address)
    except Error:
        socket.close()
        raise
    return socket
