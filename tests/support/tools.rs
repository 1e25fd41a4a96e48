//! The compilers, and directories to try things in.

use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::{env, fs, thread};

/// The C compiler with its first arguments (`CC`, which may be `ccache gcc`), or the one for C++ (`CXX`).
pub(crate) fn compiler(cxx: bool) -> Command {
    let (variable, usual) = if cxx { ("CXX", "c++") } else { ("CC", "cc") };
    let named = env::var(variable).unwrap_or_default();
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
