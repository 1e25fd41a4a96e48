//! The end of a wait.

use std::time::{Duration, Instant};

use crate::error::{Code, Error, Result};

/// The end of a wait on the monotonic clock. The clock is not read before something has to wait.
pub(crate) struct Deadline {
    timeout: Option<Duration>,
    at: Option<Instant>,
}

impl Deadline {
    pub(crate) fn new(timeout: Option<Duration>) -> Deadline {
        Deadline { timeout, at: None }
    }

    /// How long a wait may still take; an error if the deadline has passed.
    pub(crate) fn left(&mut self) -> Result<Option<Duration>> {
        let Some(timeout) = self.timeout else { return Ok(None) };
        if timeout.is_zero() {
            return Err(self.expired());
        }
        let now = Instant::now();
        // A deadline past the end of the clock never comes.
        self.at = self.at.or_else(|| now.checked_add(timeout));
        let Some(at) = self.at else { return Ok(None) };
        match at.checked_duration_since(now) {
            Some(left) if !left.is_zero() => Ok(Some(left)),
            _ => Err(self.expired()),
        }
    }

    /// The error of a wait that may not go on.
    pub(crate) fn expired(&self) -> Error {
        let code = if self.timeout == Some(Duration::ZERO) { Code::WouldBlock } else { Code::TimedOut };
        code.into()
    }
}
