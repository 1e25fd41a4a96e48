//! Socket addresses in Winsock's form.

use std::mem;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};

use windows_sys::Win32::Networking::WinSock as ws;

/// A socket address of either family in Winsock's form.
#[derive(Clone, Copy)]
pub(super) struct RawAddr {
    addr: ws::SOCKADDR_INET,
    len: i32,
}

impl RawAddr {
    /// Memory for an address that the system writes. As an address to connect to, it is none.
    pub(super) fn room() -> RawAddr {
        // SAFETY: all zero is a valid value of each member, and of no address.
        RawAddr { addr: unsafe { mem::zeroed() }, len: size_of::<ws::SOCKADDR_INET>() as i32 }
    }

    pub(super) fn as_ptr(&self) -> *const ws::SOCKADDR {
        (&raw const self.addr).cast()
    }

    pub(super) fn as_mut_ptr(&mut self) -> *mut ws::SOCKADDR {
        (&raw mut self.addr).cast()
    }

    pub(super) fn len(&self) -> i32 {
        self.len
    }

    /// Pointers to the address and to its length, for a call that writes both.
    pub(super) fn parts(&mut self) -> (*mut ws::SOCKADDR, *mut i32) {
        ((&raw mut self.addr).cast(), &raw mut self.len)
    }

    /// The address; `None` if it is of another family.
    pub(super) fn get(&self) -> Option<SocketAddr> {
        // SAFETY: every member begins with the family, which says which of them is there.
        unsafe {
            match self.addr.si_family {
                ws::AF_INET => {
                    let v4 = self.addr.Ipv4;
                    let ip = Ipv4Addr::from(v4.sin_addr.S_un.S_addr.to_ne_bytes());
                    Some(SocketAddrV4::new(ip, u16::from_be(v4.sin_port)).into())
                }
                ws::AF_INET6 => {
                    let v6 = self.addr.Ipv6;
                    let (ip, port) = (Ipv6Addr::from(v6.sin6_addr.u.Byte), u16::from_be(v6.sin6_port));
                    let scope_id = v6.Anonymous.sin6_scope_id;
                    Some(SocketAddrV6::new(ip, port, v6.sin6_flowinfo, scope_id).into())
                }
                _ => None,
            }
        }
    }
}

impl From<SocketAddr> for RawAddr {
    fn from(addr: SocketAddr) -> RawAddr {
        let mut raw = RawAddr::room();
        match addr {
            SocketAddr::V4(addr) => {
                raw.addr.Ipv4 = ws::SOCKADDR_IN {
                    sin_family: ws::AF_INET,
                    sin_port: addr.port().to_be(),
                    sin_addr: in_addr(*addr.ip()),
                    sin_zero: [0; 8],
                };
                raw.len = size_of::<ws::SOCKADDR_IN>() as i32;
            }
            SocketAddr::V6(addr) => {
                raw.addr.Ipv6 = ws::SOCKADDR_IN6 {
                    sin6_family: ws::AF_INET6,
                    sin6_port: addr.port().to_be(),
                    sin6_flowinfo: addr.flowinfo(),
                    sin6_addr: in6_addr(*addr.ip()),
                    Anonymous: ws::SOCKADDR_IN6_0 { sin6_scope_id: addr.scope_id() },
                };
                raw.len = size_of::<ws::SOCKADDR_IN6>() as i32;
            }
        }
        raw
    }
}

pub(super) fn in_addr(ip: Ipv4Addr) -> ws::IN_ADDR {
    ws::IN_ADDR { S_un: ws::IN_ADDR_0 { S_addr: u32::from_ne_bytes(ip.octets()) } }
}

pub(super) fn in6_addr(ip: Ipv6Addr) -> ws::IN6_ADDR {
    ws::IN6_ADDR { u: ws::IN6_ADDR_0 { Byte: ip.octets() } }
}

/// The address behind a pointer from GetAdaptersAddresses or GetAddrInfoW; `None` if it is NULL or of another family.
///
/// # Safety
/// `addr` is NULL or points to an address that is as long as its family requires.
pub(super) unsafe fn read_addr(addr: *const ws::SOCKADDR) -> Option<IpAddr> {
    let mut raw = RawAddr::room();
    // SAFETY: as this function requires.
    unsafe {
        match addr.as_ref()?.sa_family {
            ws::AF_INET => raw.addr.Ipv4 = addr.cast::<ws::SOCKADDR_IN>().read_unaligned(),
            ws::AF_INET6 => raw.addr.Ipv6 = addr.cast::<ws::SOCKADDR_IN6>().read_unaligned(),
            _ => return None,
        }
    }
    raw.get().map(|addr| addr.ip())
}
