//! Section "Addresses".

use std::ffi::c_char;
use std::net::SocketAddr;

use super::guard::{bytes_mut, c_str, count, guard, read, required, write};
use super::types::{family_of, udp_addr};
use crate::addr;
use crate::error::{Code, Error};
use crate::resolve::resolve;

/// Finds the address of a host. A numeric address costs no look-up; a name is asked of the system's name service
/// and may take seconds. This is the only function that looks names up.
///
/// \param host    A numeric address (IPv6 may end in `%` and an interface's name or number), a name, "" for all
///                addresses of this machine, or `"<broadcast>"` for 255.255.255.255.
/// \param port    The port to put in the result.
/// \param family  `UDP_FAMILY_IPV4` or `UDP_FAMILY_IPV6` to insist, `UDP_FAMILY_NONE` for either.
/// \param addr    Gets the address, ready for `udp_sendto`.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_UTF8`, `UDP_ERR_NAME_NOT_FOUND`, `UDP_ERR_NAME_TRY_AGAIN` (no answer from the name
///         service), `UDP_ERR_FAMILY` (a numeric address of another family), `UDP_ERR_NO_INTERFACE` (no such
///         interface).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_resolve(
    host: *const c_char,
    port: u16,
    family: u16,
    addr: *mut udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or a C string, as the header asks.
        let host = unsafe { c_str(host) }?.ok_or(Code::Null)?;
        let addr = required(addr)?;
        let found = resolve(host, port, family_of(family)?)?;
        // SAFETY: room for an address, as the header asks.
        unsafe { write(addr.as_ptr(), found.into()) };
        Ok(0)
    })
}

/// Writes an address as people do: `10.0.0.1:8080`, `[fe80::1%eth0]:8080`.
///
/// \param addr  The address.
/// \param text  Gets the text, NUL-terminated.
/// \param cap   Its capacity in bytes; `UDP_ADDR_TEXT_SIZE` is always enough.
/// \return The length without the NUL, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (no address), `UDP_ERR_FAMILY`,
///         `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` tells the capacity needed).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_format(addr: *const udp_addr, text: *mut c_char, cap: usize) -> i32 {
    guard(|| {
        // SAFETY: NULL or a valid address, as the header asks.
        let addr = unsafe { read(addr) }.ok_or(Code::Null)?;
        let text = required(text)?;
        let printed = addr::format(SocketAddr::try_from(addr)?);
        if printed.len() >= cap {
            return Err(Error::too_long(Code::BufferTooSmall, printed.len() + 1));
        }
        // SAFETY: `cap` writable bytes, as the header asks.
        let place = unsafe { bytes_mut(text.as_ptr().cast(), cap) }?;
        place[..printed.len()].copy_from_slice(printed.as_bytes());
        place[printed.len()] = 0;
        count(printed.len())
    })
}
