//! Socket calls and constants of macOS and FreeBSD.

use std::net::SocketAddr;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};

use libc::c_int;

use crate::error::{Code, Error, Result};
use crate::sys::sink::{SINK_SIZE, sink};
use crate::sys::unix::{Descriptor, RawAddr, check, check_size, get_option, set_option};
use crate::types::{PathError, Steering};

/// Whether an IPv6 socket can forget its peer.
pub(in crate::sys) const DISCONNECTS_IPV6: bool = true;

/// There is no error queue.
pub(in crate::sys) const ERROR_QUEUE: c_int = 0;

/// What else getaddrinfo returns for a name without an address: EAI_ADDRFAMILY and EAI_NODATA (netdb.h of both).
pub(in crate::sys) const EAI_NO_ADDRESS: [c_int; 2] = [1, 7];

/// PTHREAD_CANCEL_DISABLE of pthread.h.
pub(in crate::sys) const CANCEL_DISABLE: c_int = if cfg!(target_vendor = "apple") { 0 } else { 1 };

/// The calling thread's errno.
pub(in crate::sys) fn errno() -> *mut c_int {
    // SAFETY: no requirements.
    unsafe { libc::__error() }
}

/// The send buffer that the largest datagram needs, with its control messages. The default is near 9 KB
/// (net.inet.udp.maxdgram), and a longer datagram is EMSGSIZE. With control messages, macOS returns EWOULDBLOCK for ever
/// if datagram and messages together exceed the buffer (quinn-udp's MIN_SAFE_SNDBUF, FB23671230).
pub(in crate::sys) const MIN_SEND_BUFFER: c_int = 65_535 + 512;

/// A new datagram socket, non-blocking and not inherited by exec.
pub(in crate::sys) fn new_socket(domain: c_int) -> Result<OwnedFd> {
    let socket = Descriptor::from(open(domain)?);
    if get_option(&socket, libc::SOL_SOCKET, libc::SO_SNDBUF)? < MIN_SEND_BUFFER {
        // Where the system's limit is lower (kern.ipc.maxsockbuf), long datagrams fail and the rest works.
        let _ = set_option(&socket, libc::SOL_SOCKET, libc::SO_SNDBUF, &MIN_SEND_BUFFER);
    }
    Ok(socket.into())
}

#[cfg(target_os = "freebsd")]
fn open(domain: c_int) -> Result<OwnedFd> {
    let kind = libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK;
    // SAFETY: no pointers.
    let fd = check(unsafe { libc::socket(domain, kind, 0) })?;
    // SAFETY: a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// macOS has no flags for it. A fork and exec of another thread in between inherits the descriptor (socket2 does the same).
#[cfg(target_vendor = "apple")]
fn open(domain: c_int) -> Result<OwnedFd> {
    // SAFETY: no pointers.
    let fd = check(unsafe { libc::socket(domain, libc::SOCK_DGRAM, 0) })?;
    // SAFETY: a new descriptor that nobody else owns.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    // SAFETY: no pointers.
    check(unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) })?;
    // SAFETY: no pointers.
    check(unsafe { libc::fcntl(fd, libc::F_SETFL, libc::O_NONBLOCK) })?;
    Ok(socket)
}

/// `send` and `receive` are cancellation points (pthreads(7)).
pub(crate) const CALLS_UNSEEN: bool = false;

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
    unsafe { libc::sendto(fd, data.as_ptr().cast(), data.len(), flags, addr, len) }
}

/// There is no way to choose.
pub(crate) fn steer(_: &Descriptor, _: Steering, _: u32) -> Result<()> {
    Err(Code::Unsupported.into())
}

/// Receives one datagram, without waiting. Returns its full length and its sender; a datagram longer than `buf` is cut.
/// MSG_TRUNC is no flag for the call here (recv(2)), so a second piece of memory shows the full length.
pub(crate) fn receive(socket: &Descriptor, buf: &mut [u8]) -> Result<(usize, SocketAddr)> {
    let mut from = RawAddr::room();
    let mut parts = parts(buf);
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { std::mem::zeroed() };
    message.msg_name = from.as_mut_ptr().cast();
    message.msg_namelen = from.len();
    message.msg_iov = parts.as_mut_ptr();
    message.msg_iovlen = parts.len() as _;
    // SAFETY: everything that the message points to outlives the call and is as long as it says.
    let got = check_size(unsafe { libc::recvmsg(socket.raw(), &mut message, libc::MSG_DONTWAIT) })?;
    if message.msg_namelen == 0 {
        return Err(shut_down());
    }
    Ok((got, from.get().ok_or(Code::Family)?))
}

/// The error of a receive without a sender: there is nothing to receive any more (shutdown(2)).
pub(super) fn shut_down() -> Error {
    Error::new(Code::Closed, format_args!("the descriptor was shut down (shutdown)"))
}

/// The memory of one receive: the caller's, and what is over.
pub(super) fn parts(buf: &mut [u8]) -> [libc::iovec; 2] {
    [
        libc::iovec { iov_base: buf.as_mut_ptr().cast(), iov_len: buf.len() },
        libc::iovec { iov_base: sink().cast(), iov_len: SINK_SIZE },
    ]
}

/// The system does not count per socket.
pub(crate) fn drops(_: &Descriptor) -> Option<u32> {
    None
}

/// There is no error queue, and the option that would fill it is refused.
pub(crate) fn path_error(_: &Descriptor) -> Result<Option<PathError>> {
    Err(Code::WouldBlock.into())
}
