//! Linux's own multicast options.

use std::mem;
use std::net::IpAddr;

use libc::c_int;

use crate::error::Result;
use crate::sys::errno;
use crate::sys::unix::{Descriptor, set_option, storage};
use crate::types::Family;

/// The error of a join by a member that receives from some sources only.
pub(in crate::sys) const JOINED_FOR_SOURCES: c_int = errno::EADDRINUSE;

/// struct group_filter of linux/in.h, without sources.
#[repr(C)]
struct Filter {
    if_index: u32,
    group: libc::sockaddr_storage,
    mode: u32,
    sources: u32,
}

/// Makes a member receive from all sources: it excludes none.
pub(crate) fn accept_all_sources(socket: &Descriptor, group: IpAddr, if_index: u32) -> Result<()> {
    let level = if group.is_ipv4() { libc::IPPROTO_IP } else { libc::IPPROTO_IPV6 };
    // SAFETY: all zero is a valid filter; its padding is zero then too.
    let mut filter: Filter = unsafe { mem::zeroed() };
    filter.if_index = if_index;
    filter.group = storage(group);
    filter.mode = libc::MCAST_EXCLUDE as u32;
    set_option(socket, level, libc::MCAST_MSFILTER, &filter)
}

/// linux/in6.h; libc has no name for it.
const IPV6_MULTICAST_ALL: c_int = 29;

/// Limits the socket to the groups that it joined itself: by default it would also receive those that other programs on
/// this host joined (ip(7), IP_MULTICAST_ALL). Kernels before 4.20 lack the IPv6 option, and emulated kernels both.
pub(crate) fn disable_multicast_all(socket: &Descriptor, family: Family) -> Result<()> {
    let off: c_int = 0;
    if family != Family::Ipv4 {
        let _ = set_option(socket, libc::IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off);
    }
    if family == Family::Ipv6 {
        return Ok(());
    }
    match set_option(socket, libc::IPPROTO_IP, libc::IP_MULTICAST_ALL, &off) {
        Err(error) if error.os() == errno::ENOPROTOOPT => Ok(()),
        done => done,
    }
}
