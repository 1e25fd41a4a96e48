//! What a call owes the host process. Windows has no fork and no cancellation of threads.

use windows_sys::Win32::Networking::WinSock as ws;

use crate::error::Result;

/// There is one generation, because no process is a copy of another.
pub(in crate::sys) fn generation() -> u32 {
    1
}

pub(crate) fn watch_forks() -> Result<()> {
    Ok(())
}

/// The calling thread's last error at some moment.
pub(crate) struct Errno(i32);

impl Errno {
    pub(crate) fn save() -> Errno {
        // SAFETY: no arguments.
        Errno(unsafe { ws::WSAGetLastError() })
    }

    pub(crate) fn restore(&self) {
        // SAFETY: no pointers.
        unsafe { ws::WSASetLastError(self.0) };
    }
}

/// The calling thread's last error (GetLastError and WSAGetLastError are one), which a call leaves as it was.
pub(crate) struct ThreadState(Errno);

impl ThreadState {
    pub(crate) fn save() -> ThreadState {
        ThreadState(Errno::save())
    }
}

impl Drop for ThreadState {
    fn drop(&mut self) {
        self.0.restore();
    }
}

/// Threads cannot be cancelled.
pub(crate) const CALLS_UNSEEN: bool = true;

/// Drops a value that closes sockets, and leaves the thread's last error as it was.
pub(crate) fn drop_unseen<T>(value: T) {
    let _thread = ThreadState::save();
    drop(value);
}
