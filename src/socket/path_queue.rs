//! The queue of path errors that the program has not asked for yet.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use super::waitable::WaitableCount;
use crate::error::{Code, Error, Result};
use crate::lock::lock;
use crate::sys;
use crate::types::PathError;

/// How many path errors are queued for a program that does not ask for them.
const MAX_QUEUED: usize = 1024;

/// A socket's path errors.
#[derive(Debug, Default)]
pub(super) struct PathQueue {
    pub(super) enabled: AtomicBool,
    pub(super) received: AtomicU64,
    /// Discarded because the queue was full.
    pub(super) lost: AtomicU64,
    queue: sys::PerProcess<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    count: WaitableCount,
    errors: Mutex<VecDeque<PathError>>,
}

impl PathQueue {
    pub(super) fn enabled(&self) -> bool {
        self.enabled.load(Relaxed)
    }

    /// Fails if the option is off: no path error would ever come.
    pub(super) fn check_enabled(&self) -> Result<()> {
        if self.enabled() {
            Ok(())
        } else {
            Err(Error::new(Code::Option, format_args!("set UDP_OPT_RECV_ERRORS to 1 first")))
        }
    }

    /// How many errors are queued and who waits for one; `None` while the option is off.
    pub(super) fn count(&self) -> Result<Option<&WaitableCount>> {
        if self.enabled() { Ok(Some(&self.queue.get_or_create()?.count)) } else { Ok(None) }
    }

    /// Whether an error is queued and can be taken.
    pub(super) fn any(&self) -> bool {
        self.enabled() && self.queue.get().is_some_and(|queue| queue.count.any())
    }

    pub(super) fn push(&self, error: PathError) {
        self.received.fetch_add(1, Relaxed);
        let Ok(queue) = self.queue.get_or_create() else {
            self.lost.fetch_add(1, Relaxed);
            return;
        };
        let mut errors = lock(&queue.errors);
        if errors.len() == MAX_QUEUED || errors.try_reserve(1).is_err() {
            self.lost.fetch_add(1, Relaxed);
            if errors.pop_front().is_none() {
                return;
            }
        }
        errors.push_back(error);
        queue.count.set(errors.len());
    }

    pub(super) fn pop(&self) -> Option<PathError> {
        let queue = self.queue.get()?;
        let mut errors = lock(&queue.errors);
        let error = errors.pop_front();
        queue.count.set(errors.len());
        error
    }
}
