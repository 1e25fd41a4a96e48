"""Other processes and other networks for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import wraps
from pathlib import Path
from typing import Any, Callable

import pytest

from conftest import SECONDS

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PRIVATE_NETWORK = str(EXAMPLES / "private_network.py")
FORBIDDEN = 77


def start(*arguments: str) -> subprocess.Popen[str]:
    """Starts this Python with arguments, its streams in pipes, and the modules of this process."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"},
    )


def finish(process: subprocess.Popen[str], text: str = "") -> str:
    """Gives a process its last input, and returns the rest of its output. It has to end well."""
    out, err = process.communicate(text, timeout=SECONDS)
    assert process.returncode == 0, err
    return out


def begin(*arguments: str) -> subprocess.Popen[str]:
    """Starts the command line."""
    return start("-m", "libudp", *arguments)


def end(process: subprocess.Popen[str], text: str = "", status: int = 0) -> tuple[str, str]:
    """Gives a process its last input, and returns the rest of what it printed and complained of."""
    out, err = process.communicate(text, timeout=SECONDS)
    assert process.returncode == status, err
    return out, err


def until_asleep(process: int, thread: int = 0) -> None:
    """Returns when a thread of a process waits for something: proc(5), the state in "stat"."""
    stat = Path(f"/proc/{process}/task/{thread or process}/stat")
    if not stat.exists():
        pytest.skip("no /proc to see whether a thread sleeps")
    while stat.read_text().rpartition(")")[2].split()[0] != "S":
        os.sched_yield()


def privately(test: Callable[[], None]) -> Callable[[], None]:
    """Runs a test on a network of its own, in a process of its own."""

    @wraps(test)
    def run() -> None:
        code = f"import {test.__module__} as tests; tests.{test.__name__}.inside()"
        process = start(PRIVATE_NETWORK, sys.executable, "-c", code)
        out, err = process.communicate(timeout=SECONDS)
        if process.returncode == FORBIDDEN:
            complain: Any = pytest.fail if os.environ.get("CI") else pytest.skip
            complain(f"needs a network namespace: {err.strip()}")
        assert process.returncode == 0, err

    run.inside = test  # type: ignore[attr-defined]
    return run
