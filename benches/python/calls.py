"""Single calls and batches of bytes from Python, beside those of the standard module `socket`.

Prints two kinds of lines, with tabs between the fields. A contender that echoes to 1,000 senders: 1000, its name,
nanoseconds per datagram, and how many times as fast as `socket` it is. A goal: "goal", what was measured, the ratio,
"most" or "least", and the bound. A ratio is the median over rounds in which the contenders take turns. Times are CPU
times, because no call waits, and other programs disturb them less. Every datagram has 64 bytes and is checked.

Two ways to drive a contender, and each goal names its own:

- in turn: one socket sends to another and receives there, again and again.
- 1,000 senders: as many sockets of the standard module, each with a port of its own, send one datagram each to a
  server. The measured part is the server alone: it receives them all, and where it echoes, sends all of them back.
"""

from __future__ import annotations

import os
import resource
import socket
from random import shuffle
from statistics import median
from time import thread_time
from typing import Any, Callable

import libudp
import libudp.socket

SENDERS = 1000
DATA = bytes(range(64))
ROUNDS = int(os.environ.get("LIBUDP_BENCH_ROUNDS", "200")) // 2
BUFFER = 4 << 20
LOCAL = ("127.0.0.1", 0)

Address = tuple[str, int]
Burst = Callable[[], float]


def bound(module: Any, buffer: int = 0) -> Any:
    one = module.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if buffer:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    one.bind(LOCAL)
    return one


def bound_own(buffer: int = 0) -> libudp.Socket:
    one = libudp.Socket()
    if buffer:
        one.set_option(libudp.Option.RECV_BUFFER, buffer)
    one.bind(LOCAL)
    return one


def in_turn(sender: Any, receiver: Any, to: Address, timeout: bool) -> Burst:
    """The time of sendto + recvfrom, for a pair of sockets of any kind."""
    if timeout:
        sender.settimeout(5)
        receiver.settimeout(5)

    def burst() -> float:
        sendto, recvfrom = sender.sendto, receiver.recvfrom
        start = thread_time()
        for _ in range(SENDERS):
            sendto(DATA, to)
            data, _sender = recvfrom(2048)
            assert data == DATA
        return thread_time() - start

    return burst


class Crowd:
    """1,000 sockets with a port each, which send to a server and receive its answers."""

    def __init__(self) -> None:
        self.sockets = [bound(socket) for _ in range(SENDERS)]
        for one in self.sockets:
            one.settimeout(5)
        self.addresses = [one.getsockname() for one in self.sockets]

    def send(self, server: Address) -> None:
        for one in self.sockets:
            one.sendto(DATA, server)

    def receive(self) -> None:
        for one in self.sockets:
            assert one.recv(2048) == DATA


def echo(crowd: Crowd, at: Address, serve: Callable[[], None]) -> Burst:
    """The time in which a server receives a datagram from each sender and sends it back."""

    def burst() -> float:
        crowd.send(at)
        start = thread_time()
        serve()
        took = thread_time() - start
        crowd.receive()
        return took

    return burst


def echo_calls(server: Any) -> Callable[[], None]:
    def serve() -> None:
        recvfrom, sendto = server.recvfrom, server.sendto
        for _ in range(SENDERS):
            data, sender = recvfrom(2048)
            sendto(data, sender)

    return serve


def echo_batches(server: libudp.Socket) -> Callable[[], None]:
    def serve() -> None:
        left = SENDERS
        while left:
            left -= server.send_batch(server.recv_batch(SENDERS, size=2048))

    return serve


def receive(crowd: Crowd, at: Address, receive_all: Callable[[], list[tuple[bytes, Address]]]) -> Burst:
    """The time in which a server receives a datagram from each sender, as bytes and address."""
    expected = [(DATA, address) for address in crowd.addresses]

    def burst() -> float:
        crowd.send(at)
        start = thread_time()
        received = receive_all()
        took = thread_time() - start
        assert received == expected
        return took

    return burst


def receive_calls(server: Any) -> Callable[[], list[tuple[bytes, Address]]]:
    def receive_all() -> list[tuple[bytes, Address]]:
        recvfrom = server.recvfrom
        return [recvfrom(2048) for _ in range(SENDERS)]

    return receive_all


def receive_batches(server: libudp.Socket) -> Callable[[], list[tuple[bytes, Address]]]:
    return lambda: server.recv_batch(SENDERS, size=2048)


def receive_into(crowd: Crowd, server: libudp.Socket) -> Burst:
    """The same with the datagrams left in the batch's memory, where they are checked afterwards."""
    batch = libudp.Batch(SENDERS, SENDERS * 2048)

    def burst() -> float:
        crowd.send(server.local_address)
        start = thread_time()
        count = server.recv_batch_into(batch)
        took = thread_time() - start
        assert count == SENDERS and batch.datagrams() == [(DATA, address) for address in crowd.addresses]
        return took

    return burst


def measure(*contenders: Burst) -> list[list[float]]:
    """The times of each contender."""
    times: list[list[float]] = [[] for _ in contenders]
    order = list(range(len(contenders)))
    for turn in range(ROUNDS + 2):
        # Each contender follows each other one equally often: what one leaves in the caches slows down the next.
        shuffle(order)
        for i in order:
            took = contenders[i]()
            # The first rounds warm up.
            if turn >= 2:
                times[i].append(took)
    return times


def ratios(times: list[list[float]]) -> list[float]:
    """The time of each contender over that of the first."""
    return [median(took / first for took, first in zip(each, times[0])) for each in times[1:]]


def cost(name: str, value: float, most: float) -> None:
    print("goal", f"Python {name}: cost over socket", f"{value:.3f}", "most", most, sep="\t", flush=True)


def rate(name: str, value: float, least: float) -> None:
    print("goal", f"Python {name}: rate over socket", f"{1 / value:.3f}", "least", least, sep="\t", flush=True)


def calls_in_turn(timeout: bool) -> list[float]:
    pairs = []
    for module in (socket, libudp.socket):
        receiver = bound(module)
        pairs.append(in_turn(bound(module), receiver, receiver.getsockname(), timeout))
    own = bound_own()
    return ratios(measure(*pairs, in_turn(bound_own(), own, own.local_address, timeout)))


def main() -> None:
    # Each sender has a descriptor.
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2 * SENDERS)), hard))
    dropin, own = calls_in_turn(timeout=False)
    cost("sendto + recvfrom in turn, drop-in", dropin, 1.2)
    cost("sendto + recvfrom in turn, Socket", own, 1.16)
    dropin, own = calls_in_turn(timeout=True)
    cost("the same with timeouts, drop-in", dropin, 1.0)
    cost("the same with timeouts, Socket", own, 1.0)
    crowd = Crowd()
    plain, other, sock = bound(socket, BUFFER), bound(libudp.socket, BUFFER), bound_own(BUFFER)
    at, other_at, sock_at = plain.getsockname(), other.getsockname(), sock.local_address
    times = measure(
        echo(crowd, at, echo_calls(plain)),
        echo(crowd, other_at, echo_calls(other)),
        echo(crowd, sock_at, echo_calls(sock)),
        echo(crowd, sock_at, echo_batches(sock)),
    )
    names = "Python socket", "libudp.socket, drop-in", "libudp sendto, recvfrom", "libudp batch, bytes"
    dropin, own, batches = ratios(times)
    for name, each, over in zip(names, times, (1.0, dropin, own, batches)):
        print(SENDERS, name, f"{median(each) * 1e9 / SENDERS:.1f}", f"{1 / over:.3f}", sep="\t")
    cost("echo to 1,000 senders by calls, drop-in", dropin, 1.3)
    cost("echo to 1,000 senders by calls, Socket", own, 1.3)
    rate("echo to 1,000 senders by batches of bytes", batches, 1.25)
    receives = receive(crowd, at, receive_calls(plain)), receive(crowd, sock_at, receive_batches(sock))
    received, into = ratios(measure(*receives, receive_into(crowd, sock)))
    rate("receive from 1,000 senders by recv_batch", received, 1.6)
    rate("receive from 1,000 senders by recv_batch_into", into, 2.1)


if __name__ == "__main__":
    main()
