"""Where the shared library may be."""

from __future__ import annotations

import atexit
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Iterator

if sys.platform == "win32":
    FILE = SONAME = "udp.dll"
elif sys.platform == "darwin":
    FILE = SONAME = "libudp.dylib"
else:
    FILE, SONAME = "libudp.so", "libudp.so.0"


def candidates() -> Iterator[str]:
    """The paths to try, in order."""
    chosen = os.environ.get("LIBUDP_LIBRARY")
    if chosen:
        # A library that is named explicitly is the only candidate.
        yield chosen
        return
    package = Path(__file__).resolve().parents[1]
    yield str(package / FILE) if package.is_dir() else unpacked()
    if (package.parent / "pyproject.toml").is_file() and len(package.parents) > 2:
        target = package.parents[2] / "target"
        yield str(target / "release" / FILE)
        yield str(target / "debug" / FILE)
    # The system's loader searches for a bare name: LD_LIBRARY_PATH, its cache, the standard folders.
    yield SONAME


def unpacked() -> str:
    """The library, unpacked until the process ends, of a package that was imported from a zip file."""
    from importlib.resources import as_file, files  # slow to import, and not needed otherwise

    unpacked_files = ExitStack()
    atexit.register(unpacked_files.close)
    package = __package__.partition(".")[0]
    try:
        return str(unpacked_files.enter_context(as_file(files(package) / FILE)))
    except FileNotFoundError:
        return str(Path(__file__).parents[1] / FILE)  # missing, which the error message then says
