"""Sending and receiving."""

from array import array
import mmap

import pytest

import libudp
from conftest import SECONDS


def test_recvfrom_returns_datagram_and_sender(sender, receiver):
    assert sender.sendto(b"hello", receiver.local_address) == 5
    assert receiver.recvfrom() == (b"hello", sender.local_address)


def test_empty_datagram_arrives(sender, receiver):
    assert sender.sendto(b"", receiver.local_address) == 0
    assert receiver.recvfrom() == (b"", sender.local_address)


def test_datagrams_on_loopback_keep_boundaries_and_order(sender, receiver):
    for data in b"one", b"", b"three":
        sender.sendto(data, receiver.local_address)
    assert [receiver.recvfrom()[0] for _ in range(3)] == [b"one", b"", b"three"]


def test_largest_datagram_arrives(sender, receiver):
    data = bytes(range(256)) * 256
    assert sender.sendto(data[:65507], receiver.local_address) == 65507
    assert receiver.recvfrom()[0] == data[:65507]


def test_sendto_too_large_raises_message_size_error(sender, receiver):
    with pytest.raises(libudp.MessageSizeError) as caught:
        sender.sendto(bytes(65508), receiver.local_address)
    assert caught.value.name == "UDP_ERR_MSGSIZE"
    with pytest.raises(BlockingIOError):
        receiver.recvfrom(timeout=0)


def test_recvfrom_truncated_raises_error_with_data_and_length(sender, receiver):
    sender.sendto(b"0123456789", receiver.local_address)
    with pytest.raises(libudp.TruncatedError) as caught:
        receiver.recvfrom(4)
    error = caught.value
    assert (error.data, error.address, error.length) == (b"0123", sender.local_address, 10)
    sender.sendto(b"0123", receiver.local_address)
    assert receiver.recvfrom(4)[0] == b"0123"


def test_recvfrom_size_0_receives_empty_datagrams_only(sender, receiver):
    sender.sendto(b"", receiver.local_address)
    assert receiver.recvfrom(0)[0] == b""
    sender.sendto(b"x", receiver.local_address)
    with pytest.raises(libudp.TruncatedError) as caught:
        receiver.recvfrom(0)
    assert (caught.value.data, caught.value.length) == (b"", 1)


def test_recvfrom_accepts_any_size(sender, receiver):
    sender.sendto(b"x", receiver.local_address)
    assert receiver.recvfrom(2**70)[0] == b"x"
    with pytest.raises(ValueError):
        receiver.recvfrom(-1)
    with pytest.raises(TypeError):
        receiver.recvfrom(1.5)


class Data(bytes):
    """A subclass."""


@pytest.mark.parametrize(
    "data",
    [
        b"\0bytes\0",
        Data(b"subclass"),
        bytearray(b"bytearray"),
        bytearray(),
        memoryview(b"read only"),
        memoryview(bytearray(b"writable"))[2:5],
        memoryview(b"every other")[::2],
        memoryview(b""),
        array("I", [1, 2, 3]),
        memoryview(array("d", [1.5])),
    ],
    ids=lambda data: type(data).__name__,
)
def test_sendto_accepts_bytes_like_objects(sender, receiver, data):
    expected = bytes(memoryview(data))
    assert sender.sendto(data, receiver.local_address) == len(expected)
    assert receiver.recvfrom()[0] == expected


def test_sendto_accepts_a_memory_map(sender, receiver):
    with mmap.mmap(-1, 100) as memory:
        sender.sendto(memory, receiver.local_address)
        assert receiver.recvfrom()[0] == bytes(100)


def test_bytearray_can_be_resized_after_sendto(sender, receiver):
    data = bytearray(b"x")
    sender.sendto(data, receiver.local_address)
    data.append(0)


@pytest.mark.parametrize("data", ["text", None, 5, [1, 2]])
def test_sendto_of_other_objects_raises_type_error(sender, receiver, data):
    with pytest.raises(TypeError):
        sender.sendto(data, receiver.local_address)


def test_sendto_on_connected_socket_needs_no_address(sender, receiver):
    assert sender.peer_address is None
    sender.connect(receiver.local_address)
    assert sender.peer_address == receiver.local_address
    sender.sendto(b"to the peer")
    assert receiver.recvfrom()[0] == b"to the peer"
    sender.disconnect()
    assert sender.peer_address is None
    with pytest.raises(libudp.NotConnectedError):
        sender.sendto(b"to whom?")


def test_refused_peer_raises_once_and_socket_works(sender, receiver):
    with libudp.Socket() as gone:
        gone.bind(("127.0.0.1", 0))
        nobody = gone.local_address
    sender.connect(nobody)
    sender.sendto(b"hello?")
    with pytest.raises(ConnectionRefusedError) as caught:
        sender.recvfrom()
    assert isinstance(caught.value, libudp.RefusedError) and caught.value.errno
    with pytest.raises(BlockingIOError):
        sender.recvfrom(timeout=0)
    sender.connect(receiver.local_address)
    sender.sendto(b"on we go")
    assert receiver.recvfrom()[0] == b"on we go"


def test_standard_socket_exchanges_datagrams_with_libudp(receiver, peer):
    peer.sendto(b"to libudp", receiver.local_address)
    data, address = receiver.recvfrom()
    assert (data, address) == (b"to libudp", peer.getsockname())
    receiver.sendto(b"from libudp", address)
    assert peer.recvfrom(100) == (b"from libudp", receiver.local_address)


def test_wait_returns_what_is_ready(sender, receiver):
    with pytest.raises(BlockingIOError):
        receiver.wait(timeout=0)
    assert receiver.wait(read=True, write=True) == (False, True, False)
    sender.sendto(b"x", receiver.local_address)
    ready = receiver.wait(timeout=SECONDS)
    assert ready.read and not ready.write
    with pytest.raises(ValueError):
        receiver.wait(read=False)
