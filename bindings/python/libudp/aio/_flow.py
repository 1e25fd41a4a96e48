"""Flow control of writing, as asyncio's own transports have it."""

from __future__ import annotations

import asyncio
from typing import Any, Optional


class FlowControl(asyncio.DatagramTransport):
    """Tells a protocol to pause and to resume writing, as what waits to be sent grows and shrinks."""

    _loop: asyncio.AbstractEventLoop
    _protocol: asyncio.DatagramProtocol

    def __init__(self, extra: dict[str, Any]) -> None:
        super().__init__(extra)
        self._waiting_bytes = 0
        self._writing_paused = False
        self._high, self._low = _limits(None, None)

    def get_write_buffer_size(self) -> int:
        """How many bytes wait to be sent, with 8 for each datagram so that empty ones count too."""
        return self._waiting_bytes

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """At most how many bytes resume writing, and more than how many pause it: (low, high)."""
        return self._low, self._high

    def set_write_buffer_limits(self, high: Optional[int] = None, low: Optional[int] = None) -> None:
        """Sets at how many waiting bytes the protocol is told to pause and to resume writing.

        Args:
            high: more than so many pause it; the default is 64 KiB, or 4 times `low`.
            low: so many or fewer resume it; the default is a quarter of `high`.

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
        """Tells the loop's exception handler, and goes on."""
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
