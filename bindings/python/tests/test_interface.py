"""The machine's network interfaces."""

import socket as stdlib

import pytest

import libudp
from helpers import example, privately


def test_interfaces_returns_loopback_with_its_addresses():
    (loopback,) = [each for each in libudp.interfaces() if each.loopback]
    assert loopback.if_index == stdlib.if_nametoindex(loopback.name)
    assert loopback.up and loopback.running and not loopback.broadcast and not loopback.point_to_point
    assert loopback.addresses[0] == ("127.0.0.1", 8, None)


@privately
def test_interfaces_returns_each_interface_once():
    found = {each.name: each for each in libudp.interfaces()}
    assert [each.if_index for each in found.values()] == sorted(index for index, _ in stdlib.if_nameindex())
    here = found["here0"]
    assert (here.if_index, here.mtu) == (stdlib.if_nametoindex("here0"), 1500)
    assert here.up and here.running and here.broadcast and here.multicast and not here.loopback
    # The system gives it an IPv6 address of its own besides.
    assert {("192.0.2.1", 24, "192.0.2.255"), ("fe80::1%here0", 64, None)} <= set(here.addresses)
    assert {each.host.rpartition("%")[2] for each in here.addresses} == {"192.0.2.1", "here0"}


@privately
def test_interfaces_returns_a_large_number_completely():
    network = example("private_network")
    with stdlib.socket(stdlib.AF_NETLINK, stdlib.SOCK_RAW, 0) as netlink:
        for number in range(40):
            name = network.attribute(network.IFLA_IFNAME, b"many%d\0" % number)
            kind = network.attribute(network.IFLA_LINKINFO, network.attribute(network.IFLA_INFO_KIND, b"veth"))
            network.ask(netlink, network.RTM_NEWLINK, network.NLM_F_CREATE, network.link() + name + kind)
    assert [each.name for each in libudp.interfaces()] == [name for _, name in sorted(stdlib.if_nameindex())]


@privately
def test_interface_index_accepts_name_index_and_address():
    number = stdlib.if_nametoindex("here0")
    for interface in "here0", number, str(number), "192.0.2.1", "fe80::1", "fe80::1%here0":
        assert libudp.interface_index(interface) == number, interface
    for none in None, "", 0:
        assert libudp.interface_index(none) == 0


@pytest.mark.parametrize("interface", ["no-such-one", 999_999, -1, "192.0.2.77", "x" * 99, 2**40])
def test_interface_index_of_unknown_interface_raises(interface):
    with pytest.raises(libudp.NoInterfaceError, match="no interface"):
        libudp.interface_index(interface)


@pytest.mark.parametrize("interface, kind", [(1.5, TypeError), (b"lo", TypeError), ([], TypeError), ("l\0o", ValueError)])
def test_interface_index_of_invalid_argument_raises(interface, kind):
    with pytest.raises(kind):
        libudp.interface_index(interface)


@privately
def test_bind_accepts_addresses_of_interfaces():
    bound = set()
    # Other addresses may still be probed for duplicates, which makes a bind fail.
    usable = {"127.0.0.1", "::1", "192.0.2.1", "fe80::1%here0"}
    for interface in libudp.interfaces():
        for address in interface.addresses:
            if address.host not in usable:
                continue
            with libudp.Socket("ipv6" if ":" in address.host else "ipv4") as socket:
                socket.bind((address.host, 0))
                assert socket.local_address[0] == address.host
                bound.add(address.host)
    assert {"127.0.0.1", "192.0.2.1"} <= bound
