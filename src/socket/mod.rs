//! The socket: open, bind, connect, send.

pub mod broadcast;
pub mod message;
pub mod multicast;
pub mod path_errors;
pub mod receive;
pub mod reply;
pub mod send;
pub mod stats;
pub mod wait;

use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicI32};
use std::time::Duration;

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::resolve;
use crate::socket::path_errors::PathErrors;
use crate::socket::receive::RecvQueue;
use crate::socket::send::GsoLimits;
use crate::socket::stats::Counts;
use crate::socket::wait::{Events, Waits};
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
pub struct OpenOptions {
    /// Which addresses it speaks.
    pub family: Family,
    /// Several sockets may bind one address and port, and each hears broadcasts and multicasts.
    pub reuse_address: bool,
    /// Several sockets may bind one address and port, and the system spreads the peers over them.
    pub reuse_port: bool,
    /// The system may join the datagrams of a peer on their way in, which makes batches several times faster.
    pub coalesce: bool,
}

impl From<Family> for OpenOptions {
    fn from(family: Family) -> OpenOptions {
        OpenOptions { family, reuse_address: false, reuse_port: false, coalesce: false }
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
    waits: Waits,
    send_timeout_ms: AtomicI32,
    /// Whether received datagrams may come joined.
    receives_gro: bool,
    /// Whether control messages were asked for: set once, before the first is.
    wants_details: AtomicBool,
    joining: GsoLimits,
    kept: RecvQueue,
    path_errors: PathErrors,
    /// The interface that multicasts leave by: IPv4's cannot be read back from the system.
    multicast_interface: AtomicI32,
    counts: Counts,
}

impl Socket {
    /// Opens a socket. It is not inherited by programs that the process starts.
    pub fn open(open: impl Into<OpenOptions>) -> Result<Socket> {
        let open = open.into();
        let socket = Socket {
            descriptor: sys::Descriptor::open(open.family)?,
            ipv6: open.family != Family::Ipv4,
            dual: AtomicBool::new(open.family == Family::Dual),
            waits: Waits::default(),
            send_timeout_ms: AtomicI32::new(FOR_EVER),
            receives_gro: open.coalesce,
            wants_details: AtomicBool::new(false),
            joining: GsoLimits::new(),
            kept: RecvQueue::default(),
            path_errors: PathErrors::default(),
            multicast_interface: AtomicI32::new(0),
            counts: Counts::default(),
        };
        use crate::SocketOption::{Ipv6Only, ReuseAddress, ReusePort};
        if socket.ipv6 {
            // Said both ways, because the default is the system's (net.ipv6.bindv6only).
            socket.set_option(Ipv6Only, i32::from(open.family == Family::Ipv6))?;
        }
        sys::disable_multicast_all(&socket.descriptor, open.family)?;
        if open.reuse_address {
            socket.set_option(ReuseAddress, 1)?;
        }
        if open.reuse_port {
            socket.set_option(ReusePort, 1)?;
        }
        if open.coalesce {
            sys::coalesce(&socket.descriptor)?;
        }
        Ok(socket)
    }

    /// Takes a local address and port; `""` is all addresses, port 0 the system's choice. No name is looked up.
    pub fn bind(&self, host: &str, port: u16) -> Result<()> {
        self.bind_addr(resolve::numeric(host, port, self.ipv6)?)
    }

    /// Binds the socket to an address, such as one of [`crate::interface::list`]; port 0 lets the system choose.
    pub fn bind_addr(&self, addr: SocketAddr) -> Result<()> {
        let named = |error: Error| error.with_context(addr::format(addr));
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
    /// time-out ([`crate::SocketOption::SendTimeout`]).
    pub fn send_to(&self, data: &[u8], to: Option<SocketAddr>) -> Result<()> {
        let to = self.check_send(data.len(), to)?;
        self.retry(Events::WRITE, self.send_wait(), || sys::send(&self.descriptor, data, to))?;
        self.counts.sent.add(1, data.len());
        Ok(())
    }

    /// The system's descriptor, for `select`, `epoll` and their like. It stays the socket's.
    #[cfg(unix)]
    pub fn fd(&self) -> i32 {
        self.descriptor.raw()
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

    pub(crate) fn waits(&self) -> &Waits {
        &self.waits
    }

    pub(crate) fn counts(&self) -> &Counts {
        &self.counts
    }

    pub(crate) fn kept(&self) -> &RecvQueue {
        &self.kept
    }

    pub(crate) fn path_errors(&self) -> &PathErrors {
        &self.path_errors
    }

    pub(crate) fn multicast_interface(&self) -> &AtomicI32 {
        &self.multicast_interface
    }

    pub(crate) fn joining(&self) -> &GsoLimits {
        &self.joining
    }

    pub(crate) fn receives_gro(&self) -> bool {
        self.receives_gro
    }

    pub(crate) fn sends_gso(&self) -> bool {
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
            return Err(Error::new(Code::Invalid, "a peer has a port other than 0"));
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
}
