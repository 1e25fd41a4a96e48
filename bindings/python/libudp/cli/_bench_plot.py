"""Bars and histograms drawn with characters."""

from __future__ import annotations

import sys
from typing import Iterator, Sequence

EIGHTHS = " ▏▎▍▌▋▊▉█"
LEVELS = " ▁▂▃▄▅▆▇█"


def has_blocks() -> bool:
    """True if the encoding of the output has the characters."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        (EIGHTHS + LEVELS).encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def bar(part: float, width: int, blocks: bool) -> str:
    """A bar that covers a part of the width.

    >>> bar(0.5, 8, blocks=False)
    '####'
    >>> bar(0.3, 8, blocks=True)
    '██▍'
    """
    if not blocks:
        return "#" * round(part * width)
    eighths = round(part * width * 8)
    return EIGHTHS[8] * (eighths // 8) + EIGHTHS[eighths % 8].strip()


def bars(rows: Sequence[tuple[str, float, str]], width: int, blocks: bool) -> Iterator[list[tuple[str, str, str]]]:
    """The lines for each row: label, bar and value; the largest value has the longest bar.

    One line for a row, or two if one would leave the bar fewer than 10 columns.

    >>> list(bars([("one", 1.0, "1/s"), ("two", 2.0, "2/s")], 20, blocks=False))
    [[('one  ', '#####', '  1/s')], [('two  ', '##########', '  2/s')]]
    >>> list(bars([("one", 1.0, "1/s"), ("two", 2.0, "2/s")], 10, blocks=False))
    [[('one  ', '', '1/s'), ('', '#####', '')], [('two  ', '', '2/s'), ('', '##########', '')]]
    """
    most = max((value for _, value, _ in rows), default=0.0) or 1.0
    left = max((len(label) for label, _, _ in rows), default=0)
    right = max((len(shown) for _, _, shown in rows), default=0)
    narrow = width - left - right - 4 < 10
    for label, value, shown in rows:
        drawn = bar(value / most, width if narrow else width - left - right - 4, blocks)
        if narrow:
            yield [(f"{label.ljust(left)}  ", "", shown), ("", drawn, "")]
        else:
            yield [(f"{label.ljust(left)}  ", drawn, f"  {shown}")]


def histogram(values: Sequence[float], low: float, high: float, columns: int) -> str:
    """One line that shows how many values fall into each column between low and high.

    >>> histogram([1, 1, 1, 2, 3, 9], 0, 4, 4)
    ' █▃▃'
    """
    counts = [0] * columns
    for value in values:
        place = int((value - low) / (high - low) * columns)
        if 0 <= place < columns:
            counts[place] += 1
    most = max(counts) or 1
    # A column with any value is visible.
    return "".join(LEVELS[0 if not n else max(1, round(n / most * 8))] for n in counts)
