"""libudp bench: how fast this machine's Python sends and receives, through loopback."""

from __future__ import annotations

import argparse
import shutil
import sys
from contextlib import contextmanager
from functools import partial
from typing import Any, Callable, Iterator, Sequence

from ._bench_measure import WAYS, Rate, Tick, Times, rate, times
from ._output import Output, is_terminal
from ._parser import command, seconds, size
from ._bench_plot import bars, has_blocks, histogram

EXAMPLES = """\
  libudp bench                          some eight seconds, a table and a plot
  libudp bench --size 1400 --seconds 5  one size, for longer
  libudp bench --json                   for another program

One process sends as fast as it can, another one receives; what it cannot take in time is
lost, and shown. "socket" is Python's own module, the measure of the rest. Nothing leaves
this machine.
"""

SIZES = [64, 1400]
STYLES = {"socket": "yellow", "libudp": "cyan", "libudp batches": "green"}
# A name for what is done, and what does it.
Step = tuple[str, Callable[[Tick], Any]]


def add(commands: Any) -> None:
    parser = command(commands, "bench", run, "measures what this machine does through loopback", EXAMPLES)
    parser.add_argument("--seconds", type=seconds, default=1.0, metavar="S", help="for each measurement; default: 1")
    help = "of a datagram; may be repeated; default: 64 and 1400"
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
        found.append((f"{way}, there and back", partial(times, way, sizes[0], span)))
    return found


@contextmanager
def progress(steps: int) -> Iterator[Callable[[str], Tick]]:
    """Shows on standard error, if that is a terminal, what is being done. Gives what begins a step."""
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
    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:3.0f} %"), TimeElapsedColumn()
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
        out.record("rate", way=result.way, size=result.size, **fields, per_second=round(result.a_second))
    else:
        parts = {f"p{name}_us": result.microseconds(part) for name, part in (("50", 0.5), ("99", 0.99), ("999", 0.999))}
        out.record("round_trip", way=result.way, size=result.size, count=len(result.sorted_ns), **parts)


def show(out: Output, rates: list[Rate], trips: list[Times]) -> None:
    """Tables and plots."""
    blocks = has_blocks()
    width = min(shutil.get_terminal_size((80, 24)).columns, 100)
    base = {each.size: each.a_second for each in rates if each.way == "socket"}
    rows: list[tuple[str, ...]] = [
        (
            f"{each.size} B",
            each.way,
            f"{each.a_second:,.0f}",
            f"{each.a_second * each.size * 8 / 1e6:,.0f}",
            f"{each.lost:.0%}",
            f"{each.a_second / base[each.size]:.1f} x" if base[each.size] else "",
        )
        for each in rates
    ]
    out.table(("size", "with", "datagrams/s", "Mbit/s", "lost", "socket ="), rows, right=(0, 2, 3, 4, 5))
    shown = [(f"{each.size} B {each.way}", each.a_second, f"{each.a_second:,.0f}/s") for each in rates]
    out.line("")
    for each, (label, drawn, value) in zip(rates, bars(shown, width, blocks)):
        out.line(f"{label}  ", (drawn, STYLES[each.way]), f"  {value}")
    out.line("")
    parts = (0.5, 0.99, 0.999)
    rows = [
        (f"{each.size} B", each.way, f"{len(each.sorted_ns):,}", *(f"{each.microseconds(p):.1f}" for p in parts))
        for each in trips
    ]
    out.table(("size", "with", "there and back", "median µs", "99 % µs", "99.9 % µs"), rows, right=(0, 2, 3, 4, 5))
    if blocks and trips:
        out.line("")
        high = max(each.microseconds(0.99) for each in trips) * 1.1
        room = max(10, width - 32)
        for trip in trips:
            drawn = histogram([ns / 1000 for ns in trip.sorted_ns], 0, high, room)
            out.line(f"{trip.way:14} 0 ", (drawn, STYLES[trip.way]), f" {high:.0f} µs")
