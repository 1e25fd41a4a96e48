//! Waiting: for a datagram, for room, for a path error; with an end, and with what a close does to those who wait.

use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize};
use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};
use crate::socket::Socket;
use crate::sys;

/// What a wait is for, and what it found: a set of `READ`, `WRITE` and `ERROR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events(u32);

impl Events {
    /// Neither.
    pub const NONE: Events = Events(0);
    /// A receive would not wait: there is a datagram or an error.
    pub const READ: Events = Events(1);
    /// A send would not wait: there is room or an error.
    pub const WRITE: Events = Events(2);
    /// [`Socket::recv_error`] would not wait.
    pub const ERROR: Events = Events(4);
    /// Found only: the descriptor was shut down (shutdown(2)), and nothing more will come.
    pub(crate) const SHUT: Events = Events(8);

    /// The set of a number that came from C: at least one event, and none that is unknown.
    pub fn from_bits(bits: u32) -> Option<Events> {
        (1..=7).contains(&bits).then_some(Events(bits))
    }

    /// The set as a number.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether all of `other` is in it.
    pub fn contains(self, other: Events) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both sets together.
    pub fn and(self, other: Events) -> Events {
        Events(self.0 | other.0)
    }

    /// What is in both sets.
    pub fn only(self, other: Events) -> Events {
        Events(self.0 & other.0)
    }
}

/// What ends the waits of a socket.
#[derive(Debug, Default)]
pub(crate) struct Waits {
    closing: AtomicBool,
    wake: sys::Waker,
}

impl Socket {
    /// Waits until one of `events` is there, and says which.
    pub fn wait(&self, events: Events, timeout: Option<Duration>) -> Result<Events> {
        if events.contains(Events::ERROR) {
            self.path_errors().check()?;
        }
        let mut deadline = Deadline::new(timeout);
        loop {
            // Even a time-out of zero looks once, so the deadline is asked when there is nothing.
            let left = if timeout == Some(Duration::ZERO) { timeout } else { deadline.left()? };
            match self.block(events, left)? {
                Some(ready) if ready.only(events) != Events::NONE => return Ok(ready.only(events)),
                Some(ready) if ready.contains(Events::SHUT) => return Err(shut_down()),
                Some(_) => {}
                None => return Err(deadline.over()),
            }
        }
    }

    /// Ends every wait on this socket, those to come too, with [`Code::Closed`]. The descriptor is given back when
    /// the socket is dropped.
    pub fn shut(&self) {
        self.waits().closing.store(true, SeqCst);
        self.waits().wake.notify();
    }

    /// Tries, and waits and tries again as long as there would be something to wait for.
    pub(crate) fn retry<T>(
        &self,
        events: Events,
        timeout: Option<Duration>,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        let mut deadline = Deadline::new(timeout);
        let (mut pauses, mut tries, mut found) = (0, 0, Events::NONE);
        loop {
            match attempt() {
                Err(error) if error.code() == Code::WouldBlock && found.contains(Events::SHUT) => {
                    return Err(shut_down());
                }
                Err(error) if error.code() == Code::WouldBlock => {}
                Err(error) if error.code() == Code::NoBuffers && pauses < PAUSES => {
                    let Ok(left) = deadline.left() else { return Err(error) };
                    let pause = Duration::from_millis(1 << pauses);
                    pauses += 1;
                    self.block(Events::NONE, Some(left.map_or(pause, |left| left.min(pause))))?;
                    continue;
                }
                Err(error) if self.is_stale_path_error(&error, &mut tries) => continue,
                done => return done,
            }
            found = self.block(events, deadline.left()?)?.ok_or_else(|| deadline.over())?;
        }
    }

    /// Waits in the system; `None` when the time is over, no events when it is to be looked again.
    fn block(&self, events: Events, timeout: Option<Duration>) -> Result<Option<Events>> {
        let closing = || self.waits().closing.load(SeqCst);
        let (kept, told) = (self.kept().stock(), self.path_errors().stock());
        let look = || {
            let kept = if kept.any() { Events::READ } else { Events::NONE };
            let told = if told.any() { Events::ERROR } else { Events::NONE };
            let found = kept.and(told).only(events);
            (closing() || found != Events::NONE).then_some(found)
        };
        let ready = {
            let _reader = kept.wait(events.contains(Events::READ));
            let _error_reader = told.wait(events.contains(Events::ERROR));
            sys::wait(self.descriptor(), &self.waits().wake, events, timeout, look)?
        };
        if closing() {
            return Err(Code::Closed.into());
        }
        let Some(found) = ready else { return Ok(None) };
        let mut ready = found.only(Events::READ.and(Events::WRITE));
        if found.contains(Events::ERROR) {
            if self.path_errors().wanted() {
                self.collect_errors();
            } else {
                // It is for the next call to report, whichever that is.
                ready = Events::READ.and(Events::WRITE);
            }
        }
        if told.any() {
            ready = ready.and(Events::ERROR);
        }
        if found == Events::NONE {
            // Woken. What others wait for must not be taken back, nor a close that came in between.
            self.waits().wake.clear();
            if closing() || kept.awaited() || told.awaited() {
                self.waits().wake.notify();
            }
        }
        Ok(Some(ready.only(events).and(found.only(Events::SHUT))))
    }

    /// Has those look again who sleep and could have what there is now.
    pub(crate) fn wake_waiting(&self, stock: &WaitableCount) {
        if stock.awaited() {
            self.waits().wake.notify();
        }
    }
}

/// A wait that will have no other end.
fn shut_down() -> Error {
    Error::new(Code::Closed, "its descriptor was shut down")
}

/// How often a send is tried again that the system has no buffers for, each time after twice as long, from 1 ms on: 255
/// ms in all. Nothing tells when a device has room again (send(2), ENOBUFS).
const PAUSES: u32 = 8;

/// What one call finds and another may wait for: how many of it there are, asked without a lock, and how many calls would
/// sleep through it.
#[derive(Debug, Default)]
pub(crate) struct WaitableCount {
    count: AtomicUsize,
    waiting: AtomicU32,
}

impl WaitableCount {
    pub(crate) fn count(&self) -> usize {
        self.count.load(SeqCst)
    }

    pub(crate) fn set(&self, count: usize) {
        self.count.store(count, SeqCst);
    }

    pub(crate) fn any(&self) -> bool {
        self.count() > 0
    }

    /// Whether somebody sleeps who could have one.
    fn awaited(&self) -> bool {
        self.any() && self.waiting.load(SeqCst) > 0
    }

    /// Counts a call, if it is about to wait for this; it looks for it after that.
    fn wait(&self, waits: bool) -> Waiting<'_> {
        let waiting = waits.then_some(&self.waiting);
        if let Some(waiting) = waiting {
            waiting.fetch_add(1, SeqCst);
        }
        Waiting(waiting)
    }
}

struct Waiting<'a>(Option<&'a AtomicU32>);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(waiting) = self.0 {
            waiting.fetch_sub(1, SeqCst);
        }
    }
}

/// When a wait has to end, on the monotonic clock. The clock is not asked before something has to wait.
struct Deadline {
    timeout: Option<Duration>,
    at: Option<Instant>,
}

impl Deadline {
    fn new(timeout: Option<Duration>) -> Deadline {
        Deadline { timeout, at: None }
    }

    /// How long a wait may take from now on; an error if it may not take any time.
    fn left(&mut self) -> Result<Option<Duration>> {
        let Some(timeout) = self.timeout else { return Ok(None) };
        if timeout.is_zero() {
            return Err(self.over());
        }
        let now = Instant::now();
        // A deadline past the end of the clock is none.
        self.at = self.at.or_else(|| now.checked_add(timeout));
        let Some(at) = self.at else { return Ok(None) };
        match at.checked_duration_since(now) {
            Some(left) if !left.is_zero() => Ok(Some(left)),
            _ => Err(self.over()),
        }
    }

    /// The error of a wait that has to end: one that was not to begin says so.
    fn over(&self) -> Error {
        let code = if self.timeout == Some(Duration::ZERO) { Code::WouldBlock } else { Code::TimedOut };
        code.into()
    }
}
