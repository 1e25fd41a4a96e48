//! Waiting, and ending a wait from another thread.

use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::socket::Descriptor;
use crate::error::Result;
use crate::socket::wait::Events;
use crate::sys::{SHUT_DOWN, new_event, poll};

/// Ends the waits on one socket: a descriptor that is polled beside it, made when the first wait needs it.
///
/// A forked child shares the open file behind it, so that a close there would wake the parent's waits for ever:
/// hence the process id, and a child that waits makes its own.
#[derive(Debug, Default)]
pub(crate) struct Waker(AtomicU64);

impl Waker {
    /// The descriptor to poll. After this returned, a `notify` ends the poll.
    fn descriptor(&self) -> Result<RawFd> {
        let process = std::process::id();
        let mut seen = self.0.load(SeqCst);
        loop {
            if let Some(fd) = Self::of(seen, process) {
                return Ok(fd);
            }
            let event =
                new_event().map_err(|error| error.with_context("a wait needs a descriptor of its own"))?;
            let packed = u64::from(process) << 32 | event.as_raw_fd() as u64;
            match self.0.compare_exchange(seen, packed, SeqCst, SeqCst) {
                Ok(inherited) => {
                    mem::forget(event);
                    drop(Self::owned(inherited));
                    return Ok(packed as u32 as RawFd);
                }
                Err(now) => seen = now,
            }
        }
    }

    /// Ends all waits of this process on the socket, those that are to come too until it is cleared.
    pub(crate) fn notify(&self) {
        if let Some(fd) = Self::of(self.0.load(SeqCst), std::process::id()) {
            // SAFETY: eight bytes of a value that lives. It can fail only when the counter is full, and then it is
            // readable as it should be (eventfd(2)).
            unsafe { libc::write(fd, (&raw const ONE).cast(), size_of_val(&ONE)) };
        }
    }

    /// Takes back what was notified.
    pub(crate) fn clear(&self) {
        if let Some(fd) = Self::of(self.0.load(SeqCst), std::process::id()) {
            let mut count = 0u64;
            // SAFETY: room for the eight bytes that a read gives. It fails if there is nothing to take back.
            unsafe { libc::read(fd, (&raw mut count).cast(), size_of_val(&count)) };
        }
    }

    /// The descriptor in a packed word, if that word is this process's. The first word is 0, which no process is.
    fn of(packed: u64, process: u32) -> Option<RawFd> {
        ((packed >> 32) as u32 == process).then_some(packed as u32 as RawFd)
    }

    fn owned(packed: u64) -> Option<OwnedFd> {
        // SAFETY: a word other than 0 holds a descriptor that this `Waker` owns; the callers take it out of the word.
        (packed != 0).then(|| unsafe { OwnedFd::from_raw_fd(packed as u32 as RawFd) })
    }
}

static ONE: u64 = 1;

impl Drop for Waker {
    fn drop(&mut self) {
        drop(Self::owned(*self.0.get_mut()));
    }
}

/// Waits until one of `events` is there, or an error or a shutdown, asked for or not; `None` when the time is over. A notified wake
/// ends the wait with no events.
/// `look` is asked once the wake is armed: what it finds ends the wait before it begins.
pub(crate) fn wait(
    socket: &Descriptor,
    wake: &Waker,
    events: Events,
    timeout: Option<Duration>,
    look: impl FnOnce() -> Option<Events>,
) -> Result<Option<Events>> {
    // A look without waiting needs nothing to be woken by; poll(2) passes over a negative descriptor.
    let wake = if timeout == Some(Duration::ZERO) { -1 } else { wake.descriptor()? };
    if let Some(found) = look() {
        return Ok(Some(found));
    }
    let mut wanted = 0;
    if events.contains(Events::READ) {
        wanted |= libc::POLLIN | SHUT_DOWN;
    }
    if events.contains(Events::WRITE) {
        wanted |= libc::POLLOUT;
    }
    let mut fds = [
        libc::pollfd { fd: socket.raw(), events: wanted, revents: 0 },
        libc::pollfd { fd: wake, events: libc::POLLIN, revents: 0 },
    ];
    if poll(&mut fds, timeout)? == 0 {
        return Ok(None);
    }
    if fds[1].revents != 0 {
        return Ok(Some(Events::NONE));
    }
    let found = |bits, event| if fds[0].revents & bits != 0 { event } else { Events::NONE };
    // A receive finds what was queued before the shutdown, and then nothing, without an error.
    let shut = found(SHUT_DOWN | libc::POLLHUP | libc::POLLNVAL, Events::SHUT);
    let ready = found(libc::POLLIN, Events::READ).and(found(libc::POLLOUT, Events::WRITE));
    Ok(Some(ready.and(found(libc::POLLERR, Events::ERROR)).and(shut)))
}
