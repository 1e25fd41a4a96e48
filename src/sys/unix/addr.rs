//! Socket addresses in the kernel's form.

use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use libc::{c_int, socklen_t};

use crate::error::{Code, Result};

/// A socket address of either family in the kernel's form.
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

    /// Memory for an address that the kernel writes.
    pub(in crate::sys) fn room() -> RawAddr {
        // SAFETY: all zero is a valid value of each member, and of no address.
        RawAddr { addr: unsafe { mem::zeroed() }, len: size_of::<RawAddrs>() as socklen_t }
    }

    pub(in crate::sys) fn as_mut_ptr(&mut self) -> *mut libc::sockaddr {
        (&raw mut self.addr).cast()
    }

    /// Makes a call that writes an address, and returns its result with the address.
    pub(in crate::sys) fn read<T>(
        call: impl FnOnce(*mut libc::sockaddr, *mut socklen_t) -> Result<T>,
    ) -> Result<(T, SocketAddr)> {
        let mut addr = RawAddr::room();
        let mut len = addr.len;
        let value = call(addr.as_mut_ptr(), &mut len)?;
        Ok((value, addr.get().ok_or(Code::Family)?))
    }

    /// The address; `None` if it is of another family.
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

/// The address behind a pointer from getifaddrs or getaddrinfo; `None` if it is NULL or of another family.
///
/// # Safety
/// `addr` is NULL or points to an address that is as long as its family requires.
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
