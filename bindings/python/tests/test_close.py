"""The end of a socket."""

import copy
import gc
import os
import pickle
import warnings
from concurrent.futures import ThreadPoolExecutor
from threading import Event, get_native_id

import pytest

import libudp
from conftest import SECONDS
from helpers import until_asleep

CALLS = {
    "bind": lambda s: s.bind(("127.0.0.1", 0)),
    "connect": lambda s: s.connect(("127.0.0.1", 9)),
    "disconnect": lambda s: s.disconnect(),
    "sendto": lambda s: s.sendto(b"x", ("127.0.0.1", 9)),
    "sendto_text": lambda s: s.sendto_text("x", ("127.0.0.1", 9)),
    "broadcast": lambda s: s.broadcast(b"x", 9),
    "recvfrom": lambda s: s.recvfrom(),
    "recvfrom_text": lambda s: s.recvfrom_text(),
    "wait": lambda s: s.wait(),
    "set": lambda s: s.set_option(libudp.Option.TTL, 1),
    "get": lambda s: s.get_option(libudp.Option.TTL),
    "fileno": lambda s: s.fileno(),
    "local_address": lambda s: s.local_address,
    "peer_address": lambda s: s.peer_address,
}


@pytest.mark.parametrize("call", CALLS)
def test_every_call_on_closed_socket_raises_closed_error(call):
    socket = libudp.Socket()
    socket.close()
    with pytest.raises(libudp.ClosedError) as caught:
        CALLS[call](socket)
    assert caught.value.name == "UDP_ERR_CLOSED"


def test_close_twice_does_nothing():
    socket = libudp.Socket()
    assert not socket.closed
    socket.close()
    socket.close()
    assert socket.closed


def test_with_block_closes_the_socket():
    with libudp.Socket() as socket:
        descriptor = socket.fileno()
        assert os.fstat(descriptor)
    assert socket.closed
    with pytest.raises(OSError):
        os.fstat(descriptor)


@pytest.mark.parametrize("call", ["recvfrom", "recvfrom_text", "wait"])
def test_close_ends_waiting_calls_of_other_threads(receiver, call):
    begun, thread = Event(), []

    def wait():
        thread.append(get_native_id())
        begun.set()
        getattr(receiver, call)(timeout=None)

    with ThreadPoolExecutor(1) as pool:
        waiter = pool.submit(wait)
        assert begun.wait(SECONDS)
        until_asleep(os.getpid(), thread[0])
        receiver.close()
        with pytest.raises(libudp.ClosedError):
            waiter.result(SECONDS)


def test_socket_not_closed_warns_and_is_closed():
    socket = libudp.Socket()
    descriptor = socket.fileno()
    with pytest.warns(ResourceWarning, match=f"unclosed <libudp.Socket fd={descriptor}"):
        del socket
        gc.collect()
    with pytest.raises(OSError):
        os.fstat(descriptor)


def test_socket_that_failed_to_open_does_not_warn():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for arguments in ["ipx"], []:
            socket = libudp.Socket.__new__(libudp.Socket)
            if arguments:
                with pytest.raises(ValueError):
                    socket.__init__(*arguments)
            del socket
        gc.collect()


def test_repr_shows_descriptor_and_addresses(sender, receiver):
    sender.connect(receiver.local_address)
    for part in f"fd={sender.fileno()}", f"local={sender.local_address}", f"peer={receiver.local_address}":
        assert part in repr(sender)
    sender.close()
    assert repr(sender) == "<libudp.Socket closed>"


def test_copy_and_pickle_of_socket_raise(sender):
    for call in copy.copy, copy.deepcopy, pickle.dumps:
        with pytest.raises(TypeError):
            call(sender)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_close_in_forked_child_leaves_the_parent_working(sender, receiver):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of fork with threads, which a test runner may have
        child = os.fork()
    if child == 0:
        status = 1
        try:
            receiver.close()
            sender.close()
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    sender.sendto(b"still there", receiver.local_address)
    assert receiver.recvfrom()[0] == b"still there"
