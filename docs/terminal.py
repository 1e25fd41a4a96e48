"""Draws docs/terminal.svg: the output of real `libudp listen` and `libudp send` commands.

    PYTHONPATH=bindings/python LIBUDP_LIBRARY=target/release/libudp.so python3 docs/terminal.py [--check]

The commands run in a pseudo-terminal on loopback. Times and the ports that the system chose are replaced by fixed ones,
so that the picture changes only when the output does. With --check it compares the picture and writes nothing.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from html import escape
from pathlib import Path
from typing import Iterator

PICTURE = Path(__file__).with_name("terminal.svg")
SENDS = ["hello", "你好 --encoding gbk", "--hex '00 ff 10 0d'"]
PORT = "8080"  # shown instead of the port that the system chose

# Colours are optional (rich): without them the output is the same on every machine.
LIBUDP = [sys.executable, "-c", "import sys; sys.modules['rich'] = None; from libudp.cli import main; sys.exit(main())"]
LINE, LEFT, WIDTH = 20, 16, 760


class Terminal:
    """A command in a pseudo-terminal."""

    def __init__(self, *arguments: str) -> None:
        self.fd, inner = os.openpty()
        environment = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "100"}
        self.process = subprocess.Popen([*LIBUDP, *arguments], stdin=inner, stdout=inner, stderr=inner, env=environment)
        os.close(inner)

    def lines(self) -> Iterator[str]:
        """Lines as they are written, until the command ends."""
        with open(self.fd, encoding="utf-8", newline="\r\n") as stream:
            try:
                for line in stream:
                    yield line.rstrip("\r\n")
            except OSError:  # EIO: the command closed its terminal (Linux)
                pass
        if self.process.wait() != 0:
            sys.exit(f"terminal.py: libudp exited with {self.process.returncode}")


def capture() -> tuple[list[str], list[str]]:
    """What the receiver's terminal shows, and the sender's."""
    listen = Terminal("listen", "127.0.0.1", "0", "--count", str(len(SENDS)))
    output = listen.lines()
    listening = next(output)
    real = listening.rsplit(":", 1)[1]
    receiver = [f"$ libudp listen 127.0.0.1 {PORT}", listening.replace(f":{real}", f":{PORT}")]
    sender = []
    for number, words in enumerate(SENDS, 1):
        sender.append(f"$ libudp send 127.0.0.1 {PORT} {words}")
        for line in Terminal("send", "127.0.0.1", real, *shlex.split(words)).lines():
            sender.append(line.replace(f":{real}", f":{PORT}"))
        line = next(output)
        if not re.fullmatch(r"\d\d:\d\d:\d\d\.\d{3}  127\.0\.0\.1:\d+ +.*", line):
            sys.exit(f"terminal.py: not a line of libudp listen: {line!r}")
        sent_from = f"127.0.0.1:{50000 + number}"
        receiver.append(f"09:30:{number:02}.000  {sent_from:21}{line[35:]}".rstrip())
    receiver.extend(output)  # the bytes of the last datagram
    return receiver, sender


def window(title: str, lines: list[str], top: int) -> Iterator[str]:
    height = LINE * (len(lines) + 2)
    yield f'<rect x="0" y="{top}" width="{WIDTH}" height="{height}" rx="6" fill="#1e2430"/>'
    yield f'<text x="{LEFT}" y="{top + LINE}" fill="#7f8ea3">{escape(title)}</text>'
    for number, line in enumerate(lines, 2):
        colour = "#8fd694" if line.startswith("$") else "#e6e9ef"
        yield f'<text x="{LEFT}" y="{top + LINE * number}" fill="{colour}">{escape(line)}</text>'


def draw(receiver: list[str], sender: list[str]) -> str:
    second = LINE * (len(receiver) + 2) + 10
    height = second + LINE * (len(sender) + 2)
    style = "font: 14px 'DejaVu Sans Mono', Menlo, Consolas, 'Noto Sans Mono CJK SC', monospace; white-space: pre"
    rows = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" style="{style}">']
    rows.append("<title>libudp listen shows datagrams that libudp send sent, in UTF-8, in GBK and in bytes</title>")
    rows.extend(window("receiver", receiver, 0))
    rows.extend(window("sender", sender, second))
    return "\n".join([*rows, "</svg>", ""])


def main(arguments: list[str]) -> None:
    if arguments not in ([], ["--check"]):
        sys.exit(__doc__)
    picture = draw(*capture())
    if not arguments:
        PICTURE.write_text(picture, encoding="utf-8")
    elif PICTURE.read_text(encoding="utf-8") != picture:
        sys.exit(f"docs/terminal.svg is not what the commands print now:\n{picture}")


if __name__ == "__main__":
    main(sys.argv[1:])
