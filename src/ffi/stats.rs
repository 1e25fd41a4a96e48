//! Section "Statistics".

use super::guard::{guard, required, socket, write};
use super::types::{UDP_OFFLOAD_RECV, UDP_OFFLOAD_SEND, udp_socket, udp_stats};

/// Returns the counters of a socket.
///
/// \param s      The socket.
/// \param stats  Receives the counters. Other threads may be changing them meanwhile.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_get_stats(s: udp_socket, stats: *mut udp_stats) -> i32 {
    guard(|| {
        let place = required(stats)?;
        let stats = socket(s)?.stats()?;
        let flag = |in_use, flag| if in_use { flag } else { 0 };
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
            offloads: flag(stats.sends_gso, UDP_OFFLOAD_SEND) | flag(stats.receives_gro, UDP_OFFLOAD_RECV),
            reserved0: 0,
            spin_hits: stats.spin_hits,
            spin_misses: stats.spin_misses,
            reserved: [0; 7],
        };
        // SAFETY: room for the counters, as the header requires.
        unsafe { write(place.as_ptr(), found) };
        Ok(0)
    })
}
