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
        format!("{include}/libudp.ffi.h"),
        format!("{include}/libudp.h"),
        format!("{include}/libudp.json"),
        format!("{lib}/cmake/libudp/libudp-config-version.cmake"),
        format!("{lib}/cmake/libudp/libudp-config.cmake"),
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

/// A program of its own, linked statically as a whole, as for a container that has no C library.
#[test]
fn pkg_config_static_builds_a_static_program() {
    if !have("pkg-config") {
        return;
    }
    let scratch = Scratch::new("static");
    let stage = scratch.path("stage");
    make("install.mk", "install", &stage, &["PREFIX=/opt/udp"]);
    let mut words = pkg_config(&stage, "--cflags --static --libs");
    words.push("-static".into());
    let program = compile(&stage, &words, &scratch.path("program"));
    let said = run(Command::new(&program).arg("0"));
    assert!(said.ends_with("received nothing more\n"), "{said}");
    if have("readelf") {
        let dynamic = run(Command::new("readelf").arg("-d").arg(program).env("LC_ALL", "C"));
        assert!(!dynamic.contains("NEEDED"), "{dynamic}");
    }
}

/// A CMake project with a target for each library, and the same with Meson, which asks pkg-config.
#[test]
fn cmake_and_meson_after_install_build_programs_that_run() {
    // Without a space: Meson reads what pkg-config prints as words, and the prefix of a sysroot is not quoted.
    let scratch = Scratch::new("build-systems");
    let stage = scratch.path("stage");
    make("install.mk", "install", &stage, &["PREFIX=/opt/udp", "INCLUDEDIR=/opt/headers"]);
    let prefix = stage.join("opt/udp");
    let source = path("tests/install");
    if have("cmake") {
        let build = scratch.path("cmake");
        let cmake = || Command::new("cmake");
        run(cmake().arg("-S").arg(&source).arg("-B").arg(&build).env("CMAKE_PREFIX_PATH", &prefix));
        run(cmake().arg("--build").arg(&build));
        for program in ["shared", "static"] {
            let said = run(Command::new(build.join(program)).arg("0"));
            assert!(said.ends_with("received nothing more\n"), "{program}: {said}");
        }
        let later = cmake()
            .args(["-DWANTED=0.2", "-S"])
            .arg(&source)
            .arg("-B")
            .arg(scratch.path("later"))
            .env("CMAKE_PREFIX_PATH", &prefix)
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&later.stderr).into_owned();
        assert!(!later.status.success() && message.contains("0.2"), "{message}");
    }
    if have("meson") && have("ninja") && have("pkg-config") {
        let build = scratch.path("meson");
        let mut setup = Command::new("meson");
        setup.arg("setup").arg(&build).arg(&source).env("PKG_CONFIG_PATH", prefix.join("lib/pkgconfig"));
        run(setup.env("PKG_CONFIG_SYSROOT_DIR", &stage));
        run(Command::new("meson").args(["compile", "-C"]).arg(&build));
        let said =
            run(Command::new(build.join("program")).arg("0").env("LD_LIBRARY_PATH", prefix.join("lib")));
        assert!(said.ends_with("received nothing more\n"), "{said}");
    }
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
