//! The library as C and C++ programs meet it: each file of tests/c is a program that has to return 0, linked to the
//! shared library and to the static one, and under valgrind.

mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{library, path, run};
use tools::{Scratch, compiler, have};

const WARNINGS: [&str; 4] = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"];

/// What the static library needs of the system (`rustc --print native-static-libs`); `libudp.pc` says the same.
const SYSTEM: [&str; 6] = ["-lgcc_s", "-lutil", "-lrt", "-lpthread", "-lm", "-ldl"];

fn compile(source: &Path, standard: &str, to: &Path) -> Command {
    let mut command = compiler(standard.starts_with("c++"));
    command.args(WARNINGS).args([&format!("-std={standard}"), "-D_GNU_SOURCE", "-g", "-O1", "-pthread", "-I"]);
    command.arg(path("include")).arg(source).arg("-o").arg(to);
    command
}

/// Compiles a program against both libraries: the shared one is found in the program's own directory.
fn build(source: &Path, scratch: &Scratch) -> [PathBuf; 2] {
    let standard = if source.extension() == Some(OsStr::new("cpp")) { "c++17" } else { "c11" };
    let (shared, fixed) = (scratch.path("shared"), scratch.path("static"));
    symlink(library("libudp.so"), scratch.path("libudp.so.0")).unwrap();
    run(compile(source, standard, &shared).arg(library("libudp.so")).arg("-Wl,-rpath,$ORIGIN"));
    run(compile(source, standard, &fixed).arg(library("libudp.a")).args(SYSTEM));
    [shared, fixed]
}

fn passes(file: &str) {
    let scratch = Scratch::new(&format!("c-{file}"));
    let [shared, fixed] = build(&path("tests/c").join(file), &scratch);
    // Cargo sets LD_LIBRARY_PATH for its tests, which may lead to another build of the library.
    run(Command::new(&shared).env("LD_LIBRARY_PATH", scratch.path("")));
    run(Command::new(&fixed).env_remove("LD_LIBRARY_PATH"));
    if have("valgrind") {
        run(Command::new("valgrind")
            .args(["-q", "--error-exitcode=1", "--leak-check=full", "--errors-for-leak-kinds=definite"])
            .args(["--show-leak-kinds=definite", "--fair-sched=try"])
            .arg(&shared)
            .env("LD_LIBRARY_PATH", scratch.path("")));
    }
}

macro_rules! programs {
    ($($(#[$attribute:meta])* $name:ident: $file:literal,)*) => {
        $(#[test] $(#[$attribute])* fn $name() { passes($file); })*

        #[test]
        fn no_program_is_left_out() {
            assert_eq!(sources("tests/c"), BTreeSet::from([$($file),*].map(String::from)));
        }
    };
}

programs! {
    addresses: "addresses.c",
    bad_input: "bad_input.c",
    close_wakes: "close_wakes.c",
    closed: "closed.c",
    connected: "connected.c",
    cxx: "cxx.cpp",
    disconnect: "disconnect.c",
    empty: "empty.c",
    errors: "errors.c",
    fork: "fork.c",
    #[ignore = "a thread that was inside at the fork keeps the child's descriptor open"]
    fork_descriptor: "fork_descriptor.c",
    interrupted: "interrupted.c",
    null: "null.c",
    options: "options.c",
    oversize: "oversize.c",
    round_trip: "round_trip.c",
    text: "text.c",
    timeouts: "timeouts.c",
    truncated: "truncated.c",
    wait: "wait.c",
    would_block: "would_block.c",
}

/// The C and C++ files of a directory, by name.
fn sources(directory: &str) -> BTreeSet<String> {
    let files = fs::read_dir(path(directory)).unwrap().map(|entry| entry.unwrap().path());
    let is_source = |file: &PathBuf| file.extension().is_some_and(|end| end == "c" || end == "cpp");
    files.filter(is_source).map(|file| file.file_name().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn the_header_compiles_alone() {
    let scratch = Scratch::new("header");
    for (standard, end) in [("c99", "c"), ("c11", "c"), ("c17", "c"), ("c++11", "cpp"), ("c++17", "cpp")] {
        let source = scratch.path(&format!("alone.{end}"));
        // Twice, because a header may be included twice; the declaration, because C wants one in every file.
        fs::write(&source, "#include <libudp.h>\n#include <libudp.h>\nextern udp_addr used;\n").unwrap();
        run(compile(&source, standard, &scratch.path("alone.o")).arg("-c"));
    }
}
