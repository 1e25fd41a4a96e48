//! Linux's own socket calls and constants.

use std::os::fd::{FromRawFd, OwnedFd};
use std::ptr;
use std::time::Duration;

use libc::c_int;

use crate::error::Result;
use crate::sys::unix::{Descriptor, HeldSignals, check, set_option};
use crate::types::Family;

/// The kernel doubles the buffer size that is set, for its own bookkeeping, and returns the double (socket(7)).
pub(in crate::sys) const BUFFER_FACTOR: c_int = 2;

/// The host has addresses, but none of the requested family (netdb.h of glibc; the libc crate lacks it).
pub(in crate::sys) const EAI_ADDRFAMILY: c_int = -9;

/// The flag that receives from the error queue (recvmsg(2), MSG_ERRQUEUE).
pub(in crate::sys) const ERROR_QUEUE: c_int = libc::MSG_ERRQUEUE;

/// The poll(2) event of a descriptor that was shut down for reading.
pub(in crate::sys) const SHUT_DOWN: libc::c_short = libc::POLLRDHUP;

/// The flag that makes a receive return a datagram's full length (udp(7), MSG_TRUNC).
pub(in crate::sys) const FULL_LENGTH: c_int = libc::MSG_TRUNC;

/// How many datagrams the kernel dropped at this socket because the receive buffer was full or a checksum was wrong,
/// modulo 2^32 (sock_diag(7), SK_MEMINFO_DROPS).
/// `None` where the system refuses to tell (before Linux 4.10, or in a sandbox).
pub(crate) fn drops(socket: &Descriptor) -> Option<u32> {
    let mut info = [0u32; libc::SK_MEMINFO_DROPS as usize + 1];
    let mut len = size_of_val(&info) as libc::socklen_t;
    // SAFETY: the kernel writes at most `len` bytes.
    let got = unsafe {
        libc::getsockopt(socket.raw(), libc::SOL_SOCKET, libc::SO_MEMINFO, info.as_mut_ptr().cast(), &mut len)
    };
    check(got).ok().map(|_| info[libc::SK_MEMINFO_DROPS as usize])
}

/// A descriptor that becomes readable once eight bytes are written to it (eventfd(2)).
pub(in crate::sys) fn new_event() -> Result<OwnedFd> {
    // SAFETY: no pointers.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// ppoll(2); a timeout of `None` waits forever. It is never restarted after a signal (signal(7)), also one that was held back.
pub(in crate::sys) fn poll(
    fds: &mut [libc::pollfd],
    timeout: Option<Duration>,
    held: Option<&HeldSignals>,
) -> Result<c_int> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let mask = held.map_or(ptr::null(), |held| ptr::from_ref(held.before()));
    // SAFETY: the array, the timeout and the mask outlive the call.
    check(unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout, mask) })
}

/// linux/in6.h; libc has no name for it.
const IPV6_MULTICAST_ALL: c_int = 29;

/// Limits the socket to the groups that it joined itself: by default it would also receive those that other programs on
/// this host joined (ip(7), IP_MULTICAST_ALL). Kernels before 4.20 lack the IPv6 option.
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
