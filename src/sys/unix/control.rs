//! Control messages (cmsg).

use std::mem;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use libc::c_int;

use super::addr::RawAddr;
use super::socket::{Descriptor, check_size};
use crate::error::Result;
use crate::sys::put_ipv4_source;
use crate::types::Pktinfo;

/// How many bytes of data a received control message has. The kernel cuts the message for which the room ends.
pub(in crate::sys) fn data_len(header: &libc::cmsghdr) -> usize {
    // socklen_t in musl.
    let len: usize = header.cmsg_len as _;
    // SAFETY: arithmetic only.
    len.saturating_sub(unsafe { libc::CMSG_LEN(0) } as usize)
}

/// The control messages of a send (cmsg(3)): the source address and the segment size.
#[repr(C, align(8))]
pub(in crate::sys) struct SendControl {
    bytes: [u8; SEND_CONTROL],
    used: usize,
}

// SAFETY: arithmetic only.
const SEND_CONTROL: usize = unsafe {
    libc::CMSG_SPACE(size_of::<libc::in6_pktinfo>() as u32) + libc::CMSG_SPACE(size_of::<u16>() as u32)
} as usize;

impl SendControl {
    pub(in crate::sys) fn new() -> SendControl {
        SendControl { bytes: [0; SEND_CONTROL], used: 0 }
    }

    /// Adds a message.
    pub(in crate::sys) fn put<T>(&mut self, level: c_int, name: c_int, value: T) {
        // SAFETY: arithmetic only.
        let (len, space) = unsafe {
            (libc::CMSG_LEN(size_of::<T>() as u32) as usize, libc::CMSG_SPACE(size_of::<T>() as u32) as usize)
        };
        let place = &mut self.bytes[self.used..self.used + space];
        // SAFETY: `place` has room for a header and, CMSG_LEN(0) bytes behind it, for the value.
        unsafe {
            let header = place.as_mut_ptr().cast::<libc::cmsghdr>();
            (&raw mut (*header).cmsg_len).write_unaligned(len as _);
            (&raw mut (*header).cmsg_level).write_unaligned(level);
            (&raw mut (*header).cmsg_type).write_unaligned(name);
            place.as_mut_ptr().add(len - size_of::<T>()).cast::<T>().write_unaligned(value);
        }
        self.used += space;
    }

    /// Adds the source of a datagram to `to` (RFC 3542, 6).
    pub(in crate::sys) fn put_pktinfo(&mut self, to: SocketAddr, from: Pktinfo) {
        if !to.ip().to_canonical().is_ipv4() {
            let source = if let Some(IpAddr::V6(ip)) = from.source { ip } else { Ipv6Addr::UNSPECIFIED };
            let info = libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr { s6_addr: source.octets() },
                ipi6_ifindex: from.if_index as _,
            };
            return self.put(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
        }
        put_ipv4_source(self, from);
    }

    /// The messages, and how many bytes they have.
    pub(in crate::sys) fn bytes(&mut self) -> (*mut u8, usize) {
        (self.bytes.as_mut_ptr(), self.used)
    }

    /// Attaches the messages to a message header.
    pub(in crate::sys) fn attach(&mut self, header: &mut libc::msghdr) {
        let (bytes, len) = self.bytes();
        header.msg_control = bytes.cast();
        header.msg_controllen = len as _;
    }
}

/// The value of a control message; `None` if the kernel cut it (MSG_CTRUNC).
///
/// # Safety
/// Any bytes are a valid `T`.
#[cfg(not(udp_fallback))]
pub(in crate::sys) unsafe fn value<T: Copy>(data: &[u8]) -> Option<T> {
    // SAFETY: the bytes are there, aligned or not, and are a valid `T`.
    (data.len() >= size_of::<T>()).then(|| unsafe { data.as_ptr().cast::<T>().read_unaligned() })
}

/// Sends one datagram with a control message for its source, without waiting.
pub(in crate::sys) fn send_with_source(
    socket: &Descriptor,
    data: &[u8],
    to: SocketAddr,
    from: Pktinfo,
) -> Result<()> {
    let mut control = SendControl::new();
    control.put_pktinfo(to, from);
    let to = RawAddr::from(to);
    let mut part = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = to.as_ptr().cast_mut().cast();
    message.msg_namelen = to.len();
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    control.attach(&mut message);
    // SAFETY: everything that the message points to outlives the call; sendmsg writes to none of it.
    check_size(unsafe { libc::sendmsg(socket.raw(), &message, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) })
        .map(drop)
}
