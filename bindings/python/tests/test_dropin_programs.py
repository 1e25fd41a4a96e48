"""Six programs written for Python's own `socket` run with the one line changed that imports it."""

import re
from pathlib import Path

import pytest

from helpers import finish, privately, start

PROGRAMS = Path(__file__).resolve().parent / "programs"
IMPORTS = {"import socket": "from libudp import socket", "from socket import *": "from libudp.socket import *"}
LOOPBACK = "127.0.0.1"


def program(name, changed, *arguments):
    """Starts a program; `changed` says with which module."""
    code = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
    if changed:
        code, changes = re.subn("^(import|from) socket.*$", lambda line: IMPORTS[line[0]], code, flags=re.M)
        assert changes == 1
    return start("-c", code, *map(str, arguments))


def port_of(process):
    """The port in the line that a program prints when it is ready."""
    return int(process.stdout.readline().removeprefix("ready at "))


def say(process, line):
    process.stdin.write(f"{line}\n")
    process.stdin.flush()


@pytest.fixture(params=[False, True], ids=["socket", "libudp.socket"])
def changed(request):
    return request.param


def test_exchange_program_runs(changed, peer):
    process = program("exchange", changed, *peer.getsockname(), LOOPBACK)
    say(process, "你好")
    data, address = peer.recvfrom(1024)
    assert data.decode("utf-8") == "你好"
    peer.sendto("收到".encode("gbk"), address)
    assert finish(process) == f"收到 from {peer.getsockname()}\n"


def test_server_program_runs(changed, peer):
    process = program("server", changed, LOOPBACK)
    peer.sendto("你好".encode("utf-8"), (LOOPBACK, port_of(process)))
    assert peer.recvfrom(1024)[0].decode("utf-8") == "你好"
    assert finish(process) == f"你好 from {peer.getsockname()}\n"


def test_echo_server_program_runs(changed, peer):
    process = program("echo_server", changed, LOOPBACK)
    address = (LOOPBACK, port_of(process))
    for text in "one", "two", "three":
        peer.sendto(text.encode(), address)
        assert process.stdout.readline() == f"{text} from {peer.getsockname()}\n"
        if text != "three":
            say(process, f"answer to {text}")
            assert peer.recvfrom(1024) == (f"answer to {text}".encode(), address)
    assert finish(process, "\n") == ""


def test_client_program_runs(changed, peer):
    process = program("client", changed, *peer.getsockname())
    addresses = set()
    for text in "one", "two":
        say(process, text)
        data, address = peer.recvfrom(1024)
        addresses.add(address)
        peer.sendto(data.upper(), address)
        assert process.stdout.readline() == f"{text.upper()}\n"
    assert finish(process) == "" and len(addresses) == 1


def test_chat_program_runs(changed, peer):
    process = program("chat", changed, LOOPBACK)
    address = (LOOPBACK, port_of(process))
    peer.sendto(b"hello", address)
    assert process.stdout.readline() == "hello\n"
    for number in range(3):  # it receives while it waits for a line, and sends while it waits for a datagram
        peer.sendto(f"says the peer {number}".encode(), address)
        assert process.stdout.readline() == f"says the peer {number}\n"
        say(process, f"says a person {number}")
        assert peer.recvfrom(1024) == (f"says a person {number}".encode(), address)
    process.stdin.close()
    process.stdin = None
    assert peer.recvfrom(1024) == (b"", address)
    peer.sendto(b"", address)
    assert finish(process) == ""


@privately
def test_broadcast_program_runs():
    import socket

    # Without a route to everybody the sender's own address says which network it is for.
    for changed in False, True:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listener:
            listener.bind(("", 0))
            out = finish(program("broadcast", changed, "192.0.2.1", listener.getsockname()[1]))
            assert out == "36\n"
            listener.settimeout(0)
            assert listener.recv(1024) == b"1:100:will:will-pc:32:will broadcast"
