//! The name service: getaddrinfo.

use std::ffi::CString;
use std::mem;
use std::net::IpAddr;
use std::ptr;

use super::addr::read_addr;
use super::socket::last_error;
use crate::error::{Code, Error, Result};
use crate::types::Family;

/// The first address that the name service returns for a host name.
pub(crate) fn lookup(host: &str, family: Option<Family>) -> Result<IpAddr> {
    let host = CString::new(host).map_err(|_| Error::from(Code::NameNotFound))?;
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
        libc::EAI_NONAME | libc::EAI_FAIL | libc::EAI_FAMILY | crate::sys::EAI_ADDRFAMILY => {
            return Err(Code::NameNotFound.into());
        }
        libc::EAI_NODATA => return Err(Code::NameNotFound.into()),
        libc::EAI_MEMORY => return Err(Code::Memory.into()),
        libc::EAI_SYSTEM => return Err(last_error()),
        _ => return Err(Code::NameTryAgain.into()),
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
    found.ok_or(Code::NameNotFound.into())
}
