//! The committed header is what the source says, all of it documented. `make header` writes it.

use std::fmt::Write;
use std::{env, fs};

use udp::{error, options};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/include/libudp.h");

const TOP: &str = "\
// libudp: UDP for C, Python and any tool with an FFI. Made from the source by `make header`; do not edit.
//
// Returns     A function returns 0 or a count (0 or more) on success, and a negative UDP_ERR_ code on failure. Outputs
//             are written on success only, unless the function says otherwise. An empty datagram is a datagram.
// Errors      udp_strerror tells what a code means; udp_last_error, udp_last_os_error and udp_last_length tell more of
//             the calling thread's last failure.
// Threads     Every function may be called from any thread at any time, on the same socket too, without a lock.
// Waiting     timeout_ms is in milliseconds on the monotonic clock: -1 for ever, 0 not at all. A signal ends a wait
//             with UDP_ERR_INTERRUPTED.
// Ownership   The library keeps no pointer that it is given, and hands out none that must be freed.
// Arguments   NULL, lengths, flags and texts are checked; each has an error of its own. Texts are UTF-8. What a
//             pointer that is not NULL points to has to be as large as is said.

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
    writeln!(text, "// The version of this header; udp_version() is the library's.").unwrap();
    for (name, number) in [("MAJOR", major), ("MINOR", minor), ("PATCH", patch)] {
        writeln!(text, "#define UDP_VERSION_{name} {number}").unwrap();
    }
    writeln!(text, "\n// What functions return: 0 or a count on success, one of these otherwise.").unwrap();
    for row in error::TABLE {
        let (name, text_) = (row.name.to_str().unwrap(), row.text.to_str().unwrap());
        writeln!(text, "// {text_}\n#define {name} ({})", row.code as i32).unwrap();
    }
    writeln!(text, "\n// Options of udp_set and udp_get.").unwrap();
    for row in options::TABLE {
        writeln!(text, "// {}\n#define {} {}", row.text, row.name, row.opt as i32).unwrap();
    }
    text
}

/// One part of the header: what cbindgen reads out of one file.
fn part(file: &str) -> String {
    let root = env!("CARGO_MANIFEST_DIR");
    let config = cbindgen::Config::from_file(format!("{root}/cbindgen.toml")).unwrap();
    let source = format!("{root}/src/ffi/{file}.rs");
    let mut text = Vec::new();
    let builder = cbindgen::Builder::new().with_config(config).with_src(source);
    builder.generate().expect("cbindgen reads the source").write(&mut text);
    String::from_utf8(text).unwrap().trim().replace("\\param", "@param").replace("\\return", "@return") + "\n"
}

const SECTIONS: &[(&str, &str)] = &[
    ("Sockets", "lifecycle"),
    ("Addresses", "address"),
    ("Interfaces", "interface"),
    ("Datagrams", "data"),
    ("Batches", "batch"),
    ("Multicast", "multicast"),
    ("Path errors", "path"),
    ("Text", "text"),
    ("Options", "option"),
    ("Statistics", "stats"),
    ("The system's own", "message"),
    ("Errors and version", "errors"),
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
fn the_committed_header_is_the_sources() {
    let wanted = generated();
    if env::var_os("UPDATE_HEADER").is_some() {
        fs::write(PATH, &wanted).unwrap();
    }
    let committed = fs::read_to_string(PATH).unwrap_or_default();
    assert!(
        committed == wanted,
        "include/libudp.h is not what the source says: run `make header` and commit it"
    );
}
