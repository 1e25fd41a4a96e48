"""Finds the shared library and loads it."""

from __future__ import annotations

import atexit
import ctypes
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Iterator

from .._version import __version__

if sys.platform == "win32":
    FILE = SONAME = "udp.dll"
elif sys.platform == "darwin":
    FILE = SONAME = "libudp.dylib"
else:
    FILE, SONAME = "libudp.so", "libudp.so.0"


def candidates() -> Iterator[str]:
    """Where the library may be, the likeliest first."""
    chosen = os.environ.get("LIBUDP_LIBRARY")
    if chosen:
        # Whoever names a library wants that one or an error.
        yield chosen
        return
    package = Path(__file__).resolve().parents[1]
    yield str(package / FILE) if package.is_dir() else unpacked()
    if (package.parent / "pyproject.toml").is_file() and len(package.parents) > 2:
        target = package.parents[2] / "target"
        yield str(target / "release" / FILE)
        yield str(target / "debug" / FILE)
    # A bare name is for the system's loader: LD_LIBRARY_PATH, the loader's cache, the standard folders.
    yield SONAME


def unpacked() -> str:
    """The library as a file of its own, until the end of the process: the package was imported from a zip."""
    from importlib.resources import as_file, files  # not needed otherwise, and slow to import

    kept = ExitStack()
    atexit.register(kept.close)
    try:
        return str(kept.enter_context(as_file(files(__package__.partition(".")[0]) / FILE)))
    except FileNotFoundError:
        return str(Path(__file__).parents[1] / FILE)  # which is not there: the error will say so


def load() -> ctypes.CDLL:
    """Loads the library. An ImportError says every path that was tried, and why it was not that."""
    tried = []
    for path in candidates():
        try:
            # CDLL and not PyDLL: other Python threads run while a call waits.
            library = ctypes.CDLL(path)
        except OSError as error:
            tried.append(f"  {path}: {error}")
            continue
        check_version(library, path)
        return library
    raise ImportError("libudp: the shared library was not found; tried\n" + "\n".join(tried))


def check_version(library: ctypes.CDLL, path: str) -> None:
    """Refuses a library of another version: its functions may differ from the declared ones."""
    try:
        version = library.udp_version
    except AttributeError:
        raise ImportError(f"libudp: {path} is another library: it has no udp_version") from None
    version.argtypes = []
    version.restype = ctypes.c_char_p
    found = version().decode()
    if found != __version__:
        raise ImportError(f"libudp: {path} is version {found}, but the package is {__version__}")
