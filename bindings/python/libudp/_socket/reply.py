"""The calls of a socket that are about networks: many interfaces, groups, and what happens on the way."""

from __future__ import annotations

from ctypes import byref
from operator import index
from typing import TYPE_CHECKING, Callable, Iterable, NamedTuple, Optional

from .._native import declarations as c
from .._data.address import Address, at, check_port, destination, from_native
from .._data.batch import Batch
from .receive import Batches
from .._native.buffers import MAX_DATAGRAM, readable
from .._data.interface import AnyInterface, interface_index
from .._native.calls import Own, Timeout, check, lib, milliseconds, sending, waiting
from .._data.packet_source import OUTBOXES, plain
from .._data.packet import Details
from ..errors import Error, from_code, truncated

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


# Batches for one datagram. Each call has one to itself, and append and pop are atomic.
_spare: list[Batch] = []


class PathError(NamedTuple):
    """A datagram that did not get through, as a router, the peer's host or this one told.

    >>> socket.set(libudp.Option.RECV_ERRORS, 1)
    1
    >>> socket.sendto(b"hello", ("127.0.0.1", 9))
    5
    >>> socket.recv_error(timeout=5.0)
    PathError(error=RefusedError(...), peer=('127.0.0.1', 9), offender='127.0.0.1', mtu=0, icmp_type=3, icmp_code=3)
    """

    error: Error
    """What it means: RefusedError, MessageSizeError, UnreachableError, or AccessError if a firewall forbids it. Its
    `errno` is the system's number."""
    peer: Address
    """Whom the datagram was for, (host, port). What this machine itself tells of a socket without a peer may lack the
    port, which is 0 then (Linux)."""
    offender: Optional[str]
    """The address of who tells it; None for this machine."""
    mtu: int
    """The longest IP packet that gets through, in bytes, if the datagram was too big; else 0."""
    icmp_type: int
    """The type of the ICMP message that told it, or ICMPv6 if `offender` is an IPv6 address; else 0."""
    icmp_code: int
    """The code of that message."""

class Networks(Batches):
    """The part of `Socket` that is about networks."""

    # ---- Groups ----

    def join(self, group: str, interface: AnyInterface = None, source: Optional[str] = None) -> int:
        """Joins a multicast group: what is sent to its address and the socket's port is received from now on.

        Bind the socket to all addresses, and make it with `share_address` where several programs of this machine
        listen to the group.

        Args:
            group: the group's address, such as "239.1.2.3" or "ff02::1%eth0".
            interface: where to listen: a name, a number or an address of this machine. None is each interface that
                is up and can multicast, and loopback.
            source: the address of a sender to be heard, with those of earlier calls and nobody else. None is all.

        Returns:
            On how many interfaces the socket is in the group, those counted on which it was already.

        Raises:
            ArgumentError: not a group. FamilyError: a group of a family that the socket does not speak.
            AddressError: not a numeric address.
            NotLocalError: no such interface. NoInterfaceError: none is up and can multicast.
            LimitError: the system allows no more groups. ClosedError.

        >>> socket.join("239.1.2.3", "127.0.0.1")
        1
        """
        return self._membership(lib.udp_join, group, interface, source)

    def leave(self, group: str, interface: AnyInterface = None, source: Optional[str] = None) -> int:
        """Leaves a multicast group. A close leaves all groups.

        Args:
            group: the group's address.
            interface: where, as for `join`; None is wherever the socket is in the group.
            source: the sender that it was joined for; None if it was joined for all.

        Returns:
            On how many interfaces the group was left.

        Raises:
            NotJoinedError: the socket is not in it; and the errors of `join`.

        >>> socket.join("239.1.2.3", "lo")
        1
        >>> socket.leave("239.1.2.3")
        1
        """
        return self._membership(lib.udp_leave, group, interface, source)

    def _membership(self, change: Callable[..., int], group: str, interface: AnyInterface, source: Optional[str]) -> int:
        to = destination((group, 0))
        only = None if source is None else destination((source, 0))
        return check(change(self._handle, to, only, interface_index(interface)))

    # ---- Broadcast ----

    def broadcast(self, data: ReadableBuffer, port: int, interface: AnyInterface = None) -> int:
        """Sends one datagram to everybody on every network that this machine is on, or on one of them.

        Once out of each IPv4 interface that is up and can broadcast. Sets Option.BROADCAST.

        Args:
            data: any bytes-like object, at most 65,507 bytes.
            port: the port that the others listen at.
            interface: the only one to send out of: a name, a number or an address of this machine. None is each.

        Returns:
            Out of how many interfaces it went, at least 1.

        Raises:
            NoInterfaceError: none is up and can broadcast, or the one is not. NotLocalError: no such interface. And the
            errors of `sendto`.

        >>> with libudp.Socket() as caller:
        ...     caller.broadcast(b"is anybody there?", 2425)
        ...     caller.broadcast(b"is anybody there?", 2425, "here0")
        1
        1
        """
        buffer, length = readable(data)
        port, one = check_port(port), interface_index(interface)
        # A signal that ends it after some interfaces is no error: only what went nowhere is tried again.
        if one:
            sending(lib.udp_broadcast_on, self._handle, buffer, length, port, one)
            return 1
        return sending(lib.udp_broadcast, self._handle, buffer, length, port)

    # ---- From the address that was asked ----

    def recvfrom_details(
        self, size: int = MAX_DATAGRAM, timeout: Timeout = Own.TIMEOUT
    ) -> tuple[bytes, Address, Details]:
        """Receives one datagram, and what the system tells beside it; see `Details` for the options that ask for it.

        Args:
            size: the most bytes to take; the default takes every datagram.
            timeout: seconds to wait for it; see the class.

        Returns:
            Its bytes, its sender's (host, port), and the details.

        Raises:
            The errors of `recvfrom`.

        >>> socket.set(libudp.Option.RECV_LOCAL, 1)
        1
        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> data, sender, details = socket.recvfrom_details(timeout=5.0)
        >>> details.local, details.interface
        ('127.0.0.1', 1)
        """
        size = index(size)
        if size < 0:
            raise ValueError(f"size is 0 or more, not {size}")
        for data, address in self._take_unread(1):
            details = Details()  # a loop over the socket does not keep them
            break
        else:
            try:
                batch = _spare.pop()
            except IndexError:
                batch = Batch(1, details=True)
            try:
                self._receive(batch, timeout)
                data, address, details = bytes(batch[0]), batch.address(0), batch.details(0)
            finally:
                _spare.append(batch)
        if len(data) > size:
            raise truncated(data[:size], address, len(data))
        return data, address, details

    def reply(self, data: ReadableBuffer, address: Optional[Address], details: Details) -> int:
        """Sends one datagram from the address that another one was sent to.

        So the answer of a machine that has several addresses comes from the one that was asked, which is the only one
        that many peers and firewalls take it from. What was sent to a group or broadcast is answered from an address of
        the interface that it came in by.

        Args:
            data: any bytes-like object, as for `sendto`.
            address: (host, port) of who asked; None for the peer of `connect`.
            details: of the question, with Option.RECV_LOCAL on: what `recvfrom_details` or `Batch.details` tell. One
                made by hand, `Details(local=..., interface=...)`, says the address to leave from and the interface to
                leave by, which counts where the destination is a group, broadcast or link-local address.

        Returns:
            The length of data.

        Raises:
            ArgumentError: the details have neither address nor interface; RECV_LOCAL was off.
            NotLocalError: this machine has that address or interface no more.
            FamilyError: the two addresses are of different families. And the errors of `sendto`.

        >>> socket.set(libudp.Option.RECV_LOCAL, 1)
        1
        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> data, sender, details = socket.recvfrom_details(timeout=5.0)
        >>> socket.reply(data.upper(), sender, details)
        5
        """
        buffer, length = readable(data)
        to = None if address is None else destination(address)
        return sending(lib.udp_reply, self._handle, buffer, length, to, byref(native_details(details)))

    def reply_batch(self, packets: Iterable[tuple[ReadableBuffer, Optional[Address], Details]]) -> int:
        """Sends datagrams in their order, each from the address that another one was sent to: `reply` for many.

        Args:
            packets: (data, address, details), each as for `reply`.

        Returns:
            How many were sent: all, unless one failed. Then call again with the rest, to learn why.

        Raises:
            The errors of `reply`, if the first could not be sent. An address that is none, data that is not bytes-like,
            and details that are none are told before anything is sent, wherever they are.

        >>> socket.set(libudp.Option.RECV_LOCAL, 1)
        1
        >>> peer.send_many([b"one", b"two"], socket.local_address)
        2
        >>> mine = libudp.Batch(16, details=True)
        >>> socket.recv_batch_into(mine, timeout=5.0)
        2
        >>> socket.reply_batch((data, mine.address(i), mine.details(i)) for i, data in enumerate(mine))
        2
        """
        answers = list(packets)
        if not answers:
            return 0
        datas = plain([data for data, _, _ in answers])
        told = (c.udp_details * len(answers))(*(native_details(details) for _, _, details in answers))
        box = OUTBOXES.take(len(answers))
        try:
            box.put(datas, list(map(len, datas)))
            box.address([address for _, address, _ in answers])
            return sending(lib.udp_reply_batch, self._handle, box.packets, told, len(answers))
        finally:
            OUTBOXES.give(box)

    # ---- Path errors ----

    def recv_error(self, timeout: Timeout = Own.TIMEOUT) -> PathError:
        """Tells of a datagram that did not get through: refused by the peer, unreachable, or too big for the path.

        With Option.RECV_ERRORS on, such errors wait in a queue of 1,024, each with its peer, and fail no other call;
        `stats` counts them, and those that were lost because the queue was full. They are what routers and peers choose
        to tell: that there is none says nothing.

        Args:
            timeout: seconds to wait for one; see the class.

        Raises:
            ArgumentError: Option.RECV_ERRORS is 0. TimedOutError, WouldBlockError, ClosedError.

        >>> socket.set(libudp.Option.RECV_ERRORS, 1)
        1
        >>> socket.sendto(b"hello", ("127.0.0.1", 9))
        5
        >>> print(socket.recv_error(timeout=5.0).error)
        the peer refused an earlier datagram: nobody listens at that port: 127.0.0.1:9
        """
        timeout_ms = self._timeout_ms if timeout is Own.TIMEOUT else milliseconds(timeout)
        told = c.udp_path_error()
        check(waiting(timeout_ms, lib.udp_recv_error, self._handle, byref(told)))
        return path_error(told)


def path_error(told: c.udp_path_error) -> PathError:
    """What the library told."""
    peer = from_native(told.peer)
    offender = from_native(told.offender)[0] if told.offender.family else None
    error = from_code(told.code, f"{lib.udp_strerror(told.code).decode()}: {at(peer)}", told.os_error)
    return PathError(error, peer, offender, told.mtu, told.icmp_type, told.icmp_code)


def native_details(details: Details) -> c.udp_details:
    """Of details, what a reply needs."""
    if not isinstance(details, Details):
        raise TypeError(f"details are libudp.Details, not {type(details).__name__}")
    interface = index(details.interface)
    if not 0 <= interface < 2**32:
        raise ValueError(f"an interface's number is 0 to 4294967295, not {interface}")
    native = c.udp_details(interface=interface)
    if details.local is not None:
        native.local = destination((details.local, 0))._obj
    return native
