"""Replies from the address that was asked, broadcasts through one interface, and PacketInfo."""

import pytest

import libudp
from conftest import SECONDS
from helpers import neighbour, privately
from libudp import PacketInfo, Option


@pytest.fixture
def server():
    """A socket at all addresses, of which loopback has many."""
    with serving() as socket:
        yield socket


def serving(family="ipv4", coalesce=False):
    socket = libudp.Socket(family, coalesce=coalesce)
    socket.set_option(Option.RECV_PKTINFO, 1)
    socket.bind(("", 0))
    socket.settimeout(SECONDS)
    return socket


@pytest.mark.parametrize("coalesce", [False, True])
def test_reply_comes_from_the_address_that_was_asked(coalesce, sender):
    with serving(coalesce=coalesce) as server:
        port = server.local_address[1]
        for host in "127.0.0.1", "127.0.0.7", "127.8.9.10":
            sender.sendto(host.encode(), (host, port))
            data, peer, info = server.recvfrom_info()
            assert (data, peer, info.local, info.if_index) == (host.encode(), sender.local_address, host, 1)
            assert server.reply(data, peer, info) == len(data)
            assert sender.recvfrom() == (data, (host, port))


def test_reply_batch_answers_each_datagram(server, sender):
    hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
    for host in hosts:
        sender.sendto(b"?", (host, server.local_address[1]))
    batch = libudp.Batch(8, infos=True)
    server.recv_batch_into(batch)
    answers = [(datagram, batch.address(i), batch.info(i)) for i, datagram in enumerate(batch)]
    for answer in answers:
        server.reply(*answer)
    assert server.reply_batch(iter(answers)) == 3
    assert [sender.recvfrom()[1][0] for _ in 2 * hosts] == 2 * hosts
    assert server.reply_batch([]) == 0


def test_reply_batch_partial_returns_count(server, sender):
    good = (b"x", sender.local_address, PacketInfo(local="127.0.0.2"))
    bad = (b"x", sender.local_address, PacketInfo(local="192.0.2.200"))
    assert server.reply_batch([good, bad, good]) == 1
    with pytest.raises(libudp.NotLocalError):
        server.reply_batch([bad, good])
    for wrong, kind in (
        ((b"x", sender.local_address, None), TypeError),
        (("x", sender.local_address, good[2]), TypeError),
        ((b"x", "nowhere", good[2]), TypeError),
        ((b"x", sender.local_address), ValueError),
    ):
        with pytest.raises(kind):
            server.reply_batch([good, wrong])
    assert sender.recvfrom()[1][0] == "127.0.0.2"
    with pytest.raises(libudp.WouldBlockError):
        sender.recvfrom(timeout=0)


def test_reply_on_connected_socket_goes_to_its_peer(server, sender):
    sender.sendto(b"?", ("127.0.0.9", server.local_address[1]))
    _, peer, info = server.recvfrom_info()
    server.connect(peer)
    server.reply(b"!", None, info)
    assert sender.recvfrom()[1][0] == "127.0.0.9"


def test_reply_with_own_info_sends_from_its_address(server, sender):
    server.reply(b"x", sender.local_address, PacketInfo(local="127.0.0.5"))
    assert sender.recvfrom()[1] == ("127.0.0.5", server.local_address[1])


def test_reply_without_option_names_it(receiver, sender):
    sender.sendto(b"?", receiver.local_address)
    _, peer, info = receiver.recvfrom_info()
    assert info == PacketInfo()
    with pytest.raises(libudp.InvalidError, match="RECV_PKTINFO"):
        receiver.reply(b"!", peer, info)


def test_datagram_left_by_a_loop_has_empty_info(server, sender):
    sender.send_batch_to([b"one", b"two"], ("127.0.0.1", server.local_address[1]))
    for _ in server:
        break
    assert server.recvfrom_info() == (b"two", sender.local_address, PacketInfo())


def test_recvfrom_info_returns_info_for_every_size(server, sender):
    to = ("127.0.0.1", server.local_address[1])
    for data in b"", b"x", bytes(65507):
        sender.sendto(data, to)
        assert server.recvfrom_info()[0] == data
    sender.sendto(b"too long", to)
    with pytest.raises(libudp.TruncatedError) as caught:
        server.recvfrom_info(size=3)
    assert (caught.value.data, caught.value.length) == (b"too", 8)
    with pytest.raises(ValueError):
        server.recvfrom_info(size=-1)
    with pytest.raises(libudp.TimedOutError):
        server.recvfrom_info(timeout=0.01)


def test_reply_with_invalid_info_sends_nothing(server, sender):
    address = sender.local_address
    for info, kind in (
        (PacketInfo(local="192.0.2.200"), libudp.NotLocalError),  # not this machine's
        (PacketInfo(local="::1"), libudp.FamilyError),
        (PacketInfo(local="localhost"), libudp.AddressError),
        (PacketInfo(if_index=-1), ValueError),
        (PacketInfo(if_index=2**32 + 1), ValueError),
        (PacketInfo(if_index="lo"), TypeError),
        (("127.0.0.1", 1), TypeError),
        (None, TypeError),
    ):
        with pytest.raises(kind):
            server.reply(b"x", address, info)
    with pytest.raises(libudp.NotConnectedError):
        server.reply(b"x", None, PacketInfo(local="127.0.0.1"))
    server.close()
    with pytest.raises(libudp.ClosedError):
        server.reply(b"x", address, PacketInfo(local="127.0.0.1"))
    with pytest.raises(libudp.WouldBlockError):
        sender.recvfrom(timeout=0)


@privately
def test_reply_to_broadcast_comes_from_an_address_of_the_interface():
    with neighbour() as there, serving() as server, there(libudp.Socket) as client:
        port = server.local_address[1]
        there(client.broadcast, b"who?", port, "there0")
        client.settimeout(SECONDS)
        data, peer, info = server.recvfrom_info()
        assert info.local == "255.255.255.255" and peer[0] == "192.0.2.2"
        server.reply(data, peer, info)
        assert client.recvfrom() == (b"who?", ("192.0.2.1", port))


@privately
def test_reply_to_multicast_comes_from_an_address_of_the_interface():
    with neighbour() as there, serving("ipv6") as server, there(libudp.Socket, "ipv6") as client:
        server.join("ff02::4242", "here0")
        there(client.sendto, b"who?", ("ff02::4242%there0", server.local_address[1]))
        client.settimeout(SECONDS)
        data, peer, info = server.recvfrom_info()
        server.reply(data, peer, info)
        host, port = there(client.recvfrom)[1]
        assert host.startswith("fe80::") and host.endswith("%there0") and port == server.local_address[1]


@privately
def test_broadcast_with_interface_sends_through_it_only():
    with neighbour() as there, there(serving) as listener, libudp.Socket() as sender:
        port = listener.local_address[1]
        for interface in "here0", "192.0.2.1", libudp.interface_index("here0"), None, "", 0:
            assert sender.broadcast(b"x", port, interface) == 1
            assert listener.recvfrom()[1][0] == "192.0.2.1"
        for interface, kind in (
            ("lo", libudp.NoInterfaceError),
            ("no-such-one", libudp.NoInterfaceError),
            (99, libudp.NoInterfaceError),
            (1.5, TypeError),
        ):
            try:
                sender.broadcast(b"x", port, interface)
            except kind:
                continue
            raise AssertionError(interface)
