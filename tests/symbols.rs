//! The symbols of the shared library match the header, and every exported function has a guard.

#![cfg(target_os = "linux")]

#[path = "support/optional.rs"]
mod optional;
mod support;

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use optional::have;
use support::{library, path, run};

/// The lines that a tool prints about the shared library; `None` if the tool is missing.
fn lines(tool: &str, arguments: &[&str]) -> Option<Vec<String>> {
    have(tool).then(|| {
        let output = run(Command::new(tool).args(arguments).arg(library("libudp.so")).env("LC_ALL", "C"));
        output.lines().map(String::from).collect()
    })
}

fn header() -> String {
    fs::read_to_string(path("include/libudp.h")).unwrap()
}

/// The name of the function that is declared in this line of the header.
fn declared(line: &str) -> Option<&str> {
    let (before, _) = line.split_once('(')?;
    let outside =
        !line.starts_with([' ', '#', '/', '}']) && !line.starts_with("typedef") && !line.starts_with("enum");
    outside.then(|| before.rsplit([' ', '*']).next().unwrap())
}

/// The functions that the header declares.
fn functions() -> BTreeSet<String> {
    header().lines().filter_map(declared).map(String::from).collect()
}

#[test]
fn exports_match_the_header() {
    let Some(symbols) = lines("nm", &["-D", "--defined-only"]) else { return };
    let exported: BTreeSet<String> =
        symbols.iter().map(|line| line.rsplit(' ').next().unwrap().to_owned()).collect();
    assert_eq!(exported, functions());
    assert!(exported.contains("udp_open") && exported.len() > 20, "{exported:?}");
}

/// The values of a tag in the dynamic section, such as `(NEEDED)`.
fn dynamic(tag: &str) -> Option<Vec<String>> {
    let section = lines("readelf", &["-dW"])?;
    let values = section.iter().filter(|line| line.contains(tag));
    Some(values.map(|line| line.split(['[', ']']).nth(1).unwrap().to_owned()).collect())
}

#[test]
fn soname_has_the_abi_number() {
    let Some(soname) = dynamic("(SONAME)") else { return };
    assert_eq!(soname, ["libudp.so.0"]);
}

#[test]
fn needed_libraries_are_the_c_runtime() {
    let runtime = ["libc.so", "ld-linux", "libm.so", "libpthread.so", "libdl.so"];
    let Some(needed) = dynamic("(NEEDED)") else { return };
    assert!(needed.iter().any(|name| name.starts_with("libc.so")), "{needed:?}");
    for name in needed {
        assert!(runtime.iter().any(|known| name.starts_with(known)), "{name} is needed");
    }
}

/// What checksec(1) looks for: the tables of addresses are read-only once the library is loaded, no code is patched while it
/// is loaded, and the stack holds no code.
#[test]
fn addresses_and_stack_are_protected() {
    let Some(section) = lines("readelf", &["-dW"]) else { return };
    assert!(section.iter().any(|line| line.contains("BIND_NOW")), "{section:#?}");
    assert!(!section.iter().any(|line| line.contains("TEXTREL")), "{section:#?}");
    let segments = lines("readelf", &["-lW"]).unwrap();
    assert!(segments.iter().any(|line| line.contains("GNU_RELRO")), "{segments:#?}");
    let stack = segments.iter().find(|line| line.contains("GNU_STACK")).expect("GNU_STACK");
    assert!(stack.contains(" RW ") && !stack.contains(" RWE "), "{stack}");
}

#[test]
fn internal_calls_ignore_functions_of_the_same_name() {
    // A relocation by name could resolve to a function of another library, such as lwIP's udp_bind.
    for line in lines("readelf", &["-rW"]).unwrap_or_default() {
        assert!(!line.contains(" udp_"), "bound when it is loaded: {line}");
    }
}

/// The C functions of the source, each with its body.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path("src/ffi")).unwrap() {
        let source = fs::read_to_string(entry.unwrap().path()).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap();
        for function in code.split("extern \"C\" fn ").skip(1) {
            let name = function.split('(').next().unwrap();
            let body = function.split("\n}\n").next().unwrap();
            found.push((name.to_owned(), body.to_owned()));
        }
    }
    found
}

#[test]
fn every_exported_function_has_one_guard() {
    let sources = sources();
    for (name, body) in &sources {
        let guards = body.matches("guard(").count() + body.matches("guard_or(").count();
        assert_eq!(guards, 1, "guards in {name}");
    }
    let names: BTreeSet<String> = sources.iter().map(|(name, _)| name.clone()).collect();
    assert_eq!(names.len(), sources.len(), "a name came twice");
    assert_eq!(names, functions());
}

#[test]
fn every_function_of_the_header_says_since_when_it_exists() {
    let (header, mut since) = (header(), false);
    for line in header.lines() {
        if let Some(name) = declared(line) {
            assert!(since, "{name} has no @since");
        }
        since = line.starts_with("/// @since ");
    }
}

#[test]
fn every_item_of_the_header_is_documented() {
    let header = header();
    let (mut above, mut in_type, mut in_function, mut items) = ("", false, false, 0);
    for line in header.lines() {
        let begins_type = line.starts_with("typedef struct") || line.starts_with("enum ");
        let is_item = match line {
            "#define LIBUDP_H" => false,
            _ if line.starts_with("#define ") || line.starts_with("typedef ") || begins_type => true,
            _ if in_type => !line.contains("///") && line.ends_with([';', ',']) && !line.starts_with('}'),
            _ => !in_function && declared(line).is_some(),
        };
        if is_item {
            items += 1;
            let shared =
                line.starts_with("#define UDP_VERSION_") && above.starts_with("#define UDP_VERSION_");
            assert!(above.trim_start().starts_with("/// ") || shared, "no comment above: {line}");
        }
        in_type = (in_type || begins_type) && !line.starts_with('}');
        in_function = (in_function || declared(line).is_some()) && !line.ends_with(';');
        above = line;
    }
    assert!(items > 80, "{items} items: the header has more");
}
