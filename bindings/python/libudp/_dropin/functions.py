"""The functions of `libudp.socket` that return sockets: of its own class, exactly, as programs check."""

from __future__ import annotations

import socket as _standard
from typing import Any, Callable

from .socket import of_this_module, socket

__all__ = ["create_connection", "create_server", "fromfd", "socketpair"]


def _documented(function: Callable[..., Any]) -> Callable[..., Any]:
    """Takes the documentation from the standard function of the same name."""
    function.__doc__ = getattr(_standard, function.__name__).__doc__
    function.__module__ = "libudp.socket"
    return function


@_documented
def create_connection(*arguments: Any, **named: Any) -> socket:
    return of_this_module(_standard.create_connection(*arguments, **named))


@_documented
def create_server(*arguments: Any, **named: Any) -> socket:
    return of_this_module(_standard.create_server(*arguments, **named))


@_documented
def fromfd(*arguments: Any, **named: Any) -> socket:
    return of_this_module(_standard.fromfd(*arguments, **named))


@_documented
def socketpair(*arguments: Any, **named: Any) -> tuple[socket, socket]:
    a, b = _standard.socketpair(*arguments, **named)
    return of_this_module(a), of_this_module(b)
