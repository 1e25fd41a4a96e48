"""The datagrams to send: TEXT, a file, bytes in hexadecimal, or the lines of standard input."""

from __future__ import annotations

import argparse
import sys
from typing import Iterator, Optional

from .._data.text import encode
from ._parser import Failure, add_encoding, hexadecimal


def add_payload(parser: argparse.ArgumentParser) -> None:
    add_encoding(parser, "encoding of TEXT and of replies; default: UTF-8, and replies as UTF-8 or GB18030")
    parser.add_argument("--file", metavar="FILE", help="send the bytes of a file, or of standard input if it is -")
    parser.add_argument("--hex", type=hexadecimal, metavar="BYTES", help="send these bytes, such as '68 65 6c 6c 6f'")
    parser.add_argument("text", nargs="?", metavar="TEXT", help="the text to send; - sends each line of standard input")


def check_payload(args: argparse.Namespace) -> None:
    """Requires exactly one of TEXT, --file and --hex."""
    given = sum(value is not None for value in (args.text, args.file, args.hex))
    if given != 1:
        what = "nothing to send: give TEXT" if given == 0 else "more than one thing to send: give one of TEXT"
        args.parser.error(f"{what}, --file, --hex or -")


def payloads(args: argparse.Namespace) -> Iterator[bytes]:
    """The datagrams: one, or one for each line of standard input."""
    if args.hex is not None:
        yield args.hex
    elif args.file is not None:
        yield read(args.file)
    elif args.text == "-":
        for number, line in enumerate(_input(), 1):
            # Without --encoding, the bytes are sent unchanged.
            line = line.rstrip(b"\r\n")
            yield line if args.encoding == "auto" else encode(_utf8(line, number), args.encoding)
    else:
        yield encode(args.text, args.encoding)


def read(name: str) -> bytes:
    if name == "-":
        return b"".join(_input())
    with open(name, "rb") as file:
        # One byte more than the longest datagram, so that the send reports the error. Enough for /dev/zero, too.
        return file.read(65536)


def _input() -> Iterator[bytes]:
    if sys.stdin is None:
        raise Failure("standard input is closed")
    return iter(sys.stdin.buffer.readline, b"")


def _utf8(line: bytes, number: int) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        sentence = f"line {number} of standard input is not UTF-8; without --encoding, lines are sent unchanged"
        raise Failure(sentence) from None


def limit(timeout: Optional[float]) -> str:
    """A time in words."""
    return f"{timeout:g} second{'' if timeout == 1 else 's'}"
