//! One wait on many sockets, by WSAPoll over all of them. A wait takes time in proportion to their number.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use windows_sys::Win32::Networking::WinSock as ws;

use super::poll::{Waker, found, poll, wanted};
use super::socket::Descriptor;
use crate::error::{Code, Result};
use crate::lock::lock;
use crate::sys::HeldSignals;
use crate::types::Events;

/// How many ready sockets one wait returns at most.
pub(crate) const MAX_SELECTED: usize = 128;

#[derive(Debug, Default)]
pub(crate) struct Selector {
    members: Mutex<Vec<Member>>,
    waker: Waker,
    /// Where the next wait begins to look, so that each socket comes first in turn.
    next: AtomicUsize,
}

#[derive(Debug, Clone, Copy)]
struct Member {
    socket: ws::SOCKET,
    key: u64,
    events: Events,
}

/// What a wait found.
pub(crate) struct Selection {
    ready: [(u64, Events); MAX_SELECTED],
    count: usize,
    woken: bool,
}

impl Selection {
    pub(crate) fn new() -> Selection {
        Selection { ready: [(0, Events::NONE); MAX_SELECTED], count: 0, woken: false }
    }

    pub(crate) fn clear(&mut self) {
        (self.count, self.woken) = (0, false);
    }

    /// Whether something occurred, the waker included.
    pub(crate) fn any(&self) -> bool {
        self.count > 0 || self.woken
    }

    /// Whether the waker was notified.
    pub(crate) fn woken(&self) -> bool {
        self.woken
    }

    /// The key of each ready socket, and what occurred.
    pub(crate) fn sockets(&self) -> impl Iterator<Item = (u64, Events)> {
        self.ready[..self.count].iter().copied()
    }
}

impl Selector {
    pub(crate) fn new() -> Result<Selector> {
        let selector = Selector::default();
        selector.waker.descriptor()?;
        Ok(selector)
    }

    /// There is no object that an outer event loop could wait for.
    pub(crate) fn raw(&self) -> Result<i64> {
        Err(Code::Unsupported.into())
    }

    pub(crate) fn add(&self, socket: &Descriptor, key: u64, events: Events) -> Result<()> {
        let mut members = lock(&self.members);
        members.try_reserve(1).map_err(|_| Code::Memory)?;
        members.push(Member { socket: socket.raw(), key, events });
        // Waits that are going on do not know of it.
        self.waker.notify();
        Ok(())
    }

    pub(crate) fn modify(&self, socket: &Descriptor, key: u64, events: Events) -> Result<()> {
        let mut members = lock(&self.members);
        let member = members.iter_mut().find(|member| member.socket == socket.raw());
        let member = member.ok_or(Code::Closed)?;
        (member.key, member.events) = (key, events);
        self.waker.notify();
        Ok(())
    }

    pub(crate) fn remove(&self, socket: &Descriptor) {
        lock(&self.members).retain(|member| member.socket != socket.raw());
    }

    /// Ends one wait at least, and later ones until `clear`.
    pub(crate) fn notify(&self) {
        self.waker.notify();
    }

    pub(crate) fn clear(&self) {
        self.waker.clear();
    }

    /// Waits until a socket is ready, the waker is notified or the timeout expires, and finds at most `max` of them.
    pub(crate) fn wait(
        &self,
        selection: &mut Selection,
        max: usize,
        timeout: Option<Duration>,
        _: Option<&HeldSignals>,
    ) -> Result<()> {
        selection.clear();
        let (mut keys, mut fds) = (Vec::new(), Vec::new());
        {
            let members = lock(&self.members);
            keys.try_reserve_exact(members.len()).map_err(|_| Code::Memory)?;
            fds.try_reserve_exact(members.len() + 1).map_err(|_| Code::Memory)?;
            fds.push(ws::WSAPOLLFD {
                fd: self.waker.descriptor()?.raw(),
                events: ws::POLLRDNORM,
                revents: 0,
            });
            for member in members.iter() {
                keys.push(member.key);
                fds.push(ws::WSAPOLLFD { fd: member.socket, events: wanted(member.events), revents: 0 });
            }
        }
        if !poll(&mut fds, timeout)? {
            return Ok(());
        }
        selection.woken = fds[0].revents != 0;
        let start = self.next.load(Relaxed) % keys.len().max(1);
        for index in (start..keys.len()).chain(0..start) {
            if selection.count == max.min(MAX_SELECTED) {
                break;
            }
            if fds[index + 1].revents != 0 {
                selection.ready[selection.count] = (keys[index], found(fds[index + 1].revents));
                selection.count += 1;
                self.next.store(index + 1, Relaxed);
            }
        }
        Ok(())
    }
}
