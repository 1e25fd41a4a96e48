"""The drop-in's sends and receives, beside CPython's."""

import array
import mmap
import socket as standard
from ctypes import byref, c_int

import pytest

import libudp
from conftest import SECONDS
from differential import differential
from libudp import socket
from libudp._native import declarations
from libudp._native.calls import lib

LONG = bytes(range(256)) * 4


@differential
def test_datagrams_in_both_directions_as_in_cpython(trial):
    one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
    trial.do(one.sendto, b"hello", other.getsockname())
    trial.do(other.recvfrom, 100)
    trial.do(other.sendto, b"", 0, one.getsockname())
    trial.do(one.recvfrom, 100)


@differential
def test_receive_calls_behave_as_in_cpython(trial):
    one, other = trial.pair()
    for size in 0, 1, 5, 6, 100:
        for way in "recv", "recvfrom", "recvmsg":
            trial.do(one.send, b"hello")
            trial.do(getattr(other, way), size)
            # Whether it took the datagram: CPython's recv(0) does not.
            other.setblocking(False)
            trial.do(other.recv, 100)
            other.settimeout(SECONDS)


@differential
def test_receive_into_calls_behave_as_in_cpython(trial):
    one, other = trial.pair()
    for room in 0, 3, 5, 9:
        for nbytes in 0, 3, 5, 9:
            for way in "recv_into", "recvfrom_into":
                buffer = bytearray(b"." * room)
                trial.do(one.send, b"hello")
                trial.do(getattr(other, way), buffer, nbytes)
                trial.note(buffer)
                other.setblocking(False)
                trial.do(other.recv, 100)
                other.settimeout(SECONDS)


@differential
def test_receive_into_accepts_keywords(trial):
    one, other = trial.pair()
    for way in other.recv_into, other.recvfrom_into:
        buffer = bytearray(9)
        trial.do(one.send, b"hello")
        trial.do(way, buffer=buffer, nbytes=4, flags=trial.socket.MSG_PEEK)
        trial.do(way, buffer, flags=0)
        trial.note(buffer)


@differential
def test_long_datagram_is_truncated_silently(trial):
    one, other = trial.pair()
    for _ in range(2):
        trial.do(one.send, LONG)
        trial.do(one.send, b"next")
        trial.do(other.recv, 10)
        trial.do(other.recv, 10)


@differential
def test_flags_behave_as_in_cpython(trial):
    one, other = trial.pair()
    s = trial.socket
    for flags in s.MSG_PEEK, s.MSG_TRUNC, s.MSG_PEEK | s.MSG_TRUNC, s.MSG_DONTWAIT, s.MSG_WAITALL, s.MSG_OOB:
        for way in "recv", "recvfrom":
            one.send(LONG)
            # The bytes beyond what there was room for are not CPython's to show: MSG_TRUNC.
            found = trial.do(lambda: _cut(getattr(other, way)(10, flags)))
            trial.note(found is None, one.send(b"end"))
            while trial.do(other.recv, 3) != b"end":
                pass
        other.settimeout(0)
        for into, room in (other.recv_into, 0), (other.recvfrom_into, 5):
            one.send(LONG)
            trial.do(into, bytearray(10), room, flags)
            trial.do(other.recv, 2000)
        other.settimeout(SECONDS)
    for flags in s.MSG_DONTWAIT, s.MSG_CONFIRM, s.MSG_DONTROUTE, s.MSG_OOB, s.MSG_NOSIGNAL:
        trial.do(one.send, b"x", flags)
        trial.do(one.sendto, b"x", flags, other.getsockname())
        trial.do(one.sendall, b"x", flags)
    trial.do(one.send, b"x", s.MSG_MORE)
    trial.do(one.send, b"y")
    other.setblocking(False)
    while trial.do(other.recv, 10) is not None:
        pass


def _cut(found):
    return (len(found), found[:10]) if isinstance(found, bytes) else (len(found[0]), found[0][:10], found[1])


@differential
def test_send_calls_accept_bytes_like_objects_as_cpython(trial):
    one, other = trial.pair()
    shared = mmap.mmap(-1, 16)
    shared[:5] = b"hello"
    kinds = [
        b"bytes",
        b"",
        bytearray(b"bytearray"),
        bytearray(),
        memoryview(b"read only"),
        memoryview(bytearray(b"0123456789"))[2:5],
        memoryview(b"")[:],
        memoryview(b"0123456789")[::2],
        memoryview(bytearray(b"012345"))[::-1],
        memoryview(bytearray(b"012345")).cast("B", (2, 3)),
        array.array("i", [1, 2, 3]),
        array.array("d"),
        (c_int * 3)(1, 2, 3),
        memoryview(shared),
        "text",
        None,
        5,
        [b"list"],
    ]
    for data in kinds:
        for call in one.send, one.sendall, lambda data: one.sendto(data, other.getsockname()):
            if trial.do(call, data) is not None:
                trial.do(other.recv, 100)
        trial.do(one.sendmsg, [data, b"and"])
        other.setblocking(False)
        trial.do(other.recv, 100)
        trial.do(other.recv, 100)


@differential
def test_receive_calls_accept_buffers_as_cpython(trial):
    one, other = trial.pair()
    buffers = [
        bytearray(8),
        memoryview(bytearray(8)),
        memoryview(bytearray(8))[2:4],
        memoryview(bytearray(8))[::2],
        array.array("i", [0, 0]),
        (c_int * 2)(),
        memoryview(bytearray(8)).cast("B", (2, 4)),
        mmap.mmap(-1, 8),
        b"read only",
        memoryview(b"read only"),
        "text",
        None,
        5,
    ]
    for buffer in buffers:
        for way in other.recv_into, other.recvfrom_into, lambda buffer: other.recvmsg_into([buffer]):
            one.send(b"hello")
            other.setblocking(False)
            if trial.do(way, buffer) is not None:
                trial.note(bytes(buffer))
            trial.do(other.recv, 100)


@differential
def test_bytearray_can_be_resized_after_a_receive(trial):
    one, other = trial.pair()
    buffer = bytearray(5)
    for way in other.recv_into, other.recvfrom_into, lambda buffer: other.recvmsg_into([buffer]):
        trial.do(one.send, b"hello")
        trial.do(way, buffer)
        buffer.append(1)
    trial.do(one.send, buffer)
    buffer.append(1)


@differential
def test_wrong_arguments_raise_the_errors_of_cpython(trial):
    one, other = trial.pair()
    one.settimeout(0)
    for way in one.recv, one.recvfrom, one.recvmsg:
        for size in -1, -(2**70), 2**70, 1.5, "1", None, b"1":
            trial.do(way, size)
        trial.do(way)
        trial.do(way, 1, "flags")
        trial.do(way, 1, 2**40)
        trial.do(way, 1, 0, 0, 0)
    for way in one.recv_into, one.recvfrom_into:
        for nbytes in -1, 11, 2**70, 1.5, "1", None:
            trial.do(way, bytearray(10), nbytes)
        trial.do(way)
        trial.do(way, bytearray(10), 0, "flags")
        trial.do(way, bytearray(10), 0, 2**40)
    address = other.getsockname()
    for arguments in (), (b"x",), (b"x", 0, address, 1), (b"x", "flags", address), (b"x", 2**40, address):
        trial.do(one.sendto, *arguments)
    for call in one.send, one.sendall:
        trial.do(call)
        trial.do(call, b"x", "flags")
        trial.do(call, b"x", 2**40)
        trial.do(call, b"x", 0, 0)
    other.settimeout(0)
    trial.do(other.recv, 10)


@differential
def test_size_accepts_objects_with_index(trial):
    class Number:
        def __index__(self):
            return 3

    one, other = trial.pair()
    for way in other.recv, other.recvfrom, other.recvmsg:
        for size in Number(), True, 2**20:
            trial.do(one.send, b"hello")
            trial.do(way, size)


@differential
def test_send_too_large_raises_emsgsize(trial):
    one, other = trial.pair()
    for size in 65_507, 65_508, 65_536, 100_000:
        trial.do(one.send, bytes(size))
        trial.do(one.sendto, bytes(size), other.getsockname())
        trial.do(one.sendmsg, [bytes(size)])
    trial.note(len(other.recv(70_000)))


@differential
def test_unconnected_socket_behaves_as_in_cpython(trial):
    one = trial.open()
    for call in one.send, one.sendall, lambda data: one.sendmsg([data]):
        trial.do(call, b"x")
    trial.do(one.getpeername)
    trial.name(one)  # a send gives it a port, also one that fails
    trial.do(one.getsockname)
    trial.do(one.shutdown, trial.socket.SHUT_RD)


@differential
def test_refusal_behaves_as_in_cpython(trial):
    address = trial.refusing()
    for call in (
        lambda one: one.recv(10),
        lambda one: one.recvfrom(10),
        lambda one: one.recvmsg(10),
        lambda one: one.recv_into(bytearray(10)),
        lambda one: one.recv(10, trial.socket.MSG_PEEK),
        lambda one: one.send(b"x"),
        lambda one: one.sendto(b"x", address),
        lambda one: one.sendmsg([b"x"]),
        lambda one: one.getsockopt(trial.socket.SOL_SOCKET, trial.socket.SO_ERROR),
    ):
        one = trial.open("127.0.0.1")
        trial.do(one.connect, address)
        trial.do(one.send, b"anybody?")
        trial.do(call, one)
        one.settimeout(0)
        trial.do(one.recv, 10)


@differential
def test_shutdown_behaves_as_in_cpython(trial):
    s = trial.socket
    for how in s.SHUT_RD, s.SHUT_WR, s.SHUT_RDWR:
        one, other = trial.pair()
        trial.do(other.send, b"before")
        trial.do(one.shutdown, how)
        one.settimeout(0)
        for _ in range(2):
            trial.do(one.recv, 10)
            trial.do(one.recvfrom, 10)
            trial.do(one.recvmsg, 10)
            trial.do(one.recv_into, bytearray(10))
            trial.do(one.recvfrom_into, bytearray(10))
        trial.do(one.send, b"after")
    trial.do(one.shutdown, 77)
    trial.do(one.shutdown, "how")


@differential
def test_broadcast_without_option_raises_eacces(trial):
    one = trial.open()
    trial.do(one.sendto, b"x", ("<broadcast>", 9))
    trial.do(one.sendto, b"x", ("255.255.255.255", 9))
    trial.do(one.connect, ("<broadcast>", 9))
    trial.do(one.connect_ex, ("<broadcast>", 9))


@differential
def test_makefile_behaves_as_in_cpython(trial):
    one, other = trial.pair()
    with one.makefile("wb", buffering=0) as out, other.makefile("rb", buffering=0) as into:
        trial.do(out.write, b"raw")
        trial.do(into.read, 100)
    with one.makefile("w", encoding="gbk") as out, other.makefile("r", encoding="gbk") as into:
        trial.do(out.write, "你好\n")
        trial.do(out.flush)
        trial.do(into.readline)
    trial.do(one.makefile, "no mode")
    file = one.makefile("rb")
    trial.do(one.close)
    trial.note(one.fileno() >= 0)  # the file keeps it open
    trial.do(file.close)
    trial.note(one.fileno())
    with open(__file__, "rb") as file:
        trial.do(other.sendfile, file)


@differential
def test_stream_calls_behave_as_in_cpython(trial):
    one = trial.open("127.0.0.1")
    one.settimeout(0)
    trial.do(one.listen)
    trial.do(one.accept)


@differential
def test_ipv6_behaves_as_in_cpython(trial):
    one, other = trial.open("::1"), trial.open("::1")
    trial.do(one.sendto, b"hello", other.getsockname())
    trial.do(other.recvfrom, 100)
    trial.do(one.sendto, b"hello", other.getsockname()[:2])
    trial.do(other.recvmsg, 100)
    trial.do(one.connect, other.getsockname())
    trial.do(one.getpeername)
    trial.do(one.getsockname)
    trial.do(one.send, b"hello")
    trial.do(other.recvfrom_into, bytearray(10))


@differential
def test_ipv4_peers_of_ipv6_socket_have_mapped_addresses(trial):
    one, other = trial.open("::"), trial.open("127.0.0.1")
    trial.do(one.getsockopt, trial.socket.IPPROTO_IPV6, trial.socket.IPV6_V6ONLY)
    trial.do(one.getsockname)
    trial.do(other.sendto, b"hello", ("127.0.0.1", one.getsockname()[1]))
    trial.do(one.recvfrom, 100)
    trial.do(one.sendto, b"hello", ("::ffff:127.0.0.1", other.getsockname()[1]))
    trial.do(other.recvfrom, 100)
    trial.do(one.sendto, b"hello", ("127.0.0.1", other.getsockname()[1]))
    trial.do(one.connect, ("::ffff:127.0.0.1", other.getsockname()[1]))
    trial.do(one.getpeername)
    trial.do(one.getsockname)
    only = trial.open(family=standard.AF_INET6)
    trial.do(only.setsockopt, trial.socket.IPPROTO_IPV6, trial.socket.IPV6_V6ONLY, 1)
    trial.do(only.sendto, b"hello", ("::ffff:127.0.0.1", other.getsockname()[1]))


def counters(one):
    """What passed through a drop-in socket's handle."""
    found = declarations.udp_stats()
    assert lib.udp_get_stats(one._socket__udp.handle, byref(found)) == 0
    return found.sent, found.received


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_datagrams_go_through_the_library(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        try:
            one.bind((host, 0))
        except OSError as error:
            pytest.skip(f"no {host} here: {error}")
        address = one.getsockname()
        one.connect(address)
        sends = [
            lambda: one.send(b"x"),
            lambda: one.send(b"x", socket.MSG_CONFIRM),
            lambda: one.sendall(b"x"),
            lambda: one.sendto(b"x", address),
            lambda: one.sendto(b"x", 0, address),
            lambda: one.sendmsg([b"x"]),
            lambda: one.sendmsg([b"x"], [], 0, address),
        ]
        receives = [
            lambda: one.recv(9),
            lambda: one.recv(9, socket.MSG_DONTWAIT),
            lambda: one.recvfrom(9),
            lambda: one.recv_into(bytearray(9)),
            lambda: one.recvfrom_into(bytearray(9)),
            lambda: one.recvmsg(9, 100),
            lambda: one.recvmsg_into([bytearray(9)]),
        ]
        for done, (send, receive) in enumerate(zip(sends, receives), 1):
            send()
            receive()
            assert counters(one) == (done, done)


def test_drop_in_exchanges_datagrams_with_libudp_socket(receiver):
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.connect(receiver.local_address)
        one.send(b"hello")
        data, address = receiver.recvfrom()
        assert (data, address) == (b"hello", one.getsockname())
        assert isinstance(one, standard.socket) and not isinstance(receiver, libudp.socket.socket)
