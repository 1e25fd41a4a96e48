//! The socket: open, bind, connect, close. The other topics are `impl Socket` blocks in files of their own.

mod broadcast;
mod counters;
mod message;
mod multicast;
mod options;
mod path_errors;
mod path_queue;
mod receive;
mod recv_queue;
mod reply;
mod scratch;
mod send;
mod stats;
mod steer;
mod wait;
mod waitable;

use std::net::SocketAddr;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::handle::{Kind, Value};
use crate::options::SocketOption;
use crate::poller::{Candidate, Watchers};
use crate::resolve;
use crate::segment::GsoLimits;
use crate::spin::Spin;
use crate::sys;
use crate::types::{Events, Family, OpenOptions};
pub use recv_queue::BLOCK_SIZE;
pub(crate) use send::PacketSource;
pub use send::Transmit;
pub use stats::Stats;

use counters::Counters;
use path_queue::PathQueue;
use recv_queue::RecvQueue;

/// A UDP socket that any number of threads may use at the same time.
///
/// ```
/// use std::time::Duration;
/// use udp::{Family, Socket};
///
/// let server = Socket::open(Family::Ipv4)?;
/// server.bind("127.0.0.1", 0)?;
/// let client = Socket::open(Family::Ipv4)?;
/// client.send_to(b"hello", Some(server.local_addr()?))?;
///
/// let mut buf = [0; 2048];
/// let received = server.recv_from(&mut buf, Some(Duration::from_secs(1)))?;
/// assert_eq!(&buf[..received.length], b"hello");
/// # Ok::<(), udp::Error>(())
/// ```
#[derive(Debug)]
// In this order: a send or a receive of one datagram on a socket that the processor has no longer in its cache costs one
// cache line, with the state of its handle (src/handle.rs).
#[repr(C)]
pub struct Socket {
    /// An error that a partial batch consumed, packed, for the next call to report; 0 for none.
    kept_error: AtomicU64,
    descriptor: sys::Descriptor,
    ipv6: bool,
    /// Whether an IPv6 socket uses IPv4 too. It can change until the socket is bound.
    dual: AtomicBool,
    closing: AtomicBool,
    /// Whether the kernel may coalesce received datagrams.
    coalesce: bool,
    counters: Counters,
    path_queue: PathQueue,
    gso_limits: GsoLimits,
    send_timeout_ms: AtomicI32,
    /// Whether an option asks for control messages. Set before the option is.
    wants_control: AtomicBool,
    spin: Spin,
    recv_queue: sys::PerProcess<RecvQueue>,
    /// Notified by a close.
    close_waker: sys::Waker,
    /// Notified when datagrams are buffered, for the threads that could take one.
    read_waker: sys::Waker,
    /// Notified when path errors are queued, for the threads that wait for one.
    error_waker: sys::Waker,
    /// The interface that multicasts leave through: IPv4's cannot be read back from the system.
    multicast_if_index: AtomicI32,
    /// The pollers that the socket is in.
    watchers: Watchers,
}

impl Value for Socket {
    const KIND: Kind = Kind::Socket;

    fn dispose(self) {
        sys::drop_unseen(self);
    }
}

impl Socket {
    /// Opens a socket. Programs that the process executes do not inherit it.
    pub fn open(options: impl Into<OpenOptions>) -> Result<Socket> {
        let options = options.into();
        sys::watch_forks()?;
        sys::free_retired();
        let socket = Socket {
            descriptor: sys::Descriptor::open(options.family)?,
            ipv6: options.family != Family::Ipv4,
            dual: AtomicBool::new(options.family == Family::Dual),
            closing: AtomicBool::new(false),
            close_waker: sys::Waker::default(),
            read_waker: sys::Waker::default(),
            error_waker: sys::Waker::default(),
            kept_error: AtomicU64::new(0),
            send_timeout_ms: AtomicI32::new(wait::FOREVER_MS),
            coalesce: options.coalesce,
            wants_control: AtomicBool::new(false),
            gso_limits: GsoLimits::new(),
            recv_queue: sys::PerProcess::default(),
            path_queue: PathQueue::default(),
            multicast_if_index: AtomicI32::new(0),
            counters: Counters::default(),
            spin: Spin::default(),
            watchers: Watchers::default(),
        };
        use SocketOption::{Ipv6Only, ReuseAddress, ReusePort};
        if socket.ipv6 {
            // Set either way, because the default is the system's (net.ipv6.bindv6only).
            socket.set_option(Ipv6Only, i32::from(options.family == Family::Ipv6))?;
        }
        sys::disable_multicast_all(&socket.descriptor, options.family)?;
        if options.reuse_address {
            socket.set_option(ReuseAddress, 1)?;
        }
        if options.reuse_port {
            socket.set_option(ReusePort, 1)?;
        }
        if options.coalesce {
            sys::enable_gro(&socket.descriptor)?;
        }
        Ok(socket)
    }

    /// Binds to a local address and port. `""` is all addresses; port 0 lets the system choose. No name is looked up.
    pub fn bind(&self, host: &str, port: u16) -> Result<()> {
        self.bind_addr(resolve::numeric(host, port, self.ipv6)?)
    }

    /// Binds to a local address, such as one of [`crate::interfaces`]; port 0 lets the system choose.
    pub fn bind_addr(&self, addr: SocketAddr) -> Result<()> {
        let error = match self.descriptor.bind(self.to_wire(addr)?) {
            Err(error) => error,
            Ok(()) => return Ok(()),
        };
        match self.bound_addr() {
            Some(bound) if error.code() == Code::Invalid => {
                let bound = addr::display(bound);
                Err(error.with_context(format_args!("already bound to {bound}; open another socket")))
            }
            _ => Err(error.with_context(format_args!("{}", addr::display(addr)))),
        }
    }

    /// Sets the peer: sends need no destination, only its datagrams are received, and a refusal is reported.
    pub fn connect(&self, peer: SocketAddr) -> Result<()> {
        self.descriptor.connect(self.to_peer(peer)?)
    }

    /// Forgets the peer and keeps the port. Linux cannot do this for IPv6 sockets: [`Code::Unsupported`].
    pub fn disconnect(&self) -> Result<()> {
        self.descriptor.disconnect()
    }

    /// The address that the socket is bound to. Its port is 0 before a bind, a connect or a send.
    pub fn local_addr(&self) -> Result<SocketAddr> {
        self.descriptor.local_addr().map(addr::unmap)
    }

    /// The address that the socket is connected to.
    pub fn peer_addr(&self) -> Result<SocketAddr> {
        self.descriptor.peer_addr().map(addr::unmap)
    }

    /// Ends every wait on this socket, later ones too, with [`Code::Closed`]. The descriptor is closed when the socket is
    /// dropped.
    pub fn close(&self) {
        self.closing.store(true, SeqCst);
        self.close_waker.notify();
        self.watchers.close(&self.descriptor);
    }

    /// Checks that a poller can wait for `events`, and returns what it needs of this socket.
    pub(crate) fn candidate(&self, events: Events) -> Result<Candidate<'_>> {
        if events.contains(Events::ERROR) {
            self.path_queue.check_enabled()?;
        }
        let Socket { descriptor, watchers, closing, spin, .. } = self;
        Ok(Candidate { descriptor, watchers, closing, spin_us: spin.most() })
    }

    /// The system's descriptor, for `select`, `epoll` and the like. It still belongs to the socket.
    pub fn fd(&self) -> i64 {
        self.descriptor.number()
    }

    /// Which addresses the socket uses.
    pub fn family(&self) -> Family {
        match (self.ipv6, self.dual.load(Relaxed)) {
            (false, _) => Family::Ipv4,
            (true, false) => Family::Ipv6,
            (true, true) => Family::Dual,
        }
    }

    /// The local address; `None` before the socket is bound.
    fn bound_addr(&self) -> Option<SocketAddr> {
        self.local_addr().ok().filter(|addr| addr.port() != 0)
    }

    /// The address of a peer in the form that this socket's system calls take.
    fn to_peer(&self, addr: SocketAddr) -> Result<SocketAddr> {
        if addr.port() == 0 {
            return Err(Error::new(
                Code::Invalid,
                format_args!("the peer's port is 0; give the port it receives on"),
            ));
        }
        self.to_wire(addr)
    }

    /// An address in the form that this socket's system calls take; an error if the socket does not use its family.
    fn to_wire(&self, addr: SocketAddr) -> Result<SocketAddr> {
        match (self.family(), addr) {
            (Family::Ipv4, SocketAddr::V4(_)) | (Family::Ipv6 | Family::Dual, SocketAddr::V6(_)) => Ok(addr),
            (Family::Dual, SocketAddr::V4(_)) => Ok(addr::map(addr)),
            (Family::Ipv4, SocketAddr::V6(_)) => Err(Error::new(
                Code::Family,
                format_args!("an IPv6 address on an IPv4 socket; open it with UDP_OPEN_DUAL"),
            )),
            (Family::Ipv6, SocketAddr::V4(_)) => Err(Error::new(
                Code::Family,
                format_args!("an IPv4 address on an IPv6 socket; open it with UDP_OPEN_DUAL"),
            )),
        }
    }
}
