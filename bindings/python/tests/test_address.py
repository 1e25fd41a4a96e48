"""Hosts, ports and families."""

import socket as stdlib

import pytest

import libudp
from conftest import SECONDS
from helpers import privately
from libudp._data import address as _address
from libudp._dropin import address as _dropin_address


@pytest.mark.parametrize("host", ["localhost", "nobody.invalid", "1.2.3", "1.2.3.4.5", "256.0.0.1", "1.2.3.4%lo"])
@pytest.mark.parametrize("call", ["sendto", "connect", "bind"])
def test_host_name_raises_address_error_without_lookup(sender, monkeypatch, host, call):
    monkeypatch.setattr(_address, "lib", None)  # who would look it up
    with pytest.raises(libudp.AddressError, match="libudp.resolve") as caught:
        if call == "sendto":
            sender.sendto(b"x", (host, 9))
        else:
            getattr(sender, call)((host, 9))
    assert caught.value.name == "UDP_ERR_ADDRESS" and isinstance(caught.value, ValueError)


def test_empty_host_binds_but_is_no_destination(sender):
    with pytest.raises(libudp.AddressError, match="empty"):
        sender.sendto(b"x", ("", 9))
    with libudp.Socket() as socket:
        socket.bind(("", 0))
        assert socket.local_address[0] == "0.0.0.0"


@pytest.mark.parametrize("port", [-1, 65536, 2**32 + 9])
def test_port_out_of_range_raises_value_error(sender, port):
    for call in sender.bind, sender.connect, lambda address: sender.sendto(b"x", address):
        with pytest.raises(ValueError):
            call(("127.0.0.1", port))
    with pytest.raises(ValueError):
        libudp.resolve("127.0.0.1", port)
    with pytest.raises(ValueError):
        sender.broadcast(b"x", port)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", ("127.0.0.1",), ("::1", 9, 0, 0), 9, (None, 9), (b"::1", 9), ("::1", "9"), ("::1", 9.0)]
)
def test_invalid_address_raises_type_error(sender, address):
    for call in sender.bind, sender.connect, lambda address: sender.sendto(b"x", address):
        with pytest.raises(TypeError):
            call(address)


@pytest.mark.parametrize("host", ["127.0.0.1\0.evil", "::1%lo\0"])
def test_host_with_nul_raises_value_error(sender, host):
    for call in sender.bind, sender.connect, lambda address: libudp.resolve(*address):
        with pytest.raises(ValueError):
            call((host, 9))


def test_destination_port_0_raises_invalid_error(sender):
    with pytest.raises(libudp.InvalidError):
        sender.sendto(b"x", ("127.0.0.1", 0))


def test_ipv4_socket_with_ipv6_address_raises_family_error(sender):
    for call in sender.connect, lambda address: sender.sendto(b"x", address):
        with pytest.raises(libudp.FamilyError):
            call(("::1", 9))


def test_bind_to_used_or_foreign_address_raises_error(receiver):
    with libudp.Socket() as socket:
        with pytest.raises(libudp.InUseError) as caught:
            socket.bind(receiver.local_address)
        assert caught.value.errno
        with pytest.raises(libudp.NotLocalError):
            socket.bind(("192.0.2.77", 0))
        socket.bind(("127.0.0.1", 0))
        with pytest.raises(libudp.InvalidError):
            socket.bind(("127.0.0.1", 0))


def test_bind_with_reuse_shares_the_address():
    for how in "reuse_address", "reuse_port":
        with libudp.Socket(**{how: True}) as one, libudp.Socket(**{how: True}) as other:
            one.bind(("127.0.0.1", 0))
            other.bind(one.local_address)
            assert one.local_address == other.local_address


@pytest.fixture
def dual():
    with libudp.Socket("dual") as socket:
        socket.settimeout(SECONDS)
        socket.bind(("", 0))
        yield socket


def test_dual_socket_shows_ipv4_peers_with_ipv4_addresses(dual, sender):
    port = dual.local_address[1]
    sender.sendto(b"four", ("127.0.0.1", port))
    assert dual.recvfrom() == (b"four", sender.local_address)
    dual.sendto(b"back", sender.local_address)
    assert sender.recvfrom() == (b"back", ("127.0.0.1", port))


def test_dual_socket_exchanges_datagrams_with_ipv6_peers(dual, six):
    port = dual.local_address[1]
    six.sendto(b"six", ("::1", port))
    assert dual.recvfrom() == (b"six", six.local_address)
    dual.sendto(b"back", six.local_address)
    assert six.recvfrom() == (b"back", ("::1", port))


def test_ipv6_socket_with_ipv4_address_raises_family_error(six, receiver):
    with pytest.raises(libudp.FamilyError):
        six.sendto(b"x", receiver.local_address)


def test_largest_ipv6_datagram_is_65487_bytes(six):
    assert six.sendto(bytes(65487), six.local_address) == len(six.recvfrom()[0]) == 65487
    with pytest.raises(libudp.MessageSizeError):
        six.sendto(bytes(65488), six.local_address)


def test_unknown_family_raises_value_error():
    with pytest.raises(ValueError):
        libudp.Socket("ipx")
    with pytest.raises(ValueError):
        libudp.resolve("127.0.0.1", 9, "dual")


def test_resolve_returns_numeric_addresses_or_raises():
    assert libudp.resolve("127.0.0.1", 9) == ("127.0.0.1", 9)
    assert libudp.resolve("0:0::1", 9) == ("::1", 9)
    assert libudp.resolve("", 9) == ("0.0.0.0", 9)
    assert libudp.resolve("", 9, "ipv6") == ("::", 9)
    assert libudp.resolve("<broadcast>", 9) == ("255.255.255.255", 9)
    assert libudp.resolve("localhost", 9, "ipv4") == ("127.0.0.1", 9)
    with pytest.raises(libudp.NameNotFoundError):
        libudp.resolve("nobody.invalid", 9)
    with pytest.raises(libudp.FamilyError):
        libudp.resolve("::1", 9, "ipv4")
    with pytest.raises(libudp.NoInterfaceError):
        libudp.resolve("fe80::1%nosuch", 9)


def test_address_is_parsed_once_and_cached(sender, receiver, monkeypatch):
    to = receiver.local_address
    sender.sendto(b"one", to)
    with monkeypatch.context() as patch:
        patch.setattr(_address, "lib", None)  # who would parse it
        sender.sendto(b"two", to)
    assert [receiver.recvfrom()[0] for _ in range(2)] == [b"one", b"two"]


def test_float_port_raises_type_error_also_after_the_int(sender, receiver):
    host, port = receiver.local_address
    for _ in range(2):
        sender.sendto(b"x", (host, port))
        with pytest.raises(TypeError, match="a port is an int"):
            sender.sendto(b"x", (host, float(port)))


def test_address_caches_do_not_grow_beyond_their_size():
    for port in range(_address.CACHE_SIZE + 10):
        to = _address.destination(("127.0.0.1", port))
        assert (to._obj.family, to._obj.port) == (4, port)
        assert _address.from_native(to._obj) == ("127.0.0.1", port)
        dropin = _dropin_address.destination(stdlib.AF_INET, "sendto", ("127.0.0.1", port))
        assert _dropin_address.from_native(stdlib.AF_INET, dropin._obj) == ("127.0.0.1", port)
    caches = [
        _address.destinations,
        _address.addresses,
        _dropin_address.pairs[stdlib.AF_INET],
        _dropin_address.tuples[stdlib.AF_INET],
    ]
    assert all(0 < len(cache) <= _address.CACHE_SIZE for cache in caches)


@privately
def test_link_local_address_keeps_its_scope_in_both_directions():
    with libudp.Socket("ipv6") as here, libudp.Socket("ipv6") as other:
        try:
            here.bind(("fe80::1%here0", 0))
        except libudp.NotLocalError:
            return  # a system without IPv6
        other.bind(("fe80::1%here0", 0))
        assert here.local_address[0] == "fe80::1%here0"
        here.sendto(b"x", other.local_address)
        assert other.recvfrom(timeout=SECONDS) == (b"x", here.local_address)
        number = stdlib.if_nametoindex("here0")
        assert libudp.resolve(f"fe80::1%{number}", 9) == ("fe80::1%here0", 9)
