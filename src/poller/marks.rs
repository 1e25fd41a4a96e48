//! The bits of a poller: which of its sockets to look at.

use std::array;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::SeqCst};

use once_cell::race::OnceBox;

use crate::error::{Code, Error, Result};

const WORDS: usize = 64;
const BITS: usize = WORDS * 64;
/// As many as there are handles of sockets.
const CHUNKS: usize = (1 << 20) / BITS;

type Chunk = [AtomicU64; WORDS];

/// One bit for each key of a poller. Setting one takes no lock and no memory: a close may be called in a signal handler.
#[derive(Debug)]
pub(super) struct Marks {
    chunks: [OnceBox<Chunk>; CHUNKS],
    /// At least the number of set bits, and 0 if there is none and nobody sets one.
    count: AtomicUsize,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { chunks: array::from_fn(|_| OnceBox::new()), count: AtomicUsize::new(0) }
    }
}

impl Marks {
    /// Makes room for a key's bit. [`Code::Limit`] if there are too many.
    pub(super) fn reserve(&self, key: u32) -> Result<()> {
        let chunk = self.chunks.get(key as usize / BITS).ok_or(Code::Limit)?;
        chunk.get_or_try_init(|| -> Result<Box<Chunk>> {
            let mut words = Vec::new();
            words.try_reserve_exact(WORDS).map_err(|_| Error::from(Code::Memory))?;
            words.extend((0..WORDS).map(|_| AtomicU64::new(0)));
            Ok(words.into_boxed_slice().try_into().expect("a chunk has WORDS words"))
        })?;
        Ok(())
    }

    pub(super) fn any(&self) -> bool {
        self.count.load(SeqCst) > 0
    }

    /// Sets a bit. False if it was set.
    pub(super) fn set(&self, key: u32) -> bool {
        let Some(word) = self.word(key) else { return false };
        self.count.fetch_add(1, SeqCst);
        let newly = word.fetch_or(bit(key), SeqCst) & bit(key) == 0;
        if !newly {
            self.count.fetch_sub(1, SeqCst);
        }
        newly
    }

    /// Clears the first set bit from `from` on and below `to`, and returns its key.
    pub(super) fn take(&self, from: u32, to: u32) -> Option<u32> {
        let mut key = from;
        while key < to {
            let word = self.word(key)?;
            let rest = word.load(SeqCst) >> (key % 64);
            if rest == 0 {
                key = (key | 63) + 1;
                continue;
            }
            key += rest.trailing_zeros();
            if key >= to {
                break;
            }
            // Another thread may have cleared it first.
            if word.fetch_and(!bit(key), SeqCst) & bit(key) != 0 {
                self.count.fetch_sub(1, SeqCst);
                return Some(key);
            }
        }
        None
    }

    fn word(&self, key: u32) -> Option<&AtomicU64> {
        let chunk = self.chunks.get(key as usize / BITS)?.get()?;
        Some(&chunk[key as usize % BITS / 64])
    }
}

fn bit(key: u32) -> u64 {
    1 << (key % 64)
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn take_returns_each_set_key_once_in_its_range() {
        let marks = Marks::default();
        let keys = [0, 1, 63, 64, 4095, 4096, 9000];
        for key in keys {
            marks.reserve(key).unwrap();
            assert!(marks.set(key) && !marks.set(key), "{key}");
        }
        assert_eq!(marks.take(2, 63), None);
        assert_eq!(marks.take(65, 4097), Some(4095));
        let rest: Vec<u32> = std::iter::from_fn(|| marks.take(0, 9001)).collect();
        assert_eq!(rest, [0, 1, 63, 64, 4096, 9000]);
        assert!(!marks.any());
    }

    #[test]
    fn reserve_beyond_the_handles_is_a_limit() {
        assert_eq!(Marks::default().reserve(1 << 20).unwrap_err().code(), Code::Limit);
    }

    #[test]
    fn set_and_take_by_many_threads_loses_none() {
        let marks = Marks::default();
        marks.reserve(0).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..2 {
                let marks = &marks;
                scope.spawn(move || {
                    for key in (thread * 32..thread * 32 + 32).cycle().take(10_000) {
                        while !marks.set(key) {
                            std::hint::spin_loop();
                        }
                    }
                });
            }
            let mut taken = 0;
            while taken < 20_000 {
                taken += usize::from(marks.take(0, 64).is_some());
            }
        });
        assert!(!marks.any());
    }
}
