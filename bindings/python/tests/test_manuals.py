"""The manuals that packaging/manuals.py writes from the header and the command's help."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import CHECKOUT

from libudp.cli._parser import COMMANDS


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("man")
    subprocess.run([sys.executable, str(CHECKOUT / "packaging" / "manuals.py"), str(directory)], check=True)
    return directory


def test_manuals_every_function_has_a_page_with_its_prototype(pages: Path) -> None:
    header = (CHECKOUT / "include" / "libudp.h").read_text(encoding="utf-8")
    prototypes = dict(re.findall(r"^(?=\w[^;{]*\b(udp_\w+)\()(\w[^;{]*;)", header, re.M))
    assert "udp_sendto" in prototypes
    assert {file.stem for file in (pages / "man3").iterdir()} == set(prototypes)
    for name, prototype in prototypes.items():
        assert prototype in (pages / "man3" / f"{name}.3").read_text(encoding="utf-8")


def test_manuals_sendto_page_has_parameters_and_errors(pages: Path) -> None:
    text = (pages / "man3" / "udp_sendto.3").read_text(encoding="utf-8")
    parameters, errors = text.partition(".SH PARAMETERS")[2].split(".SH RETURN VALUE")
    assert re.findall(r"^\.B (\w+)$", parameters, re.M) == ["s", "buf", "len", "to"]
    listed = re.findall(r"^\.B (\w+)\n(.+)$", errors.partition(".SH ERRORS")[2], re.M)
    assert ("UDP_ERR_INTERRUPTED", "A signal interrupted the wait.") in listed
    assert {"UDP_ERR_MSGSIZE", "UDP_ERR_CLOSED", "UDP_ERR_HANDLE"} <= {name for name, _ in listed}


def test_manuals_conventions_and_command_are_complete(pages: Path) -> None:
    conventions = (pages / "man7" / "libudp.7").read_text(encoding="utf-8")
    for text in ("Cancelling", "UDP_ERR_CLOSED = \\-7", "uint16_t port", ".BR udp_sendto (3)"):
        assert text in conventions
    command = (pages / "man1" / "libudp.1").read_text(encoding="utf-8")
    for name in COMMANDS:
        assert f".SS {name}\n.nf\nusage: libudp {name} " in command
    assert command.count("the command line is wrong") == 1


def test_manuals_pass_mandoc_lint(pages: Path) -> None:
    mandoc = shutil.which("mandoc")
    if mandoc is None:
        pytest.skip("mandoc is missing (for the manuals): make deps")
    files = sorted(str(file) for file in pages.glob("*/*"))
    done = subprocess.run([mandoc, "-T", "lint", "-W", "warning", *files], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
