"""Fixtures: sockets on loopback, on free ports, with a timeout."""

from __future__ import annotations

import os
import re
import socket as stdlib
from pathlib import Path
from typing import Iterator

import pytest

import libudp

CHECKOUT = Path(__file__).resolve().parents[3]
# A timeout for slow machines; only failing tests wait that long.
SECONDS = 20.0


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Notes what is skipped, and why, in the file whose lines `make test` prints at its end."""
    notes = os.environ.get("LIBUDP_SKIPPED")
    if notes and report.skipped and isinstance(report.longrepr, tuple):
        reason = report.longrepr[2].removeprefix("Skipped: ")
        with open(notes, "a", encoding="utf-8") as file:
            file.write(f"Python tests: {reason}\n")


def receiving(coalesce: bool = False, family: str = "ipv4", host: str = "127.0.0.1") -> libudp.Socket:
    """A bound socket with a large receive buffer: the default limit of Linux (net.core.rmem_max)."""
    socket = libudp.Socket(family, coalesce=coalesce)
    socket.bind((host, 0))
    socket.settimeout(SECONDS)
    socket.set_option(libudp.Option.RECV_BUFFER, 212_992)
    return socket


@pytest.fixture
def receiver() -> Iterator[libudp.Socket]:
    """A bound socket."""
    with libudp.Socket() as socket:
        socket.bind(("127.0.0.1", 0))
        socket.settimeout(SECONDS)
        yield socket


@pytest.fixture
def sender() -> Iterator[libudp.Socket]:
    """Another bound socket."""
    with libudp.Socket() as socket:
        socket.bind(("127.0.0.1", 0))
        socket.settimeout(SECONDS)
        yield socket


@pytest.fixture
def peer() -> Iterator[stdlib.socket]:
    """A bound standard socket."""
    with stdlib.socket(stdlib.AF_INET, stdlib.SOCK_DGRAM) as socket:
        socket.bind(("127.0.0.1", 0))
        socket.settimeout(SECONDS)
        yield socket


@pytest.fixture
def six() -> Iterator[libudp.Socket]:
    """A bound IPv6 socket. Skips the test without IPv6."""
    with libudp.Socket("ipv6") as socket:
        try:
            socket.bind(("::1", 0))
        except libudp.NotLocalError as error:
            pytest.skip(f"no IPv6 on loopback: {error}")
        socket.settimeout(SECONDS)
        yield socket


@pytest.fixture(scope="session")
def header() -> str:
    """libudp.h without its comments."""
    path = CHECKOUT / "include" / "libudp.h"
    if not path.is_file():
        pytest.skip("the header is in a checkout only")
    return re.sub(r"//.*", "", path.read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def enums(header: str) -> dict[str, dict[str, int]]:
    """The enums of libudp.h: the members of each with their values."""
    found = re.findall(r"^enum (\w+) \{(.*?)^\};", header, re.MULTILINE | re.DOTALL)
    assert found
    return {
        name: {member: int(value) for member, value in re.findall(r"(\w+) = (-?\d+),", body)} for name, body in found
    }
