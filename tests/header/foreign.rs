//! The header in two more forms: `libudp.ffi.h` for readers of C that have no preprocessor, and `libudp.json` for those who
//! write declarations in another language. Both are made from the header's text, which has a regular form.

use std::fmt::Write;

use serde::Serialize;

#[derive(Serialize)]
pub(crate) struct Interface {
    version: &'static str,
    doc: String,
    types: serde_json::Map<String, serde_json::Value>,
    pub(crate) enums: Vec<Enum>,
    constants: Vec<Constant>,
    pub(crate) structs: Vec<Struct>,
    pub(crate) functions: Vec<Function>,
}

#[derive(Serialize)]
pub(crate) struct Enum {
    name: String,
    doc: String,
    pub(crate) values: Vec<Constant>,
}

#[derive(Serialize)]
pub(crate) struct Constant {
    pub(crate) name: String,
    pub(crate) value: i64,
    doc: String,
}

#[derive(Serialize)]
pub(crate) struct Struct {
    pub(crate) name: String,
    doc: String,
    pub(crate) size: PerWidth,
    pub(crate) fields: Vec<Field>,
}

#[derive(Serialize)]
pub(crate) struct Field {
    pub(crate) name: String,
    r#type: String,
    length: Option<usize>,
    pub(crate) offset: PerWidth,
    doc: String,
}

#[derive(Serialize)]
pub(crate) struct Function {
    pub(crate) name: String,
    section: String,
    doc: String,
    parameters: Vec<Parameter>,
    returns: String,
    return_doc: String,
    since: String,
}

#[derive(Serialize)]
struct Parameter {
    name: String,
    r#type: String,
    doc: String,
}

/// A number of bytes where a pointer has 32 bits, and where it has 64.
#[derive(Serialize, Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct PerWidth {
    #[serde(rename = "32")]
    pub(crate) narrow: usize,
    #[serde(rename = "64")]
    pub(crate) wide: usize,
}

/// Reads the header.
pub(crate) fn interface(header: &str) -> Interface {
    let mut all = Interface {
        version: env!("CARGO_PKG_VERSION"),
        doc: String::new(),
        types: serde_json::Map::new(),
        enums: Vec::new(),
        constants: Vec::new(),
        structs: Vec::new(),
        functions: Vec::new(),
    };
    let mut section = String::new();
    let mut doc: Vec<&str> = Vec::new();
    let mut lines = header.lines();
    while let Some(line) = lines.next() {
        if let Some(text) = line.strip_prefix("///") {
            doc.push(text);
        } else if let Some(title) = line.strip_prefix("// ---- ") {
            section = title.trim_end_matches(['-', ' ']).to_owned();
        } else if let Some(constant) = line.strip_prefix("#define UDP_") {
            let (name, value) = constant.split_once(' ').unwrap();
            let name = format!("UDP_{name}");
            all.constants.push(Constant { name, value: value.parse().unwrap(), doc: text(&doc) });
        } else if line.is_empty() {
            if all.doc.is_empty() {
                // The first line names the file.
                all.doc = text(&doc[1..]);
            }
            doc.clear();
        } else if let Some(name) = line.strip_prefix("enum ") {
            let values = body(&mut lines).into_iter().map(|(line, doc)| {
                let (name, value) = line.trim_end_matches(',').split_once(" = ").unwrap();
                Constant { name: name.to_owned(), value: value.parse().unwrap(), doc }
            });
            let name = name.trim_end_matches(" {").to_owned();
            all.enums.push(Enum { name, doc: text(&doc), values: values.collect() });
        } else if let Some(name) = line.strip_prefix("typedef struct ") {
            let name = name.trim_end_matches(" {").to_owned();
            let members = body(&mut lines);
            let new = structure(name, text(&doc), members, &all.structs);
            all.structs.push(new);
        } else if let Some(declaration) = line.strip_prefix("typedef ") {
            let (name, r#type) = name_and_type(declaration.trim_end_matches(';'));
            all.types.insert(name, r#type.into());
        } else if line.contains('(') {
            let mut declaration = line.to_owned();
            while !declaration.ends_with(';') {
                write!(declaration, " {}", lines.next().unwrap().trim()).unwrap();
            }
            all.functions.push(function(&declaration, &section, &doc));
        } else {
            assert!(line.starts_with('#') || line == "}" || line == "extern \"C\" {", "a new form: {line}");
        }
    }
    all
}

/// The members of an enum or a struct, each with its text.
fn body<'h>(lines: &mut impl Iterator<Item = &'h str>) -> Vec<(&'h str, String)> {
    let mut members = Vec::new();
    let mut doc = Vec::new();
    for line in lines.map(str::trim).take_while(|line| !line.starts_with('}')) {
        if let Some(text) = line.strip_prefix("///") {
            doc.push(text);
        } else {
            members.push((line, text(&doc)));
            doc.clear();
        }
    }
    members
}

/// Lays out a struct. No struct has padding (the test compares with the compiler): each field is where the last one ends.
fn structure(name: String, doc: String, members: Vec<(&str, String)>, known: &[Struct]) -> Struct {
    let mut size = PerWidth { narrow: 0, wide: 0 };
    let mut fields = Vec::new();
    for (declaration, doc) in members {
        let (declaration, length) = match declaration.trim_end_matches(';').split_once('[') {
            Some((declaration, length)) => {
                (declaration, Some(length.trim_end_matches(']').parse::<usize>().unwrap()))
            }
            None => (declaration.trim_end_matches(';'), None),
        };
        let (field, r#type) = name_and_type(declaration);
        let one = width(&r#type, known);
        fields.push(Field { name: field, r#type, length, offset: size, doc });
        size.narrow += one.narrow * length.unwrap_or(1);
        size.wide += one.wide * length.unwrap_or(1);
    }
    Struct { name, doc, size, fields }
}

fn width(r#type: &str, known: &[Struct]) -> PerWidth {
    if let Some(of) = known.iter().find(|of| of.name == r#type) {
        return of.size;
    }
    let (narrow, wide) = match r#type {
        "size_t" => (4, 8),
        pointer if pointer.ends_with('*') => (4, 8),
        "char" | "uint8_t" => (1, 1),
        "uint16_t" => (2, 2),
        "int32_t" | "uint32_t" => (4, 4),
        "int64_t" | "uint64_t" | "udp_socket" | "udp_poller" => (8, 8),
        _ => panic!("the size of {type}"),
    };
    PerWidth { narrow, wide }
}

fn function(declaration: &str, section: &str, doc: &[&str]) -> Function {
    let (head, rest) = declaration.split_once('(').unwrap();
    let (name, returns) = name_and_type(head);
    let rest = rest.trim_end_matches(");");
    let parts = split(doc);
    let tag = |tag: &str| {
        parts.iter().find(|(name, _)| name == tag).map(|(_, text)| text.clone()).unwrap_or_default()
    };
    let parameters = rest.split(", ").filter(|parameter| *parameter != "void").map(|parameter| {
        let (name, r#type) = name_and_type(parameter);
        Parameter { doc: tag(&format!("@param {name}")), name, r#type }
    });
    Function {
        section: section.to_owned(),
        doc: tag(""),
        parameters: parameters.collect(),
        returns,
        return_doc: tag("@return"),
        since: tag("@since"),
        name,
    }
}

/// Splits a comment at its tags: what `@param name`, `@return`, `@since` say, and under "" what stands before them.
fn split(doc: &[&str]) -> Vec<(String, String)> {
    let mut parts = vec![(String::new(), Vec::new())];
    for line in doc {
        let line = line.strip_prefix(' ').unwrap_or(line);
        if line.starts_with('@') {
            let words = if line.starts_with("@param") { 2 } else { 1 };
            let tag = line.split(' ').take(words).collect::<Vec<_>>().join(" ");
            let rest = line[tag.len()..].trim();
            parts.push((tag, vec![rest]));
        } else {
            parts.last_mut().unwrap().1.push(line);
        }
    }
    parts.into_iter().map(|(tag, lines)| (tag, text(&lines))).collect()
}

/// `const char *name` as `name` and `const char *`. Every struct has a typedef, so the word `struct` says nothing.
fn name_and_type(declaration: &str) -> (String, String) {
    let at = declaration.rfind([' ', '*']).unwrap() + 1;
    (declaration[at..].to_owned(), declaration[..at].trim().replace("struct ", ""))
}

/// The lines of a comment as text, a line for each paragraph. `Word     text` begins a paragraph as well.
fn text(lines: &[&str]) -> String {
    let mut text = String::new();
    for line in lines.iter().map(|line| line.trim()) {
        let item = line.split_once("  ").filter(|(word, _)| !word.is_empty() && !word.contains(' '));
        if !text.is_empty() && !text.ends_with('\n') {
            text += if line.is_empty() || item.is_some() { "\n\n" } else { " " };
        }
        match item {
            Some((word, rest)) => write!(text, "{word}: {}", rest.trim()).unwrap(),
            None => text += line,
        }
    }
    text.trim_end().to_owned()
}

/// The header without its preprocessor lines, comments and `extern "C"`.
pub(crate) fn ffi_header(header: &str) -> String {
    let mut text = String::from(
        "// libudp.h without what LuaJIT, PHP and cffi cannot read. libudp.h says what everything means.\n\
         // Generated from the source by `make header`; do not edit.\n",
    );
    for line in header.lines() {
        let left_out = line.is_empty() || line == "}" || line.starts_with("extern");
        if !left_out && !line.starts_with('#') && !line.trim_start().starts_with("//") {
            writeln!(text, "{line}").unwrap();
        }
    }
    text
}

pub(crate) fn json(header: &str) -> String {
    serde_json::to_string_pretty(&interface(header)).unwrap() + "\n"
}

/// The tables of docs/structs.md.
pub(crate) fn structs(header: &str) -> String {
    let mut text = String::from(
        "# Structs in bytes\n\n\
         For declarations in a language that does not read C. No struct has padding, and numbers have the byte order of\n\
         the machine. [`libudp.json`](../include/libudp.json) has the same for programs, with all functions and\n\
         constants; [`libudp.h`](../include/libudp.h) says what each field means. Where a pointer has 32 bits, a number\n\
         in brackets holds. Generated from the source by `make header`; do not edit.\n",
    );
    let bytes = |number: PerWidth| match number {
        PerWidth { narrow, wide } if narrow == wide => format!("{wide}"),
        PerWidth { narrow, wide } => format!("{wide} ({narrow})"),
    };
    for Struct { name, size, fields, .. } in interface(header).structs {
        write!(text, "\n## {name}: {} bytes\n\n| offset | field | type |\n|---|---|---|\n", bytes(size))
            .unwrap();
        for Field { name, r#type, length, offset, .. } in fields {
            let length = length.map(|length| format!("[{length}]")).unwrap_or_default();
            writeln!(text, "| {} | `{name}` | `{type}{length}` |", bytes(offset)).unwrap();
        }
    }
    text
}
