"""The command line `libudp`: shows, sends and measures UDP datagrams, from a terminal or a script.

It needs nothing but Python. The extra `cli` installs rich and prompt_toolkit, for colours and a line editor. Each
command has a file; the files with an underscore are shared.
"""

from __future__ import annotations

import os
import sys
from typing import Optional, Sequence

from ..errors import Error
from ._output import Output, is_terminal
from ._parser import FAILED, INTERRUPTED, READER_GONE, Failure, parse


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs one command and returns its exit status. An error is one line on standard error.

    Args:
        argv: the arguments without the program name. None: the arguments of the process.

    >>> main(["send", "127.0.0.1", "9", "hello"])
    0
    """
    name = "libudp"
    try:
        for stream in sys.stdout, sys.stderr:
            # Characters that the encoding of the terminal lacks are escaped.
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors="backslashreplace")
        if hasattr(sys.stdin, "reconfigure"):
            sys.stdin.reconfigure(errors="surrogateescape")
        args = parse(argv)
        name = f"libudp {args.command}"
        status: int = args.run(args, Output(json=args.json))
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except SystemExit as stop:  # argparse's, after --help and bad arguments
        return int(stop.code or 0)
    except KeyboardInterrupt:
        # So that the prompt of the shell starts on a new line.
        if is_terminal(sys.stderr):
            print(file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        return READER_GONE
    except (Failure, Error, OSError) as error:
        print(f"{name}: {describe(error)}", file=sys.stderr)
        return error.status if isinstance(error, Failure) else FAILED
    finally:
        forget_unwritten()


def describe(error: Exception) -> str:
    """An error as one line."""
    if isinstance(error, OSError) and not isinstance(error, Error) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror}"
    return " ".join(str(error).split())


def forget_unwritten() -> None:
    """Discards output that cannot be written. The interpreter would report it at exit."""
    for stream in sys.stdout, sys.stderr:
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            except (OSError, ValueError):
                pass
