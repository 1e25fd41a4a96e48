//! The constants and structs of the header.

use std::ffi::{c_char, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::error::{Code, Error, Result};
use crate::types::{Events, Family, OpenOptions, PacketInfo, SourceAddr};

/// One enum of the header, as the test that writes the header reads it.
#[derive(Debug)]
pub struct Enum {
    /// The enum's tag.
    pub name: &'static str,
    /// What its constants are for.
    pub doc: &'static [&'static str],
    /// Its constants: name, value and documentation.
    pub constants: &'static [(&'static str, i64, &'static [&'static str])],
}

/// Defines each constant once, for Rust and for the header: cbindgen would write each enum with a typedef and an
/// `#ifdef` that C, C++ and the FFIs read differently.
macro_rules! enums {
    ($($(#[doc = $enum_doc:literal])* $tag:ident: $type:ty {
        $($(#[doc = $doc:literal])* $name:ident = $value:expr;)*
    })*) => {
        $($($(#[doc = $doc])* pub const $name: $type = $value;)*)*

        /// The enums of the header, but for error codes and options, which have tables of their own.
        pub const ENUMS: &[Enum] = &[$(Enum {
            name: stringify!($tag),
            doc: &[$($enum_doc),*],
            constants: &[$((stringify!($name), $value as i64, &[$($doc),*])),*],
        }),*];
    };
}

enums! {
    /// Address families: `udp_addr.family`.
    udp_family: u16 {
        /// No address. All other fields of the `udp_addr` are zero.
        UDP_FAMILY_NONE = 0;
        /// IPv4. The address is in the first four bytes of `ip`.
        UDP_FAMILY_IPV4 = 4;
        /// IPv6.
        UDP_FAMILY_IPV6 = 6;
    }
    /// Flags of `udp_open`: one of the first three, combined with any of the others.
    udp_open_flag: u32 {
        /// An IPv4 socket.
        UDP_OPEN_IPV4 = 0;
        /// An IPv6 socket that does not use IPv4.
        UDP_OPEN_IPV6 = 1;
        /// One socket for IPv6 and IPv4. IPv4 peers appear with IPv4 addresses.
        UDP_OPEN_DUAL = 2;
        /// Lets several sockets bind the same address and port; each receives the broadcast and multicast datagrams
        /// (SO_REUSEADDR).
        UDP_OPEN_REUSE_ADDRESS = 4;
        /// Lets several sockets bind the same address and port; the system distributes the peers over them
        /// (SO_REUSEPORT).
        UDP_OPEN_REUSE_PORT = 8;
        /// Lets the kernel coalesce received datagrams of one peer (UDP_GRO), which makes `udp_recv_batch` several times
        /// faster for a busy peer. Every receive function still returns single datagrams, except `udp_recv_segments`.
        /// Batches need an arena of at least 65,536 bytes to receive without a copy.
        UDP_OPEN_COALESCE = 16;
    }
    /// Events of `udp_wait` and `udp_poller_set`.
    udp_event: u32 {
        /// A receive would not wait: a datagram or an error is there.
        UDP_EVENT_READ = 1;
        /// A send would not wait: the send buffer has room, or an error is there.
        UDP_EVENT_WRITE = 2;
        /// `udp_recv_error` would not wait.
        UDP_EVENT_ERROR = 4;
        /// `udp_poller_wait` only, and unasked: the socket was closed, and the poller has forgotten it. Or its descriptor was
        /// shut down (shutdown(2)) and will receive nothing more.
        UDP_EVENT_CLOSED = 8;
    }
    /// By what `udp_steer` chooses a datagram's socket.
    udp_steer_by: u32 {
        /// The system's hash of both addresses: a peer always reaches the same socket.
        UDP_STEER_HASH = 0;
        /// The processor that received the datagram.
        UDP_STEER_CPU = 1;
        /// Bytes of the datagram, such as a connection's number.
        UDP_STEER_BYTES = 2;
    }
    /// Sizes.
    udp_size: usize {
        /// Buffer size that is always enough for `udp_format`, in bytes, NUL included.
        UDP_ADDR_TEXT_SIZE = 96;
    }
    /// Flags of a received datagram: `udp_packet.flags`.
    udp_packet_flag: u32 {
        /// The datagram was longer than its buffer and was cut. `full_length` is its length; the rest is lost.
        UDP_PACKET_TRUNCATED = 1;
        /// The kernel had no room for all control messages (MSG_CTRUNC), because the program set options of its own with
        /// `udp_setsockopt`: `udp_packet_info` may lack fields. With `UDP_PACKET_TRUNCATED` on a coalescing socket: the
        /// datagrams that the kernel coalesced could not be separated and are lost.
        UDP_PACKET_CONTROL_TRUNCATED = 2;
    }
    /// Offloads in use: `udp_stats.offloads`.
    udp_offload: u32 {
        /// Datagrams of one size to one peer are sent together (GSO, UDP_SEGMENT).
        UDP_OFFLOAD_SEND = 1;
        /// The kernel may coalesce received datagrams (GRO); see `UDP_OPEN_COALESCE`.
        UDP_OFFLOAD_RECV = 2;
    }
    /// Properties of a network interface: `udp_interface.flags`.
    udp_interface_flag: u32 {
        /// Enabled by the administrator (IFF_UP).
        UDP_INTERFACE_UP = 1;
        /// Operational, for example with a cable plugged in (IFF_RUNNING).
        UDP_INTERFACE_RUNNING = 2;
        /// Loopback interface (IFF_LOOPBACK).
        UDP_INTERFACE_LOOPBACK = 4;
        /// Can broadcast (IFF_BROADCAST).
        UDP_INTERFACE_BROADCAST = 8;
        /// Can multicast (IFF_MULTICAST).
        UDP_INTERFACE_MULTICAST = 16;
        /// Point-to-point link (IFF_POINTOPOINT).
        UDP_INTERFACE_POINT_TO_POINT = 32;
    }
}

const _: () = assert!(UDP_EVENT_READ == Events::READ.bits() && UDP_EVENT_WRITE == Events::WRITE.bits());
const _: () = assert!(UDP_EVENT_ERROR == Events::ERROR.bits() && UDP_EVENT_CLOSED == Events::CLOSED.bits());

/// A handle to a socket. `udp_open` returns it, or a negative `UDP_ERR_` code. It is greater than 0 and never reused
/// within a process.
#[expect(non_camel_case_types, reason = "the header's name")]
pub type udp_socket = i64;

/// A handle to a poller. `udp_poller_open` returns it, or a negative `UDP_ERR_` code. It is greater than 0, never reused
/// within a process, and never equal to the handle of a socket.
#[expect(non_camel_case_types, reason = "the header's name")]
pub type udp_poller = i64;

/// A socket that is ready.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_ready {
    /// The socket.
    pub socket: udp_socket,
    /// What `udp_poller_set` was given with it.
    pub user_data: u64,
    /// `UDP_EVENT_` flags: those waited for that occurred, or `UDP_EVENT_CLOSED`.
    pub events: u32,
    /// Zero.
    pub reserved: u32,
}

const _: () = assert!(size_of::<udp_ready>() == 24);

/// An IP address and a port. Plain data without padding: it can be copied and compared with memcmp. All zero is no
/// address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_addr {
    /// `UDP_FAMILY_IPV4`, `UDP_FAMILY_IPV6` or `UDP_FAMILY_NONE`.
    pub family: u16,
    /// Port, 0 to 65535, in host byte order.
    pub port: u16,
    /// Address in network byte order. IPv4 uses the first four bytes; the others are zero.
    pub ip: [u8; 16],
    /// Interface index of a link-local IPv6 address (sin6_scope_id); otherwise 0.
    pub scope_id: u32,
    /// Flow label and traffic class of an IPv6 address, in the form of sin6_flowinfo (RFC 3493); usually 0.
    pub flowinfo: u32,
    /// Must be zero; functions return `UDP_ERR_INVALID` otherwise.
    pub reserved: u32,
}

const _: () = assert!(size_of::<udp_addr>() == 2 + 2 + 16 + 4 + 4 + 4 && align_of::<udp_addr>() == 4);

impl udp_addr {
    /// No address.
    pub const NONE: udp_addr =
        udp_addr { family: 0, port: 0, ip: [0; 16], scope_id: 0, flowinfo: 0, reserved: 0 };

    /// `==` in one comparison instead of one for each field. It runs for each packet of a batch.
    pub(super) fn is_same(&self, other: &udp_addr) -> bool {
        let ([a, b, c, d], [e, f, g, h]) = (self.words(), other.words());
        (a ^ e) | (b ^ f) | (c ^ g) | (d ^ h) == 0
    }

    /// Its bytes in numbers, which are faster to compare and to hash than the fields.
    pub(super) fn words(&self) -> [u64; 4] {
        let join = |low: u32, high: u32| u64::from(low) | u64::from(high) << 32;
        let ip = u128::from_ne_bytes(self.ip);
        [
            join(u32::from(self.family) | u32::from(self.port) << 16, self.scope_id),
            join(self.flowinfo, self.reserved),
            ip as u64,
            (ip >> 64) as u64,
        ]
    }
}

impl From<SocketAddr> for udp_addr {
    fn from(addr: SocketAddr) -> udp_addr {
        match addr {
            SocketAddr::V4(addr) => {
                let mut ip = [0; 16];
                ip[..4].copy_from_slice(&addr.ip().octets());
                udp_addr { family: UDP_FAMILY_IPV4, port: addr.port(), ip, ..udp_addr::NONE }
            }
            SocketAddr::V6(addr) => udp_addr {
                family: UDP_FAMILY_IPV6,
                port: addr.port(),
                ip: addr.ip().octets(),
                scope_id: addr.scope_id(),
                flowinfo: addr.flowinfo(),
                ..udp_addr::NONE
            },
        }
    }
}

impl From<IpAddr> for udp_addr {
    /// With port 0.
    fn from(ip: IpAddr) -> udp_addr {
        SocketAddr::new(ip, 0).into()
    }
}

impl TryFrom<udp_addr> for SocketAddr {
    type Error = Error;

    fn try_from(addr: udp_addr) -> Result<SocketAddr> {
        if addr.reserved != 0 {
            return Err(Error::new(Code::Invalid, format_args!("udp_addr.reserved must be 0")));
        }
        match addr.family {
            UDP_FAMILY_IPV4 => {
                let [a, b, c, d, rest @ ..] = addr.ip;
                if rest != [0; 12] || addr.scope_id != 0 || addr.flowinfo != 0 {
                    return Err(Error::new(
                        Code::Invalid,
                        format_args!("an IPv4 udp_addr must have zeros in ip[4..16], scope_id and flowinfo"),
                    ));
                }
                Ok((Ipv4Addr::new(a, b, c, d), addr.port).into())
            }
            UDP_FAMILY_IPV6 => {
                Ok(SocketAddrV6::new(Ipv6Addr::from(addr.ip), addr.port, addr.flowinfo, addr.scope_id).into())
            }
            UDP_FAMILY_NONE => Err(Error::new(
                Code::Invalid,
                format_args!("the udp_addr holds no address (UDP_FAMILY_NONE)"),
            )),
            family => Err(Error::new(
                Code::Family,
                format_args!("udp_addr.family is {family}; use UDP_FAMILY_IPV4 or UDP_FAMILY_IPV6"),
            )),
        }
    }
}

/// The family that a caller asks for: 0 for either.
pub(super) fn family_of(number: u16) -> Result<Option<Family>> {
    match number {
        UDP_FAMILY_NONE => Ok(None),
        UDP_FAMILY_IPV4 => Ok(Some(Family::Ipv4)),
        UDP_FAMILY_IPV6 => Ok(Some(Family::Ipv6)),
        _ => Err(Error::new(
            Code::Family,
            format_args!("family {number}; use UDP_FAMILY_NONE, UDP_FAMILY_IPV4 or UDP_FAMILY_IPV6"),
        )),
    }
}

/// The flags of `udp_open`.
pub(super) fn open_flags(flags: u32) -> Result<OpenOptions> {
    let others = UDP_OPEN_REUSE_ADDRESS | UDP_OPEN_REUSE_PORT | UDP_OPEN_COALESCE;
    let family = match flags & !others {
        UDP_OPEN_IPV4 => Family::Ipv4,
        UDP_OPEN_IPV6 => Family::Ipv6,
        UDP_OPEN_DUAL => Family::Dual,
        _ => {
            let hint =
                "one of UDP_OPEN_IPV4, UDP_OPEN_IPV6 and UDP_OPEN_DUAL, and UDP_OPEN_ flags of this version";
            return Err(Error::new(Code::Flags, format_args!("{flags:#x}; use {hint}")));
        }
    };
    Ok(OpenOptions {
        coalesce: flags & UDP_OPEN_COALESCE != 0,
        family,
        reuse_address: flags & UDP_OPEN_REUSE_ADDRESS != 0,
        reuse_port: flags & UDP_OPEN_REUSE_PORT != 0,
    })
}

/// The result of decoding bytes to text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_text_info {
    /// Encoding that was used: its WHATWG name, such as "UTF-8" or "gb18030", NUL-terminated.
    pub encoding: [c_char; 24],
    /// Number of bytes decoded: the datagram's length.
    pub bytes: u32,
    /// Number of malformed sequences replaced by U+FFFD; 0 if the bytes were valid in that encoding.
    pub replaced: u32,
    /// Zero.
    pub reserved: [u32; 2],
}

const _: () = assert!(size_of::<udp_text_info>() == 24 + 4 * 4);

/// One datagram of a batch; one cache line on 64-bit systems. A packet filled in by `udp_recv_batch` can be passed
/// unchanged to `udp_send_batch`, which sends it back to its sender.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_packet {
    /// The datagram's bytes. Send: the caller's buffer; NULL if `length` is 0. Receive: a place in the arena.
    pub data: *mut c_void,
    /// Number of bytes at `data`.
    pub length: usize,
    /// Send: the destination, or all zero for the connected peer. Receive: the sender.
    pub peer: udp_addr,
    /// Receive: the datagram's length as sent; greater than `length` if it was cut. Send: ignored.
    pub full_length: u32,
    /// Receive: `UDP_PACKET_` flags. Send: ignored.
    pub flags: u32,
    /// Receive with `udp_recv_segments`: length of each datagram at `data`, except the last, which may be shorter.
    /// Receive with `udp_recv_batch`: equal to `length`. Send: ignored.
    pub segment_size: u32,
    /// Zero.
    pub reserved: u32,
}

const _: () = assert!(size_of::<udp_packet>() == 2 * size_of::<usize>() + size_of::<udp_addr>() + 16);

/// What the kernel reported beside a received datagram. A field is zero unless its `UDP_OPT_RECV_` option is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_packet_info {
    /// `UDP_OPT_RECV_PKTINFO`: the local address that the datagram was sent to, with port 0.
    pub local: udp_addr,
    /// `UDP_OPT_RECV_TIMESTAMP`: when the kernel received it, in nanoseconds since 1970-01-01 UTC.
    pub timestamp_ns: u64,
    /// `UDP_OPT_RECV_PKTINFO`: index of the interface that it arrived on.
    pub if_index: u32,
    /// `UDP_OPT_RECV_TOS`: type-of-service byte, with ECN in the lower two bits.
    pub tos: u32,
    /// Zero.
    pub reserved: [u32; 4],
}

const _: () = assert!(size_of::<udp_packet_info>() == 64);

impl udp_packet_info {
    /// Nothing reported.
    pub const NONE: udp_packet_info =
        udp_packet_info { local: udp_addr::NONE, timestamp_ns: 0, if_index: 0, tos: 0, reserved: [0; 4] };

    /// The source address of a reply.
    pub(super) fn source(&self) -> Result<SourceAddr> {
        let ip = match self.local.family {
            UDP_FAMILY_NONE if self.if_index == 0 => {
                return Err(Error::new(
                    Code::Invalid,
                    format_args!(
                        "the udp_packet_info has neither local address nor interface; \
                     set UDP_OPT_RECV_PKTINFO to 1 before receiving"
                    ),
                ));
            }
            UDP_FAMILY_NONE => Ipv4Addr::UNSPECIFIED.into(),
            _ => SocketAddr::try_from(self.local)?.ip(),
        };
        Ok(SourceAddr { ip, if_index: self.if_index })
    }
}

impl From<&PacketInfo> for udp_packet_info {
    fn from(info: &PacketInfo) -> udp_packet_info {
        let (local, if_index) = match info.local {
            Some((ip, if_index)) => (ip.into(), if_index),
            None => (udp_addr::NONE, 0),
        };
        let (timestamp_ns, tos) = (info.timestamp_ns, info.tos.into());
        udp_packet_info { local, timestamp_ns, if_index, tos, ..udp_packet_info::NONE }
    }
}

/// Counters of a socket since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_stats {
    /// Datagrams sent.
    pub sent: u64,
    /// Bytes sent.
    pub sent_bytes: u64,
    /// Datagrams received.
    pub received: u64,
    /// Bytes received, including those that truncation lost.
    pub received_bytes: u64,
    /// Received datagrams that were longer than their buffer.
    pub truncated: u64,
    /// Datagrams that the kernel dropped at this socket because the receive buffer was full or a checksum was wrong. The
    /// kernel counts coalesced datagrams (`UDP_OPEN_COALESCE`) as one, so that more may be lost. 0 if the system does not
    /// tell.
    pub dropped: u64,
    /// Datagrams buffered in the library for the next receive: the kernel had coalesced them with datagrams already
    /// returned.
    pub buffered: u64,
    /// GSO sends that the kernel refused. Their datagrams were sent one by one.
    pub offload_refused: u64,
    /// Path errors received; see `udp_recv_error`.
    pub path_errors: u64,
    /// Path errors discarded because the queue was full.
    pub path_errors_lost: u64,
    /// `UDP_OFFLOAD_` flags of the offloads in use.
    pub offloads: u32,
    /// Zero.
    pub reserved0: u32,
    /// Receives that found a datagram while they looked for one before they would sleep (`UDP_OPT_SPIN`).
    pub spin_hits: u64,
    /// Receives that looked in vain, and slept.
    pub spin_misses: u64,
    /// Zero.
    pub reserved: [u64; 7],
}

const _: () = assert!(size_of::<udp_stats>() == 160);

/// A piece of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_slice {
    /// Its first byte; NULL if `length` is 0.
    pub data: *mut c_void,
    /// Its size in bytes.
    pub length: usize,
}

const _: () = assert!(size_of::<udp_slice>() == 2 * size_of::<usize>());

/// One address of a network interface, or an interface without an address. An interface with several addresses has
/// one entry for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_interface {
    /// The system's name, such as `eth0`, NUL-terminated.
    pub name: [c_char; 256],
    /// Interface index, greater than 0. `udp_addr.scope_id` and every `if_index` are interface indexes.
    pub if_index: u32,
    /// `UDP_INTERFACE_` flags.
    pub flags: u32,
    /// Maximum transmission unit in bytes, IP header included.
    pub mtu: u32,
    /// Length of the network prefix of `addr` in bits; 24 is the netmask 255.255.255.0.
    pub prefix_len: u32,
    /// The address, with port 0; all zero if the interface has none.
    pub addr: udp_addr,
    /// Broadcast address of an IPv4 network, with port 0; otherwise all zero.
    pub broadcast: udp_addr,
    /// Zero.
    pub reserved: [u32; 4],
}

const _: () = assert!(size_of::<udp_interface>() == 352);

/// A report that a sent datagram did not reach its destination, from a router, the peer's host or this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_path_error {
    /// `UDP_ERR_REFUSED` (no socket is bound to that port), `UDP_ERR_MSGSIZE` (larger than the path MTU, see `mtu`),
    /// `UDP_ERR_UNREACHABLE` or `UDP_ERR_ACCESS` (rejected by a firewall).
    pub code: i32,
    /// The system's error number, as in errno.
    pub os_error: i32,
    /// Destination of the datagram. Linux gives no port (0) for errors that this machine itself reports on an
    /// unconnected socket.
    pub peer: udp_addr,
    /// Address of the host that reported the error, with port 0; all zero if it is this machine.
    pub offender: udp_addr,
    /// Path MTU in bytes, IP header included, if `code` is `UDP_ERR_MSGSIZE`; otherwise 0.
    pub mtu: u32,
    /// Type of the ICMP message (ICMPv6 if `offender` is an IPv6 address).
    pub icmp_type: u8,
    /// Code of the ICMP message.
    pub icmp_code: u8,
    /// Zero.
    pub reserved: u16,
}

const _: () = assert!(size_of::<udp_path_error>() == 4 + 4 + 2 * size_of::<udp_addr>() + 8);
