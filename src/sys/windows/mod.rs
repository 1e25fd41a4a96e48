//! Windows, by Winsock 2.

mod addr;
mod control;
mod interface;
#[cfg(not(udp_fallback))]
mod mmsg;
mod multicast;
mod options;
mod poll;
mod process;
mod resolve;
mod selector;
mod socket;

#[cfg(not(udp_fallback))]
pub(crate) use mmsg::*;
pub(crate) use {
    control::*, interface::*, multicast::*, options::*, poll::*, process::*, resolve::*, selector::*,
    socket::*,
};
