"""Which of the sockets that share a port gets a datagram."""

from __future__ import annotations

from .._native import declarations as c
from .._native.calls import check, lib
from .base import SocketBase

_BY = {"hash": c.UDP_STEER_HASH, "cpu": c.UDP_STEER_CPU, "bytes": c.UDP_STEER_BYTES}


class SteerCalls(SocketBase):
    """The part of `Socket` that distributes datagrams over sockets."""

    def steer(self, by: str, sockets: int = 0, *, offset: int = 0, length: int = 1) -> None:
        """Chooses how the system distributes the datagrams of one port over the sockets that share it (Linux only).

        Call it once, on any of them, after all are bound. Sockets are numbered in the order of their binds. A datagram goes
        to the socket whose number is the remainder of a value, divided by `sockets`. If no socket has this number, the
        system chooses by its hash. When one of the sockets is closed, the last one takes its number: steer again, with the
        new count.

        Args:
            by: "hash" for the system's hash of both addresses (the default of the system), "cpu" for the processor that
                received the datagram, "bytes" for bytes of the datagram, such as a connection's number.
            sockets: how many sockets share the port; not needed with "hash".
            offset: with "bytes": where the value begins in the datagram, 0 to 65534.
            length: with "bytes": its length, 1, 2 or 4, most significant byte first. In a datagram that is too short, the
                value is 0.

        Raises:
            ValueError: an unknown `by`. InvalidError: a number is out of range, or the socket is not bound or not opened
            with `reuse_port`. UnsupportedError: not on this system. ClosedError.

        >>> with libudp.Socket(reuse_port=True) as first, libudp.Socket(reuse_port=True) as second:
        ...     first.bind(("127.0.0.1", 0))
        ...     second.bind(first.local_address)
        ...     first.steer("bytes", 2)
        ...     sent = peer.sendto(b"\\1 goes to number 1", first.local_address)
        ...     second.recvfrom(timeout=5.0)[0]
        b'\\x01 goes to number 1'
        """
        if by not in _BY:
            raise ValueError(f'by is "hash", "cpu" or "bytes", not {by!r}')
        for name, value in (("sockets", sockets), ("offset", offset), ("length", length)):
            if not 0 <= value < 2**32:
                raise ValueError(f"{name} is 0 to 4294967295, not {value!r}")
        check(lib.udp_steer(self._handle, _BY[by], offset, length, sockets))
