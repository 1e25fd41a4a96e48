//! The options of [`crate::options`], set and read with the system's numbers.

use std::mem;

use libc::c_int;

use super::socket::{Descriptor, get_option, set_option};
use crate::error::Result;
use crate::options::SocketOption;
use crate::sys::{from_system, place, set_ipv4, to_system};
use crate::types::Family;

/// An option's level and name.
pub(in crate::sys) type Name = (c_int, c_int);

/// What an option is called for IPv4 sockets and, if that differs, for IPv6 sockets.
pub(in crate::sys) struct Place {
    pub(in crate::sys) ipv4: Name,
    pub(in crate::sys) ipv6: Option<Name>,
}

impl Place {
    /// An option of level SOL_SOCKET.
    pub(in crate::sys) fn socket(name: c_int) -> Place {
        Place { ipv4: (libc::SOL_SOCKET, name), ipv6: None }
    }

    /// An option that each family has a name for.
    pub(in crate::sys) fn both(ipv4: c_int, ipv6: c_int) -> Place {
        Place { ipv4: (libc::IPPROTO_IP, ipv4), ipv6: Some((libc::IPPROTO_IPV6, ipv6)) }
    }
}

/// Sets an option, for both families on a dual-stack socket.
pub(crate) fn set(socket: &Descriptor, family: Family, opt: SocketOption, value: c_int) -> Result<()> {
    let Place { ipv4, ipv6 } = place(opt)?;
    let value = to_system(opt, value)?;
    if let (Some((level, name)), true) = (ipv6, family != Family::Ipv4) {
        set_option(socket, level, name, &value)?;
    }
    if ipv6.is_none() {
        return set_option(socket, ipv4.0, ipv4.1, &value);
    }
    if family == Family::Ipv6 { Ok(()) } else { set_ipv4(socket, family, opt, ipv4, value) }
}

/// Sets an option that has a name of its own for IPv4.
pub(in crate::sys) fn set_ipv4_option(
    socket: &Descriptor,
    opt: SocketOption,
    (level, name): Name,
    value: c_int,
) -> Result<()> {
    if opt == SocketOption::MulticastInterface {
        // The kernel would take a number for an address (ip(7), ip(4)).
        // SAFETY: all zero is a valid ip_mreqn.
        let mut request: libc::ip_mreqn = unsafe { mem::zeroed() };
        request.imr_ifindex = value;
        return set_option(socket, level, name, &request);
    }
    set_option(socket, level, name, &value)
}

/// An option's value, in the unit in which it is set.
pub(crate) fn get(socket: &Descriptor, family: Family, opt: SocketOption) -> Result<c_int> {
    let Place { ipv4, ipv6 } = place(match opt {
        SocketOption::ForceRecvBuffer => SocketOption::RecvBuffer,
        SocketOption::ForceSendBuffer => SocketOption::SendBuffer,
        opt => opt,
    })?;
    let (level, name) = ipv6.filter(|_| family != Family::Ipv4).unwrap_or(ipv4);
    get_option(socket, level, name).map(|value| from_system(opt, value))
}
