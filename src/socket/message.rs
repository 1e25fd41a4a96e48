//! One message as the system has it: in pieces, with control messages and the system's own flags. For programs that
//! need what this library has no name for.

use std::io::{IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use crate::addr;
use crate::error::{Code, Error, Result};
use crate::socket::Socket;
use crate::socket::wait::Events;
use crate::sys;

/// What came with a received message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReceivedMessage {
    /// How many bytes were stored; with the system's flag for it (MSG_TRUNC), the datagram's true length.
    pub length: usize,
    /// Who sent it; `None` if the system does not tell.
    pub from: Option<SocketAddr>,
    /// How many bytes of control messages were stored.
    pub control: usize,
    /// The system's flags, among them that something was cut.
    pub flags: i32,
}

impl Socket {
    /// Sends one datagram that is in pieces, with control messages and flags as the system defines them. Waits for
    /// room like [`Socket::send_to`].
    pub fn send_message(
        &self,
        parts: &[IoSlice<'_>],
        control: &[u8],
        flags: i32,
        to: Option<SocketAddr>,
    ) -> Result<usize> {
        let length = parts.iter().map(|part| part.len()).sum();
        let to = self.check_send(length, to)?;
        let attempt = || sys::send_message(self.descriptor(), parts, control, flags, to);
        let timeout = if sys::waits(flags) { self.send_wait() } else { Some(Duration::ZERO) };
        let sent = self.retry(Events::WRITE, timeout, attempt)?;
        self.counts().sent.add(1, sent);
        Ok(sent)
    }

    /// Receives one datagram into pieces, with the control messages and flags that the system gives. It is cut
    /// without an error if it has to be: the flags tell. A socket that joins received datagrams cannot do it.
    pub fn receive_message(
        &self,
        parts: &mut [IoSliceMut<'_>],
        control: &mut [u8],
        flags: i32,
        timeout: Option<Duration>,
    ) -> Result<ReceivedMessage> {
        if self.receives_gro() {
            return Err(Error::new(Code::Unsupported, "a socket that joins received datagrams"));
        }
        let attempt = || sys::receive_message(self.descriptor(), parts, control, flags);
        let timeout = if sys::waits(flags) { timeout } else { Some(Duration::ZERO) };
        let received = self.retry(Events::READ, timeout, attempt)?;
        if sys::takes(flags) {
            self.counts().received.add(1, received.length);
            if sys::was_cut(received.flags) {
                self.counts().truncated.fetch_add(1, Relaxed);
            }
        }
        Ok(ReceivedMessage { from: received.from.map(addr::unmap), ..received })
    }

    /// Sets an option by the system's own numbers, for what [`crate::SocketOption`] does not have.
    pub fn set_raw(&self, level: i32, name: i32, value: &[u8]) -> Result<()> {
        sys::set_raw(self.descriptor(), level, name, value)
    }

    /// Reads an option by the system's own numbers: how many bytes of it were stored.
    pub fn get_raw(&self, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
        sys::get_raw(self.descriptor(), level, name, value)
    }
}
