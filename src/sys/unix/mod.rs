//! What all Unix systems share.

mod interface;
mod multicast;
mod options;
mod poll;
mod resolve;
mod socket;

pub(crate) use {interface::*, multicast::*, options::*, poll::*, resolve::*, socket::*};
