//! WSAPoll, and a waker that ends it from another thread.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use windows_sys::Win32::Networking::WinSock as ws;

use super::socket::{Descriptor, check, last_error, receive, send};
use crate::error::Result;
use crate::sys::HeldSignals;
use crate::types::{Events, Family};

/// Ends waits on a socket for one reason: a socket that is its own peer is polled beside the socket, because WSAPoll takes
/// sockets alone. It is opened by the first wait.
#[derive(Debug, Default)]
pub(crate) struct Waker(OnceLock<Descriptor>);

impl Waker {
    /// The socket to poll. A `notify` after this call ends the poll.
    pub(super) fn descriptor(&self) -> Result<&Descriptor> {
        if let Some(own) = self.0.get() {
            return Ok(own);
        }
        let open = |family, ip: IpAddr| -> Result<Descriptor> {
            let own = Descriptor::open(family)?;
            own.bind((ip, 0).into())?;
            own.connect(own.local_addr()?)?;
            Ok(own)
        };
        // A host may have one family alone.
        let own = open(Family::Ipv4, Ipv4Addr::LOCALHOST.into())
            .or_else(|_| open(Family::Ipv6, Ipv6Addr::LOCALHOST.into()))
            .map_err(|error| error.with_context(format_args!("a wait needs a socket for its waker")))?;
        Ok(self.0.get_or_init(|| own))
    }

    /// Ends all waits with this waker, and later ones until `clear`.
    pub(crate) fn notify(&self) {
        if let Some(own) = self.0.get() {
            // It can fail only when its buffer is full, and then it is readable as it should be.
            let _ = send(own, &[1], None);
        }
    }

    /// Undoes `notify`.
    pub(crate) fn clear(&self) {
        if let Some(own) = self.0.get() {
            while receive(own, &mut []).is_ok() {}
        }
    }
}

/// Waits until one of `events` or an error occurs. `None` if the timeout expired; no events if a waker was notified.
/// `buffered` is called once the wakers are armed: if it returns events, there is no wait.
pub(crate) fn wait(
    socket: &Descriptor,
    wakers: [Option<&Waker>; MAX_WAKERS],
    events: Events,
    timeout: Option<Duration>,
    _: Option<&HeldSignals>,
    buffered: impl FnOnce() -> Option<Events>,
) -> Result<Option<Events>> {
    let mut fds = [ws::WSAPOLLFD { fd: socket.raw(), events: wanted(events), revents: 0 }; 1 + MAX_WAKERS];
    let mut count = 1;
    // Without a wait there is nothing to wake.
    if timeout != Some(Duration::ZERO) {
        for waker in wakers.iter().flatten() {
            fds[count] = ws::WSAPOLLFD { fd: waker.descriptor()?.raw(), events: ws::POLLRDNORM, revents: 0 };
            count += 1;
        }
    }
    if let Some(found) = buffered() {
        return Ok(Some(found));
    }
    if !poll(&mut fds[..count], timeout)? {
        return Ok(None);
    }
    if fds[1..count].iter().any(|waker| waker.revents != 0) {
        return Ok(Some(Events::NONE));
    }
    Ok(Some(found(fds[0].revents)))
}

/// The events to ask for.
pub(super) fn wanted(events: Events) -> i16 {
    let asked = |event, mask| if events.contains(event) { mask } else { 0 };
    asked(Events::READ, ws::POLLRDNORM) | asked(Events::WRITE, ws::POLLWRNORM)
}

/// What WSAPoll found at a socket.
pub(super) fn found(revents: i16) -> Events {
    let found = |bits, event| if revents & bits != 0 { event } else { Events::NONE };
    let ready = found(ws::POLLRDNORM, Events::READ).union(found(ws::POLLWRNORM, Events::WRITE));
    let closed = found(ws::POLLHUP | ws::POLLNVAL, Events::CLOSED);
    ready.union(found(ws::POLLERR, Events::ERROR)).union(closed)
}

/// WSAPoll; whether there is an event. It counts milliseconds and may return up to one tick of the system's timer early, so
/// it is repeated until the timeout has expired.
pub(super) fn poll(fds: &mut [ws::WSAPOLLFD], timeout: Option<Duration>) -> Result<bool> {
    let deadline = timeout.filter(|timeout| !timeout.is_zero()).and_then(|timeout| {
        // A deadline past the end of the clock never comes.
        Instant::now().checked_add(timeout)
    });
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        let milliseconds = match (timeout, left) {
            (Some(Duration::ZERO), _) => 0,
            (_, Some(left)) => i32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX),
            _ => -1,
        };
        // SAFETY: the array outlives the call.
        let found = unsafe { ws::WSAPoll(fds.as_mut_ptr(), fds.len() as u32, milliseconds) };
        check(found)?;
        let expired = deadline.is_none_or(|deadline| Instant::now() >= deadline);
        if found > 0 || expired {
            return if found < 0 { Err(last_error()) } else { Ok(found > 0) };
        }
    }
}

/// How many wakers a wait may have.
const MAX_WAKERS: usize = 3;
