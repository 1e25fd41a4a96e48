//! Network interfaces: getifaddrs, names and indexes.

use std::ffi::{CStr, c_char};
use std::mem;
use std::net::IpAddr;
use std::ptr;

use libc::c_int;

use super::addr::read_addr;
use super::socket::{Descriptor, check};
use crate::error::{Code, Result};
use crate::sys::{SIOCGIFMTU, broadcast_of, listed_addr, prefix_len};
use crate::types::{Family, Interface, InterfaceAddr};

/// One row for each IPv4 or IPv6 address, and one for each interface without an address.
pub(crate) fn interfaces() -> Result<Vec<Interface>> {
    let list = List::get()?;
    let mut found: Vec<Interface> = Vec::new();
    let mut next = list.0;
    // SAFETY: each node of the list is valid, or NULL at its end, while the list lives.
    while let Some(node) = unsafe { next.as_ref() } {
        next = node.ifa_next;
        // SAFETY: the name is a C string of the list. A label such as `eth0:1` (netdevice(7)) has the index of eth0.
        let (name, if_index) =
            unsafe { (CStr::from_ptr(node.ifa_name), libc::if_nametoindex(node.ifa_name)) };
        if if_index == 0 {
            continue; // It was removed since it was listed.
        }
        let is = |flag: c_int| node.ifa_flags & flag as u32 != 0;
        let label = name.to_str().unwrap_or("?").split(':').next().unwrap_or_default();
        let mut name = String::new();
        name.try_reserve_exact(label.len()).map_err(|_| Code::Memory)?;
        name.push_str(label);
        found.try_reserve(1).map_err(|_| Code::Memory)?;
        found.push(Interface {
            name,
            if_index,
            up: is(libc::IFF_UP),
            running: is(libc::IFF_RUNNING),
            loopback: is(libc::IFF_LOOPBACK),
            broadcast: is(libc::IFF_BROADCAST),
            multicast: is(libc::IFF_MULTICAST),
            point_to_point: is(libc::IFF_POINTOPOINT),
            // SAFETY: a node of the list.
            addr: unsafe { addr_of(node) },
        });
    }
    // The system lists the interfaces first, and then their addresses in order. An insertion sort keeps that order without
    // the memory that a stable sort takes.
    for end in 1..found.len() {
        let key = |row: &Interface| (row.if_index, row.addr.is_none());
        let place = found[..end].partition_point(|row| key(row) <= key(&found[end]));
        found[place..=end].rotate_right(1);
    }
    // The system lists link-layer addresses too. One such row stays for an interface without an IP address.
    found.dedup_by(|row, before| row.addr.is_none() && row.if_index == before.if_index);
    Ok(found)
}

/// The list of getifaddrs(3).
struct List(*mut libc::ifaddrs);

impl List {
    fn get() -> Result<List> {
        let mut list = ptr::null_mut();
        // SAFETY: on success `list` is a list that freeifaddrs takes back.
        check(unsafe { libc::getifaddrs(&mut list) })?;
        Ok(List(list))
    }
}

impl Drop for List {
    fn drop(&mut self) {
        // SAFETY: the list from getifaddrs, once.
        unsafe { libc::freeifaddrs(self.0) };
    }
}

/// # Safety
/// `node` is of the chain of getifaddrs.
unsafe fn addr_of(node: &libc::ifaddrs) -> Option<InterfaceAddr> {
    // SAFETY: each is null, or an address that the system filled in.
    let (ip, prefix_len) = unsafe { (listed_addr(node.ifa_addr)?, prefix_len(node)) };
    // The same field holds the other end of a point-to-point link, and the address itself if there is no broadcast.
    // SAFETY: as above.
    let broadcast = match unsafe { read_addr(broadcast_of(node)) } {
        Some(IpAddr::V4(addr)) if node.ifa_flags & libc::IFF_BROADCAST as u32 != 0 && addr != ip => {
            Some(addr)
        }
        _ => None,
    };
    Some(InterfaceAddr { ip, prefix_len, broadcast })
}

/// The maximum transmission unit of an interface (netdevice(7), SIOCGIFMTU).
pub(crate) fn interface_mtu(name: &str) -> Result<u32> {
    let any = Descriptor::open(Family::Ipv4)?;
    // SAFETY: all zero is a valid ifreq.
    let mut request: libc::ifreq = unsafe { mem::zeroed() };
    // One byte stays zero: the end of the name.
    let room = request.ifr_name.len() - 1;
    for (place, byte) in request.ifr_name[..room].iter_mut().zip(name.bytes()) {
        *place = byte as libc::c_char;
    }
    // SAFETY: the request outlives the call, which fills in the MTU.
    check(unsafe { libc::ioctl(any.raw(), SIOCGIFMTU as _, &mut request) })?;
    // SAFETY: as above.
    Ok(unsafe { request.ifr_ifru.ifru_mtu } as u32)
}

/// An interface's index, by its name.
pub(crate) fn interface_index(name: &str) -> Option<u32> {
    let name = CName::<{ libc::IF_NAMESIZE }>::new(name)?;
    // SAFETY: a C string that lives.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index != 0).then_some(index)
}

/// An interface's name, by its index.
pub(crate) fn interface_name(index: u32) -> Option<InterfaceName> {
    let mut name = InterfaceName([0; libc::IF_NAMESIZE]);
    // SAFETY: room for IF_NAMESIZE bytes, the most that the call writes, NUL included.
    let found = unsafe { libc::if_indextoname(index, name.0.as_mut_ptr().cast()) };
    (!found.is_null()).then_some(name)
}

/// Whether an interface has this index.
pub(crate) fn interface_exists(index: u32) -> bool {
    interface_name(index).is_some()
}

/// The name of an interface, NUL-terminated.
pub(crate) struct InterfaceName([u8; libc::IF_NAMESIZE]);

impl InterfaceName {
    pub(crate) fn as_str(&self) -> &str {
        let name = CStr::from_bytes_until_nul(&self.0).unwrap_or_default();
        // Linux allows any bytes.
        name.to_str().unwrap_or("?")
    }
}

/// A C string on the stack.
pub(in crate::sys) struct CName<const SIZE: usize>([u8; SIZE]);

impl<const SIZE: usize> CName<SIZE> {
    /// `None` if the text is too long or contains a NUL.
    pub(in crate::sys) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; SIZE];
        bytes[..SIZE - 1].get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        (!text.contains('\0')).then_some(CName(bytes))
    }

    pub(in crate::sys) fn as_ptr(&self) -> *const c_char {
        self.0.as_ptr().cast()
    }
}
