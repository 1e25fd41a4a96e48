"""Text, and peers that write GBK."""

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libudp


def test_a_windows_peer_is_understood_and_answered(receiver, peer):
    peer.sendto("你好,联通".encode("gbk"), receiver.local_address)
    text, address = receiver.recvfrom_text()
    assert (text, text.encoding, text.replaced) == ("你好,联通", "gb18030", 0)
    assert receiver.sendto_text(text, address, encoding="gbk") == len("你好,联通".encode("gbk"))
    assert peer.recvfrom(100)[0].decode("gbk") == "你好,联通"


def test_utf8_goes_both_ways_by_default(sender, receiver):
    for text in "你好", "plain", "", "with a \0 inside", "𠀀":
        sender.sendto_text(text, receiver.local_address)
        found, address = receiver.recvfrom_text()
        assert (found, found.encoding, address) == (text, "UTF-8", sender.local_address)


def test_the_longest_text_that_fits_a_datagram_arrives(sender, receiver):
    data = b"\xff" * 65507  # each byte becomes U+FFFD, three bytes of UTF-8
    sender.sendto(data, receiver.local_address)
    text, _ = receiver.recvfrom_text("utf-8")
    assert text == "\N{REPLACEMENT CHARACTER}" * 65507 and text.replaced == 65507


def test_a_connected_socket_sends_text_without_an_address(sender, receiver):
    sender.connect(receiver.local_address)
    sender.sendto_text("hello")
    assert receiver.recvfrom_text()[0] == "hello"


def test_an_encoding_by_label_and_a_fall_back_by_label(sender, receiver):
    for label, text in ("big5", "許功蓋"), ("shift_jis", "日本語"), ("utf-16le", "中文"):
        sender.sendto_text(text, receiver.local_address, label)
        assert receiver.recvfrom_text(label)[0] == text
    assert libudp.decode("許功蓋".encode("big5"), "auto:big5").encoding == "Big5"


@pytest.mark.parametrize("text, encoding", [("€ and 𠀀", "big5"), ("é", "shift_jis"), ("\ud800", "utf-8")])
def test_a_character_that_the_encoding_lacks_is_an_error_and_nothing_is_sent(sender, receiver, text, encoding):
    for call in libudp.encode, lambda text, encoding: sender.sendto_text(text, receiver.local_address, encoding):
        with pytest.raises(libudp.UnmappableError) as caught:
            call(text, encoding)
        assert isinstance(caught.value, ValueError)
    with pytest.raises(BlockingIOError):
        receiver.recvfrom(timeout=0)


def test_an_unknown_encoding_is_told_before_anything_is_received(sender, receiver):
    sender.sendto(b"kept", receiver.local_address)
    with pytest.raises(libudp.EncodingError) as caught:
        receiver.recvfrom_text("klingon")
    assert isinstance(caught.value, LookupError)
    assert receiver.recvfrom_text()[0] == "kept"
    for call in libudp.encode, libudp.decode, lambda text, label: sender.sendto_text(text, None, label):
        with pytest.raises((libudp.EncodingError, TypeError)):
            call("x", "klingon")
    for label in "gbk\0", "gbk\0x":
        with pytest.raises(ValueError):
            libudp.encode("x", label)


def test_what_is_no_text_is_a_type_error(sender, receiver):
    for call in (
        lambda: sender.sendto_text(b"x", receiver.local_address),
        lambda: libudp.encode(b"x", "gbk"),
        lambda: libudp.encode("x", None),
        lambda: libudp.decode("x"),
        lambda: receiver.recvfrom_text(None),
    ):
        with pytest.raises(TypeError):
            call()


def test_malformed_bytes_are_replaced_and_counted():
    text = libudp.decode(b"a\xffb\xff", "utf-8")
    assert (text, text.replaced) == ("a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}", 2)
    assert libudp.decode(memoryview(bytearray("你".encode()))) == "你"


def test_a_text_is_a_str_that_survives_copy_and_pickle():
    text = libudp.decode("你好".encode("gbk"))
    for same in copy.copy(text), pickle.loads(pickle.dumps(text)):
        assert isinstance(same, str) and (same, same.encoding, same.replaced) == (text, "gb18030", 0)


@settings(deadline=None)
@given(st.text(), st.sampled_from(["utf-8", "gb18030", "utf-16le", "utf-16be", "auto"]))
def test_what_can_carry_all_text_gives_it_back(text, label):
    assert libudp.decode(libudp.encode(text, label), label) == text


@settings(deadline=None)
@given(st.text(alphabet="aé日本ｱЖ¥"))
def test_no_encoding_needs_more_room_than_there_is(text):
    for label in "iso-2022-jp", "gbk", "gb18030", "euc-jp", "big5", "utf-16be":
        try:
            libudp.encode(text, label)
        except libudp.UnmappableError:
            pass


@settings(deadline=None)
@given(st.binary())
def test_any_bytes_become_text(data):
    assert isinstance(libudp.decode(data), libudp.Text)
