//! Where the libraries are, and how to run a program and show why it failed.

use std::collections::BTreeSet;
use std::env;
use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The project's directory.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The shared or the static library of the profile that this test was built with. Cargo builds all crate types when a
/// test needs one, and leaves them beside the test; only `cargo build` links them to target/debug.
pub(crate) fn library(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let library = test.with_file_name(name);
    assert!(library.is_file(), "no {}", library.display());
    library
}

/// Runs a program and returns what it printed. A failure shows all of its output.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    err.lines().filter_map(|line| line.strip_prefix("SKIPPED: ")).for_each(skip);
    out
}

/// Notes what is not tested, and the command that brings what is missing. `make test` has the notes written to a file,
/// prints them at its end, and fails if `CI` is set.
pub(crate) fn skip(note: &str) {
    static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    if !NOTED.lock().unwrap().insert(note.to_owned()) {
        return;
    }
    // One write a note, because other processes append to the file too.
    if let Some(file) = env::var_os("LIBUDP_SKIPPED") {
        let mut file = OpenOptions::new().create(true).append(true).open(file).unwrap();
        file.write_all(format!("{note}\n").as_bytes()).unwrap();
    } else {
        // The test harness hides what a passing test prints by `eprintln!`.
        let _ = writeln!(io::stderr(), "SKIPPED: {note}");
    }
}

/// A path below the project's directory.
pub(crate) fn path(below: &str) -> PathBuf {
    Path::new(ROOT).join(below)
}
