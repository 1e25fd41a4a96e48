//! The name service: getaddrinfo.

use std::mem;
use std::net::IpAddr;
use std::ptr;

use super::addr::read_addr;
use super::interface::CName;
use super::socket::last_error;
use crate::error::{Code, Result};
use crate::sys::{EAI_NO_ADDRESS, errno};
use crate::types::Family;

/// The first address that the name service returns for a host name.
pub(crate) fn lookup(host: &str, family: Option<Family>) -> Result<IpAddr> {
    // A name has at most 253 bytes and a dot (RFC 1035, 2.3.4).
    let host = CName::<256>::new(host).ok_or(Code::NameNotFound)?;
    // SAFETY: all zero is a valid addrinfo.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_socktype = libc::SOCK_DGRAM;
    hints.ai_family = match family {
        Some(Family::Ipv4) => libc::AF_INET,
        Some(Family::Ipv6) => libc::AF_INET6,
        _ => libc::AF_UNSPEC,
    };
    let mut list = ptr::null_mut();
    // SAFETY: the calling thread's errno; C string and hints live; on success `list` is a list that freeaddrinfo takes back.
    let status = unsafe {
        *errno() = 0;
        libc::getaddrinfo(host.as_ptr(), ptr::null(), &hints, &mut list)
    };
    match status {
        0 => {}
        // glibc reports a lack of descriptors as an unknown name.
        _ if last_error().code() == Code::Limit => return Err(last_error()),
        libc::EAI_NONAME | libc::EAI_FAIL | libc::EAI_FAMILY => return Err(Code::NameNotFound.into()),
        other if EAI_NO_ADDRESS.contains(&other) => return Err(Code::NameNotFound.into()),
        libc::EAI_MEMORY => return Err(Code::Memory.into()),
        libc::EAI_SYSTEM => return Err(last_error()),
        _ => return Err(Code::NameTryAgain.into()),
    }
    let mut found = None;
    let mut next = list;
    // SAFETY: each node of the list is valid, or NULL at its end, until freeaddrinfo below.
    while let (None, Some(node)) = (found, unsafe { next.as_ref() }) {
        // SAFETY: as above; the address is the node's.
        found = unsafe { read_addr(node.ai_addr) };
        next = node.ai_next;
    }
    // SAFETY: the list from getaddrinfo, once.
    unsafe { libc::freeaddrinfo(list) };
    found.ok_or(Code::NameNotFound.into())
}
