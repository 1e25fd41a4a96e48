//! Compiles C programs with all warnings, links them with either library, and runs them beside a test.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use crate::support::{library, path, run};
use crate::tools::{Scratch, compiler};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// What the static library needs of the system (`rustc --print native-static-libs`); `libudp.pc` says the same.
const SYSTEM: [&str; 6] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];

/// Long enough to be reached only by a program that hangs.
pub(crate) const SOON: Duration = Duration::from_secs(20);

pub(crate) fn compile(source: &Path, standard: &str, to: &Path) -> Command {
    let mut command = compiler(standard.starts_with("c++"));
    command.args(WARNINGS).args([
        &format!("-std={standard}"),
        "-D_GNU_SOURCE",
        "-g",
        "-O1",
        "-pthread",
        "-I",
    ]);
    command.arg(path("include")).arg(source).arg("-o").arg(to);
    command
}

/// Links a program with each library; the shared one is found in the program's own directory.
pub(crate) fn build(source: &Path, scratch: &Scratch) -> [PathBuf; 2] {
    let standard = if source.extension() == Some(OsStr::new("cpp")) { "c++17" } else { "c11" };
    let (shared, fixed) = (scratch.path("shared"), scratch.path("static"));
    symlink(library("libudp.so"), scratch.path("libudp.so.0")).unwrap();
    run(compile(source, standard, &shared).arg(library("libudp.so")).arg("-Wl,-rpath,$ORIGIN"));
    run(compile(source, standard, &fixed).arg(library("libudp.a")).args(SYSTEM));
    [shared, fixed]
}

/// Builds an example with the static library.
pub(crate) fn example(name: &str, scratch: &Scratch) -> PathBuf {
    let [_, program] = build(&path("examples").join(format!("{name}.c")), scratch);
    program
}

/// A running program whose output arrives line by line. It is killed when the test ends.
pub(crate) struct Running {
    child: Child,
    /// The program's standard input; `None` closes it.
    pub(crate) input: Option<ChildStdin>,
    said: Receiver<String>,
}

impl Running {
    pub(crate) fn start(command: &mut Command) -> Running {
        let spawned = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut child = spawned.unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let (input, output) = (child.stdin.take(), BufReader::new(child.stdout.take().unwrap()));
        let (say, said) = mpsc::channel();
        thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
        Running { child, input, said }
    }

    pub(crate) fn line(&self) -> String {
        self.said.recv_timeout(SOON).expect("a line from the program")
    }

    pub(crate) fn types(&mut self, line: &str) {
        // In one write, because some programs send a datagram for each read.
        self.input.as_mut().unwrap().write_all(format!("{line}\n").as_bytes()).unwrap();
    }

    /// Closes its input and expects it to exit with success.
    pub(crate) fn ends(mut self) {
        self.input = None;
        loop {
            match self.said.recv_timeout(SOON) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the program does not end"),
            }
        }
        assert!(self.child.wait().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
