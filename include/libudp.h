/// \file libudp.h
/// libudp: UDP for C, Python and any language with an FFI. Generated from the source by `make header`; do not edit.
///
/// Results     A function returns 0 or a count (0 or more) on success and a negative `UDP_ERR_` code on failure. Outputs
///             are written only on success, unless the function says otherwise. A datagram may have 0 bytes.
/// Errors      `udp_strerror` describes a code. `udp_last_error`, `udp_last_os_error` and `udp_last_length` describe the
///             calling thread's last failure in detail.
/// Threads     Any thread may call any function at any time, also on the same socket, without a lock.
/// Timeouts    `timeout_ms` is in milliseconds on the monotonic clock: -1 waits forever, 0 does not wait. A signal ends
///             a wait with `UDP_ERR_INTERRUPTED`.
/// Memory      The library keeps no pointer that it is given and returns none that must be freed.
/// Arguments   NULL, lengths, flags and texts are checked, each with an error of its own. Texts are UTF-8. Memory behind
///             a pointer that is not NULL must be as large as the function requires.
/// Versions    Every function exists since 0.1.0, unless it says otherwise.

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
    /// not a handle that udp_open returned
    UDP_ERR_HANDLE = -6,
    /// the socket is closed
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

/// Events of `udp_wait`.
enum udp_event {
    /// A receive would not wait: a datagram or an error is there.
    UDP_EVENT_READ = 1,
    /// A send would not wait: the send buffer has room, or an error is there.
    UDP_EVENT_WRITE = 2,
    /// `udp_recv_error` would not wait.
    UDP_EVENT_ERROR = 4,
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
    /// The datagram is complete, but the kernel had no room for all of its control messages (MSG_CTRUNC):
    /// `udp_packet_info` may lack fields.
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
    /// Datagrams that the kernel dropped at this socket because the receive buffer was full or a checksum was wrong.
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
    /// Zero.
    uint64_t reserved[9];
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

/// Opens a UDP socket. It does not survive `exec`, and never blocks in the system other than in a wait of this
/// library. Close it with `udp_close`.
///
/// @param flags  One of `UDP_OPEN_IPV4` (0), `UDP_OPEN_IPV6` and `UDP_OPEN_DUAL`, with any of the
///               `UDP_OPEN_REUSE_` flags.
/// @return A handle, which is more than 0, or: `UDP_ERR_FLAGS`, `UDP_ERR_LIMIT` (no descriptor left),
///         `UDP_ERR_UNSUPPORTED`, `UDP_ERR_FAMILY` (a system without IPv6), `UDP_ERR_MEMORY`.
udp_socket udp_open(uint32_t flags);

/// Closes a socket. The handle is invalid from now on. Calls in other threads that wait on it return
/// `UDP_ERR_CLOSED`, others finish; the last of them to leave gives the descriptor back, which is now if there are
/// none. Safe at any moment from any thread. After `fork` it concerns the calling process alone; if another
/// thread was inside a call on the socket at that moment, the child's copy of the descriptor stays till the child ends.
///
/// @param s  The socket.
/// @return 0, or: `UDP_ERR_CLOSED` (it was closed before), `UDP_ERR_HANDLE`.
int32_t udp_close(udp_socket s);

/// Takes a local address and port, so that peers can send to it. A socket that is not bound gets a port of the
/// system's choice with its first send.
///
/// @param s     The socket.
/// @param host  A numeric address of this machine, IPv6 with `%` and an interface if it is link-local; NULL or ""
///              for all of them. No name: see `udp_resolve`.
/// @param port  The port; 0 lets the system choose, and `udp_local_addr` tells.
/// @return 0, or: `UDP_ERR_IN_USE`, `UDP_ERR_NOT_LOCAL`, `UDP_ERR_ACCESS` (on many systems for ports under 1024),
///         `UDP_ERR_ADDRESS` (not numeric), `UDP_ERR_FAMILY`, `UDP_ERR_INVALID` (it is bound already), `UDP_ERR_UTF8`,
///         `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_bind(udp_socket s,
                 const char *host,
                 uint16_t port);

/// Binds the socket to an address, such as one from `udp_interfaces` or `udp_resolve`. Like `udp_bind` otherwise.
///
/// @param s     The socket.
/// @param addr  The local address. Port 0 lets the system choose the port.
/// @return 0, or: `UDP_ERR_NULL`, and the errors of `udp_bind`.
int32_t udp_bind_addr(udp_socket s,
                      const udp_addr *addr);

/// Fixes the peer: sends may leave their address out, only its datagrams are received, and when its system says that
/// nobody listens, the next call on the socket reports `UDP_ERR_REFUSED`, once. The socket goes on working.
///
/// @param s     The socket.
/// @param peer  The peer's address.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID`, `UDP_ERR_FAMILY`, `UDP_ERR_UNREACHABLE`, `UDP_ERR_ACCESS`
///         (a broadcast address), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_connect(udp_socket s,
                    const udp_addr *peer);

/// Forgets the peer of `udp_connect` and keeps the port. On a socket without a peer it does nothing.
///
/// @param s  The socket.
/// @return 0, or: `UDP_ERR_UNSUPPORTED` (IPv6 and dual-stack sockets on Linux, which stay deaf to all but their old
///         peer: open another one), `UDP_ERR_IN_USE` (the system had chosen the port, gave it up with the peer, and
///         another socket was quicker to take it: bind anew), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_disconnect(udp_socket s);

/// The socket's own address: what it is bound to. Before it is bound, connected or has sent, its port is 0.
///
/// @param s     The socket.
/// @param addr  Gets the address.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_local_addr(udp_socket s, udp_addr *addr);

/// The address that the socket is connected to.
///
/// @param s     The socket.
/// @param addr  Gets the address.
/// @return 0, or: `UDP_ERR_NOT_CONNECTED`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_peer_addr(udp_socket s, udp_addr *addr);

/// Waits until the socket can be read or written, or has a path error to tell, or a time has passed.
///
/// @param s           The socket.
/// @param events      Any of `UDP_EVENT_READ`, `UDP_EVENT_WRITE` and `UDP_EVENT_ERROR`.
/// @param timeout_ms  How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
/// @return The events that are there (more than 0), or: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (nothing, and the
///         time-out is 0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_CLOSED`, `UDP_ERR_FLAGS` (unknown events),
///         `UDP_ERR_OPTION` (`UDP_EVENT_ERROR`, and `UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_INVALID` (a time-out under -1),
///         `UDP_ERR_LIMIT` (no descriptor left to wait with), `UDP_ERR_HANDLE`.
int32_t udp_wait(udp_socket s,
                 uint32_t events,
                 int32_t timeout_ms);

/// The system's descriptor of the socket, to be watched with `select`, `poll`, `epoll` or an event loop. It stays
/// the socket's: do not close it, and do not use it after `udp_close`. With `UDP_OPT_RECV_ERRORS` on, a path error makes
/// it ready (`POLLERR`) until `udp_recv_error` or a call that waits has taken it, such as `udp_wait(s, UDP_EVENT_READ, 0)`,
/// which leaves it to be told by a later `udp_recv_error`.
///
/// @param s  The socket.
/// @return The descriptor, or: `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int64_t udp_fd(udp_socket s);

// ---- Addresses -------------------------------------------------------------------------------------------

/// Finds the address of a host. A numeric address costs no look-up; a name is asked of the system's name service
/// and may take seconds. This is the only function that looks names up.
///
/// @param host    A numeric address (IPv6 may end in `%` and an interface's name or number), a name, "" for all
///                addresses of this machine, or `"<broadcast>"` for 255.255.255.255.
/// @param port    The port to put in the result.
/// @param family  `UDP_FAMILY_IPV4` or `UDP_FAMILY_IPV6` to insist, `UDP_FAMILY_NONE` for either.
/// @param addr    Gets the address, ready for `udp_sendto`.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_UTF8`, `UDP_ERR_NAME_NOT_FOUND`, `UDP_ERR_NAME_TRY_AGAIN` (no answer from the name
///         service), `UDP_ERR_FAMILY` (a numeric address of another family), `UDP_ERR_NO_INTERFACE` (no such
///         interface).
int32_t udp_resolve(const char *host,
                    uint16_t port,
                    uint16_t family,
                    udp_addr *addr);

/// Writes an address as people do: `10.0.0.1:8080`, `[fe80::1%eth0]:8080`.
///
/// @param addr  The address.
/// @param text  Gets the text, NUL-terminated.
/// @param cap   Its capacity in bytes; `UDP_ADDR_TEXT_SIZE` is always enough.
/// @return The length without the NUL, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (no address), `UDP_ERR_FAMILY`,
///         `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` tells the capacity needed).
int32_t udp_format(const udp_addr *addr, char *text, size_t cap);

// ---- Interfaces ------------------------------------------------------------------------------------------

/// Lists the machine's network interfaces as they are now, a row for each address, by number.
///
/// @param list  Gets the rows; NULL if `cap` is 0.
/// @param cap   How many it has room for.
/// @return How many rows there are, which may be more than `cap`: then the first `cap` were stored. Or: `UDP_ERR_NULL`,
///         `UDP_ERR_LIMIT`, `UDP_ERR_MEMORY`.
int32_t udp_interfaces(udp_interface *list,
                       size_t cap);

/// The number of an interface.
///
/// @param text  Its name, its number in digits, or one of its addresses; NULL or "" is 0.
/// @return The number, or 0, which stands for all interfaces or the system's choice. Or: `UDP_ERR_NO_INTERFACE` (no such
///         interface), `UDP_ERR_UTF8`.
int32_t udp_interface_index(const char *text);

// ---- Datagrams -------------------------------------------------------------------------------------------

/// Sends one datagram. If the send buffer is full it waits for room, as long as `UDP_OPT_SEND_TIMEOUT` allows. That
/// it was sent does not say that it arrives.
///
/// @param s    The socket.
/// @param buf  The datagram; NULL if `len` is 0.
/// @param len  Its length in bytes: at most 65,507 to IPv4 and 65,487 to IPv6 peers. 0 is a datagram too.
/// @param to   The destination, or NULL for the peer of `udp_connect`.
/// @return `len`, or, with nothing sent: `UDP_ERR_MSGSIZE`, `UDP_ERR_NOT_CONNECTED` (`to` is NULL and there is no
///         peer), `UDP_ERR_FAMILY`, `UDP_ERR_INVALID` (port 0, for one), `UDP_ERR_ACCESS` (a broadcast address, and
///         `UDP_OPT_BROADCAST` is 0), `UDP_ERR_UNREACHABLE`, `UDP_ERR_REFUSED` (the connected peer refused an
///         earlier datagram; send again), `UDP_ERR_NO_BUFFERS`, `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK`,
///         `UDP_ERR_INTERRUPTED`, `UDP_ERR_CLOSED`, `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
int32_t udp_sendto(udp_socket s,
                   const void *buf,
                   size_t len,
                   const udp_addr *to);

/// Receives one datagram.
///
/// @param s           The socket.
/// @param buf         Gets the datagram; NULL if `cap` is 0.
/// @param cap         Its capacity in bytes; 65,535 takes every datagram.
/// @param from        Gets the sender's address; NULL if it is not wanted.
/// @param timeout_ms  How long to wait for it at most, in milliseconds; -1 for ever, 0 not at all.
/// @return The datagram's length, and 0 is one without bytes; or `UDP_ERR_TRUNCATED`: it was longer than `cap`, its
///         first `cap` bytes and its sender were stored, the rest is gone, and `udp_last_length` tells its length;
///         or, with nothing stored: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (nothing there, and the time-out is
///         0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_REFUSED` (the connected peer refused an earlier
///         datagram), `UDP_ERR_CLOSED`, `UDP_ERR_INVALID` (a time-out under -1), `UDP_ERR_LIMIT` (no descriptor left
///         to wait with), `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
int32_t udp_recvfrom(udp_socket s,
                     void *buf,
                     size_t cap,
                     udp_addr *from,
                     int32_t timeout_ms);

/// Receives one datagram and what the kernel reported beside it: `udp_recvfrom` with packet info.
///
/// @param s           The socket.
/// @param buf         Receives the datagram; NULL if `cap` is 0.
/// @param cap         Size of `buf` in bytes.
/// @param from        Receives the sender's address; NULL if it is not wanted.
/// @param info        Receives what the options `UDP_OPT_RECV_` ask for; NULL if it is not wanted. Pass it to `udp_reply`
///                    to answer from the address that the datagram was sent to.
/// @param timeout_ms  How long to wait, in milliseconds; -1 for ever, 0 not at all.
/// @return As `udp_recvfrom`. With `UDP_ERR_TRUNCATED` the beginning of the datagram, `from` and `info` were stored.
int32_t udp_recvfrom_info(udp_socket s,
                          void *buf,
                          size_t cap,
                          udp_addr *from,
                          udp_packet_info *info,
                          int32_t timeout_ms);

/// Sends one datagram to everybody on every network that this machine is on: once out of each IPv4 interface that is
/// up and can broadcast, to 255.255.255.255. Switches `UDP_OPT_BROADCAST` on. Waits for room like `udp_sendto`.
/// `udp_broadcast_on` tells of each interface how it went.
///
/// @param s     An IPv4 or dual-stack socket.
/// @param buf   The datagram; NULL if `len` is 0.
/// @param len   Its length in bytes, at most 65,507.
/// @param port  The port that the others listen at.
/// @return Out of how many interfaces it went (at least 1), or: `UDP_ERR_NO_INTERFACE` (none is up and can
///         broadcast), the first interface's error if it went out of none, and the errors of `udp_sendto`.
int32_t udp_broadcast(udp_socket s,
                      const void *buf,
                      size_t len,
                      uint16_t port);

/// Sends one datagram to everybody on the network of one interface, like `udp_broadcast`.
///
/// @param s          An IPv4 or dual-stack socket.
/// @param buf        The datagram; NULL if `len` is 0.
/// @param len        Its length in bytes, at most 65,507.
/// @param port       The port that the others listen at.
/// @param if_index   The number of the interface, as `udp_interface_index` or `udp_interfaces` gives it.
/// @return 0, or: `UDP_ERR_NO_INTERFACE` (no such interface, or it is down, cannot broadcast or has no IPv4 address),
///         and the errors of `udp_sendto`.
int32_t udp_broadcast_on(udp_socket s,
                         const void *buf,
                         size_t len,
                         uint16_t port,
                         uint32_t if_index);

/// Sends one datagram from the address that another one was sent to: the answer of a machine that has several addresses
/// comes from the one that was asked. Receive with `UDP_OPT_RECV_PKTINFO` on and pass on the `udp_packet_info`.
///
/// What was sent to a group or broadcast address is answered from an address of the interface that it came in by.
///
/// `info` may be made by hand as well: `local` is then the address to leave from (all zero: the system's choice), and
/// `interface` the interface to leave by (0: the routes' choice). The interface counts where `to` is a group, broadcast
/// or link-local address, or `local` is not an address of this machine alone; otherwise the routes decide. Waits for
/// room like `udp_sendto`.
///
/// @param s        The socket.
/// @param buf      The datagram; NULL if `len` is 0.
/// @param len      Its length in bytes, as for `udp_sendto`.
/// @param to       The destination, or NULL for the peer of `udp_connect`.
/// @param info     Its `local`, without port, and `interface`; the rest is not looked at.
/// @return `len`, or, with nothing sent: `UDP_ERR_INVALID` (`info` has neither address nor interface:
///         `UDP_OPT_RECV_PKTINFO` was off), `UDP_ERR_NOT_LOCAL` (this machine has that address or interface no more),
///         `UDP_ERR_FAMILY` (`local` is of another family than `to`), and the errors of `udp_sendto`.
int32_t udp_reply(udp_socket s,
                  const void *buf,
                  size_t len,
                  const udp_addr *to,
                  const udp_packet_info *info);

// ---- Batches ---------------------------------------------------------------------------------------------

/// Sends datagrams in their order, in as few system calls as it takes. Neighbours in the array that go to one peer and
/// are of one length, but for the last, which may be shorter, leave together as a super-datagram where the system has
/// such; if it refuses them they go one by one. Waits for room like `udp_sendto`.
///
/// @param s        The socket.
/// @param packets  The datagrams: their `data`, `length` and `peer`. NULL if `n` is 0.
/// @param n        How many there are.
/// @return How many were sent, `n` unless one failed; call again with the rest to learn why. Or, if the first could not
///         be sent, the errors of `udp_sendto`.
int32_t udp_send_batch(udp_socket s,
                       const udp_packet *packets,
                       size_t n);

/// Sends each datagram from the address that another one was sent to: `udp_reply` for many, as `udp_send_batch` sends
/// them. What `udp_recv_batch` filled in with `UDP_OPT_RECV_PKTINFO` on can be handed to it as it is: an echo.
///
/// @param s        The socket.
/// @param packets  The datagrams, as for `udp_send_batch`. NULL if `n` is 0.
/// @param infos    Where each leaves from: `local` and `interface`, as for `udp_reply`. NULL if `n` is 0.
/// @param n        How many there are.
/// @return How many were sent, as for `udp_send_batch`; or, if the first could not be sent, the errors of `udp_reply`.
int32_t udp_reply_batch(udp_socket s,
                        const udp_packet *packets,
                        const udp_packet_info *infos,
                        size_t n);

/// Sends one buffer cut into datagrams: the fastest way out to one peer.
///
/// @param s        The socket.
/// @param buf      The datagrams' bytes, one after the other; NULL if `len` is 0.
/// @param len      How many bytes there are in all, of any number of datagrams.
/// @param segment_size  How long each datagram is, 1 to 65,507 (65,487 to IPv6 peers); the last may be shorter.
/// @param to       The destination, or NULL for the peer of `udp_connect`.
/// @return How many datagrams were sent, which is fewer than there are if one failed; or, if the first could not be sent,
///         the errors of `udp_sendto`. `UDP_ERR_INVALID`: `segment_size` is 0.
int32_t udp_send_segments(udp_socket s,
                          const void *buf,
                          size_t len,
                          size_t segment_size,
                          const udp_addr *to);

/// Waits for a datagram, then takes all that are there without waiting, at most `max`.
///
/// The arena is shared out evenly: each datagram has a place of `arena_len / max` bytes, and what is longer is cut and
/// says so. With `UDP_OPEN_COALESCE` the places are 65,536 bytes, and the datagrams of one peer stand in them one after
/// the other; what the system had joined beyond `max` is kept for the next receive, whichever function that is. An arena
/// shorter than that works too, for the price of a copy.
///
/// @param s           The socket.
/// @param arena       Memory that the datagrams land in.
/// @param arena_len   How many bytes it has, at least `max`.
/// @param packets     Gets where each datagram is, how long, and from whom.
/// @param infos       Gets what the options `UDP_OPT_RECV_` ask for of each datagram; NULL if it is not wanted.
/// @param max         How many datagrams to take at most, at least 1; `packets` and `infos` have room for as many.
/// @param timeout_ms  How long to wait for the first, in milliseconds; -1 for ever, 0 not at all.
/// @return How many datagrams were received, at least 1 (a truncated one is told by its flags, it does not fail the
///         others), or the errors of `udp_recvfrom` but `UDP_ERR_TRUNCATED`.
int32_t udp_recv_batch(udp_socket s,
                       void *arena,
                       size_t arena_len,
                       udp_packet *packets,
                       udp_packet_info *infos,
                       size_t max,
                       int32_t timeout_ms);

/// Waits for a datagram, then takes all that are there without waiting, and leaves together what the system had joined:
/// the fastest way in from one peer. Each packet tells of one datagram, or of several that stand one after the other at
/// `data`, each of `segment_size` bytes but for the last, which may be shorter.
///
/// Without `UDP_OPEN_COALESCE` it is `udp_recv_batch`. With it the arena has a place of 65,536 bytes for each packet, and
/// should have room for at least one; what is there is never kept for the next call.
///
/// @param s           The socket.
/// @param arena       Memory that the datagrams land in.
/// @param arena_len   How many bytes it has, at least `max`.
/// @param packets     Gets where the datagrams are, how long, and from whom.
/// @param infos       Gets what the options `UDP_OPT_RECV_` ask for of each packet; NULL if it is not wanted.
/// @param max         How many packets there are room for, at least 1.
/// @param timeout_ms  How long to wait for the first, in milliseconds; -1 for ever, 0 not at all.
/// @return How many packets were filled in, or the errors of `udp_recv_batch`.
int32_t udp_recv_segments(udp_socket s,
                          void *arena,
                          size_t arena_len,
                          udp_packet *packets,
                          udp_packet_info *infos,
                          size_t max,
                          int32_t timeout_ms);

// ---- Multicast -------------------------------------------------------------------------------------------

/// Joins a multicast group: what is sent to its address and the socket's port is received from now on. A socket hears
/// the groups that it joined and not those of other programs. Bind it to all addresses ("") and, where several programs
/// here listen to the group, with `UDP_OPEN_REUSE_ADDRESS`.
///
/// @param s          The socket.
/// @param group      The group's address; its port is not looked at. An IPv6 scope in it is an interface.
/// @param source     A sender to be heard (source-specific multicast), with those of earlier calls and nobody else; or
///                   NULL for all. Its port is not looked at.
/// @param if_index   The number of the interface to listen on (see `udp_interface_index`); 0 is each that is up and can
///                   multicast, and loopback.
/// @return On how many interfaces the socket is in the group, those counted on which it was already. Or: `UDP_ERR_INVALID`
///         (not a group), `UDP_ERR_FAMILY`, `UDP_ERR_NO_INTERFACE` (no such interface, or none is up and can
///         multicast), `UDP_ERR_LIMIT` (the system allows no more groups),
///         `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_join(udp_socket s,
                 const udp_addr *group,
                 const udp_addr *source,
                 uint32_t if_index);

/// Leaves a multicast group. A close leaves all groups.
///
/// @param s          The socket.
/// @param group      The group's address, as for `udp_join`.
/// @param source     The sender that it was joined for, or NULL if it was joined for all.
/// @param if_index   The number of the interface; 0 is all where the socket is in the group.
/// @return On how many interfaces the group was left, or: `UDP_ERR_NOT_JOINED`, and the errors of `udp_join`.
int32_t udp_leave(udp_socket s, const udp_addr *group, const udp_addr *source, uint32_t if_index);

// ---- Path errors -----------------------------------------------------------------------------------------

/// Tells of a datagram that did not get through: refused by the peer, unreachable, or too big for the path. Such errors
/// wait here in a queue, each with its peer, and fail no other call, once `UDP_OPT_RECV_ERRORS` is on. They are what
/// routers and peers choose to tell; that there is none says nothing.
///
/// With the option on, a datagram that this machine's own queue has no room for is `UDP_ERR_NO_BUFFERS` too, after some
/// pauses; without it, it is lost in silence (Linux).
///
/// @param s           The socket.
/// @param error       Gets the oldest path error. The queue has room for 1,024; after that the oldest are lost, which
///                    `udp_get_stats` tells.
/// @param timeout_ms  How long to wait for one, in milliseconds; -1 for ever, 0 not at all.
/// @return 0, or: `UDP_ERR_WOULD_BLOCK` (none, and the time-out is 0), `UDP_ERR_TIMED_OUT`, `UDP_ERR_INTERRUPTED`,
///         `UDP_ERR_OPTION` (`UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_CLOSED`, `UDP_ERR_INVALID` (a time-out under -1),
///         `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
int32_t udp_recv_error(udp_socket s,
                       udp_path_error *error,
                       int32_t timeout_ms);

// ---- Text ------------------------------------------------------------------------------------------------

/// Turns UTF-8 text into bytes of another encoding.
///
/// @param encoding  A WHATWG label, such as "gbk", "gb18030", "big5", "shift_jis" or "utf-16le", in any case; "auto" is
///                  UTF-8.
/// @param text      UTF-8 text; NULL if `len` is 0.
/// @param len       Its length in bytes.
/// @param out       Gets the bytes; NULL if `cap` is 0.
/// @param cap       Its capacity in bytes.
/// @return How many bytes were stored, or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` tells the capacity
///         needed), `UDP_ERR_UNMAPPABLE` (a character that the encoding does not have; none is ever replaced),
///         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_UTF8`, `UDP_ERR_NULL`, `UDP_ERR_INVALID`, `UDP_ERR_MEMORY`.
int32_t udp_encode(const char *encoding,
                   const char *text,
                   size_t len,
                   void *out,
                   size_t cap);

/// Turns bytes into UTF-8 text. What is malformed becomes U+FFFD and is counted in `info`; a byte-order mark is text
/// like any other (U+FEFF).
///
/// @param encoding  A WHATWG label; "auto" reads strict UTF-8, and what is not that as gb18030; "auto:big5" falls back to
///                  Big5, and so on. UTF-16 is never guessed.
/// @param buf       The bytes; NULL if `len` is 0.
/// @param len       How many there are.
/// @param text      Gets the text, NUL-terminated.
/// @param cap       Its capacity in bytes, with the NUL; 3 * `len` + 1 is always enough.
/// @param info      Gets the encoding found, and how many replacements there are; NULL if it is not wanted.
/// @return The text's length in bytes, without the NUL; or `UDP_ERR_TRUNCATED`: its beginning, up to a whole character,
///         was stored, and `udp_last_length` tells its length; or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`cap` is 0),
///         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_NULL`, `UDP_ERR_UTF8` (in the label), `UDP_ERR_INVALID`,
///         `UDP_ERR_MEMORY`.
int32_t udp_decode(const char *encoding,
                   const void *buf,
                   size_t len,
                   char *text,
                   size_t cap,
                   udp_text_info *info);

/// Sends UTF-8 text as one datagram in another encoding: `udp_encode`, then `udp_sendto`.
///
/// @param s         The socket.
/// @param encoding  A WHATWG label; "auto" is UTF-8.
/// @param text      UTF-8 text; NULL if `len` is 0.
/// @param len       Its length in bytes.
/// @param to        The destination, or NULL for the peer of `udp_connect`.
/// @return The datagram's length, or, with nothing sent, the errors of `udp_encode` (but `UDP_ERR_BUFFER_TOO_SMALL`) and
///         `udp_sendto`.
int32_t udp_sendto_text(udp_socket s,
                        const char *encoding,
                        const char *text,
                        size_t len,
                        const udp_addr *to);

/// Receives one datagram and turns it into UTF-8 text: `udp_recvfrom`, then `udp_decode`. The datagram is taken whole,
/// whatever `cap` is; it is only the text that may be cut.
///
/// @param s           The socket.
/// @param encoding    As for `udp_decode`: a WHATWG label, "auto" or "auto:LABEL".
/// @param text        Gets the text, NUL-terminated.
/// @param cap         Its capacity in bytes, with the NUL.
/// @param from        Gets the sender's address; NULL if it is not wanted.
/// @param info        Gets the encoding found, the datagram's length and the replacements; NULL if it is not wanted.
/// @param timeout_ms  How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
/// @return The text's length in bytes, without the NUL; or the errors of `udp_recvfrom` and `udp_decode`. With
///         `UDP_ERR_TRUNCATED` the text's beginning, `from` and `info` were stored. A bad label or a `cap` of 0 is
///         told before anything is received.
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
/// @param option  One of the `UDP_OPT_` numbers.
/// @param value   Its new value; each option's unit and range is with its number.
/// @return The value that the system granted, which for buffer sizes may differ from `value`, or:
///         `UDP_ERR_OPTION` (unknown, or not of this socket), `UDP_ERR_INVALID` (out of range, or too late),
///         `UDP_ERR_ACCESS`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_set_option(udp_socket s, int32_t option, int32_t value);

/// An option's value.
///
/// @param s       The socket.
/// @param option  One of the `UDP_OPT_` numbers.
/// @return The value in the option's unit, or the errors of `udp_set_option`.
int32_t udp_get_option(udp_socket s, int32_t option);

// ---- Statistics ------------------------------------------------------------------------------------------

/// What passed through a socket since it was opened, and what the system dropped at it.
///
/// @param s         The socket.
/// @param counters  Gets the counts. Other threads may be counting meanwhile.
/// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_get_stats(udp_socket s, udp_stats *counters);

// ---- The system's own ------------------------------------------------------------------------------------

/// Sends one datagram that is in pieces, with control messages and flags as the system defines them (sendmsg(2)). Waits
/// for room like `udp_sendto`, unless the flags forbid it.
///
/// @param s            The socket.
/// @param parts        The pieces, at most 1,024; NULL if `n` is 0.
/// @param n            How many there are.
/// @param control      Control messages in the system's form; NULL if `control_len` is 0.
/// @param control_len  Their length in bytes.
/// @param flags        The system's flags, such as MSG_CONFIRM; 0 for none.
/// @param to           The destination, or NULL for the peer of `udp_connect`.
/// @return How many bytes were sent, or the errors of `udp_sendto`.
int32_t udp_sendmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    const void *control,
                    size_t control_len,
                    int32_t flags,
                    const udp_addr *to);

/// Receives one datagram into pieces, with the control messages and flags that the system gives (recvmsg(2)). Other than
/// the receive functions above it cuts what does not fit without an error: look at `flags`. Not on a socket that was
/// opened with `UDP_OPEN_COALESCE`.
///
/// @param s            The socket.
/// @param parts        The pieces to fill, at most 1,024; NULL if `n` is 0.
/// @param n            How many there are.
/// @param control      Gets control messages in the system's form; NULL if `control_len` is NULL or holds 0.
/// @param control_len  The capacity of `control` in bytes; gets how many were stored. NULL for none.
/// @param flags        The system's flags for the call, such as MSG_PEEK; gets its flags for the datagram, such as
///                     MSG_TRUNC. NULL for none.
/// @param from         Gets the sender's address, all zero if the system does not tell; NULL if it is not wanted.
/// @param timeout_ms   How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
/// @return How many bytes were stored (with MSG_TRUNC in `flags` the datagram's length), or the errors of `udp_recvfrom`
///         but `UDP_ERR_TRUNCATED`; `UDP_ERR_UNSUPPORTED`: a coalescing socket.
int32_t udp_recvmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    void *control,
                    size_t *control_len,
                    int32_t *flags,
                    udp_addr *from,
                    int32_t timeout_ms);

/// Sets an option by the system's own numbers (setsockopt(2)), for what `udp_set_option` does not have.
///
/// @param s      The socket.
/// @param level  The system's number of the option's level, such as IPPROTO_IP.
/// @param name   The system's number of the option.
/// @param value  Its value; NULL if `len` is 0.
/// @param len    The value's length in bytes.
/// @return 0, or: `UDP_ERR_OPTION`, `UDP_ERR_INVALID`, `UDP_ERR_ACCESS`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`, `UDP_ERR_OS`.
int32_t udp_setsockopt(udp_socket s, int32_t level, int32_t name, const void *value, size_t len);

/// Reads an option by the system's own numbers (getsockopt(2)), for what `udp_get_option` does not have.
///
/// @param s      The socket.
/// @param level  The system's number of the option's level, such as IPPROTO_IP.
/// @param name   The system's number of the option.
/// @param value  Gets the value; NULL if `cap` is 0.
/// @param cap    Its capacity in bytes.
/// @return How many bytes were stored, or the errors of `udp_setsockopt`.
int32_t udp_getsockopt(udp_socket s, int32_t level, int32_t name, void *value, size_t cap);

// ---- Errors and version ----------------------------------------------------------------------------------

/// The library's version, such as "0.1.0". A static string.
const char *udp_version(void);

/// What a return code means, in one sentence: a static string for every number, also for one that is no code.
///
/// @param code  What a function of this library returned.
const char *udp_strerror(int32_t code);

/// The name of a return code, such as "UDP_ERR_CLOSED": a static string. "UDP_OK" for 0 and more, "" for a number
/// that is no code.
///
/// @param code  What a function of this library returned.
const char *udp_error_name(int32_t code);

/// The operating system's number for the last failure of a call in this thread: `errno`, or what `WSAGetLastError`
/// gave. 0 if the operating system had no part in it, or if no call failed yet. Successful calls leave it alone.
int32_t udp_last_os_error(void);

/// The last failure of a call in this thread as a sentence: what the code means and what is known of this very
/// case. "" if no call failed yet. The memory is the thread's, and lasts until the thread calls this again or ends.
const char *udp_last_error(void);

/// After `UDP_ERR_TRUNCATED`: the true length in bytes of the datagram or text that did not fit. After
/// `UDP_ERR_BUFFER_TOO_SMALL`: the capacity that would have been enough. It is of the last failure in this thread; 0 if that
/// was another one.
size_t udp_last_length(void);

#ifdef __cplusplus
}
#endif

#endif // LIBUDP_H
