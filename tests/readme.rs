//! The quick starts of the README are programs that work, and print what it says.

mod support;

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{ROOT, library, path, run};

/// The README's one block of a language.
fn block(language: &str) -> String {
    let readme = fs::read_to_string(path("README.md")).unwrap();
    let fence = format!("```{language}\n");
    let [_, rest] = readme.split(&fence).collect::<Vec<_>>()[..] else {
        panic!("the README has one block of {language}")
    };
    rest.split_once("\n```").expect("the block ends").0.to_owned() + "\n"
}

/// A folder of a test's own, below the target folder.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("readme").join(name);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn program(variable: &str, usual: &str) -> Command {
    Command::new(env::var(variable).unwrap_or_else(|_| usual.into()))
}

#[test]
fn the_c_quick_start_works() {
    let folder = folder("c");
    let (source, quick) = (folder.join("quick.c"), folder.join("quick"));
    fs::write(&source, block("c")).unwrap();
    // The program asks for the library by its soname.
    let soname = folder.join("libudp.so.0");
    let _ = fs::remove_file(&soname);
    symlink(library("libudp.so"), &soname).unwrap();

    let mut cc = program("CC", "cc");
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]).arg(format!("-I{ROOT}/include"));
    run(cc.arg(&source).arg(&soname).arg("-o").arg(&quick));
    // Cargo sets LD_LIBRARY_PATH for its tests, which goes before what the program was linked with.
    assert_eq!(run(Command::new(&quick).env("LD_LIBRARY_PATH", &folder)), "hello\n");
}

#[test]
fn the_python_quick_start_works() {
    let script = folder("python").join("quick.py");
    fs::write(&script, block("python")).unwrap();
    let mut python = program("PYTHON", "python3");
    python.arg(&script).env("PYTHONPATH", path("bindings/python")).env("PYTHONUTF8", "1");
    python.env("LIBUDP_LIBRARY", library("libudp.so"));
    assert_eq!(run(&mut python), "你好 gb18030\ngot it\n");
}
