"""Build hook: compiles the Rust crate for the wheel, and adds the crate to the sdist.

LIBUDP_BUILT and LIBUDP_PLATFORM name a library that is built already, for any platform, and the platform as in the name
of a wheel; packaging/release.py sets them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
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
        built, system = os.environ.get("LIBUDP_BUILT"), os.environ.get("LIBUDP_PLATFORM")
        if not (built and system):
            check_platform()
        library = Path(built) if built else build(crate)
        system = system or sysconfig.get_platform().replace("-", "_").replace(".", "_")
        # The library does not use the C API of Python, so one wheel serves every Python 3 of the platform.
        build_data["tag"] = f"py3-none-{system}"
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


def check_platform() -> None:
    """Ends with one sentence where the compiler would print hundreds of errors."""
    if not sys.platform.startswith(("linux", "android", "darwin", "freebsd", "win32")):
        raise SystemExit(f"libudp runs on Linux, Android, macOS, FreeBSD and Windows, not on {sys.platform}")


def build(crate: Path) -> Path:
    """Runs cargo and returns the path of the shared library, from the messages of cargo."""
    # Naming the crate types leaves out the Rust library, with which cargo would ignore `lto`.
    command = ["cargo", "rustc", "--release", "--locked", "--lib"]
    command += ["--crate-type", "cdylib,staticlib", "--message-format=json-render-diagnostics"]
    try:
        done = subprocess.run(command, cwd=crate, check=True, stdout=subprocess.PIPE)
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
