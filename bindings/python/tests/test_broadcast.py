"""Broadcast, on networks of the tests' own: none of it leaves the machine."""

import libudp
from conftest import SECONDS
from helpers import privately


@privately
def test_broadcast_sends_one_datagram_that_arrives():
    with libudp.Socket() as listener, libudp.Socket() as sender:
        listener.bind(("", 0))
        port = listener.local_address[1]
        assert sender.get_option(libudp.Option.BROADCAST) == 0
        assert sender.broadcast(bytearray(b"everybody"), port) == 1
        assert sender.get_option(libudp.Option.BROADCAST) == 1
        data, (host, _) = listener.recvfrom(timeout=SECONDS)
        assert (data, host) == (b"everybody", "192.0.2.1")
        try:
            listener.recvfrom(timeout=0)
        except libudp.WouldBlockError:
            return
        raise AssertionError("it was heard twice")


@privately
def test_sendto_broadcast_address_needs_the_option():
    with libudp.Socket() as listener, libudp.Socket() as sender:
        listener.bind(("", 0))
        to = ("192.0.2.255", listener.local_address[1])
        try:
            sender.sendto(b"x", to)
        except PermissionError as error:
            assert isinstance(error, libudp.AccessError) and error.errno
        else:
            raise AssertionError("no leave, and no error")
        sender.set_option(libudp.Option.BROADCAST, 1)
        sender.sendto(b"", to)
        assert listener.recvfrom(timeout=SECONDS)[0] == b""


@privately
def test_broadcast_reaches_every_socket_with_reuse_address():
    with libudp.Socket(reuse_address=True) as one, libudp.Socket(reuse_address=True) as other:
        one.bind(("", 0))
        other.bind(one.local_address)
        with libudp.Socket() as sender:
            sender.broadcast(b"x", one.local_address[1])
        assert one.recvfrom(timeout=SECONDS)[0] == other.recvfrom(timeout=SECONDS)[0] == b"x"


@privately
def test_broadcast_with_invalid_arguments_sends_nothing():
    with libudp.Socket() as sender, libudp.Socket("ipv6") as six:
        for socket, size, kind in (sender, 65508, libudp.MessageSizeError), (six, 1, libudp.FamilyError):
            try:
                socket.broadcast(bytes(size), 9)
            except kind:
                continue
            raise AssertionError(kind)
