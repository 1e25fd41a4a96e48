"""Helpers for processes and network namespaces."""

from __future__ import annotations

import ctypes
import os
import socket as stdlib
import struct
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import wraps
from importlib import util
from pathlib import Path
from threading import get_native_id
from typing import Any, Callable, Iterator

import pytest

import libudp
from conftest import SECONDS

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"
PRIVATE_NETWORK = str(EXAMPLES / "private_network.py")
FORBIDDEN = 77


def environment_with_package() -> dict[str, str]:
    """The environment of a process that imports the package and the test modules of this process."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}


def start(*arguments: str) -> subprocess.Popen[str]:
    """Starts this Python with arguments. Its streams are pipes."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment_with_package(),
    )


def finish(process: subprocess.Popen[str], text: str = "") -> str:
    """Writes the last input of a process and returns the rest of its output. The exit status must be 0."""
    out, err = process.communicate(text, timeout=SECONDS)
    assert process.returncode == 0, err
    return out


def begin(*arguments: str) -> subprocess.Popen[str]:
    """Starts the command line."""
    return start("-m", "libudp", *arguments)


def end(process: subprocess.Popen[str], text: str = "", status: int = 0) -> tuple[str, str]:
    """Writes the last input of a process and returns the rest of its output and error output."""
    out, err = process.communicate(text, timeout=SECONDS)
    assert process.returncode == status, err
    return out, err


def until_asleep(process: int, thread: int = 0) -> None:
    """Returns when a thread of a process sleeps: proc(5), the state in "stat"."""
    stat = Path(f"/proc/{process}/task/{thread or process}/stat")
    if not stat.exists():
        pytest.skip("needs /proc to see whether a thread sleeps")
    while stat.read_text().rpartition(")")[2].split()[0] != "S":
        os.sched_yield()


def privately(test: Callable[[], None]) -> Callable[[], None]:
    """Runs a test in a process with a network namespace of its own."""

    @wraps(test)
    def run() -> None:
        code = f"import {test.__module__} as tests; tests.{test.__name__}.inside()"
        process = start(PRIVATE_NETWORK, sys.executable, "-c", code)
        out, err = process.communicate(timeout=SECONDS)
        if process.returncode == FORBIDDEN:
            pytest.skip(f"network namespaces are forbidden ({err.strip()}): run make test as root")
        assert process.returncode == 0, err

    run.inside = test  # type: ignore[attr-defined]
    return run


def example(name: str) -> Any:
    """Imports an example as a module."""
    spec = util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# linux/if_link.h
IFLA_NET_NS_PID = 19


@contextmanager
def neighbour() -> Iterator[Callable[..., Any]]:
    """Another host at the other end of the link here0: 192.0.2.2 and fe80::2%there0.

    The host is a thread, because each thread may have a network namespace (unshare(2)). Yields a function that calls
    another function in that thread; sockets and processes that it creates belong to that host.
    """
    network = example("private_network")

    def netlink() -> stdlib.socket:
        return stdlib.socket(stdlib.AF_NETLINK, stdlib.SOCK_RAW, 0)

    def move_out() -> int:
        assert ctypes.CDLL(None).unshare(network.CLONE_NEWNET) == 0
        return get_native_id()

    def set_up() -> None:
        with netlink() as asked:
            for name in "lo", "there0":
                index = stdlib.if_nametoindex(name)
                network.ask(asked, network.RTM_NEWLINK, 0, network.link(index, network.IFF_UP))
            network.give_addresses(asked, "there0", 2)

    def until_running(name: str) -> None:
        # The kernel notices asynchronously that the link is up, and drops packets until then (linkwatch_do_dev in
        # net/core/link_watch.c).
        while not any(each.name == name and each.running for each in libudp.interfaces()):
            os.sched_yield()

    with ThreadPoolExecutor(1) as host:
        home = network.attribute(IFLA_NET_NS_PID, struct.pack("=I", host.submit(move_out).result()))
        with netlink() as asked:
            there = network.link(stdlib.if_nametoindex("there0"))
            network.ask(asked, network.RTM_NEWLINK, 0, there + home)
        host.submit(set_up).result()
        until_running("here0")
        host.submit(until_running, "there0").result()
        yield lambda call, *arguments, **named: host.submit(call, *arguments, **named).result()
