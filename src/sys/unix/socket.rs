//! Sockets: the system calls for single datagrams and options.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::ptr;

use libc::{c_int, socklen_t};

use super::addr::RawAddr;
use crate::error::{Code, Error, Result};
use crate::sys::{DISCONNECTS_IPV6, ERROR_QUEUE, new_socket, sendto};
use crate::types::{Family, ReceivedMessage};

/// The error of the system call that just failed.
pub(in crate::sys) fn last_error() -> Error {
    Error::from_os(io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

/// The result of a system call: negative is an error.
pub(in crate::sys) fn check(result: c_int) -> Result<c_int> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

/// The same for calls that return a number of bytes.
pub(in crate::sys) fn check_size(result: isize) -> Result<usize> {
    usize::try_from(result).map_err(|_| last_error())
}

/// An open datagram socket.
#[derive(Debug)]
pub(crate) struct Descriptor(OwnedFd);

impl From<OwnedFd> for Descriptor {
    fn from(fd: OwnedFd) -> Descriptor {
        Descriptor(fd)
    }
}

impl From<Descriptor> for OwnedFd {
    fn from(descriptor: Descriptor) -> OwnedFd {
        descriptor.0
    }
}

impl Descriptor {
    pub(crate) fn open(family: Family) -> Result<Descriptor> {
        let domain = if family == Family::Ipv4 { libc::AF_INET } else { libc::AF_INET6 };
        new_socket(domain).map(Descriptor)
    }

    pub(crate) fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// The descriptor as a number of the C interface.
    pub(crate) fn number(&self) -> i64 {
        self.raw().into()
    }

    pub(crate) fn bind(&self, addr: SocketAddr) -> Result<()> {
        let addr = RawAddr::from(addr);
        // SAFETY: pointer and length are of one value that lives.
        check(unsafe { libc::bind(self.raw(), addr.as_ptr(), addr.len()) }).map(drop)
    }

    /// A socket that is connected is disconnected first: Linux would keep the local address chosen for the old peer, from
    /// which the new peer may not be reachable.
    pub(crate) fn connect(&self, addr: SocketAddr) -> Result<()> {
        if self.peer_addr().is_ok() {
            self.forget_peer()?;
        }
        let addr = RawAddr::from(addr);
        // SAFETY: as in `bind`.
        check(unsafe { libc::connect(self.raw(), addr.as_ptr(), addr.len()) }).map(drop)
    }

    /// Forgets the peer. Where an IPv6 socket would still receive only from its old peer, that is refused.
    pub(crate) fn disconnect(&self) -> Result<()> {
        match self.peer_addr() {
            Err(error) if error.code() == Code::NotConnected => Ok(()),
            Ok(SocketAddr::V6(_)) if !DISCONNECTS_IPV6 => {
                let text =
                    format_args!("an IPv6 socket would still receive only from its old peer; open another");
                Err(Error::new(Code::Unsupported, text))
            }
            other => other.and_then(|_| self.forget_peer()),
        }
    }

    /// Connects to an address of family AF_UNSPEC, which disconnects a datagram socket (connect(2)). Linux then also gives
    /// up a port that it chose itself, so the socket is bound to that port again. The BSDs disconnect first and then reject
    /// the address (soconnect in FreeBSD's uipc_socket.c; libuv's uv__udp_disconnect ignores it too).
    fn forget_peer(&self) -> Result<()> {
        let before = self.local_addr()?;
        // SAFETY: all zero is a valid sockaddr, of family AF_UNSPEC.
        let unspec: libc::sockaddr = unsafe { mem::zeroed() };
        // SAFETY: as in `bind`.
        let done = check(unsafe { libc::connect(self.raw(), &unspec, size_of_val(&unspec) as socklen_t) });
        if self.peer_addr().is_ok() {
            done?;
        }
        let mut after = self.local_addr()?;
        if after.port() == before.port() {
            return Ok(());
        }
        after.set_port(before.port());
        self.bind(after)
    }

    pub(crate) fn local_addr(&self) -> Result<SocketAddr> {
        // SAFETY: `RawAddr::read` hands over a pointer and the length of what is behind it.
        RawAddr::read(|addr, len| check(unsafe { libc::getsockname(self.raw(), addr, len) }).map(drop))
            .map(|(_, a)| a)
    }

    pub(crate) fn peer_addr(&self) -> Result<SocketAddr> {
        // SAFETY: as above.
        RawAddr::read(|addr, len| check(unsafe { libc::getpeername(self.raw(), addr, len) }).map(drop))
            .map(|(_, a)| a)
    }
}

/// Sends one datagram, without waiting.
pub(crate) fn send(socket: &Descriptor, data: &[u8], to: Option<SocketAddr>) -> Result<()> {
    let to = to.map(RawAddr::from);
    let (addr, len) = to.as_ref().map_or((ptr::null(), 0), |to| (to.as_ptr(), to.len()));
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: `data` and `to` outlive the call, with the lengths given.
    let sent = unsafe { sendto(socket.raw(), data, flags, addr, len) };
    // A datagram goes whole or not at all (udp(7)).
    check_size(sent).map(drop)
}

/// Whether a send or receive with these flags may wait (recvmsg(2): the error queue never does).
pub(crate) fn may_wait(flags: i32) -> bool {
    flags & (libc::MSG_DONTWAIT | ERROR_QUEUE) == 0
}

/// Whether a receive with these flags removes a datagram from the receive buffer.
pub(crate) fn consumes(flags: i32) -> bool {
    flags & (libc::MSG_PEEK | ERROR_QUEUE) == 0
}

/// Whether the flags of a received message say that it was cut.
pub(crate) fn is_truncated(flags: i32) -> bool {
    flags & libc::MSG_TRUNC != 0
}

/// sendmsg(2), without waiting.
pub(crate) fn send_message(
    socket: &Descriptor,
    parts: &[IoSlice<'_>],
    control: &[u8],
    flags: i32,
    to: Option<SocketAddr>,
) -> Result<usize> {
    let to = to.map(RawAddr::from);
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    if let Some(to) = &to {
        message.msg_name = to.as_ptr().cast_mut().cast();
        message.msg_namelen = to.len();
    }
    message.msg_iov = parts.as_ptr().cast_mut().cast();
    message.msg_iovlen = parts.len() as _;
    message.msg_control = control.as_ptr().cast_mut().cast();
    message.msg_controllen = control.len() as _;
    let flags = flags | libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: everything that the message points to outlives the call; sendmsg writes to none of it. The kernel checks
    // control messages itself.
    check_size(unsafe { libc::sendmsg(socket.raw(), &message, flags) })
}

/// Pieces of memory as C passes them: the fields of iovec, which `udp_slice` has too.
#[repr(C)]
pub(crate) struct RawSlice(*mut libc::c_void, usize);

const _: () = assert!(size_of::<RawSlice>() == size_of::<libc::iovec>());

/// Calls `act` with pieces of memory to send.
///
/// # Safety
/// `slices` points to `n` pieces that are readable during the call; it may be anything if `n` is 0.
pub(crate) unsafe fn with_slices<T>(
    slices: *const RawSlice,
    n: usize,
    act: impl FnOnce(&[IoSlice<'_>]) -> Result<T>,
) -> Result<T> {
    // SAFETY: as this function requires; IoSlice has the layout of iovec on Unix (std::io::IoSlice).
    act(if n == 0 { &[] } else { unsafe { std::slice::from_raw_parts(slices.cast(), n) } })
}

/// Calls `act` with pieces of memory to receive into.
///
/// # Safety
/// As for `with_slices`, with writable pieces that nobody else uses.
pub(crate) unsafe fn with_slices_mut<T>(
    slices: *const RawSlice,
    n: usize,
    act: impl FnOnce(&[IoSliceMut<'_>]) -> Result<T>,
) -> Result<T> {
    // SAFETY: as this function requires; IoSliceMut has the layout of iovec on Unix (std::io::IoSliceMut).
    act(if n == 0 { &[] } else { unsafe { std::slice::from_raw_parts(slices.cast(), n) } })
}

/// recvmsg(2), without waiting.
pub(crate) fn receive_message(
    socket: &Descriptor,
    parts: &[IoSliceMut<'_>],
    control: &mut [u8],
    flags: i32,
) -> Result<ReceivedMessage> {
    let mut from = RawAddr::room();
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = from.as_mut_ptr().cast();
    message.msg_namelen = from.len();
    // std::io::IoSliceMut has the layout of iovec on Unix.
    message.msg_iov = parts.as_ptr().cast_mut().cast();
    message.msg_iovlen = parts.len() as _;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = control.len() as _;
    // SAFETY: everything that the message points to outlives the call and is as long as it says.
    let length =
        check_size(unsafe { libc::recvmsg(socket.raw(), &mut message, flags | libc::MSG_DONTWAIT) })?;
    let from = if message.msg_namelen == 0 { None } else { from.get() };
    Ok(ReceivedMessage { length, from, control: message.msg_controllen as _, flags: message.msg_flags })
}

/// setsockopt(2), for options that this library has no name for.
pub(crate) fn set_raw(socket: &Descriptor, level: i32, name: i32, value: &[u8]) -> Result<()> {
    let len = socklen_t::try_from(value.len()).map_err(|_| Code::Invalid)?;
    // SAFETY: pointer and length are of one slice that lives.
    let done = unsafe { libc::setsockopt(socket.raw(), level, name, value.as_ptr().cast(), len) };
    check(done).map(drop)
}

/// getsockopt(2). Returns how many bytes were stored.
pub(crate) fn get_raw(socket: &Descriptor, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
    let mut len = socklen_t::try_from(value.len()).unwrap_or(socklen_t::MAX);
    // SAFETY: pointer and length are of one slice that lives, and the kernel writes no more than that.
    check(unsafe { libc::getsockopt(socket.raw(), level, name, value.as_mut_ptr().cast(), &mut len) })?;
    Ok(len as usize)
}

pub(in crate::sys) fn set_option<T>(socket: &Descriptor, level: c_int, name: c_int, value: &T) -> Result<()> {
    let len = size_of::<T>() as socklen_t;
    // SAFETY: pointer and length are of one value that lives.
    check(unsafe { libc::setsockopt(socket.raw(), level, name, ptr::from_ref(value).cast(), len) }).map(drop)
}

pub(in crate::sys) fn get_option(socket: &Descriptor, level: c_int, name: c_int) -> Result<c_int> {
    let mut value: c_int = 0;
    let mut len = size_of::<c_int>() as socklen_t;
    // SAFETY: as above; the kernel writes at most `len` bytes.
    check(unsafe { libc::getsockopt(socket.raw(), level, name, (&raw mut value).cast(), &mut len) })?;
    Ok(value)
}
