//! Section "Sockets": open, bind, connect, wait, close.

use std::ffi::c_char;
use std::net::SocketAddr;

use super::guard::{SOCKETS, c_str, guard, read, required, socket, timeout, write};
use super::types::{open_flags, udp_addr, udp_socket};
use crate::error::{Code, Error, Result};
use crate::socket::Socket;
use crate::types::Events;

/// Opens a UDP socket. Programs that the process executes do not inherit it. Close it with `udp_close`.
///
/// \param flags  One of `UDP_OPEN_IPV4` (0), `UDP_OPEN_IPV6` and `UDP_OPEN_DUAL`, combined with any other `UDP_OPEN_` flags.
/// \return A handle, greater than 0, or: `UDP_ERR_FLAGS`, `UDP_ERR_LIMIT` (no descriptor left), `UDP_ERR_FAMILY` (the
///         system has no IPv6), `UDP_ERR_UNSUPPORTED` (the system lacks one of the flags), `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_open(flags: u32) -> udp_socket {
    guard(|| SOCKETS.insert(Socket::open(open_flags(flags)?)?))
}

/// Closes a socket and invalidates its handle. Calls in other threads that wait on it return `UDP_ERR_CLOSED`; other
/// calls finish. The descriptor is closed when the last call has left, which is now if there is none. Safe at any moment
/// from any thread.
///
/// After `fork`, a close concerns the calling process only. If another thread was inside a call on the socket during the
/// fork, the child's copy of the descriptor stays open until the child ends.
///
/// \param s  The socket.
/// \return 0, or: `UDP_ERR_CLOSED` (already closed), `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_close(s: udp_socket) -> i32 {
    guard(|| SOCKETS.close(s, Socket::close).map(|()| 0))
}

/// Binds the socket to a local address and port, so that peers can send to it. A socket that is not bound gets a port
/// from the system with its first send.
///
/// \param s     The socket.
/// \param host  A numeric address of this machine; a link-local IPv6 address needs `%` and an interface, as in
///              `fe80::1%eth0`. NULL or "" binds to all addresses. Not a name: `udp_resolve` looks names up.
/// \param port  The port, 0 to 65535; 0 lets the system choose, and `udp_local_addr` returns its choice.
/// \return 0, or: `UDP_ERR_IN_USE`, `UDP_ERR_INVALID` (already bound), `UDP_ERR_NOT_LOCAL` (not an address of this
///         machine), `UDP_ERR_NO_INTERFACE` (no such interface), `UDP_ERR_ACCESS` (on many systems for ports below
///         1024), `UDP_ERR_ADDRESS` (not a numeric address), `UDP_ERR_FAMILY`, `UDP_ERR_UTF8`, `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_bind(s: udp_socket, host: *const c_char, port: u16) -> i32 {
    guard(|| {
        // SAFETY: NULL or a C string, as the header requires.
        let host = unsafe { c_str(host) }?.unwrap_or("");
        socket(s)?.bind(host, port).map(|()| 0)
    })
}

/// Binds the socket to an address from `udp_interfaces` or `udp_resolve`; otherwise like `udp_bind`.
///
/// \param s     The socket.
/// \param addr  The local address; port 0 lets the system choose.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (already bound, or `addr` holds no address), and the errors of
///         `udp_bind`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_bind_addr(s: udp_socket, addr: *const udp_addr) -> i32 {
    guard(|| {
        // SAFETY: NULL or a valid address, as the header requires.
        let addr = unsafe { read(addr) }.ok_or(Code::Null)?;
        socket(s)?.bind_addr(SocketAddr::try_from(addr)?).map(|()| 0)
    })
}

/// Sets the peer. Sends need no destination, and only the peer's datagrams are received. If the peer's host answers that
/// no socket is bound to that port, the next call on the socket returns `UDP_ERR_REFUSED`, once; the socket stays usable.
///
/// \param s     The socket.
/// \param peer  The peer's address.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (port 0), `UDP_ERR_FAMILY`, `UDP_ERR_UNREACHABLE`, `UDP_ERR_ACCESS`
///         (a broadcast address), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_connect(s: udp_socket, peer: *const udp_addr) -> i32 {
    guard(|| {
        // SAFETY: NULL or a valid address, as the header requires.
        let peer = unsafe { read(peer) }.ok_or(Code::Null)?;
        socket(s)?.connect(SocketAddr::try_from(peer)?).map(|()| 0)
    })
}

/// Forgets the peer of `udp_connect` and keeps the port. On a socket without a peer it does nothing.
///
/// \param s  The socket.
/// \return 0, or: `UDP_ERR_UNSUPPORTED` (IPv6 and dual-stack sockets on Linux would still receive only from the old peer:
///         open another socket), `UDP_ERR_IN_USE` (the system had chosen the port, gave it up with the peer, and another
///         socket has taken it: bind again), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_disconnect(s: udp_socket) -> i32 {
    guard(|| socket(s)?.disconnect().map(|()| 0))
}

/// Returns the address that the socket is bound to. Its port is 0 before a bind, a connect or a send.
///
/// \param s     The socket.
/// \param addr  Receives the address.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_local_addr(s: udp_socket, addr: *mut udp_addr) -> i32 {
    guard(|| {
        let addr = required(addr)?;
        let local = socket(s)?.local_addr()?;
        // SAFETY: room for an address, as the header requires.
        unsafe { write(addr.as_ptr(), local.into()) };
        Ok(0)
    })
}

/// Returns the address that the socket is connected to.
///
/// \param s     The socket.
/// \param addr  Receives the address.
/// \return 0, or: `UDP_ERR_NOT_CONNECTED`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_peer_addr(s: udp_socket, addr: *mut udp_addr) -> i32 {
    guard(|| {
        let addr = required(addr)?;
        let peer = socket(s)?.peer_addr()?;
        // SAFETY: room for an address, as the header requires.
        unsafe { write(addr.as_ptr(), peer.into()) };
        Ok(0)
    })
}

/// Waits until the socket is readable or writable, or a path error is there, or the timeout expires.
///
/// \param s           The socket.
/// \param events      Any of `UDP_EVENT_READ`, `UDP_EVENT_WRITE` and `UDP_EVENT_ERROR`.
/// \param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// \return The events that occurred (greater than 0), or: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (none, and the
///         timeout is 0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_CLOSED`, `UDP_ERR_FLAGS` (unknown events),
///         `UDP_ERR_OPTION` (`UDP_EVENT_ERROR`, but `UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_INVALID` (a timeout below -1),
///         `UDP_ERR_LIMIT` (no descriptor left to wait with), `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_wait(s: udp_socket, events: u32, timeout_ms: i32) -> i32 {
    guard(|| {
        let events = wanted_events(events)?;
        Ok(socket(s)?.wait(events, timeout(timeout_ms)?)?.bits() as i32)
    })
}

/// What a caller waits for.
pub(super) fn wanted_events(events: u32) -> Result<Events> {
    Events::from_bits(events).ok_or_else(|| {
        let hint = "use UDP_EVENT_READ, UDP_EVENT_WRITE, UDP_EVENT_ERROR";
        Error::new(Code::Flags, format_args!("events {events:#x}; {hint}"))
    })
}

/// Returns the system's descriptor, for `select`, `poll`, `epoll` or an event loop. It still belongs to the socket: do not
/// close it, and do not use it after `udp_close`.
///
/// With `UDP_OPT_RECV_ERRORS` on, a path error makes the descriptor ready (POLLERR) until `udp_recv_error` or a call that
/// waits, such as `udp_wait(s, UDP_EVENT_READ, 0)`, has moved it to the library's queue. A coalescing socket may have
/// datagrams buffered while its descriptor is not ready: receive until `UDP_ERR_WOULD_BLOCK`.
///
/// \param s  The socket.
/// \return The descriptor, or: `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_fd(s: udp_socket) -> i64 {
    guard(|| Ok(socket(s)?.fd()))
}
