//! Section "Statistics".

use super::guard::{guard, required, socket, write};
use super::types::{UDP_PATH_RECV_JOINED, UDP_PATH_SEND_JOINED, udp_counters, udp_socket};

/// What passed through a socket since it was opened, and what the system dropped at it.
///
/// \param s         The socket.
/// \param counters  Gets the counts. Other threads may be counting meanwhile.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_stats(s: udp_socket, counters: *mut udp_counters) -> i32 {
    guard(|| {
        let counters = required(counters)?;
        let stats = socket(s)?.stats()?;
        let path = |used, flag| if used { flag } else { 0 };
        let found = udp_counters {
            sent: stats.sent,
            sent_bytes: stats.sent_bytes,
            received: stats.received,
            received_bytes: stats.received_bytes,
            truncated: stats.truncated,
            dropped: stats.dropped,
            kept: stats.kept,
            joined_refused: stats.joined_refused,
            path_errors: stats.path_errors,
            path_errors_lost: stats.path_errors_lost,
            paths: path(stats.joins_sent, UDP_PATH_SEND_JOINED)
                | path(stats.joins_received, UDP_PATH_RECV_JOINED),
            reserved: [0; 3],
        };
        // SAFETY: room for the counters, as the header asks.
        unsafe { write(counters.as_ptr(), found) };
        Ok(0)
    })
}
