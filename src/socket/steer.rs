//! Steering: which of the sockets that share a port gets a datagram.

use super::Socket;
use crate::error::{Code, Error, Result};
use crate::options::SocketOption;
use crate::sys;
use crate::types::Steering;

/// A datagram's payload ends before this.
const MAX_OFFSET: u32 = 65_535;

impl Socket {
    /// Chooses how the system distributes the datagrams of this socket's port over the `sockets` sockets that share it
    /// ([`SocketOption::ReusePort`]).
    pub fn steer(&self, steering: Steering, sockets: u32) -> Result<()> {
        let invalid = |text| Err(Error::new(Code::Invalid, text));
        if let Steering::Bytes { offset, length } = steering {
            if !matches!(length, 1 | 2 | 4) {
                return invalid(format_args!("length is {length}; the value has 1, 2 or 4 bytes"));
            }
            if offset > MAX_OFFSET - length {
                return invalid(format_args!("offset is {offset}; the payload ends before {MAX_OFFSET}"));
            }
        }
        if steering != Steering::Hash && sockets == 0 {
            return invalid(format_args!("sockets is 0; give the number of sockets that share the port"));
        }
        if self.get_option(SocketOption::ReusePort)? == 0 {
            return invalid(format_args!("the socket shares no port; open it with UDP_OPEN_REUSE_PORT"));
        }
        if self.bound_addr().is_none() {
            return invalid(format_args!("the socket is not bound; bind all sockets first"));
        }
        sys::steer(&self.descriptor, steering, sockets)
    }
}
