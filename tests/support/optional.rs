//! Programs that a machine may lack.

use std::process::{Command, Stdio};

use crate::support::skip;

/// True if a program can be started. If not, the skip is noted, and the test that asked has to return.
pub(crate) fn have(program: &str) -> bool {
    let mut command = Command::new(program);
    let there = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        skip(&format!("{program} is missing: make deps"));
    }
    there
}
