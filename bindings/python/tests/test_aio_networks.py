"""libudp.aio on machines with many addresses, and what the path tells."""

import asyncio
import errno
import os
import select
import socket as stdlib

import pytest

import libudp
import libudp.aio
from aio_support import LOOPBACK, Recorder, ended, made, new_loop, run, until, waiting  # noqa: F401
from libudp import PacketInfo, Option


def nobody(socket):
    """An address where nobody listens: at this one only the socket could have its port, and has it elsewhere."""
    return "127.9.8.7", socket.local_address[1]


def is_calm(socket):
    """Whether the system has nothing to tell of a socket: a loop that watches it sleeps."""
    poll = select.poll()
    poll.register(socket.fileno(), select.POLLIN)
    return poll.poll(0) == []


async def hearing(**options):
    endpoint = await libudp.aio.open(local=LOOPBACK, **options)
    endpoint.socket.set_option(Option.RECV_ERRORS, 1)
    return endpoint


def test_reply_comes_from_the_address_that_was_asked(run):
    async def main():
        hosts = ["127.0.0.1", "127.0.0.2", "127.0.0.3"]
        async with await libudp.aio.open(local=("", 0), infos=True) as server:
            async with await libudp.aio.open(local=LOOPBACK) as client:
                port = server.local_address[1]
                for host in hosts:
                    await client.sendto(b"?", (host, port))
                    data, peer, info = await server.recvfrom_info()
                    assert (data, peer, info.local) == (b"?", client.local_address, host)
                    assert await server.reply(b"!", peer, info) == 1
                    assert await server.reply_batch([(b"!", peer, info)] * 2) == 2
                    assert [await client.recvfrom() for _ in range(3)] == [(b"!", (host, port))] * 3

    run(main())


def test_infos_stay_with_their_datagrams_after_other_receives(run):
    async def main():
        async with await libudp.aio.open(local=("", 0), infos=True) as server:
            with libudp.Socket() as client:
                for number in range(1, 8):
                    client.sendto(b"%d" % number, (f"127.0.0.{number}", server.local_address[1]))
            assert (await server.recvfrom())[0] == b"1"
            assert len(await server.recv_batch(2)) == 2
            async for data, _ in server:
                assert data == b"4"
                break
            data, _, info = await server.recvfrom_info()
            assert (data, info.local) == (b"5", "127.0.0.5")
            assert len(await server.recv_batch()) == 2
            with libudp.Socket() as client:
                client.sendto(b"8", ("127.0.0.8", server.local_address[1]))
            assert (await server.recvfrom_info())[2].local == "127.0.0.8"

    run(main())


def test_reply_without_info_names_the_option(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            await endpoint.sendto(b"?", endpoint.local_address)
            data, peer, info = await endpoint.recvfrom_info()
            assert info == PacketInfo()
            with pytest.raises(libudp.InvalidError, match="RECV_PKTINFO"):
                await endpoint.reply(data, peer, info)
            with pytest.raises(TypeError):
                await endpoint.reply(data, peer, ("127.0.0.1", 1))

    run(main())


def test_endpoint_socket_joins_a_group(run):
    async def main():
        async with await libudp.aio.open(local=("", 0)) as endpoint:
            assert endpoint.socket.join("239.1.2.3", "lo") == 1
            with libudp.Socket() as speaker:
                speaker.set_option(Option.MULTICAST_INTERFACE, 1)
                speaker.sendto(b"x", ("239.1.2.3", endpoint.local_address[1]))
            assert (await endpoint.recvfrom())[0] == b"x"

    run(main())


def test_recv_error_returns_the_peer(run):
    async def main():
        async with await hearing() as endpoint:
            address = nobody(endpoint.socket)
            # One that is there already, one that is waited for, one that a send comes upon.
            await endpoint.sendto(b"x", address)
            assert (await endpoint.recv_error()).peer == address
            hearer = await waiting(endpoint.recv_error())
            with libudp.Socket() as other:
                other.sendto(b"fine", endpoint.local_address)
            assert (await endpoint.recvfrom())[0] == b"fine"
            await endpoint.sendto(b"x", address)
            await endpoint.sendto(b"x", endpoint.local_address)
            told = await hearer
            assert isinstance(told.error, libudp.RefusedError) and told.peer == address
            # No receive failed for it.
            assert (await endpoint.recvfrom())[0] == b"x"

    run(main())


def test_path_error_without_reader_does_not_spin_the_loop(run):
    async def main():
        async with await hearing() as endpoint:
            for told_already in False, True:
                await endpoint.sendto(b"x", nobody(endpoint.socket))
                if told_already:
                    # Then no call fails any more, and only the queue is left to call the descriptor ready.
                    with stdlib.socket(fileno=os.dup(endpoint.socket.fileno())) as same:
                        assert same.getsockopt(stdlib.SOL_SOCKET, stdlib.SO_ERROR) == errno.ECONNREFUSED
                assert not is_calm(endpoint.socket)
                await until(lambda: is_calm(endpoint.socket))
            assert endpoint.get_stats().path_errors == 2
            assert (await endpoint.recv_error()).peer == nobody(endpoint.socket)

    run(main())


def test_recv_error_can_be_cancelled_and_ends_with_close(run):
    async def main():
        endpoint = await hearing()
        cancelled = await waiting(endpoint.recv_error())
        cancelled.cancel()
        with pytest.raises(asyncio.CancelledError):
            await cancelled
        hearer = await waiting(endpoint.recv_error())
        endpoint.close()
        for awaitable in hearer, endpoint.recv_error():
            with pytest.raises(libudp.ClosedError):
                await awaitable

    run(main())


def test_recv_error_without_option_raises_invalid_error(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            with pytest.raises(libudp.InvalidError, match="RECV_ERRORS"):
                await endpoint.recv_error()

    run(main())


def test_error_received_gets_path_errors_with_recv_errors_on(run):
    async def main():
        socket = libudp.Socket()
        socket.bind(LOOPBACK)
        socket.set_option(Option.RECV_ERRORS, 1)
        transport, protocol = await made(Recorder, sock=socket)
        address = nobody(socket)
        for number in range(1, 4):
            transport.sendto(b"x", address)
            # A second call at once takes the error out of the system's hands, and the loop hears nothing of it.
            transport.sendto(b"y", socket.local_address)
            await until(lambda: len(protocol.errors) == len(protocol.datagrams) == number)
            await until(lambda: is_calm(socket))
        assert {type(error) for error in protocol.errors} == {libudp.RefusedError}
        assert "127.9.8.7" in str(protocol.errors[0])
        await ended(transport, protocol)

    run(main())
