//! Linux.

mod control;
mod epoll;
mod error_queue;
mod interface;
#[cfg(not(udp_fallback))]
mod mmsg;
mod multicast;
mod options;
mod signals;
mod socket;
mod steer;

#[cfg(not(udp_fallback))]
pub(crate) use mmsg::*;
pub(crate) use {control::*, epoll::*, error_queue::*, multicast::*, signals::*, socket::*, steer::*};
pub(in crate::sys) use {interface::*, options::*};
