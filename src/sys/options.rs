//! The options of [`crate::options`] as the system has them.

use std::mem;

use libc::c_int;

use super::unix::{Descriptor, get_option, set_option};
use crate::error::Result;
use crate::options::Opt;
use crate::socket::Family;

/// Where an option lives: its level and name for IPv4, and for IPv6 where that is another one.
fn places(opt: Opt) -> ((c_int, c_int), Option<(c_int, c_int)>) {
    let socket = |name| ((libc::SOL_SOCKET, name), None);
    let both = |v4, v6| ((libc::IPPROTO_IP, v4), Some((libc::IPPROTO_IPV6, v6)));
    match opt {
        Opt::RecvBuffer => socket(libc::SO_RCVBUF),
        Opt::SendBuffer => socket(libc::SO_SNDBUF),
        Opt::Broadcast => socket(libc::SO_BROADCAST),
        Opt::ShareAddress => socket(libc::SO_REUSEADDR),
        Opt::SharePort => socket(libc::SO_REUSEPORT),
        Opt::Ttl => both(libc::IP_TTL, libc::IPV6_UNICAST_HOPS),
        Opt::Tos => both(libc::IP_TOS, libc::IPV6_TCLASS),
        Opt::RecvTos => both(libc::IP_RECVTOS, libc::IPV6_RECVTCLASS),
        Opt::RecvLocal => both(libc::IP_PKTINFO, libc::IPV6_RECVPKTINFO),
        Opt::RecvTime => socket(libc::SO_TIMESTAMPNS),
        Opt::Ipv6Only => ((libc::IPPROTO_IPV6, libc::IPV6_V6ONLY), None),
        Opt::RecvErrors => both(libc::IP_RECVERR, libc::IPV6_RECVERR),
        Opt::MulticastTtl => both(libc::IP_MULTICAST_TTL, libc::IPV6_MULTICAST_HOPS),
        Opt::MulticastLoop => both(libc::IP_MULTICAST_LOOP, libc::IPV6_MULTICAST_LOOP),
        Opt::MulticastInterface => both(libc::IP_MULTICAST_IF, libc::IPV6_MULTICAST_IF),
        Opt::DontFragment => both(libc::IP_MTU_DISCOVER, libc::IPV6_MTU_DISCOVER),
        Opt::PathMtu => both(libc::IP_MTU, libc::IPV6_MTU),
        Opt::Device => socket(libc::SO_BINDTOIFINDEX),
        Opt::Priority => socket(libc::SO_PRIORITY),
        Opt::BusyPoll => socket(libc::SO_BUSY_POLL),
        Opt::ForceRecvBuffer => socket(libc::SO_RCVBUFFORCE),
        Opt::ForceSendBuffer => socket(libc::SO_SNDBUFFORCE),
        Opt::SendTimeout => unreachable!("the socket keeps its send time-out itself"),
    }
}

/// Sets an option, for both families on a dual-stack socket.
pub(crate) fn set(socket: &Descriptor, family: Family, opt: Opt, value: c_int) -> Result<()> {
    let ((level, name), v6) = places(opt);
    let value = match opt {
        Opt::DontFragment => FRAGMENTING[value as usize],
        _ => value,
    };
    if let (Some((level, name)), true) = (v6, family != Family::Ipv4) {
        set_option(socket, level, name, &value)?;
    }
    if v6.is_none() || family != Family::Ipv6 {
        if opt == Opt::MulticastInterface {
            // As a number it would be taken for an address (ip(7)).
            // SAFETY: all zero is a valid ip_mreqn.
            let mut interface: libc::ip_mreqn = unsafe { mem::zeroed() };
            interface.imr_ifindex = value;
            return set_option(socket, level, name, &interface);
        }
        set_option(socket, level, name, &value)?;
    }
    Ok(())
}

/// An option's value, in the units that it is set in.
pub(crate) fn get(socket: &Descriptor, family: Family, opt: Opt) -> Result<c_int> {
    let (v4, v6) = places(match opt {
        Opt::ForceRecvBuffer => Opt::RecvBuffer,
        Opt::ForceSendBuffer => Opt::SendBuffer,
        opt => opt,
    });
    let (level, name) = v6.filter(|_| family != Family::Ipv4).unwrap_or(v4);
    let value = get_option(socket, level, name)?;
    Ok(match opt {
        Opt::RecvBuffer | Opt::SendBuffer | Opt::ForceRecvBuffer | Opt::ForceSendBuffer => {
            value / super::BUFFER_FACTOR
        }
        Opt::DontFragment => FRAGMENTING.iter().position(|&mode| mode == value).unwrap_or(0) as c_int,
        _ => value,
    })
}

/// The system's modes for the values of [`Opt::DontFragment`] (ip(7), IP_MTU_DISCOVER; IPv6 has the same).
const FRAGMENTING: [c_int; 3] = [libc::IP_PMTUDISC_WANT, libc::IP_PMTUDISC_DO, libc::IP_PMTUDISC_PROBE];
