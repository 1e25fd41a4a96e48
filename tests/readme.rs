//! What the README and the pages beside it say is true of the project: programs run, links lead somewhere, tables are
//! complete, figures are those that were measured.

#![cfg(target_os = "linux")]

#[path = "support/optional.rs"]
mod optional;
mod support;
#[path = "support/tools.rs"]
mod tools;

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::process::{self, Command};

use optional::have;
use support::{ROOT, library, path, run};
use tools::{Scratch, compiler};

fn read(file: &str) -> String {
    fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The README's one block of a language.
fn block(language: &str) -> String {
    let readme = read("README.md");
    let fence = format!("```{language}\n");
    let [_, rest] = readme.split(&fence).collect::<Vec<_>>()[..] else {
        panic!("the README has one block of {language}")
    };
    rest.split_once("\n```").expect("the block ends").0.to_owned() + "\n"
}

/// The headings of a page; a line that begins with # inside a block of code is none.
fn headings(text: &str) -> Vec<&str> {
    let outside = text.split("```").step_by(2);
    outside.flat_map(str::lines).filter(|line| line.starts_with('#')).collect()
}

/// The part of the README below a heading, up to the next heading.
fn section(heading: &str) -> String {
    let readme = read("README.md");
    let all = headings(&readme);
    let at = all.iter().position(|line| *line == heading).unwrap_or_else(|| panic!("no section {heading}"));
    let below = readme.split_once(&format!("\n{heading}\n")).unwrap().1;
    let next = all.get(at + 1).map_or(below.len(), |next| below.find(&format!("\n{next}\n")).unwrap());
    below[..next].to_owned()
}

/// The cells of the tables in a text, row by row, without the rules below the headings.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let is_row = |line: &&str| line.starts_with('|') && !line.starts_with("|---");
    text.lines().filter(is_row).map(|line| line.split('|').map(str::trim).collect()).map(inner).collect()
}

/// What is between the first bar of a row and the last.
fn inner(cells: Vec<&str>) -> Vec<&str> {
    cells[1..cells.len() - 1].to_vec()
}

/// Words that begin with `udp_` and stand in front of a parenthesis.
fn calls(text: &str) -> Vec<String> {
    let word = |before: &str| {
        let name = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
        name.starts_with("udp_").then(|| name.to_owned())
    };
    text.match_indices('(').filter_map(|(at, _)| word(&text[..at])).collect()
}

fn python() -> Command {
    let mut python = Command::new(env::var("PYTHON").unwrap_or_else(|_| "python3".into()));
    python.env("PYTHONPATH", path("bindings/python")).env("PYTHONUTF8", "1");
    python.env("LIBUDP_LIBRARY", library("libudp.so"));
    python
}

#[test]
fn c_quick_start_prints_what_the_readme_says() {
    let scratch = Scratch::new("readme-c");
    let (source, quick) = (scratch.path("quick.c"), scratch.path("quick"));
    fs::write(&source, block("c")).unwrap();
    // The program asks for the library by its soname.
    let soname = scratch.path("libudp.so.0");
    symlink(library("libudp.so"), &soname).unwrap();

    let mut cc = compiler(false);
    cc.args(["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]).arg(format!("-I{ROOT}/include"));
    run(cc.arg(&source).arg(&soname).arg("-o").arg(&quick));
    // Cargo sets LD_LIBRARY_PATH for its tests, which goes before what the program was linked with.
    assert_eq!(run(Command::new(&quick).env("LD_LIBRARY_PATH", scratch.path(""))), "hello\n");
}

#[test]
fn python_quick_start_prints_what_the_readme_says() {
    let scratch = Scratch::new("readme-python");
    let script = scratch.path("quick.py");
    fs::write(&script, block("python")).unwrap();
    assert_eq!(run(python().arg(&script)), "你好 gb18030\ngot it\n");
}

#[test]
fn terminal_picture_shows_what_the_commands_print() {
    run(python().arg(path("docs/terminal.py")).arg("--check"));
}

/// The commands as printed, in an empty home; only `make` is told to take the library that was built beside this test.
#[test]
fn linking_commands_build_programs_that_start() {
    if !have("pkg-config") {
        return;
    }
    let scratch = Scratch::new("readme-linking");
    fs::write(scratch.path("program.c"), block("c")).unwrap();
    fs::create_dir(scratch.path("home")).unwrap();
    // The shell splits what pkg-config prints at spaces, which the path of the checkout may contain.
    let home = format!("/tmp/libudp-readme-{}", process::id());
    let _ = fs::remove_file(&home);
    symlink(scratch.path("home"), &home).unwrap();

    let libraries = library("libudp.so").parent().unwrap().to_owned();
    let make = r#"make() { command make -s -C "$ROOT" -f install.mk BUILD= TARGET_DIR="$LIBRARIES" "$@"; }"#;
    let mut shell = Command::new("sh");
    shell.arg("-euc").arg(format!("{make}\n{}./shared\n./static\n", block("sh")));
    shell.current_dir(scratch.path("")).env("HOME", &home).env("ROOT", ROOT).env("LIBRARIES", libraries);
    for inherited in ["LD_LIBRARY_PATH", "PKG_CONFIG_LIBDIR", "PREFIX", "MAKEFLAGS", "MFLAGS"] {
        shell.env_remove(inherited);
    }
    let printed = run(&mut shell);
    fs::remove_file(&home).unwrap();
    assert!(printed.ends_with("hello\nhello\n"), "{printed}");
}

#[test]
fn tables_of_calls_name_each_function_of_the_header_once() {
    let section = section("### The ten common ones") + &section("### All others");
    let mut named: Vec<_> = rows(&section).iter().flat_map(|row| calls(&row.join("|"))).collect();
    let header = read("include/libudp.h");
    let code: Vec<_> = header.lines().filter(|line| !line.starts_with([' ', '/', '#'])).collect();
    let mut functions = calls(&code.join("\n"));
    named.sort();
    functions.sort();
    assert_eq!(named, functions);
}

#[test]
fn sections_of_the_calls_are_those_of_the_header() {
    let section = section("### All others");
    let rows = rows(&section);
    let names: Vec<_> = rows.iter().skip(1).map(|row| row[0]).filter(|name| !name.is_empty()).collect();
    let header = read("include/libudp.h");
    let titles = header.lines().filter_map(|line| line.strip_prefix("// ---- "));
    assert_eq!(names, Vec::from_iter(titles.map(|title| title.trim_end_matches(['-', ' ']))));
}

/// The pages that this test holds to the project.
fn pages() -> Vec<String> {
    let name = |entry: std::io::Result<fs::DirEntry>| entry.unwrap().file_name().into_string().unwrap();
    let markdown = |folder: &str| -> Vec<String> {
        let names = fs::read_dir(path(folder)).unwrap().map(name).filter(|name| name.ends_with(".md"));
        names.map(|name| format!("{folder}{name}")).collect()
    };
    let pages = [markdown(""), markdown("docs/")].concat();
    assert!(pages.len() > 10, "{pages:?}");
    pages
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim_start_matches('#').trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    for page in pages() {
        let text = read(&page);
        for (at, _) in text.match_indices("](") {
            let link = text[at + 2..].split(')').next().unwrap();
            if link.starts_with("https://") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path(&page) } else { path(&page).parent().unwrap().join(file) };
            assert!(target.exists(), "{page} links to {link}");
            if !heading.is_empty() {
                let text = fs::read_to_string(&target).unwrap();
                let anchors: BTreeSet<_> = headings(&text).into_iter().map(anchor).collect();
                assert!(anchors.contains(heading), "{page} links to {link}; there are {anchors:?}");
            }
        }
    }
}

/// The Chinese page names a Python exception beside each code.
#[test]
fn exceptions_of_the_chinese_page_are_those_of_their_codes() {
    let header = read("include/libudp.h");
    let page = read("docs/zh.md");
    let mut checks = String::from("from libudp.errors import from_code\n");
    let mut count = 0;
    for row in rows(&page).iter().filter(|row| row[0].starts_with("`UDP_ERR_")) {
        let (name, class) = (row[0].trim_matches('`'), row[1].trim_matches('`'));
        let definition = format!("    {name} = ");
        let number = header.lines().find_map(|line| line.strip_prefix(&definition)).expect(name);
        let number = number.trim_end_matches(',');
        checks += &format!("assert type(from_code({number}, '')).__name__ == '{class}', '{name}'\n");
        count += 1;
    }
    assert!(count > 10, "{count} exceptions");
    run(python().args(["-c", &checks]));
}

/// Paths in code, such as `src/socket/send.rs` or `examples/chat.c`, begin with one of the project's folders.
#[test]
fn paths_in_code_exist() {
    let folders = ["src/", "tests/", "docs/", "examples/", "benches/", "bindings/", "include/"];
    let mut seen = 0;
    for page in pages() {
        let text = read(&page);
        let words = text.split('`').flat_map(|code| code.split_whitespace());
        for word in words.filter(|word| folders.iter().any(|folder| word.starts_with(folder))) {
            let file = word.trim_end_matches([',', '.', ';', ':', ')', '。', '，']);
            if !file.contains(['<', '*', '{']) {
                assert!(path(file).exists(), "{page} names {file}");
                seen += 1;
            }
        }
    }
    assert!(seen > 20, "{seen} paths");
}

/// ARCHITECTURE.md says `name` in `file`; the file, or one below the folder, defines it.
#[test]
fn functions_of_the_architecture_are_in_their_files() {
    let sources = |place: &str| -> String {
        let mut open = vec![path(place)];
        let mut text = String::new();
        while let Some(next) = open.pop() {
            if next.is_dir() {
                open.extend(fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()));
            } else {
                text += &fs::read_to_string(next).unwrap();
            }
        }
        text
    };
    let page = read("ARCHITECTURE.md");
    let mut found = 0;
    for cell in rows(&page).iter().flatten() {
        let Some((names, place)) = cell.split_once(" in `") else { continue };
        let place = place.split('`').next().unwrap();
        let text = sources(place);
        for name in names.split('`').skip(1).step_by(2) {
            let defined = ["fn", "struct", "static"].iter().any(|kind| {
                [' ', '<', '(', ':'].iter().any(|end| text.contains(&format!("{kind} {name}{end}")))
            });
            assert!(defined, "{place} does not define {name}");
            found += 1;
        }
    }
    assert!(found > 10, "{found} functions");
}

/// The names that C has are written as C has them.
#[test]
fn names_of_the_library_are_those_of_the_header() {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let header = read("include/libudp.h");
    let known: BTreeSet<_> = header.split(|c| !word(c)).collect();
    for page in pages() {
        let text = read(&page);
        let names =
            text.split(|c| !word(c)).filter(|name| name.starts_with("UDP_") || name.starts_with("udp_"));
        for name in names.filter(|name| !name.ends_with('_') && *name != "udp_fallback") {
            assert!(known.contains(name), "{page} says {name}");
        }
    }
}

#[test]
fn measured_figures_are_those_of_the_results() {
    let results = read("benches/results.txt");
    let measured: BTreeSet<_> = results.split_whitespace().collect();
    let mut compared = 0;
    let tables = [section("## Libudp and the alternatives"), read("docs/performance.md")];
    for row in tables.iter().flat_map(|text| rows(text)) {
        let words = row[1..].iter().flat_map(|cell| cell.split([' ', ';']));
        for number in words.filter(|word| word.len() > 2 && word.parse::<f64>().is_ok()) {
            assert!(measured.contains(number), "{number} was not measured: {row:?}");
            compared += 1;
        }
    }
    assert!(compared > 30, "{compared} figures");
}

#[test]
fn oldest_rust_is_that_of_the_manifest() {
    let said = format!("Rust {} or later", env!("CARGO_PKG_RUST_VERSION"));
    assert!(read("README.md").contains(&said), "the README does not say: {said}");
}

#[test]
fn sizes_of_structs_are_those_of_the_source() {
    let section = section("## Linking");
    let tables = rows(&section);
    let at = tables.iter().position(|row| row[0] == "`udp_addr`").expect("a table of sizes");
    macro_rules! sizes {
        ($($name:ident)*) => {
            [$((format!("`{}`", stringify!($name)), size_of::<udp::ffi::types::$name>().to_string())),*]
        };
    }
    let (names, said): (Vec<_>, Vec<_>) = sizes! {
        udp_addr udp_text_info udp_packet udp_packet_info udp_stats udp_slice udp_interface udp_path_error
    }
    .into_iter()
    .unzip();
    assert_eq!(tables[at], names);
    if cfg!(target_pointer_width = "64") {
        assert_eq!(tables[at + 1], said);
    }
}
