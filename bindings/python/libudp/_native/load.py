"""Loads the shared library."""

from __future__ import annotations

import ctypes

from .._version import __version__
from .find import candidates


def load() -> ctypes.CDLL:
    """Loads the first library that can be loaded. The ImportError lists every path with the reason why it failed."""
    tried = []
    for path in candidates():
        try:
            # CDLL, not PyDLL: it releases the GIL during a call.
            library = ctypes.CDLL(path)
        except OSError as error:
            tried.append(f"  {path}: {error}")
            continue
        check_version(library, path)
        return library
    raise ImportError("libudp: the shared library was not found; tried\n" + "\n".join(tried))


def check_version(library: ctypes.CDLL, path: str) -> None:
    """Rejects a library of another version, whose functions may differ from the declared ones."""
    try:
        version = library.udp_version
    except AttributeError:
        raise ImportError(f"libudp: {path} is another library: it has no udp_version") from None
    version.argtypes = []
    version.restype = ctypes.c_char_p
    found = version().decode()
    if found != __version__:
        raise ImportError(f"libudp: {path} is version {found}, but the package is {__version__}")
