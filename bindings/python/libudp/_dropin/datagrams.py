"""A datagram socket with the semantics of CPython, on the functions of the library."""

from __future__ import annotations

import errno
import os
import select
import socket as _standard
import sys
from ctypes import byref, c_int32, c_size_t, c_void_p, create_string_buffer
from functools import lru_cache
from math import ceil
from operator import index
from socket import AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, IPV6_V6ONLY, SO_RCVTIMEO, SO_SNDTIMEO, SOCK_DGRAM
from socket import SOL_SOCKET, AddressFamily
from socket import socket as standard_socket
from socket import timeout as TimedOut
from struct import Struct
from time import monotonic
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from .._native import declarations as c
from .._native.buffers import DATAGRAMS, MAX_DATAGRAM, readable
from .._native.calls import failure, handle_parameter, lib, milliseconds, size_parameter, sizes, untyped_recvfrom
from .._native.calls import untyped_sendto, waiting
from .control import Control, c_int, one_slice, simple, slice_of, unpack
from .._socket.options import Option
from .address import destination, from_native, pairs, tuples
from ..errors import UDP_ERR_INTERRUPTED, UDP_ERR_TIMED_OUT, UDP_ERR_TRUNCATED, UDP_ERR_WOULD_BLOCK

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Looked up once, not for each datagram.
_pop, _give = DATAGRAMS.pop, DATAGRAMS.give
# Flags that Windows does not have.
_NEVER_WAIT = getattr(_standard, "MSG_DONTWAIT", 0) | getattr(_standard, "MSG_ERRQUEUE", 0)
_AGAIN = os.strerror(errno.EAGAIN)
_TIMEVAL = Struct("@ll")
# PyPy has no name for it (asm-generic/poll.h).
_POLLRDHUP = getattr(select, "POLLRDHUP", 0x2000)
# Python has no names for these (linux/in.h, linux/in6.h).
_IP_MULTICAST_ALL, _IPV6_MULTICAST_ALL = 49, 29
_OPTIONS = {
    AF_INET: [(IPPROTO_IP, _IP_MULTICAST_ALL)],
    AF_INET6: [(IPPROTO_IP, _IP_MULTICAST_ALL), (IPPROTO_IPV6, _IPV6_MULTICAST_ALL), (IPPROTO_IPV6, IPV6_V6ONLY)],
}
# The result of `_retry` for a socket that is shut down. Not a code of the library.
_SHUT = -1000
# The limit of CPython for the length of a control buffer (socklen_t).
_MAX_CONTROL = 2**31 - 1


class Datagrams:
    """A handle of the library, with the timeouts of a CPython socket."""

    def __init__(self, family: int) -> None:
        self.family = AF_INET6 if family == AF_INET6 else AF_INET
        self.handle = check(lib.udp_open(c.UDP_OPEN_DUAL if self.family == AF_INET6 else c.UDP_OPEN_IPV4))
        # The handle as a parameter of `untyped_sendto` and `untyped_recvfrom`.
        self._parameter = handle_parameter(self.handle)
        self._tuples = tuples[self.family]
        self._pairs = pairs[self.family]
        self._timeout: Optional[float] = None
        # The timeouts of calls in milliseconds; and those that SO_RCVTIMEO and SO_SNDTIMEO set.
        self._recv_ms = self._send_ms = -1
        self._option_recv_ms = self._option_send_ms = -1
        # This class waits, not the library.
        check(lib.udp_set_option(self.handle, Option.SEND_TIMEOUT, 0))
        for level, name, value in _system_options(self.family):
            self.set(level, name, value)

    def descriptor(self) -> int:
        """The file descriptor."""
        return check(lib.udp_fd(self.handle))

    def share(self, descriptor: int) -> None:
        """Replaces the descriptor by a duplicate of another one."""
        os.dup2(descriptor, self.descriptor(), inheritable=False)
        self._read_timeouts()

    def close(self) -> None:
        """Closes the handle. The library closes the descriptor when the last call has returned."""
        lib.udp_close(self.handle)

    # ---- Addresses ----

    def destination(self, caller: str, address: object) -> Any:
        """A pointer to the udp_addr of an address tuple."""
        return destination(self.family, caller, address)

    def bind(self, to: Any) -> None:
        """Binds the socket."""
        check(lib.udp_bind_addr(self.handle, to))

    def connect(self, to: Any) -> None:
        """Sets the peer."""
        check(lib.udp_connect(self.handle, to))

    def local_address(self) -> Any:
        """The local address as a tuple."""
        return self._address(lib.udp_local_addr)

    def peer_address(self) -> Any:
        """The address of the peer as a tuple."""
        return self._address(lib.udp_peer_addr)

    def _address(self, call: Callable[..., int]) -> Any:
        addr = c.udp_addr()
        check(call(self.handle, byref(addr)))
        return from_native(self.family, addr)

    # ---- Sending ----

    def sendto(self, owner: standard_socket, data: ReadableBuffer, flags: int, address: Any) -> int:
        """Sends one datagram to an address tuple, and tells audit hooks about the socket that owns this object."""
        # As `destination` and `send`, without the cost of Python calls.
        to: Any = None
        try:
            # 8080 == 8080.0, but only 8080 is a port.
            if address[1].__class__ is int:
                to = self._pairs[address]
        except (LookupError, TypeError):
            pass
        if to is None:
            to = destination(self.family, "sendto", address)
        sys.audit("socket.sendto", owner, address)
        if type(data) is not bytes or flags:
            return self.send(data, flags, to)
        try:
            size = sizes[len(data)]
        except KeyError:
            size = size_parameter(len(data))
        sent: int = untyped_sendto(self._parameter, data, size, to)
        return sent if sent >= 0 else self._send_late(sent, data, size, to)

    def send(self, data: ReadableBuffer, flags: int, to: Any, control: bytes = b"") -> int:
        """Sends one datagram; `to` points to a udp_addr, or is None for the peer."""
        if flags or control:
            data = bytes(data)
            more = self.handle, byref(slice_of(data)), 1, control, len(control), flags, to
            return self._check(self._retry(c.UDP_EVENT_WRITE, flags, lib.udp_sendmsg, *more))
        buffer, length = readable(data)
        size = size_parameter(length)
        sent: int = untyped_sendto(self._parameter, buffer, size, to)
        return sent if sent >= 0 else self._send_late(sent, buffer, size, to)

    def _send_late(self, sent: int, buffer: Any, size: Any, to: Any) -> int:
        """Sends one datagram, after a first call that returned an error."""
        if sent == UDP_ERR_WOULD_BLOCK:
            sent = self._wait(c.UDP_EVENT_WRITE, 0, untyped_sendto, self._parameter, buffer, size, to)
        return self._check(sent)

    # ---- Receiving ----

    def receive(self, size: int, flags: int) -> tuple[bytes, Any]:
        """Receives one datagram: at most `size` bytes of it, and its sender's address."""
        # As `take` and `receive_into`, without the cost of Python calls.
        try:
            at = _pop()
        except IndexError:
            at = DATAGRAMS.new()
        try:
            if flags:
                room = min(size, MAX_DATAGRAM)
                length = self.receive_into(at.address, room, flags, at.sender_ref)
                # MSG_TRUNC returns the full length, and CPython returns bytes of that length.
                data = at.buffer[: min(length, room)] + bytes(max(length - room, 0))
                return data, from_native(self.family, at.sender)
            try:
                room = sizes[size]
            except KeyError:
                room = size_parameter(min(size, MAX_DATAGRAM))
            length = untyped_recvfrom(self._parameter, at.buffer_ref, room, at.sender_ref, 0)
            if length < 0:
                if length == UDP_ERR_WOULD_BLOCK and not self._recv_ms:
                    # As `_receive_late`. Event loops receive until they get this error.
                    raise BlockingIOError(errno.EAGAIN, _AGAIN)
                length = self._receive_late(length, at.buffer_ref, size, at.sender_ref)
            try:
                return at.buffer[:length], self._tuples[at.sender_bytes.raw]
            except KeyError:
                return at.buffer[:length], from_native(self.family, at.sender)
        finally:
            _give(at)

    def receive_into(self, address: int, room: int, flags: int, sender: Any) -> int:
        """Receives one datagram to an address, and returns its length. The part that does not fit is lost."""
        if flags:
            return self.receive_message(one_slice(address, room), 0, flags, sender)[0]
        to = c_void_p.from_param(address)
        length: int = untyped_recvfrom(self._parameter, to, size_parameter(room), sender, 0)
        return length if length >= 0 else self._receive_late(length, to, room, sender)

    def _receive_late(self, length: int, to: Any, room: int, sender: Any) -> int:
        """The length of one datagram, after a first call that returned an error."""
        if length == UDP_ERR_WOULD_BLOCK:
            parameters = self._parameter, to, size_parameter(min(room, MAX_DATAGRAM)), sender, 0
            length = self._wait(c.UDP_EVENT_READ, 0, untyped_recvfrom, *parameters)
        return room if length == UDP_ERR_TRUNCATED else self._received(length, sender)

    def receive_message(
        self, parts: Any, control_size: int, flags: int, sender: Any
    ) -> tuple[int, list[Control], int]:
        """Receives one datagram: its length, its control messages, and the system's flags."""
        flags, control_size = c_int(flags), index(control_size)
        if not 0 <= control_size <= _MAX_CONTROL:
            raise ValueError("invalid ancillary data buffer length")
        control = create_string_buffer(control_size) if control_size else None
        stored, told = c_size_t(control_size), c_int32(flags)
        more = self.handle, parts, len(parts), control, byref(stored), byref(told), sender, 0
        length = self._retry(c.UDP_EVENT_READ, flags, lib.udp_recvmsg, *more)
        if length == _SHUT:
            stored.value = told.value = 0
        length = self._received(length, sender)
        return length, unpack(control.raw[: stored.value]) if control else [], told.value

    def _received(self, length: int, sender: Any) -> int:
        """The result of a receive. A socket that is shut down receives 0 bytes without a sender."""
        if length != _SHUT:
            return self._check(length)
        if sender:
            sender._obj.family = c.UDP_FAMILY_NONE
        return 0

    # ---- Waiting ----

    def settimeout(self, timeout: Optional[float]) -> None:
        """Sets the timeout in seconds."""
        self._timeout = timeout
        wait_ms = milliseconds(timeout)
        # Without a timeout, the socket options apply.
        self._recv_ms = self._option_recv_ms if timeout is None else wait_ms
        self._send_ms = self._option_send_ms if timeout is None else wait_ms

    def _retry(self, events: int, flags: int, call: Callable[..., int], *arguments: Any) -> int:
        """Repeats a non-blocking call until it does not return WOULD_BLOCK, or the timeout passed."""
        result = call(*arguments)
        return result if result != UDP_ERR_WOULD_BLOCK else self._wait(events, flags, call, *arguments)

    def _wait(self, events: int, flags: int, call: Callable[..., int], *arguments: Any) -> int:
        """As `_retry`, after a first call that returned WOULD_BLOCK."""
        wait_ms = self._recv_ms if events == c.UDP_EVENT_READ else self._send_ms
        # With a timeout, CPython waits regardless of the flags. Without one, the system waits, but never for its error
        # queue (recvmsg(2)).
        if not wait_ms or flags & _NEVER_WAIT and self._timeout is None:
            return UDP_ERR_WOULD_BLOCK

        def again(left_ms: int) -> int:
            if events == c.UDP_EVENT_READ and self._timeout is None and self._is_shut():
                return _SHUT
            ready: int = lib.udp_wait(self.handle, events, left_ms)
            if ready < 0:
                return ready
            result = call(*arguments)
            # `waiting` calls again after an interruption, with the remaining time.
            return UDP_ERR_INTERRUPTED if result == UDP_ERR_WOULD_BLOCK else result

        return waiting(wait_ms, again)

    def _is_shut(self) -> bool:
        """True if the socket was shut down for receiving (poll(2))."""
        # On Windows a receive itself says that the socket was shut down.
        if not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(self.descriptor(), _POLLRDHUP)
        return any(events & _POLLRDHUP for _, events in poll.poll(0))

    def _check(self, result: int) -> int:
        if result < 0:
            raise self._error(result)
        return result

    def _error(self, code: int) -> OSError:
        # A timeout set by a socket option is EAGAIN, as in the system.
        late = code == UDP_ERR_TIMED_OUT and self._timeout is None
        return error(UDP_ERR_WOULD_BLOCK if late else code)

    # ---- Options ----

    def set(self, level: int, name: int, value: Union[int, ReadableBuffer]) -> None:
        """Sets an option of any level, from an int or from bytes."""
        try:
            data = c_int(value).to_bytes(4, sys.byteorder, signed=True)  # type: ignore[arg-type]
        except (TypeError, OverflowError):
            data = bytes(simple(value))  # type: ignore[arg-type]
        level, name = c_int(level), c_int(name)
        check(lib.udp_setsockopt(self.handle, level, name, data, len(data)))
        if level == SOL_SOCKET and name in (SO_RCVTIMEO, SO_SNDTIMEO):
            # The library waits, so the system does not apply them.
            self._read_timeouts()

    def get(self, level: int, name: int, size: int) -> Union[int, bytes]:
        """An option's value: an int if size is 0, else bytes."""
        level, name, size = c_int(level), c_int(name), c_int(size)
        if size == 0:
            number = c_int32()
            check(lib.udp_getsockopt(self.handle, level, name, byref(number), 4))
            return number.value
        if not 0 < size <= 1024:
            raise OSError("getsockopt buflen out of range")
        value = create_string_buffer(size)
        length = check(lib.udp_getsockopt(self.handle, level, name, value, size))
        return value.raw[:length]

    def _read_timeouts(self) -> None:
        self._option_recv_ms, self._option_send_ms = self._option_ms(SO_RCVTIMEO), self._option_ms(SO_SNDTIMEO)
        self.settimeout(self._timeout)

    def _option_ms(self, name: int) -> int:
        value = self.get(SOL_SOCKET, name, _TIMEVAL.size)
        assert isinstance(value, bytes)
        seconds, microseconds = _TIMEVAL.unpack(value)
        return milliseconds(seconds + microseconds / 1e6) or -1


def error(code: int) -> OSError:
    """The exception of CPython for an error code."""
    if code == UDP_ERR_TIMED_OUT:
        return TimedOut("timed out")
    if code == UDP_ERR_WOULD_BLOCK:
        return BlockingIOError(errno.EAGAIN, _AGAIN)
    found = failure(code)
    if found.errno is None:
        return found
    return OSError(found.errno, os.strerror(found.errno))


def check(result: int) -> int:
    """Returns a count, and raises the exception of CPython for an error code."""
    if result < 0:
        raise error(result)
    return result


@lru_cache(None)
def _system_options(family: AddressFamily) -> list[tuple[int, int, int]]:
    """The options that the library sets, with the defaults of the system: level, name, value."""
    options = []
    with standard_socket(family, SOCK_DGRAM) as one:
        for level, name in _OPTIONS[family]:
            try:
                options.append((level, name, one.getsockopt(level, name)))
            except OSError:
                pass  # an older kernel, where the library did not set it either
    return options
