//! Section "Path errors".

use super::guard::{guard, required, socket, timeout, write};
use super::types::{udp_addr, udp_path_error, udp_socket};

/// Tells of a datagram that did not get through: refused by the peer, unreachable, or too big for the path. Such errors
/// wait here in a queue, each with its peer, and fail no other call, once `UDP_OPT_RECV_ERRORS` is on. They are what
/// routers and peers choose to tell; that there is none says nothing.
///
/// With the option on, a datagram that this machine's own queue has no room for is `UDP_ERR_NO_BUFFERS` too, after some
/// pauses; without it, it is lost in silence (Linux).
///
/// \param s           The socket.
/// \param error       Gets the oldest path error. The queue has room for 1,024; after that the oldest are lost, which
///                    `udp_get_stats` tells.
/// \param timeout_ms  How long to wait for one, in milliseconds; -1 for ever, 0 not at all.
/// \return 0, or: `UDP_ERR_WOULD_BLOCK` (none, and the time-out is 0), `UDP_ERR_TIMED_OUT`, `UDP_ERR_INTERRUPTED`,
///         `UDP_ERR_OPTION` (`UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_CLOSED`, `UDP_ERR_INVALID` (a time-out under -1),
///         `UDP_ERR_NULL`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recv_error(s: udp_socket, error: *mut udp_path_error, timeout_ms: i32) -> i32 {
    guard(|| {
        let place = required(error)?;
        let found = socket(s)?.recv_error(timeout(timeout_ms)?)?;
        let told = udp_path_error {
            code: found.code as i32,
            os_error: found.os,
            peer: found.peer.into(),
            offender: found.offender.map_or(udp_addr::NONE, udp_addr::from),
            mtu: found.mtu,
            icmp_type: found.icmp.0,
            icmp_code: found.icmp.1,
            reserved: 0,
        };
        // SAFETY: room for an error, as the header asks.
        unsafe { write(place.as_ptr(), told) };
        Ok(0)
    })
}
