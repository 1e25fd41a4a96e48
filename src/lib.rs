//! UDP for C, Python and any tool with an FFI.
//!
//! The crate is the safe core of a C library: the C functions of [`ffi`] check what they are given, find the
//! [`Socket`] behind a handle and call it; the socket calls the operating system through one private module.
//! Rust programs may use [`Socket`] as it is.
//!
//! # Promises
//!
//! * **Nothing is lost in silence.** A datagram that did not fit, was refused, or could not be sent is an error with
//!   a code of its own ([`Code`]). An empty datagram is a datagram.
//! * **Any thread, any time.** Every call may be made on one socket from any number of threads. Closing a handle
//!   wakes the threads blocked in it, and its descriptor is not given back before the last of them has left.
//! * **Every wait has an end**: a time-out in milliseconds on the monotonic clock, a signal, or a close.
//! * **One peer's trouble is not another's.** What the path reports of one datagram fails no call that is about another.
//! * **No argument from C is trusted**, and no panic leaves the library.

pub mod error;
pub mod ffi;
pub mod handle;
pub mod interface;
pub mod options;
pub mod resolve;
pub mod socket;
pub mod text;

mod addr;
mod segment;
mod sys;

pub use error::{Code, Error, Result};
pub use options::SocketOption;
pub use socket::path_errors::PathError;
pub use socket::receive::{PacketInfo, RecvMeta};
pub use socket::reply::SourceAddr;
pub use socket::send::Transmit;
pub use socket::stats::Stats;
pub use socket::wait::Events;
pub use socket::{Family, OpenOptions, Received, Socket};
