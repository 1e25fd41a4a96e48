//! Section "Errors and version".

use std::ffi::{CStr, c_char};

use super::guard::{guard_or, last, last_sentence};
use crate::error::{Code, Error};

const VERSION: &CStr = match CStr::from_bytes_with_nul(concat!(env!("CARGO_PKG_VERSION"), "\0").as_bytes()) {
    Ok(version) => version,
    Err(_) => panic!("a version has no NUL"),
};

/// The library's version, such as "0.1.0". A static string.
#[unsafe(no_mangle)]
pub extern "C" fn udp_version() -> *const c_char {
    guard_or(c"".as_ptr(), || VERSION.as_ptr())
}

/// What a return code means, in one sentence: a static string for every number, also for one that is no code.
///
/// \param code  What a function of this library returned.
#[unsafe(no_mangle)]
pub extern "C" fn udp_strerror(code: i32) -> *const c_char {
    guard_or(c"".as_ptr(), || match Code::from_number(code) {
        Some(code) => code.row().text.as_ptr(),
        None if code >= 0 => c"success".as_ptr(),
        None => c"not a code of this library".as_ptr(),
    })
}

/// The name of a return code, such as "UDP_ERR_CLOSED": a static string. "UDP_OK" for 0 and more, "" for a number
/// that is no code.
///
/// \param code  What a function of this library returned.
#[unsafe(no_mangle)]
pub extern "C" fn udp_error_name(code: i32) -> *const c_char {
    guard_or(c"".as_ptr(), || match Code::from_number(code) {
        Some(code) => code.row().name.as_ptr(),
        None if code >= 0 => c"UDP_OK".as_ptr(),
        None => c"".as_ptr(),
    })
}

/// The operating system's number for the last failure of a call in this thread: `errno`, or what `WSAGetLastError`
/// gave. 0 if the operating system had no part in it, or if no call failed yet. Successful calls leave it alone.
#[unsafe(no_mangle)]
pub extern "C" fn udp_last_os_error() -> i32 {
    guard_or(0, || last(Error::os).unwrap_or(0))
}

/// The last failure of a call in this thread as a sentence: what the code means and what is known of this very
/// case. "" if no call failed yet. The memory is the thread's, and lasts until the thread calls this again or ends.
#[unsafe(no_mangle)]
pub extern "C" fn udp_last_error() -> *const c_char {
    guard_or(c"".as_ptr(), last_sentence)
}

/// After `UDP_ERR_TRUNCATED`: the true length in bytes of the datagram or text that did not fit. After
/// `UDP_ERR_BUFFER_TOO_SMALL`: the capacity that would have been enough. It is of the last failure in this thread; 0 if that
/// was another one.
#[unsafe(no_mangle)]
pub extern "C" fn udp_last_length() -> usize {
    guard_or(0, || last(Error::needed).unwrap_or(0))
}
