//! The options of [`crate::options`] in Winsock's numbers.

use std::net::Ipv4Addr;

use windows_sys::Win32::Networking::WinSock as ws;

use super::addr::in_addr;
use super::multicast::ipv4_of;
use super::socket::{Descriptor, get_option, set_option, unsupported};
use crate::error::{Code, Result};
use crate::options::SocketOption;
use crate::types::Family;

/// An option's level and name.
type Name = (i32, i32);

/// What an option is called for IPv4 and, if that differs, for IPv6. Winsock accepts IP_TOS and ignores it (IPPROTO_IP
/// socket options), its timestamps are no times of day (SIO_TIMESTAMPING), and IP_UNICAST_IF binds no receive.
fn place(opt: SocketOption) -> Result<(Name, Option<Name>)> {
    let socket = |name| Ok(((ws::SOL_SOCKET, name), None));
    let both = |ipv4, ipv6| Ok(((ws::IPPROTO_IP, ipv4), Some((ws::IPPROTO_IPV6, ipv6))));
    match opt {
        SocketOption::RecvBuffer => socket(ws::SO_RCVBUF),
        SocketOption::SendBuffer => socket(ws::SO_SNDBUF),
        SocketOption::Broadcast => socket(ws::SO_BROADCAST),
        SocketOption::ReuseAddress => socket(ws::SO_REUSEADDR),
        SocketOption::Ttl => both(ws::IP_TTL, ws::IPV6_UNICAST_HOPS),
        SocketOption::RecvTos => both(ws::IP_RECVTOS, ws::IPV6_RECVTCLASS),
        SocketOption::RecvPktinfo => both(ws::IP_PKTINFO, ws::IPV6_PKTINFO),
        SocketOption::Ipv6Only => Ok(((ws::IPPROTO_IPV6, ws::IPV6_V6ONLY), None)),
        SocketOption::MulticastTtl => both(ws::IP_MULTICAST_TTL, ws::IPV6_MULTICAST_HOPS),
        SocketOption::MulticastLoop => both(ws::IP_MULTICAST_LOOP, ws::IPV6_MULTICAST_LOOP),
        SocketOption::MulticastInterface => both(ws::IP_MULTICAST_IF, ws::IPV6_MULTICAST_IF),
        SocketOption::DontFragment => both(ws::IP_MTU_DISCOVER, ws::IPV6_MTU_DISCOVER),
        SocketOption::PathMtu => both(ws::IP_MTU, ws::IPV6_MTU),
        _ => Err(Code::Unsupported.into()),
    }
}

/// Sets an option, for both families on a dual-stack socket.
pub(crate) fn set(socket: &Descriptor, family: Family, opt: SocketOption, value: i32) -> Result<()> {
    let ((level, name), ipv6) = place(opt)?;
    let value = if opt == SocketOption::DontFragment { PMTU_MODES[value as usize] } else { value };
    if let (Some((level, name)), true) = (ipv6, family != Family::Ipv4) {
        set_option(socket, level, name, &value).map_err(unsupported)?;
    }
    if ipv6.is_some() && family == Family::Ipv6 {
        return Ok(());
    }
    if opt == SocketOption::MulticastInterface {
        let ip = if value == 0 { Ipv4Addr::UNSPECIFIED } else { ipv4_of(value as u32)? };
        return set_option(socket, level, name, &in_addr(ip));
    }
    set_option(socket, level, name, &value).map_err(unsupported)
}

/// An option's value, in the unit in which it is set.
pub(crate) fn get(socket: &Descriptor, family: Family, opt: SocketOption) -> Result<i32> {
    let (ipv4, ipv6) = place(opt)?;
    let (level, name) = ipv6.filter(|_| family != Family::Ipv4).unwrap_or(ipv4);
    let value = get_option(socket, level, name).map_err(unsupported)?;
    Ok(match opt {
        SocketOption::DontFragment => PMTU_MODES.iter().position(|&mode| mode == value).unwrap_or(0) as i32,
        _ => value,
    })
}

/// Winsock's modes for the values of [`SocketOption::DontFragment`] (IP_MTU_DISCOVER; IPv6 has the same).
const PMTU_MODES: [i32; 3] = [ws::IP_PMTUDISC_NOT_SET, ws::IP_PMTUDISC_DO, ws::IP_PMTUDISC_PROBE];
