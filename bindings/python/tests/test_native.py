"""Finding and loading the library."""

import os
import re
import sys

import pytest

import libudp
from conftest import CHECKOUT
from helpers import finish, start
from libudp._native import find, load


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A package in a checkout that has built nothing, on a system that has no libudp."""
    package = tmp_path / "bindings" / "python" / "libudp"
    package.mkdir(parents=True)
    (package.parent / "pyproject.toml").touch()
    monkeypatch.delenv("LIBUDP_LIBRARY", raising=False)
    monkeypatch.setattr(find, "__file__", str(package / "_native" / "find.py"))
    monkeypatch.setattr(find, "SONAME", "libudp-that-no-system-has.so")
    return tmp_path


def test_load_without_library_lists_every_path(nowhere):
    with pytest.raises(ImportError) as caught:
        load.load()
    for path in (
        nowhere / "bindings" / "python" / "libudp" / find.FILE,
        nowhere / "target" / "release" / find.FILE,
        nowhere / "target" / "debug" / find.FILE,
        "libudp-that-no-system-has.so",
    ):
        assert f"\n  {path}: " in str(caught.value)


def test_candidates_of_installed_package_have_no_checkout(nowhere):
    (nowhere / "bindings" / "python" / "pyproject.toml").unlink()
    assert not [path for path in find.candidates() if str(nowhere) in path and "/release/" in path]


def test_libudp_library_variable_is_the_only_candidate(nowhere, monkeypatch):
    monkeypatch.setenv("LIBUDP_LIBRARY", "/no/such/library.so")
    assert list(find.candidates()) == ["/no/such/library.so"]
    with pytest.raises(ImportError, match="/no/such/library.so"):
        load.load()


def test_version_equals_that_of_the_crate():
    assert libudp.__version__ == libudp.version()
    manifest = CHECKOUT / "Cargo.toml"
    if not manifest.is_file():
        pytest.skip("the crate is in a checkout only")
    assert re.search(r'^version = "(.*)"', manifest.read_text(), re.MULTILINE)[1] == libudp.__version__


def test_load_of_another_version_raises_import_error(monkeypatch):
    monkeypatch.setattr(load, "__version__", "99.0.0")
    with pytest.raises(ImportError, match="99.0.0"):
        load.load()


def test_load_of_another_library_raises_import_error(monkeypatch):
    import _ctypes

    if not os.path.exists(getattr(_ctypes, "__file__", "")):
        pytest.skip("no other library at hand")
    monkeypatch.setenv("LIBUDP_LIBRARY", _ctypes.__file__)
    with pytest.raises(ImportError, match="another library"):
        load.load()


TRIP = """
import libudp
with libudp.Socket() as socket:
    socket.bind(("127.0.0.1", 0))
    socket.sendto_text("there and back", socket.local_address)
    print(socket.recvfrom_text(timeout=20)[0])
"""
SUBINTERPRETERS = f"""
import _interpreters
for _ in range(2):
    failure = _interpreters.exec(_interpreters.create("isolated"), {TRIP!r})
    assert failure is None, failure.formatted
"""


# Before Python 3.13 ctypes is for one interpreter, and there is nothing to test.
if sys.version_info >= (3, 13):

    def test_subinterpreters_with_own_gil_use_the_library():
        assert finish(start("-c", SUBINTERPRETERS)) == "there and back\n" * 2
