/// \file libudp.h
/// libudp: UDP for C, Python and any language with an FFI. Generated from the source by `make header`; do not edit.
///
/// Results     A function returns 0 or a count (0 or more) on success and a negative `UDP_ERR_` code on failure. Outputs
///             are written only on success, unless the function says otherwise. A datagram may have 0 bytes.
/// Errors      `udp_strerror` describes a code. `udp_last_error`, `udp_last_os_error` and `udp_last_length` describe the
///             calling thread's last failure in detail.
/// Threads     Any thread may call any function at any time, also on the same socket, without a lock. 64 KiB of stack are
///             enough; a call uses at most 16 KiB, a batch 24 KiB. The lookup of a name is the system's.
/// Signals     A signal handler may call `udp_sendto`, `udp_close`, `udp_strerror`, `udp_error_name` and `udp_version`.
///             `udp_close` ends the waits of other threads. errno stays as it was.
/// Cancelling  pthread_cancel takes effect after a call. To end a thread that waits: cancel it, close the socket, join.
/// Forking     A child may use every function, except for the lookup of a name. Datagrams that the library has buffered
///             are delivered in the parent. A poller of the parent can only be closed.
/// Timeouts    `timeout_ms` is in milliseconds on the monotonic clock: -1 waits forever, 0 does not wait. A signal ends
///             a wait with `UDP_ERR_INTERRUPTED`.
/// Memory      The library keeps no pointer that it is given and returns none that must be freed.
/// Arguments   NULL, lengths, flags and texts are checked, each with an error of its own. Texts are UTF-8. Memory behind
///             a pointer that is not NULL must be as large as the function requires.

#ifndef LIBUDP_H
#define LIBUDP_H

#include <stddef.h>
#include <stdint.h>

/// Version of this header; `udp_version` returns the library's.
#define UDP_VERSION_MAJOR 0
#define UDP_VERSION_MINOR 1
#define UDP_VERSION_PATCH 0

/// Return values of functions: 0 or a count on success, else one of these.
enum udp_error_code {
    /// success
    UDP_OK = 0,
    /// a required pointer is NULL
    UDP_ERR_NULL = -1,
    /// an argument is out of range
    UDP_ERR_INVALID = -2,
    /// a text argument is not valid UTF-8
    UDP_ERR_UTF8 = -3,
    /// unknown or contradictory flags
    UDP_ERR_FLAGS = -4,
    /// unknown option, or one that this socket does not have
    UDP_ERR_OPTION = -5,
    /// not a handle that udp_open or udp_poller_open returned, or one of the other kind
    UDP_ERR_HANDLE = -6,
    /// the socket or the poller is closed
    UDP_ERR_CLOSED = -7,
    /// the call would have to wait, and its timeout is 0
    UDP_ERR_WOULD_BLOCK = -8,
    /// the timeout expired
    UDP_ERR_TIMED_OUT = -9,
    /// a signal interrupted the wait
    UDP_ERR_INTERRUPTED = -10,
    /// the datagram or text is longer than the buffer; its beginning was stored
    UDP_ERR_TRUNCATED = -11,
    /// the buffer is too small; nothing was stored
    UDP_ERR_BUFFER_TOO_SMALL = -12,
    /// the datagram is too large to send
    UDP_ERR_MSGSIZE = -13,
    /// the peer refused an earlier datagram: no socket is bound to that port
    UDP_ERR_REFUSED = -14,
    /// no route to the network or host
    UDP_ERR_UNREACHABLE = -15,
    /// no destination was given and the socket is not connected
    UDP_ERR_NOT_CONNECTED = -16,
    /// another socket is bound to this address and port
    UDP_ERR_IN_USE = -17,
    /// the address does not belong to this machine
    UDP_ERR_NOT_LOCAL = -18,
    /// no such network interface, or none that is up and can do this
    UDP_ERR_NO_INTERFACE = -19,
    /// the socket is not a member of this group on this interface
    UDP_ERR_NOT_JOINED = -20,
    /// the text is not a numeric address
    UDP_ERR_ADDRESS = -21,
    /// the address family does not match the socket
    UDP_ERR_FAMILY = -22,
    /// no address is known for this host name
    UDP_ERR_NAME_NOT_FOUND = -23,
    /// the name service did not answer; try again later
    UDP_ERR_NAME_TRY_AGAIN = -24,
    /// permission denied
    UDP_ERR_ACCESS = -25,
    /// the system has no buffer space at the moment; nothing was sent
    UDP_ERR_NO_BUFFERS = -26,
    /// too many open sockets, descriptors or memberships
    UDP_ERR_LIMIT = -27,
    /// out of memory
    UDP_ERR_MEMORY = -28,
    /// this system does not support it
    UDP_ERR_UNSUPPORTED = -29,
    /// unknown encoding
    UDP_ERR_ENCODING = -30,
    /// a character does not exist in this encoding; nothing was stored or sent
    UDP_ERR_UNMAPPABLE = -31,
    /// another error of the operating system; udp_last_os_error() returns its number
    UDP_ERR_OS = -32,
    /// a bug in the library; the call was abandoned
    UDP_ERR_INTERNAL = -33,
};

/// Options of `udp_set_option` and `udp_get_option`. A range is 0 and greater unless it is stated.
enum udp_option {
    /// Receive buffer size in bytes (SO_RCVBUF). Setting it returns the size granted, which may be smaller
    /// (on Linux at most net.core.rmem_max) or larger. Default: the system's.
    UDP_OPT_RECV_BUFFER = 1,
    /// Send buffer size in bytes (SO_SNDBUF), granted like UDP_OPT_RECV_BUFFER (on Linux at most
    /// net.core.wmem_max). Default: the system's.
    UDP_OPT_SEND_BUFFER = 2,
    /// UDP_OPT_RECV_BUFFER without the system's limit (SO_RCVBUFFORCE). Needs a privilege (CAP_NET_ADMIN on
    /// Linux).
    UDP_OPT_FORCE_RECV_BUFFER = 3,
    /// UDP_OPT_SEND_BUFFER without the system's limit (SO_SNDBUFFORCE). Needs a privilege (CAP_NET_ADMIN on
    /// Linux).
    UDP_OPT_FORCE_SEND_BUFFER = 4,
    /// How long a send waits for room in the send buffer, in milliseconds: 0 does not wait, 2147483647 waits
    /// forever. Default: 2147483647.
    UDP_OPT_SEND_TIMEOUT = 5,
    /// 1 permits datagrams to broadcast addresses (SO_BROADCAST). udp_broadcast sets it itself. Default: 0.
    UDP_OPT_BROADCAST = 6,
    /// Time to live (IPv6: hop limit) of unicast datagrams, 1 to 255 (IP_TTL, IPV6_UNICAST_HOPS). Each
    /// router decrements it. Default: the system's, usually 64.
    UDP_OPT_TTL = 7,
    /// Type-of-service byte (IPv6: traffic class), 0 to 255 (IP_TOS, IPV6_TCLASS): DSCP in the upper six
    /// bits, ECN in the lower two. Default: 0.
    UDP_OPT_TOS = 8,
    /// Path MTU discovery (IP_MTU_DISCOVER). 0: fragment datagrams larger than the path MTU. 1: set DF;
    /// larger datagrams fail with UDP_ERR_MSGSIZE. 2: set DF and ignore the cached path MTU (for probing).
    /// Default: the system's, usually 0.
    UDP_OPT_DONT_FRAGMENT = 9,
    /// Path MTU to the connected peer as the system knows it, in bytes, IP header included (IP_MTU). Read
    /// only.
    UDP_OPT_PATH_MTU = 10,
    /// Queueing priority of sent datagrams (SO_PRIORITY); above 6 needs a privilege. On Linux, setting
    /// UDP_OPT_TOS changes it. Default: 0.
    UDP_OPT_PRIORITY = 11,
    /// 1: an IPv6 socket uses IPv6 only; 0: IPv4 as well (IPV6_V6ONLY). udp_open sets it; can be changed
    /// before udp_bind.
    UDP_OPT_IPV6_ONLY = 12,
    /// 1 lets several sockets bind the same address and port; each receives the broadcast and multicast
    /// datagrams (SO_REUSEADDR). Set it before udp_bind. Default: 0.
    UDP_OPT_REUSE_ADDRESS = 13,
    /// 1 distributes the datagrams of one address and port over the sockets bound to it (SO_REUSEPORT). Set
    /// it before udp_bind. Default: 0.
    UDP_OPT_REUSE_PORT = 14,
    /// Index of the only interface to send and receive on (SO_BINDTOIFINDEX); 0: all interfaces. Default: 0.
    UDP_OPT_BIND_INTERFACE = 15,
    /// Time to live (IPv6: hop limit) of multicast datagrams, 0 to 255 (IP_MULTICAST_TTL,
    /// IPV6_MULTICAST_HOPS). 0: this machine only, 1: the local link only. Default: 1.
    UDP_OPT_MULTICAST_TTL = 16,
    /// 1 delivers sent multicast datagrams to members on this machine too (IP_MULTICAST_LOOP). Default: 1.
    UDP_OPT_MULTICAST_LOOP = 17,
    /// Index of the interface that multicast datagrams leave through (IP_MULTICAST_IF); 0: chosen by the
    /// routing table. Default: 0.
    UDP_OPT_MULTICAST_INTERFACE = 18,
    /// 1 reports the local address and the interface that each datagram arrived at, in udp_packet_info
    /// (IP_PKTINFO). Default: 0.
    UDP_OPT_RECV_PKTINFO = 19,
    /// 1 reports when the kernel received each datagram, in udp_packet_info.timestamp_ns (SO_TIMESTAMPNS).
    /// Default: 0.
    UDP_OPT_RECV_TIMESTAMP = 20,
    /// 1 reports each datagram's type-of-service byte, with ECN in its lower two bits, in
    /// udp_packet_info.tos (IP_RECVTOS). Default: 0.
    UDP_OPT_RECV_TOS = 21,
    /// 1 queues path errors (ICMP) per peer for udp_recv_error; no other call then fails because of them
    /// (IP_RECVERR). 0: only a connected socket reports them, in its next call. Default: 0.
    UDP_OPT_RECV_ERRORS = 22,
    /// How long a wait busy-polls the device before it sleeps, in microseconds (SO_BUSY_POLL). Raising it
    /// needs a privilege. Default: the system's, usually 0.
    UDP_OPT_BUSY_POLL = 23,
    /// How long a receive looks for a datagram before it sleeps, in microseconds, at most 10,000. It saves
    /// the time that waking a thread takes, and tunes itself: while nothing comes in that time, fewer and
    /// shorter looks are made. A signal that arrives meanwhile ends the wait after the look (Linux).
    /// udp_poller_wait looks for as long as the largest value that a socket had when it was added. Default:
    /// 0.
    UDP_OPT_SPIN = 24,
};

/// Address families: `udp_addr.family`.
enum udp_family {
    /// No address. All other fields of the `udp_addr` are zero.
    UDP_FAMILY_NONE = 0,
    /// IPv4. The address is in the first four bytes of `ip`.
    UDP_FAMILY_IPV4 = 4,
    /// IPv6.
    UDP_FAMILY_IPV6 = 6,
};

/// Flags of `udp_open`: one of the first three, combined with any of the others.
enum udp_open_flag {
    /// An IPv4 socket.
    UDP_OPEN_IPV4 = 0,
    /// An IPv6 socket that does not use IPv4.
    UDP_OPEN_IPV6 = 1,
    /// One socket for IPv6 and IPv4. IPv4 peers appear with IPv4 addresses.
    UDP_OPEN_DUAL = 2,
    /// Lets several sockets bind the same address and port; each receives the broadcast and multicast datagrams
    /// (SO_REUSEADDR).
    UDP_OPEN_REUSE_ADDRESS = 4,
    /// Lets several sockets bind the same address and port; the system distributes the peers over them
    /// (SO_REUSEPORT).
    UDP_OPEN_REUSE_PORT = 8,
    /// Lets the kernel coalesce received datagrams of one peer (UDP_GRO), which makes `udp_recv_batch` several times
    /// faster for a busy peer. Every receive function still returns single datagrams, except `udp_recv_segments`.
    /// Batches need an arena of at least 65,536 bytes to receive without a copy.
    UDP_OPEN_COALESCE = 16,
};

/// Events of `udp_wait` and `udp_poller_set`.
enum udp_event {
    /// A receive would not wait: a datagram or an error is there.
    UDP_EVENT_READ = 1,
    /// A send would not wait: the send buffer has room, or an error is there.
    UDP_EVENT_WRITE = 2,
    /// `udp_recv_error` would not wait.
    UDP_EVENT_ERROR = 4,
    /// `udp_poller_wait` only, and unasked: the socket was closed, and the poller has forgotten it. Or its descriptor was
    /// shut down (shutdown(2)) and will receive nothing more.
    UDP_EVENT_CLOSED = 8,
};

/// By what `udp_steer` chooses a datagram's socket.
enum udp_steer_by {
    /// The system's hash of both addresses: a peer always reaches the same socket.
    UDP_STEER_HASH = 0,
    /// The processor that received the datagram.
    UDP_STEER_CPU = 1,
    /// Bytes of the datagram, such as a connection's number.
    UDP_STEER_BYTES = 2,
};

/// Sizes.
enum udp_size {
    /// Buffer size that is always enough for `udp_format`, in bytes, NUL included.
    UDP_ADDR_TEXT_SIZE = 96,
};

/// Flags of a received datagram: `udp_packet.flags`.
enum udp_packet_flag {
    /// The datagram was longer than its buffer and was cut. `full_length` is its length; the rest is lost.
    UDP_PACKET_TRUNCATED = 1,
    /// The kernel had no room for all control messages (MSG_CTRUNC), because the program set options of its own with
    /// `udp_setsockopt`: `udp_packet_info` may lack fields. With `UDP_PACKET_TRUNCATED` on a coalescing socket: the
    /// datagrams that the kernel coalesced could not be separated and are lost.
    UDP_PACKET_CONTROL_TRUNCATED = 2,
};

/// Offloads in use: `udp_stats.offloads`.
enum udp_offload {
    /// Datagrams of one size to one peer are sent together (GSO, UDP_SEGMENT).
    UDP_OFFLOAD_SEND = 1,
    /// The kernel may coalesce received datagrams (GRO); see `UDP_OPEN_COALESCE`.
    UDP_OFFLOAD_RECV = 2,
};

/// Properties of a network interface: `udp_interface.flags`.
enum udp_interface_flag {
    /// Enabled by the administrator (IFF_UP).
    UDP_INTERFACE_UP = 1,
    /// Operational, for example with a cable plugged in (IFF_RUNNING).
    UDP_INTERFACE_RUNNING = 2,
    /// Loopback interface (IFF_LOOPBACK).
    UDP_INTERFACE_LOOPBACK = 4,
    /// Can broadcast (IFF_BROADCAST).
    UDP_INTERFACE_BROADCAST = 8,
    /// Can multicast (IFF_MULTICAST).
    UDP_INTERFACE_MULTICAST = 16,
    /// Point-to-point link (IFF_POINTOPOINT).
    UDP_INTERFACE_POINT_TO_POINT = 32,
};

/// A handle to a socket. `udp_open` returns it, or a negative `UDP_ERR_` code. It is greater than 0 and never reused
/// within a process.
typedef int64_t udp_socket;

/// A handle to a poller. `udp_poller_open` returns it, or a negative `UDP_ERR_` code. It is greater than 0, never reused
/// within a process, and never equal to the handle of a socket.
typedef int64_t udp_poller;

/// A socket that is ready.
typedef struct udp_ready {
    /// The socket.
    udp_socket socket;
    /// What `udp_poller_set` was given with it.
    uint64_t user_data;
    /// `UDP_EVENT_` flags: those waited for that occurred, or `UDP_EVENT_CLOSED`.
    uint32_t events;
    /// Zero.
    uint32_t reserved;
} udp_ready;

/// An IP address and a port. Plain data without padding: it can be copied and compared with memcmp. All zero is no
/// address.
typedef struct udp_addr {
    /// `UDP_FAMILY_IPV4`, `UDP_FAMILY_IPV6` or `UDP_FAMILY_NONE`.
    uint16_t family;
    /// Port, 0 to 65535, in host byte order.
    uint16_t port;
    /// Address in network byte order. IPv4 uses the first four bytes; the others are zero.
    uint8_t ip[16];
    /// Interface index of a link-local IPv6 address (sin6_scope_id); otherwise 0.
    uint32_t scope_id;
    /// Flow label and traffic class of an IPv6 address, in the form of sin6_flowinfo (RFC 3493); usually 0.
    uint32_t flowinfo;
    /// Must be zero; functions return `UDP_ERR_INVALID` otherwise.
    uint32_t reserved;
} udp_addr;

/// The result of decoding bytes to text.
typedef struct udp_text_info {
    /// Encoding that was used: its WHATWG name, such as "UTF-8" or "gb18030", NUL-terminated.
    char encoding[24];
    /// Number of bytes decoded: the datagram's length.
    uint32_t bytes;
    /// Number of malformed sequences replaced by U+FFFD; 0 if the bytes were valid in that encoding.
    uint32_t replaced;
    /// Zero.
    uint32_t reserved[2];
} udp_text_info;

/// One datagram of a batch; one cache line on 64-bit systems. A packet filled in by `udp_recv_batch` can be passed
/// unchanged to `udp_send_batch`, which sends it back to its sender.
typedef struct udp_packet {
    /// The datagram's bytes. Send: the caller's buffer; NULL if `length` is 0. Receive: a place in the arena.
    void *data;
    /// Number of bytes at `data`.
    size_t length;
    /// Send: the destination, or all zero for the connected peer. Receive: the sender.
    struct udp_addr peer;
    /// Receive: the datagram's length as sent; greater than `length` if it was cut. Send: ignored.
    uint32_t full_length;
    /// Receive: `UDP_PACKET_` flags. Send: ignored.
    uint32_t flags;
    /// Receive with `udp_recv_segments`: length of each datagram at `data`, except the last, which may be shorter.
    /// Receive with `udp_recv_batch`: equal to `length`. Send: ignored.
    uint32_t segment_size;
    /// Zero.
    uint32_t reserved;
} udp_packet;

/// What the kernel reported beside a received datagram. A field is zero unless its `UDP_OPT_RECV_` option is on.
typedef struct udp_packet_info {
    /// `UDP_OPT_RECV_PKTINFO`: the local address that the datagram was sent to, with port 0.
    struct udp_addr local;
    /// `UDP_OPT_RECV_TIMESTAMP`: when the kernel received it, in nanoseconds since 1970-01-01 UTC.
    uint64_t timestamp_ns;
    /// `UDP_OPT_RECV_PKTINFO`: index of the interface that it arrived on.
    uint32_t if_index;
    /// `UDP_OPT_RECV_TOS`: type-of-service byte, with ECN in the lower two bits.
    uint32_t tos;
    /// Zero.
    uint32_t reserved[4];
} udp_packet_info;

/// Counters of a socket since it was opened.
typedef struct udp_stats {
    /// Datagrams sent.
    uint64_t sent;
    /// Bytes sent.
    uint64_t sent_bytes;
    /// Datagrams received.
    uint64_t received;
    /// Bytes received, including those that truncation lost.
    uint64_t received_bytes;
    /// Received datagrams that were longer than their buffer.
    uint64_t truncated;
    /// Datagrams that the kernel dropped at this socket because the receive buffer was full or a checksum was wrong. The
    /// kernel counts coalesced datagrams (`UDP_OPEN_COALESCE`) as one, so that more may be lost. 0 if the system does not
    /// tell.
    uint64_t dropped;
    /// Datagrams buffered in the library for the next receive: the kernel had coalesced them with datagrams already
    /// returned.
    uint64_t buffered;
    /// GSO sends that the kernel refused. Their datagrams were sent one by one.
    uint64_t offload_refused;
    /// Path errors received; see `udp_recv_error`.
    uint64_t path_errors;
    /// Path errors discarded because the queue was full.
    uint64_t path_errors_lost;
    /// `UDP_OFFLOAD_` flags of the offloads in use.
    uint32_t offloads;
    /// Zero.
    uint32_t reserved0;
    /// Receives that found a datagram while they looked for one before they would sleep (`UDP_OPT_SPIN`).
    uint64_t spin_hits;
    /// Receives that looked in vain, and slept.
    uint64_t spin_misses;
    /// Zero.
    uint64_t reserved[7];
} udp_stats;

/// A piece of memory.
typedef struct udp_slice {
    /// Its first byte; NULL if `length` is 0.
    void *data;
    /// Its size in bytes.
    size_t length;
} udp_slice;

/// One address of a network interface, or an interface without an address. An interface with several addresses has
/// one entry for each.
typedef struct udp_interface {
    /// The system's name, such as `eth0`, NUL-terminated.
    char name[256];
    /// Interface index, greater than 0. `udp_addr.scope_id` and every `if_index` are interface indexes.
    uint32_t if_index;
    /// `UDP_INTERFACE_` flags.
    uint32_t flags;
    /// Maximum transmission unit in bytes, IP header included.
    uint32_t mtu;
    /// Length of the network prefix of `addr` in bits; 24 is the netmask 255.255.255.0.
    uint32_t prefix_len;
    /// The address, with port 0; all zero if the interface has none.
    struct udp_addr addr;
    /// Broadcast address of an IPv4 network, with port 0; otherwise all zero.
    struct udp_addr broadcast;
    /// Zero.
    uint32_t reserved[4];
} udp_interface;

/// A report that a sent datagram did not reach its destination, from a router, the peer's host or this machine.
typedef struct udp_path_error {
    /// `UDP_ERR_REFUSED` (no socket is bound to that port), `UDP_ERR_MSGSIZE` (larger than the path MTU, see `mtu`),
    /// `UDP_ERR_UNREACHABLE` or `UDP_ERR_ACCESS` (rejected by a firewall).
    int32_t code;
    /// The system's error number, as in errno.
    int32_t os_error;
    /// Destination of the datagram. Linux gives no port (0) for errors that this machine itself reports on an
    /// unconnected socket.
    struct udp_addr peer;
    /// Address of the host that reported the error, with port 0; all zero if it is this machine.
    struct udp_addr offender;
    /// Path MTU in bytes, IP header included, if `code` is `UDP_ERR_MSGSIZE`; otherwise 0.
    uint32_t mtu;
    /// Type of the ICMP message (ICMPv6 if `offender` is an IPv6 address).
    uint8_t icmp_type;
    /// Code of the ICMP message.
    uint8_t icmp_code;
    /// Zero.
    uint16_t reserved;
} udp_path_error;

#ifdef __cplusplus
extern "C" {
#endif

// ---- Sockets ---------------------------------------------------------------------------------------------

/// Opens a UDP socket. Programs that the process executes do not inherit it. Close it with `udp_close`.
///
/// @param flags  One of `UDP_OPEN_IPV4` (0), `UDP_OPEN_IPV6` and `UDP_OPEN_DUAL`, combined with any other `UDP_OPEN_` flags.
/// @return A handle, greater than 0, or: `UDP_ERR_FLAGS`, `UDP_ERR_LIMIT` (no descriptor left), `UDP_ERR_FAMILY` (the
///         system has no IPv6), `UDP_ERR_UNSUPPORTED` (the system lacks one of the flags), `UDP_ERR_MEMORY`.
/// @since 0.1.0
udp_socket udp_open(uint32_t flags);

/// Closes a socket and invalidates its handle. Calls in other threads that wait on it return `UDP_ERR_CLOSED`; other
/// calls finish. The descriptor is closed when the last call has left, which is now if there is none. Safe at any moment
/// from any thread.
///
/// After `fork`, a close concerns the calling process only. If another thread was inside a call on the socket during the
/// fork, the child's copy of the descriptor stays open until the child ends.
///
/// @param s  The socket.
/// @return 0, or: `UDP_ERR_CLOSED` (already closed), `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_close(udp_socket s);

/// Binds the socket to a local address and port, so that peers can send to it. A socket that is not bound gets a port
/// from the system with its first send.
///
/// @param s     The socket.
/// @param host  A numeric address of this machine; a link-local IPv6 address needs `%` and an interface, as in
///              `fe80::1%eth0`. NULL or "" binds to all addresses. Not a name: `udp_resolve` looks names up.
/// @param port  The port, 0 to 65535; 0 lets the system choose, and `udp_local_addr` returns its choice.
/// @return 0, or: `UDP_ERR_IN_USE`, `UDP_ERR_INVALID` (already bound), `UDP_ERR_NOT_LOCAL` (not an address of this
///         machine), `UDP_ERR_NO_INTERFACE` (no such interface), `UDP_ERR_ACCESS` (on many systems for ports below
///         1024), `UDP_ERR_ADDRESS` (not a numeric address), `UDP_ERR_FAMILY`, `UDP_ERR_UTF8`, `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_bind(udp_socket s,
                 const char *host,
                 uint16_t port);

/// Binds the socket to an address from `udp_interfaces` or `udp_resolve`; otherwise like `udp_bind`.
///
/// @param s     The socket.
/// @param addr  The local address; port 0 lets the system choose.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (already bound, or `addr` holds no address), and the errors of
///         `udp_bind`.
/// @since 0.1.0
int32_t udp_bind_addr(udp_socket s,
                      const udp_addr *addr);

/// Sets the peer. Sends need no destination, and only the peer's datagrams are received. If the peer's host answers that
/// no socket is bound to that port, the next call on the socket returns `UDP_ERR_REFUSED`, once; the socket stays usable.
///
/// @param s     The socket.
/// @param peer  The peer's address.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (port 0), `UDP_ERR_FAMILY`, `UDP_ERR_UNREACHABLE`, `UDP_ERR_ACCESS`
///         (a broadcast address), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_connect(udp_socket s,
                    const udp_addr *peer);

/// Forgets the peer of `udp_connect` and keeps the port. On a socket without a peer it does nothing.
///
/// @param s  The socket.
/// @return 0, or: `UDP_ERR_UNSUPPORTED` (IPv6 and dual-stack sockets on Linux would still receive only from the old peer:
///         open another socket), `UDP_ERR_IN_USE` (the system had chosen the port, gave it up with the peer, and another
///         socket has taken it: bind again), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_disconnect(udp_socket s);

/// Returns the address that the socket is bound to. Its port is 0 before a bind, a connect or a send.
///
/// @param s     The socket.
/// @param addr  Receives the address.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_local_addr(udp_socket s, udp_addr *addr);

/// Returns the address that the socket is connected to.
///
/// @param s     The socket.
/// @param addr  Receives the address.
/// @return 0, or: `UDP_ERR_NOT_CONNECTED`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_peer_addr(udp_socket s, udp_addr *addr);

/// Waits until the socket is readable or writable, or a path error is there, or the timeout expires.
///
/// @param s           The socket.
/// @param events      Any of `UDP_EVENT_READ`, `UDP_EVENT_WRITE` and `UDP_EVENT_ERROR`.
/// @param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// @return The events that occurred (greater than 0), or: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (none, and the
///         timeout is 0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_CLOSED`, `UDP_ERR_FLAGS` (unknown events),
///         `UDP_ERR_OPTION` (`UDP_EVENT_ERROR`, but `UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_INVALID` (a timeout below -1),
///         `UDP_ERR_LIMIT` (no descriptor left to wait with), `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_wait(udp_socket s,
                 uint32_t events,
                 int32_t timeout_ms);

/// Returns the system's descriptor, for `select`, `poll`, `epoll` or an event loop. It still belongs to the socket: do not
/// close it, and do not use it after `udp_close`.
///
/// With `UDP_OPT_RECV_ERRORS` on, a path error makes the descriptor ready (POLLERR) until `udp_recv_error` or a call that
/// waits, such as `udp_wait(s, UDP_EVENT_READ, 0)`, has moved it to the library's queue. A coalescing socket may have
/// datagrams buffered while its descriptor is not ready: receive until `UDP_ERR_WOULD_BLOCK`.
///
/// @param s  The socket.
/// @return The descriptor, or: `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int64_t udp_fd(udp_socket s);

// ---- Addresses -------------------------------------------------------------------------------------------

/// Returns the address of a host. A numeric address needs no lookup; the lookup of a name asks the system's name service
/// and may take seconds. No other function looks names up.
///
/// @param host    A numeric address, a name, "" for all addresses of this machine, or `"<broadcast>"` for
///                255.255.255.255. An IPv6 address may end in `%` and an interface's name or index.
/// @param port    The port of the result, 0 to 65535.
/// @param family  `UDP_FAMILY_IPV4` or `UDP_FAMILY_IPV6` to require that family, `UDP_FAMILY_NONE` for either.
/// @param addr    Receives the address.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_UTF8`, `UDP_ERR_NAME_NOT_FOUND`, `UDP_ERR_NAME_TRY_AGAIN` (the name service did
///         not answer), `UDP_ERR_FAMILY` (a numeric address of the other family), `UDP_ERR_NO_INTERFACE` (no such
///         interface), `UDP_ERR_LIMIT` (no descriptor left), `UDP_ERR_MEMORY`.
/// @since 0.1.0
int32_t udp_resolve(const char *host,
                    uint16_t port,
                    uint16_t family,
                    udp_addr *addr);

/// Writes an address as text, such as `10.0.0.1:8080` or `[fe80::1%eth0]:8080`.
///
/// @param addr  The address.
/// @param text  Receives the text, NUL-terminated.
/// @param cap   Size of `text` in bytes; `UDP_ADDR_TEXT_SIZE` is always enough.
/// @return The length of the text without its NUL, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (no address), `UDP_ERR_FAMILY`,
///         `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` returns the size needed).
/// @since 0.1.0
int32_t udp_format(const udp_addr *addr,
                   char *text,
                   size_t cap);

// ---- Interfaces ------------------------------------------------------------------------------------------

/// Lists the network interfaces of this machine as they are now, one entry for each address, sorted by index.
///
/// @param list  Receives the entries; NULL if `cap` is 0.
/// @param cap   Number of elements of `list`.
/// @return The number of entries, which may be greater than `cap`: then the first `cap` were stored. Or: `UDP_ERR_NULL`,
///         `UDP_ERR_LIMIT`, `UDP_ERR_MEMORY`.
/// @since 0.1.0
int32_t udp_interfaces(udp_interface *list,
                       size_t cap);

/// Returns the index of an interface.
///
/// @param text  Its name, its index in digits, or one of its addresses; NULL or "" returns 0.
/// @return The index, or 0, which stands for all interfaces or the system's choice. Or: `UDP_ERR_NO_INTERFACE` (no such
///         interface), `UDP_ERR_UTF8`.
/// @since 0.1.0
int32_t udp_interface_index(const char *text);

// ---- Send ------------------------------------------------------------------------------------------------

/// Sends one datagram. If the send buffer is full, waits for room until `UDP_OPT_SEND_TIMEOUT` expires. Success means that
/// the datagram was handed to the network, not that it arrived.
///
/// @param s    The socket.
/// @param buf  The datagram; NULL if `len` is 0.
/// @param len  Its length in bytes, 0 to 65,507 for IPv4 and to 65,487 for IPv6 destinations.
/// @param to   The destination, or NULL for the peer of `udp_connect`.
/// @return `len`, or, with nothing sent: `UDP_ERR_MSGSIZE`, `UDP_ERR_NOT_CONNECTED` (`to` is NULL and the socket has no
///         peer), `UDP_ERR_FAMILY`, `UDP_ERR_INVALID` (such as port 0), `UDP_ERR_ACCESS` (a broadcast address, but
///         `UDP_OPT_BROADCAST` is 0; or a firewall), `UDP_ERR_UNREACHABLE`, `UDP_ERR_REFUSED` (the connected peer refused
///         an earlier datagram: send again), `UDP_ERR_NO_BUFFERS`, `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK`,
///         `UDP_ERR_INTERRUPTED`, `UDP_ERR_CLOSED`, `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_sendto(udp_socket s,
                   const void *buf,
                   size_t len,
                   const udp_addr *to);

/// Sends datagrams in order, with as few system calls as possible. Consecutive packets of the same length to the same peer
/// (the last may be shorter) are sent together where the system supports it (GSO on Linux); if the system refuses, they
/// are sent one by one. `udp_group_packets` makes the packets of each peer consecutive. Waits for room like `udp_sendto`.
///
/// @param s        The socket.
/// @param packets  The datagrams: `data`, `length` and `peer` of each. NULL if `n` is 0.
/// @param n        Number of packets.
/// @return The number of datagrams sent: `n` unless one failed. Call again with the remainder to get the error. If the first
///         datagram failed: the errors of `udp_sendto`.
/// @since 0.1.0
int32_t udp_send_batch(udp_socket s,
                       const udp_packet *packets,
                       size_t n);

/// Reorders a batch so that the packets of each peer are consecutive: `udp_send_batch` and `udp_reply_batch` then send them
/// together. Stable: peers stay in the order of their first packets, and the packets of a peer stay in order. Moves the
/// structs, not the bytes at `data`.
///
/// Useful if a batch holds several datagrams to each of several peers, such as the answers to a batch received from busy
/// peers. With one datagram to each peer nothing is sent together, and the call costs about 20 ns per packet. The expected
/// time is proportional to `n`, even if peers choose their addresses and ports to collide in a hash table.
///
/// @param packets  The packets, of which only `peer` is read. NULL if `n` is 0.
/// @param infos    Reordered like `packets`, for `udp_reply_batch`; NULL if there are none.
/// @param n        Number of packets and infos, at most 2,147,483,647. Above 1,024 the call allocates memory.
/// @return The number of different peers, at most `n`. Or, with nothing moved: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (an array
///         is not aligned, or `n` is too large), `UDP_ERR_MEMORY`.
/// @since 0.1.0
int32_t udp_group_packets(udp_packet *packets,
                          udp_packet_info *infos,
                          size_t n);

/// Sends one buffer split into datagrams of one size: the fastest way to send to one peer.
///
/// @param s             The socket.
/// @param buf           The bytes of all datagrams, one after the other; NULL if `len` is 0.
/// @param len           Number of bytes at `buf`. There is no limit to the number of datagrams.
/// @param segment_size  Length of each datagram in bytes, 1 to 65,507 (65,487 for IPv6); the last may be shorter.
/// @param to            The destination, or NULL for the peer of `udp_connect`.
/// @return The number of datagrams sent, which is smaller than expected if one failed. If the first datagram failed: the
///         errors of `udp_sendto`. `UDP_ERR_INVALID`: `segment_size` is 0.
/// @since 0.1.0
int32_t udp_send_segments(udp_socket s,
                          const void *buf,
                          size_t len,
                          size_t segment_size,
                          const udp_addr *to);

// ---- Receive ---------------------------------------------------------------------------------------------

/// Receives one datagram.
///
/// @param s           The socket.
/// @param buf         Receives the datagram; NULL if `cap` is 0.
/// @param cap         Size of `buf` in bytes; 65,535 is enough for every datagram.
/// @param from        Receives the sender's address; NULL if it is not needed.
/// @param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// @return The datagram's length, which may be 0. Or `UDP_ERR_TRUNCATED`: the datagram is longer than `cap`; its first
///         `cap` bytes and its sender were stored, the rest is lost, and `udp_last_length` returns its length. Or, with
///         nothing stored: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (no datagram, and the timeout is 0),
///         `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_REFUSED` (the connected peer refused an earlier datagram),
///         `UDP_ERR_CLOSED`, `UDP_ERR_INVALID` (a timeout below -1), `UDP_ERR_LIMIT` (no descriptor left to wait with),
///         `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_recvfrom(udp_socket s,
                     void *buf,
                     size_t cap,
                     udp_addr *from,
                     int32_t timeout_ms);

/// Receives one datagram and what the kernel reported beside it.
///
/// @param s           The socket.
/// @param buf         Receives the datagram; NULL if `cap` is 0.
/// @param cap         Size of `buf` in bytes; 65,535 is enough for every datagram.
/// @param from        Receives the sender's address; NULL if it is not needed.
/// @param info        Receives what the `UDP_OPT_RECV_` options ask for; NULL if it is not needed. `udp_reply` takes it to
///                    answer from the address that the datagram was sent to.
/// @param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// @return As `udp_recvfrom`. With `UDP_ERR_TRUNCATED`, `info` was stored too.
/// @since 0.1.0
int32_t udp_recvfrom_info(udp_socket s,
                          void *buf,
                          size_t cap,
                          udp_addr *from,
                          udp_packet_info *info,
                          int32_t timeout_ms);

/// Waits for a datagram, then receives all that are there without waiting, at most `max`.
///
/// Each datagram has `arena_len / max` bytes of the arena; a longer one is cut and marked `UDP_PACKET_TRUNCATED`. With
/// `UDP_OPEN_COALESCE`, the kernel's super-datagrams take 65,536 bytes each, and the datagrams of one peer stand in them
/// one after the other. Datagrams beyond `max` are buffered for the next receive, whichever function that is. To avoid the
/// copies of that, a call stops when the next super-datagram may not fit into the rest of `arena` or `packets`: fewer than
/// `max` datagrams then mean that none is buffered, but the kernel may have more. A smaller arena works too, but costs a
/// copy.
///
/// @param s           The socket.
/// @param arena       Memory for the datagrams.
/// @param arena_len   Its size in bytes, at least `max`.
/// @param packets     Receives the place, length and sender of each datagram.
/// @param infos       Receives what the `UDP_OPT_RECV_` options ask for, for each datagram; NULL if it is not needed.
/// @param max         How many datagrams to receive, at least 1. `packets` and `infos` have that many elements.
/// @param timeout_ms  Timeout for the first datagram in milliseconds; -1 waits forever, 0 does not wait.
/// @return The number of datagrams received, at least 1, or the errors of `udp_recvfrom` other than `UDP_ERR_TRUNCATED`.
/// @since 0.1.0
int32_t udp_recv_batch(udp_socket s,
                       void *arena,
                       size_t arena_len,
                       udp_packet *packets,
                       udp_packet_info *infos,
                       size_t max,
                       int32_t timeout_ms);

/// Like `udp_recv_batch`, but does not split the super-datagrams of a coalescing socket (`UDP_OPEN_COALESCE`): the fastest
/// way to receive from one peer. A packet then holds one datagram, or several of one peer, one after the other at `data`,
/// each of `segment_size` bytes except the last, which may be shorter. Nothing is buffered for the next receive.
///
/// @param s           The socket.
/// @param arena       Memory for the datagrams: on a coalescing socket 65,536 bytes for each packet, at least for one.
/// @param arena_len   Its size in bytes, at least `max`.
/// @param packets     Receives the place, length, segment size and sender of each packet.
/// @param infos       Receives what the `UDP_OPT_RECV_` options ask for, for each packet; NULL if it is not needed.
/// @param max         How many packets to receive, at least 1. `packets` and `infos` have that many elements.
/// @param timeout_ms  Timeout for the first datagram in milliseconds; -1 waits forever, 0 does not wait.
/// @return The number of packets, at least 1, or the errors of `udp_recv_batch`.
/// @since 0.1.0
int32_t udp_recv_segments(udp_socket s,
                          void *arena,
                          size_t arena_len,
                          udp_packet *packets,
                          udp_packet_info *infos,
                          size_t max,
                          int32_t timeout_ms);

// ---- Broadcast -------------------------------------------------------------------------------------------

/// Sends one datagram to every host on every IPv4 network that this machine is on: once through each interface that is up
/// and can broadcast, to 255.255.255.255. Sets `UDP_OPT_BROADCAST` to 1. Waits for room like `udp_sendto`. To learn the
/// result for each interface, call `udp_broadcast_on` for each of `udp_interfaces`.
///
/// @param s     An IPv4 or dual-stack socket.
/// @param buf   The datagram; NULL if `len` is 0.
/// @param len   Its length in bytes, 0 to 65,507.
/// @param port  The port that the receivers are bound to.
/// @return The number of interfaces (at least 1), or: `UDP_ERR_NO_INTERFACE` (none is up and can broadcast), the first
///         interface's error if all failed, and the errors of `udp_sendto`.
/// @since 0.1.0
int32_t udp_broadcast(udp_socket s,
                      const void *buf,
                      size_t len,
                      uint16_t port);

/// Sends one datagram to every host on the network of one interface; otherwise like `udp_broadcast`.
///
/// @param s         An IPv4 or dual-stack socket.
/// @param buf       The datagram; NULL if `len` is 0.
/// @param len       Its length in bytes, 0 to 65,507.
/// @param port      The port that the receivers are bound to.
/// @param if_index  The interface index, from `udp_interface_index` or `udp_interfaces`.
/// @return 0, or: `UDP_ERR_NO_INTERFACE` (no such interface, or it is down, cannot broadcast or has no IPv4 address), and
///         the errors of `udp_sendto`.
/// @since 0.1.0
int32_t udp_broadcast_on(udp_socket s,
                         const void *buf,
                         size_t len,
                         uint16_t port,
                         uint32_t if_index);

// ---- Replies ---------------------------------------------------------------------------------------------

/// Sends one datagram from the address that another datagram was sent to, so that the answer of a machine with several
/// addresses comes from the address that was asked. Set `UDP_OPT_RECV_PKTINFO` to 1, receive with `udp_recvfrom_info` and
/// pass its `udp_packet_info`. The answer to a datagram that was sent to a group or broadcast address comes from an
/// address of the interface it arrived on.
///
/// `info` may also be filled in by the caller: `local` is the address to send from (all zero: the system chooses) and
/// `if_index` the interface to send through (0: the routing table chooses). The interface matters only if `to` is a group,
/// broadcast or link-local address, or if `local` is not an address of one machine; otherwise the routing table decides.
/// Waits for room like `udp_sendto`.
///
/// @param s     The socket.
/// @param buf   The datagram; NULL if `len` is 0.
/// @param len   Its length in bytes, as for `udp_sendto`.
/// @param to    The destination, or NULL for the peer of `udp_connect`.
/// @param info  The source: `local`, without its port, and `if_index`. The other fields are ignored.
/// @return `len`, or, with nothing sent: `UDP_ERR_INVALID` (`info` has neither address nor interface, as if
///         `UDP_OPT_RECV_PKTINFO` was 0), `UDP_ERR_NOT_LOCAL` (this machine no longer has the address),
///         `UDP_ERR_NO_INTERFACE` (or the interface), `UDP_ERR_FAMILY` (`local` and `to` are of different families), and the
///         errors of `udp_sendto`.
/// @since 0.1.0
int32_t udp_reply(udp_socket s,
                  const void *buf,
                  size_t len,
                  const udp_addr *to,
                  const udp_packet_info *info);

/// Sends a batch like `udp_send_batch`, each datagram from the source address in its info. The arrays that
/// `udp_recv_batch` filled in with `UDP_OPT_RECV_PKTINFO` on can be passed unchanged, which answers each datagram from the
/// address that it was sent to.
///
/// @param s        The socket.
/// @param packets  The datagrams, as for `udp_send_batch`. NULL if `n` is 0.
/// @param infos    The source of each datagram, as for `udp_reply`. NULL if `n` is 0.
/// @param n        Number of packets and infos.
/// @return The number of datagrams sent, as for `udp_send_batch`. If the first datagram failed: the errors of `udp_reply`.
/// @since 0.1.0
int32_t udp_reply_batch(udp_socket s,
                        const udp_packet *packets,
                        const udp_packet_info *infos,
                        size_t n);

// ---- Multicast -------------------------------------------------------------------------------------------

/// Joins a multicast group: the socket receives what is sent to the group's address and the socket's port. A socket
/// receives only the groups that it joined itself, whatever other programs join. Bind it to all addresses (""), and use
/// `UDP_OPEN_REUSE_ADDRESS` if several programs on this machine listen on the port. Joining again is no error.
///
/// @param s         The socket.
/// @param group     The group's address; its port is ignored. The scope id of an IPv6 group is an interface index.
/// @param source    A sender to receive from (source-specific multicast), in addition to those of earlier calls; NULL for
///                  all senders. Its port is ignored.
/// @param if_index  Index of the interface to listen on, from `udp_interface_index`; 0 is each interface that is up and
///                  can multicast, loopback included.
/// @return The number of interfaces on which the socket is a member, or: `UDP_ERR_INVALID` (not a group),
///         `UDP_ERR_FAMILY`, `UDP_ERR_NO_INTERFACE` (no such interface, or none is up and can multicast),
///         `UDP_ERR_LIMIT` (the system allows no more memberships), `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_join(udp_socket s,
                 const udp_addr *group,
                 const udp_addr *source,
                 uint32_t if_index);

/// Leaves a multicast group. `udp_close` leaves all groups.
///
/// @param s         The socket.
/// @param group     The group's address, as for `udp_join`.
/// @param source    The sender that the group was joined for, or NULL if it was joined for all.
/// @param if_index  Interface index; 0 is each interface on which the socket is a member.
/// @return The number of interfaces on which the group was left, or: `UDP_ERR_NOT_JOINED`, and the errors of `udp_join`.
/// @since 0.1.0
int32_t udp_leave(udp_socket s,
                  const udp_addr *group,
                  const udp_addr *source,
                  uint32_t if_index);

// ---- Path errors -----------------------------------------------------------------------------------------

/// Returns a report about a sent datagram that did not reach its destination: refused by the peer, unreachable, or larger
/// than the path MTU. With `UDP_OPT_RECV_ERRORS` on, such reports (ICMP) wait in a queue, each with the peer that it is
/// about, and fail no other call. Routers and hosts may send none: no report does not mean that a datagram arrived.
///
/// With the option on, a datagram for which this machine's own queue has no room is reported too: the send is repeated
/// after pauses and then returns `UDP_ERR_NO_BUFFERS`. Without it, Linux discards the datagram in silence.
///
/// @param s           The socket.
/// @param error       Receives the oldest report. The queue holds 1,024; if it is full, the oldest is discarded and counted
///                    in `udp_stats.path_errors_lost`.
/// @param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// @return 0, or: `UDP_ERR_WOULD_BLOCK` (no report, and the timeout is 0), `UDP_ERR_TIMED_OUT`, `UDP_ERR_INTERRUPTED`,
///         `UDP_ERR_OPTION` (`UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_INVALID` (a timeout below -1), `UDP_ERR_NULL`,
///         `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_recv_error(udp_socket s,
                       udp_path_error *error,
                       int32_t timeout_ms);

// ---- Many sockets ----------------------------------------------------------------------------------------

/// Opens a poller: one wait on any number of sockets. Close it with `udp_poller_close`.
///
/// @return A handle, greater than 0, or: `UDP_ERR_LIMIT` (no descriptor left), `UDP_ERR_MEMORY`.
/// @since 0.1.0
udp_poller udp_poller_open(void);

/// Adds a socket to a poller, changes what is waited for, or removes it. It may be called while other threads wait, and
/// takes effect at once. A socket may be in up to four pollers.
///
/// @param p          The poller.
/// @param s          The socket.
/// @param events     Any of `UDP_EVENT_READ`, `UDP_EVENT_WRITE` and `UDP_EVENT_ERROR`; 0 removes the socket, and does nothing
///                   if the poller does not have it. Another thread that has just left `udp_poller_wait` may still have a
///                   report of a removed socket.
/// @param user_data  Any number, which the reports about the socket carry, such as an index or a pointer.
/// @return 0, or: `UDP_ERR_CLOSED` (the socket or the poller; in the child of a fork, a poller of the parent),
///         `UDP_ERR_HANDLE`, `UDP_ERR_FLAGS` (unknown events), `UDP_ERR_OPTION` (`UDP_EVENT_ERROR`, but
///         `UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_LIMIT` (in too many pollers, or the system watches too many),
///         `UDP_ERR_MEMORY`.
/// @since 0.1.0
int32_t udp_poller_set(udp_poller p,
                       udp_socket s,
                       uint32_t events,
                       uint64_t user_data);

/// Waits until a socket of the poller is ready. A socket is reported by each wait until what it is ready for has been taken
/// (level-triggered). If more sockets are ready than `max`, the following waits report the others first. Several threads may
/// wait at the same time; the same socket may then be reported to more than one.
///
/// A socket that is closed is reported once, with `UDP_EVENT_CLOSED`, and the poller forgets it.
///
/// @param p           The poller.
/// @param ready       Receives the sockets that are ready.
/// @param max         How many elements `ready` has, at least 1. One wait reports at most 128.
/// @param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// @return The number of sockets that are ready; 0 if `udp_poller_wake` ended the wait; or: `UDP_ERR_TIMED_OUT`,
///         `UDP_ERR_WOULD_BLOCK` (none is ready, and the timeout is 0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_CLOSED`
///         (the poller; in the child of a fork, a poller of the parent), `UDP_ERR_INVALID` (`max` is 0, or a timeout below
///         -1), `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_poller_wait(udp_poller p,
                        udp_ready *ready,
                        size_t max,
                        int32_t timeout_ms);

/// Ends one wait on the poller with a result of 0: one that is going on, or else the next. Each call ends one.
///
/// @param p  The poller.
/// @return 0, or: `UDP_ERR_CLOSED` (also in the child of a fork, for a poller of the parent), `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_poller_wake(udp_poller p);

/// Returns a descriptor that is readable while `udp_poller_wait` would not wait, for `select`, `poll`, `epoll` or an event
/// loop. When it is readable, call `udp_poller_wait` with a timeout of 0. It belongs to the poller: do not read or close it,
/// and do not use it after `udp_poller_close`.
///
/// @param p  The poller.
/// @return The descriptor, or: `UDP_ERR_UNSUPPORTED` (the system has none), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int64_t udp_poller_fd(udp_poller p);

/// Closes a poller and invalidates its handle. Its sockets stay open. Calls in other threads that wait on it return
/// `UDP_ERR_CLOSED`.
///
/// @param p  The poller.
/// @return 0, or: `UDP_ERR_CLOSED` (already closed), `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_poller_close(udp_poller p);

// ---- Many cores ------------------------------------------------------------------------------------------

/// Chooses how the system distributes the datagrams of one port over the sockets that share it (`UDP_OPEN_REUSE_PORT`). Call
/// it once, on any of them, after all are bound; sockets that are bound later count too. Needs no privilege. Linux only.
///
/// Sockets are numbered in the order of their binds. A datagram goes to the socket whose number is the remainder of a value,
/// divided by `sockets`. If no socket has this number, the system chooses by its hash. When one of the sockets is closed, the
/// last one takes its number: steer again, with the new count, or else some datagrams are distributed by the hash.
///
/// @param s        A bound socket.
/// @param by       `UDP_STEER_HASH` (the default), `UDP_STEER_CPU` or `UDP_STEER_BYTES`.
/// @param offset   `UDP_STEER_BYTES`: where the value begins in the datagram, 0 to 65,534. Otherwise ignored.
/// @param length   `UDP_STEER_BYTES`: its length in bytes, 1, 2 or 4, most significant byte first. In a datagram that is too
///                 short, the value is 0. Otherwise ignored.
/// @param sockets  How many sockets share the port. Ignored with `UDP_STEER_HASH`.
/// @return 0, or: `UDP_ERR_INVALID` (an argument is out of range, or the socket is not bound or shares no port),
///         `UDP_ERR_FLAGS` (unknown `by`), `UDP_ERR_UNSUPPORTED` (not on this system), `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_steer(udp_socket s,
                  uint32_t by,
                  uint32_t offset,
                  uint32_t length,
                  uint32_t sockets);

// ---- Text ------------------------------------------------------------------------------------------------

/// Encodes UTF-8 text.
///
/// @param encoding  A WHATWG label in any case, such as "gbk", "gb18030", "big5", "shift_jis" or "utf-16le"; "auto" is
///                  UTF-8.
/// @param text      UTF-8 text; NULL if `len` is 0.
/// @param len       Its length in bytes.
/// @param out       Receives the encoded bytes; NULL if `cap` is 0.
/// @param cap       Size of `out` in bytes.
/// @return The number of bytes stored, or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` returns the
///         size needed), `UDP_ERR_UNMAPPABLE` (a character does not exist in the encoding; none is ever replaced),
///         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_UTF8`, `UDP_ERR_NULL`, `UDP_ERR_INVALID`, `UDP_ERR_MEMORY`.
/// @since 0.1.0
int32_t udp_encode(const char *encoding,
                   const char *text,
                   size_t len,
                   void *out,
                   size_t cap);

/// Decodes bytes to UTF-8 text. Each malformed sequence becomes U+FFFD and is counted in `info`. A byte-order mark is kept
/// as a character (U+FEFF).
///
/// @param encoding  A WHATWG label. "auto" decodes strict UTF-8 and, if the bytes are not UTF-8, gb18030 (which includes
///                  GBK). "auto:big5" falls back to Big5, and so on. UTF-16 is never guessed.
/// @param buf       The bytes; NULL if `len` is 0.
/// @param len       Number of bytes.
/// @param text      Receives the text, NUL-terminated.
/// @param cap       Size of `text` in bytes, NUL included; 3 * `len` + 1 is always enough.
/// @param info      Receives the encoding that was used and the number of replacements; NULL if it is not needed.
/// @return The length of the text in bytes, without its NUL. Or `UDP_ERR_TRUNCATED`: its beginning, up to a whole character,
///         was stored, and `udp_last_length` returns its length. Or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`cap`
///         is 0), `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_NULL`, `UDP_ERR_UTF8` (the label), `UDP_ERR_INVALID`,
///         `UDP_ERR_MEMORY`.
/// @since 0.1.0
int32_t udp_decode(const char *encoding,
                   const void *buf,
                   size_t len,
                   char *text,
                   size_t cap,
                   udp_text_info *info);

/// Encodes UTF-8 text and sends it as one datagram: `udp_encode`, then `udp_sendto`.
///
/// @param s         The socket.
/// @param encoding  A WHATWG label; "auto" is UTF-8.
/// @param text      UTF-8 text; NULL if `len` is 0.
/// @param len       Its length in bytes.
/// @param to        The destination, or NULL for the peer of `udp_connect`.
/// @return The datagram's length, or, with nothing sent, the errors of `udp_encode` (other than
///         `UDP_ERR_BUFFER_TOO_SMALL`) and `udp_sendto`.
/// @since 0.1.0
int32_t udp_sendto_text(udp_socket s, const char *encoding, const char *text, size_t len, const udp_addr *to);

/// Receives one datagram and decodes it to UTF-8 text: `udp_recvfrom`, then `udp_decode`. The datagram is always received
/// whole; only the text may be cut.
///
/// @param s           The socket.
/// @param encoding    As for `udp_decode`: a WHATWG label, "auto", or "auto:" and a label.
/// @param text        Receives the text, NUL-terminated.
/// @param cap         Size of `text` in bytes, NUL included.
/// @param from        Receives the sender's address; NULL if it is not needed.
/// @param info        Receives the encoding that was used, the datagram's length and the number of replacements; NULL if it
///                    is not needed.
/// @param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// @return The length of the text in bytes, without its NUL, or the errors of `udp_recvfrom` and `udp_decode`. With
///         `UDP_ERR_TRUNCATED`, the beginning of the text, `from` and `info` were stored. A bad label or a `cap` of 0 fails
///         before anything is received.
/// @since 0.1.0
int32_t udp_recvfrom_text(udp_socket s,
                          const char *encoding,
                          char *text,
                          size_t cap,
                          udp_addr *from,
                          udp_text_info *info,
                          int32_t timeout_ms);

// ---- Options ---------------------------------------------------------------------------------------------

/// Sets an option of a socket.
///
/// @param s       The socket.
/// @param option  One of the `UDP_OPT_` constants.
/// @param value   The new value; unit and range are described with each constant.
/// @return The value now, which for buffer sizes may differ from `value`, or: `UDP_ERR_OPTION` (unknown, read only, or not
///         an option of this socket), `UDP_ERR_INVALID` (out of range, or too late), `UDP_ERR_NO_INTERFACE`,
///         `UDP_ERR_ACCESS`, `UDP_ERR_UNSUPPORTED`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_set_option(udp_socket s,
                       int32_t option,
                       int32_t value);

/// Returns the value of an option.
///
/// @param s       The socket.
/// @param option  One of the `UDP_OPT_` constants.
/// @return The value, in the option's unit, or the errors of `udp_set_option`.
/// @since 0.1.0
int32_t udp_get_option(udp_socket s, int32_t option);

// ---- Statistics ------------------------------------------------------------------------------------------

/// Returns the counters of a socket.
///
/// @param s      The socket.
/// @param stats  Receives the counters. Other threads may be changing them meanwhile.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// @since 0.1.0
int32_t udp_get_stats(udp_socket s, udp_stats *stats);

// ---- System messages -------------------------------------------------------------------------------------

/// Sends one datagram in parts, with control messages and flags as the system defines them (sendmsg(2)). Waits for room
/// like `udp_sendto`, unless MSG_DONTWAIT is among the flags.
///
/// @param s            The socket.
/// @param parts        The parts, at most 1,024; NULL if `n` is 0.
/// @param n            Number of parts.
/// @param control      Control messages in the system's form; NULL if `control_len` is 0.
/// @param control_len  Their size in bytes.
/// @param flags        The system's flags, such as MSG_CONFIRM; 0 for none.
/// @param to           The destination, or NULL for the peer of `udp_connect`.
/// @return The number of bytes sent, or the errors of `udp_sendto`.
/// @since 0.1.0
int32_t udp_sendmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    const void *control,
                    size_t control_len,
                    int32_t flags,
                    const udp_addr *to);

/// Receives one datagram into parts, with the system's control messages and flags (recvmsg(2)). Unlike `udp_recvfrom`, it
/// cuts a datagram that does not fit without an error: check `flags` for MSG_TRUNC. Not on a socket opened with
/// `UDP_OPEN_COALESCE`.
///
/// @param s            The socket.
/// @param parts        The parts to fill, at most 1,024; NULL if `n` is 0.
/// @param n            Number of parts.
/// @param control      Receives control messages in the system's form; NULL if `control_len` is NULL or holds 0.
/// @param control_len  In: size of `control` in bytes. Out: how many bytes were stored. NULL if there is none.
/// @param flags        In: the system's flags for the call, such as MSG_PEEK. Out: its flags for the datagram, such as
///                     MSG_TRUNC. NULL if not needed.
/// @param from         Receives the sender's address, all zero if the system reports none; NULL if it is not needed.
/// @param timeout_ms   Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// @return The number of bytes stored (with MSG_TRUNC among the flags, the datagram's length), or the errors of
///         `udp_recvfrom` other than `UDP_ERR_TRUNCATED`. `UDP_ERR_UNSUPPORTED`: a coalescing socket.
/// @since 0.1.0
int32_t udp_recvmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    void *control,
                    size_t *control_len,
                    int32_t *flags,
                    udp_addr *from,
                    int32_t timeout_ms);

/// Sets an option by the system's own numbers (setsockopt(2)), for options that `udp_set_option` does not have.
///
/// @param s      The socket.
/// @param level  The option's level, such as IPPROTO_IP.
/// @param name   The option's number.
/// @param value  Its value; NULL if `len` is 0.
/// @param len    Size of the value in bytes.
/// @return 0, or: `UDP_ERR_OPTION`, `UDP_ERR_INVALID`, `UDP_ERR_ACCESS`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`, `UDP_ERR_OS`.
/// @since 0.1.0
int32_t udp_setsockopt(udp_socket s,
                       int32_t level,
                       int32_t name,
                       const void *value,
                       size_t len);

/// Reads an option by the system's own numbers (getsockopt(2)), for options that `udp_get_option` does not have.
///
/// @param s      The socket.
/// @param level  The option's level, such as IPPROTO_IP.
/// @param name   The option's number.
/// @param value  Receives the value; NULL if `cap` is 0.
/// @param cap    Size of `value` in bytes.
/// @return The number of bytes stored, or the errors of `udp_setsockopt`.
/// @since 0.1.0
int32_t udp_getsockopt(udp_socket s,
                       int32_t level,
                       int32_t name,
                       void *value,
                       size_t cap);

// ---- Errors and version ----------------------------------------------------------------------------------

/// Returns the library's version, such as "0.1.0", as a static string.
/// @since 0.1.0
const char *udp_version(void);

/// Describes a return value in one sentence, as a static string. Numbers that are no code have a text too.
///
/// @param code  The return value of a function of this library.
/// @since 0.1.0
const char *udp_strerror(int32_t code);

/// Returns the name of a return value, such as "UDP_ERR_CLOSED", as a static string: "UDP_OK" for 0 and greater, "" for a
/// number that is no code.
///
/// @param code  The return value of a function of this library.
/// @since 0.1.0
const char *udp_error_name(int32_t code);

/// Returns the system's error number (errno, or the result of WSAGetLastError) of the calling thread's last failed call. 0
/// if no system call failed, or if no call failed yet. Successful calls do not change it.
/// @since 0.1.0
int32_t udp_last_os_error(void);

/// Describes the calling thread's last failed call in one sentence, with details such as the address. "" if no call failed
/// yet. The string belongs to the thread and is valid until the thread calls this function again or ends.
/// @since 0.1.0
const char *udp_last_error(void);

/// Returns, for the calling thread's last failed call: after `UDP_ERR_TRUNCATED`, the length in bytes of the datagram or
/// text; after `UDP_ERR_BUFFER_TOO_SMALL`, the buffer size needed; after any other error, 0.
/// @since 0.1.0
size_t udp_last_length(void);

#ifdef __cplusplus
}
#endif

#endif // LIBUDP_H
