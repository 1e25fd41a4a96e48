//! The structs and numbers of the header.

use std::ffi::{c_char, c_void};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::error::{Code, Error, Result};
use crate::reply::Origin;
use crate::socket::{Family, Open};
use crate::wait::Events;

/// A handle to a socket, or a negative `UDP_ERR_` code. Never 0, and never the same twice in a process.
#[expect(non_camel_case_types, reason = "the header's name")]
pub type udp_socket = i64;

/// `udp_addr.family`: no address. All other fields are zero.
pub const UDP_FAMILY_NONE: u16 = 0;
/// `udp_addr.family`: IPv4; the address is in the first four bytes of `ip`.
pub const UDP_FAMILY_IPV4: u16 = 4;
/// `udp_addr.family`: IPv6.
pub const UDP_FAMILY_IPV6: u16 = 6;

/// `udp_open`: an IPv4 socket. The default.
pub const UDP_OPEN_IPV4: u32 = 0;
/// `udp_open`: an IPv6 socket that speaks IPv6 only.
pub const UDP_OPEN_IPV6: u32 = 1;
/// `udp_open`: one socket for both families. IPv4 peers are shown with IPv4 addresses.
pub const UDP_OPEN_DUAL: u32 = 2;
/// `udp_open`: other sockets may bind the same address and port, and each hears broadcasts and multicasts.
pub const UDP_OPEN_SHARE_ADDRESS: u32 = 4;
/// `udp_open`: other sockets may bind the same address and port, and the system spreads the peers over them.
pub const UDP_OPEN_SHARE_PORT: u32 = 8;

/// `udp_open`: the system may join the datagrams of a peer on their way in, and `udp_recv_batch` takes them apart
/// again: several times faster for one busy peer. Arenas of 65,536 bytes or more then save a copy. Every receive
/// function gives single datagrams all the same.
pub const UDP_OPEN_COALESCE: u32 = 16;

/// `udp_wait`: a receive would not wait; there is a datagram, or an error to be told of.
pub const UDP_READ: u32 = 1;
/// `udp_wait`: a send would not wait; there is room in the send buffer, or an error to be told of.
pub const UDP_WRITE: u32 = 2;
/// `udp_wait`: `udp_recv_error` would not wait.
pub const UDP_ERROR: u32 = 4;

/// The bytes that `udp_format` needs at most, with the NUL.
pub const UDP_ADDR_TEXT: usize = 96;

const _: () = assert!(UDP_READ == Events::READ.bits() && UDP_WRITE == Events::WRITE.bits());
const _: () = assert!(UDP_ERROR == Events::ERROR.bits());

/// An address and a port: plain data, to be copied and compared byte by byte. All zero is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_addr {
    /// `UDP_FAMILY_IPV4`, `UDP_FAMILY_IPV6`, or `UDP_FAMILY_NONE`.
    pub family: u16,
    /// The port, 0 to 65535, in host byte order.
    pub port: u16,
    /// The address in network byte order; IPv4 in the first four bytes, the others zero.
    pub ip: [u8; 16],
    /// The interface's number of a link-local IPv6 address, else 0; always 0 for IPv4.
    pub scope: u32,
    /// The flow label and traffic class of an IPv6 address (RFC 3493, sin6_flowinfo, in the system's form), mostly 0.
    pub flow: u32,
    /// Zero. A function that is given anything else says `UDP_ERR_VALUE`.
    pub reserved: u32,
}

const _: () = assert!(size_of::<udp_addr>() == 2 + 2 + 16 + 4 + 4 + 4 && align_of::<udp_addr>() == 4);

impl udp_addr {
    /// No address.
    pub const NONE: udp_addr = udp_addr { family: 0, port: 0, ip: [0; 16], scope: 0, flow: 0, reserved: 0 };
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
                scope: addr.scope_id(),
                flow: addr.flowinfo(),
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
            return Err(Error::new(Code::Value, "the reserved field of a udp_addr is zero"));
        }
        match addr.family {
            UDP_FAMILY_IPV4 => {
                let [a, b, c, d, rest @ ..] = addr.ip;
                if rest != [0; 12] || addr.scope != 0 || addr.flow != 0 {
                    return Err(Error::new(
                        Code::Value,
                        "an IPv4 udp_addr with more than four bytes and a port",
                    ));
                }
                Ok((Ipv4Addr::new(a, b, c, d), addr.port).into())
            }
            UDP_FAMILY_IPV6 => {
                Ok(SocketAddrV6::new(Ipv6Addr::from(addr.ip), addr.port, addr.flow, addr.scope).into())
            }
            UDP_FAMILY_NONE => Err(Error::new(Code::Value, "a udp_addr without an address")),
            family => Err(Error::new(Code::Family, format!("a udp_addr of family {family}"))),
        }
    }
}

/// The family that C asks for: 0 for either.
pub(super) fn family_of(number: u16) -> Result<Option<Family>> {
    match number {
        UDP_FAMILY_NONE => Ok(None),
        UDP_FAMILY_IPV4 => Ok(Some(Family::Ipv4)),
        UDP_FAMILY_IPV6 => Ok(Some(Family::Ipv6)),
        _ => Err(Error::new(Code::Family, format!("family {number}"))),
    }
}

/// The flags of `udp_open`.
pub(super) fn open_flags(flags: u32) -> Result<Open> {
    let others = UDP_OPEN_SHARE_ADDRESS | UDP_OPEN_SHARE_PORT | UDP_OPEN_COALESCE;
    let family = match flags & !others {
        UDP_OPEN_IPV4 => Family::Ipv4,
        UDP_OPEN_IPV6 => Family::Ipv6,
        UDP_OPEN_DUAL => Family::Dual,
        _ => return Err(Error::new(Code::Flags, format!("{flags:#x}"))),
    };
    Ok(Open {
        coalesce: flags & UDP_OPEN_COALESCE != 0,
        family,
        share_address: flags & UDP_OPEN_SHARE_ADDRESS != 0,
        share_port: flags & UDP_OPEN_SHARE_PORT != 0,
    })
}

/// What was found while bytes were made text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_text_info {
    /// The encoding that the bytes were read in: its WHATWG name, such as "UTF-8" or "gb18030", NUL-terminated.
    pub encoding: [c_char; 24],
    /// How many bytes were decoded: the length of the datagram.
    pub bytes: u32,
    /// How many malformed sequences became U+FFFD; 0 if all of it was text in that encoding.
    pub replaced: u32,
    /// Zero.
    pub reserved: [u32; 2],
}

const _: () = assert!(size_of::<udp_text_info>() == 24 + 4 + 4 + 8 && align_of::<udp_text_info>() == 4);

/// `udp_packet.flags`: the datagram was longer than its place; `wire_length` is its length, the rest is gone.
pub const UDP_PACKET_TRUNCATED: u32 = 1;
/// `udp_packet.flags`: the system had more to tell of the datagram than there was room for.
pub const UDP_PACKET_INCOMPLETE: u32 = 2;

/// One datagram of a batch, in one cache line. What `udp_recv_batch` filled in can be handed to `udp_send_batch` as it is:
/// an echo.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_packet {
    /// The datagram's bytes. Sending: the caller's; NULL if `length` is 0. Received: in the arena.
    pub data: *mut c_void,
    /// How many bytes there are at `data`.
    pub length: usize,
    /// Sending: the destination, or all zero for the peer of `udp_connect`. Received: the sender.
    pub peer: udp_addr,
    /// Received: the datagram's length on the wire, more than `length` if it was cut. Sending: not looked at.
    pub wire_length: u32,
    /// Received: any of the `UDP_PACKET_` flags. Sending: not looked at.
    pub flags: u32,
    /// Received with `udp_recv_segments`: how long each of the datagrams at `data` is, but for the last, which may be
    /// shorter. Received with `udp_recv_batch`: as `length`. Sending: not looked at.
    pub segment: u32,
    /// Zero.
    pub reserved: u32,
}

const _: () = assert!(size_of::<udp_packet>() == 2 * size_of::<usize>() + size_of::<udp_addr>() + 16);

/// What the system tells beside a received datagram, of those things that the options `UDP_OPT_RECV_` ask for. The others
/// are zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_details {
    /// `UDP_OPT_RECV_LOCAL`: the address that it was sent to, with port 0.
    pub local: udp_addr,
    /// `UDP_OPT_RECV_TIME`: when the kernel received it, in nanoseconds since 1970.
    pub time_ns: u64,
    /// `UDP_OPT_RECV_LOCAL`: the number of the interface that it came in by.
    pub interface: u32,
    /// `UDP_OPT_RECV_TOS`: the type-of-service byte, ECN in its lower two bits.
    pub tos: u32,
}

const _: () = assert!(size_of::<udp_details>() == size_of::<udp_addr>() + 8 + 8);

impl udp_details {
    /// Where an answer leaves from.
    pub(super) fn origin(&self) -> Result<Origin> {
        let local = match self.local.family {
            UDP_FAMILY_NONE if self.interface == 0 => {
                return Err(Error::new(
                    Code::Value,
                    "details without a local address: set UDP_OPT_RECV_LOCAL",
                ));
            }
            UDP_FAMILY_NONE => Ipv4Addr::UNSPECIFIED.into(),
            _ => SocketAddr::try_from(self.local)?.ip(),
        };
        Ok(Origin { local, interface: self.interface })
    }
}

/// `udp_counters.paths`: runs of datagrams to one peer leave as super-datagrams (GSO on Linux).
pub const UDP_PATH_SEND_JOINED: u32 = 1;
/// `udp_counters.paths`: the system may join received datagrams (GRO on Linux); see `UDP_OPEN_COALESCE`.
pub const UDP_PATH_RECV_JOINED: u32 = 2;

/// What passed through a socket since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_counters {
    /// Datagrams sent.
    pub sent: u64,
    /// Their bytes.
    pub sent_bytes: u64,
    /// Datagrams received.
    pub received: u64,
    /// Their bytes on the wire.
    pub received_bytes: u64,
    /// How many of them were longer than the buffer that they were given.
    pub truncated: u64,
    /// Datagrams that the system dropped at this socket: its receive buffer was full, or their checksum wrong.
    pub dropped: u64,
    /// Datagrams that are kept for the next receive: they had come joined with others, of which enough were taken.
    pub kept: u64,
    /// How often the system refused a super-datagram. Its datagrams then went one by one.
    pub joined_refused: u64,
    /// Path errors that came in; see `udp_recv_error`.
    pub path_errors: u64,
    /// How many of them gave way to newer ones before they were asked for.
    pub path_errors_lost: u64,
    /// The `UDP_PATH_` flags of the fast paths in use.
    pub paths: u32,
    /// Zero.
    pub reserved: [u32; 3],
}

const _: () = assert!(size_of::<udp_counters>() == 10 * 8 + 4 + 3 * 4);

/// A piece of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_slice {
    /// Where it begins; NULL if `length` is 0.
    pub data: *mut c_void,
    /// How many bytes it has.
    pub length: usize,
}

const _: () = assert!(size_of::<udp_slice>() == 2 * size_of::<usize>());

/// `udp_interface.flags`: switched on.
pub const UDP_INTERFACE_UP: u32 = 1;
/// `udp_interface.flags`: ready to carry datagrams; a cable is plugged in, for one.
pub const UDP_INTERFACE_RUNNING: u32 = 2;
/// `udp_interface.flags`: reaches this machine only.
pub const UDP_INTERFACE_LOOPBACK: u32 = 4;
/// `udp_interface.flags`: can broadcast.
pub const UDP_INTERFACE_BROADCAST: u32 = 8;
/// `udp_interface.flags`: can multicast.
pub const UDP_INTERFACE_MULTICAST: u32 = 16;
/// `udp_interface.flags`: has one other end, and no network around it.
pub const UDP_INTERFACE_POINT_TO_POINT: u32 = 32;

/// One address of a network interface, or an interface that has none. One with several addresses has a row for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_interface {
    /// The system's name for it, such as `eth0`, NUL-terminated.
    pub name: [c_char; 32],
    /// The system's number for it, which never is 0; `udp_addr.scope` and `udp_details.interface` are these.
    pub index: u32,
    /// Any of the `UDP_INTERFACE_` flags.
    pub flags: u32,
    /// The longest IP packet that it sends whole, in bytes.
    pub mtu: u32,
    /// How many bits of `addr` are the network's: 24 is a netmask of 255.255.255.0.
    pub prefix: u32,
    /// The address, with port 0; all zero if there is none.
    pub addr: udp_addr,
    /// The broadcast address of an IPv4 network, with port 0; else all zero.
    pub broadcast: udp_addr,
}

const _: () = assert!(size_of::<udp_interface>() == 32 + 4 * 4 + 2 * size_of::<udp_addr>());

/// A datagram that did not get through, as a router, the peer's host or this one told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(C)]
pub struct udp_path_error {
    /// `UDP_ERR_REFUSED` (nobody listens at that port), `UDP_ERR_MSGSIZE` (too big, see `mtu`), `UDP_ERR_UNREACHABLE` or
    /// `UDP_ERR_ACCESS` (a firewall forbids it).
    pub code: i32,
    /// The system's own number for it, as `errno` has it.
    pub os_error: i32,
    /// Whom the datagram was for. What this machine itself tells of a socket without a peer has port 0 (Linux).
    pub peer: udp_addr,
    /// Who tells it, with port 0; all zero if it is this machine.
    pub offender: udp_addr,
    /// The longest IP packet that gets through, in bytes, if `code` is `UDP_ERR_MSGSIZE`; else 0.
    pub mtu: u32,
    /// The type of the ICMP or, if `offender` is an IPv6 address, ICMPv6 message that told it.
    pub icmp_type: u8,
    /// The code of that message.
    pub icmp_code: u8,
    /// Zero.
    pub reserved: u16,
}

const _: () = assert!(size_of::<udp_path_error>() == 4 + 4 + 2 * size_of::<udp_addr>() + 8);
