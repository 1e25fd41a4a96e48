"""The options of a socket."""

from enum import IntEnum


class Option(IntEnum):
    """What `Socket.set` and `Socket.get` know. A switch is 1 or 0.

    >>> socket.set(libudp.Option.SEND_TIMEOUT, 100)
    100
    """

    RECV_BUFFER = 1
    """Receive buffer in bytes. The system may grant less or more than is asked for; `set` returns how much."""
    SEND_BUFFER = 2
    """Send buffer in bytes; granted in the same way."""
    BROADCAST = 3
    """Whether datagrams to broadcast addresses are allowed. `Socket.broadcast` sets it by itself."""
    TTL = 4
    """How many routers a datagram may pass (IPv6: hop limit)."""
    TOS = 5
    """The type-of-service byte (IPv6: traffic class): DSCP in its upper six bits."""
    IPV6_ONLY = 6
    """1 on an "ipv6" socket, 0 on a "dual" one; may be changed before `bind`."""
    SHARE_ADDRESS = 7
    """Several sockets may bind one address and port, and each hears broadcasts and multicasts. Before `bind`."""
    SHARE_PORT = 8
    """Several sockets may bind one address and port, and the system spreads peers over them. Before `bind`."""
    SEND_TIMEOUT = 9
    """How long a send waits for room in the send buffer, in milliseconds; 2147483647 is for ever, the default."""
    RECV_TOS = 10
    """Whether `Batch.details` tells each datagram's type-of-service byte, with ECN in its lower two bits."""
    RECV_TIME = 11
    """Whether `Batch.details` tells when the kernel received each datagram."""
    RECV_LOCAL = 12
    """Whether `Batch.details` tells which local address and interface each datagram came to."""
