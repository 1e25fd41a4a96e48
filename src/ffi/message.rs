//! Section "The system's own": messages and options that this library has no name for.

use std::ffi::c_void;
use std::io::{IoSlice, IoSliceMut};

use super::guard::{bytes, bytes_mut, count, guard, read, socket, timeout, write};
use super::send::destination;
use super::types::{udp_addr, udp_slice, udp_socket};
use crate::error::{Code, Error, Result};

/// How many pieces a message may have: IOV_MAX of Linux (readv(2)).
const PARTS: usize = 1024;

/// The caller's pieces.
///
/// # Safety
/// `parts`, if not NULL, points to `n` valid slices that nobody writes while the result lives.
unsafe fn slices<'a>(parts: *const udp_slice, n: usize) -> Result<&'a [udp_slice]> {
    match (parts.is_null(), n) {
        (_, 0) => Ok(&[]),
        (true, _) => Err(Code::Null.into()),
        (_, n) if n > PARTS => Err(Error::new(Code::Invalid, format!("{n} pieces, of at most {PARTS}"))),
        _ if !parts.is_aligned() => Err(Error::new(Code::Invalid, "the pieces are not aligned")),
        // SAFETY: not NULL, aligned, and the caller vouches for `n` slices.
        _ => Ok(unsafe { std::slice::from_raw_parts(parts, n) }),
    }
}

/// Sends one datagram that is in pieces, with control messages and flags as the system defines them (sendmsg(2)). Waits
/// for room like `udp_sendto`, unless the flags forbid it.
///
/// \param s            The socket.
/// \param parts        The pieces, at most 1,024; NULL if `n` is 0.
/// \param n            How many there are.
/// \param control      Control messages in the system's form; NULL if `control_len` is 0.
/// \param control_len  Their length in bytes.
/// \param flags        The system's flags, such as MSG_CONFIRM; 0 for none.
/// \param to           The destination, or NULL for the peer of `udp_connect`.
/// \return How many bytes were sent, or the errors of `udp_sendto`.
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
        // SAFETY: valid slices, `control_len` readable bytes, NULL or a valid address, as the header asks.
        let (slices, control, to) =
            unsafe { (slices(parts, n)?, bytes(control.cast(), control_len)?, destination(to)?) };
        let mut parts = [IoSlice::new(&[]); PARTS];
        for (part, slice) in parts.iter_mut().zip(slices) {
            // SAFETY: `length` readable bytes behind each slice, as the header asks.
            *part = IoSlice::new(unsafe { bytes(slice.data.cast(), slice.length) }?);
        }
        count(socket(s)?.send_message(&parts[..slices.len()], control, flags, to)?)
    })
}

/// Receives one datagram into pieces, with the control messages and flags that the system gives (recvmsg(2)). Other than
/// the receive functions above it cuts what does not fit without an error: look at `flags`. Not on a socket that was
/// opened with `UDP_OPEN_COALESCE`.
///
/// \param s            The socket.
/// \param parts        The pieces to fill, at most 1,024; NULL if `n` is 0.
/// \param n            How many there are.
/// \param control      Gets control messages in the system's form; NULL if `control_len` is NULL or holds 0.
/// \param control_len  The capacity of `control` in bytes; gets how many were stored. NULL for none.
/// \param flags        The system's flags for the call, such as MSG_PEEK; gets its flags for the datagram, such as
///                     MSG_TRUNC. NULL for none.
/// \param from         Gets the sender's address, all zero if the system does not tell; NULL if it is not wanted.
/// \param timeout_ms   How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
/// \return How many bytes were stored (with MSG_TRUNC in `flags` the datagram's length), or the errors of `udp_recvfrom`
///         but `UDP_ERR_TRUNCATED`; `UDP_ERR_UNSUPPORTED`: a coalescing socket.
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
        // SAFETY: valid slices, NULL or a length, NULL or flags, as the header asks.
        let (slices, capacity, asked) = unsafe { (slices(parts, n)?, read(control_len), read(flags)) };
        // SAFETY: as many writable bytes, as the header asks.
        let control = unsafe { bytes_mut(control.cast(), capacity.unwrap_or(0)) }?;
        let mut parts = [const { None }; PARTS];
        for (part, slice) in parts.iter_mut().zip(slices) {
            // SAFETY: `length` writable bytes behind each slice, as the header asks.
            *part = Some(IoSliceMut::new(unsafe { bytes_mut(slice.data.cast(), slice.length) }?));
        }
        let mut parts = parts.map(|part| part.unwrap_or_else(|| IoSliceMut::new(&mut [])));
        let parts = &mut parts[..slices.len()];
        let received =
            socket(s)?.receive_message(parts, control, asked.unwrap_or(0), timeout(timeout_ms)?)?;
        // SAFETY: NULL or room for a length, flags and an address, as the header asks.
        unsafe {
            write(control_len, received.control);
            write(flags, received.flags);
            write(from, received.from.map_or(udp_addr::NONE, udp_addr::from));
        }
        count(received.length)
    })
}

/// Sets an option by the system's own numbers (setsockopt(2)), for what `udp_set_option` does not have.
///
/// \param s      The socket.
/// \param level  The system's number of the option's level, such as IPPROTO_IP.
/// \param name   The system's number of the option.
/// \param value  Its value; NULL if `len` is 0.
/// \param len    The value's length in bytes.
/// \return 0, or: `UDP_ERR_OPTION`, `UDP_ERR_INVALID`, `UDP_ERR_ACCESS`, `UDP_ERR_NULL`, `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`, `UDP_ERR_OS`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_setsockopt(
    s: udp_socket,
    level: i32,
    name: i32,
    value: *const c_void,
    len: usize,
) -> i32 {
    guard(|| {
        // SAFETY: `len` readable bytes, as the header asks.
        let value = unsafe { bytes(value.cast(), len) }?;
        socket(s)?.set_raw(level, name, value).map(|()| 0)
    })
}

/// Reads an option by the system's own numbers (getsockopt(2)), for what `udp_get_option` does not have.
///
/// \param s      The socket.
/// \param level  The system's number of the option's level, such as IPPROTO_IP.
/// \param name   The system's number of the option.
/// \param value  Gets the value; NULL if `cap` is 0.
/// \param cap    Its capacity in bytes.
/// \return How many bytes were stored, or the errors of `udp_setsockopt`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_getsockopt(
    s: udp_socket,
    level: i32,
    name: i32,
    value: *mut c_void,
    cap: usize,
) -> i32 {
    guard(|| {
        // SAFETY: `cap` writable bytes, as the header asks.
        let value = unsafe { bytes_mut(value.cast(), cap) }?;
        count(socket(s)?.get_raw(level, name, value)?)
    })
}
