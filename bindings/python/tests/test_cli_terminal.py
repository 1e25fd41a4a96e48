"""The command line in a terminal: what a person sees, drawn on a screen of the tests' own."""

import fcntl
import os
import pty
import re
import select
import shlex
import signal
import struct
import subprocess
import sys
import termios
from codecs import getincrementaldecoder
from contextlib import contextmanager
from importlib.util import find_spec

import pytest

from conftest import SECONDS
from helpers import EXAMPLES, privately

pyte = pytest.importorskip("pyte", reason="needs pyte, to see what is on the screen")

# Without rich and prompt_toolkit: as if they were not installed.
WITHOUT_EXTRA = """
import sys
sys.modules.update(rich=None, prompt_toolkit=None)
from libudp.cli import main
sys.exit(main())
"""
needs_extra = pytest.mark.skipif(
    not (find_spec("rich") and find_spec("prompt_toolkit")), reason="needs rich and prompt_toolkit"
)
both = pytest.mark.parametrize("extra", [pytest.param(True, marks=needs_extra), False])


README = EXAMPLES.parent / "README.md"
COLUMNS, ROWS = 120, 40
# What rich goes by besides the terminal.
COLOURS = "NO_COLOR", "FORCE_COLOR", "TTY_INTERACTIVE", "TTY_COMPATIBLE"


class Terminal(pyte.HistoryScreen):
    """A process in a terminal, and what is to be seen there."""

    def __init__(self, master, process):
        super().__init__(COLUMNS, ROWS, history=1000)
        self.master, self.process, self.raw = master, process, ""
        self.decoder = getincrementaldecoder("utf-8")("replace")
        self.stream = pyte.Stream(self)

    def write_process_input(self, text):
        """What a terminal answers to who asks it for the place of the cursor."""
        self.type(text)

    def type(self, text):
        os.write(self.master, text.encode())

    def text(self):
        """The screen and what has left it at the top."""
        above = ["".join(line[x].data for x in range(COLUMNS)) for line in self.history.top]
        return "\n".join(line.rstrip() for line in [*above, *self.display])

    def until(self, pattern):
        """Waits until a pattern is to be seen, and returns its match."""
        while not (match := re.search(pattern, self.text(), re.MULTILINE)):
            assert self.more(), f"{pattern!r} is not in\n{self.text()}"
        return match

    def until_typed(self, text):
        """Waits until a text is to be seen before the cursor: then the program has taken it."""
        while not self.display[self.cursor.y][: self.cursor.x].endswith(text):
            assert self.more(), f"{text!r} is not before the cursor in\n{self.text()}"

    def more(self):
        """Reads a piece of output, and says whether there was one."""
        ready, _, _ = select.select([self.master], [], [], SECONDS)
        assert ready, f"nothing more comes after\n{self.text()}"
        try:
            piece = self.decoder.decode(os.read(self.master, 65536))
        except OSError:  # EIO: the other side has gone
            return False
        self.raw += piece
        self.stream.feed(piece)
        return True

    def interrupt(self):
        """The exit status after Ctrl-C. One that comes between readline's look for signals and its wait for a key is
        not seen before the next key (readline_until_enter_or_signal in CPython's Modules/readline.c): who is not heard
        presses it again."""
        self.type("\x03")
        while not select.select([self.master], [], [], 2)[0]:
            self.type("\x03")
        return self.end()

    def end(self):
        """The exit status, after all that was still printed."""
        while self.more():
            pass
        return self.process.wait(SECONDS)


@contextmanager
def terminal(*arguments, extra=True, columns=COLUMNS, **environment):
    """A process in a terminal. The screen of the test always has COLUMNS, so that it shows lines that are too long."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, columns, 0, 0))
    command = [sys.executable, "-m", "libudp"] if extra else [sys.executable, "-c", WITHOUT_EXTRA]
    modules = {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONIOENCODING": "utf-8"}
    own = {name: value for name, value in os.environ.items() if name not in COLOURS}
    environment = {**own, **modules, "TERM": "xterm-256color", **environment}
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
    return int(screen.until(r"listening on \S*:(\d+)")[1])


def colours(screen, word):
    """The colours of the line on which a word is."""
    (y,) = [y for y, line in enumerate(screen.display) if word in line]
    return {screen.buffer[y][x].fg for x in range(COLUMNS)}


@both
def test_listen_shows_lines_and_bytes_and_ends_with_ctrl_c(extra, sender):
    with terminal("listen", "127.0.0.1", "0", extra=extra) as screen:
        address = ("127.0.0.1", port_of(screen))
        sender.sendto_text("hello", address)
        screen.until(r"^\d\d:\d\d:\d\d\.\d{3}  127.0.0.1:\d+ +5 B  UTF-8    hello$")
        assert (len(colours(screen, "hello")) > 1) == extra
        # Bytes in rows; and only the first of those that nobody asked to see so.
        sender.sendto(bytes(range(256)) + bytes(1000), address)
        screen.until(r"1256 B  hex$")
        screen.until(r"^    0000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  \.{16}$")
        screen.until(r"^    00f0  f0 f1")
        screen.until(r"^    \.\.\. 1000 more bytes$")
        # Nothing of a datagram steers the terminal.
        sender.sendto_text("a\x1b[2Jb", address)
        screen.until(r"61 1b 5b 32 4a 62")
        screen.until("hello")
        assert screen.interrupt() == 130 and "Traceback" not in screen.text()


@both
def test_chat_received_lines_keep_the_typed_line_intact(extra, sender):
    with terminal("chat", "0", "--bind", "127.0.0.1", extra=extra) as screen:
        address = ("127.0.0.1", port_of(screen))
        screen.until_typed("> ")
        screen.type("half a l")
        screen.until_typed("> half a l")
        for text in "first", "second", "third":
            sender.sendto_text(text, address)
            screen.until(rf"^127\.0\.0\.1:\d+:? +{text}$")
        screen.until_typed("> half a l")
        screen.type("ine\r")
        assert sender.recvfrom_text() == ("half a line", address)
        screen.until_typed("> ")
        shown = [line.split()[-1] for line in screen.text().splitlines() if line.startswith("127.")]
        assert shown == ["first", "second", "third"]
        assert re.findall("^> half.*", screen.text(), re.MULTILINE) == ["> half a line"]
        screen.type("\x04")  # Ctrl-D
        assert screen.end() == 0


@both
def test_ctrl_c_ends_a_chat(extra):
    with terminal("chat", "0", "--bind", "127.0.0.1", extra=extra) as screen:
        screen.until_typed("> ")
        screen.type("half a line")
        screen.until_typed("half a line")
        assert screen.interrupt() == 130 and "Traceback" not in screen.text()


@both
@pytest.mark.parametrize("term", ["dumb", "a-terminal-that-nobody-knows", ""])
def test_unknown_terminal_type_works(extra, term, sender):
    with terminal("chat", "0", "--bind", "127.0.0.1", extra=extra, TERM=term) as screen:
        address = ("127.0.0.1", port_of(screen))
        sender.sendto_text("hello", address)
        screen.until(r"^127\.0\.0\.1:\d+:? +hello$")
        assert term != "dumb" or "\x1b" not in screen.raw
        screen.type("answer\r")
        assert sender.recvfrom_text()[0] == "answer"
        assert screen.interrupt() == 130
    with terminal("interfaces", extra=extra, TERM=term) as screen:
        assert screen.end() == 0
        screen.until(r"lo +127\.0\.0\.1/8")


@both
def test_bench_shows_progress_then_tables_and_plots(extra):
    with terminal("bench", "--seconds", "0.2", "--size", "64", extra=extra) as screen:
        screen.until(r"libudp batches, 64 B")
        assert screen.end() == 0
        screen.until("datagrams/s")
        screen.until(r"^64 B libudp batches +█")
        screen.until("median µs")
        # The progress has gone.
        assert "batches, 64 B" not in screen.text()


@both
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_bench_in_narrow_terminal_keeps_lines_within_its_width(extra, columns):
    with terminal("bench", "--seconds", "0.05", extra=extra, columns=columns) as screen:
        assert screen.end() == 0
        shown = screen.text()
        assert "datagrams/s" in shown and "1400 B libudp batches" in shown and "median µs" in shown
        assert max(map(len, shown.splitlines())) <= columns, shown


@both
def test_interfaces_in_narrow_terminal_prints_a_line_for_each_cell(extra):
    with terminal("interfaces", extra=extra, columns=30) as screen:
        assert screen.end() == 0
        screen.until(r"^name +lo$")
        screen.until(r"^address +127\.0\.0\.1/8$")


def test_listen_raw_to_terminal_is_an_error():
    with terminal("listen", "127.0.0.1", "0", "--raw") as screen:
        assert screen.end() == 2 and "--raw does not write to a terminal" in screen.text()


@both
def test_ctrl_c_ends_a_bench(extra):
    with terminal("bench", "--seconds", "60", extra=extra) as screen:
        screen.until("socket, 64 B")
        assert screen.interrupt() == 130 and "Traceback" not in screen.text()


def test_no_color_prints_without_colours(sender):
    with terminal("listen", "127.0.0.1", "0", "--count", "1", NO_COLOR="1") as screen:
        sender.sendto(b"hello", ("127.0.0.1", port_of(screen)))
        assert screen.end() == 0 and colours(screen, "hello") == {"default"}


def test_send_prints_a_summary(receiver):
    host, port = receiver.local_address
    with terminal("send", host, str(port), "hello") as screen:
        assert screen.end() == 0 and f"sent 1 datagram of 5 bytes to {host}:{port}" in screen.text()


def test_hangup_of_the_terminal_ends_listen():
    with terminal("listen", "127.0.0.1", "0") as screen:
        port_of(screen)
        screen.process.send_signal(signal.SIGHUP)
        assert screen.process.wait(SECONDS) == -signal.SIGHUP


def test_latin_1_terminal_shows_escaped_characters(sender):
    with terminal("listen", "127.0.0.1", "0", "--count", "1", PYTHONIOENCODING="latin-1") as screen:
        sender.sendto_text("你好", ("127.0.0.1", port_of(screen)))
        assert screen.end() == 0 and "\\u4f60\\u597d" in screen.text()


def promised():
    """What the README says that each command prints."""
    lines = README.read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `libudp")]
    return {row[0].strip("`"): re.findall("`([^`]+)`", row[2]) for row in rows}


def alike(line):
    """A line without what differs from run to run: numbers, lengths of bars, spaces."""
    line = re.sub(r"[\u2581-\u258f]+|━+|─+", "█", line)
    return " ".join(re.sub(r"\d[\d,.:]*", "#", line).split())


@needs_extra
@privately
def test_readme_shows_the_output_of_the_commands():
    table, seen = promised(), {}

    def begun(command):
        # It prints the same of a shorter time.
        short = ["--seconds", "0.1"] if "bench" in command else []
        return terminal(*shlex.split(command)[1:], *short)

    def ended(command):
        with begun(command) as screen:
            assert screen.end() == 0
            seen[command] = screen.text()

    commands = list(table)
    listen, send, echo, ask, chat, join, tell, *rest = commands
    with begun(listen) as screen:
        port_of(screen)
        ended(send)
        ended("libudp send 127.0.0.1 8080 --hex 00ff")
        screen.until(r"^    0000  00 ff")
        seen[listen] = screen.text()
    with begun(echo) as screen:
        port_of(screen)
        ended(ask)
        screen.until("ping")
        seen[echo] = screen.text()
    with begun(chat) as screen:
        port_of(screen)
        ended("libudp send 127.0.0.1 9090 你好 --from 9091")
        screen.until("你好")
        screen.type("what I am typi")
        screen.until_typed("typi")
        seen[chat] = screen.text()
    with begun(join) as screen:
        port_of(screen)
        ended(tell)
        screen.until("hello")
        seen[join] = screen.text()
    for command in rest:
        ended(command)
    for command, lines in table.items():
        shown = iter([alike(line) for line in seen[command].splitlines()])
        for line in lines:
            assert alike(line) in shown, f"{command} prints\n{seen[command]}\nand not\n{line}"
