"""Flow control of sends, as in asyncio's own transports."""

from __future__ import annotations

import asyncio
from typing import Any, Optional


class FlowControl(asyncio.DatagramTransport):
    """Calls pause_writing and resume_writing of a protocol, as the buffered datagrams grow and shrink."""

    _loop: asyncio.AbstractEventLoop
    _protocol: asyncio.DatagramProtocol

    def __init__(self, extra: dict[str, Any]) -> None:
        super().__init__(extra)
        self._waiting_bytes = 0
        self._writing_paused = False
        self._high, self._low = _limits(None, None)

    def get_write_buffer_size(self) -> int:
        """Bytes of the buffered datagrams, and 8 for each datagram, so that empty ones count too."""
        return self._waiting_bytes

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """The limits in bytes, (low, high); see `set_write_buffer_limits`."""
        return self._low, self._high

    def set_write_buffer_limits(self, high: Optional[int] = None, low: Optional[int] = None) -> None:
        """Sets at how many buffered bytes the protocol is told to pause and to resume writing.

        Args:
            high: more bytes than this pause it. Default: 64 KiB, or 4 times `low`.
            low: this many bytes or fewer resume it. Default: a quarter of `high`.

        Raises:
            ValueError: not high >= low >= 0.
        """
        self._high, self._low = _limits(high, low)
        self._maybe_pause()

    def _maybe_pause(self) -> None:
        if self._waiting_bytes > self._high and not self._writing_paused:
            self._writing_paused = True
            try:
                self._protocol.pause_writing()
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self._report("protocol.pause_writing() failed", error)

    def _maybe_resume(self) -> None:
        if self._writing_paused and self._waiting_bytes <= self._low:
            self._writing_paused = False
            try:
                self._protocol.resume_writing()
            except (SystemExit, KeyboardInterrupt):
                raise
            except BaseException as error:
                self._report("protocol.resume_writing() failed", error)

    def _report(self, message: str, error: BaseException) -> None:
        """Calls the exception handler of the loop."""
        self._loop.call_exception_handler(
            {"message": message, "exception": error, "transport": self, "protocol": self._protocol}
        )


def _limits(high: Optional[int], low: Optional[int]) -> tuple[int, int]:
    if high is None:
        high = 64 * 1024 if low is None else 4 * low
    if low is None:
        low = high // 4
    if not high >= low >= 0:
        raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
    return high, low
