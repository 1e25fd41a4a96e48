"""libudp bench: how fast Python sends and receives on this machine, over loopback."""

from __future__ import annotations

import argparse
import sys
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterator, Sequence

from ._bench_measure import WAYS, Rate, Tick, Times, rate, times
from ._output import Output, is_terminal, width
from ._parser import command, seconds, size
from ._bench_plot import bars, has_blocks, histogram

EXAMPLES = """\
  libudp bench                          about eight seconds, tables and plots
  libudp bench --size 1400 --seconds 5  one size, longer
  libudp bench --json                   for another program

One process sends as fast as it can and another receives. "lost" are the datagrams that the
receiver was too slow for. "socket" is Python's own module, for comparison. Nothing leaves
this machine.
"""

SIZES = [64, 1400]
STYLES = {"socket": "yellow", "libudp": "cyan", "libudp batches": "green"}
# The name of a measurement, and its function.
Step = tuple[str, Callable[[Tick], Any]]


def add(commands: Any) -> None:
    parser = command(commands, "bench", run, "measures datagrams per second and round trips over loopback", EXAMPLES)
    help = "duration of each measurement; default: 1"
    parser.add_argument("--seconds", type=seconds, default=1.0, metavar="S", help=help)
    help = "size of a datagram, 8 to 65507; may be repeated; default: 64 and 1400"
    parser.add_argument("--size", type=size, action="append", metavar="BYTES", help=help)


def run(args: argparse.Namespace, out: Output) -> int:
    steps = steps_of(args.size or SIZES, args.seconds)
    results: list[Any] = []
    with progress(len(steps)) as begin:
        for name, measure in steps:
            results.append(measure(begin(name)))
            if out.json:
                record(out, results[-1])
    if not out.json:
        show(out, [r for r in results if isinstance(r, Rate)], [r for r in results if isinstance(r, Times)])
    return 0


def steps_of(sizes: Sequence[int], span: float) -> list[Step]:
    found: list[Step] = []
    for bytes in sizes:
        for way in WAYS:
            found.append((f"{way}, {bytes} B", partial(rate, way, bytes, span)))
    for way in WAYS[:2]:
        found.append((f"{way}, round trips", partial(times, way, sizes[0], span)))
    return found


@contextmanager
def progress(steps: int) -> Iterator[Callable[[str], Tick]]:
    """Shows the progress on standard error if it is a terminal. Yields the function that begins a step."""
    if not is_terminal(sys.stderr):
        yield lambda name: lambda part: None
        return
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        yield plain_progress(steps)
        sys.stderr.write("\r\x1b[K")
        return
    columns: list[Any] = [TextColumn("{task.description}"), TextColumn("{task.percentage:3.0f} %")]
    if width() >= 80:
        columns[1:1] = [BarColumn()]
        columns.append(TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("measuring", total=steps)
        done = iter(range(steps))

        def begin(name: str) -> Tick:
            number = next(done)
            shown.update(task, description=name.ljust(24), completed=number)
            return lambda part: shown.update(task, completed=number + part)

        yield begin


def plain_progress(steps: int) -> Callable[[str], Tick]:
    done = iter(range(1, steps + 1))

    def begin(name: str) -> Tick:
        sys.stderr.write(f"\r\x1b[K{next(done)} of {steps}: {name}")
        sys.stderr.flush()
        return lambda part: None

    return begin


def record(out: Output, result: Any) -> None:
    """One JSON line."""
    if isinstance(result, Rate):
        fields = {"sent": result.sent, "received": result.received, "seconds": round(result.seconds, 6)}
        out.record("rate", way=result.way, size=result.size, **fields, per_second=round(result.per_second))
    else:
        parts = {f"p{name}_us": result.microseconds(part) for name, part in (("50", 0.5), ("99", 0.99), ("999", 0.999))}
        out.record("round_trip", way=result.way, size=result.size, count=len(result.sorted_ns), **parts)


def show(out: Output, rates: list[Rate], trips: list[Times]) -> None:
    """Tables and plots."""
    blocks = has_blocks()
    columns = min(width(), 100)
    base = {each.size: each.per_second for each in rates if each.way == "socket"}
    rows: list[tuple[str, ...]] = [
        (
            f"{each.size} B",
            each.way,
            f"{each.per_second:,.0f}",
            f"{each.per_second * each.size * 8 / 1e6:,.0f}",
            f"{each.lost:.0%}",
            f"{each.per_second / base[each.size]:.1f} x" if base[each.size] else "",
        )
        for each in rates
    ]
    out.table(("size", "with", "datagrams/s", "Mbit/s", "lost", "socket ="), rows, right=(0, 2, 3, 4, 5))
    shown = [(f"{each.size} B {each.way}", each.per_second, f"{each.per_second:,.0f}/s") for each in rates]
    out.line("")
    for each, parts in zip(rates, bars(shown, columns, blocks)):
        for label, drawn, value in parts:
            out.line(label, (drawn, STYLES[each.way]), value)
    out.line("")
    quantiles = (0.5, 0.99, 0.999)
    rows = [
        (f"{each.size} B", each.way, f"{len(each.sorted_ns):,}", *(f"{each.microseconds(p):.1f}" for p in quantiles))
        for each in trips
    ]
    out.table(("size", "with", "round trips", "median µs", "99 % µs", "99.9 % µs"), rows, right=(0, 2, 3, 4, 5))
    if blocks and trips:
        out.line("")
        high = max(each.microseconds(0.99) for each in trips) * 1.1
        bar_width = max(10, columns - 32)
        for trip in trips:
            drawn = histogram([ns / 1000 for ns in trip.sorted_ns], 0, high, bar_width)
            out.line(f"{trip.way:14} 0 ", (drawn, STYLES[trip.way]), f" {high:.0f} µs")
