//! The operating system. Nothing outside this module names one.
//!
//! A platform supplies:
//!
//! * `errno`: the numbers that [`crate::error`] maps to codes, under their POSIX names;
//! * `Descriptor`: an open datagram socket, non-blocking, not inherited by `exec`, closed when dropped, with
//!   `open`, `bind`, `connect`, `disconnect`, `local_addr`, `peer_addr`, `raw`;
//! * `send`, `receive`: one datagram, without waiting; a receive tells the true length of what it cut;
//! * `send_from`: one datagram from a local address of choice, or out of an interface of choice, or both;
//! * `membership`: joins and leaves a multicast group; `accept_all_sources`: lifts what a join for some sources left out;
//!   `disable_multicast_all`: not those that others joined;
//! * `path_error`: what the path told of a datagram that was sent, from a queue of the socket's;
//! * `Waker`: something that a wait can be ended with, from any thread and without touching other processes that
//!   share the socket; and `wait`, for a socket or its wake;
//! * `send_messages`, `receive_messages`: up to `MESSAGES` datagrams or super-datagrams, without waiting; `segments`,
//!   how many datagrams a super-datagram may hold (1: there are none); `coalesce`, to receive such;
//! * `drops`: how many datagrams the system dropped at a socket;
//! * `set`, `get`: the options of [`crate::options`];
//! * `interfaces`, `interface_index`, `interface_name`, `interface_mtu`, `lookup`.
//!
//! Each is a function or type of the same name; `cfg` chooses the file.

#![expect(unsafe_code, reason = "system calls")]

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::*;

#[cfg(any(not(any(target_os = "linux", target_os = "android")), udp_fallback))]
mod fallback;
#[cfg(any(not(any(target_os = "linux", target_os = "android")), udp_fallback))]
pub(crate) use fallback::*;
