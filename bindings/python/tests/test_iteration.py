"""Loops over a socket."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from queue import Queue
from threading import get_native_id

import pytest

import libudp
from conftest import SECONDS, receiving
from helpers import until_asleep

DATAS = [b"%02d" % number for number in range(40)]


@pytest.fixture(params=[False, True], ids=["plain", "coalescing"])
def receiver(request):
    with receiving(coalesce=request.param) as socket:
        yield socket


def test_loop_receives_until_socket_is_closed(sender, receiver):
    sender.send_batch_to(DATAS, receiver.local_address)
    got = []
    for data, address in receiver:
        assert address == sender.local_address
        got.append(data)
        if len(got) == 30:
            receiver.close()
    assert got == DATAS[:30]
    assert list(receiver) == []


def test_close_ends_a_waiting_loop(receiver):
    begun = Queue()

    def loop():
        begun.put(get_native_id())
        return list(receiver)

    with ThreadPoolExecutor(1) as pool:
        looping = pool.submit(loop)
        until_asleep(os.getpid(), begun.get(timeout=SECONDS))
        receiver.close()
        assert looping.result(SECONDS) == []


def test_loop_after_timeout_raises_timed_out_error(sender, receiver):
    sender.send_batch_to(DATAS[:2], receiver.local_address)
    receiver.settimeout(0)
    got = []
    with pytest.raises(BlockingIOError):
        for data, _ in receiver:
            got.append(data)
    assert got == DATAS[:2]
    receiver.settimeout(0.001)
    with pytest.raises(TimeoutError):
        next(iter(receiver))


def test_datagrams_left_by_a_loop_go_to_the_next_receive(sender, receiver):
    sender.send_batch_to([*DATAS, b"long"], receiver.local_address)
    sender.sendto(b"the last", receiver.local_address)
    me = sender.local_address
    assert [data for data, _ in islice(receiver, 3)] == DATAS[:3]
    assert receiver.get_stats().buffered == 39
    assert receiver.wait().read and receiver.wait(timeout=0).read
    assert next(iter(receiver)) == (DATAS[3], me)
    assert receiver.recvfrom() == (DATAS[4], me)
    assert receiver.recvfrom_text() == (DATAS[5].decode(), me)
    assert receiver.recv_batch(max_datagrams=2) == [(DATAS[6], me), (DATAS[7], me)]
    batch = libudp.Batch(2, arena_size=200)
    assert receiver.recv_batch_into(batch) == 2
    assert batch.datagrams() == [(DATAS[8], me), (DATAS[9], me)] and not batch.truncated(0)
    got = []
    while len(got) < 30:
        got += receiver.recv_batch(max_datagrams=30 - len(got))
    assert [data for data, _ in got] == DATAS[10:]
    with pytest.raises(libudp.TruncatedError) as caught:
        receiver.recvfrom(2)
    assert (caught.value.data, caught.value.address, caught.value.length) == (b"lo", me, 4)
    assert receiver.recvfrom()[0] == b"the last"
    with pytest.raises(BlockingIOError):
        receiver.wait(timeout=0)


def test_datagrams_left_by_a_loop_are_truncated_like_others(sender):
    with receiving() as receiver:
        sender.send_batch_to([b"", b"0123456789", b"abc", b"0123456789"], receiver.local_address)
        next(iter(receiver))
        (data, _), (same, _) = receiver.recv_batch(max_datagrams=2, size=4)
        assert (data, data.length, same) == (b"0123", 10, b"abc")
        batch = libudp.Batch(1, arena_size=4)
        receiver.recv_batch_into(batch)
        assert bytes(batch[0]) == b"0123" and batch.truncated(0) and batch.full_length(0) == 10


def test_close_discards_datagrams_left_by_a_loop(sender, receiver):
    sender.send_batch_to(DATAS, receiver.local_address)
    next(iter(receiver))
    receiver.close()
    with pytest.raises(libudp.ClosedError):
        receiver.recvfrom()


def test_loops_in_two_threads_receive_each_datagram_once(sender, receiver):
    got = Queue()

    def loop():
        for data, _ in receiver:
            got.put(data)

    with ThreadPoolExecutor(2) as pool:
        loops = [pool.submit(loop) for _ in range(2)]
        for _ in range(10):
            sender.send_batch_to(DATAS, receiver.local_address)
        every = [got.get(timeout=SECONDS) for _ in range(400)]
        receiver.close()
        for each in loops:
            each.result(SECONDS)
    assert sorted(every) == sorted(10 * DATAS)
