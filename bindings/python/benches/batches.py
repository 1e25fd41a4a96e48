"""How batches compare with the loop that Python's own socket needs: nanoseconds per datagram, sent and received.

    python benches/batches.py [rounds]

Everything happens on loopback and in one thread, so it measures the calls, not a network. The ways take turns in
each round, and what counts is the median of the rounds' ratios.
"""

from __future__ import annotations

import socket
import sys
from functools import partial
from statistics import median
from time import perf_counter_ns
from typing import Callable

import libudp

FLOWS = 1000
# Datagrams on their way at a time.
WINDOW = 256
# Their receive buffer, if the system grants it (net.core.rmem_max): a datagram counts with all of its memory.
BUFFER = 2 * 1024 * 1024
ROUND = 8 * 1024
# What the rounds of one line take at most.
Send = Callable[[int], None]
Receive = Callable[[], int]


def turn(send: Send, receive: Receive, window: int) -> float:
    """Nanoseconds per datagram."""
    begin = perf_counter_ns()
    for _ in range(0, ROUND, window):
        send(window)
        left = window
        while left:
            left -= receive()
    return (perf_counter_ns() - begin) / ROUND


def compare(title: str, ways: dict[str, tuple[Send, Receive, int]], rounds: int) -> None:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for each in range(rounds + 1):
        for name, (send, receive, window) in ways.items():
            one = turn(send, receive, window)
            if each:  # the first round warms up
                took[name].append(one)
    print(title)
    first = next(iter(took.values()))
    for name, times in took.items():
        ratio = median(before / now for before, now in zip(first, times))
        print(f"  {name:44}{median(times):8.0f} ns{ratio:8.2f} x")


def own(addresses: list[tuple[str, int]], data: bytes) -> tuple[Send, Receive, int]:
    """Python's own sockets, a call for each datagram."""
    sender, receiver = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    receiver.bind(("", 0))
    targets = [(host, receiver.getsockname()[1]) for host, _ in addresses]
    at = 0

    def send(window: int) -> None:
        nonlocal at
        for address in targets[at : at + window]:
            sender.sendto(data, address)
        at = (at + window) % len(targets)

    def receive() -> int:
        for _ in range(WINDOW):
            receiver.recvfrom(2048)
        return WINDOW

    return send, receive, WINDOW


def pair(coalesce: bool) -> tuple[libudp.Socket, libudp.Socket, int]:
    sender, receiver = libudp.Socket(), libudp.Socket(coalesce=coalesce)
    receiver.set(libudp.Option.RECV_BUFFER, BUFFER)
    receiver.bind(("", 0))
    receiver.settimeout(5.0)
    return sender, receiver, receiver.local_address[1]


def many(data: bytes, coalesce: bool, window: int, size: int = 65535) -> tuple[Send, Receive, int]:
    sender, receiver, port = pair(coalesce)
    datas = [bytes(data) for _ in range(window)]
    return (
        lambda window: None if sender.send_many(datas, ("127.0.0.1", port)) == window else sys.exit("partial"),
        lambda: len(receiver.recv_batch(size=size)),
        window,
    )


def loop(data: bytes, window: int) -> tuple[Send, Receive, int]:
    sender, receiver, port = pair(True)
    datas = [bytes(data) for _ in range(window)]

    def receive() -> int:
        left = window
        for _ in receiver:
            left -= 1
            if not left:
                break
        return window

    return lambda window: [sender.send_many(datas, ("127.0.0.1", port))] and None, receive, window


def zero_copy(data: bytes, window: int) -> tuple[Send, Receive, int]:
    sender, receiver, port = pair(True)
    buffer, batch = bytearray(data * window), libudp.Batch(window)
    return (
        lambda window: [sender.send_segments(buffer, len(data), ("127.0.0.1", port))] and None,
        lambda: receiver.recv_batch_into(batch),
        window,
    )


def each(addresses: list[tuple[str, int]], data: bytes, coalesce: bool, size: int = 65535) -> tuple[Send, Receive, int]:
    sender, receiver, port = pair(coalesce)
    packets = [(data, (host, port)) for host, _ in addresses]
    at = 0

    def send(window: int) -> None:
        nonlocal at
        sender.send_batch(packets[at : at + window])
        at = (at + window) % len(packets)

    return send, lambda: len(receiver.recv_batch(size=size)), WINDOW


def main(rounds: int = 15) -> None:
    for size in 64, 1200:
        data = bytes(size)
        one = [("127.0.0.1", 0)] * WINDOW
        window = 8 * 128 if size == 64 else 2 * 54
        compare(
            f"one flow, {size} bytes",
            {
                "socket: sendto, recvfrom": own(one, data),
                "send_many, recv_batch": many(data, True, window),
                "the same with 2 super-datagrams": many(data, True, window // 4 or 54),
                "the same, receiver not coalescing": many(data, False, WINDOW),
                "  and size=2048": many(data, False, WINDOW, 2048),
                "send_many, for datagram in socket": loop(data, window),
                "send_segments, recv_batch_into": zero_copy(data, window),
                "the same with 1 super-datagram": zero_copy(data, window // 8 or 54),
            },
            rounds,
        )
        hosts = [(f"127.0.{i // 250}.{i % 250 + 1}", 0) for i in range(WINDOW * 4)]
        compare(
            f"{len(hosts)} flows, {size} bytes",
            {
                "socket: sendto, recvfrom": own(hosts, data),
                "send_batch, recv_batch": each(hosts, data, False),
                "  size=2048": each(hosts, data, False, 2048),
                "the same, coalescing receiver": each(hosts, data, True),
            },
            rounds,
        )


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
