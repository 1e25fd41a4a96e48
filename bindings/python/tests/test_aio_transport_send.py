"""Sending through libudp's transport, back-pressure, and the transport's end."""

import pytest

import libudp
from aio_support import LOOPBACK, Kernel, ended, made, new_loop, run, until  # noqa: F401
from libudp.aio import _transport


def test_sendto_sends_bytes_like_objects_also_empty_ones(run, receiver):
    async def main():
        transport, protocol = await made(local_addr=LOOPBACK)
        for data in (b"a", b"", bytearray(b"b"), memoryview(b"cd")[::1]):
            transport.sendto(data, receiver.local_address)
        await ended(transport, protocol)

    run(main())
    assert [receiver.recvfrom()[0] for _ in range(4)] == [b"a", b"", b"b", b"cd"]


def test_sendto_with_full_buffer_keeps_order_and_pauses_protocol(run, receiver, monkeypatch):
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


def test_close_sends_buffered_datagrams_first(run, receiver, monkeypatch):
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


def test_abort_discards_buffered_datagrams(run, receiver, monkeypatch):
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


def test_sendto_too_large_calls_error_received(run, receiver, monkeypatch):
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


def test_sendto_with_invalid_arguments_raises_and_transport_works(run, receiver):
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


def test_sendto_other_than_remote_address_raises_value_error(run, receiver, sender):
    async def main():
        transport, protocol = await made(remote_addr=receiver.local_address)
        with pytest.raises(ValueError, match="must be None or"):
            transport.sendto(b"", sender.local_address)
        transport.sendto(b"to it", receiver.local_address)
        await ended(transport, protocol)

    run(main())
    assert receiver.recvfrom()[0] == b"to it"


# ---- The end ----


def test_close_twice_and_later_sends_only_warn(run, receiver, caplog):
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
