//! epoll: one wait on many descriptors.

use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use libc::c_int;

use super::signals::HeldSignals;
use crate::error::{Code, Result};
use crate::sys::unix::{Descriptor, Waker, check};
use crate::types::Events;

/// How many ready descriptors one system call returns at most.
pub(crate) const MAX_SELECTED: usize = 128;

/// Not the key of any socket.
const WAKER_KEY: u64 = u64::MAX;

/// Waits on any number of sockets. Level-triggered (epoll(7)).
#[derive(Debug)]
pub(crate) struct Selector {
    epoll: OwnedFd,
    waker: Waker,
}

/// What a wait found.
pub(crate) struct Selection {
    ready: [libc::epoll_event; MAX_SELECTED],
    count: usize,
}

impl Selection {
    pub(crate) fn new() -> Selection {
        Selection { ready: [libc::epoll_event { events: 0, u64: 0 }; MAX_SELECTED], count: 0 }
    }

    pub(crate) fn clear(&mut self) {
        self.count = 0;
    }

    /// Whether something occurred, the waker included.
    pub(crate) fn any(&self) -> bool {
        self.count > 0
    }

    /// Whether the waker was notified.
    pub(crate) fn woken(&self) -> bool {
        self.ready[..self.count].iter().any(|event| event.u64 == WAKER_KEY)
    }

    /// The key of each ready socket, and what occurred.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = (u64, Events)> {
        self.ready[..self.count].iter().filter(|event| event.u64 != WAKER_KEY).map(|event| {
            let bits = event.events as c_int;
            let found = |mask, event| if bits & mask != 0 { event } else { Events::NONE };
            let ready = found(libc::EPOLLIN, Events::READ).union(found(libc::EPOLLOUT, Events::WRITE));
            let broken = found(libc::EPOLLERR, Events::ERROR)
                .union(found(libc::EPOLLHUP | libc::EPOLLRDHUP, Events::CLOSED));
            (event.u64, ready.union(broken))
        })
    }
}

impl Selector {
    pub(crate) fn new() -> Result<Selector> {
        // SAFETY: no pointers.
        let fd = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: a new descriptor that nobody else owns.
        let selector = Selector { epoll: unsafe { OwnedFd::from_raw_fd(fd) }, waker: Waker::default() };
        selector.control(libc::EPOLL_CTL_ADD, selector.waker.descriptor()?, libc::EPOLLIN, WAKER_KEY)?;
        Ok(selector)
    }

    /// The descriptor of the whole selector, for an outer event loop.
    pub(crate) fn raw(&self) -> Result<i64> {
        Ok(self.epoll.as_raw_fd().into())
    }

    pub(crate) fn add(&self, socket: &Descriptor, key: u64, events: Events) -> Result<()> {
        self.control(libc::EPOLL_CTL_ADD, socket.raw(), bits(events), key).map_err(|error| {
            // /proc/sys/fs/epoll/max_user_watches (epoll(7)).
            if error.os() == libc::ENOSPC { error.with_code(Code::Limit) } else { error }
        })
    }

    pub(crate) fn modify(&self, socket: &Descriptor, key: u64, events: Events) -> Result<()> {
        self.control(libc::EPOLL_CTL_MOD, socket.raw(), bits(events), key)
    }

    /// Forgets a socket. Without this, a descriptor that another process shares would be reported after its close
    /// (epoll(7), questions and answers). Safe in a signal handler.
    pub(crate) fn remove(&self, socket: &Descriptor) {
        // It is not there if another thread removed it first.
        let _ = self.control(libc::EPOLL_CTL_DEL, socket.raw(), 0, 0);
    }

    /// Ends one wait at least, and later ones until `clear`. Safe in a signal handler.
    pub(crate) fn notify(&self) {
        self.waker.notify();
    }

    pub(crate) fn clear(&self) {
        self.waker.clear();
    }

    /// Waits until a socket is ready, the waker is notified or the timeout expires, and finds at most `max` of them.
    /// `held`: signals that the caller holds back, which end the wait.
    pub(crate) fn wait(
        &self,
        selection: &mut Selection,
        max: usize,
        timeout: Option<Duration>,
        held: Option<&HeldSignals>,
    ) -> Result<()> {
        selection.clear();
        // Rounded up, or the last millisecond of a wait would be spent awake.
        let timeout = timeout.map_or(-1, |timeout| {
            c_int::try_from(timeout.as_nanos().div_ceil(1_000_000)).unwrap_or(c_int::MAX)
        });
        let mask = held.map_or(ptr::null(), |held| ptr::from_ref(held.before()));
        // SAFETY: room for `max` events; the mask is NULL or outlives the call.
        let found = unsafe {
            libc::epoll_pwait(
                self.epoll.as_raw_fd(),
                selection.ready.as_mut_ptr(),
                max.min(MAX_SELECTED) as c_int,
                timeout,
                mask,
            )
        };
        selection.count = check(found)? as usize;
        Ok(())
    }

    fn control(&self, operation: c_int, fd: c_int, events: c_int, key: u64) -> Result<()> {
        let mut event = libc::epoll_event { events: events as u32, u64: key };
        // SAFETY: the event outlives the call.
        check(unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), operation, fd, &mut event) }).map(drop)
    }
}

/// The events to ask for. An error or a hang-up is reported unasked.
fn bits(events: Events) -> c_int {
    let asked = |event, mask| if events.contains(event) { mask } else { 0 };
    asked(Events::READ, libc::EPOLLIN | libc::EPOLLRDHUP) | asked(Events::WRITE, libc::EPOLLOUT)
}
