//! Programs that a machine may lack, and directories to try things in.

use std::path::{Path, PathBuf};
use std::process::{self, Command, Stdio};
use std::{env, fs, thread};

/// Whether a program is there. Without it a test skips, and says so; in CI it fails.
pub(crate) fn have(program: &str) -> bool {
    let mut command = Command::new(program);
    let there = command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !there {
        assert!(env::var_os("CI").is_none(), "{program} is not installed, and CI has to have it");
        eprintln!("SKIPPED: {program} is not installed");
    }
    there
}

/// The C compiler, or the one for C++ (`CC` and `CXX`).
pub(crate) fn compiler(cxx: bool) -> Command {
    let (variable, usual) = if cxx { ("CXX", "c++") } else { ("CC", "cc") };
    let named = env::var(variable).unwrap_or_default();
    // It may come with arguments, as in `ccache gcc`.
    let mut words = named.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(usual));
    command.args(words);
    command
}

/// A directory of a test's own, inside the target directory; it goes when the test succeeded.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        // The process's id keeps apart test programs that run at the same time.
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", process::id()));
        // One that failed left its own, and numbers come round again.
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }

    pub(crate) fn path(&self, below: &str) -> PathBuf {
        self.0.join(below)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !thread::panicking() {
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
