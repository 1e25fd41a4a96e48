"""Text, and peers that write GBK."""

import copy
import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import libudp


def test_gbk_peer_is_decoded_and_answered(receiver, peer):
    peer.sendto("你好,联通".encode("gbk"), receiver.local_address)
    text, address = receiver.recvfrom_text()
    assert (text, text.encoding, text.replaced) == ("你好,联通", "gb18030", 0)
    assert receiver.sendto_text(text, address, encoding="gbk") == len("你好,联通".encode("gbk"))
    assert peer.recvfrom(100)[0].decode("gbk") == "你好,联通"


def test_text_without_encoding_is_utf8(sender, receiver):
    for text in "你好", "plain", "", "with a \0 inside", "𠀀":
        sender.sendto_text(text, receiver.local_address)
        found, address = receiver.recvfrom_text()
        assert (found, found.encoding, address) == (text, "UTF-8", sender.local_address)


def test_longest_text_arrives(sender, receiver):
    data = b"\xff" * 65507  # each byte becomes U+FFFD, three bytes of UTF-8
    sender.sendto(data, receiver.local_address)
    text, _ = receiver.recvfrom_text("utf-8")
    assert text == "\N{REPLACEMENT CHARACTER}" * 65507 and text.replaced == 65507


def test_sendto_text_on_connected_socket_needs_no_address(sender, receiver):
    sender.connect(receiver.local_address)
    sender.sendto_text("hello")
    assert receiver.recvfrom_text()[0] == "hello"


def test_recvfrom_text_uses_label_and_fallback_label(sender, receiver):
    for label, text in ("big5", "許功蓋"), ("shift_jis", "日本語"), ("utf-16le", "中文"):
        sender.sendto_text(text, receiver.local_address, label)
        assert receiver.recvfrom_text(label)[0] == text
    assert libudp.decode("許功蓋".encode("big5"), "auto:big5").encoding == "Big5"


@pytest.mark.parametrize("text, encoding", [("€ and 𠀀", "big5"), ("é", "shift_jis"), ("\ud800", "utf-8")])
def test_sendto_text_of_unmappable_character_sends_nothing(sender, receiver, text, encoding):
    for call in libudp.encode, lambda text, encoding: sender.sendto_text(text, receiver.local_address, encoding):
        with pytest.raises(libudp.UnmappableError) as caught:
            call(text, encoding)
        assert isinstance(caught.value, ValueError)
    with pytest.raises(BlockingIOError):
        receiver.recvfrom(timeout=0)


def test_recvfrom_text_with_unknown_encoding_receives_nothing(sender, receiver):
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


def test_text_of_other_type_raises_type_error(sender, receiver):
    for call in (
        lambda: sender.sendto_text(b"x", receiver.local_address),
        lambda: libudp.encode(b"x", "gbk"),
        lambda: libudp.encode("x", None),
        lambda: libudp.decode("x"),
        lambda: receiver.recvfrom_text(None),
    ):
        with pytest.raises(TypeError):
            call()


def test_decode_replaces_and_counts_malformed_bytes():
    text = libudp.decode(b"a\xffb\xff", "utf-8")
    assert (text, text.replaced) == ("a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}", 2)
    assert libudp.decode(memoryview(bytearray("你".encode()))) == "你"


def test_text_survives_copy_and_pickle():
    text = libudp.decode("你好".encode("gbk"))
    for same in copy.copy(text), pickle.loads(pickle.dumps(text)):
        assert isinstance(same, str) and (same, same.encoding, same.replaced) == (text, "gb18030", 0)


@settings(deadline=None)
@given(st.text(), st.sampled_from(["utf-8", "gb18030", "utf-16le", "utf-16be", "auto"]))
def test_unicode_encodings_round_trip_all_text(text, label):
    assert libudp.decode(libudp.encode(text, label), label) == text


@settings(deadline=None)
@given(st.text(alphabet="aé日本ｱЖ¥"))
def test_encode_buffer_fits_every_encoding(text):
    for label in "iso-2022-jp", "gbk", "gb18030", "euc-jp", "big5", "utf-16be":
        try:
            libudp.encode(text, label)
        except libudp.UnmappableError:
            pass


@settings(deadline=None)
@given(st.binary())
def test_decode_accepts_any_bytes(data):
    assert isinstance(libudp.decode(data), libudp.Text)
