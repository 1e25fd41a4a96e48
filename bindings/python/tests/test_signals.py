"""Signals that come while a call waits."""

import signal
from contextlib import contextmanager
from time import monotonic

import pytest

import libudp
from conftest import SECONDS
from helpers import finish, start, until_asleep

INTERRUPTED = """
import libudp
with libudp.Socket() as socket:
    socket.bind(("127.0.0.1", 0))
    print("waiting", flush=True)
    try:
        socket.{call}(timeout={timeout})
    except KeyboardInterrupt:
        print("interrupted", socket.closed)
"""


@pytest.mark.parametrize("call", ["recvfrom", "recvfrom_text", "recv_batch", "wait"])
@pytest.mark.parametrize("timeout", [None, 1000])
def test_ctrl_c_ends_a_wait_at_once(call, timeout):
    process = start("-c", INTERRUPTED.format(call=call, timeout=timeout))
    assert process.stdout.readline() == "waiting\n"
    until_asleep(process.pid)
    process.send_signal(signal.SIGINT)
    assert finish(process) == "interrupted False\n"


@contextmanager
def every_few_milliseconds(handler):
    """Lets a signal handler run again and again: a signal that comes just before a wait does not end it."""
    before = signal.signal(signal.SIGALRM, lambda *_: handler())
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_signal_handlers_run_during_a_wait_of_unchanged_length(receiver):
    ticks = []
    begin = monotonic()
    with every_few_milliseconds(lambda: ticks.append(1)):
        with pytest.raises(libudp.TimedOutError) as caught:
            receiver.recvfrom(timeout=0.05)
    assert 0.05 <= monotonic() - begin < SECONDS
    assert ticks and str(caught.value) == "the timeout expired"


def test_signal_handler_uses_the_waiting_socket(sender, receiver):
    with every_few_milliseconds(lambda: sender.sendto(b"from the handler", receiver.local_address)):
        assert receiver.recvfrom()[0] == b"from the handler"


def test_signal_handler_receives_during_a_receive(sender, receiver):
    begun, inner = [], []

    def receive():
        if not begun:
            begun.append(True)
            sender.sendto(b"inner", receiver.local_address)
            inner.append(receiver.recvfrom(timeout=0)[0])
            sender.sendto(b"outer", receiver.local_address)

    with every_few_milliseconds(receive):
        assert receiver.recvfrom()[0] == b"outer" and inner == [b"inner"]
