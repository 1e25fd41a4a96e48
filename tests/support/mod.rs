//! What the tests of the C side share: where the libraries are, and how to run a program and see why it failed.

use std::env;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

/// The project's directory.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Where Cargo put the shared and the static library, of the profile that this test was built with: it makes all kinds
/// of library at once when a test needs one, and leaves them beside the test. (It links them to where users look for
/// them on `cargo build` only.)
pub(crate) fn library(name: &str) -> PathBuf {
    let test = env::current_exe().expect("a test has a path");
    let library = test.with_file_name(name);
    assert!(library.is_file(), "no {}", library.display());
    library
}

/// Runs a program to its end and gives what it printed; a failure shows everything that it said.
pub(crate) fn run(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{command:?}: {}\n{out}{err}", output.status);
    err.lines().filter(|line| line.starts_with("SKIPPED")).for_each(say_once);
    out
}

/// Says what is left out, also where the test passes: the harness swallows what goes through `eprintln!`.
pub(crate) fn say_once(line: &str) {
    static SAID: Mutex<Vec<String>> = Mutex::new(Vec::new());
    let mut said = SAID.lock().unwrap();
    if !said.iter().any(|before| before == line) {
        said.push(line.to_owned());
        let _ = writeln!(io::stderr(), "{line}");
    }
}

/// A path below the project's directory.
pub(crate) fn path(below: &str) -> PathBuf {
    Path::new(ROOT).join(below)
}
