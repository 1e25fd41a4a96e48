//! The committed header is what the source says, all of it documented, and so are its forms for other languages.
//! `make header` writes them.

#[path = "header/foreign.rs"]
mod foreign;
#[path = "support/optional.rs"]
mod optional;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::fmt::Write;
use std::process::Command;
use std::{env, fs};

use foreign::{Field, Struct};
use optional::have;
use support::{library, path, run};
use tools::{Scratch, compiler};

use udp::ffi::types::{ENUMS, Enum};
use udp::{error, options};

const TOP: &str = "\
/// \\file libudp.h
/// libudp: UDP for C, Python and any language with an FFI. Generated from the source by `make header`; do not edit.
///
/// Results     A function returns 0 or a count (0 or more) on success and a negative `UDP_ERR_` code on failure. Outputs
///             are written only on success, unless the function says otherwise. A datagram may have 0 bytes.
/// Errors      `udp_strerror` describes a code. `udp_last_error`, `udp_last_os_error` and `udp_last_length` describe the
///             calling thread's last failure in detail.
/// Threads     Any thread may call any function at any time, also on the same socket, without a lock. 64 KiB of stack are
///             enough; a call uses at most 16 KiB, a batch 24 KiB. The lookup of a name is the system's.
/// Signals     A signal handler may call `udp_sendto`, `udp_close`, `udp_strerror`, `udp_error_name` and `udp_version`.
///             `udp_close` ends the waits of other threads. errno stays as it was.
/// Cancelling  pthread_cancel takes effect after a call. To end a thread that waits: cancel it, close the socket, join.
/// Forking     A child may use every function, except for the lookup of a name. Datagrams that the library has buffered
///             are delivered in the parent. A poller of the parent can only be closed.
/// Timeouts    `timeout_ms` is in milliseconds on the monotonic clock: -1 waits forever, 0 does not wait. A signal ends
///             a wait with `UDP_ERR_INTERRUPTED`.
/// Memory      The library keeps no pointer that it is given and returns none that must be freed.
/// Arguments   NULL, lengths, flags and texts are checked, each with an error of its own. Texts are UTF-8. Memory behind
///             a pointer that is not NULL must be as large as the function requires.

#ifndef LIBUDP_H
#define LIBUDP_H

#include <stddef.h>
#include <stdint.h>

";

/// What cbindgen cannot see, because the source has it in tables.
fn tables() -> String {
    let mut text = String::new();
    let [major, minor, patch] = env!("CARGO_PKG_VERSION").split('.').collect::<Vec<_>>()[..] else {
        panic!("a version has three parts")
    };
    writeln!(text, "/// Version of this header; `udp_version` returns the library's.").unwrap();
    for (name, number) in [("MAJOR", major), ("MINOR", minor), ("PATCH", patch)] {
        writeln!(text, "#define UDP_VERSION_{name} {number}").unwrap();
    }
    let ok = ("UDP_OK".to_owned(), 0, vec!["success".to_owned()]);
    let errors = error::TABLE.iter().map(|row| {
        (row.name.to_str().unwrap().to_owned(), row.code as i64, vec![row.text.to_str().unwrap().to_owned()])
    });
    let codes = std::iter::once(ok).chain(errors).collect::<Vec<_>>();
    enumeration(
        &mut text,
        "udp_error_code",
        &["Return values of functions: 0 or a count on success, else one of these."],
        &codes,
    );
    let options =
        options::TABLE.iter().map(|row| (row.name.to_owned(), row.option as i64, wrapped(row.text)));
    let doc =
        ["Options of `udp_set_option` and `udp_get_option`. A range is 0 and greater unless it is stated."];
    enumeration(&mut text, "udp_option", &doc, &options.collect::<Vec<_>>());
    for Enum { name, doc, constants } in ENUMS {
        let constants = constants.iter().map(|(name, value, doc)| {
            ((*name).to_owned(), *value, doc.iter().map(|line| line.trim().to_owned()).collect())
        });
        let doc: Vec<&str> = doc.iter().map(|line| line.trim()).collect();
        enumeration(&mut text, name, &doc, &constants.collect::<Vec<_>>());
    }
    text
}

/// Writes an enum of the header.
fn enumeration(text: &mut String, name: &str, doc: &[&str], constants: &[(String, i64, Vec<String>)]) {
    writeln!(text).unwrap();
    doc.iter().for_each(|line| writeln!(text, "/// {line}").unwrap());
    writeln!(text, "enum {name} {{").unwrap();
    for (name, value, doc) in constants {
        doc.iter().for_each(|line| writeln!(text, "    /// {line}").unwrap());
        writeln!(text, "    {name} = {value},").unwrap();
    }
    writeln!(text, "}};").unwrap();
}

/// A text in lines that fit in a comment of the header.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        if lines.last().unwrap().len() + word.len() > 100 {
            lines.push(String::new());
        }
        let line = lines.last_mut().unwrap();
        *line += if line.is_empty() { "" } else { " " };
        *line += word;
    }
    lines
}

/// One part of the header: what cbindgen reads out of one file.
fn part(file: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let config = cbindgen::Config::from_file(format!("{root}/cbindgen.toml")).unwrap();
    let source = format!("{root}/src/ffi/{file}.rs");
    let mut text = Vec::new();
    let builder = cbindgen::Builder::new().with_config(config).with_src(source);
    builder.generate().expect("cbindgen reads the source").write(&mut text);
    String::from_utf8(text)
        .unwrap()
        .trim()
        .replace("\\param", "@param")
        .replace("\\return", "@return")
        .replace("\\since", "@since")
        + "\n"
}

const SECTIONS: &[(&str, &str)] = &[
    ("Sockets", "socket"),
    ("Addresses", "addr"),
    ("Interfaces", "interface"),
    ("Send", "send"),
    ("Receive", "receive"),
    ("Broadcast", "broadcast"),
    ("Replies", "reply"),
    ("Multicast", "multicast"),
    ("Path errors", "path_errors"),
    ("Many sockets", "poller"),
    ("Many cores", "steer"),
    ("Text", "text"),
    ("Options", "options"),
    ("Statistics", "stats"),
    ("System messages", "message"),
    ("Errors and version", "error"),
];

fn generated() -> String {
    let mut text = String::from(TOP);
    text += &tables();
    write!(text, "\n{}", part("types")).unwrap();
    text += "\n#ifdef __cplusplus\nextern \"C\" {\n#endif\n";
    for (title, file) in SECTIONS {
        write!(text, "\n// ---- {title} {}\n\n{}", "-".repeat(100 - title.len()), part(file)).unwrap();
    }
    text + "\n#ifdef __cplusplus\n}\n#endif\n\n#endif // LIBUDP_H\n"
}

#[test]
fn committed_headers_match_the_source() {
    let header = generated();
    let files = [
        ("include/libudp.ffi.h", foreign::ffi_header(&header)),
        ("include/libudp.json", foreign::json(&header)),
        ("docs/structs.md", foreign::structs(&header)),
        ("include/libudp.h", header),
    ];
    for (file, wanted) in files {
        if env::var_os("UPDATE_HEADER").is_some() {
            fs::write(path(file), &wanted).unwrap();
        }
        let committed = fs::read_to_string(path(file)).unwrap_or_default();
        assert!(committed == wanted, "{file} is not what the source says: run `make header` and commit it");
    }
}

/// The compiler agrees with libudp.json about every struct and constant, with pointers of 64 and of 32 bits.
#[test]
fn json_matches_the_compiler() {
    let header = generated();
    let interface = foreign::interface(&header);
    let scratch = Scratch::new("json");
    // Freestanding, because a machine may lack the C library for 32 bits.
    for bits in [64, 32].into_iter().filter(|_| cfg!(target_arch = "x86_64")) {
        let mut source = String::from("#include \"libudp.h\"\n");
        let mut same = |what: &str, number: i64| {
            writeln!(source, "_Static_assert({what} == {number}, \"{what}\");").unwrap();
        };
        for Struct { name, size, fields, .. } in &interface.structs {
            same(&format!("sizeof({name})"), if bits == 64 { size.wide } else { size.narrow } as i64);
            for Field { name: field, offset, .. } in fields {
                let offset = if bits == 64 { offset.wide } else { offset.narrow };
                same(&format!("offsetof({name}, {field})"), offset as i64);
            }
        }
        for constant in interface.enums.iter().flat_map(|of| &of.values) {
            same(&constant.name, constant.value);
        }
        let file = scratch.path(&format!("same{bits}.c"));
        fs::write(&file, source).unwrap();
        run(compiler(false)
            .args(["-std=c11", "-ffreestanding", "-fsyntax-only"])
            .args([&format!("-m{bits}"), "-I", "include"])
            .current_dir(support::ROOT)
            .arg(file));
    }
    let ends =
        |end: &str| header.lines().filter(|line| !line.starts_with("//") && line.ends_with(end)).count();
    assert_eq!(interface.functions.len(), ends(");"), "every function was read");
    assert_eq!(interface.structs.len(), header.matches("\ntypedef struct ").count(), "every struct was read");
}

/// Runs a program of another language that reads libudp.ffi.h and prints the size of udp_packet_info, the value of
/// UDP_ERR_CLOSED and the length of the text of an address.
fn reads_the_ffi_header(program: &mut Command) {
    let output = program.arg(path("include/libudp.ffi.h")).arg(library("libudp.so")).output().unwrap();
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    assert_eq!(text(&output.stdout), "64 -7 13\n", "{}", text(&output.stderr));
}

#[test]
fn ffi_header_is_read_by_luajit() {
    if have("luajit") {
        reads_the_ffi_header(Command::new("luajit").arg(path("tests/header/read.lua")));
    }
}

#[test]
fn ffi_header_is_read_by_php() {
    if have("php") {
        reads_the_ffi_header(
            Command::new("php").args(["-d", "ffi.enable=1"]).arg(path("tests/header/read.php")),
        );
    }
}
