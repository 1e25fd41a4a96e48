//! Signals while a thread looks before it sleeps.

use std::mem;
use std::ptr;

use libc::{c_int, sigset_t};

/// Signals that stay what they are: those of a fault in the code, which cannot wait.
const FAULTS: [c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGABRT];

/// Holds the calling thread's signals back while it lives. A wait that is given this lets them in, so that a signal which
/// comes at any moment ends it; otherwise they arrive when this is dropped.
pub(crate) struct HeldSignals(sigset_t);

impl HeldSignals {
    pub(crate) fn hold() -> HeldSignals {
        // SAFETY: all zero is a valid sigset_t, and each call gets sets that live. They fail for wrong arguments only.
        unsafe {
            let (mut held, mut before): (sigset_t, sigset_t) = (mem::zeroed(), mem::zeroed());
            libc::sigfillset(&mut held);
            for fault in FAULTS {
                libc::sigdelset(&mut held, fault);
            }
            libc::pthread_sigmask(libc::SIG_BLOCK, &held, &mut before);
            HeldSignals(before)
        }
    }

    /// The thread's mask before.
    pub(in crate::sys) fn before(&self) -> &sigset_t {
        &self.0
    }
}

impl Drop for HeldSignals {
    fn drop(&mut self) {
        // SAFETY: a set that lives.
        unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &self.0, ptr::null_mut()) };
    }
}
