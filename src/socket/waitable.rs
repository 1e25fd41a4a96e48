//! A count of buffered items and of the threads that poll for one.

#[cfg(all(test, loom))]
use loom::sync::atomic::{AtomicU32, AtomicUsize, fence};
#[cfg(not(all(test, loom)))]
use std::sync::atomic::{AtomicU32, AtomicUsize, fence};

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};

/// How many items a queue holds and how many threads are polling while they could take one, so that a producer knows
/// whether to wake them. Read without the queue's lock.
///
/// A producer stores the items and then looks for waiters; a waiter counts itself and then looks for items. The fences in
/// between make sure that at least one of them sees the other.
#[derive(Debug, Default)]
pub(super) struct WaitableCount {
    items: AtomicUsize,
    waiters: AtomicU32,
}

impl WaitableCount {
    pub(super) fn items(&self) -> usize {
        self.items.load(Acquire)
    }

    pub(super) fn set(&self, items: usize) {
        self.items.store(items, Release);
        fence(SeqCst);
    }

    pub(super) fn any(&self) -> bool {
        self.items() > 0
    }

    /// Whether an item is there and a thread polls that could take it.
    pub(super) fn has_waiter(&self) -> bool {
        self.any() && self.waiters.load(Relaxed) > 0
    }

    /// Counts the calling thread as a waiter while the result lives, if `waits`. It must look for items after this.
    pub(super) fn wait(&self, waits: bool) -> Waiter<'_> {
        let waiters = waits.then_some(&self.waiters);
        if let Some(waiters) = waiters {
            waiters.fetch_add(1, AcqRel);
            fence(SeqCst);
        }
        Waiter(waiters)
    }
}

pub(super) struct Waiter<'a>(Option<&'a AtomicU32>);

impl Drop for Waiter<'_> {
    fn drop(&mut self) {
        if let Some(waiters) = self.0 {
            waiters.fetch_sub(1, AcqRel);
        }
    }
}

/// All interleavings of a producer and waiters: `RUSTFLAGS="--cfg loom" cargo test --release --lib loom`.
#[cfg(all(test, loom))]
mod loom_tests {
    use super::*;
    use loom::sync::{Arc, Condvar, Mutex};
    use loom::thread;

    /// A socket's queue and its waker, which stays notified until it is cleared, as an eventfd does.
    #[derive(Default)]
    struct Model {
        count: WaitableCount,
        queue: Mutex<usize>,
        notified: Mutex<bool>,
        wake: Condvar,
    }

    impl Model {
        fn push(&self) {
            let mut queue = self.queue.lock().unwrap();
            *queue += 1;
            self.count.set(*queue);
            drop(queue);
            self.wake_waiters();
        }

        fn wake_waiters(&self) {
            if self.count.has_waiter() {
                *self.notified.lock().unwrap() = true;
                self.wake.notify_all();
            }
        }

        /// As `Socket::retry` and `Socket::block`: takes an item, or sleeps until the waker is notified.
        fn take(&self) {
            loop {
                let mut queue = self.queue.lock().unwrap();
                if *queue > 0 {
                    *queue -= 1;
                    self.count.set(*queue);
                    drop(queue);
                    return self.wake_waiters();
                }
                drop(queue);
                {
                    let _waiter = self.count.wait(true);
                    if self.count.any() {
                        continue;
                    }
                    let mut notified = self.notified.lock().unwrap();
                    while !*notified {
                        notified = self.wake.wait(notified).unwrap();
                    }
                }
                *self.notified.lock().unwrap() = false;
                self.wake_waiters();
            }
        }
    }

    #[test]
    fn waiter_is_woken_by_a_push_at_any_moment() {
        loom::model(|| {
            let model = Arc::new(Model::default());
            let waiter = model.clone();
            let waiter = thread::spawn(move || waiter.take());
            model.push();
            waiter.join().unwrap();
        });
    }

    #[test]
    fn two_waiters_get_an_item_each() {
        let mut builder = loom::model::Builder::new();
        // Every interleaving of three threads would take minutes; a lost wake needs few preemptions.
        builder.preemption_bound = Some(2);
        builder.check(|| {
            let model = Arc::new(Model::default());
            let waiters: Vec<_> = (0..2)
                .map(|_| {
                    let model = model.clone();
                    thread::spawn(move || model.take())
                })
                .collect();
            model.push();
            model.push();
            waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
        });
    }
}
