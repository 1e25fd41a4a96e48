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

/// The calling thread's last error (GetLastError and WSAGetLastError are one), which a call leaves as it was.
pub(crate) struct ThreadState(i32);

impl ThreadState {
    pub(crate) fn save() -> ThreadState {
        // SAFETY: no arguments.
        ThreadState(unsafe { ws::WSAGetLastError() })
    }
}

impl Drop for ThreadState {
    fn drop(&mut self) {
        // SAFETY: no pointers.
        unsafe { ws::WSASetLastError(self.0) };
    }
}
