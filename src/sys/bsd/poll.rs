//! Events and poll of macOS and FreeBSD.

use std::mem;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use libc::c_int;

use crate::error::Result;
use crate::sys::HeldSignals;
use crate::sys::unix::check;

/// poll has no event for a shutdown; it reports POLLHUP.
pub(in crate::sys) const SHUT_DOWN: libc::c_short = 0;

/// A child does not inherit its parent's queues (kqueue(2)), and the number may be another descriptor there.
pub(in crate::sys) const FORK_KEEPS_EVENTS: bool = false;

/// The only event of a queue.
const IDENT: libc::uintptr_t = 0;

fn change(fd: RawFd, flags: u16, fflags: u32) -> Result<c_int> {
    // SAFETY: all zero is a valid kevent.
    let mut change: libc::kevent = unsafe { mem::zeroed() };
    change.ident = IDENT;
    change.filter = libc::EVFILT_USER;
    change.flags = flags;
    change.fflags = fflags;
    // SAFETY: one change that lives, and no events.
    check(unsafe { libc::kevent(fd, &change, 1, ptr::null_mut(), 0, ptr::null()) })
}

/// A descriptor that `notify_event` makes readable: a queue with an event of the program's own (kqueue(2), EVFILT_USER;
/// mio's Waker and libuv's uv_async_t use it too).
pub(in crate::sys) fn new_event() -> Result<OwnedFd> {
    // SAFETY: no arguments.
    let fd = check(unsafe { libc::kqueue() })?;
    // SAFETY: a new descriptor that nobody else owns.
    let event = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: no pointers.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    change(fd, libc::EV_ADD | libc::EV_CLEAR, 0)?;
    Ok(event)
}

/// Makes an event readable. It fails only for a descriptor that is closed.
pub(in crate::sys) fn notify_event(fd: RawFd) {
    let _ = change(fd, 0, libc::NOTE_TRIGGER);
}

/// Undoes `notify_event`: an event with EV_CLEAR is reset when it is taken.
pub(in crate::sys) fn clear_event(fd: RawFd) {
    let now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: all zero is a valid kevent.
    let mut taken: libc::kevent = unsafe { mem::zeroed() };
    // SAFETY: room for one event. It fails if there is nothing to take.
    unsafe { libc::kevent(fd, ptr::null(), 0, &mut taken, 1, &now) };
}

/// ppoll(2) with a timeout in nanoseconds; `None` waits forever.
#[cfg(target_os = "freebsd")]
pub(in crate::sys) fn poll(
    fds: &mut [libc::pollfd],
    timeout: Option<Duration>,
    _: Option<&HeldSignals>,
) -> Result<c_int> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos() as _,
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the array and the timeout outlive the call.
    check(unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout, ptr::null()) })
}

/// poll(2) with a timeout in milliseconds, rounded up; `None` waits forever. macOS has no ppoll.
#[cfg(target_vendor = "apple")]
pub(in crate::sys) fn poll(
    fds: &mut [libc::pollfd],
    timeout: Option<Duration>,
    _: Option<&HeldSignals>,
) -> Result<c_int> {
    let milliseconds = |timeout: Duration| timeout.as_nanos().div_ceil(1_000_000);
    // A longer wait ends early and is repeated by the caller, which has the deadline.
    let timeout = timeout.map_or(-1, |timeout| c_int::try_from(milliseconds(timeout)).unwrap_or(c_int::MAX));
    // SAFETY: the array outlives the call.
    check(unsafe { libc::poll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout) })
}
