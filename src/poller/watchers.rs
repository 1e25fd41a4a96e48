//! A socket's side: the pollers that it is in.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering::SeqCst};

use super::{POLLERS, Poller};
use crate::error::{Code, Error, Result};
use crate::sys;

/// In how many pollers a socket may be.
const MAX_POLLERS: usize = 4;
/// A place that another thread is about to fill. No handle is negative.
const CLAIMED: i64 = -1;

/// The pollers that a socket is in, by handle, so that each may be closed at any moment. Reading them takes no lock: a close
/// may be called in a signal handler.
#[derive(Debug, Default)]
pub(crate) struct Watchers([Watcher; MAX_POLLERS]);

#[derive(Debug, Default)]
struct Watcher {
    poller: AtomicI64,
    key: AtomicU32,
}

impl Watchers {
    /// Adds a poller, which knows the socket by `key`.
    pub(super) fn add(&self, poller: i64, key: u32) -> Result<()> {
        for watcher in &self.0 {
            let seen = watcher.poller.load(SeqCst);
            // A poller that was closed, or that a fork left behind, will not ask any more.
            let free = seen == 0
                || (seen != CLAIMED && !POLLERS.get(seen).is_ok_and(|poller| poller.is_of_this_process()));
            if free && watcher.poller.compare_exchange(seen, CLAIMED, SeqCst, SeqCst).is_ok() {
                watcher.key.store(key, SeqCst);
                watcher.poller.store(poller, SeqCst);
                return Ok(());
            }
        }
        Err(Error::new(
            Code::Limit,
            format_args!("a socket may be in {MAX_POLLERS} pollers; remove it from one (events 0)"),
        ))
    }

    pub(super) fn remove(&self, poller: i64) {
        for watcher in &self.0 {
            let _ = watcher.poller.compare_exchange(poller, 0, SeqCst, SeqCst);
        }
    }

    /// Tells the pollers that the socket may be ready for a reason that the system does not know.
    pub(crate) fn mark(&self) {
        self.each(|poller, key| poller.mark(key));
    }

    /// Tells the pollers that the socket is closed.
    pub(crate) fn close(&self, socket: &sys::Descriptor) {
        self.each(|poller, key| poller.socket_closed(socket, key));
    }

    fn each(&self, tell: impl Fn(&Poller, u32)) {
        for watcher in &self.0 {
            let poller = watcher.poller.load(SeqCst);
            if poller <= 0 {
                continue;
            }
            // If the place changes hands meanwhile, the new poller looks at the socket anyway, and a key that is no longer
            // the socket's costs one look in vain.
            let key = watcher.key.load(SeqCst);
            if let Ok(poller) = POLLERS.get(poller) {
                tell(&poller, key);
            }
        }
    }
}
