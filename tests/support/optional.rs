//! Programs that a machine may lack.

use std::env;
use std::process::{Command, Stdio};

use crate::support::say_once;

/// Whether a program is there. A test without it skips, and says so; in CI it fails.
pub(crate) fn have(program: &str) -> bool {
    let mut command = Command::new(program);
    let there = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        assert!(env::var_os("CI").is_none(), "{program} is not installed, and CI has to have it");
        say_once(&format!("SKIPPED: {program} is not installed, so what needs it is not tested"));
    }
    there
}
