//! The locks of a socket's queues.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a queue. Nothing waits or panics under these locks, so a poisoned one is as good as any.
pub(super) fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
