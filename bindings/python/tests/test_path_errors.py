"""What the path tells of datagrams that were sent."""

import errno
from threading import Thread

import pytest

import libudp
from conftest import SECONDS
from helpers import neighbour, privately
from libudp import Option


@pytest.fixture
def hearing(sender):
    sender.set_option(Option.RECV_ERRORS, 1)
    return sender


def nobody(sender):
    """Addresses where nobody listens: at these, only the sender could have its port, and has it elsewhere."""
    return [(f"127.9.8.{number}", sender.local_address[1]) for number in (1, 2)]


def test_recv_error_returns_each_refusal_and_no_call_fails(hearing, receiver):
    one, other = nobody(hearing)
    for address in one, other:
        assert hearing.sendto(b"x", address) == 1
    receiver.sendto(b"fine", hearing.local_address)
    assert hearing.recvfrom()[0] == b"fine"
    for address in one, other:
        told = hearing.recv_error()
        assert (told.peer, told.offender, told.mtu) == (address, address[0], 0)
        assert (told.icmp_type, told.icmp_code) == (3, 3)  # RFC 792: destination unreachable, port unreachable
        assert isinstance(told.error, ConnectionRefusedError) and isinstance(told.error, libudp.RefusedError)
        assert told.error.errno == errno.ECONNREFUSED and f"{address[0]}:{address[1]}" in str(told.error)
    with pytest.raises(libudp.WouldBlockError):
        hearing.recv_error(timeout=0)
    with pytest.raises(libudp.TimedOutError):
        hearing.recv_error(timeout=0.01)
    assert (hearing.get_stats().path_errors, hearing.get_stats().path_errors_lost) == (2, 0)


def test_recv_error_of_ipv6_peer_has_icmpv6_type(six):
    six.set_option(Option.RECV_ERRORS, 1)
    with libudp.Socket("ipv6") as gone:
        gone.bind(("::1", 0))
        address = gone.local_address
    six.sendto(b"x", address)
    told = six.recv_error()
    assert (told.peer, told.offender, told.icmp_type, told.icmp_code) == (address, "::1", 1, 4)  # RFC 4443


def test_wait_for_error_finds_a_path_error(hearing):
    hearing.sendto(b"x", nobody(hearing)[0])
    assert hearing.wait(read=False, error=True) == (False, False, True)
    assert hearing.wait(read=True, error=True).error
    hearing.recv_error()
    with pytest.raises(libudp.WouldBlockError):
        hearing.wait(error=True, timeout=0)


def test_path_error_queue_full_discards_and_counts_the_oldest(hearing):
    address = nobody(hearing)[0]
    for _ in range(1030):
        hearing.sendto(b"x", address)
        try:
            hearing.wait(timeout=0)
        except libudp.WouldBlockError:
            pass
    stats = hearing.get_stats()
    # ICMP of one machine has a limit of its own (net.ipv4.icmp_msgs_per_sec), but not on loopback.
    assert stats.path_errors == 1030 and stats.path_errors_lost == 6


def test_recv_error_without_option_raises_invalid_error(sender):
    with pytest.raises(libudp.InvalidError, match="RECV_ERRORS"):
        sender.recv_error()
    with pytest.raises(libudp.InvalidError, match="RECV_ERRORS"):
        sender.wait(error=True)


def test_close_ends_a_waiting_recv_error(hearing):
    caught = []

    def wait():
        try:
            hearing.recv_error()
        except libudp.ClosedError as error:
            caught.append(error)

    thread = Thread(target=wait)
    thread.start()
    hearing.close()
    thread.join(SECONDS)
    assert caught
    with pytest.raises(libudp.ClosedError):
        hearing.recv_error()


@privately
def test_datagram_above_path_mtu_reports_the_mtu():
    with neighbour(), libudp.Socket() as sender:
        sender.set_option(Option.RECV_ERRORS, 1)
        assert sender.set_option(Option.DONT_FRAGMENT, 1) == 1
        try:
            sender.sendto(bytes(2000), ("192.0.2.2", 9))
        except libudp.MessageSizeError:
            told = sender.recv_error(timeout=SECONDS)
            assert (type(told.error), told.peer[0], told.offender) == (libudp.MessageSizeError, "192.0.2.2", None)
            assert told.mtu == 1500
        else:
            raise AssertionError("it was sent")
        sender.connect(("192.0.2.2", 9))
        assert sender.get_option(Option.PATH_MTU) == 1500
        try:
            sender.set_option(Option.PATH_MTU, 1)
        except libudp.InvalidError:
            return
        raise AssertionError("it was set")


@pytest.mark.parametrize("option, value", [(Option.DONT_FRAGMENT, 1), (Option.PRIORITY, 5), (Option.BIND_INTERFACE, 1)])
def test_path_options_can_be_set_and_read(sender, option, value):
    assert sender.set_option(option, value) == sender.get_option(option) == value
    sender.sendto(b"x", sender.local_address)
    assert sender.recvfrom()[0] == b"x"


def test_bind_interface_to_unknown_index_raises(sender):
    with pytest.raises(libudp.NoInterfaceError):
        sender.set_option(Option.BIND_INTERFACE, 999_999)
