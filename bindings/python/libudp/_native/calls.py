"""Calls of the library: errors as exceptions, timeouts, and calls that a signal interrupted."""

from __future__ import annotations

from ctypes import c_size_t
from enum import Enum
from math import ceil
from operator import index
from time import monotonic
from typing import Any, Callable, Optional, Union

from ..errors import UDP_ERR_CLOSED, UDP_ERR_INTERRUPTED, UDP_ERR_TIMED_OUT, Error, from_code
from .buffers import MAX_DATAGRAM
from .declarations import declare, udp_socket, untyped
from .load import load

lib = declare(load())
# The calls for single datagrams, where argtypes would cost as much as the rest of the call.
untyped_sendto, untyped_recvfrom = untyped(lib, "udp_sendto"), untyped(lib, "udp_recvfrom")
# A handle as a parameter of these functions.
handle_parameter = udp_socket.from_param
# Sizes as parameters of these functions, which `size_parameter` converted before. Each costs some hundred bytes.
sizes: dict[int, Any] = {}
MAX_KEPT_SIZE = 9000


def size_parameter(size: int) -> Any:
    """A size as a parameter of these functions. Read `sizes` first, which is faster."""
    parameter = c_size_t.from_param(size)
    # The size of a receive that takes any datagram is kept too.
    if size <= MAX_KEPT_SIZE or size == MAX_DATAGRAM:
        sizes[size] = parameter
    return parameter


def room_parameter(size: int) -> Any:
    """The size of a receive as a parameter, at most MAX_DATAGRAM."""
    number = index(size)
    if number < 0:
        raise ValueError(f"size is 0 or more, not {number}")
    return size_parameter(min(number, MAX_DATAGRAM))


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


def check_unless_closed(result: int) -> None:
    """Raises the exception for an error code, unless what the call should close or remove is closed already."""
    if result != UDP_ERR_CLOSED:
        check(result)


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
    result = call(*args, timeout_ms)
    return result if result != UDP_ERR_INTERRUPTED else resume(timeout_ms, end, call, *args)


def resume(timeout_ms: int, end: float, call: Callable[..., int], *args: Any) -> int:
    """As `waiting`, after a first call that a signal interrupted; `end` is when the time is over, as `monotonic`."""
    left = timeout_ms
    while True:
        # Python runs its signal handlers between two calls: Ctrl-C leaves this loop as KeyboardInterrupt.
        if timeout_ms > 0:
            left = ceil((end - monotonic()) * 1000)
            if left <= 0:
                return UDP_ERR_TIMED_OUT
        result = call(*args, left)
        if result != UDP_ERR_INTERRUPTED:
            return result


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
