//! Section "Sockets": open, bind, connect, wait, close.

use std::ffi::c_char;
use std::net::SocketAddr;

use super::guard::{c_str, guard, read, required, socket, timeout, write};
use super::types::{open_flags, udp_addr, udp_socket};
use crate::error::{Code, Error};
use crate::handle::SOCKETS;
use crate::socket::Socket;
use crate::socket::wait::Events;

/// Opens a UDP socket. It does not survive `exec`, and never blocks in the system other than in a wait of this
/// library. Close it with `udp_close`.
///
/// \param flags  One of `UDP_OPEN_IPV4` (0), `UDP_OPEN_IPV6` and `UDP_OPEN_DUAL`, with any of the
///               `UDP_OPEN_REUSE_` flags.
/// \return A handle, which is more than 0, or: `UDP_ERR_FLAGS`, `UDP_ERR_LIMIT` (no descriptor left),
///         `UDP_ERR_UNSUPPORTED`, `UDP_ERR_FAMILY` (a system without IPv6), `UDP_ERR_MEMORY`.
#[unsafe(no_mangle)]
pub extern "C" fn udp_open(flags: u32) -> udp_socket {
    guard(|| SOCKETS.insert(Socket::open(open_flags(flags)?)?))
}

/// Closes a socket. The handle is invalid from now on. Calls in other threads that wait on it return
/// `UDP_ERR_CLOSED`, others finish; the last of them to leave gives the descriptor back, which is now if there are
/// none. Safe at any moment from any thread. After `fork` it concerns the calling process alone; if another
/// thread was inside a call on the socket at that moment, the child's copy of the descriptor stays till the child ends.
///
/// \param s  The socket.
/// \return 0, or: `UDP_ERR_CLOSED` (it was closed before), `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn udp_close(s: udp_socket) -> i32 {
    guard(|| SOCKETS.close(s, Socket::shut).map(|()| 0))
}

/// Takes a local address and port, so that peers can send to it. A socket that is not bound gets a port of the
/// system's choice with its first send.
///
/// \param s     The socket.
/// \param host  A numeric address of this machine, IPv6 with `%` and an interface if it is link-local; NULL or ""
///              for all of them. No name: see `udp_resolve`.
/// \param port  The port; 0 lets the system choose, and `udp_local_addr` tells.
/// \return 0, or: `UDP_ERR_IN_USE`, `UDP_ERR_NOT_LOCAL`, `UDP_ERR_ACCESS` (on many systems for ports under 1024),
///         `UDP_ERR_ADDRESS` (not numeric), `UDP_ERR_FAMILY`, `UDP_ERR_INVALID` (it is bound already), `UDP_ERR_UTF8`,
///         `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_bind(s: udp_socket, host: *const c_char, port: u16) -> i32 {
    guard(|| {
        // SAFETY: NULL or a C string, as the header asks.
        let host = unsafe { c_str(host) }?.unwrap_or("");
        socket(s)?.bind(host, port).map(|()| 0)
    })
}

/// Binds the socket to an address, such as one from `udp_interfaces` or `udp_resolve`. Like `udp_bind` otherwise.
///
/// \param s     The socket.
/// \param addr  The local address. Port 0 lets the system choose the port.
/// \return 0, or: `UDP_ERR_NULL`, and the errors of `udp_bind`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_bind_addr(s: udp_socket, addr: *const udp_addr) -> i32 {
    guard(|| {
        // SAFETY: NULL or a valid address, as the header asks.
        let addr = unsafe { read(addr) }.ok_or(Code::Null)?;
        socket(s)?.bind_addr(SocketAddr::try_from(addr)?).map(|()| 0)
    })
}

/// Fixes the peer: sends may leave their address out, only its datagrams are received, and when its system says that
/// nobody listens, the next call on the socket reports `UDP_ERR_REFUSED`, once. The socket goes on working.
///
/// \param s     The socket.
/// \param peer  The peer's address.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID`, `UDP_ERR_FAMILY`, `UDP_ERR_UNREACHABLE`, `UDP_ERR_ACCESS`
///         (a broadcast address), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_connect(s: udp_socket, peer: *const udp_addr) -> i32 {
    guard(|| {
        // SAFETY: NULL or a valid address, as the header asks.
        let peer = unsafe { read(peer) }.ok_or(Code::Null)?;
        socket(s)?.connect(SocketAddr::try_from(peer)?).map(|()| 0)
    })
}

/// Forgets the peer of `udp_connect` and keeps the port. On a socket without a peer it does nothing.
///
/// \param s  The socket.
/// \return 0, or: `UDP_ERR_UNSUPPORTED` (IPv6 and dual-stack sockets on Linux, which stay deaf to all but their old
///         peer: open another one), `UDP_ERR_IN_USE` (the system had chosen the port, gave it up with the peer, and
///         another socket was quicker to take it: bind anew), `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn udp_disconnect(s: udp_socket) -> i32 {
    guard(|| socket(s)?.disconnect().map(|()| 0))
}

/// The socket's own address: what it is bound to. Before it is bound, connected or has sent, its port is 0.
///
/// \param s     The socket.
/// \param addr  Gets the address.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_local_addr(s: udp_socket, addr: *mut udp_addr) -> i32 {
    guard(|| {
        let addr = required(addr)?;
        let local = socket(s)?.local_addr()?;
        // SAFETY: room for an address, as the header asks.
        unsafe { write(addr.as_ptr(), local.into()) };
        Ok(0)
    })
}

/// The address that the socket is connected to.
///
/// \param s     The socket.
/// \param addr  Gets the address.
/// \return 0, or: `UDP_ERR_NOT_CONNECTED`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_peer_addr(s: udp_socket, addr: *mut udp_addr) -> i32 {
    guard(|| {
        let addr = required(addr)?;
        let peer = socket(s)?.peer_addr()?;
        // SAFETY: room for an address, as the header asks.
        unsafe { write(addr.as_ptr(), peer.into()) };
        Ok(0)
    })
}

/// Waits until the socket can be read or written, or has a path error to tell, or a time has passed.
///
/// \param s           The socket.
/// \param events      Any of `UDP_EVENT_READ`, `UDP_EVENT_WRITE` and `UDP_EVENT_ERROR`.
/// \param timeout_ms  How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
/// \return The events that are there (more than 0), or: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (nothing, and the
///         time-out is 0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_CLOSED`, `UDP_ERR_FLAGS` (unknown events),
///         `UDP_ERR_OPTION` (`UDP_EVENT_ERROR`, and `UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_INVALID` (a time-out under -1),
///         `UDP_ERR_LIMIT` (no descriptor left to wait with), `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn udp_wait(s: udp_socket, events: u32, timeout_ms: i32) -> i32 {
    guard(|| {
        let events = Events::from_bits(events).ok_or_else(|| {
            Error::new(
                Code::Flags,
                format!("events {events:#x}: UDP_EVENT_READ, UDP_EVENT_WRITE, UDP_EVENT_ERROR"),
            )
        })?;
        Ok(socket(s)?.wait(events, timeout(timeout_ms)?)?.bits() as i32)
    })
}

/// The system's descriptor of the socket, to be watched with `select`, `poll`, `epoll` or an event loop. It stays
/// the socket's: do not close it, and do not use it after `udp_close`. With `UDP_OPT_RECV_ERRORS` on, a path error makes
/// it ready (`POLLERR`) until `udp_recv_error` or a call that waits has taken it, such as `udp_wait(s, UDP_EVENT_READ, 0)`,
/// which leaves it to be told by a later `udp_recv_error`.
///
/// \param s  The socket.
/// \return The descriptor, or: `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn udp_fd(s: udp_socket) -> i64 {
    guard(|| Ok(socket(s)?.fd().into()))
}
