//! Section "Path errors".

use super::guard::{guard, required, socket, timeout, write};
use super::types::{udp_addr, udp_path_error, udp_socket};

/// Returns a report about a sent datagram that did not reach its destination: refused by the peer, unreachable, or larger
/// than the path MTU. With `UDP_OPT_RECV_ERRORS` on, such reports (ICMP) wait in a queue, each with the peer that it is
/// about, and fail no other call. Routers and hosts may send none: no report does not mean that a datagram arrived.
///
/// With the option on, a datagram for which this machine's own queue has no room is reported too: the send is repeated
/// after pauses and then returns `UDP_ERR_NO_BUFFERS`. Without it, Linux discards the datagram in silence.
///
/// \param s           The socket.
/// \param error       Receives the oldest report. The queue holds 1,024; if it is full, the oldest is discarded and counted
///                    in `udp_stats.path_errors_lost`.
/// \param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// \return 0, or: `UDP_ERR_WOULD_BLOCK` (no report, and the timeout is 0), `UDP_ERR_TIMED_OUT`, `UDP_ERR_INTERRUPTED`,
///         `UDP_ERR_OPTION` (`UDP_OPT_RECV_ERRORS` is 0), `UDP_ERR_INVALID` (a timeout below -1), `UDP_ERR_NULL`,
///         `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recv_error(s: udp_socket, error: *mut udp_path_error, timeout_ms: i32) -> i32 {
    guard(|| {
        let place = required(error)?;
        let found = socket(s)?.recv_error(timeout(timeout_ms)?)?;
        let report = udp_path_error {
            code: found.code as i32,
            os_error: found.os,
            peer: found.peer.into(),
            offender: found.offender.map_or(udp_addr::NONE, udp_addr::from),
            mtu: found.mtu,
            icmp_type: found.icmp.0,
            icmp_code: found.icmp.1,
            reserved: 0,
        };
        // SAFETY: room for a report, as the header requires.
        unsafe { write(place.as_ptr(), report) };
        Ok(0)
    })
}
