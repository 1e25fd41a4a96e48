//! Section "Multicast".

use std::net::IpAddr;

use super::guard::{count, guard, socket};
use super::send::destination;
use super::types::{udp_addr, udp_socket};
use crate::error::{Code, Result};

/// Joins a multicast group: what is sent to its address and the socket's port is received from now on. A socket hears
/// the groups that it joined and not those of other programs. Bind it to all addresses ("") and, where several programs
/// here listen to the group, with `UDP_OPEN_REUSE_ADDRESS`.
///
/// \param s          The socket.
/// \param group      The group's address; its port is not looked at. An IPv6 scope in it is an interface.
/// \param source     A sender to be heard (source-specific multicast), with those of earlier calls and nobody else; or
///                   NULL for all. Its port is not looked at.
/// \param if_index   The number of the interface to listen on (see `udp_interface_index`); 0 is each that is up and can
///                   multicast, and loopback.
/// \return On how many interfaces the socket is in the group, those counted on which it was already. Or: `UDP_ERR_INVALID`
///         (not a group), `UDP_ERR_FAMILY`, `UDP_ERR_NO_INTERFACE` (no such interface, or none is up and can
///         multicast), `UDP_ERR_LIMIT` (the system allows no more groups),
///         `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_join(
    s: udp_socket,
    group: *const udp_addr,
    source: *const udp_addr,
    if_index: u32,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or valid addresses, as the header asks.
        let (group, source) = unsafe { (destination(group)?.ok_or(Code::Null)?, ip(source)?) };
        count(socket(s)?.join(group, source, if_index)?)
    })
}

/// Leaves a multicast group. A close leaves all groups.
///
/// \param s          The socket.
/// \param group      The group's address, as for `udp_join`.
/// \param source     The sender that it was joined for, or NULL if it was joined for all.
/// \param if_index   The number of the interface; 0 is all where the socket is in the group.
/// \return On how many interfaces the group was left, or: `UDP_ERR_NOT_JOINED`, and the errors of `udp_join`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_leave(
    s: udp_socket,
    group: *const udp_addr,
    source: *const udp_addr,
    if_index: u32,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or valid addresses, as the header asks.
        let (group, source) = unsafe { (destination(group)?.ok_or(Code::Null)?, ip(source)?) };
        count(socket(s)?.leave(group, source, if_index)?)
    })
}

/// # Safety
/// `addr`, if not NULL, points to a valid address.
unsafe fn ip(addr: *const udp_addr) -> Result<Option<IpAddr>> {
    // SAFETY: as this function asks.
    Ok(unsafe { destination(addr) }?.map(|addr| addr.ip()))
}
