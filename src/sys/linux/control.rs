//! What Linux does in its own way.

use std::mem;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use libc::c_int;

use crate::error::Result;
use crate::socket::Family;
use crate::socket::reply::Pktinfo;
use crate::sys::unix::{Descriptor, RawAddr, check, check_size, set_option};

/// socket(7): the kernel doubles a buffer size that it is given, for its own book-keeping, and tells the double.
pub(in crate::sys) const BUFFER_FACTOR: c_int = 2;

/// A host that has addresses, but none of the family asked for (netdb.h of glibc; libc has no name for it).
pub(in crate::sys) const EAI_ADDRFAMILY: c_int = -9;

/// The flag that receives what the system has to tell of datagrams that were sent (recvmsg(2), MSG_ERRQUEUE).
pub(in crate::sys) const ERROR_QUEUE: c_int = libc::MSG_ERRQUEUE;

/// What poll(2) says of a descriptor that was shut down for reading.
pub(in crate::sys) const SHUT_DOWN: libc::c_short = libc::POLLRDHUP;

/// The flag that makes a receive return a datagram's true length (udp(7), MSG_TRUNC).
pub(in crate::sys) fn true_length() -> c_int {
    libc::MSG_TRUNC
}

/// How many datagrams the kernel dropped at this socket, modulo 2^32: it had no room for them, or their checksum was
/// wrong (sock_diag(7), SK_MEMINFO_DROPS).
pub(crate) fn drops(socket: &Descriptor) -> Result<u32> {
    let mut info = [0u32; libc::SK_MEMINFO_DROPS as usize + 1];
    let mut len = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the kernel writes at most `len` bytes.
    let got = unsafe {
        libc::getsockopt(socket.raw(), libc::SOL_SOCKET, libc::SO_MEMINFO, info.as_mut_ptr().cast(), &mut len)
    };
    check(got).map(|_| info[libc::SK_MEMINFO_DROPS as usize])
}

/// A descriptor that becomes readable, and stays so, once eight bytes are written to it.
pub(in crate::sys) fn new_event() -> Result<OwnedFd> {
    // SAFETY: no pointers.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// poll(2) with a time-out in nanoseconds; `None` waits for ever. Never restarted after a signal (signal(7)).
pub(in crate::sys) fn poll(fds: &mut [libc::pollfd], timeout: Option<Duration>) -> Result<c_int> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the array and the time-out outlive the call.
    check(unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout, ptr::null()) })
}

/// The control messages of a send (cmsg(3)): where it leaves from, and how it is cut into segments.
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

    /// Says where a datagram to `to` leaves from (ip(7), ipv6(7)). With an interface given, the kernel needs no route to
    /// 255.255.255.255, and takes the source address from that interface (ip_route_output_key in net/ipv4/route.c).
    pub(in crate::sys) fn put_departure(&mut self, to: SocketAddr, from: Pktinfo) {
        if !to.ip().to_canonical().is_ipv4() {
            let source = if let Some(IpAddr::V6(ip)) = from.source { ip } else { Ipv6Addr::UNSPECIFIED };
            let info = libc::in6_pktinfo {
                ipi6_addr: libc::in6_addr { s6_addr: source.octets() },
                ipi6_ifindex: from.if_index as _,
            };
            return self.put(libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
        }
        // SAFETY: all zero is a valid in_pktinfo.
        let mut info: libc::in_pktinfo = unsafe { mem::zeroed() };
        info.ipi_ifindex = from.if_index as _;
        if let Some(IpAddr::V4(source)) = from.source {
            info.ipi_spec_dst.s_addr = u32::from_ne_bytes(source.octets());
        }
        self.put(libc::IPPROTO_IP, libc::IP_PKTINFO, info);
    }

    /// Hangs the messages on what is sent.
    pub(in crate::sys) fn attach(&mut self, header: &mut libc::msghdr) {
        header.msg_control = self.bytes.as_mut_ptr().cast();
        header.msg_controllen = self.used as _;
    }
}

/// Sends one datagram, and says where it leaves from.
pub(crate) fn send_from(socket: &Descriptor, data: &[u8], to: SocketAddr, from: Pktinfo) -> Result<()> {
    let mut control = SendControl::new();
    control.put_departure(to, from);
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

/// linux/in6.h; libc has no name for it.
const IPV6_MULTICAST_ALL: c_int = 29;

/// Has the socket hear the groups that it joined itself, and not those that any other program here did (ip(7),
/// IP_MULTICAST_ALL). Kernels before 4.20 do not know it for IPv6.
pub(crate) fn disable_multicast_all(socket: &Descriptor, family: Family) -> Result<()> {
    let off: c_int = 0;
    if family != Family::Ipv4 {
        let _ = set_option(socket, libc::IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off);
    }
    if family != Family::Ipv6 {
        set_option(socket, libc::IPPROTO_IP, libc::IP_MULTICAST_ALL, &off)?;
    }
    Ok(())
}
