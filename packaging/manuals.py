#!/usr/bin/env python3
"""Writes the manuals: man3 of each function and libudp(7) from the header, libudp(1) from the help of the command.

    packaging/manuals.py DIRECTORY

The command's help needs the Python package and the library on their paths, as for any program that uses them.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

HEADER = Path(__file__).resolve().parents[1] / "include" / "libudp.h"
# One item with its comment: a function, a struct's or an enum's member, or the first line of a struct or enum.
ITEM = re.compile(r"((?:^ *///.*\n)+)(^ +\S.*\n|^#.*\n|^\w[^;{]*[;{]\n)", re.M)


class Item(NamedTuple):
    """A documented declaration."""

    section: str
    name: str
    declaration: str
    text: str


def items(header: str) -> list[Item]:
    """What the header declares, in its order. Members have the declaration of their struct or enum as section."""
    found = []
    top, section = "", ""
    for part in re.split(r"^// ---- (.*?) -+$", header, flags=re.M):
        if "\n" not in part:
            section = part
            continue
        for match in ITEM.finditer(part):
            text = re.sub(r"^ *///? ?", "", match[1], flags=re.M)
            declaration = match[2].rstrip("\n")
            if declaration.startswith(" "):
                name = re.findall(r"\w+", re.sub(r"\[.*| = .*", "", declaration))[-1]
                found.append(Item(top, name, declaration.strip(" ,;"), text))
                continue
            if declaration.endswith("{"):
                top = name = re.findall(r"\w+", declaration)[-1]
            else:
                name = re.findall(r"\w+", declaration.partition("(")[0].rstrip(";0123456789 "))[-1]
            found.append(Item(section, name, declaration, text))
    return found


def roff(text: str) -> str:
    """Plain text with `code` as roff."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    text = re.sub(r"`([^`]*)`", r"\\fB\1\\fR", text)
    # A full stop or an apostrophe at the beginning of a line would be a request.
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.M)


def paragraphs(text: str) -> str:
    return "\n.PP\n".join(roff(" ".join(part.split())) for part in text.strip().split("\n\n"))


def listed(rows: list[tuple[str, str]]) -> str:
    return "".join(f".TP\n.B {roff(name)}\n{paragraphs(text)}\n" for name, text in rows)


def verbatim(text: str) -> str:
    return f".nf\n{roff(text)}\n.fi\n"


def page(name: str, section: int, version: str, purpose: str, parts: list[tuple[str, str]]) -> str:
    day = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time())))
    text = f'.TH {name} {section} {day} "libudp {version}" "libudp manual"\n.SH NAME\n{name} \\- {roff(purpose)}\n'
    return text + "".join(f".SH {title}\n{body.rstrip()}\n" for title, body in parts if body)


def references(names: list[str]) -> str:
    return " ,\n".join(f".BR {name} (3)" for name in names)


def function_page(item: Item, functions: list[Item], codes: dict[str, str], version: str) -> str:
    text, *tags = re.split(r"^@", item.text, flags=re.M)
    parameters = [(m[1], m[2]) for tag in tags if (m := re.match(r"param (\w+)\s+(.*)", tag, re.S))]
    returns = next((tag.removeprefix("return ") for tag in tags if tag.startswith("return ")), "")
    since = next(tag.removeprefix("since ") for tag in tags if tag.startswith("since "))
    # "other than" names the errors that do not occur.
    named = re.findall(r"UDP_ERR_\w+", re.sub(r"other than\s+`\w+`", "", returns))
    errors = [(code, f"{codes[code][0].upper()}{codes[code][1:]}.") for code in dict.fromkeys(named)]
    others = [other.name for other in functions if other.name != item.name]
    related = [name for name in others if f"`{name}`" in item.text]
    related += [other.name for other in functions if other.section == item.section and other.name in others]
    purpose = re.split(r"[.:;](?=\s|$)", " ".join(text.split()))[0].replace("`", "")
    parts = [
        ("SYNOPSIS", verbatim(f"#include <libudp.h>\n\n{item.declaration}")),
        ("DESCRIPTION", paragraphs(text)),
        ("PARAMETERS", listed(parameters)),
        ("RETURN VALUE", paragraphs(returns)),
        ("ERRORS", listed(errors)),
        ("HISTORY", f"Since libudp {since}"),
        ("SEE ALSO", f"{references(sorted(set(related)))}{' ,' if related else ''}\n.BR libudp (7)".lstrip()),
    ]
    return page(item.name, 3, version, purpose[0].lower() + purpose[1:], parts)


def conventions(header: str, found: list[Item], functions: list[Item], version: str) -> str:
    opening = header.partition("\n\n")[0]
    topics = re.findall(r"^/// (\w+) {2,}(.*\n(?:///  +.*\n?)*)", opening, re.M)
    groups: dict[str, list[str]] = {}
    for item in functions:
        groups.setdefault(item.section, []).append(item.name)
    names = "".join(f".SS {title}\n{references(row)}\n" for title, row in groups.items())
    types = ""
    for item in found:
        members = [(member.declaration, member.text) for member in found if member.section == item.name]
        if members:
            types += f".SS {roff(item.name)}\n{paragraphs(item.text)}\n{listed(members)}"
    parts = [
        ("SYNOPSIS", verbatim("#include <libudp.h>\n\ncc program.c -ludp")),
        ("DESCRIPTION", listed([(name, re.sub(r"^///", "", text, flags=re.M)) for name, text in topics])),
        ("FUNCTIONS", names),
        ("TYPES AND CONSTANTS", types),
        ("SEE ALSO", ".BR libudp (1) ,\n.BR udp (7) ,\n.BR socket (7)"),
    ]
    return page("libudp", 7, version, "UDP for C, Python and any language with an FFI", parts)


def command_page(version: str) -> str:
    def help_of(*command: str) -> str:
        environment = {**os.environ, "COLUMNS": "80", "NO_COLOR": "1"}
        arguments = [sys.executable, "-m", "libudp", *command, "--help"]
        return subprocess.run(arguments, env=environment, check=True, capture_output=True, text=True).stdout

    text = help_of()
    usage, description, rest = text.split("\n\n", 2)
    commands = re.findall(r"^ {4}(\w+)\b", rest, re.M)
    # The exit status follows the help of each command; the page has it once.
    status = re.search(r"^exit status:\n((?: .*\n)+)", rest, re.M)
    assert status and commands, "the help has another form"
    helps = [(name, help_of(name).partition("\nexit status:")[0].rstrip()) for name in commands]
    parts = [
        ("SYNOPSIS", verbatim(usage.removeprefix("usage: "))),
        ("DESCRIPTION", paragraphs(description)),
        ("COMMANDS", "".join(f".SS {name}\n{verbatim(text)}" for name, text in helps)),
        ("EXIT STATUS", verbatim(status[1].rstrip())),
        ("SEE ALSO", ".BR libudp (7)"),
    ]
    purpose = description.strip().rstrip(".")
    return page("libudp", 1, version, purpose[0].lower() + purpose[1:], parts)


def main(directory: str) -> None:
    header = HEADER.read_text(encoding="utf-8")
    found = items(header)
    version = ".".join(re.findall(r"#define UDP_VERSION_\w+ (\d+)", header))
    functions = [item for item in found if "(" in item.declaration]
    codes = {item.name: item.text.strip() for item in found if item.section == "udp_error_code"}
    pages = {f"man3/{item.name}.3": function_page(item, functions, codes, version) for item in functions}
    pages["man7/libudp.7"] = conventions(header, found, functions, version)
    pages["man1/libudp.1"] = command_page(version)
    for name, text in pages.items():
        file = Path(directory) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
