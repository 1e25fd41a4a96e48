//! Messages in the system's own form (sendmsg, recvmsg): parts, control messages and flags. For what this library has no
//! call for.

use std::io::{IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Socket;
use crate::addr;
use crate::error::{Code, Error, Result};
use crate::sys;
use crate::types::{Events, ReceivedMessage};

impl Socket {
    /// Sends one datagram in parts, with control messages and flags as the system defines them. Waits for room like
    /// [`Socket::send_to`].
    pub fn send_message(
        &self,
        parts: &[IoSlice<'_>],
        control: &[u8],
        flags: i32,
        to: Option<SocketAddr>,
    ) -> Result<usize> {
        let length = parts.iter().fold(0, |sum: usize, part| sum.saturating_add(part.len()));
        self.send_parts(parts, length, control, flags, to)
    }

    /// [`Socket::send_message`] with the sum of the parts' lengths. A part from C may be empty with a NULL pointer, so the
    /// parts are not looked into.
    pub(crate) fn send_parts(
        &self,
        parts: &[IoSlice<'_>],
        length: usize,
        control: &[u8],
        flags: i32,
        to: Option<SocketAddr>,
    ) -> Result<usize> {
        let wire = self.check_send(length, to)?;
        let attempt = || sys::send_message(&self.descriptor, parts, control, flags, wire);
        let timeout = if sys::may_wait(flags) { self.send_timeout() } else { Some(Duration::ZERO) };
        let sent = self.retry(Events::WRITE, timeout, attempt);
        let sent = sent.map_err(|error| self.explain_access(error, to))?;
        self.counters.sent.add(1, sent);
        Ok(sent)
    }

    /// Receives one datagram into parts, with the system's control messages and flags. A datagram that does not fit is cut
    /// without an error; the flags say so. Not on a coalescing socket.
    pub fn receive_message(
        &self,
        parts: &[IoSliceMut<'_>],
        control: &mut [u8],
        flags: i32,
        timeout: Option<Duration>,
    ) -> Result<ReceivedMessage> {
        if self.coalesce {
            return Err(Error::new(
                Code::Unsupported,
                format_args!("the socket was opened with UDP_OPEN_COALESCE; use udp_recv_batch"),
            ));
        }
        let attempt = || sys::receive_message(&self.descriptor, parts, control, flags);
        let timeout = if sys::may_wait(flags) { timeout } else { Some(Duration::ZERO) };
        let received = self.retry(Events::READ, timeout, attempt)?;
        if sys::consumes(flags) {
            self.counters.received.add(1, received.length);
            if sys::is_truncated(received.flags) {
                self.counters.truncated.fetch_add(1, Relaxed);
            }
        }
        Ok(ReceivedMessage { from: received.from.map(addr::unmap), ..received })
    }

    /// Sets an option by the system's own numbers, for options that [`crate::SocketOption`] does not have.
    pub fn set_raw(&self, level: i32, name: i32, value: &[u8]) -> Result<()> {
        sys::set_raw(&self.descriptor, level, name, value)
    }

    /// Reads an option by the system's own numbers and returns how many bytes were stored.
    pub fn get_raw(&self, level: i32, name: i32, value: &mut [u8]) -> Result<usize> {
        sys::get_raw(&self.descriptor, level, name, value)
    }
}
