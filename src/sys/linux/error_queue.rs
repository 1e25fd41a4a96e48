//! The error queue of a socket (ip(7), IP_RECVERR).

use std::mem::{self, MaybeUninit};
use std::net::{IpAddr, SocketAddr};

use libc::{c_int, c_uint};

use crate::error::{Code, Result};
use crate::sys::unix::{Descriptor, RawAddr, check_size, data_len, get_option, read_addr};
use crate::types::PathError;

/// Memory for the control messages of an error: the error with the address of its reporter, and what the socket's options
/// ask for.
#[repr(C, align(8))]
struct Control(MaybeUninit<[u8; CONTROL]>);

// SAFETY: arithmetic only.
const ERROR: usize = unsafe {
    libc::CMSG_SPACE((size_of::<libc::sock_extended_err>() + size_of::<libc::sockaddr_in6>()) as c_uint)
} as usize;
const CONTROL: usize = ERROR + 256;

/// Takes the next error from the queue; `None` if it is not a path error. [`Code::WouldBlock`]: the queue is empty, and no
/// pending error is left to fail another call.
pub(crate) fn path_error(socket: &Descriptor) -> Result<Option<PathError>> {
    let mut control = Control(MaybeUninit::uninit());
    let mut peer = RawAddr::room();
    // SAFETY: all zero is a valid msghdr.
    let mut message: libc::msghdr = unsafe { mem::zeroed() };
    message.msg_name = peer.as_mut_ptr().cast();
    message.msg_namelen = peer.len();
    message.msg_control = control.0.as_mut_ptr().cast();
    message.msg_controllen = CONTROL as _;
    let flags = libc::MSG_ERRQUEUE | libc::MSG_DONTWAIT;
    // SAFETY: everything that the message points to outlives the call and is as long as it says.
    let got = check_size(unsafe { libc::recvmsg(socket.raw(), &mut message, flags) });
    if let Err(error) = got {
        // An error for which the queue had no room would fail the next call and end every wait at once.
        let _ = get_option(socket, libc::SOL_SOCKET, libc::SO_ERROR);
        return Err(error);
    }
    Ok(peer.get().and_then(|peer| read_path_error(&message, peer)))
}

/// Reads the control messages of an error about a datagram to `peer`.
pub(crate) fn read_path_error(message: &libc::msghdr, peer: SocketAddr) -> Option<PathError> {
    // SAFETY: the kernel filled in the control buffer, and its length.
    let mut next = unsafe { libc::CMSG_FIRSTHDR(message) };
    // SAFETY: null at the end, or a header inside the buffer.
    while let Some(header) = unsafe { next.as_ref() } {
        if matches!(
            (header.cmsg_level, header.cmsg_type),
            (libc::IPPROTO_IP, libc::IP_RECVERR) | (libc::IPPROTO_IPV6, libc::IPV6_RECVERR)
        ) {
            let len = data_len(header);
            let error_len = size_of::<libc::sock_extended_err>();
            if len < error_len {
                return None;
            }
            // SAFETY: the error is there.
            let (error, addr) = unsafe {
                let data = libc::CMSG_DATA(header).cast::<libc::sock_extended_err>();
                (data.read_unaligned(), data.add(1).cast::<libc::sockaddr>())
            };
            // Behind it, unless the kernel cut it, is the address of its reporter, of family AF_UNSPEC if there is none.
            let has = |size: usize| len >= error_len + size;
            // SAFETY: the family is there, and then the address of that family.
            let offender = unsafe {
                let has_family = has(size_of::<libc::sa_family_t>());
                match has_family.then(|| c_int::from((&raw const (*addr).sa_family).read_unaligned())) {
                    Some(libc::AF_INET) if has(size_of::<libc::sockaddr_in>()) => read_addr(addr),
                    Some(libc::AF_INET6) if has(size_of::<libc::sockaddr_in6>()) => read_addr(addr),
                    _ => None,
                }
            };
            return path_error_of(&error, peer, offender);
        }
        // SAFETY: as above.
        next = unsafe { libc::CMSG_NXTHDR(message, header) };
    }
    None
}

fn path_error_of(
    error: &libc::sock_extended_err,
    peer: SocketAddr,
    offender: Option<IpAddr>,
) -> Option<PathError> {
    let remote = matches!(error.ee_origin, libc::SO_EE_ORIGIN_ICMP | libc::SO_EE_ORIGIN_ICMP6);
    if !remote && error.ee_origin != libc::SO_EE_ORIGIN_LOCAL {
        return None;
    }
    let os = error.ee_errno as c_int;
    let code = match Code::from_os(os) {
        code @ (Code::Refused | Code::MessageSize | Code::Access) => code,
        // All others mean that the datagram did not arrive, for reasons such as ENOPROTOOPT (icmp_err_convert in
        // net/ipv4/icmp.c).
        _ => Code::Unreachable,
    };
    Some(PathError {
        code,
        os,
        peer,
        offender: offender.filter(|_| remote).map(|ip| ip.to_canonical()),
        mtu: if code == Code::MessageSize { error.ee_info } else { 0 },
        icmp: if remote { (error.ee_type, error.ee_code) } else { (0, 0) },
    })
}
