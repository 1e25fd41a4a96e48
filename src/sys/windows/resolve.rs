//! The name service: GetAddrInfoW.

use std::net::IpAddr;
use std::ptr;

use windows_sys::Win32::Networking::WinSock as ws;

use super::addr::read_addr;
use super::socket::start;
use crate::error::{Code, Result};
use crate::types::Family;

/// The first address that the name service returns for a host name.
pub(crate) fn lookup(host: &str, family: Option<Family>) -> Result<IpAddr> {
    start()?;
    // A name has at most 253 bytes and a dot (RFC 1035, 2.3.4). The last unit stays zero: the end of the name.
    let mut name = [0; 256];
    let mut units = host.encode_utf16();
    for (place, unit) in name[..255].iter_mut().zip(&mut units) {
        *place = unit;
    }
    if units.next().is_some() || host.contains('\0') {
        return Err(Code::NameNotFound.into());
    }
    let hints = ws::ADDRINFOW {
        ai_socktype: ws::SOCK_DGRAM,
        ai_family: match family {
            Some(Family::Ipv4) => ws::AF_INET,
            Some(Family::Ipv6) => ws::AF_INET6,
            _ => ws::AF_UNSPEC,
        }
        .into(),
        ..Default::default()
    };
    let mut list = ptr::null_mut();
    // SAFETY: a string that ends, and hints that live; on success `list` is a list that FreeAddrInfoW takes back.
    match unsafe { ws::GetAddrInfoW(name.as_ptr(), ptr::null(), &hints, &mut list) } {
        0 => {}
        ws::WSAHOST_NOT_FOUND | ws::WSANO_DATA | ws::WSANO_RECOVERY | ws::WSAEAFNOSUPPORT => {
            return Err(Code::NameNotFound.into());
        }
        ws::WSA_NOT_ENOUGH_MEMORY => return Err(Code::Memory.into()),
        _ => return Err(Code::NameTryAgain.into()),
    }
    let mut found = None;
    let mut next = list;
    // SAFETY: each node of the list is valid, or NULL at its end, until FreeAddrInfoW below.
    while let (None, Some(node)) = (found, unsafe { next.as_ref() }) {
        // SAFETY: as above; the address is the node's.
        found = unsafe { read_addr(node.ai_addr) };
        next = node.ai_next;
    }
    // SAFETY: the list from GetAddrInfoW, once.
    unsafe { ws::FreeAddrInfoW(list) };
    found.ok_or(Code::NameNotFound.into())
}
