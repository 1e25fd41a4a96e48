"""What is said of received datagrams."""

from __future__ import annotations

from typing import Any, NamedTuple, Optional

from .address import Address


class TruncatedBytes(bytes):
    """The beginning of a datagram that was longer than its place; the rest of it is gone.

    Attributes:
        length: the datagram's true length in bytes.

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
    """Datagrams of one peer and one size that stand one after the other in a `Batch`.

    >>> [run.datagrams for run in batch.runs()]
    [...]
    """

    view: memoryview
    """All of them, as one piece of memory; not a copy."""
    size: int
    """How long each is, in bytes; the last may be shorter. 0: one datagram without bytes."""
    datagrams: int
    """How many they are."""
    address: Address
    """Who sent them, (host, port)."""


class Details(NamedTuple):
    """What the system told of a datagram; of each, the options of a socket say whether it is asked for.

    >>> batch.details(0).tos
    0
    """

    tos: int = 0
    """With Option.RECV_TOS: the type-of-service byte, ECN in its lower two bits; else 0."""
    time_ns: int = 0
    """With Option.RECV_TIME: when the kernel received it, in nanoseconds since 1970; else 0."""
    local: Optional[str] = None
    """With Option.RECV_LOCAL: the local address that it was sent to; else None."""
    interface: int = 0
    """With Option.RECV_LOCAL: the number of the interface that it came in by; else 0."""
    incomplete: bool = False
    """The system had more to tell than there was room for."""
