//! Path errors: ICMP reports about sent datagrams, such as port unreachable, no route or packet too big.
//!
//! The kernel would report one by failing the socket's next call, whichever that is and whatever peer it is about. Here
//! they wait in a queue, each with the peer that it is about, and calls go on.

use std::time::Duration;

use super::Socket;
use crate::addr;
use crate::error::{Code, Error, Result};
use crate::sys;
use crate::types::{Events, PathError};

/// A call that has been repeated this often because of other datagrams' path errors returns the next one.
const MAX_STALE_ERRORS: u32 = 100;

impl Socket {
    /// Returns the oldest path error in the queue, or waits for one. A timeout of `None` waits forever, zero does not
    /// wait. [`crate::SocketOption::RecvErrors`] has to be on.
    pub fn recv_error(&self, timeout: Option<Duration>) -> Result<PathError> {
        self.retry(Events::ERROR, timeout, || {
            self.path_queue.check_enabled()?;
            self.drain_error_queue();
            self.path_queue.pop().ok_or(Code::WouldBlock.into())
        })
    }

    /// Moves the errors of the kernel's queue to this socket's. Returns how many other hosts reported.
    pub(super) fn drain_error_queue(&self) -> usize {
        let mut remote = 0;
        while let Ok(error) = sys::path_error(&self.descriptor) {
            let Some(error) = error else { continue };
            remote += usize::from(error.offender.is_some());
            self.path_queue.push(PathError { peer: addr::unmap(error.peer), ..error });
        }
        if let Ok(Some(count)) = self.path_queue.count() {
            self.wake_waiters(&self.error_waker, count);
        }
        remote
    }

    /// True if the error belongs to an earlier datagram (pending SO_ERROR), so the caller should retry. The kernel reports
    /// such an error once, by the next call (ip_icmp_error in net/ipv4/ip_sockglue.c sets sk_err).
    pub(super) fn is_stale_path_error(&self, error: &Error, tries: &mut u32) -> bool {
        if error.os() == 0 || error.code() == Code::WouldBlock || !self.path_queue.enabled() {
            return false;
        }
        *tries += 1;
        let found = self.drain_error_queue() > 0;
        // Another thread may have drained the kernel's queue, or it was full: retry once.
        let maybe = *tries == 1 && matches!(error.code(), Code::Refused | Code::Unreachable);
        *tries <= MAX_STALE_ERRORS && (found || maybe)
    }
}
