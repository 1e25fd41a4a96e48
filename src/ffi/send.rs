//! Section "Datagrams".

use std::ffi::c_void;
use std::net::SocketAddr;

use super::guard::{bytes, bytes_mut, count, guard, read, socket, timeout, write};
use super::types::{udp_addr, udp_packet_info, udp_socket};
use crate::error::{Code, Error, Result};

/// The destination of a send: NULL leaves it to the connected peer.
///
/// # Safety
/// `to`, if not NULL, points to a valid address.
pub(super) unsafe fn destination(to: *const udp_addr) -> Result<Option<SocketAddr>> {
    // SAFETY: as this function asks.
    unsafe { read(to) }.map(SocketAddr::try_from).transpose()
}

/// Sends one datagram. If the send buffer is full it waits for room, as long as `UDP_OPT_SEND_TIMEOUT` allows. That
/// it was sent does not say that it arrives.
///
/// \param s    The socket.
/// \param buf  The datagram; NULL if `len` is 0.
/// \param len  Its length in bytes: at most 65,507 to IPv4 and 65,487 to IPv6 peers. 0 is a datagram too.
/// \param to   The destination, or NULL for the peer of `udp_connect`.
/// \return `len`, or, with nothing sent: `UDP_ERR_MSGSIZE`, `UDP_ERR_NOT_CONNECTED` (`to` is NULL and there is no
///         peer), `UDP_ERR_FAMILY`, `UDP_ERR_INVALID` (port 0, for one), `UDP_ERR_ACCESS` (a broadcast address, and
///         `UDP_OPT_BROADCAST` is 0), `UDP_ERR_UNREACHABLE`, `UDP_ERR_REFUSED` (the connected peer refused an
///         earlier datagram; send again), `UDP_ERR_NO_BUFFERS`, `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK`,
///         `UDP_ERR_INTERRUPTED`, `UDP_ERR_CLOSED`, `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_sendto(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    to: *const udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes and NULL or a valid address, as the header asks.
        let (data, to) = unsafe { (bytes(buf.cast(), len)?, destination(to)?) };
        socket(s)?.send_to(data, to)?;
        count(len)
    })
}

/// Receives one datagram.
///
/// \param s           The socket.
/// \param buf         Gets the datagram; NULL if `cap` is 0.
/// \param cap         Its capacity in bytes; 65,535 takes every datagram.
/// \param from        Gets the sender's address; NULL if it is not wanted.
/// \param timeout_ms  How long to wait for it at most, in milliseconds; -1 for ever, 0 not at all.
/// \return The datagram's length, and 0 is one without bytes; or `UDP_ERR_TRUNCATED`: it was longer than `cap`, its
///         first `cap` bytes and its sender were stored, the rest is gone, and `udp_last_length` tells its length;
///         or, with nothing stored: `UDP_ERR_TIMED_OUT`, `UDP_ERR_WOULD_BLOCK` (nothing there, and the time-out is
///         0), `UDP_ERR_INTERRUPTED` (a signal), `UDP_ERR_REFUSED` (the connected peer refused an earlier
///         datagram), `UDP_ERR_CLOSED`, `UDP_ERR_INVALID` (a time-out under -1), `UDP_ERR_LIMIT` (no descriptor left
///         to wait with), `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recvfrom(
    s: udp_socket,
    buf: *mut c_void,
    cap: usize,
    from: *mut udp_addr,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        // SAFETY: `cap` writable bytes, as the header asks.
        let buf = unsafe { bytes_mut(buf.cast(), cap) }?;
        let received = socket(s)?.recv_from(buf, timeout(timeout_ms)?)?;
        // SAFETY: NULL or room for an address, as the header asks.
        unsafe { write(from, received.from.into()) };
        if received.length > cap {
            return Err(Error::too_long(Code::Truncated, received.length));
        }
        count(received.length)
    })
}

/// Receives one datagram and what the kernel reported beside it: `udp_recvfrom` with packet info.
///
/// \param s           The socket.
/// \param buf         Receives the datagram; NULL if `cap` is 0.
/// \param cap         Size of `buf` in bytes.
/// \param from        Receives the sender's address; NULL if it is not wanted.
/// \param info        Receives what the options `UDP_OPT_RECV_` ask for; NULL if it is not wanted. Pass it to `udp_reply`
///                    to answer from the address that the datagram was sent to.
/// \param timeout_ms  How long to wait, in milliseconds; -1 for ever, 0 not at all.
/// \return As `udp_recvfrom`. With `UDP_ERR_TRUNCATED` the beginning of the datagram, `from` and `info` were stored.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recvfrom_info(
    s: udp_socket,
    buf: *mut c_void,
    cap: usize,
    from: *mut udp_addr,
    info: *mut udp_packet_info,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        // SAFETY: `cap` writable bytes, as the header asks.
        let buf = unsafe { bytes_mut(buf.cast(), cap) }?;
        let (received, reported) = socket(s)?.recv_from_info(buf, timeout(timeout_ms)?)?;
        // SAFETY: NULL or room for an address and an info, as the header asks.
        unsafe {
            write(from, received.from.into());
            write(info, (&reported).into());
        }
        if received.length > cap {
            return Err(Error::too_long(Code::Truncated, received.length));
        }
        count(received.length)
    })
}

/// Sends one datagram to everybody on every network that this machine is on: once out of each IPv4 interface that is
/// up and can broadcast, to 255.255.255.255. Switches `UDP_OPT_BROADCAST` on. Waits for room like `udp_sendto`.
/// `udp_broadcast_on` tells of each interface how it went.
///
/// \param s     An IPv4 or dual-stack socket.
/// \param buf   The datagram; NULL if `len` is 0.
/// \param len   Its length in bytes, at most 65,507.
/// \param port  The port that the others listen at.
/// \return Out of how many interfaces it went (at least 1), or: `UDP_ERR_NO_INTERFACE` (none is up and can
///         broadcast), the first interface's error if it went out of none, and the errors of `udp_sendto`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_broadcast(s: udp_socket, buf: *const c_void, len: usize, port: u16) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes, as the header asks.
        let data = unsafe { bytes(buf.cast(), len) }?;
        count(socket(s)?.broadcast(data, port)?)
    })
}

/// Sends one datagram to everybody on the network of one interface, like `udp_broadcast`.
///
/// \param s          An IPv4 or dual-stack socket.
/// \param buf        The datagram; NULL if `len` is 0.
/// \param len        Its length in bytes, at most 65,507.
/// \param port       The port that the others listen at.
/// \param if_index   The number of the interface, as `udp_interface_index` or `udp_interfaces` gives it.
/// \return 0, or: `UDP_ERR_NO_INTERFACE` (no such interface, or it is down, cannot broadcast or has no IPv4 address),
///         and the errors of `udp_sendto`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_broadcast_on(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    port: u16,
    if_index: u32,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes, as the header asks.
        let data = unsafe { bytes(buf.cast(), len) }?;
        socket(s)?.broadcast_on(data, port, if_index)?;
        Ok(0)
    })
}

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
/// \param s        The socket.
/// \param buf      The datagram; NULL if `len` is 0.
/// \param len      Its length in bytes, as for `udp_sendto`.
/// \param to       The destination, or NULL for the peer of `udp_connect`.
/// \param info     Its `local`, without port, and `interface`; the rest is not looked at.
/// \return `len`, or, with nothing sent: `UDP_ERR_INVALID` (`info` has neither address nor interface:
///         `UDP_OPT_RECV_PKTINFO` was off), `UDP_ERR_NOT_LOCAL` (this machine has that address or interface no more),
///         `UDP_ERR_FAMILY` (`local` is of another family than `to`), and the errors of `udp_sendto`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_reply(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    to: *const udp_addr,
    info: *const udp_packet_info,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes and NULL or a valid address, as the header asks.
        let (data, to) = unsafe { (bytes(buf.cast(), len)?, destination(to)?) };
        // SAFETY: NULL or valid details, as the header asks.
        let info = unsafe { read(info) }.ok_or(Code::Null)?;
        socket(s)?.reply(data, to, info.source()?)?;
        count(len)
    })
}
