"""The command line: what the commands share, and the types of arguments."""

from __future__ import annotations

import argparse
import math
from importlib import import_module
from typing import Any, Callable, NoReturn, Optional, Sequence

from .._data.text import encode
from .._version import __version__
from ..errors import EncodingError

FAILED, BAD_USAGE, NOTHING_CAME, INTERRUPTED, READER_GONE = 1, 2, 3, 130, 141

EXIT_STATUS = """\
exit status:
  0    done
  1    the system or the network reported an error; one line on standard error says which
  2    the command line is wrong
  3    nothing arrived in time
  130  ended by Ctrl-C
  141  the reader of the output has closed the pipe
"""

COMMANDS = ("listen", "send", "echo", "chat", "broadcast", "interfaces", "bench")


class Failure(Exception):
    """An error sentence and an exit status."""

    def __init__(self, sentence: str, status: int = FAILED) -> None:
        super().__init__(sentence)
        self.status = status


class Parser(argparse.ArgumentParser):
    """Reports errors in one line."""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_USAGE, f"{self.prog}: {message}; see {self.prog} --help\n")


def parse(argv: Optional[Sequence[str]]) -> argparse.Namespace:
    """Parses the command line. `run` of the result is the function of the command."""
    parser = Parser(
        prog="libudp",
        description="Shows, sends and measures UDP datagrams.",
        epilog=EXIT_STATUS + "\nlibudp COMMAND --help explains a command.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"libudp {__version__}")
    # With the metavar, an unknown command does not print the list of commands twice.
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=Parser)
    for name in COMMANDS:
        import_module(f".{name}", __package__).add(commands)
    return parser.parse_args(argv)


def command(commands: Any, name: str, run: Callable[..., int], summary: str, examples: str) -> argparse.ArgumentParser:
    """The parser of one command, with the options that all commands have."""
    parser: argparse.ArgumentParser = commands.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"examples:\n{examples}\n{EXIT_STATUS}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(run=run, parser=parser)
    parser.add_argument("--json", action="store_true", help="print one JSON object per line")
    return parser


def add_encoding(parser: argparse.ArgumentParser, help: str) -> None:
    parser.add_argument("--encoding", type=encoding, default="auto", metavar="LABEL", help=help)


def add_interface(parser: argparse.ArgumentParser, help: str) -> None:
    """--interface, by name, index or address."""
    parser.add_argument("--interface", metavar="NAME", help=help)


def add_listener(parser: argparse.ArgumentParser) -> None:
    """[HOST] PORT, --count and --timeout."""
    parser.add_argument("host", nargs="?", default="", metavar="HOST", help="an address of this machine; default: all")
    parser.add_argument("port", type=port, metavar="PORT", help="the port; 0: the system chooses one, which is printed")
    parser.add_argument("--count", type=count, metavar="N", help="end after N datagrams")
    parser.add_argument("--timeout", type=seconds, metavar="SECONDS", help="end when nothing has arrived for this long")


# ---- Types of arguments: text to value ----


def port(text: str) -> int:
    return _whole(text, 0, 65535, "a port is 0 to 65535")


def peer_port(text: str) -> int:
    return _whole(text, 1, 65535, "a port to send to is 1 to 65535")


def ttl(text: str) -> int:
    return _whole(text, 1, 255, "a TTL is 1 to 255")


def count(text: str) -> int:
    return _whole(text, 1, 10**18, "a count is 1 or more")


def size(text: str) -> int:
    return _whole(text, 8, 65507, "a size is 8 to 65507 bytes")


def _whole(text: str, least: int, most: int, rule: str) -> int:
    # int() would take " 8_0" too.
    if text.isascii() and text.isdigit() and least <= int(text[:20]) <= most:
        return int(text)
    raise argparse.ArgumentTypeError(f"{rule}, not {text!r}")


def seconds(text: str) -> float:
    return _positive(text, "a time is a number of seconds greater than 0")


def rate(text: str) -> float:
    return _positive(text, "a rate is a number of datagrams per second greater than 0")


def _positive(text: str, rule: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if 0 < number < math.inf:
        return number
    raise argparse.ArgumentTypeError(f"{rule}, not {text!r}")


def hexadecimal(text: str) -> bytes:
    # As people write it: "68 65", "68:65", "0x68 0x65", "6865".
    plain = text.replace("0x", " ").replace(":", " ").replace(",", " ")
    try:
        return bytes.fromhex(plain)
    except ValueError:
        raise argparse.ArgumentTypeError(f"bytes in hexadecimal look like '68 65 6c', not {text!r}") from None


def encoding(label: str) -> str:
    try:
        encode("", label)
    except EncodingError:
        hint = "such as utf-8, gbk, big5, shift_jis, or auto"
        raise argparse.ArgumentTypeError(f"{label!r} is not a known encoding; {hint}") from None
    except ValueError:
        raise argparse.ArgumentTypeError(f"{label!r} is not an encoding") from None
    return label
