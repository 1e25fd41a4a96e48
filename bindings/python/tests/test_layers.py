"""The layers of the package: imports point down, and no modules import each other in a circle."""

import ast
import re
from pathlib import Path

import pytest

import libudp
from conftest import CHECKOUT

PACKAGE = Path(libudp.__file__).parent
# From the bottom up. A module imports from its own layer and from layers below. `aio`, `cli` and the drop-in do not
# import each other.
LAYERS = [
    {"errors", "_version"},
    {"_native"},
    {"_data"},
    {"_socket"},
    {"_dropin", "aio", "cli"},
    {"", "socket", "__main__"},  # "" is libudp/__init__.py
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}


def module_name(path):
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in PACKAGE.rglob("*.py")}


def imports(name):
    """The modules of the package that a module imports."""
    path = MODULES[name]
    package = name.split(".") if path.name == "__init__.py" else name.split(".")[:-1]
    package = [part for part in package if part]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[2] for alias in node.names if alias.name.split(".")[0] == "libudp")
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                base = package[: len(package) + 1 - node.level] + (node.module or "").split(".")
            elif (node.module or "").split(".")[0] == "libudp":
                base = node.module.split(".")[1:]
            else:
                continue
            base = ".".join(part for part in base if part)
            for alias in node.names:
                inner = f"{base}.{alias.name}".lstrip(".")
                found.add(inner if inner in MODULES else base)
    return found


def layer(name):
    return name.split(".")[0]


def test_every_module_belongs_to_a_layer():
    assert {layer(name) for name in MODULES} == set(RANK)


def test_imports_are_found():
    assert "_native.calls" in imports("_data.address") and "errors" in imports("_native.calls")
    assert "_native.declarations" in imports("_socket.base")  # from .._native import declarations
    assert {"_socket", "_data.batch"} <= imports("")


@pytest.mark.parametrize("name", sorted(MODULES))
def test_imports_point_down(name):
    for other in imports(name):
        assert other in MODULES, other
        assert layer(other) == layer(name) or RANK[layer(other)] < RANK[layer(name)], f"{name} imports {other}"


def test_no_modules_import_each_other_in_a_circle():
    done, path = set(), []

    def visit(name):
        assert name not in path, " imports ".join([*path[path.index(name) :], name])
        if name not in done:
            path.append(name)
            for other in sorted(imports(name)):
                visit(other)
            path.pop()
            done.add(name)

    for name in sorted(MODULES):
        visit(name)


# The files of `_socket` and the sections of libudp.h.
SECTIONS = {
    "base": "Sockets",
    "send": "Send",
    "receive": "Receive",
    "broadcast": "Broadcast",
    "reply": "Replies",
    "multicast": "Multicast",
    "path_errors": "Path errors",
    "poller": "Many sockets",
    "steer": "Many cores",
    "text": "Text",
    "options": "Options",
    "stats": "Statistics",
}


@pytest.mark.parametrize("stem", SECTIONS)
def test_socket_files_call_the_functions_of_their_section_of_the_header(stem):
    header = CHECKOUT / "include" / "libudp.h"
    if not header.is_file():
        pytest.skip("the header is in a checkout only")
    sections = re.split(r"^// ---- ([\w ]+?) -+$", header.read_text(encoding="utf-8"), flags=re.MULTILINE)
    functions = {
        title: set(re.findall(r"\b(udp_\w+)\(", text)) for title, text in zip(sections[1::2], sections[2::2])
    }
    called = set(re.findall(r"lib\.(udp_\w+)", MODULES[f"_socket.{stem}"].read_text(encoding="utf-8")))
    # Every topic may ask for details of a failure.
    own = called - functions["Errors and version"]
    assert own and own <= functions[SECTIONS[stem]]
