//! What a call owes the host process: a forked child that works, and a thread that is left as it was.

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU32};

use libc::c_int;

use crate::error::{Code, Result};
use crate::sys::{CANCEL_DISABLE, errno};

/// Differs between a process and every forked child, unlike a pid, which a child in another pid namespace may share.
static GENERATION: AtomicU32 = AtomicU32::new(1);

/// The generation of the calling process.
pub(in crate::sys) fn generation() -> u32 {
    GENERATION.load(Relaxed)
}

extern "C" fn count_fork() {
    GENERATION.fetch_add(1, Relaxed);
}

/// Counts the forks from now on. Called before the first socket is opened.
pub(crate) fn watch_forks() -> Result<()> {
    static WATCHING: AtomicBool = AtomicBool::new(false);
    if WATCHING.swap(true, Relaxed) {
        return Ok(());
    }
    // SAFETY: the handler only adds to an atomic. It stays loaded with the library (-z nodelete, build.rs).
    match unsafe { libc::pthread_atfork(None, None, Some(count_fork)) } {
        0 => Ok(()),
        _ => {
            WATCHING.store(false, Relaxed);
            Err(Code::Memory.into())
        }
    }
}

unsafe extern "C" {
    /// pthread_setcancelstate(3); the libc crate lacks it.
    safe fn pthread_setcancelstate(state: c_int, before: Option<&mut c_int>) -> c_int;
}

/// The calling thread's errno at some moment.
pub(crate) struct Errno(c_int);

impl Errno {
    pub(crate) fn save() -> Errno {
        // SAFETY: the calling thread's errno.
        Errno(unsafe { *errno() })
    }

    pub(crate) fn restore(&self) {
        // SAFETY: the calling thread's errno.
        unsafe { *errno() = self.0 };
    }
}

/// The calling thread's errno and cancellation state, which a call leaves as they were.
///
/// Cancellation (pthread_cancel) is held back during a call: it would unwind through frames that cannot be unwound, and
/// leave locks held. A pending cancellation takes effect at the thread's next cancellation point after the call.
pub(crate) struct ThreadState {
    errno: Errno,
    cancel_state: c_int,
}

impl ThreadState {
    pub(crate) fn save() -> ThreadState {
        let errno = Errno::save();
        let mut cancel_state = 0;
        pthread_setcancelstate(CANCEL_DISABLE, Some(&mut cancel_state));
        ThreadState { errno, cancel_state }
    }
}

impl Drop for ThreadState {
    fn drop(&mut self) {
        pthread_setcancelstate(self.cancel_state, None);
        self.errno.restore();
    }
}

/// Drops a value that closes descriptors: close(2) is a cancellation point.
pub(crate) fn drop_unseen<T>(value: T) {
    let _thread = ThreadState::save();
    drop(value);
}
