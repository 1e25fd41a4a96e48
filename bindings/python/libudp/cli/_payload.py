"""What is sent: TEXT, a file, bytes in hexadecimal, or the lines of standard input."""

from __future__ import annotations

import argparse
import sys
from typing import Iterator, Optional

from .._data.text import encode
from ._parser import Failure, add_encoding, hexadecimal


def add_payload(parser: argparse.ArgumentParser) -> None:
    add_encoding(parser, "what to send TEXT in, and to read replies in; default: UTF-8, and to read whatever it is")
    parser.add_argument("--file", metavar="FILE", help="send the bytes of a file, or of standard input if it is -")
    parser.add_argument("--hex", type=hexadecimal, metavar="BYTES", help="send these bytes, such as '68 65 6c 6c 6f'")
    parser.add_argument("text", nargs="?", metavar="TEXT", help="what to send; - sends each line of standard input")


def check_payload(args: argparse.Namespace) -> None:
    """One of the ways to say it, and only one."""
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
            # Bytes that are in the wished encoding already go as they are.
            line = line.rstrip(b"\r\n")
            yield line if args.encoding == "auto" else encode(_utf8(line, number), args.encoding)
    else:
        yield encode(args.text, args.encoding)


def read(name: str) -> bytes:
    if name == "-":
        return b"".join(_input())
    with open(name, "rb") as file:
        # One byte more than any datagram has: enough to be told that it is too much, also of /dev/zero.
        return file.read(65536)


def _input() -> Iterator[bytes]:
    if sys.stdin is None:
        raise Failure("standard input is closed")
    return iter(sys.stdin.buffer.readline, b"")


def _utf8(line: bytes, number: int) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        raise Failure(f"line {number} of standard input is not UTF-8; without --encoding it goes as it is") from None


def limit(timeout: Optional[float]) -> str:
    """A time for a sentence."""
    return f"{timeout:g} second{'' if timeout == 1 else 's'}"
