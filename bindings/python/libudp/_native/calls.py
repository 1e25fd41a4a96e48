"""Calls of the library: errors as exceptions, timeouts, and calls that a signal interrupted."""

from __future__ import annotations

from enum import Enum
from math import ceil
from time import monotonic
from typing import Any, Callable, Optional, Union

from ..errors import UDP_ERR_INTERRUPTED, UDP_ERR_TIMED_OUT, Error, from_code
from .declarations import declare
from .load import load

lib = declare(load())

# The largest int32_t, in milliseconds: 24 days.
MAX_TIMEOUT_MS = 2**31 - 1


class Default(Enum):
    """The default of a `timeout` parameter: the timeout of the socket."""

    TIMEOUT = 0

    def __repr__(self) -> str:  # as help() shows it in signatures
        return "socket.gettimeout()"


Timeout = Union[float, None, Default]


def failure(code: int) -> Error:
    """The exception for the error code that a function just returned to this thread."""
    meaning: str = lib.udp_strerror(code).decode()
    sentence: str = lib.udp_last_error().decode("utf-8", "replace")
    if not sentence.startswith(meaning):
        # A signal handler that ran in between caused another failure.
        return from_code(code, meaning)
    return from_code(code, sentence, lib.udp_last_os_error())


def check(result: int) -> int:
    """Returns a count, and raises the exception for an error code."""
    if result < 0:
        raise failure(result)
    return result


def milliseconds(timeout: Optional[float]) -> int:
    """A timeout in seconds as milliseconds, -1 for None. Rounded up, so that a short timeout does not become 0."""
    if timeout is None:
        return -1
    try:
        valid = timeout >= 0  # false for NaN
    except TypeError:
        raise TypeError(f"a timeout is a number of seconds, or None to wait forever, not {timeout!r}") from None
    if not valid:
        raise ValueError(f"a timeout is 0 or more seconds, or None to wait forever, not {timeout!r}")
    return ceil(min(timeout * 1000, MAX_TIMEOUT_MS))


def waiting(timeout_ms: int, call: Callable[..., int], *args: Any) -> int:
    """Calls a function whose last parameter is timeout_ms. After a signal, calls it again with the remaining time."""
    end = monotonic() + timeout_ms / 1000
    left = timeout_ms
    while True:
        result = call(*args, left)
        # Python runs its signal handlers before the next round: Ctrl-C leaves this loop as KeyboardInterrupt.
        if result != UDP_ERR_INTERRUPTED:
            return result
        if timeout_ms > 0:
            left = ceil((end - monotonic()) * 1000)
            if left <= 0:
                return UDP_ERR_TIMED_OUT


def sending(call: Callable[..., int], *args: Any) -> int:
    """Calls a function that sends, again if a signal interrupted it, and checks the result."""
    while True:
        sent = call(*args)
        if sent != UDP_ERR_INTERRUPTED:
            return check(sent)


def c_string(text: str, what: str) -> bytes:
    """A str as a C string. A NUL inside is an error, because C would ignore the rest."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError(f"{what} contains a NUL character: {text!r}")
    return text.encode()


def version() -> str:
    """The version of the loaded library, such as "0.1.0".

    >>> libudp.version() == libudp.__version__
    True
    """
    found: bytes = lib.udp_version()
    return found.decode()
