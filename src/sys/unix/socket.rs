//! What all Unix systems share: sockets, addresses, options.

use std::io::{self, IoSlice, IoSliceMut};
use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;

use libc::{c_int, socklen_t};

use crate::error::{Code, Error, Result};
use crate::socket::Family;
use crate::socket::message::ReceivedMessage;
use crate::sys::{ERROR_QUEUE, true_length};

pub(crate) mod errno {
    pub(crate) use libc::{
        EACCES, EADDRINUSE, EADDRNOTAVAIL, EAFNOSUPPORT, EAGAIN, ECONNREFUSED, EDESTADDRREQ, EDOM, EFAULT,
        EHOSTDOWN, EHOSTUNREACH, EINTR, EINVAL, EIO, EMFILE, EMSGSIZE, ENETDOWN, ENETUNREACH, ENFILE,
        ENOBUFS, ENODEV, ENOMEM, ENOPROTOOPT, ENOSYS, ENOTCONN, ENXIO, EOPNOTSUPP, EPERM, EPROTONOSUPPORT,
        ETIMEDOUT, EWOULDBLOCK,
    };
}

/// The failure of the system call that just returned.
pub(in crate::sys) fn last_error() -> Error {
    Error::from_os(io::Error::last_os_error().raw_os_error().unwrap_or(0))
}

/// A system call's result: negative is an error.
pub(in crate::sys) fn check(result: c_int) -> Result<c_int> {
    if result < 0 { Err(last_error()) } else { Ok(result) }
}

/// The same for calls that count bytes.
pub(in crate::sys) fn check_size(result: isize) -> Result<usize> {
    usize::try_from(result).map_err(|_| last_error())
}

/// An open datagram socket.
#[derive(Debug)]
pub(crate) struct Descriptor(OwnedFd);

impl Descriptor {
    pub(crate) fn open(family: Family) -> Result<Descriptor> {
        let domain = if family == Family::Ipv4 { libc::AF_INET } else { libc::AF_INET6 };
        // SAFETY: no pointers.
        let fd = check(unsafe {
            libc::socket(domain, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC | libc::SOCK_NONBLOCK, 0)
        })?;
        // SAFETY: a new descriptor that nobody else owns.
        Ok(Descriptor(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    pub(crate) fn raw(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    pub(crate) fn bind(&self, addr: SocketAddr) -> Result<()> {
        let addr = RawAddr::from(addr);
        // SAFETY: pointer and length are of one value that lives.
        check(unsafe { libc::bind(self.raw(), addr.as_ptr(), addr.len) }).map(drop)
    }

    /// A peer that was there before is dissolved first: Linux would keep the local address that it had led to, from
    /// which the new peer may not be reached.
    pub(crate) fn connect(&self, addr: SocketAddr) -> Result<()> {
        if self.peer_addr().is_ok() {
            self.dissolve()?;
        }
        let addr = RawAddr::from(addr);
        // SAFETY: as in `bind`.
        check(unsafe { libc::connect(self.raw(), addr.as_ptr(), addr.len) }).map(drop)
    }

    /// Forgets the peer. Linux keeps the address of an IPv6 peer (`sk_v6_daddr`, which `__udp_disconnect` in
    /// net/ipv4/udp.c does not clear; seen in 6.18), so that the socket would be deaf to all others for good: that is
    /// refused.
    pub(crate) fn disconnect(&self) -> Result<()> {
        match self.peer_addr() {
            Err(error) if error.code() == Code::NotConnected => Ok(()),
            Ok(SocketAddr::V6(_)) => {
                let why = "the system leaves an IPv6 socket deaf to all but its old peer; open another one";
                Err(Error::new(Code::Unsupported, why))
            }
            other => other.and_then(|_| self.dissolve()),
        }
    }

    /// connect(2): a datagram socket forgets its peer when it is connected to an address of family AF_UNSPEC. Linux
    /// then also forgets a port that it chose itself, so the socket is bound to that port again.
    fn dissolve(&self) -> Result<()> {
        let before = self.local_addr()?;
        // SAFETY: all zero is a valid sockaddr, of family AF_UNSPEC.
        let nobody: libc::sockaddr = unsafe { mem::zeroed() };
        // SAFETY: as in `bind`.
        check(unsafe { libc::connect(self.raw(), &nobody, size_of_val(&nobody) as socklen_t) })?;
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

/// Room for the socket addresses of both families, as the kernel reads and writes them.
#[derive(Clone, Copy)]
pub(in crate::sys) struct RawAddr {
    addr: RawAddrs,
    len: socklen_t,
}

#[derive(Clone, Copy)]
#[repr(C)]
union RawAddrs {
    any: libc::sockaddr,
    v4: libc::sockaddr_in,
    v6: libc::sockaddr_in6,
}

impl RawAddr {
    pub(in crate::sys) fn as_ptr(&self) -> *const libc::sockaddr {
        (&raw const self.addr).cast()
    }

    pub(in crate::sys) fn len(&self) -> socklen_t {
        self.len
    }

    /// Room for an address that the kernel writes.
    pub(in crate::sys) fn room() -> RawAddr {
        // SAFETY: all zero is a valid value of each member, and of no address.
        RawAddr { addr: unsafe { mem::zeroed() }, len: size_of::<RawAddrs>() as socklen_t }
    }

    pub(in crate::sys) fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.addr).cast()
    }

    /// Runs a call that fills in an address, and gives what it returned with the address.
    fn read<T>(
        call: impl FnOnce(*mut libc::sockaddr, *mut socklen_t) -> Result<T>,
    ) -> Result<(T, SocketAddr)> {
        let mut addr = RawAddr::room();
        let mut len = addr.len;
        let value = call(addr.as_mut_ptr(), &mut len)?;
        Ok((value, addr.get().ok_or(Code::Family)?))
    }

    /// The address; `None` if it is of neither family.
    pub(in crate::sys) fn get(&self) -> Option<SocketAddr> {
        // SAFETY: every member begins with the family, which says which of them is there.
        unsafe {
            match c_int::from(self.addr.any.sa_family) {
                libc::AF_INET => {
                    let v4 = self.addr.v4;
                    let ip = Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes());
                    Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
                }
                libc::AF_INET6 => {
                    let v6 = self.addr.v6;
                    let (ip, port) = (Ipv6Addr::from(v6.sin6_addr.s6_addr), u16::from_be(v6.sin6_port));
                    Some(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, v6.sin6_scope_id).into())
                }
                _ => None,
            }
        }
    }
}

/// The address behind a pointer of getifaddrs or getaddrinfo; `None` if there is none of our families.
///
/// # Safety
/// `addr` is null, or points to an address that is as long as its family says.
pub(in crate::sys) unsafe fn read_addr(addr: *const libc::sockaddr) -> Option<IpAddr> {
    // SAFETY: as this function asks.
    let addr = unsafe {
        match c_int::from(addr.as_ref()?.sa_family) {
            libc::AF_INET => RawAddrs { v4: *addr.cast() },
            libc::AF_INET6 => RawAddrs { v6: *addr.cast() },
            _ => return None,
        }
    };
    RawAddr { addr, len: 0 }.get().map(|addr| addr.ip())
}

impl From<SocketAddr> for RawAddr {
    fn from(addr: SocketAddr) -> RawAddr {
        match addr {
            SocketAddr::V4(addr) => {
                // SAFETY: all zero is a valid sockaddr_in.
                let mut v4: libc::sockaddr_in = unsafe { mem::zeroed() };
                v4.sin_family = libc::AF_INET as libc::sa_family_t;
                v4.sin_port = addr.port().to_be();
                v4.sin_addr.s_addr = u32::from_ne_bytes(addr.ip().octets());
                RawAddr { addr: RawAddrs { v4 }, len: size_of_val(&v4) as socklen_t }
            }
            SocketAddr::V6(addr) => {
                // SAFETY: all zero is a valid sockaddr_in6.
                let mut v6: libc::sockaddr_in6 = unsafe { mem::zeroed() };
                v6.sin6_family = libc::AF_INET6 as libc::sa_family_t;
                v6.sin6_port = addr.port().to_be();
                v6.sin6_addr.s6_addr = addr.ip().octets();
                v6.sin6_flowinfo = addr.flowinfo();
                v6.sin6_scope_id = addr.scope_id();
                RawAddr { addr: RawAddrs { v6 }, len: size_of_val(&v6) as socklen_t }
            }
        }
    }
}

/// Sends one datagram, without waiting.
pub(crate) fn send(socket: &Descriptor, data: &[u8], to: Option<SocketAddr>) -> Result<()> {
    let to = to.map(RawAddr::from);
    let (addr, len) = to.as_ref().map_or((ptr::null(), 0), |to| (to.as_ptr(), to.len));
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: `data` and `to` outlive the call, with the lengths given.
    let sent = unsafe { libc::sendto(socket.raw(), data.as_ptr().cast(), data.len(), flags, addr, len) };
    // A datagram goes whole or not at all (udp(7)).
    check_size(sent).map(drop)
}

/// Receives one datagram, without waiting: its true length and its sender. What is longer than `buf` is cut.
pub(crate) fn receive(socket: &Descriptor, buf: &mut [u8]) -> Result<(usize, SocketAddr)> {
    let flags = libc::MSG_DONTWAIT | true_length();
    RawAddr::read(|addr, len| {
        // SAFETY: `buf` and `addr` outlive the call and are as long as it is told.
        check_size(unsafe {
            libc::recvfrom(socket.raw(), buf.as_mut_ptr().cast(), buf.len(), flags, addr, len)
        })
    })
}

/// Whether a send or receive with these flags may wait (recvmsg(2): the error queue never does).
pub(crate) fn waits(flags: i32) -> bool {
    flags & (libc::MSG_DONTWAIT | ERROR_QUEUE) == 0
}

/// Whether a receive with these flags takes a datagram away.
pub(crate) fn takes(flags: i32) -> bool {
    flags & (libc::MSG_PEEK | ERROR_QUEUE) == 0
}

/// Whether the flags of a received message say that it was cut.
pub(crate) fn was_cut(flags: i32) -> bool {
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
        message.msg_namelen = to.len;
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

/// recvmsg(2), without waiting.
pub(crate) fn receive_message(
    socket: &Descriptor,
    parts: &mut [IoSliceMut<'_>],
    control: &mut [u8],
    flags: i32,
) -> Result<ReceivedMessage> {
    let mut from = RawAddr::room();
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = from.as_mut_ptr().cast();
    message.msg_namelen = from.len;
    // std::io::IoSliceMut has the layout of iovec on Unix.
    message.msg_iov = parts.as_mut_ptr().cast();
    message.msg_iovlen = parts.len() as _;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = control.len() as _;
    // SAFETY: everything that the message points to outlives the call and is as long as it says.
    let length =
        check_size(unsafe { libc::recvmsg(socket.raw(), &mut message, flags | libc::MSG_DONTWAIT) })?;
    let from = if message.msg_namelen == 0 { None } else { from.get() };
    Ok(ReceivedMessage { length, from, control: message.msg_controllen as _, flags: message.msg_flags })
}

/// setsockopt(2), for what this library has no name for.
pub(crate) fn set_raw(socket: &Descriptor, level: i32, name: i32, value: &[u8]) -> Result<()> {
    // SAFETY: pointer and length are of one slice that lives.
    let done = unsafe {
        libc::setsockopt(socket.raw(), level, name, value.as_ptr().cast(), value.len() as socklen_t)
    };
    check(done).map(drop)
}

/// getsockopt(2): how many bytes were stored.
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
