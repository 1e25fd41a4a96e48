//! Looking before sleeping: to wake a sleeping thread takes several times as long as a datagram on its way.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A budget of 0 is tried again in every so many waits.
const TRIED_AGAIN: u32 = 256;

/// How long a wait may look before it sleeps, and how long it does. The budget is halved each time that nothing came, and
/// restored when something did: a thread whose peer needs its processor, or which waits for seconds, soon stops looking.
#[derive(Debug, Default)]
pub(crate) struct Spin {
    most_us: AtomicU32,
    budget_us: AtomicU32,
    /// Waits with a budget of 0.
    idle: AtomicU32,
    hits: AtomicU64,
    misses: AtomicU64,
}

impl Spin {
    /// Sets how long a wait may look, in microseconds; 0 turns it off.
    pub(crate) fn set_most(&self, microseconds: u32) {
        self.most_us.store(microseconds, Relaxed);
        self.budget_us.store(microseconds, Relaxed);
    }

    pub(crate) fn most(&self) -> u32 {
        self.most_us.load(Relaxed)
    }

    /// How many waits found something while they looked, and how many looked in vain.
    pub(crate) fn counts(&self) -> (u64, u64) {
        (self.hits.load(Relaxed), self.misses.load(Relaxed))
    }

    /// How long this wait may look; `None` if it should sleep at once.
    pub(crate) fn budget(&self) -> Option<Duration> {
        let budget = self.budget_us.load(Relaxed);
        let microseconds = match (budget, self.most()) {
            (_, 0) => return None,
            (0, _) if self.idle.fetch_add(1, Relaxed) % TRIED_AGAIN != TRIED_AGAIN - 1 => return None,
            (0, most) => (most / 2).max(1),
            (budget, _) => budget,
        };
        Some(Duration::from_micros(microseconds.into()))
    }

    /// Calls `attempt` until it returns something or `limit`, from [`Spin::budget`], has passed.
    pub(crate) fn look<T>(&self, limit: Duration, mut attempt: impl FnMut() -> Option<T>) -> Option<T> {
        let start = Instant::now();
        loop {
            if let Some(found) = attempt() {
                self.budget_us.store(self.most(), Relaxed);
                self.hits.fetch_add(1, Relaxed);
                return Some(found);
            }
            if start.elapsed() >= limit {
                self.budget_us.store(limit.as_micros() as u32 / 2, Relaxed);
                self.misses.fetch_add(1, Relaxed);
                return None;
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn miss(spin: &Spin) -> Option<u128> {
        let budget = spin.budget()?;
        assert_eq!(spin.look(budget, || None::<()>), None);
        Some(budget.as_micros())
    }

    #[test]
    fn budget_without_a_hit_is_halved_and_then_tried_now_and_again() {
        let spin = Spin::default();
        assert_eq!(spin.budget(), None, "the default is not to look");
        spin.set_most(8);
        let tried: Vec<u128> = std::iter::from_fn(|| miss(&spin)).collect();
        assert_eq!(tried, [8, 4, 2, 1]);
        let found: Vec<u32> = (2..=600).filter(|_| miss(&spin).is_some()).collect();
        assert_eq!(found.len(), 2 * 3, "after 256 waits, with 4, 2 and 1: {found:?}");
        assert_eq!(spin.counts().0, 0);
    }

    #[test]
    fn budget_after_a_hit_is_whole_again() {
        let spin = Spin::default();
        spin.set_most(100);
        miss(&spin);
        let budget = spin.budget().unwrap();
        assert_eq!((budget.as_micros(), spin.look(budget, || Some(7))), (50, Some(7)));
        assert_eq!(spin.budget().unwrap().as_micros(), 100);
        assert_eq!(spin.counts(), (1, 1));
    }
}
