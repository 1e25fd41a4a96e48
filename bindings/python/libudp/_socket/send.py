"""Sends of one datagram and of many."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any, Iterable, Optional, Sequence, Union

from .._data.address import Address, destination, destinations
from .._data.batch import Batch
from .._data.packet_source import PACKET_SOURCES
from .._native.buffers import all_bytes, readable
from .._native.calls import failure, lib, sending, size_parameter, sizes, untyped_sendto
from ..errors import UDP_ERR_INTERRUPTED
from .base import SocketBase

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

# Looked up once, not for each datagram.
_send_batch, _send_segments = lib.udp_send_batch, lib.udp_send_segments


class SendCalls(SocketBase):
    """The part of `Socket` that sends."""

    def sendto(self, data: ReadableBuffer, address: Optional[Address] = None) -> int:
        """Sends one datagram. Success does not mean that it arrives.

        If the send buffer is full, it waits for room: forever, unless Option.SEND_TIMEOUT is set.

        Args:
            data: any bytes-like object of at most 65,507 bytes for IPv4 and 65,487 for IPv6. 0 bytes is an empty
                datagram.
            address: (host, port) with a numeric host or "<broadcast>"; None for the peer of `connect`.

        Returns:
            The length of data.

        Raises:
            TypeError: data is a str; see `sendto_text`.
            MessageSizeError: data is too large; nothing was sent. NotConnectedError: no address.
            AddressError: the host is a name; look it up once with `libudp.resolve`.
            FamilyError: the address belongs to a family that the socket does not use.
            NoInterfaceError: the interface after the `%` does not exist.
            AccessError: a broadcast address without Option.BROADCAST; or a firewall.
            RefusedError: the connected peer refused an earlier datagram. This one was not sent; send it again.
            TimedOutError, WouldBlockError: no room within Option.SEND_TIMEOUT.
            UnreachableError, NoBuffersError, ClosedError.

        >>> socket.sendto(b"hello", peer.local_address)
        5
        """
        # As `destination` and `sending`, without the cost of Python calls.
        if type(data) is bytes:
            buffer, length = data, len(data)
        else:
            buffer, length = readable(data)
        to: Any = None
        if address is not None:
            try:
                to = destinations[address] if address[1].__class__ is int else None
            except (LookupError, TypeError):
                pass
            if to is None:
                to = destination(address)
        try:
            size = sizes[length]
        except KeyError:
            size = size_parameter(length)
        while True:
            sent: int = untyped_sendto(self._parameter, buffer, size, to)
            if sent >= 0:
                return sent
            if sent != UDP_ERR_INTERRUPTED:
                raise failure(sent)

    def send_batch(self, packets: Union[Batch, Iterable[tuple[ReadableBuffer, Optional[Address]]]]) -> int:
        """Sends datagrams in order, each to its own address, with few system calls.

        Consecutive datagrams of one length to one address are sent together. The order is not changed, so that a
        partial count means the first so many datagrams: bring those to one address together before the call.

        Args:
            packets: (data, address) pairs, each as for `sendto`. Or a Batch, whose datagrams go back to their senders
                without a copy; see `Batch.group`.

        Returns:
            The number of datagrams sent. If it is smaller than the number given, call again with the rest to get the
            error; the rest of a Batch is `list(zip(batch, batch.addresses))[sent:]`.

        Raises:
            The errors of `sendto`, if the first datagram could not be sent. TypeError and AddressError are raised
            before anything is sent, for any of the datagrams.

        >>> socket.send_batch([(b"one", peer.local_address), (b"two", socket.local_address)])
        2
        """
        if isinstance(packets, Batch):
            native, _, count = packets._to_send()
            return sending(_send_batch, self._handle, native, count)
        pairs = packets if isinstance(packets, (list, tuple)) else list(packets)
        datagrams, addresses = [data for data, _ in pairs], [address for _, address in pairs]
        if not pairs:
            return 0
        # One destination needs no packets. A list with several usually differs at its ends, which is quick to see.
        if addresses[0] == addresses[-1] and addresses.count(addresses[0]) == len(addresses):
            return self.send_batch_to(datagrams, addresses[0])
        pieces = all_bytes(datagrams)
        return self._send_packets(pieces, list(map(len, pieces)), addresses)

    def send_batch_to(self, datagrams: Iterable[ReadableBuffer], address: Optional[Address] = None) -> int:
        """Sends datagrams in order to one address, with few system calls.

        It is fastest if all datagrams have one length; the last may be shorter.

        Args:
            datagrams: bytes-like objects.
            address: as for `sendto`.

        Returns:
            The number of datagrams sent, as `send_batch`.

        Raises:
            The errors of `sendto`, if the first datagram could not be sent.

        >>> socket.send_batch_to([b"one", b"two"], peer.local_address)
        2
        """
        given = datagrams if isinstance(datagrams, (list, tuple)) else list(datagrams)
        to = None if address is None else destination(address)
        if not given:
            return 0
        pieces = all_bytes(given)
        lengths = list(map(len, pieces))
        size, last = lengths[0], lengths[-1]
        if 0 < last <= size and lengths.count(size) >= len(lengths) - (last < size):
            data = b"".join(pieces)
            return sending(_send_segments, self._handle, data, len(data), size, to)
        return self._send_packets(pieces, lengths, [address] * len(lengths))

    def send_segments(self, data: ReadableBuffer, segment_size: int, address: Optional[Address] = None) -> int:
        """Splits one buffer into datagrams and sends them (UDP_SEGMENT). The fastest way to send to one peer.

        Args:
            data: any bytes-like object, such as a numpy array, with the bytes of all datagrams. bytes and writable
                objects are not copied.
            segment_size: length of each datagram in bytes, 1 to 65,507 (IPv6: 65,487). The last may be shorter.
            address: as for `sendto`.

        Returns:
            The number of datagrams sent, as `send_batch`.

        Raises:
            InvalidError: segment_size is 0. The errors of `sendto`, if the first datagram could not be sent.

        >>> socket.send_segments(b"onetwosix", 3, peer.local_address)
        3
        """
        segment_size = index(segment_size)
        if not 0 <= segment_size < 2**31:
            raise ValueError(f"segment_size is 1 to 65507 bytes, not {segment_size}")
        buffer, length = readable(data)
        to: Any = None if address is None else destination(address)
        return sending(_send_segments, self._handle, buffer, length, segment_size, to)

    def _send_packets(
        self, datagrams: Sequence[bytes], lengths: list[int], addresses: Sequence[Optional[Address]]
    ) -> int:
        source = PACKET_SOURCES.take(len(lengths))
        try:
            source.put(datagrams, lengths)
            source.address(addresses)
            return sending(_send_batch, self._handle, source.packets, len(lengths))
        finally:
            PACKET_SOURCES.give(source)
