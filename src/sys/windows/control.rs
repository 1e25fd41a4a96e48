//! Control messages (WSACMSGHDR).

use std::io::IoSlice;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use windows_sys::Win32::Networking::WinSock as ws;

use super::addr::{in_addr, in6_addr};
use super::socket::{Descriptor, send_message};
use crate::error::Result;
use crate::types::{Pktinfo, RecvMeta};

const HEADER: usize = size_of::<ws::CMSGHDR>();

/// The space of a message: headers and data are aligned to pointers (WSA_CMSG_SPACE in ws2def.h).
const fn space(len: usize) -> usize {
    HEADER + len.next_multiple_of(align_of::<usize>())
}

const SEND_CONTROL: usize = space(size_of::<ws::IN6_PKTINFO>()) + space(size_of::<u32>());

/// The control messages of a send: the source address and the segment size.
#[repr(C, align(8))]
pub(super) struct SendControl {
    bytes: [u8; SEND_CONTROL],
    used: usize,
}

impl SendControl {
    pub(super) fn new() -> SendControl {
        SendControl { bytes: [0; SEND_CONTROL], used: 0 }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// Adds a message.
    pub(super) fn put<T>(&mut self, level: i32, name: i32, value: T) {
        let place = &mut self.bytes[self.used..self.used + space(size_of::<T>())];
        let header = ws::CMSGHDR { cmsg_len: HEADER + size_of::<T>(), cmsg_level: level, cmsg_type: name };
        // SAFETY: `place` has room for a header and, behind it, for the value.
        unsafe {
            place.as_mut_ptr().cast::<ws::CMSGHDR>().write_unaligned(header);
            place.as_mut_ptr().add(HEADER).cast::<T>().write_unaligned(value);
        }
        self.used += space(size_of::<T>());
    }

    /// Adds the source of a datagram to `to` (IP_PKTINFO, IPV6_PKTINFO of WSASendMsg, Remarks).
    pub(super) fn put_pktinfo(&mut self, to: SocketAddr, from: Pktinfo) {
        if to.ip().to_canonical().is_ipv4() {
            let source = if let Some(IpAddr::V4(ip)) = from.source { ip } else { Ipv4Addr::UNSPECIFIED };
            let info = ws::IN_PKTINFO { ipi_addr: in_addr(source), ipi_ifindex: from.if_index };
            return self.put(ws::IPPROTO_IP, ws::IP_PKTINFO, info);
        }
        let source = if let Some(IpAddr::V6(ip)) = from.source { ip } else { Ipv6Addr::UNSPECIFIED };
        let info = ws::IN6_PKTINFO { ipi6_addr: in6_addr(source), ipi6_ifindex: from.if_index };
        self.put(ws::IPPROTO_IPV6, ws::IPV6_PKTINFO, info);
    }
}

/// Sends one datagram with a chosen source, without waiting.
pub(crate) fn send_from(socket: &Descriptor, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
    let mut control = SendControl::new();
    control.put_pktinfo(to, from);
    send_message(socket, &[IoSlice::new(data)], control.bytes(), 0, Some(to)).map(drop)
}

/// Reads the control messages of a received datagram, `control`.
pub(super) fn read_control(mut control: &[u8], meta: &mut RecvMeta) {
    while let Some(header) = value::<ws::CMSGHDR>(control) {
        let Some(data) = control.get(HEADER..header.cmsg_len) else { break };
        let info = &mut meta.info;
        match (header.cmsg_level, header.cmsg_type) {
            // A DWORD (IPPROTO_UDP socket options).
            (ws::IPPROTO_UDP, name) if name == ws::UDP_COALESCED_INFO as i32 => {
                if let Some(size) = value::<u32>(data) {
                    meta.segment_size = size.max(1) as usize;
                }
            }
            // An int (IP_RECVTOS, IPV6_RECVTCLASS).
            (ws::IPPROTO_IP, ws::IP_TOS) | (ws::IPPROTO_IPV6, ws::IPV6_TCLASS) => {
                info.tos = value::<i32>(data).map_or(info.tos, |tos| tos as u8);
            }
            (ws::IPPROTO_IP, ws::IP_PKTINFO) => {
                if let Some(found) = value::<ws::IN_PKTINFO>(data) {
                    // SAFETY: any bytes are an address.
                    let ip = Ipv4Addr::from(unsafe { found.ipi_addr.S_un.S_addr }.to_ne_bytes());
                    info.local = Some((ip.into(), found.ipi_ifindex));
                }
            }
            (ws::IPPROTO_IPV6, ws::IPV6_PKTINFO) => {
                if let Some(found) = value::<ws::IN6_PKTINFO>(data) {
                    // SAFETY: any bytes are an address.
                    let ip = IpAddr::from(Ipv6Addr::from(unsafe { found.ipi6_addr.u.Byte })).to_canonical();
                    info.local = Some((ip, found.ipi6_ifindex));
                }
            }
            _ => {}
        }
        control = control.get(header.cmsg_len.next_multiple_of(align_of::<usize>())..).unwrap_or_default();
    }
}

/// Plain data, of which any bytes are valid.
trait Plain: Copy {}
impl Plain for ws::CMSGHDR {}
impl Plain for ws::IN_PKTINFO {}
impl Plain for ws::IN6_PKTINFO {}
impl Plain for u32 {}
impl Plain for i32 {}

/// The value at the beginning of some bytes; `None` if they are too few.
fn value<T: Plain>(data: &[u8]) -> Option<T> {
    // SAFETY: the bytes are there, aligned or not, and any are valid.
    (data.len() >= size_of::<T>()).then(|| unsafe { data.as_ptr().cast::<T>().read_unaligned() })
}
