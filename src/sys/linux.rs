//! What Linux does in its own way.

use std::mem;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use libc::c_int;

use super::unix::{Descriptor, RawAddr, check, check_size, set_option};
use crate::error::Result;
use crate::socket::Family;

/// socket(7): the kernel doubles a buffer size that it is given, for its own book-keeping, and tells the double.
pub(super) const BUFFER_FACTOR: c_int = 2;

/// A host that has addresses, but none of the family asked for (netdb.h of glibc; libc has no name for it).
pub(super) const EAI_ADDRFAMILY: c_int = -9;

/// The flag that receives what the system has to tell of datagrams that were sent (recvmsg(2), MSG_ERRQUEUE).
pub(super) const ERROR_QUEUE: c_int = libc::MSG_ERRQUEUE;

/// The flag that makes a receive return a datagram's true length (udp(7), MSG_TRUNC).
pub(super) fn true_length() -> c_int {
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
pub(super) fn new_event() -> Result<OwnedFd> {
    // SAFETY: no pointers.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// poll(2) with a time-out in nanoseconds; `None` waits for ever. Never restarted after a signal (signal(7)).
pub(super) fn poll(fds: &mut [libc::pollfd], timeout: Option<Duration>) -> Result<c_int> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    // SAFETY: the array and the time-out outlive the call.
    check(unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout, ptr::null()) })
}

/// Room for one control message of the size of `T`, aligned as the kernel wants it.
#[repr(C)]
struct Control<T> {
    header: libc::cmsghdr,
    value: T,
}

/// Sends one datagram from a local address, out of an interface, or both; 0 leaves the interface to the routes. With an
/// interface given, the kernel needs no route to 255.255.255.255, and takes the source address from that interface
/// (ip_route_output_key in net/ipv4/route.c).
pub(crate) fn send_from(
    socket: &Descriptor,
    data: &[u8],
    to: SocketAddr,
    source: Option<IpAddr>,
    interface: u32,
) -> Result<()> {
    if !to.ip().to_canonical().is_ipv4() {
        let source = if let Some(IpAddr::V6(source)) = source { source } else { Ipv6Addr::UNSPECIFIED };
        let info = libc::in6_pktinfo {
            ipi6_addr: libc::in6_addr { s6_addr: source.octets() },
            ipi6_ifindex: interface as _,
        };
        return send_with(socket, data, to, libc::IPPROTO_IPV6, libc::IPV6_PKTINFO, info);
    }
    // SAFETY: all zero is a valid in_pktinfo.
    let mut info: libc::in_pktinfo = unsafe { mem::zeroed() };
    info.ipi_ifindex = interface as c_int;
    if let Some(IpAddr::V4(source)) = source {
        info.ipi_spec_dst.s_addr = u32::from_ne_bytes(source.octets());
    }
    send_with(socket, data, to, libc::IPPROTO_IP, libc::IP_PKTINFO, info)
}

/// Sends one datagram with one control message (cmsg(3)).
fn send_with<T>(
    socket: &Descriptor,
    data: &[u8],
    to: SocketAddr,
    level: c_int,
    name: c_int,
    value: T,
) -> Result<()> {
    let mut control = Control {
        header: libc::cmsghdr {
            // SAFETY: arithmetic only.
            cmsg_len: unsafe { libc::CMSG_LEN(size_of::<T>() as u32) } as _,
            cmsg_level: level,
            cmsg_type: name,
        },
        value,
    };
    let to = RawAddr::from(to);
    let mut part = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = to.as_ptr().cast_mut().cast();
    message.msg_namelen = to.len();
    message.msg_iov = &mut part;
    message.msg_iovlen = 1;
    message.msg_control = (&raw mut control).cast();
    // Without what pads the struct.
    message.msg_controllen = control.header.cmsg_len;
    // SAFETY: everything that the message points to outlives the call; sendmsg writes to none of it.
    check_size(unsafe { libc::sendmsg(socket.raw(), &message, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) })
        .map(drop)
}

/// linux/in6.h; libc has no name for it.
const IPV6_MULTICAST_ALL: c_int = 29;

/// Has the socket hear the groups that it joined itself, and not those that any other program here did (ip(7),
/// IP_MULTICAST_ALL). Kernels before 4.20 do not know it for IPv6.
pub(crate) fn hear_joined_groups_only(socket: &Descriptor, family: Family) -> Result<()> {
    let off: c_int = 0;
    if family != Family::Ipv4 {
        let _ = set_option(socket, libc::IPPROTO_IPV6, IPV6_MULTICAST_ALL, &off);
    }
    if family != Family::Ipv6 {
        set_option(socket, libc::IPPROTO_IP, libc::IP_MULTICAST_ALL, &off)?;
    }
    Ok(())
}
