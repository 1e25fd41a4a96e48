//! The machine's network interfaces.

use std::net::IpAddr;

use crate::error::Result;
use crate::sys;

/// One address of one interface. An interface with several addresses has a row for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// The system's name for it, such as `eth0`.
    pub name: String,
    /// The system's number for it; scope ids are these.
    pub index: u32,
    /// The address.
    pub addr: IpAddr,
    /// Administratively up.
    pub up: bool,
    /// Can broadcast.
    pub broadcast: bool,
}

/// All addresses of the machine, asked for now: interfaces come and go.
pub fn list() -> Result<Vec<Interface>> {
    sys::interfaces()
}
