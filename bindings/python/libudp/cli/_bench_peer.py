"""The other process of `libudp bench`: it sends as fast as it can, or returns each datagram.

    python -m libudp.cli._bench_peer flood WAY PORT SIZE SECONDS   prints how many datagrams it sent
    python -m libudp.cli._bench_peer return WAY PORT               sends to PORT once, then returns what arrives

A separate process, because two threads would share the interpreter, and the measurement would show that.
"""

from __future__ import annotations

import socket as python
import sys
from time import monotonic
from typing import Callable

from .._socket import Socket

# Datagrams between two looks at the clock.
TURN = 64


def python_socket(peer: tuple[str, int]) -> python.socket:
    sender = python.socket(python.AF_INET, python.SOCK_DGRAM)
    sender.connect(peer)
    return sender


def libudp_socket(peer: tuple[str, int]) -> Socket:
    sender = Socket()
    sender.connect(peer)
    return sender


def flood(way: str, port: int, size: int, seconds: float) -> int:
    """Sends until the time is over. Returns the number of datagrams."""
    send = senders[way](("127.0.0.1", port), bytes(size))
    sent, end = 0, monotonic() + seconds
    while monotonic() < end:
        try:
            sent += send()
        except ConnectionRefusedError:
            return sent  # The receiver ended: the measurement was stopped.
    return sent


def one_by_one(send: Callable[[bytes], int], data: bytes) -> Callable[[], int]:
    def turn() -> int:
        for _ in range(TURN):
            send(data)
        return TURN

    return turn


def with_python(peer: tuple[str, int], data: bytes) -> Callable[[], int]:
    return one_by_one(python_socket(peer).send, data)


def with_libudp(peer: tuple[str, int], data: bytes) -> Callable[[], int]:
    return one_by_one(libudp_socket(peer).sendto, data)


def with_batches(peer: tuple[str, int], data: bytes) -> Callable[[], int]:
    sender, segments = libudp_socket(peer), data * TURN
    return lambda: sender.send_segments(segments, len(data))


senders = {"socket": with_python, "libudp": with_libudp, "libudp batches": with_batches}


def give_back(way: str, port: int) -> None:
    """Sends one datagram, which tells this address, then returns each datagram until an empty one arrives."""
    peer = ("127.0.0.1", port)
    if way == "socket":
        plain = python_socket(peer)
        turn: Callable[[bytes], tuple[int, bytes]] = lambda data: (plain.send(data), plain.recv(65535))
    else:
        own = libudp_socket(peer)
        turn = lambda data: (own.sendto(data), own.recvfrom()[0])
    data = b"ready"
    while data:
        _, data = turn(data)


def main(task: str, way: str, port: str, *rest: str) -> None:
    try:
        if task == "flood":
            print(flood(way, int(port), int(rest[0]), float(rest[1])), flush=True)
        else:
            give_back(way, int(port))
    except (ConnectionRefusedError, KeyboardInterrupt):
        pass  # The measurement was stopped.


if __name__ == "__main__":
    main(*sys.argv[1:])
