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
def test_every_call_on_a_closed_socket_says_so(call):
    socket = libudp.Socket()
    socket.close()
    with pytest.raises(libudp.ClosedError) as caught:
        CALLS[call](socket)
    assert caught.value.name == "UDP_ERR_CLOSED"


def test_closing_twice_is_fine():
    socket = libudp.Socket()
    assert not socket.closed
    socket.close()
    socket.close()
    assert socket.closed


def test_leaving_the_with_block_closes():
    with libudp.Socket() as socket:
        descriptor = socket.fileno()
        assert os.fstat(descriptor)
    assert socket.closed
    with pytest.raises(OSError):
        os.fstat(descriptor)


@pytest.mark.parametrize("call", ["recvfrom", "recvfrom_text", "wait"])
def test_a_close_wakes_who_waits_in_another_thread(receiver, call):
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


def test_a_forgotten_socket_is_closed_with_a_warning():
    socket = libudp.Socket()
    descriptor = socket.fileno()
    with pytest.warns(ResourceWarning, match=f"unclosed <libudp.Socket fd={descriptor}"):
        del socket
        gc.collect()
    with pytest.raises(OSError):
        os.fstat(descriptor)


def test_a_socket_that_was_not_opened_is_forgotten_in_silence():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for arguments in ["ipx"], []:
            socket = libudp.Socket.__new__(libudp.Socket)
            if arguments:
                with pytest.raises(ValueError):
                    socket.__init__(*arguments)
            del socket
        gc.collect()


def test_its_repr_says_what_it_is(sender, receiver):
    sender.connect(receiver.local_address)
    for part in f"fd={sender.fileno()}", f"local={sender.local_address}", f"peer={receiver.local_address}":
        assert part in repr(sender)
    sender.close()
    assert repr(sender) == "<libudp.Socket closed>"


def test_a_socket_is_neither_copied_nor_pickled(sender):
    for call in copy.copy, copy.deepcopy, pickle.dumps:
        with pytest.raises(TypeError):
            call(sender)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_close_in_a_forked_child_leaves_the_parent_receiving(sender, receiver):
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
