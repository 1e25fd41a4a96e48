//! Section "Multicast".

use std::net::IpAddr;

use super::guard::{count, guard, socket};
use super::send::destination;
use super::types::{udp_addr, udp_socket};
use crate::error::{Code, Result};

/// Joins a multicast group: the socket receives what is sent to the group's address and the socket's port. A socket
/// receives only the groups that it joined itself, whatever other programs join. Bind it to all addresses (""), and use
/// `UDP_OPEN_REUSE_ADDRESS` if several programs on this machine listen on the port. Joining again is no error.
///
/// \param s         The socket.
/// \param group     The group's address; its port is ignored. The scope id of an IPv6 group is an interface index.
/// \param source    A sender to receive from (source-specific multicast), in addition to those of earlier calls; NULL for
///                  all senders. Its port is ignored.
/// \param if_index  Index of the interface to listen on, from `udp_interface_index`; 0 is each interface that is up and
///                  can multicast, loopback included.
/// \return The number of interfaces on which the socket is a member, or: `UDP_ERR_INVALID` (not a group),
///         `UDP_ERR_FAMILY`, `UDP_ERR_NO_INTERFACE` (no such interface, or none is up and can multicast),
///         `UDP_ERR_LIMIT` (the system allows no more memberships), `UDP_ERR_NULL`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_join(
    s: udp_socket,
    group: *const udp_addr,
    source: *const udp_addr,
    if_index: u32,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or valid addresses, as the header requires.
        let (group, source) = unsafe { (destination(group)?.ok_or(Code::Null)?, ip(source)?) };
        count(socket(s)?.join(group, source, if_index)?)
    })
}

/// Leaves a multicast group. `udp_close` leaves all groups.
///
/// \param s         The socket.
/// \param group     The group's address, as for `udp_join`.
/// \param source    The sender that the group was joined for, or NULL if it was joined for all.
/// \param if_index  Interface index; 0 is each interface on which the socket is a member.
/// \return The number of interfaces on which the group was left, or: `UDP_ERR_NOT_JOINED`, and the errors of `udp_join`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_leave(
    s: udp_socket,
    group: *const udp_addr,
    source: *const udp_addr,
    if_index: u32,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or valid addresses, as the header requires.
        let (group, source) = unsafe { (destination(group)?.ok_or(Code::Null)?, ip(source)?) };
        count(socket(s)?.leave(group, source, if_index)?)
    })
}

/// # Safety
/// `addr`, if not NULL, points to a valid address.
unsafe fn ip(addr: *const udp_addr) -> Result<Option<IpAddr>> {
    // SAFETY: as this function requires.
    Ok(unsafe { destination(addr) }?.map(|addr| addr.ip()))
}
