"""Receiving through an endpoint: order, batches, tasks that wait, cancellation, the bound of the queue."""

import asyncio

import pytest

import libudp
import libudp.aio
from aio_support import LOOPBACK, new_loop, run, send, until, waiting  # noqa: F401
from conftest import SECONDS

both = pytest.mark.parametrize("coalesce", [True, False])


def numbers(count):
    return [b"%d" % i for i in range(count)]


@both
def test_recvfrom_returns_datagrams_in_order_also_empty_ones(run, coalesce, sender):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK, coalesce=coalesce) as endpoint:
            for data in (b"one", b"", b"three"):
                sender.sendto(data, endpoint.local_address)
            return [await endpoint.recvfrom() for _ in range(3)]

    assert run(main()) == [(data, sender.local_address) for data in (b"one", b"", b"three")]


@both
def test_async_for_receives_until_endpoint_is_closed(run, coalesce):
    async def main():
        endpoint = await libudp.aio.open(local=LOOPBACK, coalesce=coalesce)
        send(endpoint.local_address, *numbers(100))
        got = []
        async for data, _ in endpoint:
            got.append(data)
            if len(got) == 100:
                endpoint.close()
        return got

    assert run(main()) == numbers(100)


def test_async_for_with_queued_datagrams_does_not_switch_tasks(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            send(endpoint.local_address, *numbers(100))
            await until(lambda: endpoint.get_stats().buffered == 100)
            switched = []
            asyncio.get_running_loop().call_soon(switched.append, True)
            got = 0
            async for _ in endpoint:
                got += 1
                if got == 100:
                    break
            return list(switched)

    assert run(main()) == []


def test_async_for_left_early_leaves_the_rest_queued(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            send(endpoint.local_address, *numbers(5))
            async for data, _ in endpoint:
                if data == b"1":
                    break
            first = (await endpoint.recvfrom())[0]
            return first, [data async for data, _ in limited(endpoint, 2)]

    async def limited(endpoint, count):
        for _ in range(count):
            yield await endpoint.recvfrom()

    assert run(main()) == (b"2", [b"3", b"4"])


def test_async_for_ends_when_another_task_closes_the_endpoint(run):
    async def every(endpoint):
        return [data async for data, _ in endpoint]

    async def main():
        endpoint = await libudp.aio.open(local=LOOPBACK)
        task = await waiting(every(endpoint))
        endpoint.close()
        return await task

    assert run(main()) == []


def test_recv_batch_returns_the_queue_up_to_max_datagrams(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            send(endpoint.local_address, *numbers(10))
            await until(lambda: endpoint.get_stats().buffered == 10)
            return [data for data, _ in await endpoint.recv_batch(3)], [data for data, _ in await endpoint.recv_batch()]

    assert run(main()) == (numbers(10)[:3], numbers(10)[3:])


def test_recv_batch_with_empty_queue_waits(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            task = await waiting(endpoint.recv_batch())
            send(endpoint.local_address, b"")
            return [data for data, _ in await task]

    assert run(main()) == [b""]


def test_coalesced_datagrams_are_received_singly(run, sender):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK, queue=100) as endpoint:
            assert sender.send_segments(b"x" * 64 * 500, 64, endpoint.local_address) == 500
            got = []
            while len(got) < 500:
                batch = await endpoint.recv_batch(7)
                assert len(batch) <= 7
                got += batch
            return got

    assert run(main()) == [(b"x" * 64, sender.local_address)] * 500


def test_waiting_receives_are_served_in_order(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            tasks = [await waiting(endpoint.recvfrom()) for _ in range(3)]
            send(endpoint.local_address, *numbers(3))
            return [(await task)[0] for task in tasks]

    assert run(main()) == numbers(3)


def test_receive_woken_without_datagram_waits_again(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            batch, single = await waiting(endpoint.recv_batch()), await waiting(endpoint.recvfrom())
            send(endpoint.local_address, b"a", b"b")
            taken = len(await batch)
            if taken == 2:
                send(endpoint.local_address, b"c")
            return (await single)[0]

    assert run(main()) in (b"b", b"c")


# ---- Cancellation ----


def test_receive_cancelled_loses_no_datagram(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            task = await waiting(endpoint.recvfrom())
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            send(endpoint.local_address, b"kept")
            return (await endpoint.recvfrom())[0]

    assert run(main()) == b"kept"


def test_receive_cancelled_after_wakeup_passes_datagram_on(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            first, second = await waiting(endpoint.recvfrom()), await waiting(endpoint.recvfrom())
            send(endpoint.local_address, b"kept")
            # What the loop calls when the socket can be read: the first task is told, and has not run since.
            endpoint._read()
            first.cancel()
            with pytest.raises(asyncio.CancelledError):
                await first
            return (await second)[0]

    assert run(main()) == b"kept"


def test_receive_cancelled_before_datagram_leaves_it(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            first, second = await waiting(endpoint.recvfrom()), await waiting(endpoint.recvfrom())
            send(endpoint.local_address, b"kept")
            first.cancel()
            endpoint._read()
            with pytest.raises(asyncio.CancelledError):
                await first
            return (await second)[0]

    assert run(main()) == b"kept"


def test_receive_timed_out_loses_no_datagram(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            with pytest.raises(asyncio.TimeoutError):
                await asyncio.wait_for(endpoint.recvfrom(), 0.001)
            send(endpoint.local_address, b"kept")
            return (await asyncio.wait_for(endpoint.recvfrom(), SECONDS))[0]

    assert run(main()) == b"kept"


# ---- The bound ----


@both
def test_queue_full_leaves_the_rest_in_the_system(run, coalesce):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK, queue=4, coalesce=coalesce) as endpoint:
            send(endpoint.local_address, *numbers(50))
            await until(lambda: endpoint._paused)
            assert len(endpoint._queue) == 4
            got = []
            async for data, _ in endpoint:
                assert len(endpoint._queue) <= 4
                got.append(data)
                if len(got) == 50:
                    return got, endpoint.get_stats().dropped

    assert run(main()) == (numbers(50), 0)


@both
def test_queue_full_counts_dropped_datagrams(run, coalesce):
    sent = 3000

    async def main():
        async with await libudp.aio.open(local=LOOPBACK, queue=16, coalesce=coalesce) as endpoint:
            endpoint.socket.set_option(libudp.Option.RECV_BUFFER, 65536)
            send(endpoint.local_address, *[b"x" * 100] * sent)
            await until(lambda: endpoint._paused)
            dropped = endpoint.get_stats().dropped
            got = 0
            while got < sent - dropped:
                got += len(await endpoint.recv_batch())
            # Nothing else is there.
            send(endpoint.local_address, b"last")
            last = await endpoint.recvfrom()
            return dropped, last[0], endpoint.get_stats().dropped

    dropped, last, in_the_end = run(main())
    assert 0 < dropped < sent - 16
    assert (last, in_the_end) == (b"last", dropped)


def test_get_stats_counts_the_queue_as_buffered(run):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            send(endpoint.local_address, b"ab", b"c")
            await until(lambda: endpoint.get_stats().buffered == 2)
            await endpoint.recvfrom()
            return endpoint.get_stats()

    stats = run(main())
    assert (stats.received, stats.received_bytes, stats.buffered, stats.dropped) == (2, 3, 1, 0)


# ---- Other tasks ----


def test_flood_lets_other_tasks_run(run, sender):
    async def main():
        async with await libudp.aio.open(local=LOOPBACK) as endpoint:
            turns = 0

            async def other():
                nonlocal turns
                while True:
                    turns += 1
                    await asyncio.sleep(0)

            task = asyncio.ensure_future(other())
            sender.connect(endpoint.local_address)
            got = 0
            for _ in range(20):
                before = turns
                sender.sendto(b"x")
                got += len(await endpoint.recv_batch())
                assert turns > before
            task.cancel()
            return got

    assert run(main()) == 20


# ---- Refused peers ----


def refused_address():
    with libudp.Socket() as socket:
        socket.bind(LOOPBACK)
        return socket.local_address


def test_refused_peer_raises_once_and_endpoint_works(run):
    address = refused_address()

    async def main():
        async with await libudp.aio.open(remote=address) as endpoint:
            task = await waiting(endpoint.recvfrom())
            await endpoint.sendto(b"anybody?")
            with pytest.raises(libudp.RefusedError):
                await task
            with libudp.Socket() as peer:
                peer.bind(address)
                peer.sendto(b"now I am here", endpoint.local_address)
                return (await endpoint.recvfrom())[0]

    assert run(main()) == b"now I am here"


def test_refusal_without_receive_is_raised_after_the_datagrams(run):
    async def main():
        with libudp.Socket() as peer:
            peer.bind(LOOPBACK)
            async with await libudp.aio.open(remote=peer.local_address) as endpoint:
                peer.sendto(b"first", endpoint.local_address)
                await until(lambda: endpoint.get_stats().buffered)
                peer.close()
                await endpoint.sendto(b"anybody?")
                await until(lambda: endpoint._error)
                assert (await endpoint.recvfrom())[0] == b"first"
                with pytest.raises(libudp.RefusedError):
                    await endpoint.recvfrom()
                await waiting(endpoint.recvfrom())

    with pytest.raises(libudp.ClosedError):
        run(closing(main))


async def closing(main):
    """The task that main leaves waiting ends with the endpoint."""
    before = asyncio.all_tasks()
    await main()
    for task in asyncio.all_tasks() - before:
        await task
