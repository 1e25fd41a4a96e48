//! Blocking waits: poll for readable, writable or error, with a deadline. A close wakes every waiter.

use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::Duration;

use super::Socket;
use super::waitable::WaitableCount;
use crate::deadline::Deadline;
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
        let mut deadline = Deadline::new(timeout);
        loop {
            if events.contains(Events::ERROR) {
                self.path_queue.check_enabled()?;
            }
            // A timeout of zero polls once, too.
            let left = if timeout == Some(Duration::ZERO) { timeout } else { deadline.left()? };
            match self.block(events, left, None)? {
                Some(ready) if ready.intersection(events) != Events::NONE => {
                    return Ok(ready.intersection(events));
                }
                Some(ready) if ready.contains(Events::CLOSED) => return Err(shut_down()),
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
        attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        self.retry_after(None, events, timeout, attempt)
    }

    /// [`Socket::retry`] with the result of the first attempt, if there was one.
    pub(super) fn retry_after<T>(
        &self,
        mut first: Option<Result<T>>,
        events: Events,
        timeout: Option<Duration>,
        mut attempt: impl FnMut() -> Result<T>,
    ) -> Result<T> {
        if first.is_none() {
            self.report_kept_error()?;
        }
        let mut deadline = Deadline::new(timeout);
        let (mut pauses, mut stale_errors, mut found) = (0, 0, Events::NONE);
        // A receive that would have to wait looks once before it sleeps, if the option is on.
        let mut may_look = events == Events::READ && timeout != Some(Duration::ZERO) && self.spin.most() > 0;
        let mut held = None;
        loop {
            let mut result = first.take().unwrap_or_else(&mut attempt);
            if may_look && is_would_block(&result) {
                may_look = false;
                (result, held) = self.look(&mut deadline, &mut attempt)?;
            }
            match result {
                Err(error) if error.code() == Code::WouldBlock && found.contains(Events::CLOSED) => {
                    return Err(shut_down());
                }
                Err(error) if error.code() == Code::WouldBlock => {}
                Err(error) if error.code() == Code::NoBuffers && pauses < MAX_PAUSES => {
                    let Ok(left) = deadline.left() else { return Err(error) };
                    let pause = Duration::from_millis(1 << pauses);
                    pauses += 1;
                    self.block(Events::NONE, Some(left.map_or(pause, |left| left.min(pause))), None)?;
                    continue;
                }
                Err(error) if self.is_stale_path_error(&error, &mut stale_errors) => continue,
                done => return done,
            }
            found = self.block(events, deadline.left()?, held.as_ref())?.ok_or_else(|| deadline.expired())?;
        }
    }

    /// Repeats a receive for as long as the budget of [`SocketOption::Spin`] allows. Returns its last result, and the signals
    /// that were held back meanwhile, for the sleep to let in.
    fn look<T>(
        &self,
        deadline: &mut Deadline,
        attempt: &mut impl FnMut() -> Result<T>,
    ) -> Result<(Result<T>, Option<sys::HeldSignals>)> {
        let Some(budget) = self.spin.budget() else { return Ok((Err(Code::WouldBlock.into()), None)) };
        let limit = deadline.left()?.map_or(budget, |left| left.min(budget));
        let held = sys::HeldSignals::hold();
        let found = self.spin.look(limit, || {
            if self.closing.load(SeqCst) {
                return Some(Err(Code::Closed.into()));
            }
            Some(attempt()).filter(|result| !is_would_block(result))
        });
        Ok((found.unwrap_or(Err(Code::WouldBlock.into())), Some(held)))
    }

    /// Polls once. `None` if the timeout expired; no events if the caller should look again. `held`: signals that are held
    /// back, which end the wait.
    fn block(
        &self,
        events: Events,
        timeout: Option<Duration>,
        held: Option<&sys::HeldSignals>,
    ) -> Result<Option<Events>> {
        let closing = || self.closing.load(SeqCst);
        let (reads, waits_for_error) = (events.contains(Events::READ), events.contains(Events::ERROR));
        let datagrams = if self.coalesce { Some(&self.recv_queue.get_or_create()?.count) } else { None };
        let errors = self.path_queue.count()?;
        let buffered = || {
            let found = self.buffered().intersection(events);
            (closing() || found != Events::NONE).then_some(found)
        };
        let polled = {
            // A thread is woken only for what it could take: a wake for another would keep it busy (and the other asleep,
            // if that has a lower priority).
            let wakers = [
                Some(&self.close_waker),
                datagrams.filter(|_| reads).map(|_| &self.read_waker),
                errors.filter(|_| waits_for_error).map(|_| &self.error_waker),
            ];
            let _datagram_waiter = datagrams.map(|count| count.wait(reads));
            let _error_waiter = errors.map(|count| count.wait(waits_for_error));
            sys::wait(&self.descriptor, wakers, events, timeout, held, buffered)?
        };
        if closing() {
            return Err(Code::Closed.into());
        }
        let Some(polled) = polled else { return Ok(None) };
        let ready = self.settle(polled);
        if polled == Events::NONE {
            // Woken, or something was buffered. Clearing a waker must not undo a wake for another thread.
            for (waker, count) in [(&self.read_waker, datagrams), (&self.error_waker, errors)] {
                waker.clear();
                if let Some(count) = count {
                    self.wake_waiters(waker, count);
                }
            }
        }
        Ok(Some(ready.intersection(events).union(polled.intersection(Events::CLOSED))))
    }

    /// What the socket is ready for, given what the system found. A path error that the system found is queued.
    pub(crate) fn settle(&self, polled: Events) -> Events {
        let mut ready = polled.intersection(Events::READ.union(Events::WRITE));
        if polled.contains(Events::ERROR) {
            if self.path_queue.enabled() {
                self.drain_error_queue();
            } else {
                // A pending socket error: the next call reports it, whichever that is.
                ready = Events::READ.union(Events::WRITE).union(Events::ERROR);
            }
        }
        ready.union(self.buffered())
    }

    /// What the socket is ready for that the system does not know of.
    fn buffered(&self) -> Events {
        let mut found = Events::NONE;
        if self.recv_queue.get().is_some_and(|queue| queue.count.any()) {
            found = found.union(Events::READ);
        }
        if self.path_queue.any() {
            found = found.union(Events::ERROR);
        }
        if self.kept_error.load(SeqCst) != 0 {
            found = found.union(Events::READ).union(Events::WRITE);
        }
        found
    }

    /// Wakes the threads that poll while they could take an item, and marks the socket in its pollers.
    pub(super) fn wake_waiters(&self, waker: &sys::Waker, count: &WaitableCount) {
        if count.has_waiter() {
            waker.notify();
        }
        if count.any() {
            self.watchers.mark();
        }
    }

    /// Keeps an error that a partial call consumed: the system reports it only once.
    pub(super) fn keep_error(&self, error: &Error) {
        self.kept_error.store(error.pack(), SeqCst);
        self.watchers.mark();
    }

    /// Whether a call can begin with an attempt: no error is kept for it, and none of the library's own data.
    pub(super) fn is_plain(&self) -> bool {
        !self.coalesce && self.kept_error.load(Relaxed) == 0
    }

    /// Fails once with the error that an earlier call kept.
    fn report_kept_error(&self) -> Result<()> {
        if self.kept_error.load(Relaxed) == 0 {
            return Ok(());
        }
        Error::unpack(self.kept_error.swap(0, SeqCst)).map_or(Ok(()), Err)
    }
}

fn is_would_block<T>(result: &Result<T>) -> bool {
    matches!(result, Err(error) if error.code() == Code::WouldBlock)
}

/// The error of a wait that nothing else would end.
fn shut_down() -> Error {
    Error::new(Code::Closed, format_args!("the descriptor was shut down (shutdown)"))
}
