//! The options of [`crate::options`] in the system's own numbers.

use std::mem;

use libc::c_int;

use super::socket::{Descriptor, get_option, set_option};
use crate::error::Result;
use crate::options::SocketOption;
use crate::types::Family;

/// An option's level and name for IPv4, and for IPv6 if they differ.
fn places(opt: SocketOption) -> ((c_int, c_int), Option<(c_int, c_int)>) {
    let socket = |name| ((libc::SOL_SOCKET, name), None);
    let both = |v4, v6| ((libc::IPPROTO_IP, v4), Some((libc::IPPROTO_IPV6, v6)));
    match opt {
        SocketOption::RecvBuffer => socket(libc::SO_RCVBUF),
        SocketOption::SendBuffer => socket(libc::SO_SNDBUF),
        SocketOption::Broadcast => socket(libc::SO_BROADCAST),
        SocketOption::ReuseAddress => socket(libc::SO_REUSEADDR),
        SocketOption::ReusePort => socket(libc::SO_REUSEPORT),
        SocketOption::Ttl => both(libc::IP_TTL, libc::IPV6_UNICAST_HOPS),
        SocketOption::Tos => both(libc::IP_TOS, libc::IPV6_TCLASS),
        SocketOption::RecvTos => both(libc::IP_RECVTOS, libc::IPV6_RECVTCLASS),
        SocketOption::RecvPktinfo => both(libc::IP_PKTINFO, libc::IPV6_RECVPKTINFO),
        SocketOption::RecvTimestamp => socket(libc::SO_TIMESTAMPNS),
        SocketOption::Ipv6Only => ((libc::IPPROTO_IPV6, libc::IPV6_V6ONLY), None),
        SocketOption::RecvErrors => both(libc::IP_RECVERR, libc::IPV6_RECVERR),
        SocketOption::MulticastTtl => both(libc::IP_MULTICAST_TTL, libc::IPV6_MULTICAST_HOPS),
        SocketOption::MulticastLoop => both(libc::IP_MULTICAST_LOOP, libc::IPV6_MULTICAST_LOOP),
        SocketOption::MulticastInterface => both(libc::IP_MULTICAST_IF, libc::IPV6_MULTICAST_IF),
        SocketOption::DontFragment => both(libc::IP_MTU_DISCOVER, libc::IPV6_MTU_DISCOVER),
        SocketOption::PathMtu => both(libc::IP_MTU, libc::IPV6_MTU),
        SocketOption::BindInterface => socket(libc::SO_BINDTOIFINDEX),
        SocketOption::Priority => socket(libc::SO_PRIORITY),
        SocketOption::BusyPoll => socket(libc::SO_BUSY_POLL),
        SocketOption::ForceRecvBuffer => socket(libc::SO_RCVBUFFORCE),
        SocketOption::ForceSendBuffer => socket(libc::SO_SNDBUFFORCE),
        SocketOption::SendTimeout | SocketOption::Spin => {
            unreachable!("the socket keeps this value itself")
        }
    }
}

/// Sets an option, for both families on a dual-stack socket.
pub(crate) fn set(socket: &Descriptor, family: Family, opt: SocketOption, value: c_int) -> Result<()> {
    let ((level, name), v6) = places(opt);
    let value = match opt {
        SocketOption::DontFragment => PMTU_MODES[value as usize],
        _ => value,
    };
    if let (Some((level, name)), true) = (v6, family != Family::Ipv4) {
        set_option(socket, level, name, &value)?;
    }
    if v6.is_none() || family != Family::Ipv6 {
        if opt == SocketOption::MulticastInterface {
            // The kernel would take a number for an address (ip(7)).
            // SAFETY: all zero is a valid ip_mreqn.
            let mut request: libc::ip_mreqn = unsafe { mem::zeroed() };
            request.imr_ifindex = value;
            return set_option(socket, level, name, &request);
        }
        set_option(socket, level, name, &value)?;
    }
    Ok(())
}

/// An option's value, in the unit in which it is set.
pub(crate) fn get(socket: &Descriptor, family: Family, opt: SocketOption) -> Result<c_int> {
    let (v4, v6) = places(match opt {
        SocketOption::ForceRecvBuffer => SocketOption::RecvBuffer,
        SocketOption::ForceSendBuffer => SocketOption::SendBuffer,
        opt => opt,
    });
    let (level, name) = v6.filter(|_| family != Family::Ipv4).unwrap_or(v4);
    let value = get_option(socket, level, name)?;
    Ok(match opt {
        SocketOption::RecvBuffer
        | SocketOption::SendBuffer
        | SocketOption::ForceRecvBuffer
        | SocketOption::ForceSendBuffer => value / crate::sys::BUFFER_FACTOR,
        SocketOption::DontFragment => PMTU_MODES.iter().position(|&mode| mode == value).unwrap_or(0) as c_int,
        _ => value,
    })
}

/// The system's modes for the values of [`SocketOption::DontFragment`] (ip(7), IP_MTU_DISCOVER; IPv6 has the same).
const PMTU_MODES: [c_int; 3] = [libc::IP_PMTUDISC_WANT, libc::IP_PMTUDISC_DO, libc::IP_PMTUDISC_PROBE];
