//! Multicast groups.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use windows_sys::Win32::Networking::WinSock as ws;

use super::addr::{RawAddr, in_addr, in6_addr};
use super::interface::interfaces;
use super::socket::{Descriptor, set_option};
use crate::error::{Code, Result};
use crate::types::{Family, Group, Membership};

/// Joins or leaves a group on one interface. Joining again makes a member receive from all sources.
pub(crate) fn membership(socket: &Descriptor, change: Membership, group: Group, if_index: u32) -> Result<()> {
    match (change_membership(socket, change, group, if_index), change, group.source) {
        (Err(error), Membership::Join, None) => {
            // Whichever error a second join gets: who can leave was a member.
            change_membership(socket, Membership::Leave, group, if_index).map_err(|_| error)?;
            change_membership(socket, Membership::Join, group, if_index)
        }
        (done, ..) => done,
    }
}

fn change_membership(socket: &Descriptor, change: Membership, group: Group, if_index: u32) -> Result<()> {
    let join = change == Membership::Join;
    match (group.ip, group.source) {
        (IpAddr::V4(ip), source) => {
            let interface = in_addr(ipv4_of(if_index)?);
            let Some(IpAddr::V4(source)) = source else {
                let request = ws::IP_MREQ { imr_multiaddr: in_addr(ip), imr_interface: interface };
                let name = if join { ws::IP_ADD_MEMBERSHIP } else { ws::IP_DROP_MEMBERSHIP };
                return set_option(socket, ws::IPPROTO_IP, name, &request);
            };
            let request = ws::IP_MREQ_SOURCE {
                imr_multiaddr: in_addr(ip),
                imr_sourceaddr: in_addr(source),
                imr_interface: interface,
            };
            let name = if join { ws::IP_ADD_SOURCE_MEMBERSHIP } else { ws::IP_DROP_SOURCE_MEMBERSHIP };
            set_option(socket, ws::IPPROTO_IP, name, &request)
        }
        (IpAddr::V6(ip), None) => {
            let request = ws::IPV6_MREQ { ipv6mr_multiaddr: in6_addr(ip), ipv6mr_interface: if_index };
            let name = if join { ws::IPV6_ADD_MEMBERSHIP } else { ws::IPV6_DROP_MEMBERSHIP };
            set_option(socket, ws::IPPROTO_IPV6, name, &request)
        }
        (IpAddr::V6(_), Some(source)) => {
            let request = ws::GROUP_SOURCE_REQ {
                gsr_interface: if_index,
                gsr_group: storage(group.ip),
                gsr_source: storage(source),
            };
            let name = if join { ws::MCAST_JOIN_SOURCE_GROUP } else { ws::MCAST_LEAVE_SOURCE_GROUP };
            set_option(socket, ws::IPPROTO_IPV6, name as i32, &request)
        }
    }
}

/// Makes a member receive from all sources.
pub(crate) fn accept_all_sources(socket: &Descriptor, group: IpAddr, if_index: u32) -> Result<()> {
    membership(socket, Membership::Join, Group { ip: group, source: None }, if_index)
}

/// A socket receives what it joined itself.
pub(crate) fn disable_multicast_all(_: &Descriptor, _: Family) -> Result<()> {
    Ok(())
}

/// An IPv4 address of an interface, which IPv4's requests know it by.
pub(super) fn ipv4_of(if_index: u32) -> Result<Ipv4Addr> {
    let rows = interfaces()?;
    let mut addrs = rows.iter().filter(|row| row.if_index == if_index).filter_map(|row| row.addr);
    let found = addrs.find_map(|addr| if let IpAddr::V4(ip) = addr.ip { Some(ip) } else { None });
    found.ok_or(Code::NoInterface.into())
}

fn storage(ip: IpAddr) -> ws::SOCKADDR_STORAGE {
    let addr = RawAddr::from(SocketAddr::new(ip, 0));
    let mut storage = ws::SOCKADDR_STORAGE::default();
    // SAFETY: a SOCKADDR_STORAGE has room for every address and is aligned for it.
    unsafe { (&raw mut storage).cast::<u8>().copy_from(addr.as_ptr().cast(), addr.len() as usize) };
    storage
}
