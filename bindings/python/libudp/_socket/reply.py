"""Replies: datagrams from the address that the request was sent to."""

from __future__ import annotations

from ctypes import byref
from typing import TYPE_CHECKING, Iterable, Optional, Union

from .._data.address import Address, destination
from .._data.batch import Batch
from .._data.packet import PacketInfo, native_info
from .._data.packet_source import PACKET_SOURCES
from .._native import declarations as c
from .._native.buffers import all_bytes, readable
from .._native.calls import lib, sending
from .base import SocketBase

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class ReplyCalls(SocketBase):
    """The part of `Socket` that replies."""

    def reply(self, data: ReadableBuffer, address: Optional[Address], info: PacketInfo) -> int:
        """Sends one datagram from the address that another datagram was sent to.

        Many peers and firewalls accept an answer only from the address that they asked. A machine with several
        addresses needs this call for that. The reply to a broadcast or multicast comes from an address of the interface
        that received it.

        Args:
            data: any bytes-like object, as for `sendto`.
            address: (host, port) of the destination; None for the peer of `connect`.
            info: the PacketInfo of the request, from `recvfrom_info` or `Batch.info` with Option.RECV_PKTINFO on. Or
                PacketInfo(local=..., if_index=...), to choose the source address, and the interface, which only
                matters for a multicast, broadcast or link-local destination.

        Returns:
            The length of data.

        Raises:
            InvalidError: info has neither address nor interface, because Option.RECV_PKTINFO was off.
            NotLocalError, NoInterfaceError: this machine no longer has that address or interface.
            FamilyError: the two addresses belong to different families. The errors of `sendto`.

        >>> socket.set_option(libudp.Option.RECV_PKTINFO, 1)
        1
        >>> peer.sendto(b"hello", socket.local_address)
        5
        >>> data, sender, info = socket.recvfrom_info(timeout=5.0)
        >>> socket.reply(data.upper(), sender, info)
        5
        """
        buffer, length = readable(data)
        to = None if address is None else destination(address)
        return sending(lib.udp_reply, self._handle, buffer, length, to, byref(native_info(info)))

    def reply_batch(
        self, packets: Union[Batch, Iterable[tuple[ReadableBuffer, Optional[Address], PacketInfo]]]
    ) -> int:
        """Sends datagrams in order, each from the address that another datagram was sent to: `reply` for many.

        Args:
            packets: (data, address, info), each as for `reply`. Or a Batch with infos, whose datagrams go back to their
                senders without a copy; see `Batch.group`.

        Returns:
            The number of datagrams sent. If it is smaller than the number given, call again with the rest to get the
            error.

        Raises:
            The errors of `reply`, if the first datagram could not be sent. TypeError, ValueError and AddressError are
            raised before anything is sent, for any of the datagrams. ValueError: the Batch has no infos.

        >>> socket.set_option(libudp.Option.RECV_PKTINFO, 1)
        1
        >>> peer.send_batch_to([b"one", b"two"], socket.local_address)
        2
        >>> mine = libudp.Batch(16, infos=True)
        >>> socket.recv_batch_into(mine, timeout=5.0)
        2
        >>> socket.reply_batch((data, mine.address(i), mine.info(i)) for i, data in enumerate(mine))
        2
        """
        if isinstance(packets, Batch):
            native, native_infos, count = packets._to_send()
            if native_infos is None:
                raise ValueError("this batch has no infos; make it with Batch(infos=True)")
            return sending(lib.udp_reply_batch, self._handle, native, native_infos, count)
        answers = list(packets)
        if not answers:
            return 0
        datagrams = all_bytes([data for data, _, _ in answers])
        infos = (c.udp_packet_info * len(answers))(*(native_info(info) for _, _, info in answers))
        source = PACKET_SOURCES.take(len(answers))
        try:
            source.put(datagrams, list(map(len, datagrams)))
            source.address([address for _, address, _ in answers])
            return sending(lib.udp_reply_batch, self._handle, source.packets, infos, len(answers))
        finally:
            PACKET_SOURCES.give(source)
