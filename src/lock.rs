//! Locks of queues and lists.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a queue or a list. Nothing waits or panics under these locks, so a poisoned one is as good as any.
pub(crate) fn lock<T>(queue: &Mutex<T>) -> MutexGuard<'_, T> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
