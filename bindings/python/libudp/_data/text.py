"""Text: bytes of any encoding to str, and back."""

from __future__ import annotations

from ctypes import byref, c_char
from typing import TYPE_CHECKING, Any, Tuple

from .._native.buffers import readable
from .._native.calls import c_string, check, lib
from .._native.declarations import udp_text_info
from ..errors import UDP_ERR_UNMAPPABLE, from_code

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Text(str):
    """A str that was decoded from bytes.

    Attributes:
        encoding: the name of the encoding, such as "UTF-8" or "gb18030".
        replaced: how many malformed sequences became U+FFFD; 0 if there were none.

    >>> text = libudp.decode(b"caf\\xe9", "latin1")
    >>> text, text.encoding, text.replaced
    ('café', 'windows-1252', 0)
    """

    encoding: str
    replaced: int

    def __new__(cls, text: str, encoding: str, replaced: int) -> Text:
        self = super().__new__(cls, text)
        self.encoding = encoding
        self.replaced = replaced
        return self

    def __getnewargs__(self) -> Tuple[Any, ...]:  # for copy and pickle
        return str(self), self.encoding, self.replaced


def from_utf8(utf8: bytes, info: udp_text_info) -> Text:
    """The text that the library decoded to UTF-8."""
    return Text(utf8.decode(), info.encoding.decode(), info.replaced)


def encode(text: str, encoding: str) -> bytes:
    """Encodes text.

    Args:
        text: the text.
        encoding: a WHATWG label in any case: "gbk", "gb18030", "big5", "shift_jis", "utf-16le", ...; "auto" is UTF-8.

    Raises:
        UnmappableError: the encoding lacks a character. Characters are never replaced.
        EncodingError: the label is unknown.

    >>> libudp.encode("你好", "gbk")
    b'\\xc4\\xe3\\xba\\xc3'
    """
    utf8, label = to_utf8(text), c_string(encoding, "encoding")
    # iso-2022-jp needs the most, three times as many bytes: each change of script is an escape sequence of three bytes.
    out = bytearray(4 * len(utf8) + 16)
    length = lib.udp_encode(label, utf8, len(utf8), byref(c_char.from_buffer(out)), len(out))
    return bytes(out[: check(length)])


def decode(data: ReadableBuffer, encoding: str = "auto") -> Text:
    """Decodes bytes. Malformed sequences become U+FFFD, and `Text.replaced` counts them.

    Args:
        data: any bytes-like object.
        encoding: a WHATWG label. "auto" decodes as UTF-8, or as gb18030 if the bytes are not valid UTF-8. "auto:big5"
            falls back to Big5 instead, and so on.

    Raises:
        EncodingError: the label is unknown.

    >>> libudp.decode(b"\\xc4\\xe3\\xba\\xc3")
    '你好'
    """
    label = c_string(encoding, "encoding")
    pointer, length = readable(data)
    # One byte decodes to at most U+FFFD, which has three bytes; and the NUL.
    out = bytearray(3 * length + 1)
    info = udp_text_info()
    written = lib.udp_decode(label, pointer, length, byref(c_char.from_buffer(out)), len(out), byref(info))
    return from_utf8(bytes(out[: check(written)]), info)


def to_utf8(text: str) -> bytes:
    """Text as UTF-8, which cannot represent a lone surrogate."""
    if not isinstance(text, str):
        raise TypeError(f"text is a str, not {type(text).__name__}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise from_code(UDP_ERR_UNMAPPABLE, f"a lone surrogate is not a character: {error}") from None
