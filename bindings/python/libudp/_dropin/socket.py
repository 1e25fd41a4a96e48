"""The class `socket` of `libudp.socket`.

It derives from Python's own class and uses the descriptor of the library. Every datagram goes through the library.
Methods without a function in the library, such as `shutdown`, are those of the standard class.
"""

from __future__ import annotations

import os
import socket as _standard
import sys
import warnings
from ctypes import addressof, byref
from socket import AF_INET, AF_INET6, IPPROTO_UDP, SOCK_DGRAM
from socket import SocketType as _System
from typing import TYPE_CHECKING, Any, Iterable, Optional, Union, overload

from .._native.buffers import DATAGRAMS, MAX_DATAGRAM
from .._native.declarations import udp_addr
from .datagrams import Datagrams
from .control import Control, c_int, check_pieces, each, one_slice, pack, place, simple, size, slices
from .address import from_native

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

# What may be added to a socket's type, where the system has it.
_MODES = getattr(_standard, "SOCK_NONBLOCK", 0) | getattr(_standard, "SOCK_CLOEXEC", 0)

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

    Address = Union[tuple[Any, ...], str, ReadableBuffer]


class _Kind(type):
    """Makes isinstance accept standard sockets, such as those of ssl and asyncio, as `socket`."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return type.__instancecheck__(cls, instance) or cls is socket and isinstance(instance, _standard.socket)

    def __subclasscheck__(cls, kind: type) -> bool:
        return type.__subclasscheck__(cls, kind) or cls is socket and issubclass(kind, _standard.socket)


class socket(_standard.socket, metaclass=_Kind):
    """A socket with the interface of Python's own. UDP sockets use libudp, all others are standard ones.

    The documentation of the standard library describes the methods. Any thread may use a UDP socket at any time, and
    `close` ends waiting calls of other threads with OSError (EBADF).
    """

    __module__ = "libudp.socket"
    # Name mangling keeps it apart from the attributes of subclasses.
    __slots__ = ("__udp",)
    __udp: Optional[Datagrams]

    def __new__(cls, *_: Any, **__: Any) -> socket:
        self = super().__new__(cls)
        self.__udp = None
        return self

    def __init__(self, family: int = -1, type: int = -1, proto: int = -1, fileno: Optional[int] = None) -> None:
        if fileno is not None or not _is_udp(family, type, proto):
            super().__init__(family, type, proto, fileno)
            return
        udp = Datagrams(family)
        try:
            super().__init__(udp.family, type, max(proto, 0), udp.descriptor())
            # The descriptor of the library is always non-blocking. Programs that check expect a blocking one.
            _System.settimeout(self, self.gettimeout())
            udp.settimeout(self.gettimeout())
        except BaseException:
            _System.detach(self)
            udp.close()
            raise
        self.__udp = udp

    # ---- Connections ----

    def accept(self) -> tuple[socket, Any]:
        """Waits for a connection to a listening socket. Returns a socket for it, and the address of the peer."""
        connection, address = super().accept()
        return of_this_module(connection), address

    # ---- Addresses ----

    def bind(self, address: Address, /) -> None:
        """Binds the socket to a local address. A name is looked up."""
        udp = self.__udp
        if not udp:
            return super().bind(address)
        to = udp.destination("bind", address)
        sys.audit("socket.bind", self, address)
        udp.bind(to)

    def connect(self, address: Address, /) -> None:
        """Sets the peer. A name is looked up."""
        udp = self.__udp
        if not udp:
            return super().connect(address)
        self.__connect(udp, udp.destination("connect", address), address)

    def connect_ex(self, address: Address, /) -> int:
        """Sets the peer. Returns an errno, 0 on success."""
        udp = self.__udp
        if not udp:
            return super().connect_ex(address)
        to = udp.destination("connect_ex", address)
        try:
            self.__connect(udp, to, address)
        except OSError as error:
            if error.errno is None:
                raise
            return error.errno
        return 0

    def __connect(self, udp: Datagrams, to: Any, address: Address) -> None:
        sys.audit("socket.connect", self, address)
        if to._obj.port == 0:
            # The library rejects port 0. The system accepts it, and programs find out their own address this way.
            super().connect(address)
        else:
            udp.connect(to)

    def getsockname(self) -> Any:
        """The local address."""
        udp = self.__udp
        return udp.local_address() if udp else super().getsockname()

    def getpeername(self) -> Any:
        """The address of the connected peer."""
        udp = self.__udp
        return udp.peer_address() if udp else super().getpeername()

    # ---- Sending ----

    def send(self, data: ReadableBuffer, flags: int = 0, /) -> int:
        """Sends one datagram to the connected peer."""
        udp = self.__udp
        return udp.send(simple(data), c_int(flags), None) if udp else super().send(data, flags)

    def sendall(self, data: ReadableBuffer, flags: int = 0, /) -> None:
        """Sends one datagram to the connected peer."""
        udp = self.__udp
        if not udp:
            return super().sendall(data, flags)
        udp.send(simple(data), c_int(flags), None)

    @overload
    def sendto(self, data: ReadableBuffer, address: Address, /) -> int: ...
    @overload
    def sendto(self, data: ReadableBuffer, flags: int, address: Address, /) -> int: ...
    def sendto(self, *arguments: Any) -> int:
        """Sends one datagram: sendto(data[, flags], address). A name is looked up in each call."""
        udp = self.__udp
        if not udp:
            return super().sendto(*arguments)
        if len(arguments) == 2:
            data, address = arguments
            return udp.sendto(self, data if type(data) is bytes else simple(data), 0, address)
        if len(arguments) == 3:
            data, flags, address = arguments
            return udp.sendto(self, simple(data), c_int(flags), address)
        raise TypeError(f"sendto() takes 2 or 3 arguments ({len(arguments)} given)")

    def sendmsg(
        self,
        buffers: Iterable[ReadableBuffer],
        ancdata: Iterable[tuple[int, int, ReadableBuffer]] = (),
        flags: int = 0,
        address: Optional[Address] = None,
        /,
    ) -> int:
        """Sends one datagram from several buffers, with control messages."""
        udp = self.__udp
        if not udp:
            return super().sendmsg(buffers, ancdata, flags, address)
        pieces = [simple(piece) for piece in each(buffers, "sendmsg() argument 1 must be iterable")]
        control = pack(each(ancdata, "sendmsg() argument 2 must be iterable"))
        to = None if address is None else udp.destination("sendmsg", address)
        sys.audit("socket.sendmsg", self, address)
        check_pieces(len(pieces))
        # Joining the buffers is faster than an array of slices, because datagrams are short.
        return udp.send(b"".join(pieces), c_int(flags), to, control)

    # ---- Receiving ----

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        """Receives one datagram. Bytes beyond bufsize are lost."""
        udp = self.__udp
        if not udp:
            return super().recv(bufsize, flags)
        most = size(bufsize, "negative buffersize in recv")
        flags = c_int(flags)
        # CPython does not receive if bufsize is 0; recvfrom does.
        return udp.receive(most, flags)[0] if most else b""

    def recvfrom(self, bufsize: int, flags: int = 0, /) -> tuple[bytes, Any]:
        """Receives one datagram and the address of its sender. Bytes beyond bufsize are lost."""
        udp = self.__udp
        if not udp:
            return super().recvfrom(bufsize, flags)
        # The usual arguments need no conversion.
        if bufsize.__class__ is not int or not 0 <= bufsize <= MAX_DATAGRAM:
            bufsize = size(bufsize, "negative buffersize in recvfrom")
        if flags.__class__ is not int or flags:
            flags = c_int(flags)
        return udp.receive(bufsize, flags)

    def recv_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> int:
        """Receives one datagram into a buffer, or its first nbytes, and returns its length."""
        udp = self.__udp
        if not udp:
            return super().recv_into(buffer, nbytes, flags)
        address, room, _keep = place(buffer, "recv_into")
        most, flags = size(nbytes, "negative buffersize in recv_into") or room, c_int(flags)
        if most > room:
            raise ValueError("buffer too small for requested bytes")
        return udp.receive_into(address, most, flags, None) if most else 0

    def recvfrom_into(self, buffer: WriteableBuffer, nbytes: int = 0, flags: int = 0) -> tuple[int, Any]:
        """Receives one datagram into a buffer, or its first nbytes, and returns its length and its sender."""
        udp = self.__udp
        if not udp:
            return super().recvfrom_into(buffer, nbytes, flags)
        address, room, _keep = place(buffer, "recvfrom_into")
        most, flags = size(nbytes, "negative buffersize in recvfrom_into") or room, c_int(flags)
        if most > room:
            raise ValueError("nbytes is greater than the length of the buffer")
        sender = udp_addr()
        length = udp.receive_into(address, most, flags, byref(sender))
        return length, from_native(udp.family, sender)

    def recvmsg(self, bufsize: int, ancbufsize: int = 0, flags: int = 0, /) -> tuple[bytes, list[Control], int, Any]:
        """Receives one datagram: its bytes, control messages, flags and sender."""
        udp = self.__udp
        if not udp:
            return super().recvmsg(bufsize, ancbufsize, flags)
        room = min(size(bufsize, "negative buffer size in recvmsg()"), MAX_DATAGRAM)
        at = DATAGRAMS.take()
        try:
            part = one_slice(addressof(at.buffer), room)
            length, control, told = udp.receive_message(part, ancbufsize, flags, at.sender_ref)
            return at.buffer[: min(length, room)], control, told, from_native(udp.family, at.sender)
        finally:
            DATAGRAMS.give(at)

    def recvmsg_into(
        self, buffers: Iterable[WriteableBuffer], ancbufsize: int = 0, flags: int = 0, /
    ) -> tuple[int, list[Control], int, Any]:
        """Receives one datagram into buffers: its length, control messages, flags and sender."""
        udp = self.__udp
        if not udp:
            return super().recvmsg_into(buffers, ancbufsize, flags)
        places = [
            place(buffer, "recvmsg_into") for buffer in each(buffers, "recvmsg_into() argument 1 must be an iterable")
        ]
        sender = udp_addr()
        length, control, told = udp.receive_message(slices(places), ancbufsize, flags, byref(sender))
        return length, control, told, from_native(udp.family, sender)

    # ---- Waiting and options ----

    def settimeout(self, value: Optional[float], /) -> None:
        """Sets the timeout in seconds. None waits forever, 0 does not wait."""
        super().settimeout(value)
        if self.__udp:
            self.__udp.settimeout(self.gettimeout())

    def setblocking(self, flag: bool, /) -> None:
        """True: settimeout(None). False: settimeout(0)."""
        super().setblocking(flag)
        if self.__udp:
            self.__udp.settimeout(self.gettimeout())

    @overload
    def setsockopt(self, level: int, optname: int, value: Union[int, ReadableBuffer], /) -> None: ...
    @overload
    def setsockopt(self, level: int, optname: int, value: None, optlen: int, /) -> None: ...
    def setsockopt(self, level: int, optname: int, value: Any, *optlen: int) -> None:
        """Sets an option of any level to an int, to bytes, or to NULL with a length."""
        udp = self.__udp
        if not udp or optlen or value is None:
            # The library does not accept NULL as a value.
            return super().setsockopt(level, optname, value, *optlen)
        udp.set(level, optname, value)

    @overload
    def getsockopt(self, level: int, optname: int, /) -> int: ...
    @overload
    def getsockopt(self, level: int, optname: int, buflen: int, /) -> bytes: ...
    def getsockopt(self, level: int, optname: int, buflen: int = 0, /) -> Union[int, bytes]:
        """The value of an option: an int, or bytes if buflen is given."""
        udp = self.__udp
        return udp.get(level, optname, buflen) if udp else super().getsockopt(level, optname, buflen)

    # ---- The end ----

    def dup(self) -> socket:
        """A new object for the same socket of the system, with a descriptor of its own."""
        udp, fd = self.__udp, self.fileno()
        if not udp or fd < 0:
            return super().dup()
        copy = self.__class__(self.family, self.type, self.proto)
        assert copy.__udp
        copy.__udp.share(fd)
        copy.settimeout(self.gettimeout())
        return copy

    def detach(self) -> int:
        """Closes the object and returns a descriptor of the socket, which the caller closes."""
        udp, fd = self.__udp, self.fileno()
        if not udp or fd < 0:
            return super().detach()
        try:
            copy, inheritable = os.dup(fd), os.get_inheritable(fd)
        except OSError:
            # uvloop closes the descriptor before it calls detach. The handle of the library stays open, because closing
            # it would close whatever uses the descriptor number next.
            return super().detach()
        super().detach()
        udp.close()
        # The library has closed its descriptor, so its number is usually free again.
        again = _duplicate(copy, fd)
        os.close(copy if again == fd else again)
        kept = again if again == fd else copy
        os.set_inheritable(kept, inheritable)
        return kept

    def _real_close(self) -> None:
        """Called by the standard `close` when all files of `makefile` are closed."""
        udp = self.__udp
        if udp and self.fileno() >= 0:
            # The library closes the descriptor.
            _System.detach(self)
            udp.close()
        else:
            _System.close(self)

    def __del__(self, _warn: Any = warnings.warn) -> None:
        if self.fileno() >= 0:
            try:
                _warn(f"unclosed {self!r}", ResourceWarning, stacklevel=2, source=self)
            finally:
                self._real_close()


def _duplicate(fd: int, least: int) -> int:
    """A duplicate of a descriptor, with the lowest free number from `least` on where the system can do that."""
    if fcntl is None:
        return os.dup(fd)
    # PyPy's fcntl lacks F_DUPFD_CLOEXEC.
    operation = getattr(fcntl, "F_DUPFD_CLOEXEC", fcntl.F_DUPFD)
    return fcntl.fcntl(fd, operation, least)


def of_this_module(sock: _standard.socket) -> socket:
    """The socket of a standard function, as an object of this module's class. The old object is detached."""
    family, type, proto, timeout = sock.family, sock.type, sock.proto, sock.gettimeout()
    own = socket(family, type, proto, fileno=sock.detach())
    own.settimeout(timeout)
    return own


def _is_udp(family: object, type: object, proto: object) -> bool:
    datagrams = isinstance(type, int) and type & ~_MODES == SOCK_DGRAM
    return datagrams and family in (-1, AF_INET, AF_INET6) and proto in (-1, 0, IPPROTO_UDP)
