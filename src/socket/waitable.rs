//! A count of buffered items and of the threads that poll for one.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering::SeqCst};

/// How many items a queue holds and how many threads are polling while they could take one, so that a producer knows
/// whether to wake them. Read without the queue's lock.
#[derive(Debug, Default)]
pub(super) struct WaitableCount {
    items: AtomicUsize,
    waiters: AtomicU32,
}

impl WaitableCount {
    pub(super) fn items(&self) -> usize {
        self.items.load(SeqCst)
    }

    pub(super) fn set(&self, items: usize) {
        self.items.store(items, SeqCst);
    }

    pub(super) fn any(&self) -> bool {
        self.items() > 0
    }

    /// Whether an item is there and a thread polls that could take it.
    pub(super) fn has_waiter(&self) -> bool {
        self.any() && self.waiters.load(SeqCst) > 0
    }

    /// Counts the calling thread as a waiter while the result lives, if `waits`. It must look for items after this.
    pub(super) fn wait(&self, waits: bool) -> Waiter<'_> {
        let waiters = waits.then_some(&self.waiters);
        if let Some(waiters) = waiters {
            waiters.fetch_add(1, SeqCst);
        }
        Waiter(waiters)
    }
}

pub(super) struct Waiter<'a>(Option<&'a AtomicU32>);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if let Some(waiters) = self.0 {
            waiters.fetch_sub(1, SeqCst);
        }
    }
}
