//! Section "Broadcast".

use std::ffi::c_void;

use super::guard::{bytes, count, guard, socket};
use super::types::udp_socket;

/// Sends one datagram to every host on every IPv4 network that this machine is on: once through each interface that is up
/// and can broadcast, to 255.255.255.255. Sets `UDP_OPT_BROADCAST` to 1. Waits for room like `udp_sendto`. To learn the
/// result for each interface, call `udp_broadcast_on` for each of `udp_interfaces`.
///
/// \param s     An IPv4 or dual-stack socket.
/// \param buf   The datagram; NULL if `len` is 0.
/// \param len   Its length in bytes, 0 to 65,507.
/// \param port  The port that the receivers are bound to.
/// \return The number of interfaces (at least 1), or: `UDP_ERR_NO_INTERFACE` (none is up and can broadcast), the first
///         interface's error if all failed, and the errors of `udp_sendto`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_broadcast(s: udp_socket, buf: *const c_void, len: usize, port: u16) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes, as the header requires.
        let data = unsafe { bytes(buf.cast(), len) }?;
        count(socket(s)?.broadcast(data, port)?)
    })
}

/// Sends one datagram to every host on the network of one interface; otherwise like `udp_broadcast`.
///
/// \param s         An IPv4 or dual-stack socket.
/// \param buf       The datagram; NULL if `len` is 0.
/// \param len       Its length in bytes, 0 to 65,507.
/// \param port      The port that the receivers are bound to.
/// \param if_index  The interface index, from `udp_interface_index` or `udp_interfaces`.
/// \return 0, or: `UDP_ERR_NO_INTERFACE` (no such interface, or it is down, cannot broadcast or has no IPv4 address), and
///         the errors of `udp_sendto`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_broadcast_on(
    s: udp_socket,
    buf: *const c_void,
    len: usize,
    port: u16,
    if_index: u32,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes, as the header requires.
        let data = unsafe { bytes(buf.cast(), len) }?;
        socket(s)?.broadcast_on(data, port, if_index).map(|()| 0)
    })
}
