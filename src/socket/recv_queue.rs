//! Datagrams that the kernel returned in one super-datagram beyond what a receive asked for. The next receive takes them.

use std::collections::VecDeque;
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Mutex, MutexGuard};

use super::waitable::WaitableCount;
use crate::error::{Code, Result};
use crate::lock::lock;
use crate::types::RecvMeta;

/// What a coalescing socket needs for each super-datagram that it receives, in bytes: none is longer.
pub const BLOCK_SIZE: usize = 65_536;

/// A socket's buffered datagrams.
#[derive(Debug, Default)]
pub(super) struct RecvQueue {
    pub(super) count: WaitableCount,
    /// How many datagrams a super-datagram may hold, as far as the last ones tell.
    usual: AtomicUsize,
    buffer: Mutex<Buffer>,
}

impl RecvQueue {
    /// How many datagrams to expect in a super-datagram, at least one.
    pub(super) fn usual(&self) -> usize {
        self.usual.load(Relaxed).max(1)
    }

    /// Learns how many datagrams the largest super-datagram of a receive held. A smaller number than before counts only
    /// by and by, because the last super-datagram of each burst may be small.
    pub(super) fn learn_usual(&self, largest: usize) {
        let before = self.usual();
        self.usual.store(largest.max(before - before.div_ceil(8)), Relaxed);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Buffer> {
        lock(&self.buffer)
    }
}

/// The bytes of the buffered datagrams, and where they are.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    pub(super) bytes: Vec<u8>,
    /// Their offsets are into `bytes`.
    pub(super) metas: VecDeque<RecvMeta>,
}

impl Buffer {
    pub(super) fn datagrams(&self) -> usize {
        self.metas.iter().map(RecvMeta::datagrams).sum()
    }

    /// Makes room for one super-datagram.
    pub(super) fn reserve(&mut self) -> Result<()> {
        self.bytes.try_reserve(BLOCK_SIZE.saturating_sub(self.bytes.len())).map_err(|_| Code::Memory)?;
        self.metas.try_reserve(1).map_err(|_| Code::Memory)?;
        self.bytes.resize(BLOCK_SIZE, 0);
        Ok(())
    }

    /// Copies datagrams out of an arena.
    pub(super) fn push(&mut self, arena: &[u8], meta: RecvMeta) -> Result<()> {
        self.bytes.try_reserve(meta.length).map_err(|_| Code::Memory)?;
        self.metas.try_reserve(1).map_err(|_| Code::Memory)?;
        let offset = self.bytes.len();
        self.bytes.extend_from_slice(&arena[meta.offset..meta.offset + meta.length]);
        self.metas.push_back(RecvMeta { offset, ..meta });
        Ok(())
    }

    /// Takes the next datagrams of one peer into `place`: at most `max`, and as many as fit. If not even one fits it is
    /// cut, unless `whole` forbids that.
    pub(super) fn take(&mut self, place: &mut [u8], max: usize, whole: bool) -> Option<RecvMeta> {
        let next = self.metas.pop_front()?;
        let each = next.segment_size.min(next.length);
        let fit = if next.length <= place.len() { max } else { max.min(place.len() / each.max(1)) };
        if fit == 0 && whole {
            self.metas.push_front(next);
            return None;
        }
        let (taken, rest) = next.split(fit.max(1));
        let length = taken.length.min(place.len());
        place[..length].copy_from_slice(&self.bytes[taken.offset..taken.offset + length]);
        match rest {
            Some(rest) => self.metas.push_front(rest),
            None if self.metas.is_empty() => self.bytes.clear(),
            None => {}
        }
        // A datagram that was cut is a single one, whatever its segment size.
        let segment_size = if length < taken.length { length } else { taken.segment_size };
        Some(RecvMeta { offset: 0, length, segment_size, ..taken })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_of_bursts_with_a_small_end_stays_near_the_largest() {
        let queue = RecvQueue::default();
        assert_eq!(queue.usual(), 1);
        for largest in [100, 8, 100, 8] {
            queue.learn_usual(largest);
            assert!((87..=100).contains(&queue.usual()), "{} after {largest}", queue.usual());
        }
        (0..40).for_each(|_| queue.learn_usual(1));
        assert_eq!(queue.usual(), 1);
    }
}
