"""The calls of a socket that send and receive text."""

from __future__ import annotations

from typing import Optional

from .._data.address import Address, destination, from_native
from .receive import Batches
from .._native.buffers import TEXTS
from .._native.calls import Own, Timeout, c_string, check, lib, milliseconds, sending, waiting
from .._data.text import Text, decode, to_utf8

_recvfrom_text = lib.udp_recvfrom_text


class Texts(Batches):
    """The part of `Socket` that is about text."""

    def sendto_text(self, text: str, address: Optional[Address] = None, encoding: str = "auto") -> int:
        """Sends text as one datagram.

        Args:
            text: what to send.
            address: as for `sendto`.
            encoding: a WHATWG label, such as "gbk"; "auto" is UTF-8.

        Returns:
            The datagram's length in bytes.

        Raises:
            UnmappableError: a character does not exist in the encoding; nothing was sent.
            EncodingError: unknown label; and the errors of `sendto`.

        >>> socket.sendto_text("你好", peer.local_address, encoding="gbk")
        4
        """
        utf8, label = to_utf8(text), c_string(encoding, "encoding")
        to = None if address is None else destination(address)
        return sending(lib.udp_sendto_text, self._handle, label, utf8, len(utf8), to)

    def recvfrom_text(self, encoding: str = "auto", timeout: Timeout = Own.TIMEOUT) -> tuple[Text, Address]:
        """Receives one datagram as text.

        Args:
            encoding: a WHATWG label; "auto" reads strict UTF-8, and what is not that as gb18030; "auto:big5" falls
                back to Big5, and so on.
            timeout: seconds to wait for it; see the class.

        Returns:
            The text, whose `encoding` and `replaced` say how it was read, and its sender's (host, port).

        Raises:
            EncodingError: unknown label; nothing was received. Else the errors of `recvfrom`, but TruncatedError.

        >>> peer.sendto("你好".encode("gbk"), socket.local_address)
        4
        >>> text, sender = socket.recvfrom_text(timeout=5.0)
        >>> text, text.encoding
        ('你好', 'gb18030')
        """
        label = c_string(encoding, "encoding")
        for data, address in self._take_unread(1):
            return decode(data, encoding), address
        timeout_ms = self._timeout_ms if timeout is Own.TIMEOUT else milliseconds(timeout)
        at = TEXTS.take()
        try:
            room = TEXTS.capacity
            length = waiting(
                timeout_ms, _recvfrom_text, self._handle, label, at.buffer, room, at.sender_ref, at.info_ref
            )
            return Text.of(at.buffer[: check(length)], at.info), from_native(at.sender)
        finally:
            TEXTS.give(at)
