//! Control messages of macOS and FreeBSD.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::slice;

use crate::error::Result;
use crate::sys::unix::{Descriptor, SendControl, data_len, send_with_source, value};
use crate::types::{PacketInfo, Pktinfo};

/// Adds the source of an IPv4 datagram (ip(4), IP_PKTINFO; udp_output in XNU's udp_usrreq.c reads it).
#[cfg(target_vendor = "apple")]
pub(in crate::sys) fn put_ipv4_source(control: &mut SendControl, from: Pktinfo) {
    // SAFETY: all zero is a valid in_pktinfo.
    let mut info: libc::in_pktinfo = unsafe { std::mem::zeroed() };
    info.ipi_ifindex = from.if_index;
    if let Some(IpAddr::V4(source)) = from.source {
        info.ipi_spec_dst.s_addr = u32::from_ne_bytes(source.octets());
    }
    control.put(libc::IPPROTO_IP, libc::IP_PKTINFO, info);
}

/// Sends one datagram with a chosen source, without waiting.
#[cfg(target_vendor = "apple")]
pub(crate) fn send_from(socket: &Descriptor, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
    send_with_source(socket, data, to, from)
}

/// Adds the source address of an IPv4 datagram (ip(4), IP_SENDSRCADDR).
#[cfg(target_os = "freebsd")]
pub(in crate::sys) fn put_ipv4_source(control: &mut SendControl, from: Pktinfo) {
    if let Some(IpAddr::V4(source)) = from.source {
        let source = libc::in_addr { s_addr: u32::from_ne_bytes(source.octets()) };
        control.put(libc::IPPROTO_IP, libc::IP_SENDSRCADDR, source);
    }
}

/// Sends one datagram with a chosen source, without waiting.
///
/// For IPv4, FreeBSD has no way to name an interface: a broadcast goes to the broadcast address of the interface's
/// network, and a multicast is refused. IP_SENDSRCADDR needs a socket that is bound to all addresses (ip(4); quinn-udp
/// checks that too).
#[cfg(target_os = "freebsd")]
pub(crate) fn send_from(socket: &Descriptor, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
    use crate::error::Code;

    let IpAddr::V4(mut ip) = to.ip().to_canonical() else {
        return send_with_source(socket, data, to, from);
    };
    if from.if_index != 0 && ip.is_broadcast() {
        let rows = crate::sys::unix::interfaces()?;
        let mut addrs = rows.iter().filter(|row| row.if_index == from.if_index).filter_map(|row| row.addr);
        ip = addrs.find_map(|addr| addr.broadcast).ok_or(Code::NoInterface)?;
    } else if from.if_index != 0 && from.source.is_none() {
        return Err(Code::Unsupported.into());
    }
    let local = socket.local_addr()?;
    let to = match to {
        SocketAddr::V4(_) => SocketAddr::new(ip.into(), to.port()),
        SocketAddr::V6(_) => SocketAddr::new(ip.to_ipv6_mapped().into(), to.port()),
    };
    match from.source {
        Some(source) if local.ip().is_unspecified() && local.port() != 0 => {
            send_with_source(socket, data, to, Pktinfo { source: Some(source), ..from })
        }
        Some(source) if local.ip().is_unspecified() || local.ip().to_canonical() != source => {
            Err(Code::NotLocal.into())
        }
        _ => crate::sys::unix::send(socket, data, Some(to)),
    }
}

/// Reads the control messages of a received datagram.
pub(super) fn read_control(header: &libc::msghdr, info: &mut PacketInfo) {
    info.control_truncated = header.msg_flags & libc::MSG_CTRUNC != 0;
    // SAFETY: the kernel filled in the control buffer of a received message, and its length.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: NULL at the end, or a header inside the buffer.
    while let Some(control) = unsafe { next.as_ref() } {
        // SAFETY: the kernel wrote `cmsg_len` bytes, header included. Any bytes are valid values.
        unsafe {
            let data = slice::from_raw_parts(libc::CMSG_DATA(control).cast_const(), data_len(control));
            read_message(control.cmsg_level, control.cmsg_type, data, info);
            next = libc::CMSG_NXTHDR(header, control);
        }
    }
}

fn read_message(level: libc::c_int, name: libc::c_int, data: &[u8], info: &mut PacketInfo) {
    // SAFETY: any bytes are valid values.
    unsafe {
        match (level, name) {
            (libc::IPPROTO_IP, libc::IP_RECVTOS) => info.tos = value::<u8>(data).unwrap_or(info.tos),
            (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => {
                // macOS may send one byte (quinn-udp, "broken macos ABI").
                let tos = value::<libc::c_int>(data).map(|tos| tos as u8).or(value::<u8>(data));
                info.tos = tos.unwrap_or(info.tos);
            }
            #[cfg(target_vendor = "apple")]
            (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                if let Some(found) = value::<libc::in_pktinfo>(data) {
                    let ip = Ipv4Addr::from(found.ipi_addr.s_addr.to_ne_bytes());
                    info.local = Some((ip.into(), found.ipi_ifindex));
                }
            }
            #[cfg(target_os = "freebsd")]
            (libc::IPPROTO_IP, libc::IP_RECVDSTADDR) => {
                if let Some(found) = value::<libc::in_addr>(data) {
                    let ip = Ipv4Addr::from(found.s_addr.to_ne_bytes());
                    info.local = Some((ip.into(), info.local.map_or(0, |(_, if_index)| if_index)));
                }
            }
            #[cfg(target_os = "freebsd")]
            (libc::IPPROTO_IP, libc::IP_RECVIF) => {
                // A sockaddr_dl, cut behind the interface's name: length, family, index.
                if let Some([_, _, low, high]) = value::<[u8; 4]>(data) {
                    let ip = info.local.map_or(Ipv4Addr::UNSPECIFIED.into(), |(ip, _)| ip);
                    info.local = Some((ip, u16::from_ne_bytes([low, high]).into()));
                }
            }
            (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                if let Some(found) = value::<libc::in6_pktinfo>(data) {
                    let ip = IpAddr::from(Ipv6Addr::from(found.ipi6_addr.s6_addr)).to_canonical();
                    info.local = Some((ip, found.ipi6_ifindex));
                }
            }
            (libc::SOL_SOCKET, libc::SCM_TIMESTAMP) => {
                if let Some(time) = value::<libc::timeval>(data) {
                    info.timestamp_ns = (time.tv_sec as u64)
                        .wrapping_mul(1_000_000_000)
                        .wrapping_add((time.tv_usec as u64).wrapping_mul(1_000));
                }
            }
            _ => {}
        }
    }
}
