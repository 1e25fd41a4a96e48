//! macOS and FreeBSD.

mod control;
mod interface;
mod kqueue;
#[cfg(not(udp_fallback))]
mod mmsg;
#[cfg(all(target_vendor = "apple", not(udp_fallback)))]
mod msg_x;
mod multicast;
mod options;
mod poll;
mod socket;

#[cfg(not(udp_fallback))]
pub(crate) use mmsg::*;
#[cfg(all(target_vendor = "apple", not(udp_fallback)))]
pub(crate) use msg_x::*;
pub(crate) use {control::*, kqueue::*, multicast::*, socket::*};
pub(in crate::sys) use {interface::*, options::*, poll::*};
