"""Runs a script with Python's own socket module and with libudp.socket, and compares the results."""

from __future__ import annotations

import socket as standard
from contextlib import ExitStack
from functools import wraps
from types import ModuleType
from typing import Any, Callable

import pytest

from conftest import SECONDS
from libudp import socket as ours

MODULES = [standard, ours]
each_module = pytest.mark.parametrize("module", MODULES, ids=["socket", "libudp.socket"])


class Trial:
    """One run of a script. `seen` records its results, without ports and descriptors, which differ."""

    def __init__(self, module: ModuleType, stack: ExitStack) -> None:
        self.socket = module
        self.seen: list[Any] = []
        self._names: dict[int, str] = {}
        self._stack = stack

    def open(self, host: Any = None, type: int = standard.SOCK_DGRAM, **options: Any) -> Any:
        """A socket that is closed with the script, bound to a free port if a host is given."""
        family = standard.AF_INET6 if host and ":" in host else standard.AF_INET
        options.setdefault("family", family)
        one = self._stack.enter_context(self.socket.socket(type=type, **options))
        one.settimeout(SECONDS)
        if host is not None:
            try:
                one.bind((host, 0))
            except OSError as error:
                pytest.skip(f"no {host} here: {error}")
            self.name(one)
        return one

    def pair(self, host: str = "127.0.0.1") -> Any:
        """Two sockets connected to each other."""
        one, other = self.open(host), self.open(host)
        one.connect(other.getsockname())
        other.connect(one.getsockname())
        return one, other

    def refusing(self) -> Any:
        """The address of a port that refuses every sender: a socket connected to itself. The port of a closed socket
        could belong to another process by now."""
        one = self.open("127.0.0.1")
        one.connect(one.getsockname())
        return one.getsockname()

    def name(self, one: Any) -> None:
        """Records the port of a socket, which differs in each run."""
        self._names.setdefault(one.getsockname()[1], f"port {len(self._names)}")

    def do(self, call: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Records what a call returns or raises, and returns it."""
        try:
            value = call(*arguments, **more)
        except Exception as error:
            # The texts of argument errors differ between versions of Python.
            said = error.args if isinstance(error, OSError) else ()
            self.note(type(error).__name__, getattr(error, "errno", None), said)
            return None
        self.note(value)
        return value

    def note(self, *values: Any) -> None:
        """Records a result of the script."""
        self.seen.append(self._plain(values))

    def _plain(self, value: Any) -> Any:
        if isinstance(value, (tuple, list)):
            return type(value)(map(self._plain, value))
        if isinstance(value, int) and not isinstance(value, bool):
            return self._names.get(int(value), value)
        return value


def run(script: Callable[[Trial], None], module: ModuleType) -> list[Any]:
    """The results of a script with a module."""
    with ExitStack() as stack:
        trial = Trial(module, stack)
        script(trial)
        return trial.seen


def differential(script: Callable[[Trial], None]) -> Callable[[], None]:
    """A test that a script has the same results with both modules."""

    @wraps(script)
    def test() -> None:
        expected = run(script, standard)
        assert expected, "the script notes nothing"
        seen = run(script, ours)
        for at, (one, other) in enumerate(zip(seen, expected)):
            assert one == other, f"note {at}: {one!r}, but CPython has {other!r}"
        assert len(seen) == len(expected)

    del test.__wrapped__  # type: ignore[attr-defined]
    return test
