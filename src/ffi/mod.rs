//! The C functions, a file for each section of the header: they check what they are given and call the core.

#![expect(unsafe_code, reason = "C pointers and exported names")]
#![expect(clippy::missing_safety_doc, reason = "a C function's whole contract is what the header says of it")]

mod guard;

pub mod address;
pub mod batch;
pub mod data;
pub mod errors;
pub mod interface;
pub mod lifecycle;
pub mod message;
pub mod multicast;
pub mod option;
pub mod path;
pub mod stats;
pub mod text;
pub mod types;
