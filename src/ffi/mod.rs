//! The C functions, one file for each section of the header. They check their arguments and call the socket.

#![expect(unsafe_code, reason = "C pointers and exported names")]
#![expect(clippy::missing_safety_doc, reason = "the header is the whole contract of a C function")]

mod guard;

pub mod addr;
pub mod broadcast;
pub mod error;
pub mod interface;
pub mod message;
pub mod multicast;
pub mod options;
pub mod path_errors;
pub mod poller;
pub mod receive;
pub mod reply;
pub mod send;
pub mod socket;
pub mod stats;
pub mod steer;
pub mod text;
pub mod types;
