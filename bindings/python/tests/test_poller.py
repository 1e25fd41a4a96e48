"""`Poller`: one wait on many sockets, as a selector of the module `selectors`."""

import os
import pickle
import select
import selectors
import signal
import threading

import pytest

import libudp
from conftest import SECONDS
from libudp import Event, Poller


@pytest.fixture
def poller():
    with Poller() as poller:
        yield poller


def found(ready):
    return [(key.fileobj, events) for key, events in ready]


def test_select_reports_a_socket_until_its_datagram_is_taken(poller, receiver, sender):
    key = poller.register(receiver, Event.READ, "data")
    assert key == selectors.SelectorKey(receiver, receiver.fileno(), Event.READ, "data")
    assert poller.select(0) == []
    sender.sendto(b"1", receiver.local_address)
    for _ in range(3):
        assert poller.select(SECONDS) == [(key, selectors.EVENT_READ)]
    receiver.recvfrom()
    assert poller.select(0.001) == []
    assert poller.select(-1) == []


def test_select_after_modify_and_unregister_follows_them(poller, receiver):
    poller.register(receiver, Event.READ)
    key = poller.modify(receiver, Event.READ | Event.WRITE, 2)
    assert poller.select(SECONDS) == [(key, Event.WRITE)]
    assert poller.get_key(receiver) is key and poller.get_map()[receiver] is key
    assert list(poller.get_map()) == [receiver]
    assert poller.unregister(receiver) is key
    assert poller.select(0) == [] and len(poller.get_map()) == 0


def test_poller_is_a_selector_of_the_module_selectors(receiver, sender):
    def serve(selector):
        with selector:
            selector.register(receiver, selectors.EVENT_READ, receiver.recvfrom)
            sender.sendto(b"hello", receiver.local_address)
            return [key.data()[0] for key, _ in selector.select(SECONDS)]

    assert issubclass(Poller, selectors.BaseSelector)
    assert serve(Poller()) == serve(selectors.DefaultSelector()) == [b"hello"]


def test_datagrams_that_a_loop_has_received_make_a_socket_ready(poller, receiver, sender):
    poller.register(receiver, Event.READ)
    for data in (b"1", b"2", b"3"):
        sender.sendto(data, receiver.local_address)
    for data, _ in receiver:
        assert data == b"1"
        break
    assert receiver.get_stats().buffered == 2
    for data in (b"2", b"3"):
        assert found(poller.select(SECONDS)) == [(receiver, Event.READ)]
        assert receiver.recvfrom()[0] == data
    assert poller.select(0) == []


def test_buffered_datagrams_make_a_coalescing_socket_ready(poller, sender):
    with libudp.Socket(coalesce=True) as receiver:
        receiver.bind(("127.0.0.1", 0))
        poller.register(receiver, Event.READ)
        sender.send_segments(b"123", 1, receiver.local_address)
        for data in (b"1", b"2", b"3"):
            assert found(poller.select(SECONDS)) == [(receiver, Event.READ)]
            assert receiver.recvfrom()[0] == data
        assert poller.select(0) == []


def test_close_of_a_socket_is_reported_once(poller):
    socket = libudp.Socket()
    key = poller.register(socket, Event.READ, "data")
    socket.close()
    assert poller.select(SECONDS) == [(key, Event.CLOSED)]
    assert poller.select(0) == [] and socket not in poller.get_map()
    with pytest.raises(KeyError):
        poller.unregister(socket)


def test_unregister_of_a_closed_socket_succeeds(poller):
    socket = libudp.Socket()
    key = poller.register(socket, Event.READ)
    socket.close()
    assert poller.unregister(socket) is key
    assert poller.select(0) == []


def test_path_error_makes_a_socket_ready(poller, sender):
    with libudp.Socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = closed.local_address
    sender.set_option(libudp.Option.RECV_ERRORS, 1)
    poller.register(sender, Event.ERROR)
    sender.sendto(b"x", address)
    assert found(poller.select(SECONDS)) == [(sender, Event.ERROR)]
    assert sender.recv_error().peer == address
    assert poller.select(0) == []


def test_wake_ends_one_select(poller):
    poller.wake()
    assert poller.select() == []
    waiter = threading.Thread(target=poller.select)
    waiter.start()
    poller.wake()
    waiter.join(SECONDS)
    assert not waiter.is_alive()


def test_close_ends_select_in_another_thread(poller):
    failures = []

    def wait():
        try:
            poller.select()
        except libudp.ClosedError as error:
            failures.append(error)

    waiter = threading.Thread(target=wait)
    waiter.start()
    poller.close()
    waiter.join(SECONDS)
    assert len(failures) == 1 and poller.closed
    poller.close()
    with pytest.raises(libudp.ClosedError):
        poller.select(0)


def test_fileno_is_readable_while_select_would_not_wait(poller, receiver, sender):
    readable = select.poll()
    readable.register(poller, select.POLLIN)
    poller.register(receiver, Event.READ)
    assert poller.select(0) == [] and readable.poll(0) == []
    sender.sendto(b"1", receiver.local_address)
    assert readable.poll(SECONDS * 1000)
    receiver.recvfrom()
    assert poller.select(0) == [] and readable.poll(0) == []


def test_signal_handler_runs_and_select_goes_on(poller):
    seen = []
    before = signal.signal(signal.SIGALRM, lambda *_: (seen.append(1), poller.wake()))
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        assert poller.select(SECONDS) == [] and seen == [1]
    finally:
        signal.signal(signal.SIGALRM, before)


def test_exception_of_a_signal_handler_leaves_select(poller):
    def stop(*_):
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.01)
        with pytest.raises(KeyboardInterrupt):
            poller.select(SECONDS)
    finally:
        signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda poller, socket: poller.register(socket, 0), ValueError, "Event.READ"),
        (lambda poller, socket: poller.register(socket, Event.CLOSED), ValueError, "Event.READ"),
        (lambda poller, socket: poller.register(socket, 64), ValueError, "Event.READ"),
        (lambda poller, socket: poller.register(socket.fileno(), Event.READ), TypeError, "libudp.Socket"),
        (lambda poller, socket: poller.register(socket, Event.ERROR), libudp.InvalidError, "UDP_OPT_RECV_ERRORS"),
        (lambda poller, socket: poller.modify(socket, Event.READ), KeyError, "not registered"),
        (lambda poller, socket: poller.unregister(socket), KeyError, "not registered"),
        (lambda poller, socket: poller.get_key(socket), KeyError, "not registered"),
        (lambda poller, socket: poller.select("1"), TypeError, "<="),
        (lambda poller, socket: pickle.dumps(poller), TypeError, "this process only"),
    ],
)
def test_wrong_argument_raises(poller, receiver, call, error, text):
    with pytest.raises(error, match=text):
        call(poller, receiver)
    assert len(poller.get_map()) == 0


def test_register_twice_raises(poller, receiver):
    key = poller.register(receiver, Event.READ)
    with pytest.raises(KeyError, match="modify"):
        poller.register(receiver, Event.WRITE)
    assert poller.get_key(receiver) is key


def test_unclosed_poller_warns():
    poller = Poller()
    with pytest.warns(ResourceWarning, match="unclosed <libudp.Poller"):
        del poller


def test_spin_counts_its_hits_and_misses(receiver):
    receiver.set_option(libudp.Option.SPIN, 100)
    with pytest.raises(libudp.TimedOutError):
        receiver.recvfrom(timeout=0.001)
    stats = receiver.get_stats()
    assert (stats.spin_hits, stats.spin_misses) == (0, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_poller_in_a_forked_child_is_closed(poller, receiver):
    poller.register(receiver, Event.READ)
    child = os.fork()
    if child == 0:
        try:
            poller.select()
        except libudp.ClosedError as error:
            os._exit(0 if "forked child" in str(error) else 1)
        os._exit(2)
    assert os.waitpid(child, 0)[1] == 0
