"""Makes what a release consists of: a wheel and an archive for each platform, and the sdist. `make release` runs it.

    release.py FOLDER [TARGET...]

Every library is built with Debian's compiler and its sources of the standard library, without the part that prints
backtraces: no platform needs a toolchain of its own, and the library is a seventh smaller. It needs the packages of
`make deps CROSS=1`, and from PyPI what the extra `release` of bindings/python names.
"""

from __future__ import annotations

import gzip
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Iterator, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / "bindings" / "python"
VERSION = re.search(r'^version = "(.*)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)[1]
# 1980 is the oldest time that a zip file can hold. Times of files would make each build different.
EPOCH = 315532800


class Target(NamedTuple):
    triple: str  # as cargo-zigbuild takes it, with a glibc
    tag: str  # of the wheel
    library: str
    needed: str  # the libraries that it may need, as a pattern


GLIBC = r"lib(c|m|dl|rt|util|pthread)\.so\.\d|ld-linux.*"
MUSL = r"libc\.so|libc\.musl-.*"
APPLE = r"/usr/lib/lib(System\.B|iconv\.2|charset\.1)\.dylib"
WINDOWS = r"(?i)(ws2_32|kernel32|ntdll|iphlpapi|bcryptprimitives|userenv|msvcrt|api-ms-win-.*)\.dll"
TARGETS = [
    Target("x86_64-unknown-linux-gnu.2.17", "manylinux2014_x86_64", "libudp.so", GLIBC),
    Target("aarch64-unknown-linux-gnu.2.17", "manylinux2014_aarch64", "libudp.so", GLIBC),
    Target("x86_64-unknown-linux-musl", "musllinux_1_2_x86_64", "libudp.so", MUSL),
    Target("aarch64-unknown-linux-musl", "musllinux_1_2_aarch64", "libudp.so", MUSL),
    Target("x86_64-apple-darwin", "macosx_10_12_x86_64", "libudp.dylib", APPLE),
    Target("aarch64-apple-darwin", "macosx_11_0_arm64", "libudp.dylib", APPLE),
    Target("x86_64-pc-windows-gnu", "win_amd64", "udp.dll", WINDOWS),
]


def main(folder: str, *chosen: str) -> None:
    goal = Path(folder).resolve()
    goal.mkdir(parents=True, exist_ok=True)
    table = []
    for target in TARGETS:
        if not chosen or target.triple in chosen:
            built = build(target)
            needed = check(built / target.library, target)
            for file in wheel(target, built / target.library, goal), archive(target, built, goal):
                table.append((file.name, f"{file.stat().st_size // 1000} kB", needed))
    if not chosen:
        hatch("sdist", goal, {})
        (sdist,) = goal.glob(f"libudp-{VERSION}.tar.gz")
        table.append((sdist.name, f"{sdist.stat().st_size // 1000} kB", ""))
    for name, size, needed in table:
        print(f"{name:60} {size:>8}  {needed}")


def build(target: Target) -> Path:
    """Builds the shared and the static library, and returns their folder."""
    directory = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "released"
    windows = "windows" in target.triple
    triple = target.triple.partition(".")[0]
    environment = {
        **os.environ,
        "CARGO_TARGET_DIR": str(directory),
        "RUSTC": "/usr/bin/rustc",
        "CARGO": "/usr/bin/cargo",
        "RUSTC_BOOTSTRAP": "1",
        # cargo-zigbuild and zig are programs of the environment of this Python, which need not be activated.
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]),
        # A musl that is linked dynamically, for it has no shared libraries otherwise.
        "RUSTFLAGS": "-Ctarget-feature=-crt-static" if "musl" in triple else "",
        "CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER": "x86_64-w64-mingw32-gcc",
        # The tool that strips for Apple's systems runs on those only.
        "CARGO_PROFILE_RELEASE_STRIP": "none" if "apple" in triple else "symbols",
    }
    command = ["/usr/bin/cargo" if windows else "cargo-zigbuild", "rustc", "--release", "--locked", "--lib"]
    command += ["--crate-type", "cdylib,staticlib", "-Zbuild-std=std,panic_unwind"]
    command += ["-Zbuild-std-features=panic-unwind", "--target", target.triple]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return directory / triple / "release"


def check(library: Path, target: Target) -> str:
    """The libraries that this one needs. Exits if a machine may lack one of them."""
    import lief

    parsed = lief.parse(str(library))
    names = parsed.libraries if not hasattr(parsed, "imports") else [entry.name for entry in parsed.imports]
    needed = sorted(str(getattr(name, "name", name)) for name in names)
    # The first library of a dylib is its own name.
    foreign = [name for name in needed if not re.fullmatch(target.needed, name) and "@rpath" not in name]
    if foreign or not needed:
        sys.exit(f"release: {target.triple} needs {needed}, of which a machine may lack {foreign}")
    return " ".join(name for name in needed if "@rpath" not in name)


def wheel(target: Target, library: Path, goal: Path) -> Path:
    """Packs a wheel, and has auditwheel check what its name promises."""
    hatch("wheel", goal, {"LIBUDP_BUILT": str(library), "LIBUDP_PLATFORM": target.tag})
    file = goal / f"libudp-{VERSION}-py3-none-{target.tag}.whl"
    # For musl, auditwheel would look for its libc.so on this machine. That it needs nothing else was checked.
    if "manylinux" in target.tag:
        show = [sys.executable, "-m", "auditwheel", "show", str(file)]
        said = subprocess.run(show, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
        # auditwheel wraps its lines anywhere. If no tag fits, it prints "linux".
        tag = re.search(r'platform tag:\s+"manylinux_(\d+)_(\d+)_', said)
        if not tag or tuple(map(int, tag.groups())) > (2, 17):
            sys.exit(f"release: {file.name} promises too much:\n{said}")
    return file


def hatch(kind: str, goal: Path, environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(goal)]
    subprocess.run(command, cwd=PYTHON, env={**os.environ, **environment}, check=True, stdout=subprocess.DEVNULL)


def members(target: Target, built: Path) -> Iterator[tuple[str, bytes | str]]:
    """The files of an archive with their contents; the target of a link is a text."""
    for name in "libudp.h", "libudp.ffi.h", "libudp.json":
        yield f"include/{name}", (ROOT / "include" / name).read_bytes()
    for name in "LICENSE-MIT", "LICENSE-APACHE", "README.md":
        yield name, (ROOT / name).read_bytes()
    library = (built / target.library).read_bytes()
    yield "lib/libudp.a", (built / "libudp.a").read_bytes()
    if target.library == "udp.dll":
        yield "bin/udp.dll", library
        yield "lib/libudp.dll.a", (built / "libudp.dll.a").read_bytes()
        # For the import library of another compiler: lib /def:udp.def /machine:x64 (LINK of Microsoft).
        functions = re.findall(r"^(?!typedef|/)\w[\w *]*?\*?(udp_\w+)\(", (ROOT / "include/libudp.h").read_text(), re.MULTILINE)
        yield "lib/udp.def", "\r\n".join(["LIBRARY udp.dll", "EXPORTS", *functions, ""]).encode()
    elif target.library == "libudp.so":
        yield f"lib/libudp.so.{VERSION}", library
        yield "lib/libudp.so.0", f"libudp.so.{VERSION}"
        yield "lib/libudp.so", "libudp.so.0"
    else:
        yield f"lib/{target.library}", library
    values = {"PREFIX": "${pcfiledir}/../..", "LIBDIR": "${prefix}/lib", "INCLUDEDIR": "${prefix}/include", "VERSION": VERSION}
    pc = re.sub("@([A-Z]+)@", lambda at: values[at[1]], (ROOT / "libudp.pc.in").read_text())
    if target.library != "libudp.so":
        private = "-lws2_32 -liphlpapi -lntdll -luserenv" if target.library == "udp.dll" else "-lSystem"
        pc = re.sub("^Libs.private: .*", f"Libs.private: {private}", pc, flags=re.MULTILINE)
    yield "lib/pkgconfig/libudp.pc", pc.encode()


def archive(target: Target, built: Path, goal: Path) -> Path:
    """Packs what a C programmer needs, the same bytes each time."""
    triple = target.triple.partition(".")[0]
    name = f"libudp-{VERSION}-{triple}"
    if target.library == "udp.dll":
        file = goal / f"{name}.zip"
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            for path, content in members(target, built):
                packed.writestr(zipfile.ZipInfo(f"{name}/{path}"), content, zipfile.ZIP_DEFLATED)
        return file
    file = goal / f"{name}.tar.gz"
    with file.open("wb") as raw, gzip.GzipFile("", "wb", fileobj=raw, mtime=EPOCH) as zipped:
        with tarfile.open(fileobj=zipped, mode="w") as packed:
            for path, content in members(target, built):
                entry = tarfile.TarInfo(f"{name}/{path}")
                entry.mtime = EPOCH
                if isinstance(content, str):
                    entry.type, entry.linkname = tarfile.SYMTYPE, content
                    packed.addfile(entry)
                else:
                    entry.size, entry.mode = len(content), 0o755 if ".so." in path else 0o644
                    packed.addfile(entry, io.BytesIO(content))
    return file


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(f"release: {error.cmd[:3]} failed with status {error.returncode}")
