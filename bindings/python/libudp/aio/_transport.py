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
from .._socket import Socket
from ..errors import ClosedError, Error
from ._address import narrow, wide
from ._flow import FlowControl
from ._nonblocking import AGAIN, BATCH, calm, receive, recv_error, sendto
from ._socket_view import SocketView
from ._watch import Watch

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# In one turn of the loop, a transport delivers at most BATCH datagrams, and stops after SECONDS. It checks the clock
# after every FEW datagrams.
SECONDS = 0.001
FEW = 16
# As in asyncio: sends after the connection was lost are logged from this number on.
QUIET = 5
# As in asyncio: what a waiting datagram counts in addition to its bytes.
HEADER = 8

_log = logging.getLogger("asyncio")


class DatagramTransport(FlowControl):
    """The transport of `create_datagram_endpoint`: it does what asyncio's does, in batches.

    Unlike asyncio's, it sends empty datagrams, and for an invalid address `sendto` raises an exception instead of
    closing the transport.

    With Option.RECV_ERRORS on the socket, path errors of all peers are passed to `error_received`.

    `get_extra_info` has "socket" (for options and addresses; do not close it), "sockname" and "peername".
    """

    # A value for a transport that could not be created, for `__del__`.
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
        # The destination if there is a fixed peer; None for a connected socket.
        self._peer = peer
        self._to: Any = None if peer is None or connected else destination(peer)
        self._waiting: deque[tuple[bytes, Any]] = deque()
        # Received and not delivered: a list and its iterator. Clearing the list ends the iterator.
        self._batch: list[tuple[bytes, Any]] = []
        self._undelivered = iter(self._batch)
        # True if the library may have buffered more.
        self._more = False
        self._again = False
        # True if path errors are enabled; and if a check for them is scheduled.
        self._path_errors = socket.get_option(Option.RECV_ERRORS) == 1
        self._looking = False
        self._closing = False
        # Greater than 0 when connection_lost was called or is scheduled.
        self._lost = 0
        self._socket = socket
        loop.call_soon(protocol.connection_made, self)
        # After connection_made; and the caller gets the transport after that.
        loop.call_soon(self._start)
        loop.call_soon(_finish, waiter)

    # ---- Receiving ----

    def _start(self) -> None:
        if not self._closing:
            self._watch.read(self._read_ready)
            # Datagrams that the library buffered earlier, which the selector does not see.
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
        """Delivers a batch within the budget, and schedules the rest for the next turn of the loop."""
        if self._closing or self._socket is None:
            return
        if not length_hint(self._undelivered):
            try:
                self._more = False
                self._batch, self._more = receive(self._socket, BATCH)
            except ClosedError as error:  # the program closed the socket itself
                self._force_close(error)
                return
            except Error as error:
                self._report_error(error)
                return
            if self._wide:
                self._batch = [(data, wide(address)) for data, address in self._batch]
            self._undelivered = iter(self._batch)
            self._look_for_errors()
        try:
            end = monotonic() + SECONDS
            while self._deliver() and monotonic() < end:
                pass
        finally:
            # Also after a KeyboardInterrupt of the protocol, for a loop that continues.
            if (self._more or length_hint(self._undelivered)) and not self._closing:
                self._read_again()

    def _deliver(self) -> bool:
        """Delivers a few datagrams. True if there are more."""
        few = islice(self._undelivered, FEW)
        while True:
            try:
                for data, address in few:
                    self._protocol.datagram_received(data, address)
                return length_hint(self._undelivered) > 0
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self._report("protocol.datagram_received() failed", error)

    def _look_for_errors(self) -> None:
        """Schedules a check for path errors, because a call of the library may have found some."""
        if self._path_errors and not self._looking:
            self._looking = True
            self._loop.call_soon(self._report_path_errors)

    def _report_path_errors(self) -> None:
        self._looking = False
        for _ in range(BATCH):
            if self._closing or self._socket is None:
                return
            try:
                found = recv_error(self._socket)
            except ClosedError as error:  # the program closed the socket itself
                self._force_close(error)
                return
            if found is None:
                return
            self._report_error(found.error)
        self._look_for_errors()

    def _report_error(self, error: Error) -> None:
        try:
            self._protocol.error_received(error)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as raised:
            self._report("protocol.error_received() failed", raised)

    # ---- Sending ----

    def sendto(self, data: ReadableBuffer, addr: Any = None) -> None:
        """Sends one datagram, or buffers it until the system has room.

        Args:
            data: any bytes-like object; 0 bytes is an empty datagram.
            addr: (host, port) with a numeric host. With a remote address: None, or the remote address.

        Errors of the system (too large, refused, unreachable) are passed to `error_received` of the protocol.

        Raises:
            TypeError, ValueError: invalid data or address; or not the remote address.
            AddressError: the host is a name. FamilyError. NotConnectedError: no address.
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
        # A copy, because the caller may change the data.
        self._waiting.append((bytes(data), to))
        self._waiting_bytes += length + HEADER
        self._maybe_pause()

    def _write_ready(self) -> None:
        while self._waiting and self._socket is not None:
            data, to = self._waiting[0]
            sent = sendto(self._socket._handle, data, len(data), to)
            self._look_for_errors()
            if sent in AGAIN:
                # A path error may have caused the wakeup.
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
            self._report_error(error)

    # ---- Closing ----

    def is_closing(self) -> bool:
        """True after `close` or `abort`."""
        return self._closing

    def close(self) -> None:
        """Stops receiving, sends the buffered datagrams, then calls `connection_lost(None)` of the protocol.

        After the end of the loop it only closes the descriptor.
        """
        if self._closing or self._over():
            return
        self._closing = True
        self._stop_reading()
        if not self._waiting:
            self._lose(None)

    def abort(self) -> None:
        """Closes the transport and discards the buffered datagrams."""
        self._force_close(None)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Sets the protocol that receives the next datagrams."""
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
        """True if the loop is closed. Then this closes the socket too."""
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
