//! Plain data that the socket and the system calls share.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use crate::error::Code;
use crate::segment;

/// Which addresses a socket uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// IPv4 only.
    Ipv4,
    /// IPv6 only.
    Ipv6,
    /// Both. IPv4 peers appear with IPv4 addresses.
    Dual,
}

/// How to open a socket.
#[derive(Debug, Clone, Copy)]
pub struct OpenOptions {
    /// Which addresses the socket uses.
    pub family: Family,
    /// Several sockets may bind the same address and port; each receives the broadcast and multicast datagrams.
    pub reuse_address: bool,
    /// Several sockets may bind the same address and port; the system distributes the peers over them.
    pub reuse_port: bool,
    /// The kernel may coalesce received datagrams of one peer (GRO), which makes batches several times faster.
    pub coalesce: bool,
}

impl From<Family> for OpenOptions {
    fn from(family: Family) -> OpenOptions {
        OpenOptions { family, reuse_address: false, reuse_port: false, coalesce: false }
    }
}

/// What a wait is for, and what it found: a set of `READ`, `WRITE` and `ERROR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Events(u32);

impl Events {
    /// The empty set.
    pub const NONE: Events = Events(0);
    /// A receive would not wait: a datagram or an error is there.
    pub const READ: Events = Events(1);
    /// A send would not wait: the send buffer has room, or an error is there.
    pub const WRITE: Events = Events(2);
    /// [`crate::Socket::recv_error`] would not wait.
    pub const ERROR: Events = Events(4);
    /// Found only: the socket was closed, or its descriptor was shut down (shutdown(2)) and will receive nothing more.
    pub const CLOSED: Events = Events(8);

    /// The set of a number from C: at least one event, and no unknown one.
    pub fn from_bits(bits: u32) -> Option<Events> {
        (1..=7).contains(&bits).then_some(Events(bits))
    }

    /// The set as a number.
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether the set contains all of `other`.
    pub fn contains(self, other: Events) -> bool {
        self.0 & other.0 == other.0
    }

    /// The union of both sets.
    pub fn union(self, other: Events) -> Events {
        Events(self.0 | other.0)
    }

    /// The intersection of both sets.
    pub fn intersection(self, other: Events) -> Events {
        Events(self.0 & other.0)
    }
}

/// A received datagram. Its bytes are in the buffer that the call was given, as many as fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    /// The datagram's length.
    pub length: usize,
    /// Whether the datagram was cut because it was longer than the buffer.
    pub truncated: bool,
    /// The sender.
    pub from: SocketAddr,
}

/// A datagram in an arena, or several datagrams of one peer that the kernel coalesced, one after the other.
#[derive(Debug, Clone, Copy)]
pub struct RecvMeta {
    /// Where the bytes begin in the arena.
    pub offset: usize,
    /// How many bytes were stored.
    pub length: usize,
    /// The length as sent; greater than `length` if the datagram was cut, and then it is a single datagram.
    pub full_length: usize,
    /// The length of each datagram, except the last, which may be shorter.
    pub segment_size: usize,
    /// The sender.
    pub from: SocketAddr,
    /// What the kernel reported beside the datagram.
    pub info: PacketInfo,
}

impl RecvMeta {
    /// The number of datagrams.
    pub fn datagrams(&self) -> usize {
        segment::count(self.length, self.segment_size)
    }

    /// The length of each datagram; they lie one after the other.
    pub fn lengths(&self) -> impl Iterator<Item = usize> + use<> {
        segment::lengths(self.length, self.segment_size)
    }

    /// Whether the datagram was longer than its place.
    pub fn is_truncated(&self) -> bool {
        self.full_length > self.length
    }

    /// The first `datagrams` datagrams, and the rest.
    pub(crate) fn split(self, datagrams: usize) -> (RecvMeta, Option<RecvMeta>) {
        if datagrams >= self.datagrams() {
            return (self, None);
        }
        let taken = datagrams * self.segment_size;
        let part = |offset, length| RecvMeta { offset, length, full_length: length, ..self };
        (part(self.offset, taken), Some(part(self.offset + taken, self.length - taken)))
    }
}

/// What the kernel reported beside a datagram. A field is empty unless its option is on.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PacketInfo {
    /// The local address that the datagram was sent to and the index of the interface that it arrived on
    /// ([`crate::SocketOption::RecvPktinfo`]).
    pub local: Option<(IpAddr, u32)>,
    /// When the kernel received it, in nanoseconds since 1970 ([`crate::SocketOption::RecvTimestamp`]); otherwise 0.
    pub timestamp_ns: u64,
    /// The type-of-service byte, with ECN in the lower two bits ([`crate::SocketOption::RecvTos`]).
    pub tos: u8,
    /// The kernel had no room for all control messages (MSG_CTRUNC).
    pub control_truncated: bool,
}

/// The source address and interface of a sent datagram, such as [`PacketInfo::local`] of a received one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceAddr {
    /// The address to send from. If it is unspecified or not an address of one machine (a group's, for example), the
    /// interface and the routing table choose.
    pub ip: IpAddr,
    /// The interface to send through; 0 lets the routing table choose. It matters for group, broadcast and link-local
    /// destinations only: otherwise a specific source address goes by the routing table.
    pub if_index: u32,
}

/// What the kernel is told about the source of a datagram (IP_PKTINFO).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pktinfo {
    /// The address to send from; `None` lets the system choose.
    pub(crate) source: Option<IpAddr>,
    /// The interface to send through; 0 lets the routing table choose.
    pub(crate) if_index: u32,
    /// The interface to use instead of the source if the source turns out to be a broadcast address.
    pub(crate) fallback_if_index: u32,
}

impl Pktinfo {
    /// Through an interface, from an address that the system chooses.
    pub(crate) fn interface(if_index: u32) -> Pktinfo {
        Pktinfo { source: None, if_index, fallback_if_index: if_index }
    }

    /// Whether the source address or the interface may have caused this error. The kernel rejects a source that is not
    /// local with EINVAL or, in newer versions, ENETUNREACH, and a missing interface with ENODEV or, for some routes,
    /// ENETUNREACH.
    pub(crate) fn may_cause(self, code: Code) -> bool {
        matches!(code, Code::Invalid | Code::Unreachable | Code::NotLocal | Code::NoInterface)
    }
}

/// One entry of a batch system call: a datagram, or a GSO super-datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MmsgEntry {
    /// The destination as the system call takes it.
    pub(crate) to: Option<SocketAddr>,
    /// The source, if the system does not choose it. Requires a destination.
    pub(crate) from: Option<Pktinfo>,
    /// How many pieces of memory it has: one, or one for each datagram.
    pub(crate) parts: usize,
    /// The length of each datagram, except the last, which may be shorter.
    pub(crate) segment_size: usize,
    /// How many datagrams it holds.
    pub(crate) datagrams: usize,
    /// How many bytes it holds.
    pub(crate) bytes: usize,
}

/// The result of [`crate::Socket::receive_message`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// How many bytes were stored; with MSG_TRUNC among the flags of the call, the datagram's length.
    pub length: usize,
    /// The sender; `None` if the system does not report one.
    pub from: Option<SocketAddr>,
    /// How many bytes of control messages were stored.
    pub control: usize,
    /// The system's flags, such as MSG_TRUNC.
    pub flags: i32,
}

/// By what a datagram's socket is chosen among those that share a port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Steering {
    /// The system's hash of both addresses: a peer always reaches the same socket.
    Hash,
    /// The processor that received the datagram.
    Cpu,
    /// Bytes of the datagram, such as a connection's number.
    Bytes {
        /// Where they begin.
        offset: u32,
        /// How many they are: 1, 2 or 4.
        length: u32,
    },
}

/// A report that a sent datagram did not reach its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathError {
    /// What it means: [`Code::Refused`], [`Code::MessageSize`], [`Code::Unreachable`] or [`Code::Access`].
    pub code: Code,
    /// The system's error number.
    pub os: i32,
    /// The destination of the datagram. Linux gives no port (0) for errors that this machine itself reports on an
    /// unconnected socket.
    pub peer: SocketAddr,
    /// The host that reported the error; `None` if it is this machine.
    pub offender: Option<IpAddr>,
    /// The path MTU if the datagram was too large; otherwise 0.
    pub mtu: u32,
    /// Type and code of the ICMP message; 0 if there was none.
    pub icmp: (u8, u8),
}

/// A multicast group, or what one source sends to it (RFC 4607).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group {
    /// The group's address.
    pub(crate) ip: IpAddr,
    /// The only sender to receive from; `None` for all.
    pub(crate) source: Option<IpAddr>,
}

/// A change of a group membership.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Membership {
    Join,
    Leave,
}

/// One address of a network interface, or an interface without an address. An interface with several addresses has one
/// entry for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The system's name, such as `eth0`.
    pub name: String,
    /// The interface index; scope ids are interface indexes.
    pub if_index: u32,
    /// Enabled by the administrator.
    pub up: bool,
    /// Operational, for example with a cable plugged in.
    pub running: bool,
    /// Loopback interface.
    pub loopback: bool,
    /// Can broadcast.
    pub broadcast: bool,
    /// Can multicast.
    pub multicast: bool,
    /// Point-to-point link.
    pub point_to_point: bool,
    /// The address.
    pub addr: Option<InterfaceAddr>,
}

impl Interface {
    /// Whether broadcasts go out through it.
    pub(crate) fn broadcasts(&self) -> bool {
        self.up && self.broadcast && self.addr.is_some_and(|addr| addr.ip.is_ipv4())
    }
}

/// An address of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterfaceAddr {
    /// The address.
    pub ip: IpAddr,
    /// The length of its network prefix in bits.
    pub prefix_len: u32,
    /// The broadcast address of an IPv4 network.
    pub broadcast: Option<Ipv4Addr>,
}
