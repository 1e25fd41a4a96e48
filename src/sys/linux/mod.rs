//! What Linux does in its own way.

mod control;
mod error_queue;
#[cfg(not(udp_fallback))]
mod mmsg;

#[cfg(not(udp_fallback))]
pub(crate) use mmsg::*;
pub(crate) use {control::*, error_queue::*};
