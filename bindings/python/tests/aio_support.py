"""Helpers for the tests of libudp.aio: every installed event loop, and waiting for events."""

from __future__ import annotations

import asyncio
import os
from importlib import import_module
from typing import Any, Awaitable, Callable

import pytest

import libudp
import libudp.aio
from conftest import SECONDS
from libudp.errors import UDP_ERR_WOULD_BLOCK

LOOPBACK = ("127.0.0.1", 0)


@pytest.fixture(params=["asyncio", "uvloop"])
def new_loop(request: pytest.FixtureRequest) -> Callable[[], asyncio.AbstractEventLoop]:
    """Creates a loop of each kind."""
    try:
        return import_module(request.param).new_event_loop
    except ImportError:
        pytest.skip(f"{request.param} is not installed")


@pytest.fixture
def run(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> Callable[[Awaitable[Any]], Any]:
    """As asyncio.run, on each kind of loop, with a timeout."""

    def run(awaitable: Awaitable[Any]) -> Any:
        loop = new_loop()
        try:
            return loop.run_until_complete(asyncio.wait_for(awaitable, SECONDS))
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()

    return run


async def until(condition: Callable[[], Any]) -> None:
    """Runs the loop until a condition is true."""
    while not condition():
        await asyncio.sleep(0)


async def waiting(awaitable: Awaitable[Any]) -> asyncio.Task[Any]:
    """Starts a task and returns when it waits."""
    task = asyncio.ensure_future(awaitable)
    await asyncio.sleep(0)
    assert not task.done()
    return task


class Kernel:
    """Replaces udp_sendto. While it is full, it returns WOULD_BLOCK, as with a full send buffer."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
        self.full = False
        self.tried = 0
        self._send = module.sendto
        monkeypatch.setattr(module, "sendto", self)

    def __call__(self, *arguments: Any) -> int:
        self.tried += 1
        return UDP_ERR_WOULD_BLOCK if self.full else self._send(*arguments)


def descriptor_is_free(descriptor: int) -> bool:
    """True if the descriptor of a socket was closed."""
    try:
        os.fstat(descriptor)
    except OSError:
        return True
    return False


def send(address: libudp.Address, *datas: bytes) -> None:
    """Sends datagrams from a temporary socket. On loopback they have arrived when it returns."""
    with libudp.Socket() as socket:
        for data in datas:
            socket.sendto(data, address)


class Recorder(asyncio.DatagramProtocol):
    """Records the calls that it gets."""

    def __init__(self):
        self.told, self.datagrams, self.errors = [], [], []

    def connection_made(self, transport):
        self.transport = transport
        self.told.append("made")

    def datagram_received(self, data, address):
        self.datagrams.append((data, address))

    def error_received(self, error):
        self.errors.append(error)

    def pause_writing(self):
        self.told.append("pause")

    def resume_writing(self):
        self.told.append("resume")

    def connection_lost(self, error):
        self.told.append(("lost", error))


async def made(factory=Recorder, **options):
    """A transport and its protocol, bound to loopback by default."""
    options = options or dict(local_addr=LOOPBACK)
    return await libudp.aio.create_datagram_endpoint(asyncio.get_running_loop(), factory, **options)


async def ended(transport, protocol):
    transport.close()
    await until(lambda: transport._socket is None)
    return protocol


def name_of(transport):
    return transport.get_extra_info("sockname")


def reported():
    """The exceptions that the loop reports from now on."""
    contexts = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: contexts.append(context))
    return contexts
