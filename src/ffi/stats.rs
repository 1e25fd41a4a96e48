//! Section "Statistics".

use super::guard::{guard, required, socket, write};
use super::types::{UDP_OFFLOAD_RECV, UDP_OFFLOAD_SEND, udp_socket, udp_stats};

/// What passed through a socket since it was opened, and what the system dropped at it.
///
/// \param s         The socket.
/// \param counters  Gets the counts. Other threads may be counting meanwhile.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_get_stats(s: udp_socket, counters: *mut udp_stats) -> i32 {
    guard(|| {
        let counters = required(counters)?;
        let stats = socket(s)?.stats()?;
        let path = |used, flag| if used { flag } else { 0 };
        let found = udp_stats {
            sent: stats.sent,
            sent_bytes: stats.sent_bytes,
            received: stats.received,
            received_bytes: stats.received_bytes,
            truncated: stats.truncated,
            dropped: stats.dropped,
            buffered: stats.buffered,
            offload_refused: stats.offload_refused,
            path_errors: stats.path_errors,
            path_errors_lost: stats.path_errors_lost,
            offloads: path(stats.sends_gso, UDP_OFFLOAD_SEND) | path(stats.receives_gro, UDP_OFFLOAD_RECV),
            reserved0: 0,
            reserved: [0; 9],
        };
        // SAFETY: room for the counters, as the header asks.
        unsafe { write(counters.as_ptr(), found) };
        Ok(0)
    })
}
