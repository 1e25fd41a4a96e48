//! The operating system. Nothing outside this module names one.
//!
//! Each platform supplies these functions and types; `cfg` chooses the folder:
//!
//! * `errno`: the system's error numbers;
//! * `Descriptor`: an open datagram socket, non-blocking, not inherited by `exec`, closed when dropped, with `open`, `bind`,
//!   `connect`, `disconnect`, `local_addr`, `peer_addr`, `number`;
//! * `send`, `receive`: one datagram, without waiting; a receive returns the full length of a datagram that it cut;
//! * `send_from`: one datagram from a chosen source address or interface;
//! * `send_message`, `receive_message`, `may_wait`, `consumes`, `is_truncated`: one datagram in the system's own form;
//!   `with_slices`, `with_slices_mut`: its parts, given C's;
//! * `send_messages`, `receive_messages`: up to `MAX_MESSAGES` datagrams or super-datagrams, without waiting;
//!   `max_segments`: how many datagrams a super-datagram may hold (1 without GSO); `enable_gro`; `PACKET_INFO`: whether a
//!   receive reports control messages;
//! * `wait`: polls a socket; `Waker`: ends a wait from another thread, without touching other processes that share the
//!   socket; `Selector`: waits on many sockets, and `Selection`: what it found; `HeldSignals`: keeps signals for a wait;
//! * `generation`: differs between a process and its forked children, for `PerProcess`; `watch_forks`, which it needs;
//!   `ThreadState`: leaves errno and cancellation as they were; `Errno`: errno alone; `drop_unseen`: drops a value so;
//!   `CALLS_UNSEEN`: whether `send` and `receive` are no cancellation points;
//! * `path_error`: takes a path error from the socket's error queue;
//! * `steer`: chooses among the sockets that share a port;
//! * `drops`: how many datagrams the system dropped at a socket;
//! * `set`, `get`: the options of [`crate::options`]; `set_raw`, `get_raw`: any option;
//! * `membership`, `accept_all_sources`, `disable_multicast_all`: multicast;
//! * `interfaces`, `interface_index`, `interface_name`, `interface_exists`, `interface_mtu`, `lookup`.

#![expect(unsafe_code, reason = "system calls")]

pub(crate) mod errno;
mod list;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod no_signals;
mod per_process;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
mod sink;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use no_signals::*;
pub(crate) use {list::List, per_process::*};

#[cfg(unix)]
mod unix;
#[cfg(unix)]
pub(crate) use unix::*;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod linux;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::*;

#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
mod bsd;
#[cfg(any(target_vendor = "apple", target_os = "freebsd"))]
pub(crate) use bsd::*;

#[cfg(windows)]
mod windows;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(udp_fallback)]
mod fallback;
#[cfg(udp_fallback)]
pub(crate) use fallback::*;
