//! Network interfaces of this host.

use std::net::IpAddr;

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::sys;
use crate::types::Interface;

/// All interfaces with their addresses, sorted by index, as they are now.
pub fn list() -> Result<Vec<Interface>> {
    sys::interfaces()
}

/// The interface's maximum transmission unit in bytes, IP header included, as it is now.
pub fn mtu(interface: &Interface) -> Result<u32> {
    sys::interface_mtu(&interface.name)
}

/// The index of an interface, given its name, its index in digits, or one of its addresses. `""` is 0, which stands for
/// all interfaces or the system's choice.
pub fn index(text: &str) -> Result<u32> {
    if text.is_empty() {
        return Ok(0);
    }
    let none = || {
        let hint = "udp_interfaces lists them";
        Error::new(
            Code::NoInterface,
            format_args!("no interface has the name, index or address '{text}'; {hint}"),
        )
    };
    if let Some(addr) = addr::parse(text, 0)? {
        let has = |row: &&Interface, ip: IpAddr| row.addr.is_some_and(|addr| addr.ip == ip);
        let at = |row: &&Interface| has(row, addr.ip()) && [0, row.if_index].contains(&addr::scope_id(addr));
        return list()?.iter().find(at).map(|row| row.if_index).ok_or_else(none);
    }
    if let Ok(number) = text.parse() {
        return if sys::interface_exists(number) { Ok(number) } else { Err(none()) };
    }
    sys::interface_index(text).ok_or_else(none)
}

/// Does something once on each interface that `wanted` accepts, and returns on how many it succeeded. If on none, returns
/// the first error or, if no interface was accepted, [`Code::NoInterface`] with the text `none`.
pub(crate) fn on_each(
    wanted: impl Fn(&Interface) -> bool,
    none: &'static str,
    act: impl Fn(u32) -> Result<()>,
) -> Result<usize> {
    let (mut done, mut failed, mut before) = (0, None, 0);
    // The rows of an interface with several addresses follow each other.
    for row in list()?.iter().filter(|row| wanted(row)) {
        if row.if_index == before {
            continue;
        }
        before = row.if_index;
        match act(row.if_index) {
            Ok(()) => done += 1,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    if done > 0 {
        Ok(done)
    } else {
        Err(failed.unwrap_or_else(|| Error::new(Code::NoInterface, format_args!("{none}"))))
    }
}
