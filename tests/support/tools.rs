//! The compilers, and temporary directories.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, thread};

/// The C compiler with its first arguments (`CC`, which may be `ccache gcc`), or the C++ compiler (`CXX`).
pub(crate) fn compiler(cxx: bool) -> Command {
    let (variable, usual) = if cxx { ("CXX", "c++") } else { ("CC", "cc") };
    let named = env::var(variable).unwrap_or_default();
    let mut words = named.split_whitespace();
    let mut command = Command::new(words.next().unwrap_or(usual));
    command.args(words);
    command
}

/// A test's own directory below the target directory. It is removed if the test passes.
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new(name: &str) -> Scratch {
        // The same test may be running elsewhere or may have left its directory. Process ids do not tell them apart,
        // because each PID namespace has its own.
        let at = |number| Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{number}"));
        let made = |path: &PathBuf| match fs::create_dir(path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => false,
            done => done.is_ok() || panic!("{}: {done:?}", path.display()),
        };
        Scratch((0..).map(at).find(made).unwrap())
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
