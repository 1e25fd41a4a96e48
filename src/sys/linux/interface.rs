//! What getifaddrs(3) lists on Linux.

use std::net::IpAddr;

use crate::sys::unix::read_addr;

pub(in crate::sys) use libc::SIOCGIFMTU;

/// The broadcast address of a listed address, or the other end of a point-to-point link.
pub(in crate::sys) fn broadcast_of(node: &libc::ifaddrs) -> *const libc::sockaddr {
    node.ifa_ifu
}

/// A listed address.
///
/// # Safety
/// As for `read_addr`.
pub(in crate::sys) unsafe fn listed_addr(addr: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as this function requires.
    unsafe { read_addr(addr) }
}

/// The length of the network prefix of a listed address.
///
/// # Safety
/// `node` is of the list of getifaddrs.
pub(in crate::sys) unsafe fn prefix_len(node: &libc::ifaddrs) -> u32 {
    // SAFETY: NULL, or an address that the system filled in.
    match unsafe { read_addr(node.ifa_netmask) } {
        Some(IpAddr::V4(mask)) => mask.to_bits().count_ones(),
        Some(IpAddr::V6(mask)) => mask.to_bits().count_ones(),
        None => 0,
    }
}
