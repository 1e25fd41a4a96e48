//! The C functions, a file for each section of the header: they check what they are given and call the core.

#![expect(unsafe_code, reason = "C pointers and exported names")]
#![expect(clippy::missing_safety_doc, reason = "a C function's whole contract is what the header says of it")]

mod guard;

pub mod addr;
pub mod error;
pub mod interface;
pub mod message;
pub mod multicast;
pub mod options;
pub mod path_errors;
pub mod receive;
pub mod send;
pub mod socket;
pub mod stats;
pub mod text;
pub mod types;
