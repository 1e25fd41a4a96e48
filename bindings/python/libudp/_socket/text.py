"""Sends and receives of text."""

from __future__ import annotations

from typing import Optional

from .._data.address import Address, destination, from_native
from .._data.text import Text, decode, from_utf8, to_utf8
from .._native.buffers import TEXTS
from .._native.calls import Default, Timeout, c_string, check, lib, milliseconds, sending, waiting
from .base import SocketBase

_recvfrom_text = lib.udp_recvfrom_text


class TextCalls(SocketBase):
    """The part of `Socket` that sends and receives text."""

    def sendto_text(self, text: str, address: Optional[Address] = None, encoding: str = "auto") -> int:
        """Sends text as one datagram.

        Args:
            text: the text.
            address: as for `sendto`.
            encoding: a WHATWG label, such as "gbk"; "auto" is UTF-8.

        Returns:
            The length of the datagram in bytes.

        Raises:
            UnmappableError: the encoding lacks a character; nothing was sent.
            EncodingError: the label is unknown. The errors of `sendto`.

        >>> socket.sendto_text("你好", peer.local_address, encoding="gbk")
        4
        """
        utf8, label = to_utf8(text), c_string(encoding, "encoding")
        to = None if address is None else destination(address)
        return sending(lib.udp_sendto_text, self._handle, label, utf8, len(utf8), to)

    def recvfrom_text(self, encoding: str = "auto", timeout: Timeout = Default.TIMEOUT) -> tuple[Text, Address]:
        """Receives one datagram as text.

        Args:
            encoding: a WHATWG label. "auto" decodes as UTF-8, or as gb18030 if the bytes are not valid UTF-8.
                "auto:big5" falls back to Big5 instead, and so on.
            timeout: seconds to wait; default: the timeout of the socket.

        Returns:
            The text, with attributes `encoding` and `replaced`, and the sender, (host, port).

        Raises:
            EncodingError: the label is unknown; nothing was received. The errors of `recvfrom`, except TruncatedError.

        >>> peer.sendto("你好".encode("gbk"), socket.local_address)
        4
        >>> text, sender = socket.recvfrom_text(timeout=5.0)
        >>> text, text.encoding
        ('你好', 'gb18030')
        """
        label = c_string(encoding, "encoding")
        for data, address in self._take_unread(1):
            return decode(data, encoding), address
        timeout_ms = self._timeout_ms if timeout is Default.TIMEOUT else milliseconds(timeout)
        at = TEXTS.take()
        try:
            length = waiting(
                timeout_ms,
                _recvfrom_text,
                self._handle,
                label,
                at.buffer,
                TEXTS.capacity,
                at.sender_ref,
                at.text_info_ref,
            )
            return from_utf8(at.buffer[: check(length)], at.text_info), from_native(at.sender)
        finally:
            TEXTS.give(at)
