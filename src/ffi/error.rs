//! Section "Errors and version".

use std::ffi::{CStr, c_char};

use super::guard::{guard_or, last, last_sentence};
use crate::error::Code;

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL"),
};

/// Returns the library's version, such as "0.1.0", as a static string.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_version() -> *const c_char {
    guard_or(c"".as_ptr(), || VERSION.as_ptr())
}

/// Describes a return value in one sentence, as a static string. Numbers that are no code have a text too.
///
/// \param code  The return value of a function of this library.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_strerror(code: i32) -> *const c_char {
    guard_or(c"".as_ptr(), || match Code::from_number(code) {
        Some(code) => code.row().text.as_ptr(),
        None if code >= 0 => c"success".as_ptr(),
        None => c"not an error code of libudp".as_ptr(),
    })
}

/// Returns the name of a return value, such as "UDP_ERR_CLOSED", as a static string: "UDP_OK" for 0 and greater, "" for a
/// number that is no code.
///
/// \param code  The return value of a function of this library.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_error_name(code: i32) -> *const c_char {
    guard_or(c"".as_ptr(), || match Code::from_number(code) {
        Some(code) => code.row().name.as_ptr(),
        None if code >= 0 => c"UDP_OK".as_ptr(),
        None => c"".as_ptr(),
    })
}

/// Returns the system's error number (errno, or the result of WSAGetLastError) of the calling thread's last failed call. 0
/// if no system call failed, or if no call failed yet. Successful calls do not change it.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_last_os_error() -> i32 {
    guard_or(0, || last().map_or(0, |error| error.os()))
}

/// Describes the calling thread's last failed call in one sentence, with details such as the address. "" if no call failed
/// yet. The string belongs to the thread and is valid until the thread calls this function again or ends.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_last_error() -> *const c_char {
    guard_or(c"".as_ptr(), last_sentence)
}

/// Returns, for the calling thread's last failed call: after `UDP_ERR_TRUNCATED`, the length in bytes of the datagram or
/// text; after `UDP_ERR_BUFFER_TOO_SMALL`, the buffer size needed; after any other error, 0.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_last_length() -> usize {
    guard_or(0, || last().map_or(0, |error| error.needed()))
}
