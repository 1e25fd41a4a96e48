"""How long the drop-in's calls wait, beside CPython's; and what watches its sockets."""

import asyncio
import gc
import os
import select
import selectors
import signal
import socket as standard
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from errno import EBADF
from queue import Queue
from threading import get_native_id
from time import monotonic

import pytest

from aio_support import new_loop, run, until  # noqa: F401
from conftest import SECONDS
from differential import differential, each_module
from helpers import finish, start, until_asleep
from libudp import socket

CALLS = {
    "recv": lambda one, flags: one.recv(10, flags),
    "recvfrom": lambda one, flags: one.recvfrom(10, flags),
    "recvmsg": lambda one, flags: one.recvmsg(10, 0, flags),
    "recv_into": lambda one, flags: one.recv_into(bytearray(10), 0, flags),
    "recvfrom_into": lambda one, flags: one.recvfrom_into(bytearray(10), 0, flags),
    "recvmsg_into": lambda one, flags: one.recvmsg_into([bytearray(10)], 0, flags),
}
every_call = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)


@differential
def test_timeouts_behave_as_in_cpython(trial):
    one = trial.open()
    for value in None, 0, 0.0, 1, 0.25, 1e-9, 5e5, True, False:
        trial.do(one.settimeout, value)
        trial.note(one.gettimeout(), one.timeout, one.getblocking(), os.get_blocking(one.fileno()))
    for value in True, False, 1, 0, 2:
        trial.do(one.setblocking, value)
        trial.note(one.gettimeout(), one.timeout, one.getblocking(), os.get_blocking(one.fileno()))
    for value in -1, -0.5, 1e300, float("nan"), float("inf"), "1", b"1", [], 1j:
        trial.do(one.settimeout, value)
        trial.note(one.gettimeout())
    for value in "1", None, 1.5:
        trial.do(one.setblocking, value)
    one.close()
    trial.do(one.settimeout, 1)
    trial.do(one.setblocking, True)
    trial.note(one.gettimeout())


@differential
def test_receive_without_datagram_behaves_as_in_cpython(trial):
    one = trial.open("127.0.0.1")
    for timeout in 0, 0.01, 1e-9:
        one.settimeout(timeout)
        for call in CALLS.values():
            for flags in 0, trial.socket.MSG_DONTWAIT, trial.socket.MSG_PEEK:
                trial.do(call, one, flags)
    one.settimeout(None)
    for call in CALLS.values():
        trial.do(call, one, trial.socket.MSG_DONTWAIT)


@pytest.mark.parametrize("flag", [0, socket.SOCK_NONBLOCK, socket.SOCK_CLOEXEC])
def test_default_timeout_and_sock_nonblock_apply(flag):
    @differential
    def test(trial):
        s = trial.socket
        for default in None, 0, 0.02:
            s.setdefaulttimeout(default)
            try:
                with s.socket(s.AF_INET, s.SOCK_DGRAM | flag) as one:
                    trial.note(one.gettimeout(), one.getblocking(), os.get_blocking(one.fileno()))
                    trial.note(one.type, one.get_inheritable())
                    if default is not None:
                        trial.do(one.recv, 10)
            finally:
                s.setdefaulttimeout(None)

    test()


@contextmanager
def a_thread_that_waits(one, call):
    """A thread inside a call; what it returns or raises is the future's."""
    begun = Queue()

    def wait():
        begun.put(get_native_id())
        return call(one, 0)

    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(wait)
        until_asleep(os.getpid(), begun.get(timeout=SECONDS))
        yield waiter


@each_module
@every_call
@pytest.mark.parametrize("timeout", [None, SECONDS])
def test_datagram_ends_a_wait(module, call, timeout):
    with module.socket(type=module.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(timeout)
        with a_thread_that_waits(one, call) as waiter:
            one.sendto(b"x", one.getsockname())
            assert waiter.result(SECONDS) in [b"x", 1] or waiter.result()[0] in [b"x", 1]


@every_call
def test_close_ends_waiting_calls(call):
    # CPython leaves the thread waiting, or gives it the datagrams of whatever has the descriptor's number next.
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        with a_thread_that_waits(one, call) as waiter:
            one.close()
            with pytest.raises(OSError) as caught:
                waiter.result(SECONDS)
    assert caught.value.errno == EBADF


@every_call
@pytest.mark.parametrize("how", [socket.SHUT_RD, socket.SHUT_RDWR])
def test_shutdown_ends_waiting_calls(call, how):
    @differential
    def test(trial):
        one = trial.open("127.0.0.1")
        one.connect(one.getsockname())
        one.settimeout(None)
        with a_thread_that_waits(one, call) as waiter:
            one.shutdown(how)
            trial.do(waiter.result, SECONDS)
        trial.do(call, one, 0)
        trial.do(call, one, trial.socket.MSG_DONTWAIT)

    test()


@pytest.mark.parametrize("timeout", [None, 1000])
@pytest.mark.parametrize("module", ["import socket", "from libudp import socket"])
def test_ctrl_c_ends_a_wait_at_once(module, timeout):
    code = f"""
{module}
with socket.socket(type=socket.SOCK_DGRAM) as one:
    one.bind(("127.0.0.1", 0))
    one.settimeout({timeout})
    print("waiting", flush=True)
    try:
        one.recvfrom(10)
    except KeyboardInterrupt:
        print("interrupted")
"""
    process = start("-c", code)
    assert process.stdout.readline() == "waiting\n"
    until_asleep(process.pid)
    process.send_signal(signal.SIGINT)
    assert finish(process) == "interrupted\n"


@each_module
def test_signals_do_not_extend_a_wait(module):
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    try:
        with module.socket(type=module.SOCK_DGRAM) as one:
            one.settimeout(0.1)
            began = monotonic()
            with pytest.raises(module.timeout):
                one.recv(10)
            assert 0.09 < monotonic() - began < SECONDS
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Full:
    """The library, as it is while a send buffer is full for some calls: loopback never lets one become so."""

    def __init__(self, monkeypatch, times):
        from libudp._dropin import datagrams as _datagrams

        self.times, self.waits = times, []
        sendto, wait = _datagrams.untyped_sendto, _datagrams.lib.udp_wait

        def full_sendto(*arguments):
            self.times -= 1
            return -8 if self.times >= 0 else sendto(*arguments)

        def noted_wait(handle, events, timeout_ms):
            self.waits.append((events, timeout_ms))
            return wait(handle, events, timeout_ms)

        monkeypatch.setattr(_datagrams, "untyped_sendto", full_sendto)
        monkeypatch.setattr(_datagrams.lib, "udp_wait", noted_wait)


def test_send_with_full_buffer_waits_for_the_timeout(monkeypatch):
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        full = Full(monkeypatch, 2)
        assert one.sendto(b"x", one.getsockname()) == 1
        assert full.waits == [(2, -1)] * 2
        one.settimeout(5)
        full.times, full.waits = 1, []
        assert one.sendto(b"x", one.getsockname()) == 1
        ((events, timeout_ms),) = full.waits
        assert events == 2 and 0 < timeout_ms <= 5000
        one.settimeout(0.02)
        full.times = 10**9
        with pytest.raises(socket.timeout):
            one.sendto(b"x", one.getsockname())
        one.setblocking(False)
        full.waits = []
        with pytest.raises(BlockingIOError):
            one.sendto(b"x", one.getsockname())
        assert full.waits == []


@differential
def test_select_and_selectors_accept_it(trial):
    one, other = trial.pair()
    trial.note(select.select([other], [other], [other], 0) == ([], [other], []))
    one.send(b"x")
    trial.note(select.select([other], [], [], SECONDS) == ([other], [], []))
    poll = select.poll()
    poll.register(other, select.POLLIN)
    trial.note([events for _, events in poll.poll(0)])
    with selectors.DefaultSelector() as selector:
        selector.register(other, selectors.EVENT_READ, "data")
        trial.note([(key.fileobj is other, key.data, events) for key, events in selector.select(0)])
        other.recv(10)
        trial.note(selector.select(0))
        selector.unregister(other)


@differential
def test_event_loop_calls_accept_it(trial):
    async def speak():
        loop = asyncio.get_running_loop()
        one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
        one.setblocking(False)
        other.setblocking(False)
        await loop.sock_connect(one, other.getsockname())
        await loop.sock_sendall(one, b"hello")
        trial.note(await loop.sock_recv(other, 3))
        waiter = loop.create_task(loop.sock_recv_into(other, bytearray(10)))
        await asyncio.sleep(0)
        await loop.sock_sendall(one, b"")
        trial.note(await waiter)
        if hasattr(loop, "sock_recvfrom"):
            waiter = loop.create_task(loop.sock_recvfrom(one, 10))
            await asyncio.sleep(0)
            await loop.sock_sendto(other, b"back", one.getsockname())
            trial.note(await waiter)

    asyncio.run(speak())


def test_create_datagram_endpoint_accepts_it(run):
    class Protocol(asyncio.DatagramProtocol):
        def __init__(self):
            self.got = asyncio.Queue()

        def datagram_received(self, data, address):
            self.got.put_nowait((data, address))

        def error_received(self, error):
            self.got.put_nowait(error.errno)

    async def speak(trial):
        loop = asyncio.get_running_loop()
        one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
        transport, protocol = await loop.create_datagram_endpoint(Protocol, sock=one)
        peer, answers = await loop.create_datagram_endpoint(Protocol, sock=other)
        for data in b"one", b"two":
            transport.sendto(data, other.getsockname())
            trial.note(await asyncio.wait_for(answers.got.get(), SECONDS))
            peer.sendto(data.upper(), one.getsockname())
            trial.note(await asyncio.wait_for(protocol.got.get(), SECONDS))
        trial.note(transport.get_extra_info("sockname"), transport.get_extra_info("peername"))
        for each in transport, peer:
            each.close()
        await until(lambda: one.fileno() < 0)

    differential(lambda trial: run(speak(trial)))()


@differential
def test_event_loop_closed_with_open_socket_works(trial):
    loop = asyncio.new_event_loop()
    one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
    transport, _ = loop.run_until_complete(loop.create_datagram_endpoint(asyncio.DatagramProtocol, sock=one))
    loop.close()
    trial.do(transport.sendto, b"still there", other.getsockname())
    trial.do(other.recv, 100)
    trial.do(transport.close)
    with pytest.warns(ResourceWarning, match="unclosed transport"):
        del transport
        gc.collect()
    trial.note(one.fileno())


def test_standard_function_accepts_it():
    # Code that checks for Python's own class, in modules that a program uses.
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        assert isinstance(one, standard.socket)
