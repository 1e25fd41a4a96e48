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
    """How many routers a unicast datagram may pass (IPv6: hop limit)."""
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
    RECV_ERRORS = 13
    """Whether `Socket.recv_error` tells what the path reports of sent datagrams. Then no other call fails for it."""
    MULTICAST_TTL = 14
    """How many routers a multicast datagram may pass, and one more (IPv6: hop limit). 1, the default: it stays on its
    link."""
    MULTICAST_LOOP = 15
    """Whether multicasts are heard on this machine too; they are by default."""
    MULTICAST_INTERFACE = 16
    """The number of the interface that multicasts leave by; 0, the default, leaves it to the routes."""
    DONT_FRAGMENT = 17
    """0 cuts a datagram into fragments where it is too big. 1 never does: it is a MessageSizeError as soon as the path's
    MTU is known. 2 neither, whatever is known of the path: for probing it."""
    PATH_MTU = 18
    """The longest IP packet that the path to the connected peer is known to take, in bytes. Cannot be set."""
    DEVICE = 19
    """The number of the only interface to send and receive by; 0, the default, is all."""
    PRIORITY = 20
    """The queueing priority of sent datagrams; above 6 it takes a privilege. Setting TOS sets it too (Linux)."""
    BUSY_POLL = 21
    """How long a wait asks the device itself before it sleeps, in microseconds; to set more takes a privilege."""
    FORCE_RECV_BUFFER = 22
    """RECV_BUFFER beyond the system's limit; takes a privilege."""
    FORCE_SEND_BUFFER = 23
    """SEND_BUFFER beyond the system's limit; takes a privilege."""
