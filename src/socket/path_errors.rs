//! What the path told of datagrams that were sent: nobody there, no way, too big.
//!
//! The system would fail the socket's next call with such an error, whichever that is and whoever it is to. Here they
//! wait in a queue of their own, each with the peer that it is about, and calls go on.

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::socket::Socket;
use crate::socket::wait::{Events, WaitableCount};
use crate::sys;

/// A datagram that did not get through, as a router, the peer's host or this one tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathError {
    /// What it means: [`Code::Refused`], [`Code::MessageSize`], [`Code::Unreachable`] or [`Code::Access`].
    pub code: Code,
    /// The system's number for it.
    pub os: i32,
    /// Whom the datagram was for. What this machine itself tells of a socket without a peer has port 0 (Linux).
    pub peer: SocketAddr,
    /// Who tells it; `None` for this machine.
    pub offender: Option<IpAddr>,
    /// The largest IP packet that gets through, where the datagram was too big; else 0.
    pub mtu: u32,
    /// The type and code of the ICMP message; 0 if there was none.
    pub icmp: (u8, u8),
}

/// How many path errors are held for a program that does not ask for them.
const MOST: usize = 1024;

/// A socket's path errors.
#[derive(Debug, Default)]
pub(crate) struct PathErrors {
    wanted: AtomicBool,
    stock: WaitableCount,
    pub(crate) told: AtomicU64,
    pub(crate) lost: AtomicU64,
    queue: Mutex<VecDeque<PathError>>,
}

impl PathErrors {
    pub(crate) fn wanted(&self) -> bool {
        self.wanted.load(Relaxed)
    }

    /// Nothing would ever come where the option is off.
    pub(crate) fn check(&self) -> Result<()> {
        let off = || Error::new(Code::Option, "UDP_OPT_RECV_ERRORS is 0");
        self.wanted().then_some(()).ok_or_else(off)
    }

    pub(crate) fn want(&self, wanted: bool) {
        self.wanted.store(wanted, Relaxed);
    }

    pub(crate) fn stock(&self) -> &WaitableCount {
        &self.stock
    }

    /// Nothing under this lock waits, and nothing panics halfway.
    fn lock(&self) -> MutexGuard<'_, VecDeque<PathError>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, error: PathError) {
        self.told.fetch_add(1, Relaxed);
        let mut queue = self.lock();
        if queue.len() == MOST {
            queue.pop_front();
            self.lost.fetch_add(1, Relaxed);
        }
        queue.push_back(error);
        self.stock.set(queue.len());
    }

    fn pop(&self) -> Option<PathError> {
        let mut queue = self.lock();
        let error = queue.pop_front();
        self.stock.set(queue.len());
        error
    }
}

impl Socket {
    /// The oldest path error that was not asked for yet. Waits at most `timeout` for one: `None` is for ever, zero not
    /// at all. [`crate::SocketOption::RecvErrors`] has to be on.
    pub fn recv_error(&self, timeout: Option<Duration>) -> Result<PathError> {
        self.path_errors().check()?;
        self.retry(Events::ERROR, timeout, || {
            self.collect_errors();
            self.path_errors().pop().ok_or(Code::WouldBlock.into())
        })
    }

    /// Takes what the path told out of the system's hands: how much came from elsewhere than this machine.
    pub(crate) fn collect_errors(&self) -> usize {
        let mut from_afar = 0;
        while let Ok(error) = sys::path_error(self.descriptor()) {
            let Some(error) = error else { continue };
            from_afar += usize::from(error.offender.is_some());
            self.path_errors().push(PathError { peer: addr::unmap(error.peer), ..error });
        }
        self.wake_waiting(self.path_errors().stock());
        from_afar
    }

    /// Whether a call that failed is to be made again, because its failure was an earlier datagram's. The system tells
    /// such a one once, to whichever call comes next (ip_icmp_error in net/ipv4/ip_sockglue.c sets sk_err).
    pub(crate) fn is_stale_path_error(&self, error: &Error, tries: &mut u32) -> bool {
        if error.os() == 0 || error.code() == Code::WouldBlock || !self.path_errors().wanted() {
            return false;
        }
        *tries += 1;
        let found = self.collect_errors() > 0;
        // The queue may have been emptied by another thread, or have had no room: then it is tried once.
        let unsure = *tries == 1 && matches!(error.code(), Code::Refused | Code::Unreachable);
        *tries <= TRIES && (found || unsure)
    }
}

/// More than this many path errors while one call is tried, and it tells of them itself.
const TRIES: u32 = 100;
