"""The command line `libudp`: to see, send and measure UDP from a terminal or a script.

It works with Python alone; the extra `libudp[cli]` brings rich and prompt_toolkit, which make it look better. One file
for each command, and what they share in the files with an underscore.
"""

from __future__ import annotations

import os
import sys
from typing import Optional, Sequence

from ..errors import Error
from ._output import Output, is_terminal
from ._parser import FAILED, INTERRUPTED, READER_GONE, Failure, parse


def main(argv: Optional[Sequence[str]] = None) -> int:
    """Runs one command, and returns its exit status. What goes wrong is one line on standard error.

    Args:
        argv: the arguments, without the program's name; those of the process if None.

    >>> main(["send", "127.0.0.1", "9", "hello"])
    0
    """
    name = "libudp"
    try:
        for stream in sys.stdout, sys.stderr:
            # A character that the terminal's encoding lacks is shown by its number; it is no reason to stop.
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
        # The shell's prompt is not to stand behind the ^C.
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
    """Drops output that cannot be written, which the interpreter would complain of as it ends."""
    for stream in sys.stdout, sys.stderr:
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            try:
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            except (OSError, ValueError):
                pass
