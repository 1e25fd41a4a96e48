"""The shared library as a file: its size and what it needs."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from libudp._native.calls import lib

LIBRARY = Path(lib._name)

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or "release" not in LIBRARY.parts, reason="not a release build for Linux"
)


def test_library_is_as_small_as_the_docs_say() -> None:
    assert LIBRARY.stat().st_size <= 830_000


@pytest.mark.skipif(not shutil.which("readelf"), reason="binutils is missing")
def test_library_needs_the_c_library_alone() -> None:
    output = subprocess.run(["readelf", "-dW", LIBRARY], capture_output=True, text=True, check=True).stdout
    needed = [line.split("[")[1].rstrip("]") for line in output.splitlines() if "(NEEDED)" in line]
    assert [name for name in needed if not name.startswith(("libc.so", "ld-linux"))] == []
