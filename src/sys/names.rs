//! Interfaces, and names and the addresses behind them.

use std::ffi::{CStr, CString};
use std::mem;
use std::net::IpAddr;
use std::ptr;

use super::unix::{check, last_error, read_addr};
use crate::error::{Code, Error, Result};
use crate::interface::Interface;
use crate::socket::Family;

/// The machine's IPv4 and IPv6 addresses, a row each, with the interface that has it.
pub(crate) fn interfaces() -> Result<Vec<Interface>> {
    let mut list = ptr::null_mut();
    // SAFETY: on success `list` is a chain that freeifaddrs takes back.
    check(unsafe { libc::getifaddrs(&mut list) })?;
    let mut found = Vec::new();
    let mut next = list;
    // SAFETY: each node of the chain is valid, or null at its end, until freeifaddrs below.
    while let Some(node) = unsafe { next.as_ref() } {
        next = node.ifa_next;
        // SAFETY: null, or an address that the system filled in.
        let Some(addr) = (unsafe { read_addr(node.ifa_addr) }) else { continue };
        // SAFETY: the name is a C string of the chain.
        let name = unsafe { CStr::from_ptr(node.ifa_name) };
        found.push(Interface {
            name: name.to_string_lossy().into_owned(),
            // SAFETY: as above.
            index: unsafe { libc::if_nametoindex(node.ifa_name) },
            addr,
            up: node.ifa_flags & libc::IFF_UP as u32 != 0,
            broadcast: node.ifa_flags & libc::IFF_BROADCAST as u32 != 0,
        });
    }
    // SAFETY: the chain from getifaddrs, once.
    unsafe { libc::freeifaddrs(list) };
    Ok(found)
}

/// An interface's number, by its name.
pub(crate) fn interface_index(name: &str) -> Option<u32> {
    let name = CString::new(name).ok()?;
    // SAFETY: a C string that lives.
    let index = unsafe { libc::if_nametoindex(name.as_ptr()) };
    (index != 0).then_some(index)
}

/// An interface's name, by its number.
pub(crate) fn interface_name(index: u32) -> Option<String> {
    let mut name = [0 as libc::c_char; libc::IF_NAMESIZE];
    // SAFETY: room for IF_NAMESIZE bytes, which is what the call may write, with the NUL.
    let found = unsafe { libc::if_indextoname(index, name.as_mut_ptr()) };
    // SAFETY: on success a C string in `name`.
    (!found.is_null()).then(|| unsafe { CStr::from_ptr(name.as_ptr()) }.to_string_lossy().into_owned())
}

/// The first address that the name service has for a host.
pub(crate) fn look_up(host: &str, family: Option<Family>) -> Result<IpAddr> {
    let host = CString::new(host).map_err(|_| Error::from(Code::NotFound))?;
    // SAFETY: all zero is a valid addrinfo.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_socktype = libc::SOCK_DGRAM;
    hints.ai_family = match family {
        Some(Family::Ipv4) => libc::AF_INET,
        Some(Family::Ipv6) => libc::AF_INET6,
        _ => libc::AF_UNSPEC,
    };
    let mut list = ptr::null_mut();
    // SAFETY: C string and hints live; on success `list` is a chain that freeaddrinfo takes back.
    let status = unsafe { libc::getaddrinfo(host.as_ptr(), ptr::null(), &hints, &mut list) };
    match status {
        0 => {}
        libc::EAI_NONAME | libc::EAI_FAIL | libc::EAI_FAMILY | super::EAI_ADDRFAMILY => {
            return Err(Code::NotFound.into());
        }
        libc::EAI_NODATA => return Err(Code::NotFound.into()),
        libc::EAI_MEMORY => return Err(Code::Memory.into()),
        libc::EAI_SYSTEM => return Err(last_error()),
        _ => return Err(Code::Lookup.into()),
    }
    let mut found = None;
    let mut next = list;
    // SAFETY: each node of the chain is valid, or null at its end, until freeaddrinfo below.
    while let (None, Some(node)) = (found, unsafe { next.as_ref() }) {
        // SAFETY: as above; the address is the node's.
        found = unsafe { read_addr(node.ai_addr) };
        next = node.ai_next;
    }
    // SAFETY: the chain from getaddrinfo, once.
    unsafe { libc::freeaddrinfo(list) };
    found.ok_or(Code::NotFound.into())
}
