//! Linux's numbers for the options of [`crate::options`].

use libc::c_int;

use crate::error::Result;
use crate::options::SocketOption;
use crate::sys::unix::{Descriptor, Name, Place, set_ipv4_option};
use crate::types::Family;

pub(in crate::sys) fn place(opt: SocketOption) -> Result<Place> {
    Ok(match opt {
        SocketOption::RecvBuffer => Place::socket(libc::SO_RCVBUF),
        SocketOption::SendBuffer => Place::socket(libc::SO_SNDBUF),
        SocketOption::Broadcast => Place::socket(libc::SO_BROADCAST),
        SocketOption::ReuseAddress => Place::socket(libc::SO_REUSEADDR),
        SocketOption::ReusePort => Place::socket(libc::SO_REUSEPORT),
        SocketOption::Ttl => Place::both(libc::IP_TTL, libc::IPV6_UNICAST_HOPS),
        SocketOption::Tos => Place::both(libc::IP_TOS, libc::IPV6_TCLASS),
        SocketOption::RecvTos => Place::both(libc::IP_RECVTOS, libc::IPV6_RECVTCLASS),
        SocketOption::RecvPktinfo => Place::both(libc::IP_PKTINFO, libc::IPV6_RECVPKTINFO),
        SocketOption::RecvTimestamp => Place::socket(libc::SO_TIMESTAMPNS),
        SocketOption::Ipv6Only => Place { ipv4: (libc::IPPROTO_IPV6, libc::IPV6_V6ONLY), ipv6: None },
        SocketOption::RecvErrors => Place::both(libc::IP_RECVERR, libc::IPV6_RECVERR),
        SocketOption::MulticastTtl => Place::both(libc::IP_MULTICAST_TTL, libc::IPV6_MULTICAST_HOPS),
        SocketOption::MulticastLoop => Place::both(libc::IP_MULTICAST_LOOP, libc::IPV6_MULTICAST_LOOP),
        SocketOption::MulticastInterface => Place::both(libc::IP_MULTICAST_IF, libc::IPV6_MULTICAST_IF),
        SocketOption::DontFragment => Place::both(libc::IP_MTU_DISCOVER, libc::IPV6_MTU_DISCOVER),
        SocketOption::PathMtu => Place::both(libc::IP_MTU, libc::IPV6_MTU),
        SocketOption::BindInterface => Place::socket(libc::SO_BINDTOIFINDEX),
        SocketOption::Priority => Place::socket(libc::SO_PRIORITY),
        SocketOption::BusyPoll => Place::socket(libc::SO_BUSY_POLL),
        SocketOption::ForceRecvBuffer => Place::socket(libc::SO_RCVBUFFORCE),
        SocketOption::ForceSendBuffer => Place::socket(libc::SO_SNDBUFFORCE),
        SocketOption::SendTimeout | SocketOption::Spin => unreachable!("the socket keeps it itself"),
    })
}

/// A dual-stack socket takes IPv4's options too.
pub(in crate::sys) fn set_ipv4(
    socket: &Descriptor,
    _family: Family,
    opt: SocketOption,
    name: Name,
    value: c_int,
) -> Result<()> {
    set_ipv4_option(socket, opt, name, value)
}

/// The kernel's number for an option's value.
pub(in crate::sys) fn to_system(opt: SocketOption, value: c_int) -> Result<c_int> {
    Ok(if opt == SocketOption::DontFragment { PMTU_MODES[value as usize] } else { value })
}

/// An option's value, given the kernel's number.
pub(in crate::sys) fn from_system(opt: SocketOption, value: c_int) -> c_int {
    match opt {
        // The kernel doubles the size that is set, for its own bookkeeping, and returns the double (socket(7)).
        SocketOption::RecvBuffer
        | SocketOption::SendBuffer
        | SocketOption::ForceRecvBuffer
        | SocketOption::ForceSendBuffer => value / 2,
        SocketOption::DontFragment => PMTU_MODES.iter().position(|&mode| mode == value).unwrap_or(0) as c_int,
        _ => value,
    }
}

/// The kernel's modes for the values of [`SocketOption::DontFragment`] (ip(7), IP_MTU_DISCOVER; IPv6 has the same).
const PMTU_MODES: [c_int; 3] = [libc::IP_PMTUDISC_WANT, libc::IP_PMTUDISC_DO, libc::IP_PMTUDISC_PROBE];
