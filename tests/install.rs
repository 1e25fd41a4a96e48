//! `make install` into a staging directory, a program built from there with pkg-config, `make uninstall`, and the build
//! setting that the library refuses.

#![cfg(target_os = "linux")]

#[path = "support/optional.rs"]
mod optional;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use optional::have;
use support::{ROOT, library, path, run};
use tools::{Scratch, compiler};

/// Makes a target of a makefile with the library that was built beside this test.
fn make(makefile: &str, goal: &str, stage: &Path, variables: &[&str]) {
    let mut command = Command::new("make");
    command.args(["-s", "-f", makefile, goal, "BUILD="]).args(variables).current_dir(ROOT);
    command.arg(format!("TARGET_DIR={}", library("libudp.so").parent().unwrap().display()));
    command.arg(format!("DESTDIR={}", stage.display()));
    // Flags of a make that runs this test are not meant for this one.
    run(command.env_remove("MAKEFLAGS").env_remove("MFLAGS"));
}

/// All files and links below a directory; for a link, its target.
fn tree(directory: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_owned()];
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let place = entry.unwrap().path();
            let name = place.strip_prefix(directory).unwrap().display().to_string();
            match fs::read_link(&place) {
                Ok(to) => found.push(format!("{name} -> {}", to.display())),
                Err(_) if place.is_dir() => open.push(place),
                Err(_) => found.push(name),
            }
        }
    }
    found.sort();
    found
}

fn installed(lib: &str, include: &str) -> Vec<String> {
    let real = concat!("libudp.so.", env!("CARGO_PKG_VERSION"));
    let mut all = vec![
        format!("{include}/libudp.h"),
        format!("{lib}/libudp.a"),
        format!("{lib}/libudp.so -> libudp.so.0"),
        format!("{lib}/libudp.so.0 -> {real}"),
        format!("{lib}/{real}"),
        format!("{lib}/pkgconfig/libudp.pc"),
    ];
    all.sort();
    all
}

#[test]
fn make_install_puts_files_in_place_and_uninstall_removes_them() {
    let scratch = Scratch::new("install");
    for (makefile, variables, lib, include) in [
        ("install.mk", &[][..], "usr/local/lib", "usr/local/include"),
        ("Makefile", &["PREFIX=/usr", "LIBDIR=/usr/lib/multi-arch"], "usr/lib/multi-arch", "usr/include"),
        ("install.mk", &["PREFIX=/a", "LIBDIR=/b", "INCLUDEDIR=/c"], "b", "c"),
    ] {
        // Install twice: an update overwrites the last installation.
        make(makefile, "install", &scratch.path(""), variables);
        make(makefile, "install", &scratch.path(""), variables);
        assert_eq!(tree(&scratch.path("")), installed(lib, include));
        make(makefile, "uninstall", &scratch.path(""), variables);
        assert_eq!(tree(&scratch.path("")), [""; 0]);
    }
}

/// The words that pkg-config prints about the library installed under `stage`, taken for a tree that was moved there. It
/// quotes for a shell what is special in a path.
fn pkg_config(stage: &Path, arguments: &str) -> Vec<String> {
    let words =
        format!(r#"eval "set -- $(pkg-config --define-prefix {arguments} libudp)"; printf '%s\n' "$@""#);
    let mut shell = Command::new("sh");
    shell.args(["-euc", &words]).env_remove("PKG_CONFIG_SYSROOT_DIR");
    shell.env("PKG_CONFIG_LIBDIR", stage.join("opt/udp/lib/pkgconfig")).env_remove("PKG_CONFIG_PATH");
    run(&mut shell).lines().map(String::from).collect()
}

fn compile(stage: &Path, words: &[String], to: &Path) -> PathBuf {
    run(compiler(false).arg(path("examples/binding.c")).args(words).arg("-o").arg(to).current_dir(stage));
    to.to_owned()
}

#[test]
fn pkg_config_after_install_builds_programs_that_run() {
    if !have("pkg-config") {
        return;
    }
    let scratch = Scratch::new("pkg-config");
    let stage = scratch.path("stage");
    make("install.mk", "install", &stage, &["PREFIX=/opt/udp"]);
    assert_eq!(pkg_config(&stage, "--modversion"), [env!("CARGO_PKG_VERSION")]);

    let lib = stage.join("opt/udp/lib");
    let shared = compile(&stage, &pkg_config(&stage, "--cflags --libs"), &scratch.path("shared"));
    let said = run(Command::new(shared).arg("0").env("LD_LIBRARY_PATH", &lib));
    assert!(said.ends_with("received nothing more\n"), "{said}");

    // The linker prefers the shared library, so name the static one.
    let mut words = pkg_config(&stage, "--cflags --static --libs");
    let library = words.iter_mut().find(|word| *word == "-ludp").expect("-ludp");
    *library = "-l:libudp.a".into();
    let fixed = compile(&stage, &words, &scratch.path("static"));
    let said = run(Command::new(fixed).arg("0").env_remove("LD_LIBRARY_PATH"));
    assert!(said.ends_with("received nothing more\n"), "{said}");
}

/// Compiles only the guard of src/lib.rs, because the whole library takes long.
#[test]
fn build_with_panic_abort_fails_with_the_reason() {
    let source = fs::read_to_string(path("src/lib.rs")).unwrap();
    let start = source.find("#[cfg(panic = \"abort\")]").expect("src/lib.rs has the guard");
    let guard = &source[start..=start + source[start..].find(';').unwrap()];
    let scratch = Scratch::new("panic-abort");
    fs::write(scratch.path("guard.rs"), guard).unwrap();
    let compile = |strategy: &str| {
        let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".into());
        let mut command = Command::new(rustc);
        command.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "-C"]);
        command.arg(format!("panic={strategy}")).arg("--out-dir").arg(scratch.path(""));
        command.arg(scratch.path("guard.rs")).output().unwrap()
    };
    let refused = compile("abort");
    let message = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success());
    assert!(message.contains("libudp needs panic = \"unwind\""), "{message}");
    assert!(compile("unwind").status.success());
}
