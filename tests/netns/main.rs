//! Tests that need networks: hosts in network namespaces, with links between them.

#![cfg(target_os = "linux")]
#![expect(unsafe_code, reason = "a thread enters a network namespace of its own")]

mod broadcast;
mod discovery;
mod host;
mod interop;
mod ipv6;
mod lossy;
mod multicast;
#[path = "../support/optional.rs"]
mod optional;
mod options;
mod path_errors;
#[path = "../support/program.rs"]
mod program;
mod reply;
mod send_buffer;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tools.rs"]
mod tools;
mod wire;

use std::net::SocketAddr;
use std::time::Duration;

use udp::{Code, Error, Socket};

/// Long enough to be reached only if a datagram was lost.
const LONG: Option<Duration> = Some(Duration::from_secs(20));
const NOW: Option<Duration> = Some(Duration::ZERO);

fn code<T: std::fmt::Debug>(result: Result<T, Error>) -> Code {
    result.unwrap_err().code()
}

fn addr(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// Receives the next datagram and its sender.
fn hear(socket: &Socket) -> (Vec<u8>, SocketAddr) {
    let mut buf = vec![0; 65_535];
    let received = socket.recv_from(&mut buf, LONG).unwrap();
    buf.truncate(received.length);
    (buf, received.from)
}
