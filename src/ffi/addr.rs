//! Section "Addresses".

use std::ffi::c_char;
use std::fmt::Write;
use std::net::SocketAddr;

use super::guard::{bytes_mut, c_str, count, guard, read, required, write};
use super::types::{UDP_ADDR_TEXT_SIZE, family_of, udp_addr};
use crate::addr;
use crate::error::{Code, Error, Place};
use crate::resolve::resolve;

/// Returns the address of a host. A numeric address needs no lookup; the lookup of a name asks the system's name service
/// and may take seconds. No other function looks names up.
///
/// \param host    A numeric address, a name, "" for all addresses of this machine, or `"<broadcast>"` for
///                255.255.255.255. An IPv6 address may end in `%` and an interface's name or index.
/// \param port    The port of the result, 0 to 65535.
/// \param family  `UDP_FAMILY_IPV4` or `UDP_FAMILY_IPV6` to require that family, `UDP_FAMILY_NONE` for either.
/// \param addr    Receives the address.
/// \return 0, or: `UDP_ERR_NULL`, `UDP_ERR_UTF8`, `UDP_ERR_NAME_NOT_FOUND`, `UDP_ERR_NAME_TRY_AGAIN` (the name service did
///         not answer), `UDP_ERR_FAMILY` (a numeric address of the other family), `UDP_ERR_NO_INTERFACE` (no such
///         interface), `UDP_ERR_LIMIT` (no descriptor left), `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_resolve(
    host: *const c_char,
    port: u16,
    family: u16,
    addr: *mut udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: NULL or a C string, as the header requires.
        let host = unsafe { c_str(host) }?.ok_or(Code::Null)?;
        let addr = required(addr)?;
        let found = resolve(host, port, family_of(family)?)?;
        // SAFETY: room for an address, as the header requires.
        unsafe { write(addr.as_ptr(), found.into()) };
        Ok(0)
    })
}

/// Writes an address as text, such as `10.0.0.1:8080` or `[fe80::1%eth0]:8080`.
///
/// \param addr  The address.
/// \param text  Receives the text, NUL-terminated.
/// \param cap   Size of `text` in bytes; `UDP_ADDR_TEXT_SIZE` is always enough.
/// \return The length of the text without its NUL, or: `UDP_ERR_NULL`, `UDP_ERR_INVALID` (no address), `UDP_ERR_FAMILY`,
///         `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` returns the size needed).
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_format(addr: *const udp_addr, text: *mut c_char, cap: usize) -> i32 {
    guard(|| {
        // SAFETY: NULL or a valid address, as the header requires.
        let addr = unsafe { read(addr) }.ok_or(Code::Null)?;
        let text = required(text)?;
        let mut formatted = [0; UDP_ADDR_TEXT_SIZE];
        let mut place = Place { bytes: &mut formatted, len: 0 };
        let fits = write!(place, "{}", addr::display(SocketAddr::try_from(addr)?));
        fits.map_err(|_| Error::new(Code::Internal, format_args!("the address exceeds UDP_ADDR_TEXT_SIZE")))?;
        let len = place.len;
        if len >= cap {
            return Err(Error::too_long(Code::BufferTooSmall, len + 1));
        }
        // SAFETY: `cap` writable bytes, as the header requires.
        let text = unsafe { bytes_mut(text.as_ptr().cast(), cap) }?;
        text[..len].copy_from_slice(&formatted[..len]);
        text[len] = 0;
        count(len)
    })
}
