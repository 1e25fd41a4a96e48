//! UDP for C, Python and any language with an FFI.
//!
//! This crate is the safe core of the C library libudp. The C functions of [`ffi`] check their arguments, find the
//! [`Socket`] behind a handle and call it. Rust programs can use [`Socket`] directly.
//!
//! # Guarantees
//!
//! * **Nothing is lost in silence.** A datagram that was cut, refused or could not be sent is reported with an error code
//!   of its own ([`Code`]). A datagram may be empty.
//! * **Any thread, any time.** Any number of threads may call any method of one socket at the same time. A close wakes
//!   the threads that wait on a handle; its descriptor is closed when the last of them has left.
//! * **Every wait ends**: with a timeout on the monotonic clock, a signal, or a close.
//! * **Errors are per peer.** With [`SocketOption::RecvErrors`] on, an ICMP error about one datagram never fails a call
//!   about another.
//! * **No argument from C is trusted**, and no panic leaves the library.
//!
//! # Errors
//!
//! Every fallible method returns [`Error`], which has a [`Code`], the system's error number and a sentence.
//!
//! ```
//! use udp::{Code, Family, Socket};
//!
//! let socket = Socket::open(Family::Ipv4)?;
//! socket.bind("127.0.0.1", 0)?;
//! let error = socket.bind("127.0.0.1", 0).unwrap_err();
//! assert_eq!(error.code(), Code::Invalid);
//! assert!(error.to_string().contains("already bound to 127.0.0.1:"));
//! # Ok::<(), udp::Error>(())
//! ```

#[cfg(panic = "abort")]
compile_error!(
    "libudp needs panic = \"unwind\": with \"abort\", a bug in the library would end the host program"
);

pub mod error;
pub mod ffi;
pub mod options;

mod addr;
mod deadline;
mod group;
mod handle;
mod interface;
mod lock;
mod poller;
mod resolve;
mod segment;
mod socket;
mod spin;
mod sys;
mod text;
mod types;

pub use error::{Code, Error, Result};
pub use interface::{index as interface_index, list as interfaces, mtu as interface_mtu};
pub use options::SocketOption;
pub use resolve::resolve;
pub use segment::{MAX_IPV4, MAX_IPV6};
pub use socket::{BLOCK_SIZE, Socket, Stats, Transmit};
pub use text::{Codec, Decoded};
pub use types::{
    Events, Family, Interface, InterfaceAddr, OpenOptions, PacketInfo, PathError, Received, ReceivedMessage,
    RecvMeta, SourceAddr, Steering,
};

/// What the fuzz targets call beside the public functions.
#[cfg(fuzzing)]
#[expect(missing_docs, reason = "no part of the library: cargo-fuzz alone sets this cfg")]
pub mod fuzz {
    use std::net::SocketAddr;

    use crate::error::Result;
    use crate::segment::{self, Limits};
    use crate::types::{PathError, RecvMeta};
    use crate::{addr, sys};

    pub fn parse_addr(text: &str, port: u16) -> Result<Option<SocketAddr>> {
        addr::parse(text, port)
    }

    pub fn run(lengths: impl Iterator<Item = usize>, [segments, segment_size, bytes]: [usize; 3]) -> usize {
        segment::run(lengths, Limits { segments, segment_size, bytes })
    }

    pub fn lengths(bytes: usize, segment_size: usize) -> impl Iterator<Item = usize> {
        segment::lengths(bytes, segment_size)
    }

    pub fn read_control(header: &libc::msghdr, meta: &mut RecvMeta) {
        sys::read_control(header, meta);
    }

    pub fn read_path_error(header: &libc::msghdr, peer: SocketAddr) -> Option<PathError> {
        sys::read_path_error(header, peer)
    }
}
