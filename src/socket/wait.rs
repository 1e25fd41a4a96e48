//! Blocking waits: poll for readable, writable or error, with a deadline. A close wakes every waiter.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use super::Socket;
use super::waitable::WaitableCount;
use crate::error::{Code, Error, Result};
use crate::sys;
use crate::types::Events;

/// The send timeout that never expires. An option's value is never negative, so it cannot be -1.
pub(super) const FOREVER_MS: i32 = i32::MAX;

/// How often a send is repeated for which the system has no buffers. The pauses double from 1 ms on: 255 ms in all.
/// Nothing tells when a device has room again (send(2), ENOBUFS).
const MAX_PAUSES: u32 = 8;

impl Socket {
    /// Waits until one of `events` occurs and returns those that did. A timeout of `None` waits forever, zero does not
    /// wait.
    pub fn wait(&self, events: Events, timeout: Option<Duration>) -> Result<Events> {
        if events.contains(Events::ERROR) {
            self.path_queue.check_enabled()?;
        }
        let mut deadline = Deadline::new(timeout);
        loop {
            // A timeout of zero polls once, too.
            let left = if timeout == Some(Duration::ZERO) { timeout } else { deadline.left()? };
            match self.block(events, left)? {
                Some(ready) if ready.intersection(events) != Events::NONE => {
                    return Ok(ready.intersection(events));
                }
                Some(ready) if ready.contains(Events::SHUT_DOWN) => return Err(shut_down()),
                Some(_) => {}
                None => return Err(deadline.expired()),
            }
        }
    }

    /// How long a send may wait.
    pub(super) fn send_timeout(&self) -> Option<Duration> {
        let milliseconds = self.send_timeout_ms.load(Relaxed);
        (milliseconds != FOREVER_MS).then(|| Duration::from_millis(milliseconds as u64))
    }

    /// Calls `attempt` until it does something other than [`Code::WouldBlock`], and waits in between.
    pub(super) fn retry<T>(
        &self,
        events: Events,
        timeout: Option<Duration>,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        let mut deadline = Deadline::new(timeout);
        let (mut pauses, mut stale_errors, mut found) = (0, 0, Events::NONE);
        loop {
            match attempt() {
                Err(error) if error.code() == Code::WouldBlock && found.contains(Events::SHUT_DOWN) => {
                    return Err(shut_down());
                }
                Err(error) if error.code() == Code::WouldBlock => {}
                Err(error) if error.code() == Code::NoBuffers && pauses < MAX_PAUSES => {
                    let Ok(left) = deadline.left() else { return Err(error) };
                    let pause = Duration::from_millis(1 << pauses);
                    pauses += 1;
                    self.block(Events::NONE, Some(left.map_or(pause, |left| left.min(pause))))?;
                    continue;
                }
                Err(error) if self.is_stale_path_error(&error, &mut stale_errors) => continue,
                done => return done,
            }
            found = self.block(events, deadline.left()?)?.ok_or_else(|| deadline.expired())?;
        }
    }

    /// Polls once. `None` if the timeout expired; no events if the caller should look again.
    fn block(&self, events: Events, timeout: Option<Duration>) -> Result<Option<Events>> {
        let closing = || self.closing.load(SeqCst);
        let (datagrams, errors) = (&self.recv_queue.count, &self.path_queue.count);
        let buffered = || {
            let read = if datagrams.any() { Events::READ } else { Events::NONE };
            let error = if errors.any() { Events::ERROR } else { Events::NONE };
            let found = read.union(error).intersection(events);
            (closing() || found != Events::NONE).then_some(found)
        };
        let polled = {
            let _datagram_waiter = datagrams.wait(events.contains(Events::READ));
            let _error_waiter = errors.wait(events.contains(Events::ERROR));
            sys::wait(&self.descriptor, &self.waker, events, timeout, buffered)?
        };
        if closing() {
            return Err(Code::Closed.into());
        }
        let Some(polled) = polled else { return Ok(None) };
        let mut ready = polled.intersection(Events::READ.union(Events::WRITE));
        if polled.contains(Events::ERROR) {
            if self.path_queue.enabled() {
                self.drain_error_queue();
            } else {
                // A pending socket error: the next call reports it, whichever that is.
                ready = Events::READ.union(Events::WRITE);
            }
        }
        if errors.any() {
            ready = ready.union(Events::ERROR);
        }
        if polled == Events::NONE {
            // Woken. Clearing the waker must not undo a close or a wake for another waiter.
            self.waker.clear();
            if closing() || datagrams.has_waiter() || errors.has_waiter() {
                self.waker.notify();
            }
        }
        Ok(Some(ready.intersection(events).union(polled.intersection(Events::SHUT_DOWN))))
    }

    /// Wakes the threads that poll while they could take an item.
    pub(super) fn wake_waiters(&self, count: &WaitableCount) {
        if count.has_waiter() {
            self.waker.notify();
        }
    }
}

/// The error of a wait that nothing else would end.
fn shut_down() -> Error {
    Error::new(Code::Closed, format_args!("the descriptor was shut down (shutdown)"))
}

/// The end of a wait on the monotonic clock. The clock is not read before something has to wait.
struct Deadline {
    timeout: Option<Duration>,
    at: Option<Instant>,
}

impl Deadline {
    fn new(timeout: Option<Duration>) -> Deadline {
        Deadline { timeout, at: None }
    }

    /// How long a wait may still take; an error if the deadline has passed.
    fn left(&mut self) -> Result<Option<Duration>> {
        let Some(timeout) = self.timeout else { return Ok(None) };
        if timeout.is_zero() {
            return Err(self.expired());
        }
        let now = Instant::now();
        // A deadline past the end of the clock never comes.
        self.at = self.at.or_else(|| now.checked_add(timeout));
        let Some(at) = self.at else { return Ok(None) };
        match at.checked_duration_since(now) {
            Some(left) if !left.is_zero() => Ok(Some(left)),
            _ => Err(self.expired()),
        }
    }

    /// The error of a wait that may not go on.
    fn expired(&self) -> Error {
        let code = if self.timeout == Some(Duration::ZERO) { Code::WouldBlock } else { Code::TimedOut };
        code.into()
    }
}
