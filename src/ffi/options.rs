//! Section "Options".

use super::guard::{guard, socket};
use super::types::udp_socket;
use crate::error::{Code, Error, Result};
use crate::options::SocketOption;

/// Sets an option of a socket.
///
/// \param s       The socket.
/// \param option  One of the `UDP_OPT_` constants.
/// \param value   The new value; unit and range are described with each constant.
/// \return The value now, which for buffer sizes may differ from `value`, or: `UDP_ERR_OPTION` (unknown, read only, or not
///         an option of this socket), `UDP_ERR_INVALID` (out of range, or too late), `UDP_ERR_NO_INTERFACE`,
///         `UDP_ERR_ACCESS`, `UDP_ERR_UNSUPPORTED`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_set_option(s: udp_socket, option: i32, value: i32) -> i32 {
    guard(|| socket(s)?.set_option(known(option)?, value))
}

/// Returns the value of an option.
///
/// \param s       The socket.
/// \param option  One of the `UDP_OPT_` constants.
/// \return The value, in the option's unit, or the errors of `udp_set_option`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_get_option(s: udp_socket, option: i32) -> i32 {
    guard(|| socket(s)?.get_option(known(option)?))
}

fn known(option: i32) -> Result<SocketOption> {
    let unknown =
        || Error::new(Code::Option, format_args!("{option} is not a UDP_OPT_ constant of this version"));
    SocketOption::from_number(option).ok_or_else(unknown)
}
