"""The measurements of `libudp bench`: datagrams per second and round trips over loopback."""

from __future__ import annotations

import os
import signal
import socket as python
import subprocess
import sys
from contextlib import contextmanager
from threading import Event, Thread
from time import monotonic, perf_counter_ns
from typing import Any, Callable, Iterator, NamedTuple

from .._socket.options import Option
from .._socket import Socket
from ._parser import Failure

WAYS = ("socket", "libudp", "libudp batches")
# Receive buffer size in bytes. The system may grant less.
BUFFER = 4 << 20
LOOPBACK = ("127.0.0.1", 0)
# Timeout of one reply in seconds, for a busy machine.
TIMEOUT = 5.0


class Rate(NamedTuple):
    """What a receiver got from a sender that sends as fast as it can."""

    way: str
    size: int
    sent: int
    received: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.received / self.seconds if self.seconds else 0.0

    @property
    def lost(self) -> float:
        """The part that did not arrive, 0 to 1."""
        return max(0.0, 1 - self.received / self.sent) if self.sent else 0.0


class Times(NamedTuple):
    """Round-trip times in nanoseconds, sorted."""

    way: str
    size: int
    sorted_ns: list[int]

    def microseconds(self, part: float) -> float:
        """A quantile of the times, in microseconds."""
        place = min(int(part * len(self.sorted_ns)), len(self.sorted_ns) - 1)
        return self.sorted_ns[place] / 1000


# Called during a measurement, with the part of it that is done.
Tick = Callable[[float], None]


def rate(way: str, size: int, seconds: float, tick: Tick) -> Rate:
    """Counts what arrives from another process that sends as fast as it can."""
    with receiver_of(way) as (port, receive):
        with peer("flood", way, port, size, seconds) as process:
            with watched(process, port, seconds, tick):
                received, took = receive()
            out, _ = process.communicate(timeout=TIMEOUT)
            if process.returncode != 0 or not out.strip():
                raise Failure(f"the sending process failed with status {process.returncode}")
            return Rate(way, size, int(out), received, took)


def times(way: str, size: int, seconds: float, tick: Tick) -> Times:
    """Measures round trips to another process that returns each datagram."""
    with pair_of(way) as (port, first, there_and_back):
        with peer("return", way, port):
            first()
            taken: list[int] = []
            data, turns = bytes(size), 0
            begin = monotonic()
            while (passed := monotonic() - begin) < seconds or not taken:
                before = perf_counter_ns()
                there_and_back(data)
                taken.append(perf_counter_ns() - before)
                turns += 1
                if turns % 1000 == 0:
                    tick(min(passed / seconds, 1.0))
            return Times(way, size, sorted(taken))


# ---- The two sides ----


@contextmanager
def receiver_of(way: str) -> Iterator[tuple[int, Callable[[], tuple[int, float]]]]:
    """A port, and a function that counts the datagrams there until an empty one arrives."""
    if way == "socket":
        with python.socket(python.AF_INET, python.SOCK_DGRAM) as plain:
            plain.bind(LOOPBACK)
            plain.setsockopt(python.SOL_SOCKET, python.SO_RCVBUF, BUFFER)
            yield plain.getsockname()[1], lambda: count(lambda: [plain.recvfrom(65535)])
        return
    with Socket(coalesce=way == "libudp batches") as own:
        own.bind(LOOPBACK)
        own.set_option(Option.RECV_BUFFER, BUFFER)
        receive = own.recv_batch if way == "libudp batches" else lambda: [own.recvfrom()]
        yield own.local_address[1], lambda: count(receive)


def count(receive: Callable[[], list[tuple[bytes, Any]]]) -> tuple[int, float]:
    """The number of datagrams until an empty one, and the time they took in seconds."""
    received = 0
    begin = end = 0.0
    while True:
        came = receive()
        # The empty one is sent after all others have arrived, so it is the last.
        if not came[-1][0]:
            return received + sum(1 for data, _ in came if data), end - begin
        end = monotonic()
        begin = begin or end
        received += len(came)


@contextmanager
def pair_of(way: str) -> Iterator[tuple[int, Callable[[], None], Callable[[bytes], Any]]]:
    """A port, a function that waits for the peer, and a function for one round trip."""
    if way == "socket":
        with python.socket(python.AF_INET, python.SOCK_DGRAM) as plain:
            plain.bind(LOOPBACK)
            plain.settimeout(TIMEOUT)
            send, receive = plain.send, plain.recv
            first = lambda: plain.connect(plain.recvfrom(16)[1])
            yield plain.getsockname()[1], first, lambda data: (send(data), receive(65535))
        return
    with Socket() as own:
        own.bind(LOOPBACK)
        own.settimeout(TIMEOUT)
        give, take = own.sendto, own.recvfrom
        yield own.local_address[1], lambda: own.connect(own.recvfrom()[1]), lambda data: (give(data), take())


@contextmanager
def peer(*arguments: object) -> Iterator[subprocess.Popen[str]]:
    """Runs the other process. Ctrl-C does not reach it; it ends with this process."""
    # The process inherits the blocked signal. A new session would leave a gap between fork and setsid.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}._bench_peer", *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            # It must import this package, wherever it is.
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    with process:
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def watched(process: subprocess.Popen[str], port: int, seconds: float, tick: Tick) -> Iterator[None]:
    """Reports progress, and sends empty datagrams after the sender has ended, so that the receiver ends."""
    done = Event()

    def watch() -> None:
        begin = monotonic()
        while process.poll() is None and not done.wait(0.1):
            tick(min((monotonic() - begin) / seconds, 1.0))
        with python.socket(python.AF_INET, python.SOCK_DGRAM) as ender:
            while not done.is_set():
                # Repeated, because the receive buffer may still be full.
                ender.sendto(b"", ("127.0.0.1", port))
                done.wait(0.02)

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()
