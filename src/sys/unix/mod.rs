//! What all Unix systems share.

mod addr;
mod control;
mod interface;
mod multicast;
mod options;
mod poll;
mod process;
mod resolve;
mod socket;

pub(in crate::sys) use {addr::*, control::*};
pub(crate) use {interface::*, multicast::*, options::*, poll::*, process::*, resolve::*, socket::*};
