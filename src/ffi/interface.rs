//! Section "Interfaces".

use std::ffi::c_char;
use std::net::IpAddr;

use super::guard::{c_str, count, guard, write_rows};
use super::types::{
    UDP_INTERFACE_BROADCAST, UDP_INTERFACE_LOOPBACK, UDP_INTERFACE_MULTICAST, UDP_INTERFACE_POINT_TO_POINT,
    UDP_INTERFACE_RUNNING, UDP_INTERFACE_UP, udp_addr, udp_interface,
};
use crate::addr;
use crate::error::{Code, Error, Result, floor_char_boundary};
use crate::interface;
use crate::types::Interface;

/// Lists the network interfaces of this machine as they are now, one entry for each address, sorted by index.
///
/// \param list  Receives the entries; NULL if `cap` is 0.
/// \param cap   Number of elements of `list`.
/// \return The number of entries, which may be greater than `cap`: then the first `cap` were stored. Or: `UDP_ERR_NULL`,
///         `UDP_ERR_LIMIT`, `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_interfaces(list: *mut udp_interface, cap: usize) -> i32 {
    guard(|| {
        let mut found = Vec::new();
        for interface in interface::list()? {
            if let Some(entry) = entry(&interface)? {
                found.try_reserve(1).map_err(|_| Error::from(Code::Memory))?;
                found.push(entry);
            }
        }
        let all = found.len();
        // SAFETY: room for `cap` entries, as the header requires.
        unsafe { write_rows(list, cap, found.into_iter()) }?;
        count(all)
    })
}

/// Returns the index of an interface.
///
/// \param text  Its name, its index in digits, or one of its addresses; NULL or "" returns 0.
/// \return The index, or 0, which stands for all interfaces or the system's choice. Or: `UDP_ERR_NO_INTERFACE` (no such
///         interface), `UDP_ERR_UTF8`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_interface_index(text: *const c_char) -> i32 {
    guard(|| {
        // SAFETY: NULL or a C string, as the header requires.
        let text = unsafe { c_str(text) }?.unwrap_or_default();
        // Interface indexes are ints (if_nametoindex in net/if.h is unsigned, ifi_index in linux/rtnetlink.h is not).
        i32::try_from(interface::index(text)?).map_err(|_| Error::from(Code::NoInterface))
    })
}

/// The entry of an interface; `None` if it was removed since it was listed.
fn entry(interface: &Interface) -> Result<Option<udp_interface>> {
    let mtu = match interface::mtu(interface) {
        Err(error) if error.code() == Code::NoInterface => return Ok(None),
        mtu => mtu?,
    };
    let mut name = [0; 256];
    // One byte stays zero: the NUL. Names have at most 15 bytes on Linux; on Windows they have at most 256 characters, which
    // may have more bytes.
    let end = floor_char_boundary(&interface.name, 255);
    for (place, byte) in name.iter_mut().zip(interface.name[..end].bytes()) {
        *place = byte as c_char;
    }
    let flags = [
        (interface.up, UDP_INTERFACE_UP),
        (interface.running, UDP_INTERFACE_RUNNING),
        (interface.loopback, UDP_INTERFACE_LOOPBACK),
        (interface.broadcast, UDP_INTERFACE_BROADCAST),
        (interface.multicast, UDP_INTERFACE_MULTICAST),
        (interface.point_to_point, UDP_INTERFACE_POINT_TO_POINT),
    ];
    let scope_id = |ip| if addr::is_link_local(ip) { interface.if_index } else { 0 };
    let with_scope = |ip| udp_addr { scope_id: scope_id(ip), ..udp_addr::from(ip) };
    let broadcast = interface.addr.and_then(|addr| addr.broadcast);
    Ok(Some(udp_interface {
        name,
        if_index: interface.if_index,
        flags: flags.iter().filter(|(is_set, _)| *is_set).map(|(_, flag)| flag).sum(),
        mtu,
        prefix_len: interface.addr.map_or(0, |addr| addr.prefix_len),
        addr: interface.addr.map_or(udp_addr::NONE, |addr| with_scope(addr.ip)),
        broadcast: broadcast.map_or(udp_addr::NONE, |ip| IpAddr::from(ip).into()),
        reserved: [0; 4],
    }))
}
