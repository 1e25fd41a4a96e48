//! Statistics of a socket.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::Socket;
use crate::error::Result;
use crate::sys;

/// Counters of a socket since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Datagrams sent.
    pub sent: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Datagrams received.
    pub received: u64,
    /// Bytes received, including those that truncation lost.
    pub received_bytes: u64,
    /// Received datagrams that were longer than their buffer.
    pub truncated: u64,
    /// Datagrams that the kernel dropped at this socket because the receive buffer was full or a checksum was wrong.
    pub dropped: u64,
    /// Datagrams buffered for the next receive: the kernel had coalesced them with datagrams already returned.
    pub buffered: u64,
    /// GSO sends that the kernel refused. Their datagrams were sent one by one.
    pub offload_refused: u64,
    /// Path errors received.
    pub path_errors: u64,
    /// Path errors discarded because the queue was full.
    pub path_errors_lost: u64,
    /// Receives that found a datagram while they looked for one before they would sleep ([`crate::SocketOption::Spin`]).
    pub spin_hits: u64,
    /// Receives that looked in vain, and slept.
    pub spin_misses: u64,
    /// Whether datagrams of one size to one peer are sent together (GSO).
    pub sends_gso: bool,
    /// Whether the kernel may coalesce received datagrams (GRO).
    pub receives_gro: bool,
}

impl Socket {
    /// The counters of this socket.
    pub fn stats(&self) -> Result<Stats> {
        let counters = &self.counters;
        let read = |count: &AtomicU64| count.load(Relaxed);
        let (spin_hits, spin_misses) = self.spin.counts();
        Ok(Stats {
            sent: read(&counters.sent.datagrams),
            sent_bytes: read(&counters.sent.bytes),
            received: read(&counters.received.datagrams),
            received_bytes: read(&counters.received.bytes),
            truncated: read(&counters.truncated),
            dropped: counters.dropped(sys::drops(&self.descriptor)),
            buffered: self.recv_queue.get().map_or(0, |queue| queue.count.items() as u64),
            offload_refused: read(&counters.offload_refused),
            path_errors: read(&self.path_queue.received),
            path_errors_lost: read(&self.path_queue.lost),
            spin_hits,
            spin_misses,
            sends_gso: self.gso_limits.get(sys::max_segments(&self.descriptor), true).segments > 1,
            receives_gro: self.coalesce,
        })
    }
}
