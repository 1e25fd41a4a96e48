//! Multicast options of macOS and FreeBSD.

use std::net::{IpAddr, SocketAddr};
use std::ptr;

use libc::c_int;

use crate::error::Result;
use crate::sys::errno;
use crate::sys::unix::{Descriptor, RawAddr, check};
use crate::types::Family;

/// The error of a join by a member that receives from some sources only (inp_join_group in FreeBSD's in_mcast.c and in
/// XNU's).
pub(in crate::sys) const JOINED_FOR_SOURCES: c_int = errno::EINVAL;

/// netinet/in.h of both.
const MCAST_EXCLUDE: u32 = 2;

unsafe extern "C" {
    /// setsourcefilter(3); the libc crate lacks it.
    fn setsourcefilter(
        socket: c_int,
        if_index: u32,
        group: *mut libc::sockaddr,
        group_len: libc::socklen_t,
        mode: u32,
        count: u32,
        sources: *mut libc::sockaddr_storage,
    ) -> c_int;
}

/// Makes a member receive from all sources: it excludes none.
pub(crate) fn accept_all_sources(socket: &Descriptor, group: IpAddr, if_index: u32) -> Result<()> {
    let mut group = RawAddr::from(SocketAddr::new(group, 0));
    let (addr, len) = (group.as_mut_ptr(), group.len());
    // SAFETY: an address that lives, with its length, and no sources.
    check(unsafe { setsourcefilter(socket.raw(), if_index, addr, len, MCAST_EXCLUDE, 0, ptr::null_mut()) })
        .map(drop)
}

/// A socket receives what it joined itself (udp_append in FreeBSD's udp_usrreq.c, udp_input in XNU's).
pub(crate) fn disable_multicast_all(_: &Descriptor, _: Family) -> Result<()> {
    Ok(())
}
