//! Linux.

mod control;
mod epoll;
mod error_queue;
#[cfg(not(udp_fallback))]
mod mmsg;
mod socket;

#[cfg(not(udp_fallback))]
pub(crate) use mmsg::*;
pub(crate) use {control::*, epoll::*, error_queue::*, socket::*};
