"""create_datagram_endpoint: its arguments, the addresses that a protocol sees, and the end of the loop."""

import asyncio
import gc
import socket as stdlib
import sys

import pytest

import libudp
import libudp.aio
from libudp import socket as dropin
from aio_support import LOOPBACK, Recorder, descriptor_is_free, ended, made, name_of  # noqa: F401
from aio_support import new_loop, run, send, until  # noqa: F401


class Echo(asyncio.DatagramProtocol):
    """As in asyncio's documentation."""

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        self.transport.sendto(data, address)


def test_protocol_of_asyncio_documentation_works(run, sender):
    async def main():
        loop = asyncio.get_running_loop()
        transport, _ = await libudp.aio.create_datagram_endpoint(loop, lambda: Echo(), local_addr=LOOPBACK)
        try:
            await loop.run_in_executor(None, sender.sendto, b"hello", name_of(transport))
            return await loop.run_in_executor(None, sender.recvfrom)
        finally:
            transport.close()
            await until(lambda: transport._socket is None)

    assert run(main())[0] == b"hello"


def test_loop_none_uses_the_running_loop(run):
    async def main():
        transport, protocol = await libudp.aio.create_datagram_endpoint(None, Recorder, LOOPBACK)
        assert protocol.told == ["made"] and protocol.transport is transport
        await ended(transport, protocol)

    run(main())


def test_extra_info_equals_that_of_asyncio(run, receiver):
    async def main():
        transport, protocol = await made(remote_addr=receiver.local_address)
        view = transport.get_extra_info("socket")
        assert name_of(transport) == view.getsockname() == transport._socket.local_address
        assert transport.get_extra_info("peername") == view.getpeername() == receiver.local_address
        assert transport.get_extra_info("nothing", 5) == 5
        assert (view.family, view.type) == (stdlib.AF_INET, stdlib.SOCK_DGRAM)
        assert view.fileno() == transport._socket.fileno()
        view.setsockopt(stdlib.SOL_SOCKET, stdlib.SO_BROADCAST, 1)
        assert view.getsockopt(stdlib.SOL_SOCKET, stdlib.SO_BROADCAST) == 1
        assert len(view.getsockopt(stdlib.SOL_SOCKET, stdlib.SO_BROADCAST, 4)) == 4
        assert transport._socket.get_option(libudp.Option.BROADCAST) == 1
        assert "view of" in repr(view) and "Socket" in repr(transport)
        await ended(transport, protocol)
        assert view.fileno() == -1

    run(main())


def test_extra_info_without_peer_has_no_peername(run):
    async def main():
        transport, protocol = await made()
        assert transport.get_extra_info("peername") is None
        with pytest.raises(OSError):
            transport.get_extra_info("socket").getpeername()
        await ended(transport, protocol)

    run(main())


@pytest.mark.usefixtures("six")
def test_ipv6_addresses_have_four_items_and_replies_arrive(run):
    async def main():
        server, _ = await made(Echo, local_addr=("::1", 0))
        client, protocol = await made(remote_addr=name_of(server)[:2])
        assert len(name_of(server)) == 4 and name_of(client)[2:] == (0, 0)
        client.sendto(b"six", name_of(server))
        await until(lambda: protocol.datagrams)
        assert protocol.datagrams == [(b"six", name_of(server))]
        await ended(client, protocol)
        await ended(server, None)

    run(main())


@pytest.mark.usefixtures("six")
def test_ipv6_endpoint_shows_ipv4_peers_as_mapped_addresses(run, sender):
    async def main():
        transport, protocol = await made(local_addr=("::", 0))
        sender.sendto(b"four", ("127.0.0.1", name_of(transport)[1]))
        await until(lambda: protocol.datagrams)
        transport.sendto(b"back", protocol.datagrams[0][1])
        return await ended(transport, protocol)

    host, port = sender.local_address
    assert run(main()).datagrams == [(b"four", (f"::ffff:{host}", port, 0, 0))]
    assert sender.recvfrom()[0] == b"back"


def test_create_datagram_endpoint_looks_names_up(run):
    async def main():
        server, protocol = await made(local_addr=("localhost", 0), family=stdlib.AF_INET)
        client, other = await made(remote_addr=("localhost", name_of(server)[1]), family=stdlib.AF_INET)
        client.sendto(b"by name")
        await until(lambda: protocol.datagrams)
        await ended(client, other)
        return await ended(server, protocol)

    assert run(main()).datagrams[0][0] == b"by name"


def test_family_without_addresses_opens_an_unbound_endpoint(run, receiver):
    async def main():
        transport, protocol = await made(family=stdlib.AF_INET)
        transport.sendto(b"hello", receiver.local_address)
        await ended(transport, protocol)

    run(main())
    assert receiver.recvfrom()[0] == b"hello"


def test_reuse_port_shares_the_port(run):
    async def main():
        one, first = await made(local_addr=LOOPBACK, reuse_port=True)
        two, second = await made(local_addr=name_of(one), reuse_port=True)
        with pytest.raises(libudp.InUseError):
            await made(local_addr=name_of(one))
        await ended(one, first)
        await ended(two, second)

    run(main())


def test_allow_broadcast_with_remote_receives_from_all_peers(run, receiver, sender):
    async def main():
        transport, protocol = await made(
            local_addr=LOOPBACK, remote_addr=receiver.local_address, allow_broadcast=True
        )
        assert transport.get_extra_info("peername") is None
        assert transport._socket.get_option(libudp.Option.BROADCAST) == 1
        transport.sendto(b"out")
        sender.sendto(b"in", name_of(transport))
        await until(lambda: protocol.datagrams)
        return await ended(transport, protocol)

    assert run(main()).datagrams == [(b"in", sender.local_address)]
    assert receiver.recvfrom()[0] == b"out"


def test_sock_with_unread_datagrams_delivers_them(run, sender):
    async def main():
        socket = libudp.Socket(coalesce=True)
        socket.bind(LOOPBACK)
        for data in (b"0", b"1", b"2"):
            sender.sendto(data, socket.local_address)
        # The loop takes all three and hands out one; the library and the kernel have the next ones.
        for _ in socket:
            break
        assert sender.send_segments(b"ab" * 40, 2, socket.local_address) == 40
        transport, protocol = await made(sock=socket)
        await until(lambda: len(protocol.datagrams) == 42)
        await ended(transport, protocol)
        assert socket.closed
        return [data for data, _ in protocol.datagrams]

    assert run(main()) == [b"1", b"2"] + [b"ab"] * 40


@pytest.mark.parametrize(
    ("error", "options"),
    [
        (ValueError, dict(family=0)),
        (ValueError, dict(family=1, local_addr=("a", 1))),
        (ValueError, dict(proto=6, local_addr=LOOPBACK)),
        (TypeError, dict(local_addr="127.0.0.1:80")),
        (TypeError, dict(local_addr=["127.0.0.1", 80])),
        (TypeError, dict(remote_addr=("127.0.0.1", 80, 0))),
        (ValueError, dict(local_addr=("127.0.0.1", 0), remote_addr=("::1", 1))),
        (ValueError, dict(local_addr=("127.0.0.1", 65536))),
        (OSError, dict(local_addr=("192.0.2.1", 0))),
        (TypeError, dict(sock=5)),
    ],
)
def test_create_datagram_endpoint_with_invalid_arguments_raises(run, error, options):
    with pytest.raises(error):
        run(made(**options))


def test_sock_with_other_arguments_raises_value_error(run):
    with libudp.Socket() as socket:
        with pytest.raises(ValueError, match="reuse_port=True"):
            run(made(sock=socket, reuse_port=True))
        assert not socket.closed


def test_protocol_factory_that_raises_leaves_no_descriptor(run):
    with libudp.Socket() as socket:
        with pytest.raises(ZeroDivisionError):
            run(made(lambda: 1 / 0, sock=socket))
        assert socket.closed


def test_connection_made_that_raises_is_reported_and_endpoint_works(run):
    class Unwell(Recorder):
        def connection_made(self, transport):
            raise ZeroDivisionError

    async def main():
        contexts = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: contexts.append(context))
        transport, protocol = await made(Unwell)
        send(name_of(transport), b"still")
        await until(lambda: protocol.datagrams)
        await ended(transport, protocol)
        return contexts

    assert [type(context["exception"]) for context in run(main())] == [ZeroDivisionError]


# ---- The end of the loop ----


@pytest.mark.parametrize("end", ["close", "abort"])
def test_transport_close_after_loop_close_closes_descriptor(run, end):
    transport, protocol = run(made())
    descriptor = transport._socket.fileno()
    getattr(transport, end)()
    getattr(transport, end)()
    assert transport.is_closing() and descriptor_is_free(descriptor)
    transport.sendto(b"", ("127.0.0.1", 1))
    # Nobody is left to call it.
    assert protocol.told == ["made"]


def test_transport_not_closed_warns(run):
    # A protocol that holds the transport is collected with it in no order, and the socket might be told of first.
    made_ones = run(made(asyncio.DatagramProtocol))
    descriptor = made_ones[0]._socket.fileno()
    with pytest.warns(ResourceWarning, match="unclosed transport <libudp.aio.DatagramTransport"):
        del made_ones
        gc.collect()
    assert descriptor_is_free(descriptor)


def test_create_datagram_endpoint_cancelled_leaves_no_descriptor(run):
    async def main():
        with libudp.Socket() as socket:
            task = asyncio.ensure_future(made(sock=socket))
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await until(lambda: socket.closed)

    run(main())


@pytest.mark.skipif(sys.platform == "win32", reason="the loop of Windows has add_reader only when asked for")
def test_loop_in_debug_mode_reports_nothing(run, caplog):
    async def main():
        asyncio.get_running_loop().set_debug(True)
        transport, protocol = await made()
        send(name_of(transport), b"x")
        await until(lambda: protocol.datagrams)
        await ended(transport, protocol)

    run(main())
    assert not [record for record in caplog.records if record.levelname in ("WARNING", "ERROR")]


@pytest.mark.parametrize("kind", [stdlib.socket, dropin.socket], ids=["socket", "libudp.socket"])
@pytest.mark.parametrize("family, host", [(stdlib.AF_INET, "127.0.0.1"), (stdlib.AF_INET6, "::1")])
def test_sock_of_pythons_kind_keeps_address_groups_and_options(run, kind, family, host):
    async def main():
        sock = kind(family, stdlib.SOCK_DGRAM)
        sock.setsockopt(stdlib.SOL_SOCKET, stdlib.SO_REUSEADDR, 1)
        sock.setsockopt(stdlib.IPPROTO_IP, stdlib.IP_TTL, 33)
        try:
            sock.bind((host, 0))
        except OSError as error:
            pytest.skip(f"no {host} here: {error}")
        name = sock.getsockname()
        loop = asyncio.get_running_loop()
        transport, protocol = await libudp.aio.create_datagram_endpoint(loop, Recorder, sock=sock)
        view = transport.get_extra_info("socket")
        assert transport.get_extra_info("sockname") == name
        assert view.getsockopt(stdlib.SOL_SOCKET, stdlib.SO_REUSEADDR) == 1
        assert view.getsockopt(stdlib.IPPROTO_IP, stdlib.IP_TTL) == 33
        with stdlib.socket(family, stdlib.SOCK_DGRAM) as peer:
            peer.bind((host, 0))
            peer.settimeout(20)
            peer.sendto(b"ping", name)
            await until(lambda: protocol.datagrams)
            transport.sendto(b"pong", peer.getsockname())
            data, sender = await loop.run_in_executor(None, peer.recvfrom, 16)
            assert (data, sender) == (b"pong", name)
        transport.close()
        await until(lambda: transport._socket is None)
        assert sock.fileno() == -1, "the transport closes the socket that it was given, as asyncio's does"

    run(main())


def test_sock_of_a_group_member_receives_from_the_group(run):
    async def main():
        group = "239.255.77.78"
        with stdlib.socket(stdlib.AF_INET, stdlib.SOCK_DGRAM) as sender:
            sender.setsockopt(stdlib.IPPROTO_IP, stdlib.IP_MULTICAST_IF, stdlib.inet_aton("127.0.0.1"))
            sock = stdlib.socket(stdlib.AF_INET, stdlib.SOCK_DGRAM)
            sock.bind(("", 0))
            member = stdlib.inet_aton(group) + stdlib.inet_aton("127.0.0.1")
            sock.setsockopt(stdlib.IPPROTO_IP, stdlib.IP_ADD_MEMBERSHIP, member)
            port = sock.getsockname()[1]
            transport, protocol = await libudp.aio.create_datagram_endpoint(None, Recorder, sock=sock)
            sender.sendto(b"to the group", (group, port))
            await until(lambda: protocol.datagrams)
            transport.close()
            await until(lambda: transport._socket is None)

    run(main())


def test_sock_that_is_no_udp_socket_raises_and_stays_open(run):
    async def main():
        with stdlib.socket() as stream:
            with pytest.raises(ValueError, match="datagram socket was expected"):
                await libudp.aio.create_datagram_endpoint(None, Recorder, sock=stream)
            assert stream.fileno() >= 0
        with pytest.raises(TypeError, match="libudp.Socket or a socket.socket"):
            await libudp.aio.create_datagram_endpoint(None, Recorder, sock=3)

    run(main())
