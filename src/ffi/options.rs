//! Section "Options".

use super::guard::{guard, socket};
use super::types::udp_socket;
use crate::error::{Code, Error, Result};
use crate::options::SocketOption;

/// Sets an option of a socket.
///
/// \param s       The socket.
/// \param option  One of the `UDP_OPT_` numbers.
/// \param value   Its new value; each option's unit and range is with its number.
/// \return The value that the system granted, which for buffer sizes may differ from `value`, or:
///         `UDP_ERR_OPTION` (unknown, or not of this socket), `UDP_ERR_INVALID` (out of range, or too late),
///         `UDP_ERR_ACCESS`, `UDP_ERR_CLOSED`, `UDP_ERR_HANDLE`.
#[unsafe(no_mangle)]
pub extern "C" fn udp_set_option(s: udp_socket, option: i32, value: i32) -> i32 {
    guard(|| socket(s)?.set_option(known(option)?, value))
}

/// An option's value.
///
/// \param s       The socket.
/// \param option  One of the `UDP_OPT_` numbers.
/// \return The value in the option's unit, or the errors of `udp_set_option`.
#[unsafe(no_mangle)]
pub extern "C" fn udp_get_option(s: udp_socket, option: i32) -> i32 {
    guard(|| socket(s)?.get_option(known(option)?))
}

fn known(option: i32) -> Result<SocketOption> {
    SocketOption::from_number(option).ok_or_else(|| Error::new(Code::Option, format!("number {option}")))
}
