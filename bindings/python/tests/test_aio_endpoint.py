"""Opening, sending through and closing an endpoint, and all that can be wrong with it."""

import asyncio
import gc
import os

import pytest

import libudp
import libudp.aio
from aio_support import LOOPBACK, Kernel, descriptor_is_free, new_loop, run, send, until, waiting  # noqa: F401
from libudp.aio import _endpoint

# ---- Opening ----


def test_endpoint_has_local_and_peer_address(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as server:
            async with await libudp.aio.open(remote=server.local_address) as client:
                assert client.peer_address == server.local_address
                assert server.peer_address is None
                assert server.local_address == server.socket.local_address
                assert repr(server) == f"<libudp.aio.Endpoint {server.socket!r}>"

    run(main())


@pytest.mark.usefixtures("six")
def test_open_without_family_uses_that_of_the_address(run):
    async def main():
        async with await libudp.aio.open(local=("::1", 0)) as server:
            async with await libudp.aio.open(remote=server.local_address) as client:
                await client.sendto(b"six")
                assert await server.recvfrom() == (b"six", client.local_address)

    run(main())


@pytest.mark.usefixtures("six")
def test_dual_endpoint_receives_from_both_families(run):
    async def main():
        async with await libudp.aio.open(local=("", 0), family="dual") as server:
            send(("127.0.0.1", server.local_address[1]), b"four")
            data, (host, _) = await server.recvfrom()
            return data, host

    assert run(main()) == (b"four", "127.0.0.1")


def test_endpoints_with_reuse_port_share_a_port(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK, reuse_port=True) as one:
            async with await libudp.aio.open(local=one.local_address, reuse_port=True):
                pass
            with pytest.raises(libudp.InUseError):
                await libudp.aio.open(local=one.local_address)

    run(main())


@pytest.mark.parametrize(
    ("error", "arguments"),
    [
        (libudp.AddressError, dict(local=("localhost", 0))),
        (libudp.AddressError, dict(remote=("localhost", 1))),
        (libudp.FamilyError, dict(local=("127.0.0.1", 0), family="ipv6")),
        (ValueError, dict(local=("127.0.0.1", 65536))),
        (ValueError, dict(family="ipv5")),
        (ValueError, dict(queue=0)),
        (TypeError, dict(queue=1.5)),
        (TypeError, dict(local=5)),
        (TypeError, dict(local=(b"127.0.0.1", 0))),
        (TypeError, dict(remote=("127.0.0.1", "53"))),
    ],
)
def test_open_with_invalid_arguments_raises(run, error, arguments):
    with pytest.raises(error):
        run(libudp.aio.open(**arguments))


def test_open_on_system_without_coalescing_works(run, monkeypatch):
    opened = []

    def old(*arguments, coalesce=False, **options):
        opened.append(coalesce)
        if coalesce:
            raise libudp.UnsupportedError(-28, "no such thing")
        return libudp.Socket(*arguments, **options)

    monkeypatch.setattr(libudp.aio._open, "Socket", old)

    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            return libudp.Offload.RECV in endpoint.get_stats().offloads

    assert run(main()) is False
    assert opened == [True, False]


def test_host_name_raises_error_except_in_resolve(run):
    assert run(libudp.aio.resolve("localhost", 80, "ipv4")) == ("127.0.0.1", 80)
    with pytest.raises(ValueError, match="family"):
        run(libudp.aio.resolve("localhost", 80, "ipv5"))


# ---- Sending ----


def test_sendto_returns_the_length_and_empty_datagrams_are_sent(run, receiver):
    async def main():
        async with await libudp.aio.open(remote=receiver.local_address) as endpoint:
            return [await endpoint.sendto(data) for data in (b"abc", b"", bytearray(b"de"), memoryview(b"fghi"))]

    assert run(main()) == [3, 0, 2, 4]
    assert [receiver.recvfrom()[0] for _ in range(4)] == [b"abc", b"", b"de", b"fghi"]


def test_send_batch_sends_all_datagrams(run, receiver):
    to = receiver.local_address

    async def main():
        async with await libudp.aio.open() as endpoint:
            return (
                await endpoint.send_batch_to([b"a", b"", b"c"], to),
                await endpoint.send_batch((data, to) for data in (b"d", b"e")),
                await endpoint.send_batch_to([], to),
            )

    assert run(main()) == (3, 2, 0)
    assert [receiver.recvfrom()[0] for _ in range(5)] == [b"a", b"", b"c", b"d", b"e"]


def test_send_batch_partial_returns_count_then_raises(run, receiver):
    packets = [(b"good", receiver.local_address), (bytes(70000), receiver.local_address)]

    async def main():
        async with await libudp.aio.open() as endpoint:
            sent = await endpoint.send_batch(packets)
            with pytest.raises(libudp.MessageSizeError):
                await endpoint.send_batch(packets[sent:])
            return sent

    assert run(main()) == 1


def test_sendto_with_full_buffer_waits_and_keeps_order(run, receiver, monkeypatch):
    kernel = Kernel(monkeypatch, _endpoint)

    async def main():
        async with await libudp.aio.open(remote=receiver.local_address) as endpoint:
            kernel.full = True
            tasks = [await waiting(endpoint.sendto(b"%d" % i)) for i in range(3)]
            tries = kernel.tried
            await until(lambda: kernel.tried > tries + 5)
            assert not any(task.done() for task in tasks)
            kernel.full = False
            return [await task for task in tasks]

    assert run(main()) == [1, 1, 1]
    assert [receiver.recvfrom()[0] for _ in range(3)] == [b"0", b"1", b"2"]


def test_send_batch_with_full_buffer_waits(run, receiver, monkeypatch):
    real, calls = libudp.Socket.send_batch_to, []

    def partial(self, datas, address=None):
        """Has room for two, then for none, and so on."""
        calls.append(len(datas))
        if len(calls) % 2 == 0:
            raise libudp.WouldBlockError(-8, "no room")
        return real(self, datas[:2], address)

    monkeypatch.setattr(libudp.Socket, "send_batch_to", partial)

    async def main():
        async with await libudp.aio.open(remote=receiver.local_address) as endpoint:
            return await endpoint.send_batch_to([b"%d" % i for i in range(6)])

    assert run(main()) == 6
    assert [receiver.recvfrom()[0] for _ in range(6)] == [b"%d" % i for i in range(6)]


def test_sendto_cancelled_while_waiting_sends_nothing(run, receiver, monkeypatch):
    kernel = Kernel(monkeypatch, _endpoint)

    async def main():
        async with await libudp.aio.open(remote=receiver.local_address) as endpoint:
            kernel.full = True
            first, second = await waiting(endpoint.sendto(b"never")), await waiting(endpoint.sendto(b"second"))
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            kernel.full = False
            await second

    run(main())
    assert receiver.recvfrom()[0] == b"second"


def test_sendto_with_invalid_arguments_raises(run):
    async def main():
        async with await libudp.aio.open() as endpoint:
            for error, arguments in [
                (TypeError, ("text", ("127.0.0.1", 1))),
                (TypeError, (b"", "127.0.0.1:1")),
                (TypeError, (b"", 5)),
                (ValueError, (b"", ("127.0.0.1", 65536))),
                (libudp.AddressError, (b"", ("localhost", 1))),
                (libudp.FamilyError, (b"", ("::1", 1))),
                (libudp.NotConnectedError, (b"",)),
                (libudp.MessageSizeError, (bytes(70000), ("127.0.0.1", 1))),
            ]:
                with pytest.raises(error):
                    await endpoint.sendto(*arguments)

    run(main())


# ---- The end ----


def test_closed_endpoint_raises_closed_error(run):
    async def main():
        endpoint = await libudp.aio.open(local=LOOPBACK)
        send(endpoint.local_address, b"forgotten")
        await until(lambda: endpoint.get_stats().buffered)
        assert not endpoint.closed
        endpoint.close()
        endpoint.close()
        assert endpoint.closed
        assert repr(endpoint) == "<libudp.aio.Endpoint closed>"
        for call in (
            endpoint.recvfrom,
            endpoint.recv_batch,
            lambda: endpoint.sendto(b"", ("127.0.0.1", 1)),
            lambda: endpoint.send_batch_to([b""], ("127.0.0.1", 1)),
            lambda: endpoint.send_batch([(b"", ("127.0.0.1", 1))]),
        ):
            with pytest.raises(libudp.ClosedError):
                await call()
        with pytest.raises(libudp.ClosedError):
            endpoint.get_stats()
        assert [datagram async for datagram in endpoint] == []

    run(main())


def test_close_ends_waiting_calls(run, receiver, monkeypatch):
    kernel = Kernel(monkeypatch, _endpoint)

    async def main():
        endpoint = await libudp.aio.open(remote=receiver.local_address)
        kernel.full = True
        tasks = [
            await waiting(call())
            for call in (endpoint.recvfrom, endpoint.recv_batch, lambda: endpoint.sendto(b"a"))
        ]
        tasks.append(await waiting(endpoint.sendto(b"b")))
        endpoint.close()
        kernel.full = False
        for task in tasks:
            with pytest.raises(libudp.ClosedError):
                await task

    run(main())


def test_recv_batch_with_invalid_count_raises(run):
    async def main():
        async with await libudp.aio.open() as endpoint:
            for error, most in [(ValueError, 0), (ValueError, -1), (TypeError, "1"), (TypeError, 1.0)]:
                with pytest.raises(error):
                    await endpoint.recv_batch(most)

    run(main())


def test_endpoint_close_after_loop_close_closes_descriptor(run):
    async def opened():
        return await libudp.aio.open(local=LOOPBACK)

    endpoint = run(opened())
    descriptor = endpoint.socket.fileno()
    assert not endpoint.closed
    endpoint.close()
    assert endpoint.closed
    assert descriptor_is_free(descriptor)


def test_receive_waiting_at_loop_close_ends(new_loop):
    loop = new_loop()

    async def main():
        endpoint = await libudp.aio.open(local=LOOPBACK)
        return endpoint, await waiting(endpoint.recvfrom())

    endpoint, task = loop.run_until_complete(main())
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        loop.run_until_complete(task)
    loop.close()
    endpoint.close()


def test_endpoint_used_on_other_loop_raises_runtime_error(run):
    async def opened():
        return await libudp.aio.open(local=LOOPBACK)

    endpoint = run(opened())
    with pytest.raises(RuntimeError, match="another event loop"):
        run(endpoint.recvfrom())
    endpoint.close()


def test_endpoint_not_closed_warns(run):
    async def opened():
        return await libudp.aio.open(local=LOOPBACK)

    endpoint = run(opened())
    descriptor = endpoint.socket.fileno()
    with pytest.warns(ResourceWarning, match="unclosed <libudp.aio.Endpoint"):
        del endpoint
        gc.collect()
    assert descriptor_is_free(descriptor)


def test_open_failure_leaves_no_descriptor(run):
    async def main():
        # The loop has its own descriptors by now.
        before = set(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else None
        with pytest.raises(libudp.AddressError):
            await libudp.aio.open(local=LOOPBACK, remote=("nobody", 1))
        return before is None or before == set(os.listdir("/proc/self/fd"))

    assert run(main())
