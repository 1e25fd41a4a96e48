//! What needs networks: hosts of the tests' own, in network namespaces, with links between them.

#![expect(unsafe_code, reason = "a thread enters a network namespace of its own")]

mod broadcast;
mod host;
mod send_buffer;
