"""A DatagramProtocol on libudp's transport: what it is told, in which order, and what becomes of its mistakes."""

import asyncio
import time

import pytest

import libudp
from aio_support import LOOPBACK, Kernel, Recorder, ended, made, name_of, reported
from aio_support import new_loop, run, send, until  # noqa: F401
from libudp.aio import _transport


# ---- Receiving ----


@pytest.mark.parametrize("coalesce", [True, False])
def test_datagram_received_gets_datagrams_in_order_also_empty_ones(run, sender, coalesce):
    datas = [b"%d" % i for i in range(100)] + [b"", b"", b"end"]

    async def main():
        transport, protocol = await made(local_addr=LOOPBACK, coalesce=coalesce)
        for data in datas:
            sender.sendto(data, name_of(transport))
        await until(lambda: len(protocol.datagrams) == len(datas))
        return await ended(transport, protocol)

    protocol = run(main())
    assert protocol.datagrams == [(data, sender.local_address) for data in datas]
    assert protocol.told == ["made", ("lost", None)]


def test_coalesced_datagrams_are_delivered_singly_and_completely(run, sender):
    async def main():
        transport, protocol = await made()
        assert sender.send_segments(b"x" * 64 * 3000, 64, name_of(transport)) == 3000
        await until(lambda: len(protocol.datagrams) == 3000)
        return await ended(transport, protocol)

    assert run(main()).datagrams == [(b"x" * 64, sender.local_address)] * 3000


def test_slow_protocol_gets_all_coalesced_datagrams(run, sender):
    class Slow(Recorder):
        def datagram_received(self, data, address):
            super().datagram_received(data, address)
            if len(self.datagrams) == 1:
                # Longer than one turn of the loop may last; the rest of the batch is for another.
                end = time.monotonic() + 2 * _transport.SECONDS
                while time.monotonic() < end:
                    pass

    async def main():
        transport, protocol = await made(Slow)
        assert sender.send_segments(b"x" * 64 * 3000, 64, name_of(transport)) == 3000
        await until(lambda: len(protocol.datagrams) == 3000)
        await ended(transport, protocol)

    run(main())


def test_one_turn_of_the_loop_delivers_many_datagrams(run):
    async def main():
        transport, protocol = await made()
        turns = 0
        send(name_of(transport), *[b"x"] * 100)
        while len(protocol.datagrams) < 100:
            turns += 1
            await asyncio.sleep(0)
        await ended(transport, protocol)
        return turns

    # Not one for each datagram; how many it takes until the loop has looked is the loop's own.
    assert run(main()) < 20


def test_slow_protocol_lets_other_tasks_run(run):
    class Slow(Recorder):
        def datagram_received(self, data, address):
            super().datagram_received(data, address)
            end = time.monotonic() + 0.001
            while time.monotonic() < end:
                pass

    async def main():
        transport, protocol = await made(Slow)
        send(name_of(transport), *[b"x"] * 100)
        most = before = 0
        while before < 100:
            await asyncio.sleep(0)
            most = max(most, len(protocol.datagrams) - before)
            before = len(protocol.datagrams)
        await ended(transport, protocol)
        return most

    assert run(main()) <= _transport.FEW


def test_datagram_received_that_raises_is_reported_and_gets_the_next(run):
    class Fussy(Recorder):
        def datagram_received(self, data, address):
            super().datagram_received(data, address)
            if data == b"bad":
                raise ZeroDivisionError("do not like it")

    async def main():
        contexts = reported()
        transport, protocol = await made(Fussy)
        send(name_of(transport), b"good", b"bad", b"good", b"bad", b"good")
        await until(lambda: len(protocol.datagrams) == 5)
        assert not transport.is_closing()
        await ended(transport, protocol)
        return transport, protocol, contexts

    transport, protocol, contexts = run(main())
    assert [str(context["exception"]) for context in contexts] == ["do not like it"] * 2
    assert {(context["transport"], context["protocol"]) for context in contexts} == {(transport, protocol)}
    assert "datagram_received" in contexts[0]["message"]


def test_datagrams_after_keyboard_interrupt_are_delivered_later():
    class Interrupted(Recorder):
        def datagram_received(self, data, address):
            super().datagram_received(data, address)
            if data == b"1":
                raise KeyboardInterrupt

    # uvloop drops what asyncio keeps of an interrupted turn: here it is about the transport.
    loop = asyncio.new_event_loop()
    transport, protocol = loop.run_until_complete(made(Interrupted))
    send(name_of(transport), b"0", b"1", b"2", b"3")
    with pytest.raises(KeyboardInterrupt):
        loop.run_until_complete(until(lambda: len(protocol.datagrams) == 4))
    assert len(protocol.datagrams) == 2
    loop.run_until_complete(until(lambda: len(protocol.datagrams) == 4))
    loop.run_until_complete(ended(transport, protocol))
    loop.close()


def test_close_during_a_batch_ends_delivery(run):
    class Leaving(Recorder):
        def datagram_received(self, data, address):
            super().datagram_received(data, address)
            self.transport.close()

    async def main():
        transport, protocol = await made(Leaving)
        send(name_of(transport), b"first", b"second")
        await until(lambda: transport._socket is None)
        return protocol

    protocol = run(main())
    assert [data for data, _ in protocol.datagrams] == [b"first"]
    assert protocol.told == ["made", ("lost", None)]


def test_set_protocol_redirects_the_next_datagram(run):
    second = Recorder()

    class First(Recorder):
        def datagram_received(self, data, address):
            super().datagram_received(data, address)
            self.transport.set_protocol(second)

    async def main():
        transport, protocol = await made(First)
        send(name_of(transport), b"first", b"second")
        await until(lambda: second.datagrams)
        assert transport.get_protocol() is second
        await ended(transport, protocol)
        return protocol

    assert [data for data, _ in run(main()).datagrams] == [b"first"]
    assert [data for data, _ in second.datagrams] == [b"second"]
    assert second.told == [("lost", None)]


def test_error_received_gets_refusal_and_transport_works(run):
    with libudp.Socket() as nobody:
        nobody.bind(LOOPBACK)
        address = nobody.local_address

    async def main():
        transport, protocol = await made(remote_addr=address)
        transport.sendto(b"anybody?")
        await until(lambda: protocol.errors)
        with libudp.Socket() as peer:
            peer.bind(address)
            peer.sendto(b"now I am here", name_of(transport))
            await until(lambda: protocol.datagrams)
        return await ended(transport, protocol)

    protocol = run(main())
    assert [type(error) for error in protocol.errors] == [libudp.RefusedError]
    assert protocol.datagrams == [(b"now I am here", address)]


def test_exceptions_of_other_protocol_calls_are_reported(run, receiver, monkeypatch):
    class Clumsy(Recorder):
        def error_received(self, error):
            super().error_received(error)
            raise ZeroDivisionError("error_received")

        def pause_writing(self):
            raise ZeroDivisionError("pause_writing")

        def resume_writing(self):
            super().resume_writing()
            raise ZeroDivisionError("resume_writing")

    kernel = Kernel(monkeypatch, _transport)

    async def main():
        contexts = reported()
        transport, protocol = await made(Clumsy, remote_addr=receiver.local_address)
        transport.sendto(bytes(70000))
        transport.set_write_buffer_limits(0)
        kernel.full = True
        transport.sendto(b"late")
        kernel.full = False
        await until(lambda: "resume" in protocol.told)
        await ended(transport, protocol)
        return [str(context["exception"]) for context in contexts]

    assert run(main()) == ["error_received", "pause_writing", "resume_writing"]
