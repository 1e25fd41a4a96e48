//! The source of a sent datagram.

use std::mem;
use std::net::{IpAddr, SocketAddr};

use crate::error::Result;
use crate::sys::unix::{Descriptor, SendControl, send_with_source};
use crate::types::Pktinfo;

/// Adds the source of an IPv4 datagram (ip(7), IP_PKTINFO). Given an interface, the kernel needs no route to
/// 255.255.255.255 and takes the source address from that interface (ip_route_output_key in net/ipv4/route.c).
pub(in crate::sys) fn put_ipv4_source(control: &mut SendControl, from: Pktinfo) {
    // SAFETY: all zero is a valid in_pktinfo.
    let mut info: libc::in_pktinfo = unsafe { mem::zeroed() };
    info.ipi_ifindex = from.if_index as _;
    if let Some(IpAddr::V4(source)) = from.source {
        info.ipi_spec_dst.s_addr = u32::from_ne_bytes(source.octets());
    }
    control.put(libc::IPPROTO_IP, libc::IP_PKTINFO, info);
}

/// Sends one datagram with a chosen source, without waiting.
pub(crate) fn send_from(socket: &Descriptor, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
    send_with_source(socket, data, to, from)
}
