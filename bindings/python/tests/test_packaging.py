"""The wheel, the sdist and the types."""

import os
import platform
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

import libudp
from conftest import CHECKOUT

PROJECT = Path(__file__).resolve().parents[1]
needs_tools = pytest.mark.skipif(
    not (find_spec("hatchling") and shutil.which("cargo")), reason="needs hatchling and cargo"
)
needs_zig = pytest.mark.skipif(
    not (find_spec("ziglang") and find_spec("auditwheel") and Path("/usr/lib/rustlib/src").is_dir()),
    reason="needs zig and the sources of Rust's standard library: make deps",
)
# A round trip, and where the package came from.
TRIP = """
import sys, libudp
with libudp.Socket() as one, libudp.Socket() as other:
    one.bind(("127.0.0.1", 0))
    other.sendto_text("你好", one.local_address, "gbk")
    print(one.recvfrom_text(timeout=20)[0], libudp.__file__)
"""


def build(kind, project, folder):
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder], cwd=project, check=True)
    (built,) = folder.iterdir()
    return built


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    return build("wheel", PROJECT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory):
    return build("sdist", PROJECT, tmp_path_factory.mktemp("sdist"))


def trip(place, python=sys.executable):
    """What the round trip prints with the package that is at a place, and no other."""
    environment = {**os.environ, "PYTHONPATH": str(place), "PYTHONIOENCODING": "utf-8"}
    environment.pop("LIBUDP_LIBRARY", None)
    # Elsewhere, for the folder that a program is started in is where Python looks first.
    command = [python, "-W", "error", "-c", TRIP]
    done = subprocess.run(command, cwd="/", env=environment, stdout=subprocess.PIPE, encoding="utf-8", check=True)
    return done.stdout


@needs_tools
def test_wheel_contains_library_types_and_licences(wheel, tmp_path):
    assert "-py3-none-" in wheel.name and not wheel.name.endswith("-any.whl")
    with zipfile.ZipFile(wheel) as file:
        names = file.namelist()
        metadata, commands = (file.read(f"libudp-{libudp.__version__}.dist-info/{name}").decode() for name in
                              ("METADATA", "entry_points.txt"))
        file.extractall(tmp_path)
    assert "libudp/py.typed" in names
    assert {Path(name).name for name in names if "/licenses/" in name} == {"LICENSE-MIT", "LICENSE-APACHE"}
    assert not [name for name in names if not name.startswith("libudp")]
    # Without an extra it asks for nothing.
    assert all("extra ==" in line for line in metadata.splitlines() if line.startswith("Requires-Dist"))
    assert "libudp = libudp.cli:main" in commands
    assert trip(tmp_path).startswith(f"你好 {tmp_path}")


@needs_tools
def test_package_in_zip_works_and_leaves_no_files(wheel, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    assert trip(wheel).startswith(f"你好 {wheel}")
    assert list(tmp_path.iterdir()) == []


def test_licences_equal_those_of_the_crate():
    for name in "LICENSE-MIT", "LICENSE-APACHE":
        if not (CHECKOUT / name).is_file():
            pytest.skip("the crate is in a checkout only")
        assert (PROJECT / name).read_bytes() == (CHECKOUT / name).read_bytes()


@needs_tools
def test_sdist_contains_everything_to_build_and_test(sdist, tmp_path, monkeypatch):
    # What was built before is not to be taken for what is built of these files: they are older.
    monkeypatch.setenv("CARGO_TARGET_DIR", str(tmp_path / "target"))
    with tarfile.open(sdist) as file:
        assert all(member.isfile() for member in file), "a link would lead nowhere"
        # Python 3.12 wants to be told, and 3.9 does not know how.
        file.extractall(tmp_path, **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (project,) = tmp_path.glob("libudp-*")
    for name in "hatch_build.py", "LICENSE-MIT", "README.md", "docs", "examples", "tests/conftest.py":
        assert (project / name).exists()
    for name in "Cargo.toml", "Cargo.lock", "build.rs", "src/lib.rs", "include/libudp.h":
        assert (project / "crate" / name).exists()
    built = build("wheel", project, tmp_path / "dist")
    assert trip(built).startswith(f"你好 {built}")


@needs_tools
@needs_zig
def test_release_wheel_needs_an_old_glibc_only(tmp_path):
    release = CHECKOUT / "packaging" / "release.py"
    subprocess.run([sys.executable, release, tmp_path, f"{platform.machine()}-unknown-linux-gnu.2.17"], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    assert re.search(r"-py3-none-manylinux2014_\w+\.whl$", wheel.name)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        names = {name.partition("/")[2] for name in file.getnames()}
    assert {"include/libudp.h", "lib/libudp.a", "lib/libudp.so", "lib/pkgconfig/libudp.pc"} <= names
    tried = [sys.executable, *filter(None, map(shutil.which, (f"python3.{minor}" for minor in range(9, 15))))]
    for python in tried:
        # A name on the path may be a shim of a version that is not there.
        if subprocess.run([python, "--version"], stdout=subprocess.PIPE, stderr=subprocess.PIPE).returncode == 0:
            assert trip(wheel, python).startswith(f"你好 {wheel}")


def test_build_on_an_unsupported_system_ends_with_one_sentence(monkeypatch):
    pytest.importorskip("hatchling")
    monkeypatch.syspath_prepend(str(PROJECT))
    import hatch_build

    monkeypatch.setattr(sys, "platform", "sunos5")
    with pytest.raises(SystemExit, match="runs on Linux, .* not on sunos5"):
        hatch_build.check_platform()
    monkeypatch.setattr(sys, "platform", "freebsd14")
    hatch_build.check_platform()


@pytest.mark.skipif(not find_spec("mypy"), reason="needs mypy")
def test_types_pass_mypy_strict(tmp_path):
    command = [sys.executable, "-m", "mypy", "--cache-dir", str(tmp_path)]
    done = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, encoding="utf-8")
    assert done.returncode == 0, done.stdout
