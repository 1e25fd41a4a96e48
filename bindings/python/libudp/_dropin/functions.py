"""The functions of `libudp.socket` that return sockets: of its own class, exactly, as programs check."""

from __future__ import annotations

import socket as _standard
from typing import Any

from .socket import of_this_module, socket

__all__ = ["create_connection", "create_server", "fromfd", "socketpair"]


def create_connection(*arguments: Any, **named: Any) -> socket:
    """socket.create_connection of the standard library, with a socket of this module."""
    return of_this_module(_standard.create_connection(*arguments, **named))


def create_server(*arguments: Any, **named: Any) -> socket:
    """socket.create_server of the standard library, with a socket of this module."""
    return of_this_module(_standard.create_server(*arguments, **named))


def fromfd(*arguments: Any, **named: Any) -> socket:
    """socket.fromfd of the standard library, with a socket of this module."""
    return of_this_module(_standard.fromfd(*arguments, **named))


def socketpair(*arguments: Any, **named: Any) -> tuple[socket, socket]:
    """socket.socketpair of the standard library, with sockets of this module."""
    a, b = _standard.socketpair(*arguments, **named)
    return of_this_module(a), of_this_module(b)
