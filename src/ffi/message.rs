//! Section "System messages": messages and options in the system's own form.

use std::ffi::c_void;

use super::guard::{bytes, bytes_mut, count, guard, read, rows, socket, timeout, write};
use super::send::destination;
use super::types::{udp_addr, udp_slice, udp_socket};
use crate::error::{Code, Error, Result};
use crate::sys;

/// How many parts a message may have: IOV_MAX of Linux (readv(2)).
const MAX_PARTS: usize = 1024;

/// Checks the caller's parts.
///
/// # Safety
/// `parts`, if not NULL, points to `n` valid slices that nobody writes while the result lives.
unsafe fn slices<'a>(parts: *const udp_slice, n: usize) -> Result<&'a [udp_slice]> {
    if n > MAX_PARTS {
        return Err(Error::new(Code::Invalid, format_args!("{n} parts; a message has at most {MAX_PARTS}")));
    }
    // SAFETY: as this function requires.
    let parts = unsafe { rows(parts, n) }?;
    for part in parts {
        // SAFETY: `length` bytes behind each slice, as the header requires. No reference is kept.
        unsafe { bytes(part.data.cast(), part.length) }?;
    }
    Ok(parts)
}

/// Sends one datagram in parts, with control messages and flags as the system defines them (sendmsg(2)). Waits for room
/// like `udp_sendto`, unless MSG_DONTWAIT is among the flags.
///
/// \param s            The socket.
/// \param parts        The parts, at most 1,024; NULL if `n` is 0.
/// \param n            Number of parts.
/// \param control      Control messages in the system's form; NULL if `control_len` is 0.
/// \param control_len  Their size in bytes.
/// \param flags        The system's flags, such as MSG_CONFIRM; 0 for none.
/// \param to           The destination, or NULL for the peer of `udp_connect`.
/// \return The number of bytes sent, or the errors of `udp_sendto`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_sendmsg(
    s: udp_socket,
    parts: *const udp_slice,
    n: usize,
    control: *const c_void,
    control_len: usize,
    flags: i32,
    to: *const udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: valid slices, `control_len` readable bytes, NULL or a valid address, as the header requires.
        let (slices, control, to) =
            unsafe { (slices(parts, n)?, bytes(control.cast(), control_len)?, destination(to)?) };
        let length = slices.iter().fold(0, |sum: usize, slice| sum.saturating_add(slice.length));
        // SAFETY: checked by `slices`, and readable as long as the call lasts, as the header requires.
        count(unsafe {
            sys::with_slices(slices.as_ptr().cast(), slices.len(), |parts| {
                socket(s)?.send_parts(parts, length, control, flags, to)
            })
        }?)
    })
}

/// Receives one datagram into parts, with the system's control messages and flags (recvmsg(2)). Unlike `udp_recvfrom`, it
/// cuts a datagram that does not fit without an error: check `flags` for MSG_TRUNC. Not on a socket opened with
/// `UDP_OPEN_COALESCE`.
///
/// \param s            The socket.
/// \param parts        The parts to fill, at most 1,024; NULL if `n` is 0.
/// \param n            Number of parts.
/// \param control      Receives control messages in the system's form; NULL if `control_len` is NULL or holds 0.
/// \param control_len  In: size of `control` in bytes. Out: how many bytes were stored. NULL if there is none.
/// \param flags        In: the system's flags for the call, such as MSG_PEEK. Out: its flags for the datagram, such as
///                     MSG_TRUNC. NULL if not needed.
/// \param from         Receives the sender's address, all zero if the system reports none; NULL if it is not needed.
/// \param timeout_ms   Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// \return The number of bytes stored (with MSG_TRUNC among the flags, the datagram's length), or the errors of
///         `udp_recvfrom` other than `UDP_ERR_TRUNCATED`. `UDP_ERR_UNSUPPORTED`: a coalescing socket.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recvmsg(
    s: udp_socket,
    parts: *const udp_slice,
    n: usize,
    control: *mut c_void,
    control_len: *mut usize,
    flags: *mut i32,
    from: *mut udp_addr,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        // SAFETY: valid slices, NULL or a length, NULL or flags, as the header requires.
        let (slices, capacity, asked) = unsafe { (slices(parts, n)?, read(control_len), read(flags)) };
        // SAFETY: as many writable bytes, as the header requires.
        let control = unsafe { bytes_mut(control.cast(), capacity.unwrap_or(0)) }?;
        // SAFETY: checked by `slices`, and writable as long as the call lasts, as the header requires.
        let received = unsafe {
            sys::with_slices_mut(slices.as_ptr().cast(), slices.len(), |parts| {
                socket(s)?.receive_message(parts, control, asked.unwrap_or(0), timeout(timeout_ms)?)
            })
        }?;
        // SAFETY: NULL or room for a length, flags and an address, as the header requires.
        unsafe {
            write(control_len, received.control);
            write(flags, received.flags);
            write(from, received.from.map_or(udp_addr::NONE, udp_addr::from));
        }
        count(received.length)
    })
}

/// Sets an option by the system's own numbers (setsockopt(2)), for options that `udp_set_option` does not have.
///
/// \param s      The socket.
/// \param level  The option's level, such as IPPROTO_IP.
/// \param name   The option's number.
/// \param value  Its value; NULL if `len` is 0.
/// \param len    Size of the value in bytes.
/// \return 0, or: `UDP_ERR_OPTION`, `UDP_ERR_INVALID`, `UDP_ERR_ACCESS`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`, `UDP_ERR_OS`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_setsockopt(
    s: udp_socket,
    level: i32,
    name: i32,
    value: *const c_void,
    len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes, as the header requires.
        let value = unsafe { bytes(value.cast(), len) }?;
        socket(s)?.set_raw(level, name, value).map(|()| 0)
    })
}

/// Reads an option by the system's own numbers (getsockopt(2)), for options that `udp_get_option` does not have.
///
/// \param s      The socket.
/// \param level  The option's level, such as IPPROTO_IP.
/// \param name   The option's number.
/// \param value  Receives the value; NULL if `cap` is 0.
/// \param cap    Size of `value` in bytes.
/// \return The number of bytes stored, or the errors of `udp_setsockopt`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_getsockopt(
    s: udp_socket,
    level: i32,
    name: i32,
    value: *mut c_void,
    cap: usize,
) -> i32 {
    guard(|| {
        // SAFETY: `cap` writable bytes, as the header requires.
        let value = unsafe { bytes_mut(value.cast(), cap) }?;
        count(socket(s)?.get_raw(level, name, value)?)
    })
}
