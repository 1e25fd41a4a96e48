"""The package with the names that Python has on Windows and on macOS: CPython without the others stands for it here."""

import os
import subprocess
import sys

import pytest

from libudp._native.calls import lib

# What is loaded before the names go is what the standard library itself chooses by system.
BEGIN = """
import asyncio, ctypes, importlib, logging, os, pathlib, pkgutil, platform, select, selectors, shutil, signal, socket
import subprocess, sys, sysconfig, tempfile, threading

loop = asyncio.SelectorEventLoop(selectors.SelectSelector())

def without(module, *names):
    for name in names:
        if hasattr(module, name):
            delattr(module, name)
        if name in getattr(module, "__all__", []):
            module.__all__.remove(name)
"""
WINDOWS = """
without(socket, "AF_UNIX", "AF_NETLINK", "AF_PACKET", "CMSG_LEN", "CMSG_SPACE", "SCM_RIGHTS", "MSG_DONTWAIT",
        "MSG_ERRQUEUE", "MSG_NOSIGNAL", "MSG_CONFIRM", "SOCK_CLOEXEC", "SOCK_NONBLOCK", "SO_REUSEPORT",
        "SO_BINDTODEVICE", "SO_PRIORITY", "SO_MARK", "SO_BUSY_POLL", "sethostname", "send_fds", "recv_fds")
without(select, "poll", "epoll", "POLLRDHUP", *[name for name in dir(select) if name.startswith(("POLL", "EPOLL"))])
without(selectors, "PollSelector", "EpollSelector")
without(signal, "SIGALRM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH", "SIGTSTP", "SIG_BLOCK", "SIG_SETMASK",
        "pthread_kill", "pthread_sigmask", "setitimer", "alarm")
without(os, "fork", "register_at_fork", "getuid", "geteuid", "eventfd", "sched_getaffinity", "set_blocking", "pipe2",
        "O_CLOEXEC", "O_NONBLOCK", "uname", "killpg", "ttyname")
for name in "fcntl", "resource", "termios", "tty", "pwd", "grp", "syslog":
    sys.modules[name] = None
# Not os.name, which ctypes consults with each library.
sys.platform = "win32"
"""
MACOS = """
without(socket, "AF_NETLINK", "AF_PACKET", "MSG_ERRQUEUE", "MSG_CONFIRM", "MSG_NOSIGNAL", "SOCK_CLOEXEC", "SOCK_NONBLOCK",
        "SO_BINDTODEVICE", "SO_PRIORITY", "SO_MARK", "SO_BUSY_POLL")
without(select, "epoll", "POLLRDHUP", *[name for name in dir(select) if name.startswith("EPOLL")])
without(selectors, "EpollSelector")
without(os, "eventfd", "sched_getaffinity", "pipe2")
sys.platform = "darwin"
"""
USE = """
import libudp
for module in pkgutil.walk_packages(libudp.__path__, "libudp."):
    if module.name != "libudp.__main__":
        importlib.import_module(module.name)
from libudp.cli import main

with libudp.Socket() as one:
    one.bind(("127.0.0.1", 0))
    one.sendto(b"hello", one.local_address)
    assert one.recvfrom(timeout=20)[0] == b"hello"

from libudp import socket as ours
with ours.socket(ours.AF_INET, ours.SOCK_DGRAM) as two:
    two.bind(("127.0.0.1", 0))
    two.settimeout(20)
    two.sendto(b"hello", two.getsockname())
    assert two.recvfrom(100) == (b"hello", two.getsockname())
    two.setblocking(False)
    try:
        two.recv(100)
    except BlockingIOError:
        pass
    else:
        sys.exit("a receive without a datagram")

from libudp import aio
async def talk():
    async with await aio.open(("127.0.0.1", 0)) as end:
        await end.sendto(b"hello", end.local_address)
        assert (await end.recvfrom())[0] == b"hello"
loop.run_until_complete(talk())
loop.close()
main(["interfaces"])
"""

@pytest.mark.skipif(sys.platform != "linux", reason="takes Linux' names away")
@pytest.mark.parametrize("gaps", [WINDOWS, MACOS], ids=["windows", "macos"])
def test_package_with_the_names_of_another_system_works(gaps: str) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LIBUDP_LIBRARY": lib._name}
    done = subprocess.run(
        [sys.executable, "-c", BEGIN + gaps + USE],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
