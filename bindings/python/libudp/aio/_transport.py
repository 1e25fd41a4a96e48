"""The transport of an asyncio.DatagramProtocol."""

from __future__ import annotations

import asyncio
import logging
import warnings
from collections import deque
from itertools import islice
from operator import length_hint
from time import monotonic
from typing import TYPE_CHECKING, Any, Optional

from .._data.address import Address, destination
from .._native.buffers import readable
from .._native.calls import failure
from .._socket.options import Option
from .._socket.base import Socket
from ..errors import ClosedError, Error
from ._address import narrow, wide
from ._flow import FlowControl
from ._nonblocking import AGAIN, BATCH, calm, receive, recv_error, sendto
from ._socket_view import SocketView
from ._watch import Watch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Each time that the loop comes by, a transport hands out at most BATCH datagrams, and none after so many seconds; it
# looks at the clock after every few.
SECONDS = 0.001
FEW = 16
# asyncio's: how many sends into nothing pass before the log says so.
QUIET = 5
# asyncio's: what a waiting datagram counts beside its bytes.
HEADER = 8

_log = logging.getLogger("asyncio")


class DatagramTransport(FlowControl):
    """The transport that `create_datagram_endpoint` gives to a protocol: what asyncio's own does, in batches.

    Other than asyncio's own, it sends empty datagrams, and an address that is none is an exception for who calls
    `sendto`, not the end of the transport.

    If the socket has Option.RECV_ERRORS on, `error_received` is told what the path reports, whoever the peer is.

    `get_extra_info` knows "socket" (its options and addresses; not to be closed), "sockname" and "peername".
    """

    # So that a transport which could not be made can be collected.
    _socket: Optional[Socket] = None

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        socket: Socket,
        protocol: asyncio.DatagramProtocol,
        peer: Optional[Address],
        waiter: asyncio.Future[None],
    ) -> None:
        view = SocketView(socket)
        connected = socket.peer_address
        peername = view.getpeername() if connected else None
        super().__init__({"socket": view, "sockname": view.getsockname(), "peername": peername})
        self._loop = loop
        self._protocol = protocol
        self._watch = Watch(loop, socket)
        self._wide = view.is_ipv6
        # Where all datagrams go, if there is a fixed peer; None is for the peer of a connected socket.
        self._peer = peer
        self._to: Any = None if peer is None or connected else destination(peer)
        self._waiting: deque[tuple[bytes, Any]] = deque()
        # Received and not handed out: a list, and an iterator of it. A list that is cleared ends its iterator.
        self._batch: list[tuple[bytes, Any]] = []
        self._unheard = iter(self._batch)
        # Whether the library may keep more of them.
        self._more = False
        self._again = False
        # Whether path errors are asked for; and whether the loop is about to look for them.
        self._path_errors = socket.get(Option.RECV_ERRORS) == 1
        self._looking = False
        self._closing = False
        # More than 0 when connection_lost was called, or will be.
        self._lost = 0
        self._socket = socket
        loop.call_soon(protocol.connection_made, self)
        # Not before connection_made; and nobody is told of the endpoint before that either.
        loop.call_soon(self._start)
        loop.call_soon(_finish, waiter)

    # ---- Receiving ----

    def _start(self) -> None:
        if not self._closing:
            self._watch.read(self._read_ready)
            # What the library keeps of an earlier use of the socket, no selector knows.
            self._read_again()

    def _read_ready(self) -> None:
        if not self._again:
            self._read()

    def _read_again(self) -> None:
        self._again = True
        self._loop.call_soon(self._continue)

    def _continue(self) -> None:
        self._again = False
        self._read()

    def _read(self) -> None:
        """Hands out a batch within the budget; what is left, the next time that the loop comes by."""
        if self._closing or self._socket is None:
            return
        if not length_hint(self._unheard):
            try:
                self._more = False
                self._batch, self._more = receive(self._socket, BATCH)
            except ClosedError as error:  # somebody closed the socket itself
                self._force_close(error)
                return
            except Error as error:
                self._tell_error(error)
                return
            if self._wide:
                self._batch = [(data, wide(address)) for data, address in self._batch]
            self._unheard = iter(self._batch)
            self._look_for_errors()
        try:
            end = monotonic() + SECONDS
            while self._hand_out() and monotonic() < end:
                pass
        finally:
            # Also when the protocol raised KeyboardInterrupt: a loop that goes on has the rest.
            if (self._more or length_hint(self._unheard)) and not self._closing:
                self._read_again()

    def _hand_out(self) -> bool:
        """Hands out a few datagrams, and says whether there are more."""
        few = islice(self._unheard, FEW)
        while True:
            try:
                for data, address in few:
                    self._protocol.datagram_received(data, address)
                return length_hint(self._unheard) > 0
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self._report("protocol.datagram_received() failed", error)

    def _look_for_errors(self) -> None:
        """Has the loop look for path errors: the call of the library that was just made may have come upon some."""
        if self._path_errors and not self._looking:
            self._looking = True
            self._loop.call_soon(self._tell_path_errors)

    def _tell_path_errors(self) -> None:
        self._looking = False
        for _ in range(BATCH):
            if self._closing or self._socket is None:
                return
            try:
                told = recv_error(self._socket)
            except ClosedError as error:  # somebody closed the socket itself
                self._force_close(error)
                return
            if told is None:
                return
            self._tell_error(told.error)
        self._look_for_errors()

    def _tell_error(self, error: Error) -> None:
        try:
            self._protocol.error_received(error)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as raised:
            self._report("protocol.error_received() failed", raised)

    # ---- Sending ----

    def sendto(self, data: ReadableBuffer, addr: Any = None) -> None:
        """Sends one datagram, or keeps it until the system has room.

        Args:
            data: any bytes-like object; 0 bytes is a datagram too.
            addr: the address with a numeric host; None or the very same, if the endpoint has a remote address.

        What the system says against it, `error_received` of the protocol is told: too large, refused, unreachable.

        Raises:
            TypeError, ValueError: no data, or no address; another address than the remote one.
            AddressError: the host is a name. FamilyError. NotConnectedError: no address at all.
        """
        buffer, length = readable(data)
        if self._peer is not None:
            if addr is not None and narrow(addr) != self._peer:
                raise ValueError(f"Invalid address: must be None or {self._peer}")
            to = self._to
        else:
            to = None if addr is None else destination(narrow(addr))
        if self._lost or self._socket is None:
            if self._lost >= QUIET:
                _log.warning("socket.send() raised exception.")
            self._lost += 1
            return
        if not self._waiting:
            sent = sendto(self._socket._handle, buffer, length, to)
            self._look_for_errors()
            if sent >= 0:
                return
            if sent not in AGAIN:
                self._send_failed(failure(sent))
                return
            self._watch.write(self._write_ready)
        # The caller may change its own.
        self._waiting.append((bytes(data), to))
        self._waiting_bytes += length + HEADER
        self._maybe_pause()

    def _write_ready(self) -> None:
        while self._waiting and self._socket is not None:
            data, to = self._waiting[0]
            sent = sendto(self._socket._handle, data, len(data), to)
            self._look_for_errors()
            if sent in AGAIN:
                # It may be a path error that called.
                calm(self._socket)
                break
            self._waiting.popleft()
            self._waiting_bytes -= len(data) + HEADER
            if sent < 0:
                self._send_failed(failure(sent))
        self._maybe_resume()  # which may send more
        if not self._waiting and not self._lost:
            self._watch.stop_writing()
            if self._closing:
                self._lost += 1
                self._connection_lost(None)

    def _send_failed(self, error: Error) -> None:
        if isinstance(error, ClosedError):
            self._force_close(error)
        else:
            self._tell_error(error)

    # ---- The end ----

    def is_closing(self) -> bool:
        """Whether the transport is closed, or will be when all is sent."""
        return self._closing

    def close(self) -> None:
        """Receives no more, sends what waits, and calls `connection_lost(None)` of the protocol.

        After the end of the loop, nobody can call that: it gives the descriptor back at once.
        """
        if self._closing or self._over():
            return
        self._closing = True
        self._stop_reading()
        if not self._waiting:
            self._lose(None)

    def abort(self) -> None:
        """Like `close`, and forgets what waits to be sent."""
        self._force_close(None)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Changes the protocol: it gets the next datagram."""
        self._protocol = protocol  # type: ignore[assignment]

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol."""
        return self._protocol

    def _force_close(self, error: Optional[Error]) -> None:
        if self._lost or self._over():
            return
        if self._waiting:
            self._waiting.clear()
            self._waiting_bytes = 0
            self._watch.stop_writing()
        if not self._closing:
            self._closing = True
            self._stop_reading()
        self._lose(error)

    def _stop_reading(self) -> None:
        self._watch.stop_reading()
        self._batch.clear()

    def _lose(self, error: Optional[Error]) -> None:
        self._lost += 1
        self._loop.call_soon(self._connection_lost, error)

    def _connection_lost(self, error: Optional[Error]) -> None:
        try:
            self._protocol.connection_lost(error)
        finally:
            self._release()

    def _over(self) -> bool:
        """Whether the loop is closed; then the socket is too."""
        if self._loop.is_closed():
            self._closing = True
            self._lost += 1
            self._release()
        return self._loop.is_closed()

    def _release(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            self._watch.close()
            socket.close()

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if self._socket is not None:
            _warn(f"unclosed transport {self!r}", ResourceWarning, source=self)
            self._release()

    def __repr__(self) -> str:
        state = "closed" if self._socket is None else "closing" if self._closing else repr(self._socket)
        return f"<libudp.aio.DatagramTransport {state}>"


def _finish(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
