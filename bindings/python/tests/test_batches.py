"""Many datagrams in a call."""

import pickle
from array import array
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libudp
from conftest import SECONDS, receiving
from libudp._data.batch import BUFFER_SIZE
from libudp._socket import receive as receive_module


@pytest.fixture(params=[False, True], ids=["plain", "coalescing"])
def receiver(request):
    with receiving(coalesce=request.param) as socket:
        yield socket


def receive(socket, count, **arguments):
    """So many datagrams, in as many batches as they take."""
    got = []
    while len(got) < count:
        batch = socket.recv_batch(**arguments)
        assert batch
        got += batch
    with pytest.raises(BlockingIOError):
        socket.recv_batch(timeout=0)
    return got


MIXED = [b"a" * 64] * 70 + [b"", b"b" * 64, b"c" * 30, b"", b""] + [b"d" * 1200] * 60 + [b"e"] + [b"f" * 60_000] * 3


def test_send_batch_of_mixed_sizes_arrives_in_order(sender, receiver):
    address = receiver.local_address
    assert sender.send_batch([(data, address) for data in MIXED]) == len(MIXED)
    assert receive(receiver, len(MIXED)) == [(data, sender.local_address) for data in MIXED]
    assert sender.send_batch_to(MIXED, address) == len(MIXED)
    assert receive(receiver, len(MIXED), max_datagrams=7) == [(data, sender.local_address) for data in MIXED]


@pytest.mark.parametrize("size", [1, 64, 1200, 65507])
@pytest.mark.parametrize("short", [0, 1])
def test_send_batch_to_of_one_size_arrives_unchanged(sender, receiver, size, short):
    count = min(300, 200_000 // size)
    datas = [bytes([number % 251]) * size for number in range(count)]
    datas[-1] = datas[-1][: size - short]
    for most in 1024, 1, 100:
        assert sender.send_batch_to(datas, receiver.local_address) == count
        assert [data for data, _ in receive(receiver, count, max_datagrams=most)] == datas


def test_send_segments_splits_a_buffer_into_datagrams(sender, receiver):
    for data in b"aabbc", bytearray(b"aabbc"), memoryview(b"aabbc"), array("b", b"aabbc"):
        assert sender.send_segments(data, 2, receiver.local_address) == 3
        assert [data for data, _ in receive(receiver, 3)] == [b"aa", b"bb", b"c"]
    assert sender.send_segments(b"", 2, receiver.local_address) == 0
    data = bytes(range(256)) * 500
    assert sender.send_segments(data, 1000, receiver.local_address) == 128
    assert b"".join(data for data, _ in receive(receiver, 128)) == data


def test_send_batch_sends_each_datagram_to_its_address(receiver):
    with receiving() as one, receiving() as two:
        both = one, two
        packets = [(b"%d" % number, both[number % 2].local_address) for number in range(100)]
        # The second time, all but the data is as it was.
        for _ in range(2):
            assert receiver.send_batch(packets) == 100
            for odd, socket in enumerate(both):
                got = receive(socket, 50)
                assert [int(data) for data, _ in got] == list(range(odd, 100, 2))
                assert {address for _, address in got} == {receiver.local_address}
        for number in range(20):
            both[number % 2].sendto(b"%d" % number, receiver.local_address)
        assert receive(receiver, 20) == [(b"%d" % number, both[number % 2].local_address) for number in range(20)]


def test_received_batch_can_be_sent_back_unchanged(sender, receiver):
    datas = [b"x" * 10, b"x" * 10, b"", b"yy"]
    sender.send_batch_to(datas, receiver.local_address)
    assert receiver.send_batch(receive(receiver, 4)) == 4
    assert receive(sender, 4) == [(data, receiver.local_address) for data in datas]


@pytest.mark.parametrize("coalesce", [False, True])
def test_batches_work_on_ipv6_and_dual_sockets(six, coalesce):
    with receiving(coalesce, "dual", "::") as dual, receiving() as four:
        port = dual.local_address[1]
        datas = [b"x" * 64] * 40 + [b"y"]
        assert six.send_batch_to(datas, ("::1", port)) == four.send_batch_to(datas, ("127.0.0.1", port)) == 41
        packets = [(b"%d" % number, ("::1", port)) for number in range(5)]
        assert six.send_batch([*packets, (b"list", ["::1", port])]) == 6
        got = receive(dual, 88)
        assert [address for _, address in got] == [six.local_address] * 41 + [four.local_address] * 41 + [
            six.local_address
        ] * 6
        # The families mixed, back to both.
        assert dual.send_batch(got) == 88
        assert [data for data, _ in receive(four, 41)] == datas
        assert [data for data, _ in receive(six, 47)] == [*datas, *(data for data, _ in packets), b"list"]


class Data(bytes):
    """A subclass, which may claim another length."""

    def __len__(self):
        return 1


def test_send_batch_accepts_bytes_like_objects(sender, receiver):
    datas = [bytearray(b"ab"), memoryview(b"every other")[::2], array("I", [1, 2]), Data(b"subclass"), b"bytes"]
    expected = [bytes(memoryview(data)) for data in datas]
    address = receiver.local_address
    assert sender.send_batch((data, address) for data in datas) == sender.send_batch_to(iter(datas), address) == 5
    assert [data for data, _ in receive(receiver, 10)] == 2 * expected


def test_send_batch_of_nothing_returns_0(sender, receiver):
    assert sender.send_batch([]) == sender.send_batch_to([]) == sender.send_segments(b"", 1, receiver.local_address) == 0
    with pytest.raises(BlockingIOError):
        receiver.recv_batch(timeout=0)


def test_send_batch_longer_than_pooled_arrays_works(sender, receiver):
    addresses = [receiver.local_address, ("127.0.0.1", 9)]
    count = 40_000
    assert sender.send_batch([(b"", addresses[number % 2]) for number in range(count)]) == count


def test_rest_of_a_super_datagram_goes_to_the_next_receive(sender):
    with receiving(coalesce=True) as receiver:
        sender.send_batch_to([b"%02d" % number for number in range(64)], receiver.local_address)
        assert [data for data, _ in receiver.recv_batch(max_datagrams=3)] == [b"00", b"01", b"02"]
        assert receiver.get_stats().buffered == 61
        assert receiver.wait(timeout=0).read
        assert receiver.recvfrom() == (b"03", sender.local_address)
        assert receiver.recvfrom_text()[0] == "04"
        batch = libudp.Batch(2)
        assert receiver.recv_batch_into(batch) == 2 and [bytes(data) for data in batch] == [b"05", b"06"]
        assert len(receive(receiver, 57)) == 57 and receiver.get_stats().buffered == 0


def test_recv_batch_truncated_datagram_does_not_fail_the_others(sender):
    with receiving() as receiver:
        sender.send_batch_to([b"1234", b"0123456789", b"", b"12345"], receiver.local_address)
        got = [data for data, _ in receive(receiver, 4, size=4)]
        assert got == [b"1234", b"0123", b"", b"1234"]
        assert [type(data) for data in got] == [bytes, libudp.TruncatedBytes, bytes, libudp.TruncatedBytes]
        assert (got[1].length, got[3].length) == (10, 5)
        same = pickle.loads(pickle.dumps(got[1]))
        assert (same, same.length) == (b"0123", 10)
        assert receiver.get_stats().truncated == 2


def test_recv_batch_with_sizes_in_turn_keeps_its_memory(sender, monkeypatch):
    made = []

    class Noted(libudp.Batch):
        def __init__(self, *arguments):
            made.append(arguments)
            super().__init__(*arguments)

    monkeypatch.setattr(receive_module, "Batch", Noted)
    with libudp.Socket() as one:
        one.bind(("127.0.0.1", 0))
        for _ in range(3):
            for count, size in (1000, 20), (3, 65535), (1, 4), (1000, 100):
                assert sender.send_batch_to([b"x" * 50] * 5, one.local_address) == 5
                received = []
                while len(received) < 5:
                    some = one.recv_batch(count, timeout=SECONDS, size=size)
                    assert len(some) <= count
                    received += some
                assert received == [(b"x" * min(size, 50), sender.local_address)] * 5
                assert {getattr(data, "length", 50) for data, _ in received} == {50}
    assert made == [(1000, 20000), (1000, 3 * BUFFER_SIZE)]


def test_send_batch_with_float_port_raises_also_after_the_int(sender, receiver):
    host, port = receiver.local_address
    other = "127.0.0.1", port ^ 1
    for _ in range(3):
        assert sender.send_batch([(b"x", (host, port)), (b"x", other)]) == 2
    with pytest.raises(TypeError, match="a port is an int"):
        sender.send_batch([(b"x", (host, float(port))), (b"x", other)])


def test_send_batch_reads_an_address_list_in_each_call(sender, receiver):
    nobody = ("127.0.0.1", receiver.local_address[1] ^ 1)
    address = list(receiver.local_address)
    for _ in range(3):
        assert sender.send_batch([(b"no", nobody), (b"x", address)]) == 2
        assert receiver.recvfrom(timeout=SECONDS)[0] == b"x"
    address[:] = nobody
    assert sender.send_batch([(b"x", receiver.local_address), (b"no", address)]) == 2
    assert sender.sendto(b"end", receiver.local_address) == 3
    assert [receiver.recvfrom(timeout=SECONDS)[0] for _ in range(2)] == [b"x", b"end"]


def test_recv_batch_largest_datagrams_are_complete(sender, receiver):
    datas = [bytes([number]) * 65507 for number in range(3)]
    assert sender.send_batch_to(datas, receiver.local_address) == 3
    assert [data for data, _ in receive(receiver, 3)] == datas


def test_send_batch_partial_returns_count_and_next_call_raises(sender, receiver):
    address = receiver.local_address
    packets = [(b"one", address), (bytes(65508), address), (b"three", address)]
    assert sender.send_batch(packets) == sender.send_batch_to([data for data, _ in packets], address) == 1
    for rest in sender.send_batch, lambda rest: sender.send_batch_to([data for data, _ in rest], address):
        with pytest.raises(libudp.MessageSizeError):
            rest(packets[1:])
    with pytest.raises(libudp.AccessError):
        sender.send_batch([(b"x", ("<broadcast>", 9)), (b"x", address)])
    assert [data for data, _ in receive(receiver, 2)] == [b"one", b"one"]


def test_send_batch_on_connected_socket_needs_no_addresses(sender, receiver):
    with pytest.raises(libudp.NotConnectedError):
        sender.send_batch([(b"x", None), (b"x", None)])
    sender.connect(receiver.local_address)
    assert sender.send_batch([(b"1", None), (b"2", None)]) == sender.send_batch_to([b"3", b"", b"4"]) - 1 == 2
    assert sender.send_segments(b"56", 1) == 2
    assert [data for data, _ in receive(receiver, 7)] == [b"1", b"2", b"3", b"", b"4", b"5", b"6"]


def test_send_batch_after_refusal_raises_and_can_be_repeated(sender):
    with libudp.Socket() as gone:
        gone.bind(("127.0.0.1", 0))
        nobody = gone.local_address
    sender.connect(nobody)
    assert sender.send_batch_to([b"hello?"]) == 1
    with pytest.raises(libudp.RefusedError):
        sender.recv_batch()


@pytest.mark.parametrize("packets", [5, None, [b"x"], [(b"x",)], [(b"x", ("127.0.0.1", 9), 1)], [5], ["text"]])
def test_send_batch_of_invalid_packets_raises(sender, packets):
    with pytest.raises((TypeError, ValueError)):
        sender.send_batch(packets)


@pytest.mark.parametrize("address", [5, "127.0.0.1", ("127.0.0.1",), ("name", 9), ("127.0.0.1", 65536), (1, 2), ("", 9)])
@pytest.mark.parametrize("others", [0, 1])
def test_send_batch_with_invalid_address_sends_nothing(sender, receiver, address, others):
    with pytest.raises((TypeError, ValueError)):
        sender.send_batch([(b"x", receiver.local_address)] * others + [(b"x", address)])
    with pytest.raises((TypeError, ValueError)):
        sender.send_batch_to([b"x", b"yy"], address)
    with pytest.raises(BlockingIOError):
        receiver.recv_batch(timeout=0)


@pytest.mark.parametrize("datas", [5, "text", b"bytes", ["text"], [b"x", None], [b"x", 5], [[1]]])
def test_send_batch_with_invalid_data_sends_nothing(sender, receiver, datas):
    with pytest.raises(TypeError):
        sender.send_batch_to(datas, receiver.local_address)
    with pytest.raises(BlockingIOError):
        receiver.recv_batch(timeout=0)


def test_numbers_out_of_range_raise_errors(sender, receiver):
    for segment in 0, -1, 2**31, 2**64:
        with pytest.raises(ValueError):
            sender.send_segments(b"x", segment, receiver.local_address)
    with pytest.raises(libudp.MessageSizeError):
        sender.send_segments(bytes(70_000), 65508, receiver.local_address)
    counts = [{"max_datagrams": count} for count in (0, -1, 2**31, 2**70)]
    for bad in *counts, {"size": 0}, {"size": -1}, {"timeout": -1}:
        with pytest.raises((ValueError, OverflowError, OSError)):
            receiver.recv_batch(**bad)
    for bad in {"max_datagrams": 1.5}, {"size": "1"}, {"timeout": "1"}:
        with pytest.raises(TypeError):
            receiver.recv_batch(**bad)
    with pytest.raises(TypeError):
        receiver.recv_batch_into(bytearray(100))


def test_batch_calls_on_closed_socket_raise_closed_error(sender, receiver):
    sender.close()
    batch = libudp.Batch(1)
    for call in (
        lambda: sender.send_batch([(b"x", receiver.local_address), (b"x", ("127.0.0.1", 9))]),
        lambda: sender.send_batch_to([b"x"], receiver.local_address),
        lambda: sender.send_segments(b"x", 1, receiver.local_address),
        sender.recv_batch,
        lambda: sender.recv_batch_into(batch),
        sender.get_stats,
    ):
        with pytest.raises(libudp.ClosedError):
            call()


def test_recv_batch_in_threads_receives_each_datagram_once(sender, receiver):
    def take():
        got = []
        while b"" not in got:
            got += [data for data, _ in receiver.recv_batch(max_datagrams=10)]
        return [data for data in got if data], got.count(b"")

    with ThreadPoolExecutor(2) as pool:
        takers = [pool.submit(take) for _ in range(2)]
        sent = [b"%04d" % number for number in range(200)]
        sender.send_batch_to(sent, receiver.local_address)
        ends = 0
        while not all(taker.done() for taker in takers):
            if ends < 40:
                sender.sendto(b"", receiver.local_address)
                ends += 1
        got = [data for taker in takers for data in taker.result(SECONDS)[0]]
    assert sorted(got) == sent


SIZES = st.sampled_from([0, 1, 63, 64, 64, 64, 65, 1200, 1200, 9000]) | st.integers(0, 20_000)


@given(
    what=st.lists(st.tuples(SIZES, st.booleans()), min_size=1, max_size=80),
    most=st.sampled_from([1, 3, 64, 1024]),
    coalesce=st.booleans(),
)
@settings(deadline=None, max_examples=60)
def test_send_batch_equals_a_loop_of_sendto(what, most, coalesce):
    with libudp.Socket() as sender, receiving(coalesce) as one, receiving(coalesce) as two:
        sender.bind(("127.0.0.1", 0))
        packets = [
            (bytes([number]) * length, (one, two)[which].local_address)
            for number, (length, which) in enumerate(what)
            # No more than the receive buffers hold: the kernel counts the memory that a datagram is in.
            if sum(1000 + 2 * before for before, _ in what[: number + 1]) < 380_000
        ]
        for packet in packets:
            sender.sendto(*packet)
        looped = [[socket.recvfrom() for packet in packets if packet[1] == socket.local_address] for socket in (one, two)]
        assert sender.send_batch(packets) == len(packets)
        assert [receive(socket, len(got), max_datagrams=most) for socket, got in zip((one, two), looped)] == looped
