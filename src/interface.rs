//! The machine's network interfaces.

use std::net::{IpAddr, Ipv4Addr};

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::sys;

/// One address of one interface, or an interface without any. One with several addresses has a row for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The system's name for it, such as `eth0`.
    pub name: String,
    /// The system's number for it; scope ids are these.
    pub if_index: u32,
    /// Switched on.
    pub up: bool,
    /// Ready: a cable is plugged in, for one.
    pub running: bool,
    /// Reaches this machine only.
    pub loopback: bool,
    /// Can broadcast.
    pub broadcast: bool,
    /// Can multicast.
    pub multicast: bool,
    /// Has one other end and no network around it.
    pub point_to_point: bool,
    /// The address.
    pub addr: Option<InterfaceAddr>,
}

/// An address of an interface.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InterfaceAddr {
    /// The address.
    pub ip: IpAddr,
    /// How many bits of it are the network's.
    pub prefix_len: u32,
    /// The broadcast address of an IPv4 network.
    pub broadcast: Option<Ipv4Addr>,
}

impl Interface {
    /// The longest IP packet that it sends whole, in bytes, asked for now.
    pub fn mtu(&self) -> Result<u32> {
        sys::interface_mtu(&self.name)
    }

    fn has(&self, ip: IpAddr) -> bool {
        self.addr.is_some_and(|addr| addr.ip == ip)
    }

    /// Whether a broadcast goes out of it.
    pub(crate) fn broadcasts(&self) -> bool {
        self.up && self.broadcast && self.addr.is_some_and(|addr| addr.ip.is_ipv4())
    }
}

/// All interfaces with their addresses, by number, asked for now: interfaces come and go.
pub fn list() -> Result<Vec<Interface>> {
    sys::interfaces()
}

/// The number of an interface, by its name, its number or one of its addresses. `""` is 0: all of them, or the system's
/// choice.
pub fn index(text: &str) -> Result<u32> {
    if text.is_empty() {
        return Ok(0);
    }
    let none = || Error::new(Code::NoInterface, format!("no interface '{text}'"));
    if let Some(addr) = addr::parse(text, 0)? {
        let at = |row: &&Interface| row.has(addr.ip()) && [0, row.if_index].contains(&addr::scope(addr));
        return list()?.iter().find(at).map(|row| row.if_index).ok_or_else(none);
    }
    if let Ok(number) = text.parse() {
        return sys::interface_name(number).map(|_| number).ok_or_else(none);
    }
    sys::interface_index(text).ok_or_else(none)
}

/// Does something on each interface that `wanted` says yes to, once: on how many it was done. If it was on none, the
/// first error; or, if there was none to do it on, what `wanted` wants.
pub(crate) fn on_each(
    wanted: impl Fn(&Interface) -> bool,
    wants: &'static str,
    act: impl Fn(u32) -> Result<()>,
) -> Result<usize> {
    let mut indexes: Vec<u32> = list()?.iter().filter(|row| wanted(row)).map(|row| row.if_index).collect();
    indexes.dedup();
    let (mut done, mut failed) = (0, None);
    for index in indexes {
        match act(index) {
            Ok(()) => done += 1,
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let none = || Error::new(Code::NoInterface, wants);
    if done > 0 { Ok(done) } else { Err(failed.unwrap_or_else(none)) }
}
