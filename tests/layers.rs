//! The layers of the sources: imports point down, and no two files import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// From the bottom to the top. A module may import modules of its own layer and of those before it.
const LAYERS: &[&[&str]] = &[
    &["sys::errno"],
    &["error"],
    &["deadline", "group", "handle", "lock", "options", "segment", "spin", "types"],
    &["sys"],
    &["addr", "interface", "poller", "resolve", "text"],
    &["socket"],
    &["ffi"],
];

fn layer(module: &str) -> usize {
    // One file of sys is below the rest: errors are made of the system's numbers.
    let top = if module == "sys::errno" { module } else { module.split("::").next().unwrap() };
    let found = LAYERS.iter().position(|layer| layer.contains(&top));
    found.unwrap_or_else(|| panic!("{top} is in no layer: add it to tests/layers.rs and ARCHITECTURE.md"))
}

/// The modules of the crate, by path, with their source. `a/mod.rs` is `a`.
fn modules(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let stem = path.file_stem().unwrap().to_str().unwrap().to_owned();
        let name = if prefix.is_empty() { stem.clone() } else { format!("{prefix}::{stem}") };
        if path.is_dir() {
            modules(&path, &name, found);
        } else if stem != "lib" {
            let name = if stem == "mod" { prefix.to_owned() } else { name };
            found.insert(name, fs::read_to_string(&path).unwrap());
        }
    }
}

/// The lines of code: without comments, without tests, and `use` over several lines in one.
fn code(source: &str) -> String {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join(" ")
}

/// The paths that a module names, each from the crate's root: by `use`, or in place.
fn named(module: &str, source: &str) -> BTreeSet<String> {
    let code = code(source);
    let parent = module.rsplit_once("::").map_or("", |(parent, _)| parent);
    let mut found = BTreeSet::new();
    for (marker, base) in [("crate::", ""), ("super::", parent)] {
        for (at, _) in code.match_indices(marker) {
            if code[..at].ends_with("::") || code[..at].ends_with("(in ") {
                continue;
            }
            let rest = &code[at + marker.len()..];
            let path: String =
                rest.chars().take_while(|c| c.is_ascii_alphanumeric() || "_:".contains(*c)).collect();
            let path = path.trim_end_matches(':');
            // `use super::{a, b}` names its parts after the brace.
            let parts: Vec<&str> = match rest[path.len()..].trim_start_matches("::").strip_prefix('{') {
                Some(parts) => parts.split('}').next().unwrap().split(',').map(str::trim).collect(),
                None => vec![""],
            };
            for part in parts {
                let words = [base, path, part].into_iter().filter(|word| !word.is_empty());
                found.insert(words.collect::<Vec<_>>().join("::"));
            }
        }
    }
    found
}

/// The imports of each module: the longest beginning of each named path that is a module.
fn imports() -> BTreeMap<String, BTreeSet<String>> {
    let mut sources = BTreeMap::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    let module_of = |path: &str| {
        let mut path = path;
        loop {
            if sources.contains_key(path) {
                return Some(path.to_owned());
            }
            path = path.rsplit_once("::")?.0;
        }
    };
    let resolve = |module: &String, source: &String| {
        let found: BTreeSet<String> = named(module, source)
            .iter()
            .filter_map(|path| module_of(path))
            .filter(|to| to != module)
            .collect();
        (module.clone(), found)
    };
    sources.iter().map(|(module, source)| resolve(module, source)).collect()
}

#[test]
fn imports_never_point_to_a_higher_layer() {
    let imports = imports();
    assert!(imports.len() > 30 && imports["socket::send"].contains("sys"), "{imports:?}");
    for (module, targets) in &imports {
        for target in targets {
            assert!(layer(target) <= layer(module), "{module} imports {target}, which is in a higher layer");
        }
    }
}

#[test]
fn imports_name_modules_and_not_the_exports_of_lib() {
    let mut sources = BTreeMap::new();
    modules(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut sources);
    for (module, source) in &sources {
        let code = code(source);
        for (at, _) in code.match_indices("crate::") {
            let next = code[at + "crate::".len()..].chars().next().unwrap();
            assert!(!next.is_ascii_uppercase(), "{module} imports from lib.rs: {}", &code[at..at + 40]);
        }
    }
}

#[test]
fn imports_form_no_circle() {
    let imports = imports();
    let mut left = imports.clone();
    // Remove what imports nothing that is left, until nothing changes.
    loop {
        let leaves: Vec<String> = left
            .iter()
            .filter(|(_, targets)| !targets.iter().any(|target| left.contains_key(target)))
            .map(|(module, _)| module.clone())
            .collect();
        if leaves.is_empty() {
            break;
        }
        leaves.iter().for_each(|leaf| drop(left.remove(leaf)));
    }
    let circle: Vec<_> = left
        .iter()
        .map(|(module, targets)| {
            (module, targets.iter().filter(|target| left.contains_key(*target)).collect::<Vec<_>>())
        })
        .collect();
    assert!(left.is_empty(), "these import each other in a circle: {circle:#?}");
}

#[test]
fn topics_have_one_stem_in_ffi_socket_and_sys() {
    let imports = imports();
    let stems = |prefix: &str| -> BTreeSet<&str> {
        imports.keys().filter_map(|module| module.strip_prefix(prefix)?.rsplit("::").next()).collect()
    };
    let (ffi, socket, sys) = (stems("ffi::"), stems("socket::"), stems("sys::"));
    // Every section of the header about sockets is a file of socket/, and every topic of the system is known above it.
    let own = ["addr", "error", "guard", "interface", "poller", "socket", "text", "types"];
    for section in ffi.iter().filter(|section| !own.contains(section)) {
        assert!(socket.contains(section), "ffi/{section}.rs has no socket/{section}.rs");
    }
    let mechanisms = [
        "bsd",
        "control",
        "epoll",
        "errno",
        "error_queue",
        "fallback",
        "linux",
        "list",
        "kqueue",
        "mmsg",
        "msg_x",
        "per_process",
        "poll",
        "process",
        "no_signals",
        "selector",
        "signals",
        "sink",
        "socket",
        "unix",
        "windows",
    ];
    for topic in sys.iter().filter(|topic| !mechanisms.contains(topic)) {
        let known = socket.contains(topic) || imports.contains_key(*topic);
        assert!(known, "sys has {topic}.rs, which is the stem of no topic above it");
    }
}
