//! The socket: open, bind, connect, send, receive, wait, and what a close does to those who wait.

use std::net::SocketAddr;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU32};
use std::time::{Duration, Instant};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::path::PathErrors;
use crate::receive::Kept;
use crate::resolve;
use crate::send::Joining;
use crate::stats::Counts;
use crate::sys;

/// The largest datagram over IPv4: 65,535 bytes with the IP header of 20 and the UDP header of 8.
pub const MAX_IPV4: usize = 65_507;
/// The largest datagram over IPv6, held to 65,535 bytes with its header of 40 in the same way.
pub const MAX_IPV6: usize = 65_487;

/// The send time-out that is none. An option's value is never negative, so it cannot be -1.
const FOR_EVER: i32 = i32::MAX;

/// Which addresses a socket speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
    /// Both: IPv4 peers are shown as IPv4.
    Dual,
}

/// How to open a socket.
#[derive(Debug, Clone, Copy)]
pub struct Open {
    /// Which addresses it speaks.
    pub family: Family,
    /// Several sockets may bind one address and port, and each hears broadcasts and multicasts.
    pub share_address: bool,
    /// Several sockets may bind one address and port, and the system spreads the peers over them.
    pub share_port: bool,
    /// The system may join the datagrams of a peer on their way in, which makes batches several times faster.
    pub coalesce: bool,
}

impl From<Family> for Open {
    fn from(family: Family) -> Open {
        Open { family, share_address: false, share_port: false, coalesce: false }
    }
}

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

/// A received datagram. Its bytes are in the buffer that the call was given, as many as fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The datagram's length on the wire; more than the buffer's length if it was cut.
    pub length: usize,
    /// Who sent it.
    pub from: SocketAddr,
}

/// A UDP socket that any number of threads may use at a time.
#[derive(Debug)]
pub struct Socket {
    descriptor: sys::Descriptor,
    ipv6: bool,
    /// Whether an IPv6 socket speaks IPv4 too: an option, until it is bound.
    dual: AtomicBool,
    closing: AtomicBool,
    wake: sys::Wake,
    send_timeout_ms: AtomicI32,
    /// Whether received datagrams may come joined.
    joins_received: bool,
    /// Whether control messages were asked for: set once, before the first is.
    wants_details: AtomicBool,
    joining: Joining,
    kept: Kept,
    path_errors: PathErrors,
    /// The interface that multicasts leave by: IPv4's cannot be read back from the system.
    multicast_interface: AtomicI32,
    counts: Counts,
}

impl Socket {
    /// Opens a socket. It is not inherited by programs that the process starts.
    pub fn open(open: impl Into<Open>) -> Result<Socket> {
        let open = open.into();
        let socket = Socket {
            descriptor: sys::Descriptor::open(open.family)?,
            ipv6: open.family != Family::Ipv4,
            dual: AtomicBool::new(open.family == Family::Dual),
            closing: AtomicBool::new(false),
            wake: sys::Wake::new(),
            send_timeout_ms: AtomicI32::new(FOR_EVER),
            joins_received: open.coalesce,
            wants_details: AtomicBool::new(false),
            joining: Joining::new(),
            kept: Kept::default(),
            path_errors: PathErrors::default(),
            multicast_interface: AtomicI32::new(0),
            counts: Counts::default(),
        };
        use crate::Opt::{Ipv6Only, ShareAddress, SharePort};
        if socket.ipv6 {
            // Said both ways, because the default is the system's (net.ipv6.bindv6only).
            socket.set(Ipv6Only, i32::from(open.family == Family::Ipv6))?;
        }
        sys::hear_joined_groups_only(&socket.descriptor, open.family)?;
        if open.share_address {
            socket.set(ShareAddress, 1)?;
        }
        if open.share_port {
            socket.set(SharePort, 1)?;
        }
        if open.coalesce {
            sys::coalesce(&socket.descriptor)?;
        }
        Ok(socket)
    }

    /// Takes a local address and port; `""` is all addresses, port 0 the system's choice. No name is looked up.
    pub fn bind(&self, host: &str, port: u16) -> Result<()> {
        let addr = resolve::numeric(host, port, self.ipv6)?;
        let named = |error: Error| error.because(addr::format(addr));
        self.descriptor.bind(self.to_wire(addr)?).map_err(named)
    }

    /// Sends to `peer` from now on, receives from it alone, and reports when it refuses.
    pub fn connect(&self, peer: SocketAddr) -> Result<()> {
        self.descriptor.connect(self.to_peer(peer)?)
    }

    /// Forgets the peer and keeps the port. Linux cannot do it for IPv6 sockets: [`Code::Unsupported`].
    pub fn disconnect(&self) -> Result<()> {
        self.descriptor.disconnect()
    }

    /// The address that the socket is bound to. Before a bind, a connect or a send its port is 0.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.descriptor.local_addr().map(addr::unmap)
    }

    /// The address that the socket is connected to.
    pub fn peer_addr(&self) -> Result<SocketAddr> {
        self.descriptor.peer_addr().map(addr::unmap)
    }

    /// Sends one datagram, to `to` or to the connected peer. Waits for room in the send buffer, at most the send
    /// time-out ([`crate::Opt::SendTimeout`]).
    pub fn send_to(&self, data: &[u8], to: Option<SocketAddr>) -> Result<()> {
        let to = self.check_send(data.len(), to)?;
        self.retry(Events::WRITE, self.send_wait(), || sys::send(&self.descriptor, data, to))?;
        self.counts.sent.add(1, data.len());
        Ok(())
    }

    /// Waits until one of `events` is there, and says which.
    pub fn wait(&self, events: Events, timeout: Option<Duration>) -> Result<Events> {
        if events.contains(Events::ERROR) {
            self.path_errors.check()?;
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

    /// The system's descriptor, for `select`, `epoll` and their like. It stays the socket's.
    #[cfg(unix)]
    pub fn fd(&self) -> i32 {
        self.descriptor.raw()
    }

    /// Ends every wait on this socket, those to come too, with [`Code::Closed`]. The descriptor is given back when
    /// the socket is dropped.
    pub fn shut(&self) {
        self.closing.store(true, SeqCst);
        self.wake.notify();
    }

    /// Which addresses it speaks.
    pub fn family(&self) -> Family {
        match (self.ipv6, self.dual.load(Relaxed)) {
            (false, _) => Family::Ipv4,
            (true, false) => Family::Ipv6,
            (true, true) => Family::Dual,
        }
    }

    pub(crate) fn set_ipv6_only(&self, only: bool) {
        self.dual.store(!only, Relaxed);
    }

    pub(crate) fn descriptor(&self) -> &sys::Descriptor {
        &self.descriptor
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(crate) fn path_errors(&self) -> &PathErrors {
        &self.path_errors
    }

    pub(crate) fn multicast_interface(&self) -> &AtomicI32 {
        &self.multicast_interface
    }

    pub(crate) fn joining(&self) -> &Joining {
        &self.joining
    }

    pub(crate) fn joins_received(&self) -> bool {
        self.joins_received
    }

    pub(crate) fn joins_sent(&self) -> bool {
        self.joining.possible(self)
    }

    pub(crate) fn wants_details(&self) -> bool {
        self.wants_details.load(Relaxed)
    }

    pub(crate) fn want_details(&self) {
        self.wants_details.store(true, Relaxed);
    }

    pub(crate) fn send_timeout(&self) -> i32 {
        self.send_timeout_ms.load(Relaxed)
    }

    pub(crate) fn set_send_timeout(&self, milliseconds: i32) {
        self.send_timeout_ms.store(milliseconds, Relaxed);
    }

    /// How long a send may wait.
    pub(crate) fn send_wait(&self) -> Option<Duration> {
        let milliseconds = self.send_timeout();
        (milliseconds != FOR_EVER).then(|| Duration::from_millis(milliseconds as u64))
    }

    /// Checks what can be known before the system is asked, and gives the destination as the system wants it.
    pub(crate) fn check_send(&self, length: usize, to: Option<SocketAddr>) -> Result<Option<SocketAddr>> {
        self.check_length(length, to)?;
        to.map(|to| self.to_peer(to)).transpose()
    }

    /// The same where the destination is given.
    pub(crate) fn check_send_to(&self, length: usize, to: SocketAddr) -> Result<SocketAddr> {
        self.check_length(length, Some(to))?;
        self.to_peer(to)
    }

    fn check_length(&self, length: usize, to: Option<SocketAddr>) -> Result<()> {
        let v4 = to.map_or(!self.ipv6, |to| addr::unmap(to).is_ipv4());
        let limit = if v4 { MAX_IPV4 } else { MAX_IPV6 };
        if length > limit && !(to.is_none() && self.peer_addr()?.is_ipv4() && length <= MAX_IPV4) {
            return Err(Error::new(Code::MessageSize, format!("{length} bytes, of at most {limit}")));
        }
        Ok(())
    }

    /// The address of a peer as this socket's system calls want it.
    fn to_peer(&self, addr: SocketAddr) -> Result<SocketAddr> {
        if addr.port() == 0 {
            return Err(Error::new(Code::Value, "a peer has a port other than 0"));
        }
        self.to_wire(addr)
    }

    /// An address as this socket's system calls want it; an error if the socket does not speak its family.
    fn to_wire(&self, addr: SocketAddr) -> Result<SocketAddr> {
        match (self.family(), addr) {
            (Family::Ipv4, SocketAddr::V4(_)) | (Family::Ipv6 | Family::Dual, SocketAddr::V6(_)) => Ok(addr),
            (Family::Dual, SocketAddr::V4(_)) => Ok(addr::map(addr)),
            (Family::Ipv4, SocketAddr::V6(_)) => {
                Err(Error::new(Code::Family, "an IPv6 address on an IPv4 socket"))
            }
            (Family::Ipv6, SocketAddr::V4(_)) => {
                Err(Error::new(Code::Family, "an IPv4 address on an IPv6 socket"))
            }
        }
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
                Err(error) if self.was_earlier_one(&error, &mut tries) => continue,
                done => return done,
            }
            found = self.block(events, deadline.left()?)?.ok_or_else(|| deadline.over())?;
        }
    }

    /// Waits in the system; `None` when the time is over, no events when it is to be looked again.
    fn block(&self, events: Events, timeout: Option<Duration>) -> Result<Option<Events>> {
        let closing = || self.closing.load(SeqCst);
        let look = || {
            let kept = if self.kept.any() { Events::READ } else { Events::NONE };
            let told = if self.path_errors.any() { Events::ERROR } else { Events::NONE };
            let found = kept.and(told).only(events);
            (closing() || found != Events::NONE).then_some(found)
        };
        let ready = {
            let _reader = Waiting::count(events.contains(Events::READ), self.kept.waiting());
            let _error_reader = Waiting::count(events.contains(Events::ERROR), self.path_errors.waiting());
            sys::wait(&self.descriptor, &self.wake, events, timeout, look)?
        };
        if closing() {
            return Err(Code::Closed.into());
        }
        let Some(found) = ready else { return Ok(None) };
        let mut ready = found.only(Events::READ.and(Events::WRITE));
        if found.contains(Events::ERROR) {
            if self.path_errors.wanted() {
                self.collect_errors();
            } else {
                // It is for the next call to report, whichever that is.
                ready = Events::READ.and(Events::WRITE);
            }
        }
        if self.path_errors.any() {
            ready = ready.and(Events::ERROR);
        }
        if found == Events::NONE {
            // Woken. What others wait for must not be taken back, nor a close that came in between.
            self.wake.clear();
            if closing() || self.kept.awaited() || self.path_errors.awaited() {
                self.wake.notify();
            }
        }
        Ok(Some(ready.only(events).and(found.only(Events::SHUT))))
    }

    /// Has those who wait look again.
    pub(crate) fn wake_waiting(&self) {
        self.wake.notify();
    }
}

/// A wait that will have no other end.
fn shut_down() -> Error {
    Error::new(Code::Closed, "its descriptor was shut down")
}

/// How often a send is tried again that the system has no buffers for, each time after twice as long, from 1 ms on: 255
/// ms in all. Nothing tells when a device has room again (send(2), ENOBUFS).
const PAUSES: u32 = 8;

/// Counts a call that is about to wait for something that another call may find; it looks for it after that.
struct Waiting<'a>(Option<&'a AtomicU32>);

impl<'a> Waiting<'a> {
    fn count(waits: bool, counter: &'a AtomicU32) -> Waiting<'a> {
        let counter = waits.then_some(counter);
        if let Some(counter) = counter {
            counter.fetch_add(1, SeqCst);
        }
        Waiting(counter)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(counter) = self.0 {
            counter.fetch_sub(1, SeqCst);
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
