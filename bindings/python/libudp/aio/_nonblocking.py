"""Calls that take what is there and never wait: the event loop does the waiting."""

from __future__ import annotations

from collections import deque
from ctypes import byref
from typing import Optional

from .._native import declarations as c
from .._data.address import Address
from .._data.batch import Batch
from .._native.calls import failure, lib
from .._socket.reply import PathError, path_error
from .._data.packet import Details
from .._socket.base import Socket
from ..errors import UDP_ERR_INTERRUPTED, UDP_ERR_WOULD_BLOCK

# How many datagrams one call of the library takes at most, which is about a millisecond's work. Fewer cost more each:
# a socket that coalesces asks the system for a 64th of the number at a time.
BATCH = 1024
AGAIN = (UDP_ERR_WOULD_BLOCK, UDP_ERR_INTERRUPTED)

sendto, _recv_batch = lib.udp_sendto, lib.udp_recv_batch
# Spare batches, by their size and whether they have details: one serves all endpoints of a thread, because nothing stays
# in it. Each call has one to itself, and list.pop and list.append are atomic.
_spare: dict[tuple[int, bool], list[Batch]] = {
    (1 << i, details): [] for i in range(BATCH.bit_length()) for details in (False, True)
}


def receive(
    socket: Socket, most: int, details: Optional[deque[Details]] = None
) -> tuple[list[tuple[bytes, Address]], bool]:
    """The datagrams that are there, perhaps none and never more than `most`, which is at least 1; `details` gets theirs.

    And whether the library may keep more of them: a selector that watches the descriptor would not know.
    """
    unread = socket._take_unread(most)
    if unread:
        if details is not None:
            details.extend([Details()] * len(unread))
        return unread, True
    size = min(BATCH, 1 << most.bit_length() - 1)
    spare = _spare[size, details is not None]
    try:
        batch = spare.pop()
    except IndexError:
        batch = Batch(size, details=details is not None)
    try:
        count: int = _recv_batch(socket._handle, *batch.arguments, 0)
        if count >= 0:
            batch.filled(count)
            if details is not None:
                details.extend(map(batch.details, range(count)))
            return batch.datagrams(), count == size and socket._coalesce
    finally:
        spare.append(batch)
    if count in AGAIN:
        if count == UDP_ERR_WOULD_BLOCK:
            calm(socket)
        return [], count == UDP_ERR_INTERRUPTED
    raise failure(count)


def calm(socket: Socket) -> None:
    """Takes path errors out of the system's hands, into the library's queue.

    The system calls a descriptor ready as long as it has one (POLLERR of poll(2)), so that the loop would come by for
    nothing, again and again. It costs a poll, where there was nothing to receive.
    """
    lib.udp_wait(socket._handle, c.UDP_READ, 0)


def recv_error(socket: Socket) -> Optional[PathError]:
    """The oldest path error, if there is one."""
    told = c.udp_path_error()
    result: int = lib.udp_recv_error(socket._handle, byref(told), 0)
    if result in AGAIN:
        return None
    if result < 0:
        raise failure(result)
    return path_error(told)
