"""Bars and histograms made of characters."""

from __future__ import annotations

import sys
from typing import Iterator, Sequence

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = " ▁▂▃▄▅▆▇█"


def has_blocks() -> bool:
    """Whether the output's encoding has the characters."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        (EIGHTHS + LEVELS).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(part: float, width: int, blocks: bool) -> str:
    """A bar of a part of the width.

    >>> bar(0.5, 8, blocks=False)
    '####'
    >>> bar(0.3, 8, blocks=True)
    '██▍'
    """
    if not blocks:
        return "#" * round(part * width)
    eighths = round(part * width * 8)
    return EIGHTHS[8] * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def bars(rows: Sequence[tuple[str, float, str]], width: int, blocks: bool) -> Iterator[tuple[str, str, str]]:
    """Label, bar and value of each row, the largest value's bar as long as there is room."""
    most = max((value for _, value, _ in rows), default=0.0) or 1.0
    left = max((len(label) for label, _, _ in rows), default=0)
    right = max((len(shown) for _, _, shown in rows), default=0)
    room = max(10, width - left - right - 4)
    for label, value, shown in rows:
        yield label.ljust(left), bar(value / most, room, blocks), shown


def histogram(values: Sequence[float], low: float, high: float, columns: int) -> str:
    """How many values fall into each of the columns between low and high, as one line.

    >>> histogram([1, 1, 1, 2, 3, 9], 0, 4, 4)
    ' █▃▃'
    """
    counts = [0] * columns
    for value in values:
        place = int((value - low) / (high - low) * columns)
        if 0 <= place < columns:
            counts[place] += 1
    most = max(counts) or 1
    # What is there at all is seen.
    return "".join(LEVELS[0 if not n else max(1, round(n / most * 8))] for n in counts)
