"""Received datagrams: what the system reports about them."""

from __future__ import annotations

from operator import index
from typing import Any, NamedTuple, Optional

from .._native.declarations import udp_packet_info
from .address import Address, destination, from_native


class TruncatedBytes(bytes):
    """The beginning of a datagram that was longer than its buffer; the rest of it is lost.

    Attributes:
        length: the full length of the datagram in bytes.

    >>> peer.sendto(b"a long datagram", socket.local_address)
    15
    >>> [(data, sender)] = socket.recv_batch(timeout=5.0, size=6)
    >>> data, data.length
    (b'a long', 15)
    """

    length: int

    def __new__(cls, data: bytes, length: int) -> TruncatedBytes:
        self = super().__new__(cls, data)
        self.length = length
        return self

    def __getnewargs__(self) -> tuple[Any, ...]:  # for copy and pickle
        return bytes(self), self.length


class Run(NamedTuple):
    """Datagrams of one sender and one length that are adjacent in the memory of a `Batch`.

    >>> [run.datagrams for run in batch.runs()]
    [...]
    """

    view: memoryview
    """The bytes of all datagrams of the run, without a copy."""
    segment_size: int
    """Length of each datagram in bytes; the last may be shorter. 0: one empty datagram."""
    datagrams: int
    """Number of datagrams."""
    address: Address
    """The sender, (host, port)."""


class PacketInfo(NamedTuple):
    """What the system reports about a received datagram. Socket options enable each field.

    `Socket.recvfrom_info` and `Batch.info` return it; `Socket.reply` takes it.

    >>> batch.info(0).tos
    0
    """

    tos: int = 0
    """The TOS byte (IPv6: traffic class), ECN in its lower two bits; 0 without Option.RECV_TOS."""
    timestamp_ns: int = 0
    """When the kernel received the datagram, in nanoseconds since 1970; 0 without Option.RECV_TIMESTAMP."""
    local: Optional[str] = None
    """The local address that the datagram was sent to; None without Option.RECV_PKTINFO."""
    if_index: int = 0
    """The index of the interface that received the datagram; 0 without Option.RECV_PKTINFO."""
    control_truncated: bool = False
    """The system had more control messages than fit (MSG_CTRUNC), so fields above may be missing. `Batch.info` only."""


def info_from_native(info: udp_packet_info, control_truncated: bool = False) -> PacketInfo:
    """The PacketInfo of a udp_packet_info."""
    local = from_native(info.local)[0] if info.local.family else None
    return PacketInfo(info.tos, info.timestamp_ns, local, info.if_index, control_truncated)


def native_info(info: PacketInfo) -> udp_packet_info:
    """The udp_packet_info with the fields that a reply needs."""
    if not isinstance(info, PacketInfo):
        raise TypeError(f"info is a libudp.PacketInfo, not {type(info).__name__}")
    if_index = index(info.if_index)
    if not 0 <= if_index < 2**32:
        raise ValueError(f"if_index is 0 to 4294967295, not {if_index}")
    native = udp_packet_info(if_index=if_index)
    if info.local is not None:
        native.local = destination((info.local, 0))._obj
    return native
