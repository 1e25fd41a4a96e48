"""Batches compared with a loop over Python's own socket: nanoseconds per datagram, sent and received.

    python benches/batches.py [rounds]

Everything runs on loopback and in one thread, so the calls are measured, not a network. Each round runs every way once,
and a ratio is the median of the ratios of the rounds.
"""

from __future__ import annotations

import socket
import sys
from itertools import cycle
from statistics import median
from time import perf_counter_ns
from typing import Callable, Iterator, TypeVar

import libudp

# A receive buffer that Linux grants everybody (net.core.rmem_max), and about twice as much for its own accounts: there a
# datagram of 64 bytes counts 832, one of 1,200 bytes 2,315, and a super-datagram little more than its bytes.
BUFFER = 212_992
# Datagrams in a round, and by their size those that are on their way at a time: whole super-datagrams.
ROUND = 8000
WINDOWS = {64: 3 * 128, 1200: 3 * 54}
FLOWS = [f"127.0.{number // 250}.{number % 250 + 1}" for number in range(1000)]

Send = Callable[[int], None]
Receive = Callable[[int], int]
Way = tuple[Send, Receive]
Part = TypeVar("Part")


def turn(send: Send, receive: Receive, window: int) -> float:
    """Nanoseconds per datagram."""
    begin = perf_counter_ns()
    for _ in range(ROUND // window):
        send(window)
        left = window
        while left:
            left -= receive(left)
    return (perf_counter_ns() - begin) / (ROUND // window * window)


def compare(title: str, ways: dict[str, Way], window: int, rounds: int) -> None:
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, (send, receive) in ways.items():
            nanoseconds = turn(send, receive, window)
            if number:  # the first round warms up
                took[name].append(nanoseconds)
    print(title)
    first = next(iter(took.values()))
    for name, times in took.items():
        ratio = median(before / now for before, now in zip(first, times))
        print(f"  {name:46}{median(times):8.0f} ns{ratio:8.2f} x")


def parts(whole: list[Part], size: int) -> Iterator[list[Part]]:
    """Consecutive parts of a list, repeated forever."""
    ring = whole * size
    return cycle([ring[at : at + size] for at in range(0, len(ring), size)])


def pythons_own(hosts: list[str], data: bytes) -> Way:
    """A call for each datagram."""
    sender, receiver = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
    receiver.bind(("", 0))
    addresses = [(host, receiver.getsockname()[1]) for host in hosts]
    turns = parts(addresses, WINDOWS[len(data)])

    def send(window: int) -> None:
        for address in next(turns):
            sender.sendto(data, address)

    def receive(left: int) -> int:
        for _ in range(left):
            receiver.recvfrom(2048)
        return left

    return send, receive


def pair(coalesce: bool) -> tuple[libudp.Socket, libudp.Socket, int]:
    sender, receiver = libudp.Socket(), libudp.Socket(coalesce=coalesce)
    receiver.set_option(libudp.Option.RECV_BUFFER, BUFFER)
    receiver.bind(("", 0))
    receiver.settimeout(5.0)
    return sender, receiver, receiver.local_address[1]


def one_flow(data: bytes, window: int, coalesce: bool, loop: bool = False) -> Way:
    sender, receiver, port = pair(coalesce)
    datas = [bytes(bytearray(data)) for _ in range(window)]

    def send(window: int) -> None:
        assert sender.send_batch_to(datas, ("127.0.0.1", port)) == window

    def one_by_one(left: int) -> int:
        for count, _ in enumerate(receiver, 1):
            if count == left:
                break
        return left

    return send, one_by_one if loop else lambda left: len(receiver.recv_batch())


def zero_copy(data: bytes, window: int) -> Way:
    sender, receiver, port = pair(True)
    buffer, batch = bytearray(data * window), libudp.Batch(window)

    def send(window: int) -> None:
        assert sender.send_segments(buffer, len(data), ("127.0.0.1", port)) == window

    return send, lambda left: receiver.recv_batch_into(batch)


def many_flows(data: bytes, coalesce: bool) -> Way:
    sender, receiver, port = pair(coalesce)
    packets = [(bytes(bytearray(data)), (host, port)) for host in FLOWS]
    turns = parts(packets, WINDOWS[len(data)])

    def send(window: int) -> None:
        assert sender.send_batch(next(turns)) == window

    return send, lambda left: len(receiver.recv_batch())


def main(rounds: int = 15) -> None:
    for size, window in WINDOWS.items():
        data = bytes(size)
        one = {
            "socket: sendto, recvfrom": pythons_own(["127.0.0.1"] * window, data),
            "send_batch_to, recv_batch, coalescing": one_flow(data, window, True),
            "send_batch_to, recv_batch": one_flow(data, window, False),
            "send_batch_to, for ... in socket, coalescing": one_flow(data, window, True, loop=True),
            "send_segments, recv_batch_into, coalescing": zero_copy(data, window),
        }
        compare(f"one flow, {size} bytes", one, window, rounds)
        many = {
            "socket: sendto, recvfrom": pythons_own(FLOWS, data),
            "send_batch, recv_batch": many_flows(data, False),
            "send_batch, recv_batch, coalescing": many_flows(data, True),
        }
        compare(f"{len(FLOWS)} flows, {size} bytes", many, window, rounds)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
