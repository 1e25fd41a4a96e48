"""Where a command writes to: a terminal, with rich or without it, a pipe, or a program that reads JSON."""

from __future__ import annotations

import json
import sys
from datetime import datetime
from typing import Any, Iterator, Optional, Sequence, TextIO, Union

from .._data.address import Address, at
from .._data.text import Text, decode

# A piece of a line, with a style for a terminal that has them.
Part = Union[str, tuple[str, str]]

# Joiners of emoji and of letters are part of what is read. All else that cannot be seen is shown by its number: a
# datagram must not be able to steer the terminal.
JOINERS = "\u200c\u200d"
ENOUGH = 256


def visible(text: str) -> str:
    """Text on one line, without characters that do something.

    >>> print(visible("two\\nlines and a \\x1b[31mcolour"))
    two\\nlines and a \\x1b[31mcolour
    """
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    # A wide space is not printable to Python, but it is to people.
    if character.isprintable() or character in JOINERS or (character.isspace() and character in "\u00a0\u3000"):
        return character
    return character.encode("unicode_escape").decode()


def is_text(text: Text) -> bool:
    """Whether a person would call it text; a NUL at its end is a C program's."""
    body = text.rstrip("\0")
    return text.replaced == 0 and not any(c < " " and c not in "\t\r\n" or c == "\x7f" for c in body)


def hex_lines(data: bytes) -> Iterator[str]:
    """Sixteen bytes a line: their place, their values, and what they are in ASCII."""
    for place in range(0, len(data), 16):
        row = data[place : place + 16]
        values = f"{row[:8].hex(' '):23}  {row[8:].hex(' '):23}"
        ascii = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"    {place:04x}  {values}  {ascii}"


def is_terminal(stream: Optional[TextIO]) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


class Output:
    """Writes what a command has to say.

    Args:
        json: whether to write JSON lines.
    """

    def __init__(self, json: bool = False) -> None:
        self.json = json
        self.terminal = not json and is_terminal(sys.stdout)
        self.console = _console() if self.terminal else None

    def line(self, *parts: Part) -> None:
        """One line on standard output, at once, so that the reader of a pipe need not wait for it."""
        if self.console is not None:
            from rich.text import Text as Styled

            self.console.print(Styled.assemble(*parts), soft_wrap=True)
        else:
            print("".join(part if isinstance(part, str) else part[0] for part in parts), flush=True)

    def record(self, event: str, **fields: Any) -> None:
        """One JSON object on a line."""
        utf8 = sys.stdout is not None and sys.stdout.encoding.lower().replace("-", "") == "utf8"
        print(json.dumps({"event": event, **fields}, ensure_ascii=not utf8), flush=True)

    def status(self, sentence: str, always: bool = False) -> None:
        """What a person at a terminal wants to know, on standard error; a script does not see it."""
        if always or is_terminal(sys.stderr):
            print(sentence, file=sys.stderr, flush=True)

    def listening(self, address: Address, wished: int) -> None:
        """Where a command listens. A port of the system's choice has to be told, to scripts too."""
        self.status(f"listening on {at(address)}", always=wished == 0)

    def datagram(self, data: bytes, sender: Address, encoding: str = "auto", as_hex: bool = False) -> None:
        """A datagram that came: when, from whom, how long, and what it says."""
        now = datetime.now().astimezone()
        text = decode(data, encoding)
        whole = as_hex
        as_hex = as_hex or (encoding == "auto" and not is_text(text))
        if self.json:
            fields: dict[str, Any] = {"time": now.isoformat(timespec="milliseconds")}
            fields.update(host=sender[0], port=sender[1], size=len(data), encoding=text.encoding)
            fields.update(replaced=text.replaced, text=str(text))
            if as_hex:
                fields["hex"] = data.hex()
            self.record("received", **fields)
            return
        parts: list[Part] = [
            (f"{now:%H:%M:%S}.{now.microsecond // 1000:03}", "dim"),
            (f"  {at(sender):21}", "cyan"),
            (f"  {len(data):5} B", "green"),
            (f"  {'hex' if as_hex else text.encoding:7}", "magenta"),
        ]
        if not as_hex or not data:
            self.line(*parts, "  ", visible(text) if data else ("(empty)", "dim"))
        elif self.terminal:
            self.line(*parts)
            # What nobody asked to see in hexadecimal does not flood the screen.
            for row in hex_lines(data if whole else data[:ENOUGH]):
                self.line((row, "yellow"))
            if len(data) > ENOUGH and not whole:
                self.line((f"    ... {len(data) - ENOUGH} bytes more", "dim"))
        else:
            self.line(*parts, "  ", data.hex(" "))

    def reply(self, data: bytes, sender: Address, encoding: str) -> None:
        """A reply of the one peer: for a script what it says and nothing else."""
        if self.json or self.terminal:
            self.datagram(data, sender, encoding)
            return
        text = decode(data, encoding)
        print(text if encoding != "auto" or is_text(text) else data.hex(" "), flush=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
        """A table; `right` are the columns of numbers."""
        if self.console is not None:
            from rich.box import SIMPLE_HEAD
            from rich.table import Table
            from rich.text import Text as Styled

            table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
            for place, name in enumerate(columns):
                # Only the last column is broken where a line is too long.
                whole = place < len(columns) - 1
                table.add_column(name, justify="right" if place in right else "left", no_wrap=whole, overflow="fold")
            for row in rows:
                table.add_row(*map(Styled, row))
            self.console.print(table)
            return
        widths = [max(map(len, column)) for column in zip(columns, *rows)]
        for row in [columns, *rows]:
            cells = [
                cell.rjust(width) if place in right else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths))
            ]
            print("  ".join(cells).rstrip())


def _console() -> Any:
    """rich's terminal, if rich is there."""
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(highlight=False, markup=False, emoji=False)
