"""The wheel, the sdist and the types."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from helpers import finish, start

PROJECT = Path(__file__).resolve().parents[1]
needs_tools = pytest.mark.skipif(
    not (find_spec("hatchling") and shutil.which("cargo")), reason="needs hatchling and cargo"
)


def build(kind, project, folder):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder], cwd=project, check=True)
    (built,) = folder.iterdir()
    return built


@needs_tools
def test_a_wheel_carries_the_library_and_works_with_any_python_3(tmp_path):
    wheel = build("wheel", PROJECT, tmp_path / "dist")
    assert "-py3-none-" in wheel.name and not wheel.name.endswith("-any.whl")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        file.extractall(tmp_path / "site")
    assert "libudp/py.typed" in names
    assert not [name for name in names if not name.startswith("libudp")]
    code = (
        f"import os, sys; os.environ.pop('LIBUDP_LIBRARY', None); sys.path.insert(0, {str(tmp_path / 'site')!r});"
        "import libudp; print(libudp.__file__, libudp.Socket)"
    )
    assert str(tmp_path / "site") in finish(start("-c", code))


@needs_tools
def test_an_sdist_carries_the_crate(tmp_path):
    sdist = build("sdist", PROJECT, tmp_path / "dist")
    with tarfile.open(sdist) as file:
        names = [name.partition("/")[2] for name in file.getnames()]
    for name in "hatch_build.py", "crate/Cargo.toml", "crate/Cargo.lock", "crate/build.rs", "crate/src/lib.rs":
        assert name in names


@pytest.mark.skipif(not find_spec("mypy"), reason="needs mypy")
def test_the_types_are_right(tmp_path):
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 0, done.stdout
