//! What getifaddrs(3) lists on macOS and FreeBSD.

use std::net::{IpAddr, Ipv6Addr};

use libc::c_int;

use crate::sys::unix::read_addr;

/// _IOWR('i', 51, struct ifreq) of sys/sockio.h; the libc crate lacks it for FreeBSD.
pub(in crate::sys) const SIOCGIFMTU: libc::c_ulong = 0xc020_6933;

const _: () = assert!(size_of::<libc::ifreq>() == 0x20);

/// The broadcast address of a listed address, or the other end of a point-to-point link.
pub(in crate::sys) fn broadcast_of(node: &libc::ifaddrs) -> *const libc::sockaddr {
    node.ifa_dstaddr
}

/// A listed address. Kernels of the KAME family keep the interface index in the third and fourth byte of a link-local
/// address and do not always remove it (Go's net package clears it in parseInetAddr).
///
/// # Safety
/// As for `read_addr`.
pub(in crate::sys) unsafe fn listed_addr(addr: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as this function requires.
    match unsafe { read_addr(addr) } {
        Some(IpAddr::V6(ip)) if ip.segments()[0] & 0xffc0 == 0xfe80 => {
            let [first, _, rest @ ..] = ip.segments();
            let [a, b, c, d, e, f] = rest;
            Some(Ipv6Addr::new(first, 0, a, b, c, d, e, f).into())
        }
        other => other,
    }
}

/// The length of the network prefix of a listed address. The netmask is cut behind its last byte that is not zero, and
/// its family may be missing (Go's net package and libuv's uv_interface_addresses go by sa_len, too).
///
/// # Safety
/// `node` is of the list of getifaddrs.
pub(in crate::sys) unsafe fn prefix_len(node: &libc::ifaddrs) -> u32 {
    // SAFETY: each is NULL, or an address that the system filled in, which begins with its length and its family.
    let (Some(addr), Some(mask)) = (unsafe { node.ifa_addr.as_ref() }, unsafe { node.ifa_netmask.as_ref() })
    else {
        return 0;
    };
    // sin_addr and sin6_addr.
    let (offset, size) = if c_int::from(addr.sa_family) == libc::AF_INET { (4, 4) } else { (8, 16) };
    let end = usize::from(mask.sa_len).min(offset + size);
    let start: *const u8 = node.ifa_netmask.cast();
    // SAFETY: `sa_len` bytes are there.
    (offset..end).map(|index| unsafe { *start.add(index) }.count_ones()).sum()
}
