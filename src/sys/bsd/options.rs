//! Numbers of macOS and FreeBSD for the options of [`crate::options`].

use libc::c_int;

use super::socket::MIN_SEND_BUFFER;
use crate::error::{Code, Result};
use crate::options::SocketOption;
use crate::sys::unix::{Descriptor, Name, Place, set_ipv4_option};
use crate::types::Family;

/// IPV6_MULTICAST_IF, IPV6_MULTICAST_HOPS and IPV6_MULTICAST_LOOP of netinet6/in6.h, the same on both.
const IPV6_MULTICAST: [c_int; 3] = [9, 10, 11];

pub(in crate::sys) fn place(opt: SocketOption) -> Result<Place> {
    Ok(match opt {
        SocketOption::RecvBuffer => Place::socket(libc::SO_RCVBUF),
        SocketOption::SendBuffer => Place::socket(libc::SO_SNDBUF),
        SocketOption::Broadcast => Place::socket(libc::SO_BROADCAST),
        // SO_REUSEADDR shares multicast addresses alone (setsockopt(2); libuv's uv__sock_reuseaddr does the same).
        SocketOption::ReuseAddress => Place::socket(libc::SO_REUSEPORT),
        SocketOption::Ttl => Place::both(libc::IP_TTL, libc::IPV6_UNICAST_HOPS),
        SocketOption::Tos => Place::both(libc::IP_TOS, libc::IPV6_TCLASS),
        SocketOption::RecvTos => Place::both(libc::IP_RECVTOS, libc::IPV6_RECVTCLASS),
        SocketOption::RecvTimestamp => Place::socket(libc::SO_TIMESTAMP),
        SocketOption::Ipv6Only => Place { ipv4: (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY), ipv6: None },
        SocketOption::MulticastInterface => Place::both(libc::IP_MULTICAST_IF, IPV6_MULTICAST[0]),
        SocketOption::MulticastTtl => Place::both(libc::IP_MULTICAST_TTL, IPV6_MULTICAST[1]),
        SocketOption::MulticastLoop => Place::both(libc::IP_MULTICAST_LOOP, IPV6_MULTICAST[2]),
        SocketOption::DontFragment => Place::both(libc::IP_DONTFRAG, libc::IPV6_DONTFRAG),
        other => return own_place(other),
    })
}

/// The options that only one of them has, or that differ.
#[cfg(target_vendor = "apple")]
fn own_place(opt: SocketOption) -> Result<Place> {
    match opt {
        SocketOption::RecvPktinfo => Ok(Place::both(libc::IP_PKTINFO, libc::IPV6_RECVPKTINFO)),
        // By index (socket2's bind_device_by_index_v4).
        SocketOption::BindInterface => Ok(Place::both(libc::IP_BOUND_IF, libc::IPV6_BOUND_IF)),
        // SO_REUSEPORT gives one of the sockets all datagrams.
        _ => Err(Code::Unsupported.into()),
    }
}

#[cfg(target_os = "freebsd")]
fn own_place(opt: SocketOption) -> Result<Place> {
    match opt {
        SocketOption::RecvPktinfo => Ok(Place::both(libc::IP_RECVDSTADDR, libc::IPV6_RECVPKTINFO)),
        SocketOption::ReusePort => Ok(Place::socket(libc::SO_REUSEPORT_LB)),
        _ => Err(Code::Unsupported.into()),
    }
}

/// Sets an option's half for IPv4. IPv6 sockets reject IPv4's options, so on a dual-stack socket they concern IPv6 alone
/// (quinn-udp ignores that error of IP_RECVTOS, too).
pub(in crate::sys) fn set_ipv4(
    socket: &Descriptor,
    family: Family,
    opt: SocketOption,
    name: Name,
    value: c_int,
) -> Result<()> {
    if family == Family::Dual {
        return Ok(());
    }
    #[cfg(target_os = "freebsd")]
    if opt == SocketOption::RecvPktinfo {
        // The interface is a message of its own (ip(4)).
        set_ipv4_option(socket, opt, (libc::IPPROTO_IP, libc::IP_RECVIF), value)?;
    }
    set_ipv4_option(socket, opt, name, value)
}

/// The kernel's number for an option's value.
pub(in crate::sys) fn to_system(opt: SocketOption, value: c_int) -> Result<c_int> {
    match opt {
        // There is no cached path MTU to ignore.
        SocketOption::DontFragment if value == 2 => Err(Code::Unsupported.into()),
        SocketOption::SendBuffer => Ok(value.max(MIN_SEND_BUFFER)),
        _ => Ok(value),
    }
}

/// An option's value, given the kernel's number. A flag is read as its bit (SO_BROADCAST reads as 32, for example).
pub(in crate::sys) fn from_system(opt: SocketOption, value: c_int) -> c_int {
    match opt {
        SocketOption::Broadcast
        | SocketOption::ReuseAddress
        | SocketOption::ReusePort
        | SocketOption::RecvTimestamp
        | SocketOption::DontFragment => c_int::from(value != 0),
        _ => value,
    }
}
