"""A DatagramProtocol on libudp's transport: what it is told, in which order, and what becomes of its mistakes."""

import asyncio
import time

import pytest

import libudp
import libudp.aio
from aio_support import LOOPBACK, Kernel, new_loop, run, send, until  # noqa: F401
from libudp.aio import _transport


class Recorder(asyncio.DatagramProtocol):
    """Writes down what it is told."""

    def __init__(self):
        self.told, self.datagrams, self.errors = [], [], []

    def connection_made(self, transport):
        self.transport = transport
        self.told.append("made")

    def datagram_received(self, data, address):
        self.datagrams.append((data, address))

    def error_received(self, error):
        self.errors.append(error)

    def pause_writing(self):
        self.told.append("pause")

    def resume_writing(self):
        self.told.append("resume")

    def connection_lost(self, error):
        self.told.append(("lost", error))


async def made(factory=Recorder, **options):
    """A transport and its protocol, bound to loopback if nothing else is said."""
    options = options or dict(local_addr=LOOPBACK)
    return await libudp.aio.create_datagram_endpoint(asyncio.get_running_loop(), factory, **options)


async def ended(transport, protocol):
    transport.close()
    await until(lambda: transport._socket is None)
    return protocol


def name_of(transport):
    return transport.get_extra_info("sockname")


def reported():
    """The loop's reports of exceptions, from now on."""
    contexts = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: contexts.append(context))
    return contexts


# ---- Receiving ----


@pytest.mark.parametrize("coalesce", [True, False])
def test_datagrams_come_in_order_and_empty_ones_too(run, sender, coalesce):
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


def test_joined_datagrams_come_singly_and_none_is_left_behind(run, sender):
    async def main():
        transport, protocol = await made()
        assert sender.send_segments(b"x" * 64 * 3000, 64, name_of(transport)) == 3000
        await until(lambda: len(protocol.datagrams) == 3000)
        return await ended(transport, protocol)

    assert run(main()).datagrams == [(b"x" * 64, sender.local_address)] * 3000


def test_many_datagrams_are_handed_out_when_the_loop_comes_by_once(run):
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


def test_a_slow_protocol_leaves_other_tasks_their_turns(run):
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


def test_a_protocol_that_raises_is_reported_and_gets_the_next_datagram(run):
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


def test_after_an_interrupt_a_loop_that_goes_on_has_the_rest():
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


def test_close_in_the_midst_of_a_batch_is_the_end(run):
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


def test_another_protocol_gets_the_next_datagram(run):
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


def test_a_refused_peer_is_told_and_the_transport_goes_on(run):
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


def test_mistakes_in_the_other_calls_are_reported_too(run, receiver, monkeypatch):
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


# ---- Sending ----


def test_sendto_sends_at_once_also_empty_datagrams_and_all_that_is_bytes_like(run, receiver):
    async def main():
        transport, protocol = await made(local_addr=LOOPBACK)
        for data in (b"a", b"", bytearray(b"b"), memoryview(b"cd")[::1]):
            transport.sendto(data, receiver.local_address)
        await ended(transport, protocol)

    run(main())
    assert [receiver.recvfrom()[0] for _ in range(4)] == [b"a", b"", b"b", b"cd"]


def test_what_the_system_has_no_room_for_waits_in_order_and_the_protocol_pauses(run, receiver, monkeypatch):
    kernel = Kernel(monkeypatch, _transport)

    async def main():
        transport, protocol = await made(remote_addr=receiver.local_address)
        transport.set_write_buffer_limits(high=30, low=10)
        assert transport.get_write_buffer_limits() == (10, 30)
        kernel.full = True
        data = bytearray(b"0")
        transport.sendto(data)
        data[:] = b"?"
        transport.sendto(b"")
        assert (transport.get_write_buffer_size(), protocol.told) == (17, ["made"])
        transport.sendto(b"123456")
        assert (transport.get_write_buffer_size(), protocol.told) == (31, ["made", "pause"])
        kernel.full = False
        await until(lambda: "resume" in protocol.told)
        assert transport.get_write_buffer_size() == 0
        return await ended(transport, protocol)

    assert run(main()).told == ["made", "pause", "resume", ("lost", None)]
    assert [receiver.recvfrom()[0] for _ in range(3)] == [b"0", b"", b"123456"]


def test_close_sends_what_waits_first(run, receiver, monkeypatch):
    kernel = Kernel(monkeypatch, _transport)

    async def main():
        transport, protocol = await made(remote_addr=receiver.local_address)
        kernel.full = True
        transport.sendto(b"waits")
        transport.close()
        assert transport.is_closing()
        tries = kernel.tried
        await until(lambda: kernel.tried > tries + 3)
        assert protocol.told == ["made"]
        kernel.full = False
        await until(lambda: transport._socket is None)
        return protocol

    assert run(main()).told == ["made", ("lost", None)]
    assert receiver.recvfrom()[0] == b"waits"


def test_abort_forgets_what_waits(run, receiver, monkeypatch):
    kernel = Kernel(monkeypatch, _transport)

    async def main():
        transport, protocol = await made(remote_addr=receiver.local_address)
        kernel.full = True
        transport.sendto(b"waits")
        transport.abort()
        transport.abort()
        assert transport.is_closing() and transport.get_write_buffer_size() == 0
        kernel.full = False
        await until(lambda: transport._socket is None)
        return protocol

    assert run(main()).told == ["made", ("lost", None)]
    with pytest.raises(libudp.WouldBlockError):
        receiver.recvfrom(timeout=0)


def test_what_is_too_large_is_told_to_the_protocol_now_or_later(run, receiver, monkeypatch):
    kernel = Kernel(monkeypatch, _transport)

    async def main():
        transport, protocol = await made(remote_addr=receiver.local_address)
        transport.sendto(bytes(70000))
        assert [type(error) for error in protocol.errors] == [libudp.MessageSizeError]
        kernel.full = True
        transport.sendto(bytes(70000))
        transport.sendto(b"next")
        kernel.full = False
        await until(lambda: not transport.get_write_buffer_size())
        return await ended(transport, protocol)

    assert [type(error) for error in run(main()).errors] == [libudp.MessageSizeError] * 2
    assert receiver.recvfrom()[0] == b"next"


def test_sendto_refuses_what_is_wrong_and_the_transport_goes_on(run, receiver):
    async def main():
        transport, protocol = await made()
        for error, arguments in [
            (TypeError, ("text", receiver.local_address)),
            (TypeError, (b"", 5)),
            (TypeError, (b"", ("127.0.0.1", "53"))),
            (ValueError, (b"", ("127.0.0.1", 65536))),
            (libudp.AddressError, (b"", ("localhost", 1))),
        ]:
            with pytest.raises(error):
                transport.sendto(*arguments)
        transport.sendto(b"no address")
        assert [type(error) for error in protocol.errors] == [libudp.NotConnectedError]
        transport.sendto(b"fine", receiver.local_address)
        assert not transport.is_closing()
        for limits in [(1, 2), (-1, None), (None, -1)]:
            with pytest.raises(ValueError, match="high"):
                transport.set_write_buffer_limits(*limits)
        await ended(transport, protocol)

    run(main())
    assert receiver.recvfrom()[0] == b"fine"


def test_a_transport_with_a_peer_sends_to_no_other(run, receiver, sender):
    async def main():
        transport, protocol = await made(remote_addr=receiver.local_address)
        with pytest.raises(ValueError, match="must be None or"):
            transport.sendto(b"", sender.local_address)
        transport.sendto(b"to it", receiver.local_address)
        await ended(transport, protocol)

    run(main())
    assert receiver.recvfrom()[0] == b"to it"


# ---- The end ----


def test_close_twice_and_sends_after_it_do_nothing_but_a_warning(run, receiver, caplog):
    async def main():
        transport, protocol = await made()
        transport.close()
        transport.close()
        transport.abort()
        assert transport.is_closing()
        for _ in range(10):
            transport.sendto(b"late", receiver.local_address)
        await until(lambda: transport._socket is None)
        transport.sendto(b"later", receiver.local_address)
        assert repr(transport) == "<libudp.aio.DatagramTransport closed>"
        return protocol

    assert run(main()).told == ["made", ("lost", None)]
    assert {record.getMessage() for record in caplog.records} == {"socket.send() raised exception."}
    with pytest.raises(libudp.WouldBlockError):
        receiver.recvfrom(timeout=0)
