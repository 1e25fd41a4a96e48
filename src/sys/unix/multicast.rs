//! Multicast groups, with the options that are the same for both families (RFC 3678, 5.1).

use std::mem;
use std::net::{IpAddr, SocketAddr};

use super::addr::RawAddr;
use super::socket::{Descriptor, set_option};
use crate::error::{Error, Result};
use crate::sys::{JOINED_FOR_SOURCES, errno};
use crate::types::{Group, Membership};

/// Joins or leaves a group on one interface.
pub(crate) fn membership(socket: &Descriptor, change: Membership, group: Group, if_index: u32) -> Result<()> {
    let level = if group.ip.is_ipv4() { libc::IPPROTO_IP } else { libc::IPPROTO_IPV6 };
    match group.source {
        None => {
            // SAFETY: all zero is a valid group_req.
            let mut request: libc::group_req = unsafe { mem::zeroed() };
            request.gr_interface = if_index;
            request.gr_group = storage(group.ip);
            let name = match change {
                Membership::Join => libc::MCAST_JOIN_GROUP,
                Membership::Leave => libc::MCAST_LEAVE_GROUP,
            };
            set_option(socket, level, name, &request).map_err(|error| match (change, error.os()) {
                (Membership::Join, JOINED_FOR_SOURCES) => Error::from_os(errno::EADDRINUSE),
                _ => error,
            })
        }
        Some(source) => {
            // SAFETY: all zero is a valid group_source_req.
            let mut request: libc::group_source_req = unsafe { mem::zeroed() };
            request.gsr_interface = if_index;
            request.gsr_group = storage(group.ip);
            request.gsr_source = storage(source);
            let name = match change {
                Membership::Join => libc::MCAST_JOIN_SOURCE_GROUP,
                Membership::Leave => libc::MCAST_LEAVE_SOURCE_GROUP,
            };
            set_option(socket, level, name, &request)
        }
    }
}

/// An address in the form of RFC 3678's requests.
pub(in crate::sys) fn storage(ip: IpAddr) -> libc::sockaddr_storage {
    let addr = RawAddr::from(SocketAddr::new(ip, 0));
    // SAFETY: all zero is a valid sockaddr_storage, which has room for every address and is aligned for it.
    unsafe {
        let mut storage: libc::sockaddr_storage = mem::zeroed();
        (&raw mut storage).cast::<u8>().copy_from(addr.as_ptr().cast(), addr.len() as usize);
        storage
    }
}
