"""Datagrams per second received through libudp.aio, compared with the endpoint of the event loop.

    python benches/aio.py [--rounds 30] [--loops asyncio uvloop]

A burst that fits the receive buffer is sent, and the time until the program has received all of it is measured. A lost
datagram is an error. Each round runs every way to receive once, on one loop. The reference is the endpoint of the loop
with a protocol that only counts. A ratio is the median of the ratios of the rounds, so that noise affects both alike.

Flows: "1 flow, in runs" is one sender with segmentation offload (GSO), as in QUIC stacks and media servers, whose
datagrams the system may coalesce. "1 flow, singly" sends each datagram with a system call. "1000 flows" is one datagram
from each of 1,000 sockets.
"""

from __future__ import annotations

import argparse
import asyncio
import resource
import socket
import sys
from contextlib import ExitStack
from importlib import import_module
from statistics import median
from time import perf_counter
from typing import Any, Awaitable, Callable, Optional

import libudp
import libudp.aio

SIZE = 64
FLOWS = 1000
BUFFER = 4 << 20
# What the system charges the receive buffer for a small datagram, at most.
CHARGE = 2048
# How many bursts one way of receiving gets in a round.
BURSTS = 5
SECONDS = 20.0

Burst = Callable[[], Awaitable[float]]


class Counter(asyncio.DatagramProtocol):
    """Counts datagrams, and completes a future after a burst."""

    def __init__(self) -> None:
        self.left = 0
        self.complete: Optional[asyncio.Future[None]] = None

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.left -= 1
        if not self.left and self.complete is not None:
            self.complete.set_result(None)


class Senders:
    """Sends bursts to an address, outside of the measured time."""

    def __init__(self, kind: str, address: Any, count: int, until: ExitStack) -> None:
        self.kind, self.count = kind, count
        many = FLOWS if kind == "1000 flows" else 1
        self.sockets = [until.enter_context(libudp.Socket()) for _ in range(many)]
        for each in self.sockets:
            each.connect(address)

    def send(self) -> None:
        if self.kind == "1 flow, in runs":
            assert self.sockets[0].send_segments(b"x" * SIZE * self.count, SIZE) == self.count
            return
        for i in range(self.count):
            self.sockets[i % len(self.sockets)].sendto(b"x" * SIZE)


async def own_protocol(kind: str, count: int, until: ExitStack) -> Burst:
    with_buffer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with_buffer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    with_buffer.bind(("127.0.0.1", 0))
    address = with_buffer.getsockname()
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(Counter, sock=with_buffer)
    until.callback(transport.close)
    return counting(protocol, Senders(kind, address, count, until))


async def protocol(kind: str, count: int, until: ExitStack, coalesce: bool = True) -> Burst:
    sock = libudp.Socket(coalesce=coalesce)
    sock.set_option(libudp.Option.RECV_BUFFER, BUFFER)
    sock.bind(("127.0.0.1", 0))
    address = sock.local_address
    transport, counter = await libudp.aio.create_datagram_endpoint(None, Counter, sock=sock)
    until.callback(transport.close)
    return counting(counter, Senders(kind, address, count, until))


def counting(counter: Counter, senders: Senders) -> Burst:
    async def burst() -> float:
        counter.left = senders.count
        counter.complete = asyncio.get_running_loop().create_future()
        senders.send()
        start = perf_counter()
        await counter.complete
        return perf_counter() - start

    return burst


async def endpoint(kind: str, count: int, until: ExitStack, coalesce: bool) -> tuple[libudp.aio.Endpoint, Senders]:
    opened = await libudp.aio.open(local=("127.0.0.1", 0), coalesce=coalesce)
    until.callback(opened.close)
    opened.socket.set_option(libudp.Option.RECV_BUFFER, BUFFER)
    return opened, Senders(kind, opened.local_address, count, until)


async def async_for(kind: str, count: int, until: ExitStack, coalesce: bool = True) -> Burst:
    opened, senders = await endpoint(kind, count, until, coalesce)

    async def burst() -> float:
        left = count
        senders.send()
        start = perf_counter()
        async for data, address in opened:
            left -= 1
            if not left:
                break
        return perf_counter() - start

    return burst


async def batches(kind: str, count: int, until: ExitStack, coalesce: bool = True) -> Burst:
    opened, senders = await endpoint(kind, count, until, coalesce)

    async def burst() -> float:
        left = count
        senders.send()
        start = perf_counter()
        while left:
            left -= len(await opened.recv_batch())
        return perf_counter() - start

    return burst


async def plain_for(kind: str, count: int, until: ExitStack) -> Burst:
    return await async_for(kind, count, until, coalesce=False)


async def plain_protocol(kind: str, count: int, until: ExitStack) -> Burst:
    return await protocol(kind, count, until, coalesce=False)


WAYS: dict[str, Callable[[str, int, ExitStack], Awaitable[Burst]]] = {
    "the loop's own endpoint": own_protocol,
    "DatagramProtocol": protocol,
    "DatagramProtocol, coalesce=False": plain_protocol,
    "async for": async_for,
    "async for, coalesce=False": plain_for,
    "recv_batch": batches,
}
GOALS = {"DatagramProtocol": 1.5, "async for": 5.0, "recv_batch": 5.0}


async def measure(kind: str, rounds: int) -> None:
    with libudp.Socket() as probe:
        granted = probe.set_option(libudp.Option.RECV_BUFFER, BUFFER)
    count = min(FLOWS, granted // CHARGE)
    with ExitStack() as until:
        bursts = {name: await way(kind, count, until) for name, way in WAYS.items()}
        taken: dict[str, list[float]] = {name: [] for name in bursts}
        for _ in range(rounds + 1):
            for name, burst in bursts.items():
                # The shortest of a few: what the machine did meanwhile only adds.
                taken[name].append(min([await asyncio.wait_for(burst(), SECONDS) for _ in range(BURSTS)]))
    own = taken.pop("the loop's own endpoint")[1:]
    print(f"  {kind}, bursts of {count}: {count / median(own):,.0f} datagrams a second by the loop's own endpoint")
    for name, times in taken.items():
        ratio = median(theirs / ours for theirs, ours in zip(own, times[1:]))
        goal = GOALS.get(name) if kind == "1 flow, in runs" else 1.5 if kind == "1000 flows" else None
        verdict = "" if goal is None else f"  (goal {goal}: {'met' if ratio >= goal else 'MISSED'})"
        print(f"    {name:34} {count / median(times[1:]):>11,.0f}/s {ratio:6.2f} x{verdict}")


def main() -> None:
    parser = argparse.ArgumentParser(description="Receiving through libudp.aio against the loop's own endpoint.")
    parser.add_argument("--rounds", type=int, default=30, help="how often every way has its turn (30)")
    parser.add_argument("--loops", nargs="+", default=["asyncio", "uvloop"], help="asyncio, uvloop (both)")
    options = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    print(f"Python {sys.version.split()[0]}, {SIZE} bytes a datagram, medians of {options.rounds} rounds")
    for name in options.loops:
        try:
            new_event_loop: Callable[[], asyncio.AbstractEventLoop] = import_module(name).new_event_loop
        except ImportError:
            print(f"{name}: not installed")
            continue
        loop = new_event_loop()
        print(f"{name}:")
        for kind in ("1 flow, in runs", "1 flow, singly", "1000 flows"):
            loop.run_until_complete(measure(kind, options.rounds))
        loop.close()


if __name__ == "__main__":
    main()
