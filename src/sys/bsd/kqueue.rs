//! kqueue: one wait on many descriptors.

use std::ffi::c_void;
use std::mem::{self, ManuallyDrop};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use libc::c_int;

use crate::error::Result;
use crate::sys::HeldSignals;
use crate::sys::unix::{Descriptor, check, generation};
use crate::types::Events;

/// How many ready descriptors one system call returns at most.
pub(crate) const MAX_SELECTED: usize = 128;

// The queue carries a key in a pointer.
const _: () = assert!(size_of::<*mut c_void>() == size_of::<u64>());

/// Waits on any number of sockets. Level-triggered, because EV_CLEAR is not set (kqueue(2)).
#[derive(Debug)]
pub(crate) struct Selector {
    queue: ManuallyDrop<OwnedFd>,
    generation: u32,
}

/// What a wait found.
pub(crate) struct Selection {
    ready: [libc::kevent; MAX_SELECTED],
    count: usize,
}

impl Selection {
    pub(crate) fn new() -> Selection {
        // SAFETY: all zero is a valid kevent.
        Selection { ready: unsafe { mem::zeroed() }, count: 0 }
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
        self.ready[..self.count].iter().any(|event| event.filter == libc::EVFILT_USER)
    }

    /// The key of each ready socket, and what occurred; perhaps several times.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = (u64, Events)> {
        self.ready[..self.count].iter().filter(|event| event.filter != libc::EVFILT_USER).map(|event| {
            let ready = if event.filter == libc::EVFILT_READ { Events::READ } else { Events::WRITE };
            let shut_down = if event.flags & libc::EV_EOF != 0 { Events::CLOSED } else { Events::NONE };
            (event.udata as u64, ready.union(shut_down))
        })
    }
}

impl Selector {
    pub(crate) fn new() -> Result<Selector> {
        // SAFETY: no arguments.
        let fd = check(unsafe { libc::kqueue() })?;
        // SAFETY: a new descriptor that nobody else owns.
        let queue = ManuallyDrop::new(unsafe { OwnedFd::from_raw_fd(fd) });
        let selector = Selector { queue, generation: generation() };
        // SAFETY: no pointers.
        check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
        selector.change(0, libc::EVFILT_USER, libc::EV_ADD | libc::EV_CLEAR, 0, 0)?;
        Ok(selector)
    }

    /// The descriptor of the whole selector, for an outer event loop.
    pub(crate) fn raw(&self) -> Result<i64> {
        Ok(self.queue.as_raw_fd().into())
    }

    pub(crate) fn add(&self, socket: &Descriptor, key: u64, events: Events) -> Result<()> {
        for (event, filter) in [(Events::READ, libc::EVFILT_READ), (Events::WRITE, libc::EVFILT_WRITE)] {
            if events.contains(event) {
                self.change(socket.raw() as usize, filter, libc::EV_ADD, 0, key)?;
            }
        }
        Ok(())
    }

    pub(crate) fn modify(&self, socket: &Descriptor, key: u64, events: Events) -> Result<()> {
        for (event, filter) in [(Events::READ, libc::EVFILT_READ), (Events::WRITE, libc::EVFILT_WRITE)] {
            let flags = if events.contains(event) { libc::EV_ADD } else { libc::EV_DELETE };
            match self.change(socket.raw() as usize, filter, flags, 0, key) {
                // It was not asked for before.
                Err(error) if flags == libc::EV_DELETE && error.os() == libc::ENOENT => {}
                done => done?,
            }
        }
        Ok(())
    }

    /// Forgets a socket. Safe in a signal handler.
    pub(crate) fn remove(&self, socket: &Descriptor) {
        for filter in [libc::EVFILT_READ, libc::EVFILT_WRITE] {
            // It fails if the event was not asked for.
            let _ = self.change(socket.raw() as usize, filter, libc::EV_DELETE, 0, 0);
        }
    }

    /// Ends one wait: one that is going on, or the next. Safe in a signal handler.
    pub(crate) fn notify(&self) {
        let _ = self.change(0, libc::EVFILT_USER, 0, libc::NOTE_TRIGGER, 0);
    }

    /// Nothing to do: the wait that was ended took the event (EV_CLEAR).
    pub(crate) fn clear(&self) {}

    /// Waits until a socket is ready, the waker is notified or the timeout expires, and finds at most `max` of them.
    pub(crate) fn wait(
        &self,
        selection: &mut Selection,
        max: usize,
        timeout: Option<Duration>,
        _: Option<&HeldSignals>,
    ) -> Result<()> {
        selection.clear();
        let timeout = timeout.map(|timeout| libc::timespec {
            tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
            tv_nsec: timeout.subsec_nanos() as _,
        });
        // SAFETY: no changes, room for `max` events, and a timeout that is NULL or lives.
        let found = unsafe {
            libc::kevent(
                self.queue.as_raw_fd(),
                ptr::null(),
                0,
                selection.ready.as_mut_ptr(),
                max.min(MAX_SELECTED) as c_int,
                timeout.as_ref().map_or(ptr::null(), ptr::from_ref),
            )
        };
        selection.count = check(found)? as usize;
        Ok(())
    }

    fn change(&self, ident: usize, filter: i16, flags: u16, fflags: u32, key: u64) -> Result<()> {
        // SAFETY: all zero is a valid kevent.
        let mut change: libc::kevent = unsafe { mem::zeroed() };
        change.ident = ident;
        change.filter = filter;
        change.flags = flags;
        change.fflags = fflags;
        change.udata = key as *mut c_void;
        // SAFETY: one change that lives, and no events.
        check(unsafe { libc::kevent(self.queue.as_raw_fd(), &change, 1, ptr::null_mut(), 0, ptr::null()) })
            .map(drop)
    }
}

impl Drop for Selector {
    fn drop(&mut self) {
        // A child does not inherit its parent's queues (kqueue(2)), and the number may be another descriptor there.
        if self.generation == generation() {
            // SAFETY: dropped once.
            unsafe { ManuallyDrop::drop(&mut self.queue) };
        }
    }
}
