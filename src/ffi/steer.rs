//! Section "Many cores": which of the sockets that share a port gets a datagram.

use super::guard::{guard, socket};
use super::types::{UDP_STEER_BYTES, UDP_STEER_CPU, UDP_STEER_HASH, udp_socket};
use crate::error::{Code, Error};
use crate::types::Steering;

/// Chooses how the system distributes the datagrams of one port over the sockets that share it (`UDP_OPEN_REUSE_PORT`). Call
/// it once, on any of them, after all are bound; sockets that are bound later count too. Needs no privilege. Linux only.
///
/// Sockets are numbered in the order of their binds. A datagram goes to the socket whose number is the remainder of a value,
/// divided by `sockets`. If no socket has this number, the system chooses by its hash. When one of the sockets is closed, the
/// last one takes its number: steer again, with the new count, or else some datagrams are distributed by the hash.
///
/// \param s        A bound socket.
/// \param by       `UDP_STEER_HASH` (the default), `UDP_STEER_CPU` or `UDP_STEER_BYTES`.
/// \param offset   `UDP_STEER_BYTES`: where the value begins in the datagram, 0 to 65,534. Otherwise ignored.
/// \param length   `UDP_STEER_BYTES`: its length in bytes, 1, 2 or 4, most significant byte first. In a datagram that is too
///                 short, the value is 0. Otherwise ignored.
/// \param sockets  How many sockets share the port. Ignored with `UDP_STEER_HASH`.
/// \return 0, or: `UDP_ERR_INVALID` (an argument is out of range, or the socket is not bound or shares no port),
///         `UDP_ERR_FLAGS` (unknown `by`), `UDP_ERR_UNSUPPORTED` (not on this system), `UDP_ERR_CLOSED`,
///         `UDP_ERR_HANDLE`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub extern "C" fn udp_steer(s: udp_socket, by: u32, offset: u32, length: u32, sockets: u32) -> i32 {
    guard(|| {
        let steering = match by {
            UDP_STEER_HASH => Steering::Hash,
            UDP_STEER_CPU => Steering::Cpu,
            UDP_STEER_BYTES => Steering::Bytes { offset, length },
            _ => {
                let hint = "use UDP_STEER_HASH, UDP_STEER_CPU or UDP_STEER_BYTES";
                return Err(Error::new(Code::Flags, format_args!("by is {by}; {hint}")));
            }
        };
        socket(s)?.steer(steering, sockets).map(|()| 0)
    })
}
