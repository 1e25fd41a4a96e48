//! Section "Interfaces".

use std::ffi::c_char;
use std::net::IpAddr;

use super::guard::{c_str, count, guard, write_rows};
use super::types::{
    UDP_INTERFACE_BROADCAST, UDP_INTERFACE_LOOPBACK, UDP_INTERFACE_MULTICAST, UDP_INTERFACE_POINT_TO_POINT,
    UDP_INTERFACE_RUNNING, UDP_INTERFACE_UP, udp_addr, udp_interface,
};
use crate::addr;
use crate::error::{Code, Error, Result};
use crate::interface::{self, Interface};

/// Lists the machine's network interfaces as they are now, a row for each address, by number.
///
/// \param list  Gets the rows; NULL if `cap` is 0.
/// \param cap   How many it has room for.
/// \return How many rows there are, which may be more than `cap`: then the first `cap` were stored. Or: `UDP_ERR_NULL`,
///         `UDP_ERR_LIMIT`, `UDP_ERR_MEMORY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_interfaces(list: *mut udp_interface, cap: usize) -> i32 {
    guard(|| {
        let found = interface::list()?;
        let rows: Vec<udp_interface> =
            found.iter().filter_map(|row| row_of(row).transpose()).collect::<Result<_>>()?;
        let all = rows.len();
        // SAFETY: room for `cap` rows, as the header asks.
        unsafe { write_rows(list, cap, rows.into_iter()) }?;
        count(all)
    })
}

/// The number of an interface.
///
/// \param text  Its name, its number in digits, or one of its addresses; NULL or "" is 0.
/// \return The number, or 0, which stands for all interfaces or the system's choice. Or: `UDP_ERR_NO_INTERFACE` (no such
///         interface), `UDP_ERR_UTF8`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_interface_index(text: *const c_char) -> i32 {
    guard(|| {
        // SAFETY: NULL or a C string, as the header asks.
        let text = unsafe { c_str(text) }?.unwrap_or_default();
        // net.h of the kernel has them as int.
        i32::try_from(interface::index(text)?).map_err(|_| Error::from(Code::NoInterface))
    })
}

/// What C is told of a row; `None` if the interface is gone since it was listed.
fn row_of(row: &Interface) -> Result<Option<udp_interface>> {
    let mtu = match row.mtu() {
        Err(error) if error.code() == Code::NoInterface => return Ok(None),
        mtu => mtu?,
    };
    let mut name = [0; 256];
    // One byte stays zero: the end of the name, which on no system is longer.
    for (place, byte) in name[..255].iter_mut().zip(row.name.bytes()) {
        *place = byte as c_char;
    }
    let flags = [
        (row.up, UDP_INTERFACE_UP),
        (row.running, UDP_INTERFACE_RUNNING),
        (row.loopback, UDP_INTERFACE_LOOPBACK),
        (row.broadcast, UDP_INTERFACE_BROADCAST),
        (row.multicast, UDP_INTERFACE_MULTICAST),
        (row.point_to_point, UDP_INTERFACE_POINT_TO_POINT),
    ];
    let scope = |ip| if addr::is_link_local(ip) { row.if_index } else { 0 };
    let own = |ip| udp_addr { scope_id: scope(ip), ..udp_addr::from(ip) };
    Ok(Some(udp_interface {
        name,
        if_index: row.if_index,
        flags: flags.iter().filter(|(is, _)| *is).map(|(_, flag)| flag).sum(),
        mtu,
        prefix_len: row.addr.map_or(0, |addr| addr.prefix_len),
        addr: row.addr.map_or(udp_addr::NONE, |addr| own(addr.ip)),
        broadcast: row
            .addr
            .and_then(|addr| addr.broadcast)
            .map_or(udp_addr::NONE, |ip| IpAddr::from(ip).into()),
        reserved: [0; 4],
    }))
}
