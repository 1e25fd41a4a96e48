"""Builds the wheel for release, for every Linux with glibc 2.17 (2014) or later, and checks it with auditwheel.

    pip install ".[release]"
    python release_wheel.py [FOLDER]        (default: dist)
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

PROJECT = Path(__file__).resolve().parent
GLIBC = "2.17"


def main(folder: str = "dist") -> None:
    # cargo-zigbuild and zig are programs of the environment of this Python, which need not be activated.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path, "LIBUDP_MANYLINUX": GLIBC}
    goal = Path(folder).resolve()
    goal.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=goal) as fresh:
        build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", fresh]
        subprocess.run(build, cwd=PROJECT, env=environment, check=True)
        (wheel,) = Path(fresh).glob("*.whl")
        check(wheel)
        print(wheel.replace(goal / wheel.name))


def check(wheel: Path) -> None:
    """Exits with an error if the library needs a later glibc than the name of the wheel says."""
    show = [sys.executable, "-m", "auditwheel", "show", str(wheel)]
    said = subprocess.run(show, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout
    # auditwheel wraps its lines anywhere. If no manylinux tag fits, it prints "linux".
    tag = re.search(r'platform tag:\s+"manylinux_(\d+)_(\d+)_', said)
    if not tag or tuple(map(int, tag.groups())) > tuple(map(int, GLIBC.split("."))):
        sys.exit(f"release_wheel: it needs more than glibc {GLIBC}:\n{said}")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except subprocess.CalledProcessError as error:
        sys.exit(f"release_wheel: {error.cmd[2]} failed with status {error.returncode}")
