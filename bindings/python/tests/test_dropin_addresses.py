"""The drop-in's addresses, beside CPython's: tuples, names, and what is wrong with them."""

import pytest

from differential import differential, each_module
from libudp import socket

WRONG = [
    None,
    "127.0.0.1:9",
    9,
    [],
    ["127.0.0.1", 9],
    (),
    ("127.0.0.1",),
    ("127.0.0.1", 9, 0),
    ("127.0.0.1", 9, 0, 0),
    ("127.0.0.1", 9, 0, 0, 0),
    ("127.0.0.1", "9"),
    ("127.0.0.1", 9.0),
    ("127.0.0.1", None),
    ("127.0.0.1", -1),
    ("127.0.0.1", 65536),
    ("127.0.0.1", 2**31),
    ("127.0.0.1", 2**70),
    ("127.0.0.1", -(2**70)),
    (None, 9),
    (9, 9),
    (b"\xff", 9),
    ("a\0b", 9),
    (b"a\0b", 9),
    ("\udc80", 9),
    ("é" * 100, 9),
    ("::1", 9),
    ("::1", 9, 2**20),
    ("::1", 9, -1),
    ("::1", 9, 0, -1),
    ("::1", 9, 0, 2**40),
    ("::1", 9, "0"),
    ("::1", 9, 0, 1.5),
    ("fe80::1", 9, 0, 4_000_000),
    ("1.2.3.4.5", 9),
    ("no.such.host.invalid", 9),
    ("<broadcast>", 9),
    ("255.255.255.255", 9),
]


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
@pytest.mark.parametrize("address", WRONG, ids=repr)
def test_wrong_addresses_raise_the_errors_of_cpython(host, address):
    @differential
    def test(trial):
        one = trial.open(host)
        calls = [
            lambda address: one.sendto(b"x", address),
            lambda address: one.sendto(b"x", 0, address),
            one.connect,
            one.connect_ex,
            trial.open(family=one.family).bind,
        ]
        for call in calls:
            trial.do(call, address)
        if address is not None:  # which is no address for sendmsg
            trial.do(one.sendmsg, [b"x"], [], 0, address)

    test()


@differential
def test_addresses_of_every_form_behave_as_in_cpython(trial):
    one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
    port = other.getsockname()[1]
    hosts = ["127.0.0.1", b"127.0.0.1", bytearray(b"127.0.0.1"), "localhost", b"localhost", "127.1", "", b"", "0.0.0.0"]
    for host in hosts:
        trial.do(one.sendto, b"x", (host, port))
        trial.do(other.recvfrom, 10)
        trial.do(one.sendmsg, [b"x"], [], 0, (host, port))
        trial.do(other.recvfrom, 10)
    for host in hosts:
        peer = trial.open("127.0.0.1")
        trial.do(peer.connect, (host, port))
        trial.do(peer.getpeername)
        local = trial.open()
        trial.do(local.bind, (host, 0))
        trial.do(lambda: local.getsockname()[0])


@differential
def test_ipv6_addresses_of_every_form_behave_as_in_cpython(trial):
    one, other = trial.open("::1"), trial.open("::1")
    port = other.getsockname()[1]
    for address in ("::1", port), (b"::1", port, 0), ("0:0::1", port, 0, 0), ("", port), ("localhost", port, 0, 0):
        if address[0] == "localhost" and not _has_ipv6_localhost():
            continue
        trial.do(one.sendto, b"x", address)
        trial.do(other.recvfrom, 10)
        trial.do(one.sendmsg, [b"x"], [], 0, address)
        trial.do(other.recvfrom, 10)
    for address in ("::1", 0), ("::1", 0, 5), ("::1", 0, 0, 1), ("", 0), ("::ffff:127.0.0.1", 0), ("fe80::1%lo", 0):
        local = trial.open(family=trial.socket.AF_INET6)
        trial.do(local.bind, address)
        trial.do(lambda: local.getsockname()[0::2])
    for address in ("::1", port, 77), ("::1", port, 0, 1), ("::1", port, 0xFFFFF, 0), ("fe80::1%lo", port):
        local = trial.open(family=trial.socket.AF_INET6)
        trial.do(local.connect, address)
        trial.do(local.getpeername)


def _has_ipv6_localhost():
    try:
        return bool(socket.getaddrinfo("localhost", 0, socket.AF_INET6))
    except OSError:
        return False


@differential
def test_flow_label_is_returned(trial):
    one, other = trial.open("::1"), trial.open("::1")
    for flow in 0, 1, 0xFFFFF:
        trial.do(one.connect, (*other.getsockname()[:2], flow, 0))
        trial.do(one.getpeername)
        trial.do(one.send, b"x")
        trial.do(other.recvfrom, 10)


@differential
def test_scope_is_returned(trial):
    one = trial.open(family=trial.socket.AF_INET6)
    lo = trial.socket.if_nametoindex("lo")
    for host in "fe80::1", "ff02::1":
        trial.do(one.connect, (host, 9, 0, lo))
        trial.do(one.getpeername)
    trial.do(one.sendto, b"x", ("fe80::1", 9))
    trial.do(one.sendto, b"x", ("fe80::1%lo", 9))


@differential
def test_port_accepts_ints_only(trial):
    one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
    host, port = other.getsockname()
    # The same call again finds what the first one left in a cache.
    for _ in range(2):
        trial.do(one.sendto, b"x", (host, port))
        trial.do(one.sendto, b"x", (host, float(port)))
        trial.do(one.connect, ("127.0.0.1", True))
        trial.do(one.getpeername)
    six, other = trial.open("::1"), trial.open("::1")
    host, port = other.getsockname()[:2]
    for _ in range(2):
        for address in (host, port, 0, 0), (host, port, 0.0, 0), (host, port, 0, 0.0), (host, float(port), 0, 0):
            trial.do(six.sendto, b"x", address)

    class Pair(tuple):
        pass

    trial.do(one.sendto, b"x", Pair((host, port)))


@differential
def test_bind_behaves_as_in_cpython(trial):
    one = trial.open("127.0.0.1")
    trial.do(one.bind, ("127.0.0.1", 0))
    trial.do(trial.open().bind, one.getsockname())
    trial.do(trial.open().bind, ("192.0.2.1", 0))
    for share in trial.socket.SO_REUSEADDR, trial.socket.SO_REUSEPORT:
        first, second = trial.open(), trial.open()
        for each in first, second:
            trial.do(each.setsockopt, trial.socket.SOL_SOCKET, share, 1)
        trial.do(first.bind, ("127.0.0.1", 0))
        trial.name(first)
        trial.do(second.bind, first.getsockname())


@differential
def test_connect_behaves_as_in_cpython(trial):
    one, first, second = trial.open("127.0.0.1"), trial.open("127.0.0.1"), trial.open("127.0.0.1")
    for peer in first, second, first:
        trial.do(one.connect, peer.getsockname())
        trial.do(one.getpeername)
        trial.do(one.getsockname)
        trial.do(one.send, b"x")
        trial.do(peer.recvfrom, 10)
        trial.do(one.connect_ex, peer.getsockname())
    trial.do(second.sendto, b"from a stranger", one.getsockname())
    one.settimeout(0)
    trial.do(one.recv, 100)
    trial.do(one.sendto, b"to another", second.getsockname())
    trial.do(second.recv, 100)


@differential
def test_connect_to_port_0_behaves_as_in_cpython(trial):
    one = trial.open("127.0.0.1")
    trial.do(one.sendto, b"x", ("127.0.0.1", 0))
    trial.do(one.sendmsg, [b"x"], [], 0, ("127.0.0.1", 0))
    trial.do(one.connect, ("127.0.0.1", 0))
    trial.do(one.connect_ex, ("127.0.0.1", 0))
    trial.do(one.getpeername)
    trial.do(one.getsockname)


@each_module
def test_audit_hooks_are_called(module, monkeypatch):
    heard = []
    monkeypatch.setattr("sys.audit", lambda *what: heard.append(what))
    with module.socket(type=module.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        address = one.getsockname()
        one.connect(address)
        one.sendto(b"x", address)
        one.sendmsg([b"x"])
    if module is socket:  # CPython tells its hooks from C
        expected = [("bind", ("127.0.0.1", 0)), ("connect", address), ("sendto", address), ("sendmsg", None)]
        assert heard == [(f"socket.{what}", one, where) for what, where in expected]
