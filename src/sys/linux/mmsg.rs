//! Many datagrams in one system call, as Linux does it: sendmmsg, recvmmsg, and super-datagrams (udp(7)).

use std::io::IoSlice;
use std::mem::{self, MaybeUninit};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ptr;

use libc::{c_int, c_uint};
use once_cell::race::OnceNonZeroUsize;

use super::control::SendControl;
use crate::error::Result;
use crate::socket::receive::{PacketInfo, RecvMeta};
use crate::socket::send::Message;
use crate::sys::unix::{Descriptor, RawAddr, check, get_option, set_option};

/// How many messages one system call takes at most: more would save nothing, and they stand on the stack.
pub(crate) const MESSAGES: usize = 64;

/// UDP_MAX_SEGMENTS (include/linux/udp.h) was 64 until 6.9.
const MOST_SEGMENTS: usize = 128;
pub(crate) const OLD_SEGMENTS: usize = 64;

/// How many datagrams a super-datagram may hold. A kernel without them ignores the control message, and would send
/// everything as one datagram: so it is asked first whether it knows the option.
pub(crate) fn segments(socket: &Descriptor) -> usize {
    static KNOWN: OnceNonZeroUsize = OnceNonZeroUsize::new();
    let ask = || match get_option(socket, libc::SOL_UDP, libc::UDP_SEGMENT) {
        Ok(_) => const { std::num::NonZeroUsize::new(MOST_SEGMENTS).unwrap() },
        Err(_) => std::num::NonZeroUsize::MIN,
    };
    KNOWN.get_or_init(ask).get()
}

/// Whether a receive tells more of a datagram than its sender.
pub(crate) const DETAILS: bool = true;

/// Lets the kernel join the datagrams of a flow on their way in.
pub(crate) fn coalesce(socket: &Descriptor) -> Result<()> {
    set_option(socket, libc::SOL_UDP, libc::UDP_GRO, &(1 as c_int))
}

/// Sends messages, without waiting: how many went, at least one. A super-datagram goes whole or not at all. `parts` are
/// the pieces of all messages, one after the other.
pub(crate) fn send_messages(
    socket: &Descriptor,
    messages: &[Message],
    mut parts: &[IoSlice<'_>],
) -> Result<usize> {
    let messages = &messages[..messages.len().min(MESSAGES)];
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; MESSAGES];
    let mut addrs = [const { MaybeUninit::<RawAddr>::uninit() }; MESSAGES];
    let mut controls = [const { MaybeUninit::<SendControl>::uninit() }; MESSAGES];
    for (index, message) in messages.iter().enumerate() {
        // SAFETY: all zero is a valid mmsghdr.
        let header = headers[index].write(unsafe { mem::zeroed() });
        let header = &mut header.msg_hdr;
        if let Some(to) = message.to {
            let to = addrs[index].write(to.into());
            header.msg_name = to.as_ptr().cast_mut().cast();
            header.msg_namelen = to.len();
        }
        // std::io::IoSlice has the layout of iovec on Unix.
        let (these, later) = parts.split_at(message.parts);
        header.msg_iov = these.as_ptr().cast_mut().cast();
        header.msg_iovlen = these.len() as _;
        parts = later;
        if message.datagrams > 1 || message.from.is_some() {
            let control = controls[index].write(SendControl::new());
            if message.datagrams > 1 {
                control.put(libc::SOL_UDP, libc::UDP_SEGMENT, message.segment as u16);
            }
            if let (Some(from), Some(to)) = (message.from, message.to) {
                control.put_departure(to, from);
            }
            control.attach(header);
        }
    }
    let flags = (libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) as _;
    // SAFETY: the first `messages.len()` headers were written above; they point to what lives in this frame or behind
    // `parts`, which the kernel only reads.
    let sent =
        unsafe { libc::sendmmsg(socket.raw(), headers.as_mut_ptr().cast(), messages.len() as c_uint, flags) };
    check(sent).map(|sent| sent as usize)
}

/// Room for all control messages that a socket can ask for.
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

/// Receives messages, without waiting, each into its own `slot` bytes of `arena`: at most as many as there are slots,
/// and at least one. `control` is whether the socket asked for control messages.
pub(crate) fn receive_messages(
    socket: &Descriptor,
    arena: &mut [u8],
    slot: usize,
    control: bool,
    mut arrived: impl FnMut(RecvMeta),
) -> Result<usize> {
    let count = (arena.len() / slot).min(MESSAGES);
    let mut headers = [const { MaybeUninit::<libc::mmsghdr>::uninit() }; MESSAGES];
    let mut addrs = [const { MaybeUninit::<RawAddr>::uninit() }; MESSAGES];
    let mut parts = [const { MaybeUninit::<libc::iovec>::uninit() }; MESSAGES];
    let mut controls = [const { MaybeUninit::<Control>::uninit() }; MESSAGES];
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
    // recvmmsg(2): never a time-out, which is only looked at after a datagram came (BUGS).
    let flags = (libc::MSG_DONTWAIT | libc::MSG_TRUNC) as _;
    // SAFETY: the first `count` headers were written above; they point to places of this frame and of `arena` that
    // are as long as they say, each to its own.
    let got = unsafe {
        libc::recvmmsg(socket.raw(), headers.as_mut_ptr().cast(), count as c_uint, flags, ptr::null_mut())
    };
    let got = check(got)? as usize;
    for index in 0..got {
        // SAFETY: written above, and the kernel filled it in.
        let (header, from) = unsafe { (headers[index].assume_init_ref(), addrs[index].assume_init_ref()) };
        let full_length = header.msg_len as usize;
        let mut arrival = RecvMeta {
            offset: index * slot,
            length: full_length.min(slot),
            full_length,
            segment: full_length.min(slot),
            from: from.get().unwrap_or(SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0)),
            details: PacketInfo::default(),
        };
        if control {
            read_control(&header.msg_hdr, &mut arrival);
        }
        arrived(arrival);
    }
    Ok(got)
}

/// Reads what the kernel tells beside a datagram.
fn read_control(header: &libc::msghdr, arrival: &mut RecvMeta) {
    arrival.details.incomplete = header.msg_flags & libc::MSG_CTRUNC != 0;
    // SAFETY: the kernel filled in the control buffer of a received message, and its length.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: null at the end, or a header inside the buffer.
    while let Some(control) = unsafe { next.as_ref() } {
        let details = &mut arrival.details;
        // SAFETY: the data behind a header of this level and type has the type that is read (ip(7), ipv6(7),
        // socket(7), udp(7)); it may be unaligned.
        unsafe {
            let data = libc::CMSG_DATA(control).cast_const();
            match (control.cmsg_level, control.cmsg_type) {
                // An int, although the option that is set for it on a send is an u16.
                (libc::SOL_UDP, libc::UDP_GRO) => arrival.segment = value::<c_int>(data).max(1) as usize,
                (libc::IPPROTO_IP, libc::IP_TOS) => details.tos = value::<u8>(data),
                (libc::IPPROTO_IPV6, libc::IPV6_TCLASS) => details.tos = value::<c_int>(data) as u8,
                (libc::IPPROTO_IP, libc::IP_PKTINFO) => {
                    let info = value::<libc::in_pktinfo>(data);
                    let ip = Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes());
                    details.local = Some((ip.into(), info.ipi_ifindex as u32));
                }
                (libc::IPPROTO_IPV6, libc::IPV6_PKTINFO) => {
                    let info = value::<libc::in6_pktinfo>(data);
                    let ip = IpAddr::from(Ipv6Addr::from(info.ipi6_addr.s6_addr)).to_canonical();
                    details.local = Some((ip, info.ipi6_ifindex as u32));
                }
                (libc::SOL_SOCKET, libc::SCM_TIMESTAMPNS) => {
                    let time = value::<libc::timespec>(data);
                    details.timestamp_ns = time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64;
                }
                _ => {}
            }
            next = libc::CMSG_NXTHDR(header, control);
        }
    }
}

/// # Safety
/// `data` points to a `T`, aligned or not.
unsafe fn value<T: Copy>(data: *const u8) -> T {
    // SAFETY: as this function asks.
    unsafe { data.cast::<T>().read_unaligned() }
}

const _: () = assert!(size_of::<IoSlice<'_>>() == size_of::<libc::iovec>());
