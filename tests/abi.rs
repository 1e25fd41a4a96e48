//! A change of the header must not break compiled programs: its types and functions are compared with a committed dump
//! (abidw(1), abidiff(1)). The stripped library has no types, so the dump is made from stubs of the header.

#[path = "support/optional.rs"]
mod optional;
#[expect(dead_code, reason = "this test links nothing with the library")]
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use optional::have;
use support::{path, run, skip};
use tools::{Scratch, compiler};

const DUMP: &str = "tests/abi/libudp.abi.xml";

/// The header without its comments.
fn header() -> String {
    let text = fs::read_to_string(path("include/libudp.h")).unwrap();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// C source that defines every function of a header, and a variable of every enum: a dump has only what a symbol uses.
fn stubs(header: &str) -> String {
    let enums = header.lines().filter_map(|line| line.strip_prefix("enum ")?.strip_suffix(" {"));
    let variables: String = enums.map(|name| format!("enum {name} abi_{name};\n")).collect();
    header.replace(");", ") { __builtin_trap(); }") + &variables
}

/// Writes the dump of a header.
fn dump(header: &str, scratch: &Scratch, to: &Path) {
    fs::write(scratch.path("stubs.c"), stubs(header)).unwrap();
    // A relative name, because the dump repeats it.
    let compiler = &mut compiler(false);
    run(compiler
        .current_dir(scratch.path(""))
        .args(["-g", "-O0", "-shared", "-fPIC", "-o", "stubs.so", "stubs.c"]));
    // Nothing that depends on the machine.
    let stable = ["--no-architecture", "--no-corpus-path", "--no-comp-dir-path", "--no-show-locs"];
    run(Command::new("abidw")
        .args(stable)
        .args(["--no-elf-needed", "--type-id-style", "hash", "--out-file"])
        .arg(to)
        .arg(scratch.path("stubs.so")));
}

/// What changed between two dumps, as abidiff describes it; empty if nothing did. New enumerators are no change.
fn changes(old: &Path, new: &Path, options: &[&str]) -> String {
    let output =
        Command::new("abidiff").args(options).arg("--no-architecture").args([old, new]).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    // 1: abidiff itself failed. 4 and 8: changes (abidiff(1), "RETURN VALUES").
    match output.status.code() {
        Some(0) => String::new(),
        Some(code) if code & 3 == 0 => text(&output.stdout),
        _ => panic!("abidiff: {}\n{}{}", output.status, text(&output.stdout), text(&output.stderr)),
    }
}

#[test]
fn header_change_that_breaks_programs_fails() {
    if !have("abidw") {
        return;
    }
    let scratch = Scratch::new("abi");
    let (old, new) = (path(DUMP), scratch.path("new.xml"));
    dump(&header(), &scratch, &new);
    if env::var_os("UPDATE_ABI").is_some() {
        fs::copy(&new, &old).unwrap();
    }
    let broken = changes(&old, &new, &["--no-added-syms"]);
    assert!(
        broken.is_empty(),
        "this change of include/libudp.h breaks programs compiled with the committed one: take it back, or add a function \
         instead of changing one. If the break is meant, or a field only took the place of a reserved one, run \
         `UPDATE_ABI=1 cargo test --test abi` and commit {DUMP}; a break after a release needs a new soname too \
         (build.rs).\n{broken}"
    );
    if !changes(&old, &new, &[]).is_empty() {
        skip(&format!("{DUMP} lacks new functions: UPDATE_ABI=1 cargo test --test abi"));
    }
}

#[test]
fn every_kind_of_break_is_found_and_additions_are_not() {
    if !have("abidw") {
        return;
    }
    let (scratch, header) = (Scratch::new("abi-changed"), header());
    let (old, new) = (scratch.path("old.xml"), scratch.path("new.xml"));
    dump(&header, &scratch, &old);
    let changed = |from: &str, to: &str| {
        assert!(header.contains(from), "the header has no {from:?} to change: correct this test");
        dump(&header.replacen(from, to, 1), &scratch, &new);
        changes(&old, &new, &["--no-added-syms"])
    };
    for (kind, from, to) in [
        ("removed function", "int32_t udp_close(udp_socket s);", ""),
        ("parameter type", "udp_open(uint32_t flags)", "udp_open(uint64_t flags)"),
        ("new parameter", "udp_open(uint32_t flags)", "udp_open(uint32_t flags, int32_t more)"),
        ("result type", "const char *udp_version(void)", "int32_t udp_version(void)"),
        ("enumerator value", "UDP_EVENT_WRITE = 2,", "UDP_EVENT_WRITE = 3,"),
        ("removed enumerator", "UDP_EVENT_WRITE = 2,", ""),
        ("grown struct", "} udp_text_info;", "uint32_t more; } udp_text_info;"),
        ("type of a field", "uint8_t icmp_type;", "int8_t icmp_type;"),
        (
            "order of fields",
            "uint8_t icmp_type;\n    uint8_t icmp_code;",
            "uint8_t icmp_code;\n    uint8_t icmp_type;",
        ),
    ] {
        assert!(!changed(from, to).is_empty(), "not found: {kind}");
    }
    let end = "#ifdef __cplusplus\n}";
    for (kind, from, to) in [
        ("new function", end, &*format!("int32_t udp_added(void);\n{end}")),
        ("new enumerator", "UDP_EVENT_WRITE = 2,", "UDP_EVENT_WRITE = 2, UDP_EVENT_ADDED = 1024,"),
        ("new name of a parameter", "udp_open(uint32_t flags)", "udp_open(uint32_t bits)"),
    ] {
        assert_eq!(changed(from, to), "", "{kind}");
    }
}
