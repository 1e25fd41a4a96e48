"""Options."""

import pytest

import libudp
from libudp import Option


@pytest.mark.parametrize("option, value", [(Option.BROADCAST, 1), (Option.TTL, 5), (Option.TOS, 0x28)])
def test_option_set_is_read_back(sender, option, value):
    assert sender.set_option(option, value) == value
    assert sender.get_option(option) == value


def test_recv_buffer_returns_the_granted_size(sender):
    granted = sender.set_option(Option.RECV_BUFFER, 10_000)
    assert granted > 0 and sender.get_option(Option.RECV_BUFFER) == granted


def test_send_timeout_is_in_milliseconds_and_waits_forever_by_default(sender):
    assert sender.get_option(Option.SEND_TIMEOUT) == 2**31 - 1
    assert sender.set_option(Option.SEND_TIMEOUT, 100) == sender.get_option(Option.SEND_TIMEOUT) == 100


def test_ipv6_only_is_1_for_ipv6_and_0_for_dual():
    with libudp.Socket("ipv6") as six, libudp.Socket("dual") as dual:
        assert (six.get_option(Option.IPV6_ONLY), dual.get_option(Option.IPV6_ONLY)) == (1, 0)


@pytest.mark.parametrize("option", [0, -1, 999, Option.IPV6_ONLY])
def test_option_unknown_or_missing_raises_invalid_error(sender, option):
    for call in sender.get_option, lambda option: sender.set_option(option, 1):
        with pytest.raises(libudp.InvalidError) as caught:
            call(option)
        assert caught.value.name == "UDP_ERR_OPTION"


def test_option_value_out_of_range_raises(sender):
    for option, value in (Option.TTL, -1), (Option.TTL, 10_000), (Option.BROADCAST, 2), (Option.TTL, 2**32 + 5):
        with pytest.raises(ValueError):
            sender.set_option(option, value)
    with pytest.raises(ValueError):
        sender.get_option(2**32 + Option.TTL)
    with pytest.raises(TypeError):
        sender.set_option(Option.TTL, 1.5)
