"""Groups: on loopback, and between two hosts of the tests' own. No membership is told to any other network."""

import socket as stdlib

import pytest

import libudp
from conftest import SECONDS
from helpers import example, neighbour, privately
from libudp import Option

GROUP, OTHER = "239.1.2.3", "239.1.2.4"


def listening(family="ipv4", port=0):
    socket = libudp.Socket(family, reuse_address=True)
    socket.bind(("", port))
    socket.settimeout(SECONDS)
    return socket


@pytest.fixture
def listener():
    with listening() as socket:
        yield socket


@pytest.fixture
def speaker():
    with libudp.Socket() as socket:
        socket.set_option(Option.MULTICAST_INTERFACE, libudp.interface_index("127.0.0.1"))
        yield socket


def test_join_receives_the_group_until_leave(listener, speaker):
    port = listener.local_address[1]
    assert listener.join(GROUP, "127.0.0.1") == 1
    speaker.sendto(b"one", (GROUP, port))
    assert listener.recvfrom()[0] == b"one"
    assert listener.leave(GROUP, "lo") == 1
    speaker.sendto(b"two", (GROUP, port))
    speaker.sendto(b"end", ("127.0.0.1", port))
    assert listener.recvfrom()[0] == b"end"


def test_group_not_joined_is_not_received(listener, speaker):
    with listening(port=listener.local_address[1]) as other:
        listener.join(GROUP, 1)
        other.join(OTHER, "lo")
        for group in GROUP, OTHER:
            speaker.sendto(group.encode(), (group, listener.local_address[1]))
        for socket, group in (listener, GROUP), (other, OTHER):
            assert socket.recvfrom()[0] == group.encode()
            with pytest.raises(libudp.WouldBlockError):
                socket.recvfrom(timeout=0)


def test_join_with_source_receives_that_source_only(listener):
    port = listener.local_address[1]
    assert listener.join(GROUP, "lo", "127.0.0.2") == listener.join(GROUP, "lo", "127.0.0.3") == 1
    for host in "127.0.0.1", "127.0.0.2", "127.0.0.3":
        with libudp.Socket() as socket:
            socket.bind((host, 0))
            socket.set_option(Option.MULTICAST_INTERFACE, 1)
            socket.sendto(host.encode(), (GROUP, port))
    assert [listener.recvfrom()[0] for _ in range(2)] == [b"127.0.0.2", b"127.0.0.3"]
    listener.leave(GROUP, "lo", "127.0.0.2")
    with pytest.raises(libudp.NotJoinedError):
        listener.leave(GROUP, "lo", "127.0.0.2")


def test_join_twice_works_and_leave_twice_raises(listener):
    assert listener.join(GROUP, "lo") == listener.join(GROUP, "lo") == listener.leave(GROUP) == 1
    with pytest.raises(libudp.NotJoinedError) as caught:
        listener.leave(GROUP, "lo")
    assert caught.value.name == "UDP_ERR_NOT_JOINED"


def test_multicast_options_can_be_set_and_read(speaker):
    assert (speaker.get_option(Option.MULTICAST_TTL), speaker.get_option(Option.MULTICAST_LOOP)) == (1, 1)
    assert speaker.set_option(Option.MULTICAST_TTL, 9) == speaker.get_option(Option.MULTICAST_TTL) == 9
    assert speaker.get_option(Option.MULTICAST_INTERFACE) == 1


@pytest.mark.parametrize(
    "arguments, kind",
    [
        (("192.0.2.1", "lo"), libudp.InvalidError),  # not a group
        (("<broadcast>", "lo"), libudp.InvalidError),
        (("all-hosts.example", "lo"), libudp.AddressError),
        (("", "lo"), libudp.AddressError),
        (("ff02::1", "lo"), libudp.FamilyError),
        ((GROUP, "lo", "::1"), libudp.FamilyError),
        ((GROUP, "lo", GROUP), libudp.InvalidError),
        ((GROUP, "lo", "somebody.example"), libudp.AddressError),
        ((GROUP, "no-such-one"), libudp.NoInterfaceError),
        ((GROUP, 999_999), libudp.NoInterfaceError),
        ((GROUP, 1.5), TypeError),
        ((GROUP, "lo", 7), TypeError),
        ((239, "lo"), TypeError),
        (((GROUP, 5), "lo"), TypeError),
    ],
)
def test_join_with_invalid_arguments_raises(listener, arguments, kind):
    for call in listener.join, listener.leave:
        with pytest.raises(kind):
            call(*arguments)


def test_join_on_closed_socket_raises_closed_error(listener):
    listener.close()
    for call in listener.join, listener.leave:
        with pytest.raises(libudp.ClosedError):
            call(GROUP, "lo")


@privately
def test_other_host_receives_each_group_once():
    with neighbour() as there:
        for family, group, host in ("ipv4", GROUP, "192.0.2.2"), ("ipv6", "ff02::4242", "fe80::2%here0"):
            with there(listening, family) as listener, libudp.Socket(family) as speaker:
                # Both of the other host's interfaces, but where IPv6 has no multicast on loopback.
                assert there(listener.join, group) >= 1
                speaker.set_option(Option.MULTICAST_INTERFACE, libudp.interface_index("here0"))
                port = listener.local_address[1]
                speaker.sendto(b"to all", (group, port))
                assert listener.recvfrom()[0] == b"to all"
                assert there(listener.leave, group, "there0") == 1
                speaker.sendto(b"to nobody", (group, port))
                speaker.sendto(b"end", (host, port))
                assert listener.recvfrom()[0] == b"end"


@privately
def test_join_with_scope_in_the_group_uses_that_interface():
    with neighbour() as there, there(listening, "ipv6") as listener, libudp.Socket("ipv6") as speaker:
        assert there(listener.join, "ff02::4242%there0") == 1
        speaker.sendto(b"to all", ("ff02::4242%here0", listener.local_address[1]))
        assert listener.recvfrom()[0] == b"to all"


@privately
def test_join_on_removed_interface_raises():
    network = example("private_network")
    with listening() as listener:
        number = libudp.interface_index("here0")
        listener.join(GROUP, number)
        with stdlib.socket(stdlib.AF_NETLINK, stdlib.SOCK_RAW, 0) as netlink:
            network.ask(netlink, 17, 0, network.link(number))  # RTM_DELLINK
        for call in listener.join, listener.leave:
            for interface in "here0", number:
                try:
                    call(GROUP, interface)
                except (libudp.NoInterfaceError, libudp.NotJoinedError):
                    continue
                raise AssertionError(f"{call} {interface}")
        # All others are there still.
        assert listener.join(GROUP) >= 1
