//! Batches: many datagrams in one system call with sendmmsg and recvmmsg, and super-datagrams with GSO and GRO (udp(7)).

use std::io::IoSlice;
use std::mem::{self, MaybeUninit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::ptr;
use std::slice;

use libc::{c_int, c_uint};
use once_cell::race::OnceNonZeroUsize;

use crate::error::Result;
use crate::segment::OLD_MAX_SEGMENTS;
use crate::sys::unix::{Descriptor, RawAddr, SendControl, check, data_len, get_option, set_option, value};
use crate::types::{MmsgEntry, PacketInfo, RecvMeta};

/// How many messages one system call takes. More would save nothing, and they are on the stack.
pub(crate) const MAX_MESSAGES: usize = 32;

/// UDP_MAX_SEGMENTS (include/linux/udp.h) since Linux 6.9.
const MAX_SEGMENTS: NonZeroUsize = NonZeroUsize::new(2 * OLD_MAX_SEGMENTS).unwrap();

/// How many datagrams a super-datagram may hold; 1 without GSO. A kernel without GSO would ignore the control message and
/// send everything as one datagram, so the socket option tells whether the kernel supports it.
pub(crate) fn max_segments(socket: &Descriptor) -> usize {
    static SUPPORTED: OnceNonZeroUsize = OnceNonZeroUsize::new();
    let ask = || match get_option(socket, libc::SOL_UDP, libc::UDP_SEGMENT) {
        Ok(_) => MAX_SEGMENTS,
        Err(_) => NonZeroUsize::MIN,
    };
    SUPPORTED.get_or_init(ask).get()
}

/// Whether a receive reports more about a datagram than its sender.
pub(crate) const PACKET_INFO: bool = true;

/// Lets the kernel coalesce received datagrams of one peer (GRO).
pub(crate) fn enable_gro(socket: &Descriptor) -> Result<()> {
    set_option(socket, libc::SOL_UDP, libc::UDP_GRO, &(1 as c_int))
}

/// Sends the entries, without waiting. Returns how many were sent, at least one. A super-datagram is sent as a whole or not
/// at all. `parts` is the memory of all entries, one after the other.
pub(crate) fn send_messages(
    socket: &Descriptor,
    entries: &[MmsgEntry],
    mut parts: &[IoSlice<'_>],
) -> Result<usize> {
    let entries = &entries[..entries.len().min(MAX_MESSAGES)];
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; MAX_MESSAGES];
    let mut addrs = [const { MaybeUninit::<RawAddr>::uninit() }; MAX_MESSAGES];
    let mut controls = [const { MaybeUninit::<SendControl>::uninit() }; MAX_MESSAGES];
    for (index, entry) in entries.iter().enumerate() {
        // SAFETY: all zero is a valid mmsghdr.
        let header = headers[index].write(unsafe { mem::zeroed() });
        let header = &mut header.msg_hdr;
        if let Some(to) = entry.to {
            let to = addrs[index].write(to.into());
            header.msg_name = to.as_ptr().cast_mut().cast();
            header.msg_namelen = to.len();
        }
        // std::io::IoSlice has the layout of iovec on Unix.
        let (own, later) = parts.split_at(entry.parts);
        header.msg_iov = own.as_ptr().cast_mut().cast();
        header.msg_iovlen = own.len() as _;
        parts = later;
        if entry.datagrams > 1 || entry.from.is_some() {
            let control = controls[index].write(SendControl::new());
            if entry.datagrams > 1 {
                control.put(libc::SOL_UDP, libc::UDP_SEGMENT, entry.segment_size as u16);
            }
            if let (Some(from), Some(to)) = (entry.from, entry.to) {
                control.put_pktinfo(to, from);
            }
            control.attach(header);
        }
    }
    let flags = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _;
    // SAFETY: the first `entries.len()` headers were written above; they point to what lives in this frame or behind
    // `parts`, which the kernel only reads.
    let sent =
        unsafe { libc::sendmmsg(socket.raw(), headers.as_mut_ptr().cast(), entries.len() as c_uint, flags) };
    check(sent).map(|sent| sent as usize)
}

/// Memory for all control messages that the options of this library ask for.
#[repr(C, align(8))]
struct Control([u8; CONTROL]);

// SAFETY: arithmetic only.
const CONTROL: usize = unsafe {
    libc::CMSG_SPACE(size_of::<c_int>() as c_uint) // UDP_GRO
        + libc::CMSG_SPACE(size_of::<libc::in6_pktinfo>() as c_uint)
        + libc::CMSG_SPACE(size_of::<libc::in_pktinfo>() as c_uint)
        + 2 * libc::CMSG_SPACE(size_of::<c_int>() as c_uint) // IP_TOS, IPV6_TCLASS
        + libc::CMSG_SPACE(size_of::<libc::timespec>() as c_uint)
} as usize;

/// Receives datagrams, without waiting, each into a slot of `slot` bytes of `arena`. Returns how many: at least one, at most
/// one for each slot, and at most `MAX`. `control` says whether the socket asked for control messages.
pub(crate) fn receive_messages<const MAX: usize>(
    socket: &Descriptor,
    arena: &mut [u8],
    slot: usize,
    control: bool,
    mut received: impl FnMut(RecvMeta),
) -> Result<usize> {
    let count = (arena.len() / slot).min(MAX);
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; MAX];
    let mut addrs = [const { MaybeUninit::<RawAddr>::uninit() }; MAX];
    let mut parts = [const { MaybeUninit::<libc::iovec>::uninit() }; MAX];
    let mut controls = [const { MaybeUninit::<Control>::uninit() }; MAX];
    for (index, place) in arena.chunks_exact_mut(slot).take(count).enumerate() {
        // SAFETY: all zero is a valid mmsghdr.
        let header = headers[index].write(unsafe { mem::zeroed() });
        let header = &mut header.msg_hdr;
        let from = addrs[index].write(RawAddr::room());
        header.msg_name = from.as_mut_ptr().cast();
        header.msg_namelen = from.len();
        header.msg_iov =
            parts[index].write(libc::iovec { iov_base: place.as_mut_ptr().cast(), iov_len: slot });
        header.msg_iovlen = 1;
        if control {
            header.msg_control = controls[index].as_mut_ptr().cast();
            header.msg_controllen = CONTROL as _;
        }
    }
    // No timeout: recvmmsg checks it only after a datagram arrived (recvmmsg(2), BUGS).
    let flags = (libc::MSG_DONTWAIT | libc::MSG_TRUNC) as _;
    // SAFETY: the first `count` headers were written above; they point to memory of this frame and of `arena` that
    // is as long as they say, each to its own.
    let got = unsafe {
        libc::recvmmsg(socket.raw(), headers.as_mut_ptr().cast(), count as c_uint, flags, ptr::null_mut())
    };
    let got = check(got)? as usize;
    for index in 0..got {
        // SAFETY: written above, and the kernel filled it in.
        let (header, from) = unsafe { (headers[index].assume_init_ref(), addrs[index].assume_init_ref()) };
        let full_length = header.msg_len as usize;
        let new = || RecvMeta {
            offset: index * slot,
            length: full_length.min(slot),
            full_length,
            segment_size: full_length.min(slot),
            from: from.get().unwrap_or(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0)),
            info: PacketInfo::default(),
        };
        if control {
            let mut meta = new();
            read_control(&header.msg_hdr, &mut meta);
            received(meta);
        } else {
            // Made where it is needed, because a copy would wait for the stores before it.
            received(new());
        }
    }
    Ok(got)
}

/// Reads the control messages of a received datagram.
pub(crate) fn read_control(header: &libc::msghdr, meta: &mut RecvMeta) {
    meta.info.control_truncated = header.msg_flags & libc::MSG_CTRUNC != 0;
    // SAFETY: the kernel filled in the control buffer of a received message, and its length.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: null at the end, or a header inside the buffer.
    while let Some(control) = unsafe { next.as_ref() } {
        let report = &mut meta.info;
        // SAFETY: the kernel wrote `cmsg_len` bytes, header included.
        unsafe {
            let data = slice::from_raw_parts(libc::CMSG_DATA(control).cast_const(), data_len(control));
            match (control.cmsg_level, control.cmsg_type) {
                // An int, although a send takes a u16 (udp_cmsg_recv in include/linux/udp.h).
                (libc::SOL_UDP, libc::UDP_GRO) => {
                    if let Some(size) = value::<c_int>(data) {
                        meta.segment_size = size.max(1) as usize;
                    }
                }
                (libc::IPPROTO_IP, libc::IP_TOS) => report.tos = value::<u8>(data).unwrap_or(report.tos),
                (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => {
                    report.tos = value::<c_int>(data).map_or(report.tos, |tos| tos as u8);
                }
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    if let Some(info) = value::<libc::in_pktinfo>(data) {
                        let ip = Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes());
                        report.local = Some((ip.into(), info.ipi_ifindex as u32));
                    }
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    if let Some(info) = value::<libc::in6_pktinfo>(data) {
                        let ip = IpAddr::from(Ipv6Addr::from(info.ipi6_addr.s6_addr)).to_canonical();
                        report.local = Some((ip, info.ipi6_ifindex as _));
                    }
                }
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    if let Some(time) = value::<libc::timespec>(data) {
                        report.timestamp_ns = (time.tv_sec as u64)
                            .wrapping_mul(1_000_000_000)
                            .wrapping_add(time.tv_nsec as u64);
                    }
                }
                _ => {}
            }
            next = libc::CMSG_NXTHDR(header, control);
        }
    }
}

const _: () = assert!(size_of::<IoSlice<'_>>() == size_of::<libc::iovec>());
