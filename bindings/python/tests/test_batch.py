"""Batches that are received into memory of their own, and looked at without copies."""

import pytest

import libudp
from conftest import receiving
from libudp import Batch, Option


@pytest.fixture(params=[False, True], ids=["plain", "coalescing"])
def receiver(request):
    with receiving(coalesce=request.param) as socket:
        yield socket


@pytest.fixture
def joiner():
    """A socket that coalesces."""
    with receiving(coalesce=True) as socket:
        yield socket


def fill(socket, batch, count):
    """Fills a batch with all of so many datagrams, which are there."""
    assert socket.recv_batch_into(batch) == count == len(batch)
    return batch


def test_batch_is_a_sequence_of_views(sender, receiver):
    datas = [b"one", b"", b"three"]
    sender.send_batch_to(datas, receiver.local_address)
    batch = fill(receiver, Batch(10), 3)
    assert [bytes(data) for data in batch] == datas == [bytes(batch[i]) for i in range(3)]
    assert batch[-1] == b"three" and isinstance(batch[0], memoryview)
    assert batch.addresses == [sender.local_address] * 3 and batch.address(-1) == sender.local_address
    assert batch.datagrams() == [(data, sender.local_address) for data in datas]
    assert not batch.truncated(0) and batch.full_length(2) == 5
    for call in batch.__getitem__, batch.address, batch.truncated, batch.full_length, batch.info:
        for bad in 3, -4, 2**70:
            with pytest.raises(IndexError):
                call(bad)
        with pytest.raises(TypeError):
            call("0")


def test_batch_refills_and_is_empty_after_an_error(sender, receiver):
    batch = Batch(10)
    assert len(batch) == 0 and list(batch) == batch.addresses == batch.datagrams() == batch.runs() == []
    assert batch.view() == b""
    for data in b"one", b"two":
        sender.sendto(data, receiver.local_address)
        view = fill(receiver, batch, 1)[0]
        assert view == data
    sender.sendto(b"six", receiver.local_address)
    fill(receiver, batch, 1)
    assert view == b"six"  # a view is of the memory, not of the datagram
    with pytest.raises(BlockingIOError):
        receiver.recv_batch_into(batch, timeout=0)
    assert len(batch) == 0


def test_views_are_valid_after_their_batch_is_deleted(sender, receiver):
    sender.sendto(b"still here", receiver.local_address)
    batch = fill(receiver, Batch(10), 1)
    view = batch[0]
    del batch
    assert view == b"still here"


@pytest.mark.parametrize("short", [0, 1])
def test_view_of_coalesced_datagrams_is_one_piece(sender, joiner, short):
    data = bytes(range(256)) * 10
    sender.send_segments(data[: len(data) - short], 64, joiner.local_address)
    batch = fill(joiner, Batch(64), 40)
    assert batch.view() == data[: len(data) - short]
    ((view, size, datagrams, address),) = batch.runs()
    assert (size, datagrams, address) == (64, 40, sender.local_address)
    # Nothing is copied: what is written to one is seen in the other.
    batch[0][0] = 99
    assert batch.view()[0] == view[0] == 99


def test_runs_are_as_few_as_possible(sender, joiner):
    sizes = [64] * 30 + [20] + [0] + [64] * 5 + [1200] * 10 + [7]
    with libudp.Socket() as other:
        other.bind(("127.0.0.1", 0))
        sender.send_batch_to([bytes(size) for size in sizes], joiner.local_address)
        other.send_batch_to([bytes(7)] * 3, joiner.local_address)
        batch = fill(joiner, Batch(1024), 51)
        found = [(size, datagrams, len(view), address) for view, size, datagrams, address in batch.runs()]
        mine, others = sender.local_address, other.local_address
    assert found == [
        (64, 31, 30 * 64 + 20, mine),
        (0, 1, 0, mine),
        (64, 5, 320, mine),
        (1200, 11, 12007, mine),
        (7, 3, 21, others),
    ]
    with pytest.raises(ValueError):
        batch.view()


def test_buffered_datagrams_are_adjacent(sender, joiner):
    sender.send_batch_to([b"%02d" % number for number in range(60)] + [b"x"], joiner.local_address)
    assert joiner.recv_batch(max_datagrams=1)[0][0] == b"00"
    batch = fill(joiner, Batch(1024), 60)
    assert batch.view() == b"".join(b"%02d" % number for number in range(1, 60)) + b"x"
    assert [data for data, _ in batch.datagrams()] == [b"%02d" % number for number in range(1, 60)] + [b"x"]


def test_buffers_of_exact_size_make_one_view_without_coalescing(sender):
    with receiving() as receiver:
        sender.send_batch_to([b"%04d" % number for number in range(30)], receiver.local_address)
        batch = fill(receiver, Batch(64, arena_size=64 * 4), 30)
        assert batch.view() == b"".join(b"%04d" % number for number in range(30))


def test_datagram_longer_than_its_buffer_is_marked_truncated(sender):
    with receiving() as receiver:
        sender.send_batch_to([b"12345", b"123456", b"1"], receiver.local_address)
        batch = fill(receiver, Batch(4, arena_size=20), 3)
        assert [batch.truncated(i) for i in range(3)] == [False, True, False]
        assert [batch.full_length(i) for i in range(3)] == [5, 6, 1]
        assert [bytes(data) for data in batch] == [b"12345", b"12345", b"1"]
        data = batch.datagrams()[1][0]
        assert isinstance(data, libudp.TruncatedBytes) and data.length == 6


def test_small_arena_receives_coalesced_datagrams(sender, joiner):
    datas = [b"%02d" % number for number in range(64)]
    sender.send_batch_to(datas, joiner.local_address)
    got, batch = [], Batch(10, arena_size=100)
    while len(got) < 64:
        joiner.recv_batch_into(batch)
        got += [bytes(data) for data in batch]
    assert got == datas


def test_numpy_shares_the_memory_of_a_batch(sender, joiner):
    numpy = pytest.importorskip("numpy")
    sent = numpy.arange(40 * 16, dtype=numpy.uint32).reshape(40, 16)
    assert sender.send_segments(sent, 64, joiner.local_address) == 40
    batch = fill(joiner, Batch(64), 40)
    got = numpy.asarray(batch.view()).view(numpy.uint32).reshape(len(batch), -1)
    assert (got == sent).all() and not got.flags.owndata
    batch[0][0] = 77
    assert got[0, 0] == 77
    sent.flags.writeable = False
    assert sender.send_segments(sent, 64, joiner.local_address) == 40
    assert fill(joiner, batch, 40).view() == sent.tobytes()
    with pytest.raises(TypeError):
        sender.send_segments(sent, 64.0, joiner.local_address)


def test_batch_info_returns_what_the_options_enable(sender, receiver):
    sender.sendto(b"x", receiver.local_address)
    assert fill(receiver, Batch(4, infos=True), 1).info(0) == (0, 0, None, 0, False)
    for option in Option.RECV_TOS, Option.RECV_TIMESTAMP, Option.RECV_PKTINFO:
        receiver.set_option(option, 1)
    sender.set_option(Option.TOS, 0x29)
    sender.sendto(b"x", receiver.local_address)
    info = fill(receiver, Batch(4, infos=True), 1).info(0)
    assert (info.tos, info.local, info.control_truncated) == (0x29, "127.0.0.1", False)
    assert info.timestamp_ns > 10**18 and info.if_index > 0


@pytest.mark.parametrize(
    "bad",
    [
        *({"max_datagrams": count} for count in (0, -1, 2**31)),
        {"max_datagrams": 10, "arena_size": 9},
        {"arena_size": -1},
    ],
)
def test_batch_with_sizes_out_of_range_raises_value_error(bad):
    with pytest.raises(ValueError):
        Batch(**bad)


def test_batch_larger_than_memory_raises():
    with pytest.raises((OSError, OverflowError)):
        Batch(1, arena_size=2**62)
    with pytest.raises(TypeError):
        Batch(1.5)


def test_get_stats_counts_datagrams_and_bytes(sender, receiver):
    assert receiver.get_stats()[:8] == (0,) * 8
    sender.send_batch_to([b"x" * 64] * 10 + [b"y"], receiver.local_address)
    sender.sendto(b"", receiver.local_address)
    batch = Batch(64, arena_size=64 * 65536)
    got = 0
    while got < 12:
        got += receiver.recv_batch_into(batch)
    sent, received = sender.get_stats(), receiver.get_stats()
    assert (sent.sent, sent.sent_bytes) == (received.received, received.received_bytes) == (12, 641)
    assert (received.truncated, received.dropped, received.buffered, sent.offload_refused) == (0, 0, 0, 0)


def test_get_stats_reports_offloads(joiner, sender):
    assert isinstance(joiner.get_stats().offloads, libudp.Offload)
    assert libudp.Offload.RECV not in sender.get_stats().offloads


def test_get_stats_counts_dropped_datagrams(sender):
    with receiving() as receiver:
        receiver.set_option(Option.RECV_BUFFER, 4096)
        sent = 0
        while not receiver.get_stats().dropped:
            sent += sender.send_batch_to([bytes(1000)] * 10, receiver.local_address)
        arrived = 0
        try:
            while True:
                arrived += len(receiver.recv_batch(timeout=0))
        except BlockingIOError:
            assert arrived + receiver.get_stats().dropped == sent
