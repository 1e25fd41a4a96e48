// libudp: UDP for C, Python and any tool with an FFI. Made from the source by `make header`; do not edit.
//
// Returns     A function returns 0 or a count (0 or more) on success, and a negative UDP_ERR_ code on failure. Outputs
//             are written on success only, unless the function says otherwise. An empty datagram is a datagram.
// Errors      udp_strerror tells what a code means; udp_last_error, udp_last_os_error and udp_last_length tell more of
//             the calling thread's last failure.
// Threads     Every function may be called from any thread at any time, on the same socket too, without a lock.
// Waiting     timeout_ms is in milliseconds on the monotonic clock: -1 for ever, 0 not at all. A signal ends a wait
//             with UDP_ERR_INTERRUPTED.
// Ownership   The library keeps no pointer that it is given, and hands out none that must be freed.
// Arguments   NULL, lengths, flags and texts are checked; each has an error of its own. Texts are UTF-8. What a
//             pointer that is not NULL points to has to be as large as is said.

#ifndef LIBUDP_H
#define LIBUDP_H

#include <stddef.h>
#include <stdint.h>

// The version of this header; udp_version() is the library's.
#define UDP_VERSION_MAJOR 0
#define UDP_VERSION_MINOR 1
#define UDP_VERSION_PATCH 0

// What functions return: 0 or a count on success, one of these otherwise.
// a required pointer is NULL
#define UDP_ERR_NULL (-1)
// an argument is out of its range
#define UDP_ERR_VALUE (-2)
// a text argument is not valid UTF-8
#define UDP_ERR_UTF8 (-3)
// unknown or contradictory flags
#define UDP_ERR_FLAGS (-4)
// unknown option, or one that this socket does not have
#define UDP_ERR_OPTION (-5)
// not a handle that udp_open returned
#define UDP_ERR_HANDLE (-6)
// the socket is closed
#define UDP_ERR_CLOSED (-7)
// nothing to do now, and the call was told not to wait
#define UDP_ERR_WOULD_BLOCK (-8)
// the time-out passed
#define UDP_ERR_TIMED_OUT (-9)
// a signal ended the wait
#define UDP_ERR_INTERRUPTED (-10)
// the datagram or text is longer than the buffer; its beginning was stored
#define UDP_ERR_TRUNCATED (-11)
// the buffer is too small; nothing was stored
#define UDP_ERR_SPACE (-12)
// the datagram is too large to be sent
#define UDP_ERR_MSGSIZE (-13)
// the peer refused an earlier datagram: nobody listens at that port
#define UDP_ERR_REFUSED (-14)
// no route to the network or host
#define UDP_ERR_UNREACHABLE (-15)
// no address was given and the socket is not connected
#define UDP_ERR_NOT_CONNECTED (-16)
// another socket has this address and port
#define UDP_ERR_IN_USE (-17)
// the address is not one of this machine's
#define UDP_ERR_NOT_LOCAL (-18)
// the text is not a numeric address
#define UDP_ERR_ADDRESS (-19)
// the address is of a family that this socket does not speak
#define UDP_ERR_FAMILY (-20)
// no host of this name has an address
#define UDP_ERR_NOT_FOUND (-21)
// the name service gave no answer; try again
#define UDP_ERR_LOOKUP (-22)
// not allowed
#define UDP_ERR_ACCESS (-23)
// no interface is up and can do it
#define UDP_ERR_NO_INTERFACE (-24)
// the system has no buffer space now; nothing was sent
#define UDP_ERR_NO_BUFFERS (-25)
// too many open sockets, descriptors or memberships
#define UDP_ERR_LIMIT (-26)
// out of memory
#define UDP_ERR_MEMORY (-27)
// this system does not offer it
#define UDP_ERR_UNSUPPORTED (-28)
// unknown encoding
#define UDP_ERR_ENCODING (-29)
// a character does not exist in this encoding; nothing was stored or sent
#define UDP_ERR_UNMAPPABLE (-30)
// another error of the operating system; udp_last_os_error() has its number
#define UDP_ERR_OS (-31)
// a bug in the library; the call was abandoned
#define UDP_ERR_INTERNAL (-32)
// the socket is not in this group there
#define UDP_ERR_NOT_JOINED (-33)

// Options of udp_set and udp_get.
// Receive buffer in bytes. Setting returns what the system granted, which may be less (on Linux at most net.core.rmem_max) or more.
#define UDP_OPT_RECV_BUFFER 1
// Send buffer in bytes; granted like UDP_OPT_RECV_BUFFER (net.core.wmem_max).
#define UDP_OPT_SEND_BUFFER 2
// 1 allows datagrams to broadcast addresses; udp_broadcast sets it by itself. Default 0.
#define UDP_OPT_BROADCAST 3
// How many routers a unicast datagram may pass (IPv6: hop limit). Default: the system's, mostly 64.
#define UDP_OPT_TTL 4
// The type-of-service byte (IPv6: traffic class): DSCP in the upper six bits. Default 0.
#define UDP_OPT_TOS 5
// 1 on an IPv6 socket, 0 on a dual-stack one. What udp_open chose; may be changed before udp_bind.
#define UDP_OPT_IPV6_ONLY 6
// 1 lets several sockets bind one address and port: each hears broadcasts and multicasts. To be set before udp_bind.
#define UDP_OPT_SHARE_ADDRESS 7
// 1 spreads the datagrams of one address and port over the sockets bound to it. To be set before udp_bind.
#define UDP_OPT_SHARE_PORT 8
// How long a send waits for room in the send buffer, in milliseconds: 0 not at all, 2147483647 for ever (the default).
#define UDP_OPT_SEND_TIMEOUT 9
// 1 reports each datagram's type-of-service byte, with ECN in its lower two bits, in udp_details.tos. Default 0.
#define UDP_OPT_RECV_TOS 10
// 1 reports when the kernel received each datagram, in udp_details.time_ns. Default 0.
#define UDP_OPT_RECV_TIME 11
// 1 reports which local address and interface each datagram came to, in udp_details. Default 0.
#define UDP_OPT_RECV_LOCAL 12
// 1 has udp_recv_error tell what the path reports of sent datagrams, peer by peer, and no other call fails for it. Default 0: only a connected socket is told, by the next call.
#define UDP_OPT_RECV_ERRORS 13
// How many routers a multicast datagram may pass, and one more (IPv6: hop limit). Default 1: it stays on its link.
#define UDP_OPT_MULTICAST_TTL 14
// 1 has multicasts heard on this machine too. Default 1.
#define UDP_OPT_MULTICAST_LOOP 15
// The number of the interface that multicasts leave by; 0, the default, leaves it to the routes.
#define UDP_OPT_MULTICAST_INTERFACE 16
// 0 cuts a datagram that is too big for what is known of the path into fragments (here: Linux lets no router cut it); 1 never, it is UDP_ERR_MSGSIZE as soon as the path's MTU is known; 2 neither, whatever is known of the path: for probing it. Default: the system's, mostly 0.
#define UDP_OPT_DONT_FRAGMENT 17
// The longest IP packet that the path to the connected peer is known to take, in bytes. Cannot be set.
#define UDP_OPT_PATH_MTU 18
// The number of the only interface to send and receive by; 0, the default, is all.
#define UDP_OPT_DEVICE 19
// The queueing priority of sent datagrams; above 6 it takes a privilege. Default 0; setting UDP_OPT_TOS sets it too (Linux).
#define UDP_OPT_PRIORITY 20
// How long a wait asks the device itself before it sleeps, in microseconds; to set more takes a privilege. Default: the system's, mostly 0.
#define UDP_OPT_BUSY_POLL 21
// UDP_OPT_RECV_BUFFER beyond the system's limit; takes a privilege.
#define UDP_OPT_FORCE_RECV_BUFFER 22
// UDP_OPT_SEND_BUFFER beyond the system's limit; takes a privilege.
#define UDP_OPT_FORCE_SEND_BUFFER 23

// `udp_addr.family`: no address. All other fields are zero.
#define UDP_FAMILY_NONE 0

// `udp_addr.family`: IPv4; the address is in the first four bytes of `ip`.
#define UDP_FAMILY_IPV4 4

// `udp_addr.family`: IPv6.
#define UDP_FAMILY_IPV6 6

// `udp_open`: an IPv4 socket. The default.
#define UDP_OPEN_IPV4 0

// `udp_open`: an IPv6 socket that speaks IPv6 only.
#define UDP_OPEN_IPV6 1

// `udp_open`: one socket for both families. IPv4 peers are shown with IPv4 addresses.
#define UDP_OPEN_DUAL 2

// `udp_open`: other sockets may bind the same address and port, and each hears broadcasts and multicasts.
#define UDP_OPEN_SHARE_ADDRESS 4

// `udp_open`: other sockets may bind the same address and port, and the system spreads the peers over them.
#define UDP_OPEN_SHARE_PORT 8

// `udp_open`: the system may join the datagrams of a peer on their way in, and `udp_recv_batch` takes them apart
// again: several times faster for one busy peer. Arenas of 65,536 bytes or more then save a copy. Every receive
// function gives single datagrams all the same.
#define UDP_OPEN_COALESCE 16

// `udp_wait`: a receive would not wait; there is a datagram, or an error to be told of.
#define UDP_READ 1

// `udp_wait`: a send would not wait; there is room in the send buffer, or an error to be told of.
#define UDP_WRITE 2

// `udp_wait`: `udp_recv_error` would not wait.
#define UDP_ERROR 4

// The bytes that `udp_format` needs at most, with the NUL.
#define UDP_ADDR_TEXT 96

// `udp_packet.flags`: the datagram was longer than its place; `wire_length` is its length, the rest is gone.
#define UDP_PACKET_TRUNCATED 1

// `udp_packet.flags`: the system had more to tell of the datagram than there was room for.
#define UDP_PACKET_INCOMPLETE 2

// `udp_counters.paths`: runs of datagrams to one peer leave as super-datagrams (GSO on Linux).
#define UDP_PATH_SEND_JOINED 1

// `udp_counters.paths`: the system may join received datagrams (GRO on Linux); see `UDP_OPEN_COALESCE`.
#define UDP_PATH_RECV_JOINED 2

// `udp_interface.flags`: switched on.
#define UDP_INTERFACE_UP 1

// `udp_interface.flags`: ready to carry datagrams; a cable is plugged in, for one.
#define UDP_INTERFACE_RUNNING 2

// `udp_interface.flags`: reaches this machine only.
#define UDP_INTERFACE_LOOPBACK 4

// `udp_interface.flags`: can broadcast.
#define UDP_INTERFACE_BROADCAST 8

// `udp_interface.flags`: can multicast.
#define UDP_INTERFACE_MULTICAST 16

// `udp_interface.flags`: has one other end, and no network around it.
#define UDP_INTERFACE_POINT_TO_POINT 32

// A handle to a socket, or a negative `UDP_ERR_` code. Never 0, and never the same twice in a process.
typedef int64_t udp_socket;

// An address and a port: plain data, to be copied and compared byte by byte. All zero is no address.
typedef struct udp_addr {
    // `UDP_FAMILY_IPV4`, `UDP_FAMILY_IPV6`, or `UDP_FAMILY_NONE`.
    uint16_t family;
    // The port, 0 to 65535, in host byte order.
    uint16_t port;
    // The address in network byte order; IPv4 in the first four bytes, the others zero.
    uint8_t ip[16];
    // The interface's number of a link-local IPv6 address, else 0; always 0 for IPv4.
    uint32_t scope;
    // The flow label and traffic class of an IPv6 address (RFC 3493, sin6_flowinfo, in the system's form), mostly 0.
    uint32_t flow;
    // Zero. A function that is given anything else says `UDP_ERR_VALUE`.
    uint32_t reserved;
} udp_addr;

// What was found while bytes were made text.
typedef struct udp_text_info {
    // The encoding that the bytes were read in: its WHATWG name, such as "UTF-8" or "gb18030", NUL-terminated.
    char encoding[24];
    // How many bytes were decoded: the length of the datagram.
    uint32_t bytes;
    // How many malformed sequences became U+FFFD; 0 if all of it was text in that encoding.
    uint32_t replaced;
    // Zero.
    uint32_t reserved[2];
} udp_text_info;

// One datagram of a batch, in one cache line. What `udp_recv_batch` filled in can be handed to `udp_send_batch` as it is:
// an echo.
typedef struct udp_packet {
    // The datagram's bytes. Sending: the caller's; NULL if `length` is 0. Received: in the arena.
    void *data;
    // How many bytes there are at `data`.
    size_t length;
    // Sending: the destination, or all zero for the peer of `udp_connect`. Received: the sender.
    struct udp_addr peer;
    // Received: the datagram's length on the wire, more than `length` if it was cut. Sending: not looked at.
    uint32_t wire_length;
    // Received: any of the `UDP_PACKET_` flags. Sending: not looked at.
    uint32_t flags;
    // Received with `udp_recv_segments`: how long each of the datagrams at `data` is, but for the last, which may be
    // shorter. Received with `udp_recv_batch`: as `length`. Sending: not looked at.
    uint32_t segment;
    // Zero.
    uint32_t reserved;
} udp_packet;

// What the system tells beside a received datagram, of those things that the options `UDP_OPT_RECV_` ask for. The others
// are zero.
typedef struct udp_details {
    // `UDP_OPT_RECV_LOCAL`: the address that it was sent to, with port 0.
    struct udp_addr local;
    // `UDP_OPT_RECV_TIME`: when the kernel received it, in nanoseconds since 1970.
    uint64_t time_ns;
    // `UDP_OPT_RECV_LOCAL`: the number of the interface that it came in by.
    uint32_t interface;
    // `UDP_OPT_RECV_TOS`: the type-of-service byte, ECN in its lower two bits.
    uint32_t tos;
} udp_details;

// What passed through a socket since it was opened.
typedef struct udp_counters {
    // Datagrams sent.
    uint64_t sent;
    // Their bytes.
    uint64_t sent_bytes;
    // Datagrams received.
    uint64_t received;
    // Their bytes on the wire.
    uint64_t received_bytes;
    // How many of them were longer than the buffer that they were given.
    uint64_t truncated;
    // Datagrams that the system dropped at this socket: its receive buffer was full, or their checksum wrong.
    uint64_t dropped;
    // Datagrams that are kept for the next receive: they had come joined with others, of which enough were taken.
    uint64_t kept;
    // How often the system refused a super-datagram. Its datagrams then went one by one.
    uint64_t joined_refused;
    // Path errors that came in; see `udp_recv_error`.
    uint64_t path_errors;
    // How many of them gave way to newer ones before they were asked for.
    uint64_t path_errors_lost;
    // The `UDP_PATH_` flags of the fast paths in use.
    uint32_t paths;
    // Zero.
    uint32_t reserved[3];
} udp_counters;

// A piece of memory.
typedef struct udp_slice {
    // Where it begins; NULL if `length` is 0.
    void *data;
    // How many bytes it has.
    size_t length;
} udp_slice;

// One address of a network interface, or an interface that has none. One with several addresses has a row for each.
typedef struct udp_interface {
    // The system's name for it, such as `eth0`, NUL-terminated.
    char name[32];
    // The system's number for it, which never is 0; `udp_addr.scope` and `udp_details.interface` are these.
    uint32_t index;
    // Any of the `UDP_INTERFACE_` flags.
    uint32_t flags;
    // The longest IP packet that it sends whole, in bytes.
    uint32_t mtu;
    // How many bits of `addr` are the network's: 24 is a netmask of 255.255.255.0.
    uint32_t prefix;
    // The address, with port 0; all zero if there is none.
    struct udp_addr addr;
    // The broadcast address of an IPv4 network, with port 0; else all zero.
    struct udp_addr broadcast;
} udp_interface;

// A datagram that did not get through, as a router, the peer's host or this one told.
typedef struct udp_path_error {
    // `UDP_ERR_REFUSED` (nobody listens at that port), `UDP_ERR_MSGSIZE` (too big, see `mtu`), `UDP_ERR_UNREACHABLE` or
    // `UDP_ERR_ACCESS` (a firewall forbids it).
    int32_t code;
    // The system's own number for it, as `errno` has it.
    int32_t os_error;
    // Whom the datagram was for. What this machine itself tells of a socket without a peer has port 0 (Linux).
    struct udp_addr peer;
    // Who tells it, with port 0; all zero if it is this machine.
    struct udp_addr offender;
    // The longest IP packet that gets through, in bytes, if `code` is `UDP_ERR_MSGSIZE`; else 0.
    uint32_t mtu;
    // The type of the ICMP or, if `offender` is an IPv6 address, ICMPv6 message that told it.
    uint8_t icmp_type;
    // The code of that message.
    uint8_t icmp_code;
    // Zero.
    uint16_t reserved;
} udp_path_error;

#ifdef __cplusplus
extern "C" {
#endif

// ---- Sockets ---------------------------------------------------------------------------------------------

// Opens a UDP socket. It does not survive `exec`, and never blocks in the system other than in a wait of this
// library. Close it with `udp_close`.
//
// @param flags  One of `UDP_OPEN_IPV4` (0), `UDP_OPEN_IPV6` and `UDP_OPEN_DUAL`, with any of the
//               `UDP_OPEN_SHARE_` flags.
// @return A handle, which is more than 0, or: `UDP_ERR_FLAGS`, `UDP_ERR_LIMIT` (no descriptor left),
//         `UDP_ERR_UNSUPPORTED`, `UDP_ERR_FAMILY` (a system without IPv6), `UDP_ERR_MEMORY`.
udp_socket udp_open(uint32_t flags);

// Closes a socket. The handle is invalid from now on. Calls in other threads that wait on it return
// `UDP_ERR_CLOSED`, others finish; the last of them to leave gives the descriptor back, which is now if there are
// none. Safe at any moment from any thread. After `fork` it concerns the calling process alone; if another
// thread was inside a call on the socket at that moment, the child's copy of the descriptor stays till the child ends.
//
// @param s  The socket.
// @return 0, or: `UDP_ERR_CLOSED` (it was closed before), `UDP_ERR_HANDLE`.
int32_t udp_close(udp_socket s);

// Takes a local address and port, so that peers can send to it. A socket that is not bound gets a port of the
// system's choice with its first send.
//
// @param s     The socket.
// @param host  A numeric address of this machine, IPv6 with `%` and an interface if it is link-local; NULL or ""
//              for all of them. No name: see `udp_resolve`.
// @param port  The port; 0 lets the system choose, and `udp_local_addr` tells.
// @return 0, or: `UDP_ERR_IN_USE`, `UDP_ERR_NOT_LOCAL`, `UDP_ERR_ACCESS` (on many systems for ports under 1024),
//         `UDP_ERR_ADDRESS` (not numeric), `UDP_ERR_FAMILY`, `UDP_ERR_VALUE` (it is bound already), `UDP_ERR_UTF8`,
//         `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_bind(udp_socket s,
                 const char *host,
                 uint16_t port);

// Fixes the peer: sends may leave their address out, only its datagrams are received, and when its system says that
// nobody listens, the next call on the socket reports `UDP_ERR_REFUSED`, once. The socket goes on working.
//
// @param s     The socket.
// @param peer  The peer's address.
// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_VALUE`, `UDP_ERR_FAMILY`, `UDP_ERR_UNREACHABLE`, `UDP_ERR_ACCESS`
//         (a broadcast address), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_connect(udp_socket s,
                    const udp_addr *peer);

// Forgets the peer of `udp_connect` and keeps the port. On a socket without a peer it does nothing.
//
// @param s  The socket.
// @return 0, or: `UDP_ERR_UNSUPPORTED` (IPv6 and dual-stack sockets on Linux, which stay deaf to all but their old
//         peer: open another one), `UDP_ERR_IN_USE` (the system had chosen the port, gave it up with the peer, and
//         another socket was quicker to take it: bind anew), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_disconnect(udp_socket s);

// The socket's own address: what it is bound to. Before it is bound, connected or has sent, its port is 0.
//
// @param s     The socket.
// @param addr  Gets the address.
// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_local_addr(udp_socket s, udp_addr *addr);

// The address that the socket is connected to.
//
// @param s     The socket.
// @param addr  Gets the address.
// @return 0, or: `UDP_ERR_NOT_CONNECTED`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_peer_addr(udp_socket s, udp_addr *addr);

// Waits until the socket can be read or written, or has a path error to tell, or a time has passed.
//
// @param s           The socket.
// @param events      Any of `UDP_READ`, `UDP_WRITE` and `UDP_ERROR`.
// @param timeout_ms  How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
// @return The events that are there (more than 0), or: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (nothing, and the
//         time-out is 0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_CLOSED`, `UDP_ERR_FLAGS` (unknown events),
//         `UDP_ERR_OPTION` (`UDP_ERROR`, and `UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_VALUE` (a time-out under -1),
//         `UDP_ERR_LIMIT` (no descriptor left to wait with), `UDP_ERR_HANDLE`.
int32_t udp_wait(udp_socket s,
                 uint32_t events,
                 int32_t timeout_ms);

// The system's descriptor of the socket, to be watched with `select`, `poll`, `epoll` or an event loop. It stays
// the socket's: do not close it, and do not use it after `udp_close`. With `UDP_OPT_RECV_ERRORS` on, a path error makes
// it ready (`POLLERR`) until `udp_recv_error` or a call that waits has taken it, such as `udp_wait(s, UDP_READ, 0)`,
// which leaves it to be told by a later `udp_recv_error`.
//
// @param s  The socket.
// @return The descriptor, or: `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_fd(udp_socket s);

// ---- Addresses -------------------------------------------------------------------------------------------

// Finds the address of a host. A numeric address costs no look-up; a name is asked of the system's name service
// and may take seconds. This is the only function that looks names up.
//
// @param host    A numeric address (IPv6 may end in `%` and an interface's name or number), a name, "" for all
//                addresses of this machine, or `"<broadcast>"` for 255.255.255.255.
// @param port    The port to put in the result.
// @param family  `UDP_FAMILY_IPV4` or `UDP_FAMILY_IPV6` to insist, `UDP_FAMILY_NONE` for either.
// @param addr    Gets the address, ready for `udp_sendto`.
// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_UTF8`, `UDP_ERR_NOT_FOUND`, `UDP_ERR_LOOKUP` (no answer from the name
//         service), `UDP_ERR_FAMILY` (a numeric address of another family), `UDP_ERR_NOT_LOCAL` (no such
//         interface).
int32_t udp_resolve(const char *host,
                    uint16_t port,
                    uint16_t family,
                    udp_addr *addr);

// Writes an address as people do: `10.0.0.1:8080`, `[fe80::1%eth0]:8080`.
//
// @param addr  The address.
// @param text  Gets the text, NUL-terminated.
// @param cap   Its capacity in bytes; `UDP_ADDR_TEXT` is always enough.
// @return The length without the NUL, or: `UDP_ERR_NULL`, `UDP_ERR_VALUE` (no address), `UDP_ERR_FAMILY`,
//         `UDP_ERR_SPACE` (`udp_last_length` tells the capacity needed).
int32_t udp_format(const udp_addr *addr, char *text, size_t cap);

// ---- Interfaces ------------------------------------------------------------------------------------------

// Lists the machine's network interfaces as they are now, a row for each address, by number.
//
// @param list  Gets the rows; NULL if `cap` is 0.
// @param cap   How many it has room for.
// @return How many rows there are, which may be more than `cap`: then the first `cap` were stored. Or: `UDP_ERR_NULL`,
//         `UDP_ERR_LIMIT`, `UDP_ERR_MEMORY`.
int32_t udp_interfaces(udp_interface *list,
                       size_t cap);

// The number of an interface.
//
// @param text  Its name, its number in digits, or one of its addresses; NULL or "" is 0.
// @return The number, or 0, which stands for all interfaces or the system's choice. Or: `UDP_ERR_NOT_LOCAL` (no such
//         interface), `UDP_ERR_UTF8`.
int32_t udp_interface_index(const char *text);

// ---- Datagrams -------------------------------------------------------------------------------------------

// Sends one datagram. If the send buffer is full it waits for room, as long as `UDP_OPT_SEND_TIMEOUT` allows. That
// it was sent does not say that it arrives.
//
// @param s    The socket.
// @param buf  The datagram; NULL if `len` is 0.
// @param len  Its length in bytes: at most 65,507 to IPv4 and 65,487 to IPv6 peers. 0 is a datagram too.
// @param to   The destination, or NULL for the peer of `udp_connect`.
// @return `len`, or, with nothing sent: `UDP_ERR_MSGSIZE`, `UDP_ERR_NOT_CONNECTED` (`to` is NULL and there is no
//         peer), `UDP_ERR_FAMILY`, `UDP_ERR_VALUE` (port 0, for one), `UDP_ERR_ACCESS` (a broadcast address, and
//         `UDP_OPT_BROADCAST` is 0), `UDP_ERR_UNREACHABLE`, `UDP_ERR_REFUSED` (the connected peer refused an
//         earlier datagram; send again), `UDP_ERR_NO_BUFFERS`, `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK`,
//         `UDP_ERR_INTERRUPTED`, `UDP_ERR_CLOSED`, `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
int32_t udp_sendto(udp_socket s,
                   const void *buf,
                   size_t len,
                   const udp_addr *to);

// Receives one datagram.
//
// @param s           The socket.
// @param buf         Gets the datagram; NULL if `cap` is 0.
// @param cap         Its capacity in bytes; 65,535 takes every datagram.
// @param from        Gets the sender's address; NULL if it is not wanted.
// @param timeout_ms  How long to wait for it at most, in milliseconds; -1 for ever, 0 not at all.
// @return The datagram's length, and 0 is one without bytes; or `UDP_ERR_TRUNCATED`: it was longer than `cap`, its
//         first `cap` bytes and its sender were stored, the rest is gone, and `udp_last_length` tells its length;
//         or, with nothing stored: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (nothing there, and the time-out is
//         0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_REFUSED` (the connected peer refused an earlier
//         datagram), `UDP_ERR_CLOSED`, `UDP_ERR_VALUE` (a time-out under -1), `UDP_ERR_LIMIT` (no descriptor left
//         to wait with), `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
int32_t udp_recvfrom(udp_socket s,
                     void *buf,
                     size_t cap,
                     udp_addr *from,
                     int32_t timeout_ms);

// Sends one datagram to everybody on every network that this machine is on: once out of each IPv4 interface that is
// up and can broadcast, to 255.255.255.255. Switches `UDP_OPT_BROADCAST` on. Waits for room like `udp_sendto`.
// `udp_broadcast_on` tells of each interface how it went.
//
// @param s     An IPv4 or dual-stack socket.
// @param buf   The datagram; NULL if `len` is 0.
// @param len   Its length in bytes, at most 65,507.
// @param port  The port that the others listen at.
// @return Out of how many interfaces it went (at least 1), or: `UDP_ERR_NO_INTERFACE` (none is up and can
//         broadcast), the first interface's error if it went out of none, and the errors of `udp_sendto`.
int32_t udp_broadcast(udp_socket s,
                      const void *buf,
                      size_t len,
                      uint16_t port);

// Sends one datagram to everybody on the network of one interface, like `udp_broadcast`.
//
// @param s          An IPv4 or dual-stack socket.
// @param buf        The datagram; NULL if `len` is 0.
// @param len        Its length in bytes, at most 65,507.
// @param port       The port that the others listen at.
// @param interface  The number of the interface, as `udp_interface_index` or `udp_interfaces` gives it.
// @return 0, or: `UDP_ERR_NO_INTERFACE` (it is down, cannot broadcast or has no IPv4 address), `UDP_ERR_NOT_LOCAL` (no
//         such interface), and the errors of `udp_sendto`.
int32_t udp_broadcast_on(udp_socket s,
                         const void *buf,
                         size_t len,
                         uint16_t port,
                         uint32_t interface);

// Sends one datagram from the address that another one was sent to: the answer of a machine that has several addresses
// comes from the one that was asked. Receive with `UDP_OPT_RECV_LOCAL` on and pass on the `udp_details`.
//
// What was sent to a group or broadcast address is answered from an address of the interface that it came in by.
//
// `details` may be made by hand as well: `local` is then the address to leave from (all zero: the system's choice), and
// `interface` the interface to leave by (0: the routes' choice). The interface counts where `to` is a group, broadcast
// or link-local address, or `local` is not an address of this machine alone; otherwise the routes decide. Waits for
// room like `udp_sendto`.
//
// @param s        The socket.
// @param buf      The datagram; NULL if `len` is 0.
// @param len      Its length in bytes, as for `udp_sendto`.
// @param to       The destination, or NULL for the peer of `udp_connect`.
// @param details  Its `local`, without port, and `interface`; the rest is not looked at.
// @return `len`, or, with nothing sent: `UDP_ERR_VALUE` (`details` has neither address nor interface:
//         `UDP_OPT_RECV_LOCAL` was off), `UDP_ERR_NOT_LOCAL` (this machine has that address or interface no more),
//         `UDP_ERR_FAMILY` (`local` is of another family than `to`), and the errors of `udp_sendto`.
int32_t udp_reply(udp_socket s,
                  const void *buf,
                  size_t len,
                  const udp_addr *to,
                  const udp_details *details);

// ---- Batches ---------------------------------------------------------------------------------------------

// Sends datagrams in their order, in as few system calls as it takes. Neighbours in the array that go to one peer and
// are of one length, but for the last, which may be shorter, leave together as a super-datagram where the system has
// such; if it refuses them they go one by one. Waits for room like `udp_sendto`.
//
// @param s        The socket.
// @param packets  The datagrams: their `data`, `length` and `peer`. NULL if `n` is 0.
// @param n        How many there are.
// @return How many were sent, `n` unless one failed; call again with the rest to learn why. Or, if the first could not
//         be sent, the errors of `udp_sendto`.
int32_t udp_send_batch(udp_socket s,
                       const udp_packet *packets,
                       size_t n);

// Sends each datagram from the address that another one was sent to: `udp_reply` for many, as `udp_send_batch` sends
// them. What `udp_recv_batch` filled in with `UDP_OPT_RECV_LOCAL` on can be handed to it as it is: an echo.
//
// @param s        The socket.
// @param packets  The datagrams, as for `udp_send_batch`. NULL if `n` is 0.
// @param details  Where each leaves from: `local` and `interface`, as for `udp_reply`. NULL if `n` is 0.
// @param n        How many there are.
// @return How many were sent, as for `udp_send_batch`; or, if the first could not be sent, the errors of `udp_reply`.
int32_t udp_reply_batch(udp_socket s,
                        const udp_packet *packets,
                        const udp_details *details,
                        size_t n);

// Sends one buffer cut into datagrams: the fastest way out to one peer.
//
// @param s        The socket.
// @param buf      The datagrams' bytes, one after the other; NULL if `len` is 0.
// @param len      How many bytes there are in all, of any number of datagrams.
// @param segment  How long each datagram is, 1 to 65,507 (65,487 to IPv6 peers); the last may be shorter.
// @param to       The destination, or NULL for the peer of `udp_connect`.
// @return How many datagrams were sent, which is fewer than there are if one failed; or, if the first could not be sent,
//         the errors of `udp_sendto`. `UDP_ERR_VALUE`: `segment` is 0.
int32_t udp_send_segments(udp_socket s,
                          const void *buf,
                          size_t len,
                          size_t segment,
                          const udp_addr *to);

// Waits for a datagram, then takes all that are there without waiting, at most `max`.
//
// The arena is shared out evenly: each datagram has a place of `arena_len / max` bytes, and what is longer is cut and
// says so. With `UDP_OPEN_COALESCE` the places are 65,536 bytes, and the datagrams of one peer stand in them one after
// the other; what the system had joined beyond `max` is kept for the next receive, whichever function that is. An arena
// shorter than that works too, for the price of a copy.
//
// @param s           The socket.
// @param arena       Memory that the datagrams land in.
// @param arena_len   How many bytes it has, at least `max`.
// @param packets     Gets where each datagram is, how long, and from whom.
// @param details     Gets what the options `UDP_OPT_RECV_` ask for of each datagram; NULL if it is not wanted.
// @param max         How many datagrams to take at most, at least 1; `packets` and `details` have room for as many.
// @param timeout_ms  How long to wait for the first, in milliseconds; -1 for ever, 0 not at all.
// @return How many datagrams were received, at least 1 (a truncated one is told by its flags, it does not fail the
//         others), or the errors of `udp_recvfrom` but `UDP_ERR_TRUNCATED`.
int32_t udp_recv_batch(udp_socket s,
                       void *arena,
                       size_t arena_len,
                       udp_packet *packets,
                       udp_details *details,
                       size_t max,
                       int32_t timeout_ms);

// Waits for a datagram, then takes all that are there without waiting, and leaves together what the system had joined:
// the fastest way in from one peer. Each packet tells of one datagram, or of several that stand one after the other at
// `data`, each of `segment` bytes but for the last, which may be shorter.
//
// Without `UDP_OPEN_COALESCE` it is `udp_recv_batch`. With it the arena has a place of 65,536 bytes for each packet, and
// should have room for at least one; what is there is never kept for the next call.
//
// @param s           The socket.
// @param arena       Memory that the datagrams land in.
// @param arena_len   How many bytes it has, at least `max`.
// @param packets     Gets where the datagrams are, how long, and from whom.
// @param details     Gets what the options `UDP_OPT_RECV_` ask for of each packet; NULL if it is not wanted.
// @param max         How many packets there are room for, at least 1.
// @param timeout_ms  How long to wait for the first, in milliseconds; -1 for ever, 0 not at all.
// @return How many packets were filled in, or the errors of `udp_recv_batch`.
int32_t udp_recv_segments(udp_socket s,
                          void *arena,
                          size_t arena_len,
                          udp_packet *packets,
                          udp_details *details,
                          size_t max,
                          int32_t timeout_ms);

// ---- Multicast -------------------------------------------------------------------------------------------

// Joins a multicast group: what is sent to its address and the socket's port is received from now on. A socket hears
// the groups that it joined and not those of other programs. Bind it to all addresses ("") and, where several programs
// here listen to the group, with `UDP_OPEN_SHARE_ADDRESS`.
//
// @param s          The socket.
// @param group      The group's address; its port is not looked at. An IPv6 scope in it is an interface.
// @param source     A sender to be heard (source-specific multicast), with those of earlier calls and nobody else; or
//                   NULL for all. Its port is not looked at.
// @param interface  The number of the interface to listen on (see `udp_interface_index`); 0 is each that is up and can
//                   multicast, and loopback.
// @return On how many interfaces the socket is in the group, those counted on which it was already. Or: `UDP_ERR_VALUE`
//         (not a group), `UDP_ERR_FAMILY`, `UDP_ERR_NOT_LOCAL` (no such interface),
//         `UDP_ERR_NO_INTERFACE` (none is up and can multicast), `UDP_ERR_LIMIT` (the system allows no more groups),
//         `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_join(udp_socket s,
                 const udp_addr *group,
                 const udp_addr *source,
                 uint32_t interface);

// Leaves a multicast group. A close leaves all groups.
//
// @param s          The socket.
// @param group      The group's address, as for `udp_join`.
// @param source     The sender that it was joined for, or NULL if it was joined for all.
// @param interface  The number of the interface; 0 is all where the socket is in the group.
// @return On how many interfaces the group was left, or: `UDP_ERR_NOT_JOINED`, and the errors of `udp_join`.
int32_t udp_leave(udp_socket s, const udp_addr *group, const udp_addr *source, uint32_t interface);

// ---- Path errors -----------------------------------------------------------------------------------------

// Tells of a datagram that did not get through: refused by the peer, unreachable, or too big for the path. Such errors
// wait here in a queue, each with its peer, and fail no other call, once `UDP_OPT_RECV_ERRORS` is on. They are what
// routers and peers choose to tell; that there is none says nothing.
//
// With the option on, a datagram that this machine's own queue has no room for is `UDP_ERR_NO_BUFFERS` too, after some
// pauses; without it, it is lost in silence (Linux).
//
// @param s           The socket.
// @param error       Gets the oldest path error. The queue has room for 1,024; after that the oldest are lost, which
//                    `udp_stats` tells.
// @param timeout_ms  How long to wait for one, in milliseconds; -1 for ever, 0 not at all.
// @return 0, or: `UDP_ERR_WOULD_BLOCK` (none, and the time-out is 0), `UDP_ERR_TIMED_OUT`, `UDP_ERR_INTERRUPTED`,
//         `UDP_ERR_OPTION` (`UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_CLOSED`, `UDP_ERR_VALUE` (a time-out under -1),
//         `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
int32_t udp_recv_error(udp_socket s,
                       udp_path_error *error,
                       int32_t timeout_ms);

// ---- Text ------------------------------------------------------------------------------------------------

// Turns UTF-8 text into bytes of another encoding.
//
// @param encoding  A WHATWG label, such as "gbk", "gb18030", "big5", "shift_jis" or "utf-16le", in any case; "auto" is
//                  UTF-8.
// @param text      UTF-8 text; NULL if `len` is 0.
// @param len       Its length in bytes.
// @param out       Gets the bytes; NULL if `cap` is 0.
// @param cap       Its capacity in bytes.
// @return How many bytes were stored, or, with nothing stored: `UDP_ERR_SPACE` (`udp_last_length` tells the capacity
//         needed), `UDP_ERR_UNMAPPABLE` (a character that the encoding does not have; none is ever replaced),
//         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_UTF8`, `UDP_ERR_NULL`, `UDP_ERR_VALUE`, `UDP_ERR_MEMORY`.
int32_t udp_encode(const char *encoding,
                   const char *text,
                   size_t len,
                   void *out,
                   size_t cap);

// Turns bytes into UTF-8 text. What is malformed becomes U+FFFD and is counted in `info`; a byte-order mark is text
// like any other (U+FEFF).
//
// @param encoding  A WHATWG label; "auto" reads strict UTF-8, and what is not that as gb18030; "auto:big5" falls back to
//                  Big5, and so on. UTF-16 is never guessed.
// @param buf       The bytes; NULL if `len` is 0.
// @param len       How many there are.
// @param text      Gets the text, NUL-terminated.
// @param cap       Its capacity in bytes, with the NUL; 3 * `len` + 1 is always enough.
// @param info      Gets the encoding found, and how many replacements there are; NULL if it is not wanted.
// @return The text's length in bytes, without the NUL; or `UDP_ERR_TRUNCATED`: its beginning, up to a whole character,
//         was stored, and `udp_last_length` tells its length; or, with nothing stored: `UDP_ERR_SPACE` (`cap` is 0),
//         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_NULL`, `UDP_ERR_UTF8` (in the label), `UDP_ERR_VALUE`,
//         `UDP_ERR_MEMORY`.
int32_t udp_decode(const char *encoding,
                   const void *buf,
                   size_t len,
                   char *text,
                   size_t cap,
                   udp_text_info *info);

// Sends UTF-8 text as one datagram in another encoding: `udp_encode`, then `udp_sendto`.
//
// @param s         The socket.
// @param encoding  A WHATWG label; "auto" is UTF-8.
// @param text      UTF-8 text; NULL if `len` is 0.
// @param len       Its length in bytes.
// @param to        The destination, or NULL for the peer of `udp_connect`.
// @return The datagram's length, or, with nothing sent, the errors of `udp_encode` (but `UDP_ERR_SPACE`) and
//         `udp_sendto`.
int32_t udp_sendto_text(udp_socket s, const char *encoding, const char *text, size_t len, const udp_addr *to);

// Receives one datagram and turns it into UTF-8 text: `udp_recvfrom`, then `udp_decode`. The datagram is taken whole,
// whatever `cap` is; it is only the text that may be cut.
//
// @param s           The socket.
// @param encoding    As for `udp_decode`: a WHATWG label, "auto" or "auto:LABEL".
// @param text        Gets the text, NUL-terminated.
// @param cap         Its capacity in bytes, with the NUL.
// @param from        Gets the sender's address; NULL if it is not wanted.
// @param info        Gets the encoding found, the datagram's length and the replacements; NULL if it is not wanted.
// @param timeout_ms  How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
// @return The text's length in bytes, without the NUL; or the errors of `udp_recvfrom` and `udp_decode`. With
//         `UDP_ERR_TRUNCATED` the text's beginning, `from` and `info` were stored. A bad label or a `cap` of 0 is
//         told before anything is received.
int32_t udp_recvfrom_text(udp_socket s,
                          const char *encoding,
                          char *text,
                          size_t cap,
                          udp_addr *from,
                          udp_text_info *info,
                          int32_t timeout_ms);

// ---- Options ---------------------------------------------------------------------------------------------

// Sets an option of a socket.
//
// @param s       The socket.
// @param option  One of the `UDP_OPT_` numbers.
// @param value   Its new value; each option's unit and range is with its number.
// @return The value that the system granted, which for buffer sizes may differ from `value`, or:
//         `UDP_ERR_OPTION` (unknown, or not of this socket), `UDP_ERR_VALUE` (out of range, or too late),
//         `UDP_ERR_ACCESS`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_set(udp_socket s, int32_t option, int32_t value);

// An option's value.
//
// @param s       The socket.
// @param option  One of the `UDP_OPT_` numbers.
// @return The value in the option's unit, or the errors of `udp_set`.
int32_t udp_get(udp_socket s, int32_t option);

// ---- Statistics ------------------------------------------------------------------------------------------

// What passed through a socket since it was opened, and what the system dropped at it.
//
// @param s         The socket.
// @param counters  Gets the counts. Other threads may be counting meanwhile.
// @return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
int32_t udp_stats(udp_socket s, udp_counters *counters);

// ---- The system's own ------------------------------------------------------------------------------------

// Sends one datagram that is in pieces, with control messages and flags as the system defines them (sendmsg(2)). Waits
// for room like `udp_sendto`, unless the flags forbid it.
//
// @param s            The socket.
// @param parts        The pieces, at most 1,024; NULL if `n` is 0.
// @param n            How many there are.
// @param control      Control messages in the system's form; NULL if `control_len` is 0.
// @param control_len  Their length in bytes.
// @param flags        The system's flags, such as MSG_CONFIRM; 0 for none.
// @param to           The destination, or NULL for the peer of `udp_connect`.
// @return How many bytes were sent, or the errors of `udp_sendto`.
int32_t udp_sendmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    const void *control,
                    size_t control_len,
                    int32_t flags,
                    const udp_addr *to);

// Receives one datagram into pieces, with the control messages and flags that the system gives (recvmsg(2)). Other than
// the receive functions above it cuts what does not fit without an error: look at `flags`. Not on a socket that was
// opened with `UDP_OPEN_COALESCE`.
//
// @param s            The socket.
// @param parts        The pieces to fill, at most 1,024; NULL if `n` is 0.
// @param n            How many there are.
// @param control      Gets control messages in the system's form; NULL if `control_len` is NULL or holds 0.
// @param control_len  The capacity of `control` in bytes; gets how many were stored. NULL for none.
// @param flags        The system's flags for the call, such as MSG_PEEK; gets its flags for the datagram, such as
//                     MSG_TRUNC. NULL for none.
// @param from         Gets the sender's address, all zero if the system does not tell; NULL if it is not wanted.
// @param timeout_ms   How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
// @return How many bytes were stored (with MSG_TRUNC in `flags` the datagram's length), or the errors of `udp_recvfrom`
//         but `UDP_ERR_TRUNCATED`; `UDP_ERR_UNSUPPORTED`: a coalescing socket.
int32_t udp_recvmsg(udp_socket s,
                    const udp_slice *parts,
                    size_t n,
                    void *control,
                    size_t *control_len,
                    int32_t *flags,
                    udp_addr *from,
                    int32_t timeout_ms);

// Sets an option by the system's own numbers (setsockopt(2)), for what `udp_set` does not have.
//
// @param s      The socket.
// @param level  The system's number of the option's level, such as IPPROTO_IP.
// @param name   The system's number of the option.
// @param value  Its value; NULL if `len` is 0.
// @param len    The value's length in bytes.
// @return 0, or: `UDP_ERR_OPTION`, `UDP_ERR_VALUE`, `UDP_ERR_ACCESS`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`,
//         `UDP_ERR_HANDLE`, `UDP_ERR_OS`.
int32_t udp_setsockopt(udp_socket s, int32_t level, int32_t name, const void *value, size_t len);

// Reads an option by the system's own numbers (getsockopt(2)), for what `udp_get` does not have.
//
// @param s      The socket.
// @param level  The system's number of the option's level, such as IPPROTO_IP.
// @param name   The system's number of the option.
// @param value  Gets the value; NULL if `cap` is 0.
// @param cap    Its capacity in bytes.
// @return How many bytes were stored, or the errors of `udp_setsockopt`.
int32_t udp_getsockopt(udp_socket s, int32_t level, int32_t name, void *value, size_t cap);

// ---- Errors and version ----------------------------------------------------------------------------------

// The library's version, such as "0.1.0". A static string.
const char *udp_version(void);

// What a return code means, in one sentence: a static string for every number, also for one that is no code.
//
// @param code  What a function of this library returned.
const char *udp_strerror(int32_t code);

// The name of a return code, such as "UDP_ERR_CLOSED": a static string. "UDP_OK" for 0 and more, "" for a number
// that is no code.
//
// @param code  What a function of this library returned.
const char *udp_error_name(int32_t code);

// The operating system's number for the last failure of a call in this thread: `errno`, or what `WSAGetLastError`
// gave. 0 if the operating system had no part in it, or if no call failed yet. Successful calls leave it alone.
int32_t udp_last_os_error(void);

// The last failure of a call in this thread as a sentence: what the code means and what is known of this very
// case. "" if no call failed yet. The memory is the thread's, and lasts until the thread calls this again or ends.
const char *udp_last_error(void);

// After `UDP_ERR_TRUNCATED`: the true length in bytes of the datagram or text that did not fit. After
// `UDP_ERR_SPACE`: the capacity that would have been enough. It is of the last failure in this thread; 0 if that
// was another one.
size_t udp_last_length(void);

#ifdef __cplusplus
}
#endif

#endif // LIBUDP_H
