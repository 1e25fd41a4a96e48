"""The loaded library, and how its functions are called: failures as exceptions, waits that survive signals."""

from __future__ import annotations

from enum import Enum
from math import ceil
from time import monotonic
from typing import Any, Callable, Optional, Union

from .declarations import declare
from .find import load
from ..errors import UDP_ERR_INTERRUPTED, UDP_ERR_TIMED_OUT, Error, from_code

lib = declare(load())

# The longest time that an int32_t of milliseconds can say: 24 days.
LONGEST_MS = 2**31 - 1


class Own(Enum):
    """The `timeout` of a call that is not given one."""

    TIMEOUT = "the socket's"


Timeout = Union[float, None, Own]


def failure(code: int) -> Error:
    """The exception for what a function has just returned to this thread."""
    meaning: str = lib.udp_strerror(code).decode()
    sentence: str = lib.udp_last_error().decode("utf-8", "replace")
    if not sentence.startswith(meaning):
        # The last failure is another one: a signal handler's that ran in between.
        return from_code(code, meaning)
    return from_code(code, sentence, lib.udp_last_os_error())


def check(result: int) -> int:
    """Passes a count on, and raises an error code."""
    if result < 0:
        raise failure(result)
    return result


def milliseconds(timeout: Optional[float]) -> int:
    """Seconds as the library wants them; None is for ever. Rounded up, so that a short wait does not become none."""
    if timeout is None:
        return -1
    if not timeout >= 0:
        raise ValueError(f"a timeout is 0 or more seconds, or None for ever, not {timeout!r}")
    return ceil(min(timeout * 1000, LONGEST_MS))


def waiting(timeout_ms: int, call: Callable[..., int], *args: Any) -> int:
    """Calls a function whose last argument is timeout_ms; after a signal again, with the time that is left."""
    end = monotonic() + timeout_ms / 1000
    left = timeout_ms
    while True:
        result = call(*args, left)
        # With the next round Python runs its signal handlers: Ctrl-C leaves this loop as KeyboardInterrupt.
        if result != UDP_ERR_INTERRUPTED:
            return result
        if timeout_ms > 0:
            left = ceil((end - monotonic()) * 1000)
            if left <= 0:
                return UDP_ERR_TIMED_OUT


def sending(call: Callable[..., int], *args: Any) -> int:
    """Calls a function that sends, after a signal again, and checks what it returned."""
    while True:
        sent = call(*args)
        if sent != UDP_ERR_INTERRUPTED:
            return check(sent)


def c_string(text: str, what: str) -> bytes:
    """Text as a C string. C would end it at a NUL and take the beginning for the whole."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is a str, not {type(text).__name__}")
    if "\0" in text:
        raise ValueError(f"{what} has a NUL inside: {text!r}")
    return text.encode()


def version() -> str:
    """The version of the loaded library, such as "0.1.0".

    >>> libudp.version() == libudp.__version__
    True
    """
    found: bytes = lib.udp_version()
    return found.decode()
