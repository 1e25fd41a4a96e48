//! poll, and a waker that ends it from another thread.

use std::mem;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::process::generation;
use super::socket::Descriptor;
use crate::error::Result;
use crate::sys::{FORK_KEEPS_EVENTS, HeldSignals, SHUT_DOWN, clear_event, new_event, notify_event, poll};
use crate::types::Events;

/// Ends waits on a socket for one reason: a descriptor that is polled beside the socket, opened by the first wait.
///
/// A forked child shares the open file behind the descriptor, so a close in the child would wake the parent's waits.
/// Therefore the process's generation is kept beside the descriptor, and a child that waits opens its own.
#[derive(Debug, Default)]
pub(crate) struct Waker(AtomicU64);

impl Waker {
    /// The descriptor to poll. A `notify` after this call ends the poll.
    pub(in crate::sys) fn descriptor(&self) -> Result<RawFd> {
        let process = generation();
        let mut seen = self.0.load(SeqCst);
        loop {
            if let Some(fd) = Self::of(seen, process) {
                return Ok(fd);
            }
            let event = new_event().map_err(|error| {
                error.with_context(format_args!("a wait needs a descriptor for its waker"))
            })?;
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

    /// Ends all waits of this process with this waker, and later ones until `clear`. Safe in a signal handler.
    pub(crate) fn notify(&self) {
        if let Some(fd) = Self::of(self.0.load(SeqCst), generation()) {
            notify_event(fd);
        }
    }

    /// Undoes `notify`.
    pub(crate) fn clear(&self) {
        if let Some(fd) = Self::of(self.0.load(SeqCst), generation()) {
            clear_event(fd);
        }
    }

    /// The descriptor in a packed word, if it belongs to this process. The initial word is 0, which is no generation.
    fn of(packed: u64, process: u32) -> Option<RawFd> {
        ((packed >> 32) as u32 == process).then_some(packed as u32 as RawFd)
    }

    fn owned(packed: u64) -> Option<OwnedFd> {
        let there = if FORK_KEEPS_EVENTS { packed != 0 } else { Self::of(packed, generation()).is_some() };
        // SAFETY: a word other than 0 holds a descriptor that this `Waker` owns, unless it was lost in a fork; the callers
        // take it out of the word.
        there.then(|| unsafe { OwnedFd::from_raw_fd(packed as u32 as RawFd) })
    }
}

impl Drop for Waker {
    fn drop(&mut self) {
        drop(Self::owned(*self.0.get_mut()));
    }
}

/// Waits until one of `events`, an error or a shutdown occurs. `None` if the timeout expired; no events if a waker was
/// notified. `buffered` is called once the wakers are armed: if it returns events, there is no wait. `held`: signals that the
/// caller holds back, which end the wait.
pub(crate) fn wait(
    socket: &Descriptor,
    wakers: [Option<&Waker>; MAX_WAKERS],
    events: Events,
    timeout: Option<Duration>,
    held: Option<&HeldSignals>,
    buffered: impl FnOnce() -> Option<Events>,
) -> Result<Option<Events>> {
    let mut wanted = 0;
    if events.contains(Events::READ) {
        wanted |= libc::POLLIN | SHUT_DOWN;
    }
    if events.contains(Events::WRITE) {
        wanted |= libc::POLLOUT;
    }
    let mut fds = [libc::pollfd { fd: socket.raw(), events: wanted, revents: 0 }; 1 + MAX_WAKERS];
    let mut count = 1;
    // Without a wait there is nothing to wake.
    if timeout != Some(Duration::ZERO) {
        for waker in wakers.into_iter().flatten() {
            fds[count] = libc::pollfd { fd: waker.descriptor()?, events: libc::POLLIN, revents: 0 };
            count += 1;
        }
    }
    let fds = &mut fds[..count];
    if let Some(found) = buffered() {
        return Ok(Some(found));
    }
    if poll(fds, timeout, held)? == 0 {
        return Ok(None);
    }
    if fds[1..].iter().any(|waker| waker.revents != 0) {
        return Ok(Some(Events::NONE));
    }
    let found = |bits, event| if fds[0].revents & bits != 0 { event } else { Events::NONE };
    // After a shutdown, a receive returns what was queued before, and then nothing, without an error.
    let shut_down = found(SHUT_DOWN | libc::POLLHUP | libc::POLLNVAL, Events::CLOSED);
    let ready = found(libc::POLLIN, Events::READ).union(found(libc::POLLOUT, Events::WRITE));
    Ok(Some(ready.union(found(libc::POLLERR, Events::ERROR)).union(shut_down)))
}

/// How many wakers a wait may have.
const MAX_WAKERS: usize = 3;
