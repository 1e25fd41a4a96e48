"""The output of a command: to a terminal, with or without rich, to a pipe, or as JSON lines."""

from __future__ import annotations

import json
import shutil
import sys
from datetime import datetime
from typing import Any, Iterator, Optional, Sequence, TextIO, Union

from .._data.address import Address, at
from .._data.text import Text, decode

# A piece of a line, with a style for rich.
Part = Union[str, tuple[str, str]]

# Zero-width joiners are part of emoji and letters. All other invisible characters are escaped, because a received
# datagram must not control the terminal.
JOINERS = "\u200c\u200d"
# How many bytes of a binary datagram a terminal shows without --hex.
MAX_HEX_BYTES = 256
# The least width of the last column of a table, and the columns between two columns.
MIN_LAST, GAP = 16, 2


def visible(text: str) -> str:
    """Text on one line, with control characters and invisible characters escaped.

    >>> print(visible("two\\nlines and a \\x1b[31mcolour"))
    two\\nlines and a \\x1b[31mcolour
    """
    if text.isprintable():
        return text
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    # Python does not count wide spaces as printable.
    if character.isprintable() or character in JOINERS or (character.isspace() and character in "\u00a0\u3000"):
        return character
    return character.encode("unicode_escape").decode()


def is_text(text: Text) -> bool:
    """True for text without control characters. NULs at its end are allowed, because C programs send them."""
    body = text.rstrip("\0")
    return text.replaced == 0 and not any(c < " " and c not in "\t\r\n" or c == "\x7f" for c in body)


def hex_lines(data: bytes) -> Iterator[str]:
    """Lines of 16 bytes: offset, hexadecimal values, ASCII characters."""
    for place in range(0, len(data), 16):
        row = data[place : place + 16]
        values = f"{row[:8].hex(' '):23}  {row[8:].hex(' '):23}"
        ascii = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in row)
        yield f"    {place:04x}  {values}  {ascii}"


def is_terminal(stream: Optional[TextIO]) -> bool:
    return stream is not None and not stream.closed and stream.isatty()


class Output:
    """Writes the output of a command.

    Args:
        json: write JSON lines.
    """

    def __init__(self, json: bool = False) -> None:
        self.json = json
        self.terminal = not json and is_terminal(sys.stdout)
        self.console = _console() if self.terminal else None

    def line(self, *parts: Part) -> None:
        """Writes a line to standard output and flushes it, for the reader of a pipe."""
        if self.console is not None:
            from rich.text import Text as Styled

            self.console.print(Styled.assemble(*parts), soft_wrap=True)
        else:
            print("".join(part if isinstance(part, str) else part[0] for part in parts), flush=True)

    def record(self, event: str, **fields: Any) -> None:
        """Writes one JSON object on a line. Invisible characters are escaped, as in `visible`."""
        utf8 = sys.stdout is not None and sys.stdout.encoding.lower().replace("-", "") == "utf8"
        line = json.dumps({"event": event, **fields}, ensure_ascii=not utf8)
        # json itself escapes only those below a space.
        print("".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line), flush=True)

    def status(self, sentence: str, always: bool = False) -> None:
        """Writes a sentence to standard error if it is a terminal, or always."""
        if always or is_terminal(sys.stderr):
            print(sentence, file=sys.stderr, flush=True)

    def listening(self, address: Address, port: int) -> None:
        """Writes the address that a command listens on. Scripts see it too if the system chose the port."""
        self.status(f"listening on {at(address)}", always=port == 0)

    def datagram(self, data: bytes, sender: Address, encoding: str = "auto", as_hex: bool = False) -> None:
        """Writes a received datagram: time, sender, length, encoding and text or bytes."""
        now = datetime.now().astimezone()
        text = decode(data, encoding)
        show_all = as_hex
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
            for row in hex_lines(data if show_all else data[:MAX_HEX_BYTES]):
                self.line((row, "yellow"))
            if len(data) > MAX_HEX_BYTES and not show_all:
                self.line((f"    ... {len(data) - MAX_HEX_BYTES} more bytes", "dim"))
        else:
            self.line(*parts, "  ", data.hex(" "))

    def reply(self, data: bytes, sender: Address, encoding: str) -> None:
        """Writes a reply of the only peer: in a pipe, only its text."""
        if self.json or self.terminal:
            self.datagram(data, sender, encoding)
            return
        text = decode(data, encoding)
        print(text if encoding != "auto" or is_text(text) else data.hex(" "), flush=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> None:
        """Writes a table; `right` are the columns of numbers. On a narrow terminal, one line for each cell."""
        widths = [max(map(len, column)) for column in zip(columns, *rows)]
        if self.terminal and sum(widths[:-1]) + min(widths[-1], MIN_LAST) + GAP * (len(widths) - 1) > width():
            self._cells(columns, rows)
            return
        if self.console is not None:
            from rich.box import SIMPLE_HEAD
            from rich.table import Table
            from rich.text import Text as Styled

            table = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
            for place, name in enumerate(columns):
                # Only the last column wraps if a line is too long.
                whole = place < len(columns) - 1
                table.add_column(name, justify="right" if place in right else "left", no_wrap=whole, overflow="fold")
            for row in rows:
                table.add_row(*map(Styled, row))
            self.console.print(table)
            return
        for row in [columns, *rows]:
            cells = [
                cell.rjust(width) if place in right else cell.ljust(width)
                for place, (cell, width) in enumerate(zip(row, widths))
            ]
            print("  ".join(cells).rstrip())

    def _cells(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        longest = max(map(len, columns))
        for number, row in enumerate(rows):
            # A row without its first cell continues the row before.
            if number and row[0]:
                self.line("")
            for name, cell in zip(columns, row):
                if cell:
                    self.line((name.ljust(longest), "bold"), f"  {cell}")


def width() -> int:
    """The columns of the terminal; 80 if unknown."""
    return shutil.get_terminal_size((80, 24)).columns


def _console() -> Any:
    """A console of rich, if it is installed."""
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(highlight=False, markup=False, emoji=False)
