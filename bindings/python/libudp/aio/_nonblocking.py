"""Calls that do not wait, because the event loop does."""

from __future__ import annotations

from collections import deque
from ctypes import byref
from typing import Optional

from .._native import declarations as c
from .._data.address import Address
from .._data.batch import Batch
from .._native.calls import failure, lib
from .._socket.path_errors import PathError, path_error
from .._data.packet import PacketInfo
from .._socket import Socket
from ..errors import UDP_ERR_INTERRUPTED, UDP_ERR_WOULD_BLOCK

# The most datagrams that one call of the library receives, about a millisecond of work. Smaller calls cost more per
# datagram: with `coalesce`, a call asks the system for a 64th of this number at a time.
BATCH = 1024
AGAIN = (UDP_ERR_WOULD_BLOCK, UDP_ERR_INTERRUPTED)

sendto, _recv_batch = lib.udp_sendto, lib.udp_recv_batch
# A pool of batches, by size and whether they have infos. A batch holds nothing between calls, so one serves all
# endpoints of a thread. Each call uses one of its own; list.pop and list.append are atomic.
_spare: dict[tuple[int, bool], list[Batch]] = {
    (1 << i, infos): [] for i in range(BATCH.bit_length()) for infos in (False, True)
}


def receive(
    socket: Socket, most: int, infos: Optional[deque[PacketInfo]] = None
) -> tuple[list[tuple[bytes, Address]], bool]:
    """Receives the available datagrams: 0 to `most`, which is at least 1. Appends their infos to `infos`.

    The second value is true if the library may have buffered more, which a selector does not see.
    """
    unread = socket._take_unread(most)
    if unread:
        if infos is not None:
            infos.extend([PacketInfo()] * len(unread))
        return unread, True
    size = min(BATCH, 1 << most.bit_length() - 1)
    spare = _spare[size, infos is not None]
    try:
        batch = spare.pop()
    except IndexError:
        batch = Batch(size, infos=infos is not None)
    try:
        count: int = _recv_batch(socket._handle, *batch._arguments, 0)
        if count >= 0:
            batch._filled(count)
            if infos is not None:
                infos.extend(map(batch.info, range(count)))
            return batch.datagrams(), count == size and socket._coalesce
    finally:
        spare.append(batch)
    if count in AGAIN:
        if count == UDP_ERR_WOULD_BLOCK:
            calm(socket)
        return [], count == UDP_ERR_INTERRUPTED
    raise failure(count)


def calm(socket: Socket) -> None:
    """Moves path errors from the kernel to the queue of the library.

    While the kernel has one, it reports the descriptor as ready (POLLERR, poll(2)), and the loop would spin.
    """
    lib.udp_wait(socket._handle, c.UDP_EVENT_READ, 0)


def recv_error(socket: Socket) -> Optional[PathError]:
    """The oldest path error, or None."""
    native = c.udp_path_error()
    result: int = lib.udp_recv_error(socket._handle, byref(native), 0)
    if result in AGAIN:
        return None
    if result < 0:
        raise failure(result)
    return path_error(native)
