"""Sends and receives 64-byte datagrams on loopback from Python: `socket`, asyncio, uvloop and libudp.

One socket sends to another; calls.py measures many senders. Prints a line for each contender: 1, name, nanoseconds per
datagram, and how many times as fast as `socket` it is; fields between tabs, medians over rounds in which the contenders
take turns. Every receiver gets each datagram on its own, with its sender, and looks at its first byte; what they saw is
checked.
"""

from __future__ import annotations

import asyncio
import os
import socket
from statistics import median
from time import perf_counter
from typing import Any, Callable, Optional

import libudp
import uvloop

SIZE = 64
COUNT = 1000
LOCAL = ("127.0.0.1", 0)
ROUNDS = int(os.environ.get("LIBUDP_BENCH_ROUNDS", "200")) // 4
BUFFER = 4 << 20

Address = tuple[str, int]
DATAS = [bytes([i % 256]) * SIZE for i in range(COUNT)]
TOTAL = sum(data[0] for data in DATAS)


class Plain:
    """`socket`, a call for each datagram."""

    name = "Python socket"

    def __init__(self) -> None:
        self.receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.receiver.bind(LOCAL)
        self.sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.peer = (LOCAL[0], self.receiver.getsockname()[1])

    def burst(self) -> int:
        sendto, recvfrom = self.sender.sendto, self.receiver.recvfrom
        for data in DATAS:
            sendto(data, self.peer)
        total = 0
        for _ in DATAS:
            data, _sender = recvfrom(2048)
            total += data[0]
        return total


class Calls:
    """libudp, a call for each datagram."""

    name = "libudp sendto, recvfrom"
    coalesce = False

    def __init__(self) -> None:
        self.receiver = libudp.Socket(coalesce=self.coalesce)
        self.receiver.set_option(libudp.Option.RECV_BUFFER, BUFFER)
        self.receiver.bind(LOCAL)
        self.sender = libudp.Socket()
        self.peer = (LOCAL[0], self.receiver.local_address[1])

    def burst(self) -> int:
        for data in DATAS:
            self.sender.sendto(data, self.peer)
        total = 0
        for _ in DATAS:
            data, _sender = self.receiver.recvfrom(2048)
            total += data[0]
        return total


class Batches(Calls):
    """libudp, a list for each burst; `send_batch` for any mix of peers."""

    name = "libudp batch, bytes"
    coalesce = True

    def __init__(self) -> None:
        super().__init__()
        self.packets = [(data, self.peer) for data in DATAS]

    def send(self) -> int:
        return self.sender.send_batch(self.packets)

    def burst(self) -> int:
        sent, received, total = self.send(), 0, 0
        while received < sent:
            got = self.receiver.recv_batch(COUNT, timeout=1)
            received += len(got)
            for data, _sender in got:
                total += data[0]
        return total


class Many(Batches):
    """libudp, a list of datagrams for one peer."""

    name = "libudp send_batch_to, bytes"

    def send(self) -> int:
        return self.sender.send_batch_to(DATAS, self.peer)


class Views(Batches):
    """libudp without a copy in Python: one buffer goes out cut, and the receiver looks at it where it landed."""

    name = "libudp zero-copy"

    def __init__(self) -> None:
        super().__init__()
        self.joined = b"".join(DATAS)
        self.batch = libudp.Batch(COUNT)

    def send(self) -> int:
        return self.sender.send_segments(self.joined, SIZE, self.peer)

    def burst(self) -> int:
        sent, received, total = self.send(), 0, 0
        while received < sent:
            received += self.receiver.recv_batch_into(self.batch, timeout=1)
            for run in self.batch.runs():
                # The first byte of each: a view with a stride, as numpy would have it.
                total += sum(run.view[:: run.segment_size])
        return total


class Endpoint(asyncio.DatagramProtocol):
    """What asyncio calls with each datagram."""

    transport: asyncio.DatagramTransport
    total = received = 0
    done: Optional[asyncio.Future[None]] = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, _sender: Any) -> None:
        self.total += data[0]
        self.received += 1
        if self.received == COUNT and self.done:
            self.done.set_result(None)


class Asyncio:
    """Datagram endpoints of an event loop."""

    name = "Python asyncio"
    new_loop: Callable[[], asyncio.AbstractEventLoop] = staticmethod(asyncio.new_event_loop)

    def __init__(self) -> None:
        self.loop = self.new_loop()
        open_one = self.loop.create_datagram_endpoint
        _, self.receiver = self.loop.run_until_complete(open_one(Endpoint, local_addr=LOCAL))
        _, self.sender = self.loop.run_until_complete(open_one(Endpoint, local_addr=LOCAL))
        raw = self.receiver.transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self.peer = (LOCAL[0], raw.getsockname()[1])

    def burst(self) -> int:
        self.receiver.total = self.receiver.received = 0
        self.loop.run_until_complete(self._burst())
        return self.receiver.total

    async def _burst(self) -> None:
        self.receiver.done = self.loop.create_future()
        sendto = self.sender.transport.sendto
        for data in DATAS:
            sendto(data, self.peer)
        await asyncio.wait_for(self.receiver.done, 5)


class Uvloop(Asyncio):
    """The same on uvloop."""

    name = "Python uvloop"
    new_loop = staticmethod(uvloop.new_event_loop)


def main() -> None:
    contenders: list[Any] = [kind() for kind in (Plain, Calls, Batches, Many, Views, Asyncio, Uvloop)]
    times: list[list[float]] = [[] for _ in contenders]
    for turn in range(ROUNDS + 2):
        for i in range(len(contenders)):
            i = (i + turn) % len(contenders)
            start = perf_counter()
            total = contenders[i].burst()
            took = perf_counter() - start
            assert total == TOTAL, f"{contenders[i].name}: not all datagrams arrived as they were sent"
            # The first rounds warm up.
            if turn >= 2:
                times[i].append(took * 1e9 / COUNT)
    for contender, each in zip(contenders, times):
        gain = median(plain / own for plain, own in zip(times[0], each))
        print(1, contender.name, f"{median(each):.1f}", f"{gain:.3f}", sep="\t")


if __name__ == "__main__":
    main()
