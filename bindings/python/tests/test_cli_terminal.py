"""The command line in a terminal: what a person sees, drawn on a screen of the tests' own."""

import os
import pty
import re
import select
import signal
import subprocess
import sys
from contextlib import contextmanager
from importlib.util import find_spec
from time import monotonic

import pytest

import libudp
from conftest import SECONDS

# Without rich and prompt_toolkit: as if they were not installed.
WITHOUT_EXTRA = "import sys; sys.modules.update(rich=None, prompt_toolkit=None); from libudp.cli import main; sys.exit(main())"
needs_extra = pytest.mark.skipif(
    not (find_spec("rich") and find_spec("prompt_toolkit")), reason="needs the extra libudp[cli]"
)
both = pytest.mark.parametrize("extra", [pytest.param(True, marks=needs_extra), False])


# What rich goes by besides the terminal.
COLOURS = "NO_COLOR", "FORCE_COLOR", "TTY_INTERACTIVE", "TTY_COMPATIBLE"


class Terminal:
    """A process in a terminal of 100 columns."""

    def __init__(self, master, process):
        self.master, self.process, self.seen = master, process, ""

    def until(self, pattern):
        """Reads what is printed until a pattern is there, and returns its match; what stands before is forgotten."""
        end = monotonic() + SECONDS
        while not (match := re.search(pattern, self.seen)):
            ready, _, _ = select.select([self.master], [], [], max(0, end - monotonic()))
            assert ready, f"{pattern!r} is not in {self.seen!r}"
            try:
                more = os.read(self.master, 65536)
            except OSError:  # EIO: the other side has gone
                more = b""
            assert more, f"{pattern!r} is not in {self.seen!r}, which is all"
            # Where is the cursor? A prompt that is drawn below others wants to know.
            for _ in range(more.count(b"\x1b[6n")):
                self.type("\x1b[1;1R")
            self.seen += more.decode()
        self.seen = self.seen[match.end() :]
        return match

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self):
        """The exit status, and what was still printed."""
        status = None
        while status is None:
            try:
                self.seen += os.read(self.master, 65536).decode()
            except OSError:
                status = self.process.wait(SECONDS)
        return status


@contextmanager
def terminal(*arguments, extra=True, **environment):
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "libudp"] if extra else [sys.executable, "-c", WITHOUT_EXTRA]
    modules = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    own = {name: value for name, value in os.environ.items() if name not in COLOURS}
    environment = {**own, **modules, "TERM": "xterm-256color", "COLUMNS": "100", **environment}
    streams = {"stdin": slave, "stdout": slave, "stderr": slave}
    # A session of its own, whose terminal it is: so that what is typed as Ctrl-C is one.
    with subprocess.Popen(
        [sys.executable, "-c", LEADER, *command, *arguments], env=environment, start_new_session=True, **streams
    ) as process:
        os.close(slave)
        try:
            yield Terminal(master, process)
        finally:
            process.kill()
            os.close(master)


LEADER = "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.argv[1], sys.argv[1:])"


def port_of(screen):
    return int(screen.until(r"listening on [^ ]*:(\d+)")[1])


def plain(text):
    """Without colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@both
def test_listen_shows_lines_and_bytes_and_ends_with_ctrl_c(extra, sender):
    with terminal("listen", "127.0.0.1", "0", extra=extra) as screen:
        address = ("127.0.0.1", port_of(screen))
        sender.sendto_text("你好", address, "gbk")
        line = screen.until(r"\n(.*你好)")[1]
        assert re.search(r"\d{4} +4 B  gb18030  你好$", plain(line))
        assert ("\x1b[" in line) == extra
        # Bytes in rows; and only the first of those that nobody asked to see so.
        sender.sendto(bytes(range(256)) + bytes(1000), address)
        screen.until(r"1256 B")
        screen.until(r"0000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  \.{16}")
        screen.until(r"00f0  f0 f1")
        screen.until(r"\.\.\. 1000 bytes more")
        # Nothing of a datagram steers the terminal.
        sender.sendto_text("a\x1b[2Jb", address)
        screen.until(r"61 1b 5b 32 4a 62")
        screen.type("\x03")
        assert screen.end() == 130 and "Traceback" not in screen.seen


@both
def test_what_comes_does_not_garble_the_line_that_is_typed(extra, sender):
    with terminal("chat", "0", "--bind", "127.0.0.1", extra=extra) as screen:
        address = ("127.0.0.1", port_of(screen))
        screen.until("> ")
        screen.type("half a l")
        screen.until("a l$" if not extra else "l")
        sender.sendto_text("你好", address, "gbk")
        shown = screen.until(r"127\.0\.0\.1:\d+[^\n]*你好")
        # The prompt is drawn anew, with what was typed so far.
        screen.until(r"> (\x1b\[[\d;?]*[a-zA-Z])*half a l")
        assert "half" not in shown[0]
        screen.type("ine\r")
        assert sender.recvfrom_text() == ("half a line", address)
        screen.type("\x04")  # Ctrl-D
        assert screen.end() == 0


@both
def test_ctrl_c_ends_a_chat(extra):
    with terminal("chat", "0", "--bind", "127.0.0.1", extra=extra) as screen:
        screen.until("> ")
        screen.type("half a line")
        screen.type("\x03")
        assert screen.end() == 130 and "Traceback" not in screen.seen


@both
@pytest.mark.parametrize("term", ["dumb", "a-terminal-that-nobody-knows", ""])
def test_a_terminal_that_is_none_is_served_all_the_same(extra, term, sender):
    with terminal("chat", "0", "--bind", "127.0.0.1", extra=extra, TERM=term) as screen:
        address = ("127.0.0.1", port_of(screen))
        sender.sendto_text("hello", address)
        shown = screen.until(r"127\.0\.0\.1:\d+[^\n]*hello")
        assert term != "dumb" or "\x1b" not in shown[0]
        screen.type("answer\r")
        assert sender.recvfrom_text()[0] == "answer"
        screen.type("\x04")
        assert screen.end() == 0
    with terminal("interfaces", extra=extra, TERM=term) as screen:
        assert screen.end() == 0 and re.search(r"lo +127\.0\.0\.1/8", plain(screen.seen))


@both
def test_bench_shows_progress_then_a_table_and_a_plot(extra):
    with terminal("bench", "--seconds", "0.2", "--size", "64", extra=extra) as screen:
        screen.until(r"libudp batches, 64 B" if not extra else "%")
        screen.until("datagrams/s")
        screen.until("█")
        assert screen.end() == 0 and "µs" in screen.seen


@both
def test_ctrl_c_ends_a_bench(extra):
    with terminal("bench", "--seconds", "60", extra=extra) as screen:
        screen.until("socket, 64 B")
        screen.type("\x03")
        assert screen.end() == 130 and "Traceback" not in screen.seen


def test_colours_can_be_had_off(sender):
    with terminal("listen", "127.0.0.1", "0", "--count", "1", NO_COLOR="1") as screen:
        address = ("127.0.0.1", port_of(screen))
        sender.sendto(b"hello", address)
        assert not re.search(r"\x1b\[3\d", screen.until("[^\n]*hello")[0])


def test_send_says_what_it_did(receiver):
    host, port = receiver.local_address
    with terminal("send", host, str(port), "hello") as screen:
        assert screen.end() == 0 and f"sent 1 datagram of 5 bytes to {host}:{port}" in screen.seen


def test_a_terminal_that_is_hung_up_ends_it():
    with terminal("listen", "127.0.0.1", "0") as screen:
        port_of(screen)
        screen.process.send_signal(signal.SIGHUP)
        assert screen.process.wait(SECONDS) == -signal.SIGHUP


def test_a_latin_1_terminal_is_no_error(sender):
    with terminal("listen", "127.0.0.1", "0", "--count", "1", PYTHONIOENCODING="latin-1") as screen:
        address = ("127.0.0.1", port_of(screen))
        sender.sendto_text("你好", address)
        screen.until(r"\\u4f60\\u597d")
        assert screen.end() == 0
