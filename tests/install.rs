//! `make install` into a staging directory, a program built from there with pkg-config, and `make uninstall`.

#[path = "support/optional.rs"]
mod optional;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use optional::have;
use support::{ROOT, library, path, run};
use tools::{Scratch, compiler};

/// Runs a goal of a makefile on the library that was built beside this test.
fn make(makefile: &str, goal: &str, stage: &Path, variables: &[&str]) {
    let mut command = Command::new("make");
    command.args(["-s", "-f", makefile, goal, "BUILD="]).args(variables).current_dir(ROOT);
    command.arg(format!("TARGET_DIR={}", library("libudp.so").parent().unwrap().display()));
    command.arg(format!("DESTDIR={}", stage.display()));
    // What a make that runs this test was told is not for this one.
    run(command.env_remove("MAKEFLAGS").env_remove("MFLAGS"));
}

/// All files and links below a directory, with where the links lead.
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
fn all_files_come_to_their_places_and_go_again() {
    let scratch = Scratch::new("install");
    for (makefile, variables, lib, include) in [
        ("install.mk", &[][..], "usr/local/lib", "usr/local/include"),
        ("Makefile", &["PREFIX=/usr", "LIBDIR=/usr/lib/multi-arch"], "usr/lib/multi-arch", "usr/include"),
        ("install.mk", &["PREFIX=/a", "LIBDIR=/b", "INCLUDEDIR=/c"], "b", "c"),
    ] {
        // Twice, because an update is an install over the last one.
        make(makefile, "install", &scratch.path(""), variables);
        make(makefile, "install", &scratch.path(""), variables);
        assert_eq!(tree(&scratch.path("")), installed(lib, include));
        make(makefile, "uninstall", &scratch.path(""), variables);
        assert_eq!(tree(&scratch.path("")), [""; 0]);
    }
}

/// What pkg-config says of the library installed under `stage`, in words. It puts the stage in front of the paths.
fn pkg_config(stage: &Path, arguments: &[&str]) -> Vec<String> {
    let mut command = Command::new("pkg-config");
    command.args(arguments).arg("libudp").env("PKG_CONFIG_SYSROOT_DIR", stage);
    command.env("PKG_CONFIG_LIBDIR", stage.join("opt/udp/lib/pkgconfig")).env_remove("PKG_CONFIG_PATH");
    run(&mut command).split_whitespace().map(String::from).collect()
}

fn compile(stage: &Path, words: &[String], to: &Path) -> PathBuf {
    run(compiler(false).arg(path("examples/binding.c")).args(words).arg("-o").arg(to).current_dir(stage));
    to.to_owned()
}

#[test]
fn pkg_config_builds_a_program_from_the_installed_tree() {
    if !have("pkg-config") {
        return;
    }
    let scratch = Scratch::new("pkg-config");
    let stage = scratch.path("stage");
    make("install.mk", "install", &stage, &["PREFIX=/opt/udp"]);
    assert_eq!(pkg_config(&stage, &["--modversion"]), [env!("CARGO_PKG_VERSION")]);

    let lib = stage.join("opt/udp/lib");
    let shared = compile(&stage, &pkg_config(&stage, &["--cflags", "--libs"]), &scratch.path("shared"));
    let said = run(Command::new(shared).arg("0").env("LD_LIBRARY_PATH", &lib));
    assert!(said.ends_with("received nothing more\n"), "{said}");

    // The linker takes the shared library where it has both, so the static one is named.
    let mut words = pkg_config(&stage, &["--cflags", "--static", "--libs"]);
    let library = words.iter_mut().find(|word| *word == "-ludp").expect("-ludp");
    *library = "-l:libudp.a".into();
    let fixed = compile(&stage, &words, &scratch.path("static"));
    let said = run(Command::new(fixed).arg("0").env_remove("LD_LIBRARY_PATH"));
    assert!(said.ends_with("received nothing more\n"), "{said}");
}
