"""Waiting, and for how long."""

import errno
from time import monotonic

import pytest

import libudp
from libudp._native.calls import MAX_TIMEOUT_MS, milliseconds


def test_timeout_0_and_expired_timeout_raise_different_errors(receiver):
    with pytest.raises(libudp.WouldBlockError) as caught:
        receiver.recvfrom(timeout=0)
    assert isinstance(caught.value, BlockingIOError) and caught.value.errno == errno.EAGAIN
    with pytest.raises(libudp.TimedOutError) as caught:
        receiver.recvfrom(timeout=0.001)
    assert isinstance(caught.value, TimeoutError) and caught.value.errno == errno.ETIMEDOUT


@pytest.mark.parametrize("call", ["recvfrom", "recvfrom_text", "wait"])
def test_timeout_is_never_shorter_than_given(receiver, call):
    begin = monotonic()
    with pytest.raises(TimeoutError):
        getattr(receiver, call)(timeout=0.03)
    assert monotonic() - begin >= 0.03


@pytest.mark.parametrize("call", ["recvfrom", "recvfrom_text", "wait"])
def test_timeout_of_socket_is_the_default(receiver, call):
    receiver.settimeout(0)
    with pytest.raises(BlockingIOError):
        getattr(receiver, call)()
    receiver.settimeout(0.001)
    assert receiver.gettimeout() == 0.001
    with pytest.raises(TimeoutError):
        getattr(receiver, call)()
    with pytest.raises(BlockingIOError):
        getattr(receiver, call)(timeout=0)
    receiver.settimeout(None)
    assert receiver.gettimeout() is None


def test_timeout_none_ends_with_a_datagram(sender, receiver):
    sender.sendto(b"x", receiver.local_address)
    assert receiver.recvfrom(timeout=None)[0] == b"x"


@pytest.mark.parametrize(
    "seconds, expected",
    [(None, -1), (0, 0), (0.0, 0), (1e-9, 1), (0.0011, 2), (1, 1000), (1e9, MAX_TIMEOUT_MS), (float("inf"), MAX_TIMEOUT_MS)],
)
def test_seconds_become_milliseconds_rounded_up_and_capped(seconds, expected):
    assert milliseconds(seconds) == expected
    assert milliseconds(10**300) == MAX_TIMEOUT_MS


@pytest.mark.parametrize("timeout", [-1, -0.001, float("nan"), float("-inf")])
def test_timeout_negative_or_nan_raises_value_error(receiver, timeout):
    with pytest.raises(ValueError):
        receiver.settimeout(timeout)
    with pytest.raises(ValueError):
        receiver.recvfrom(timeout=timeout)


def test_timeout_of_other_type_raises_type_error(receiver):
    with pytest.raises(TypeError):
        receiver.settimeout("1")
