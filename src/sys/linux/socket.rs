//! Linux's own socket calls and constants.

use std::net::SocketAddr;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::Duration;

use libc::c_int;

use super::signals::HeldSignals;
use crate::error::Result;
use crate::sys::unix::{Descriptor, RawAddr, check, check_size};

/// What else getaddrinfo returns for a name without an address: EAI_ADDRFAMILY (netdb.h of glibc; the libc crate lacks it)
/// and EAI_NODATA.
pub(in crate::sys) const EAI_NO_ADDRESS: [c_int; 2] = [-9, libc::EAI_NODATA];

/// PTHREAD_CANCEL_DISABLE of pthread.h.
pub(in crate::sys) const CANCEL_DISABLE: c_int = 1;

/// The calling thread's errno.
pub(in crate::sys) fn errno() -> *mut c_int {
    // SAFETY: no requirements.
    unsafe { libc::__errno_location() }
}

/// The flag that receives from the error queue (recvmsg(2), MSG_ERRQUEUE).
pub(in crate::sys) const ERROR_QUEUE: c_int = libc::MSG_ERRQUEUE;

/// The poll(2) event of a descriptor that was shut down for reading.
pub(in crate::sys) const SHUT_DOWN: libc::c_short = libc::POLLRDHUP;

/// Whether an IPv6 socket can forget its peer. Linux then still receives only from the old peer (`__udp_disconnect` in
/// net/ipv4/udp.c does not clear `sk_v6_daddr`; seen in 6.18).
pub(in crate::sys) const DISCONNECTS_IPV6: bool = false;

/// A new datagram socket, non-blocking and not inherited by exec.
pub(in crate::sys) fn new_socket(domain: c_int) -> Result<OwnedFd> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: no pointers.
    let fd = check(unsafe { libc::socket(domain, kind, 0) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// `send` and `receive` are bare system calls. The C library's functions would be cancellation points (pthreads(7)).
pub(crate) const CALLS_UNSEEN: bool = true;

/// sendto(2).
///
/// # Safety
/// `addr` points to `len` bytes.
pub(in crate::sys) unsafe fn sendto(
    fd: RawFd,
    data: &[u8],
    flags: c_int,
    addr: *const libc::sockaddr,
    len: libc::socklen_t,
) -> isize {
    // SAFETY: `data` lives, and the address is as this function requires.
    unsafe { libc::syscall(libc::SYS_sendto, fd, data.as_ptr(), data.len(), flags, addr, len) as isize }
}

/// Receives one datagram, without waiting. Returns its full length (udp(7), MSG_TRUNC) and its sender; a datagram longer
/// than `buf` is cut.
pub(crate) fn receive(socket: &Descriptor, buf: &mut [u8]) -> Result<(usize, SocketAddr)> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_TRUNC;
    RawAddr::read(|addr, len| {
        // SAFETY: `buf` and `addr` outlive the call and are as long as it is told.
        check_size(unsafe {
            libc::syscall(libc::SYS_recvfrom, socket.raw(), buf.as_mut_ptr(), buf.len(), flags, addr, len)
                as isize
        })
    })
}

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
    check(got)
        .ok()
        .filter(|_| len as usize == size_of_val(&info))
        .map(|_| info[libc::SK_MEMINFO_DROPS as usize])
}

/// A descriptor that becomes readable once eight bytes are written to it (eventfd(2)).
pub(in crate::sys) fn new_event() -> Result<OwnedFd> {
    // SAFETY: no pointers.
    let fd = check(unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Whether a forked child has the descriptors of `new_event`.
pub(in crate::sys) const FORK_KEEPS_EVENTS: bool = true;

static ONE: u64 = 1;

/// Makes an event readable.
pub(in crate::sys) fn notify_event(fd: RawFd) {
    // SAFETY: eight bytes of a value that lives. It can fail only when the counter is full, and then it is readable as it
    // should be (eventfd(2)).
    unsafe { libc::write(fd, (&raw const ONE).cast(), size_of_val(&ONE)) };
}

/// Undoes `notify_event`.
pub(in crate::sys) fn clear_event(fd: RawFd) {
    let mut count = 0u64;
    // SAFETY: room for the eight bytes that a read gives. It fails if there is nothing to take back.
    unsafe { libc::read(fd, (&raw mut count).cast(), size_of_val(&count)) };
}

/// ppoll(2); a timeout of `None` waits forever. It is never restarted after a signal (signal(7)), also one that was held
/// back.
pub(in crate::sys) fn poll(
    fds: &mut [libc::pollfd],
    timeout: Option<Duration>,
    held: Option<&HeldSignals>,
) -> Result<c_int> {
    let timeout = timeout.map(|timeout| libc::timespec {
        tv_sec: timeout.as_secs().try_into().unwrap_or(libc::time_t::MAX),
        // A long, which has 32 bits on some targets.
        tv_nsec: timeout.subsec_nanos() as _,
    });
    let timeout = timeout.as_ref().map_or(ptr::null(), ptr::from_ref);
    let mask = held.map_or(ptr::null(), |held| ptr::from_ref(held.before()));
    // SAFETY: the array, the timeout and the mask outlive the call.
    check(unsafe { libc::ppoll(fds.as_mut_ptr(), fds.len() as libc::nfds_t, timeout, mask) })
}
