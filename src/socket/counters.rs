//! What a socket counts itself.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Datagrams and bytes of one direction.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    pub(super) datagrams: AtomicU64,
    pub(super) bytes: AtomicU64,
}

impl Traffic {
    pub(super) fn add(&self, datagrams: usize, bytes: usize) {
        self.datagrams.fetch_add(datagrams as u64, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
    }
}

#[derive(Debug, Default)]
#[repr(C)]
pub(super) struct Counters {
    pub(super) sent: Traffic,
    pub(super) received: Traffic,
    pub(super) truncated: AtomicU64,
    pub(super) offload_refused: AtomicU64,
    /// The kernel's counter of drops is modulo 2^32; the lower half of this one equals it.
    dropped: AtomicU64,
}

impl Counters {
    /// All drops so far, given the kernel's counter if it can be read.
    pub(super) fn dropped(&self, kernel: Option<u32>) -> u64 {
        let Some(kernel) = kernel else { return self.dropped.load(Relaxed) };
        let advance = |before: u64| {
            let step = kernel.wrapping_sub(before as u32);
            // Another thread may have read the kernel's counter later than this one: that is no wrap.
            before + u64::from(if step < 1 << 31 { step } else { 0 })
        };
        let before = self.dropped.fetch_update(Relaxed, Relaxed, |before| Some(advance(before)));
        before.map_or_else(advance, advance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_continues_when_the_kernel_counter_wraps() {
        let counters = Counters::default();
        for (kernel, all) in [
            (0, 0),
            (5, 5),
            (5, 5),
            (0x7FFF_FFFF, 0x7FFF_FFFF),
            (0xFFFF_FFF0, 0xFFFF_FFF0),
            (3, 0x1_0000_0003),
            (1, 0x1_0000_0003),
            (4, 0x1_0000_0004),
        ] {
            assert_eq!(counters.dropped(Some(kernel)), all, "{kernel:#x}");
        }
        assert_eq!(counters.dropped(None), 0x1_0000_0004);
    }
}
