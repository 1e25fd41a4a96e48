"""Text: bytes of any encoding to str and back."""

from __future__ import annotations

from ctypes import byref, c_char
from typing import TYPE_CHECKING, Any, Tuple

from .._native.buffers import readable
from .._native.declarations import udp_text_info
from .._native.calls import c_string, check, lib
from ..errors import UDP_ERR_UNMAPPABLE, from_code

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class Text(str):
    """A str that knows what it was decoded from.

    Attributes:
        encoding: the name of the encoding that the bytes were read in, such as "UTF-8" or "gb18030".
        replaced: how many malformed sequences became U+FFFD; 0 if all of it was text.

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

    @classmethod
    def of(cls, utf8: bytes, info: udp_text_info) -> Text:
        """The text that the library has decoded to UTF-8."""
        return cls(utf8.decode(), info.encoding.decode(), info.replaced)


def encode(text: str, encoding: str) -> bytes:
    """Turns text into bytes.

    Args:
        text: what to encode.
        encoding: a WHATWG label in any case: "gbk", "gb18030", "big5", "shift_jis", "utf-16le", ...; "auto" is UTF-8.

    Raises:
        UnmappableError: a character does not exist in the encoding; none is ever replaced.
        EncodingError: unknown label.

    >>> libudp.encode("你好", "gbk")
    b'\\xc4\\xe3\\xba\\xc3'
    """
    utf8, label = to_utf8(text), c_string(encoding, "encoding")
    # The most hungry one, iso-2022-jp, needs three times as much: it says each change of script in three bytes.
    out = bytearray(4 * len(utf8) + 16)
    length = lib.udp_encode(label, utf8, len(utf8), byref(c_char.from_buffer(out)), len(out))
    return bytes(out[: check(length)])


def decode(data: ReadableBuffer, encoding: str = "auto") -> Text:
    """Turns bytes into text. What is malformed becomes U+FFFD, and `Text.replaced` counts it.

    Args:
        data: any bytes-like object.
        encoding: a WHATWG label; "auto" reads strict UTF-8, and what is not that as gb18030; "auto:big5" falls back
            to Big5, and so on.

    Raises:
        EncodingError: unknown label.

    >>> libudp.decode(b"\\xc4\\xe3\\xba\\xc3")
    '你好'
    """
    label = c_string(encoding, "encoding")
    pointer, length = readable(data)
    # A byte becomes at most U+FFFD, which is three; and the NUL.
    out = bytearray(3 * length + 1)
    info = udp_text_info()
    found = lib.udp_decode(label, pointer, length, byref(c_char.from_buffer(out)), len(out), byref(info))
    return Text.of(bytes(out[: check(found)]), info)


def to_utf8(text: str) -> bytes:
    """Text as UTF-8, which half of a surrogate pair does not have."""
    if not isinstance(text, str):
        raise TypeError(f"text is a str, not {type(text).__name__}")
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise from_code(UDP_ERR_UNMAPPABLE, f"a lone surrogate is no character: {error}") from None
