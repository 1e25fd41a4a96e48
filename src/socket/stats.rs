//! What a socket counts.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::error::Result;
use crate::socket::Socket;
use crate::sys;

/// What passed through a socket since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Datagrams sent.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Datagrams received.
    pub received: u64,
    /// Their bytes, with those that a truncation lost.
    pub received_bytes: u64,
    /// How many of them were longer than their buffer.
    pub truncated: u64,
    /// Datagrams that the system dropped, because the receive buffer was full or a checksum wrong.
    pub dropped: u64,
    /// Datagrams that were received and are kept for the next call: they were joined with others that were taken.
    pub buffered: u64,
    /// How often the system refused a super-datagram, whose datagrams then went one by one.
    pub offload_refused: u64,
    /// Path errors that came in.
    pub path_errors: u64,
    /// How many of them gave way to newer ones before anybody asked for them.
    pub path_errors_lost: u64,
    /// Whether runs of datagrams leave as super-datagrams.
    pub sends_gso: bool,
    /// Whether the system may join datagrams on their way in.
    pub receives_gro: bool,
}

/// Datagrams and bytes of one direction, on a cache line that the other direction does not write to.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(crate) struct Count {
    datagrams: AtomicU64,
    bytes: AtomicU64,
}

impl Count {
    pub(crate) fn add(&self, datagrams: usize, bytes: usize) {
        self.datagrams.fetch_add(datagrams as u64, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }
}

/// All that a socket counts itself.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) sent: Count,
    pub(crate) received: Count,
    pub(crate) truncated: AtomicU64,
    pub(crate) refused: AtomicU64,
    /// The system's count of drops is modulo 2^32; the lower half of this one equals it.
    dropped: AtomicU64,
}

impl Counts {
    /// The whole count of drops, given the system's.
    fn dropped(&self, now: u32) -> u64 {
        let advance = |before: u64| {
            let step = now.wrapping_sub(before as u32);
            // A count that another thread read earlier than the one before must not count as a whole turn.
            before + u64::from(if step < 1 << 31 { step } else { 0 })
        };
        let before = self.dropped.fetch_update(Relaxed, Relaxed, |before| Some(advance(before)));
        before.map_or_else(advance, advance)
    }
}

impl Socket {
    /// What passed through this socket.
    pub fn stats(&self) -> Result<Stats> {
        let counts = self.counts();
        let read = |count: &AtomicU64| count.load(Relaxed);
        Ok(Stats {
            sent: read(&counts.sent.datagrams),
            sent_bytes: read(&counts.sent.bytes),
            received: read(&counts.received.datagrams),
            received_bytes: read(&counts.received.bytes),
            truncated: read(&counts.truncated),
            dropped: counts.dropped(sys::drops(self.descriptor())?),
            buffered: self.kept_datagrams() as u64,
            offload_refused: read(&counts.refused),
            path_errors: read(&self.path_errors().told),
            path_errors_lost: read(&self.path_errors().lost),
            sends_gso: self.sends_gso(),
            receives_gro: self.receives_gro(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_counted_over_the_end_of_the_systems_counter() {
        let counts = Counts::default();
        for (now, whole) in [
            (0, 0),
            (5, 5),
            (5, 5),
            (0x7FFF_FFFF, 0x7FFF_FFFF),
            (0xFFFF_FFF0, 0xFFFF_FFF0),
            (3, 0x1_0000_0003),
            (1, 0x1_0000_0003),
            (4, 0x1_0000_0004),
        ] {
            assert_eq!(counts.dropped(now), whole, "{now:#x}");
        }
    }
}
