"""Other processes and other networks for tests."""

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
    """Starts this Python with arguments, its streams in pipes, and the modules of this process."""
    return subprocess.Popen(
        [sys.executable, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=environment_with_package(),
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


def example(name: str) -> Any:
    """An example as a module."""
    spec = util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# linux/if_link.h
IFLA_NET_NS_PID = 19


@contextmanager
def neighbour() -> Iterator[Callable[..., Any]]:
    """Another host, at the other end of the cable of a private network: 192.0.2.2 and fe80::2%there0.

    It is a thread, for each thread may have a network of its own (unshare(2)). What is yielded calls a function there;
    sockets and processes that it makes are that host's, and stay so.
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
        # The kernel finds out in its own time that the cable has two ends, and drops until then what is sent
        # (linkwatch_do_dev in net/core/link_watch.c).
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
