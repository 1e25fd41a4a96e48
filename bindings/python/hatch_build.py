"""Build hook: compiles the Rust crate for the wheel, and adds the crate to the sdist.

LIBUDP_MANYLINUX=2.17 builds for every Linux with glibc 2.17 or later, with cargo-zigbuild; see release_wheel.py.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# The files that the crate is built from, and further files that are added if they exist.
CRATE = ("Cargo.toml", "Cargo.lock", "build.rs", "src", "include")
EXTRAS = ("LICENSE-MIT", "LICENSE-APACHE", "cbindgen.toml", "README.md", "benches", "examples")


class CargoBuildHook(BuildHookInterface[Any]):
    """hatchling calls it before it packs a wheel or an sdist."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        crate = find_crate(Path(self.root))
        if self.target_name == "sdist":
            for name in CRATE + EXTRAS:
                if (crate / name).exists():
                    build_data["force_include"][str(crate / name)] = f"crate/{name}"
            return
        glibc = os.environ.get("LIBUDP_MANYLINUX", "")
        library = build(crate, glibc)
        # The library does not use the C API of Python, so one wheel serves every Python 3 of the platform.
        build_data["tag"] = f"py3-none-{system_of(glibc)}"
        build_data["pure_python"] = False
        if version == "editable":
            # An editable install imports from this folder, so the library must be in it.
            shutil.copy2(library, Path(self.root) / "libudp" / library.name)
        else:
            build_data["force_include"][str(library)] = f"libudp/{library.name}"


def find_crate(root: Path) -> Path:
    """The crate's folder: `crate` in an unpacked sdist, two levels up in a checkout."""
    places = [root / "crate", root.parent.parent]
    for place in places:
        if (place / "Cargo.toml").is_file():
            return place
    tried = " nor ".join(str(place) for place in places)
    raise SystemExit(f"libudp: no Cargo.toml in {tried}; build from a checkout or from the sdist")


def system_of(glibc: str) -> str:
    """The platform tag of the wheel. Old versions of pip know glibc 2.17 as manylinux2014 (PEP 599, PEP 600)."""
    if not glibc:
        return sysconfig.get_platform().replace("-", "_").replace(".", "_")
    name = "2014" if glibc == "2.17" else "_" + glibc.replace(".", "_")
    return f"manylinux{name}_{platform.machine()}"


# The linker of zig lacks -Bsymbolic-functions, which build.rs passes. -Bsymbolic does the same for a library that
# exports only functions.
LINKER = """#!/bin/sh
for argument do
    shift
    [ "$argument" = -Wl,-Bsymbolic-functions ] && argument=-Wl,-Bsymbolic
    set -- "$@" "$argument"
done
exec cargo-zigbuild zig cc -- -target {machine}-linux-gnu.{glibc} "$@"
"""


def build(crate: Path, glibc: str) -> Path:
    """Runs cargo and returns the path of the shared library, from the messages of cargo."""
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ)
        if glibc:
            machine = platform.machine()
            linker = Path(folder) / "linker"
            linker.write_text(LINKER.format(machine=machine, glibc=glibc))
            linker.chmod(0o755)
            environment[f"CARGO_TARGET_{machine.upper()}_UNKNOWN_LINUX_GNU_LINKER"] = str(linker)
        return cargo(crate, glibc, environment)


def cargo(crate: Path, glibc: str, environment: dict[str, str]) -> Path:
    # Naming the crate types leaves out the Rust library, with which cargo would ignore `lto`.
    command = ["cargo-zigbuild" if glibc else "cargo", "rustc", "--release", "--locked", "--lib"]
    command += ["--crate-type", "cdylib,staticlib", "--message-format=json-render-diagnostics"]
    if glibc:
        command += ["--target", f"{platform.machine()}-unknown-linux-gnu.{glibc}"]
    try:
        done = subprocess.run(command, cwd=crate, env=environment, check=True, stdout=subprocess.PIPE)
    except FileNotFoundError:
        raise SystemExit("libudp: building from source needs Rust (cargo); see https://rustup.rs") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"libudp: cargo failed with status {error.returncode}") from None
    for line in done.stdout.splitlines():
        message = json.loads(line)
        if message["reason"] == "compiler-artifact" and message["target"]["name"] == "udp":
            for file in map(Path, message["filenames"]):
                if file.suffix in (".so", ".dylib", ".dll"):
                    return file
    raise SystemExit("libudp: cargo named no shared library")
