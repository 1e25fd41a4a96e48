"""Calls that take what is there and never wait: the event loop does the waiting."""

from __future__ import annotations

from .._address import Address
from .._batch import Batch
from .._library import failure, lib
from .._socket import Socket
from ..errors import UDP_ERR_INTERRUPTED, UDP_ERR_WOULD_BLOCK

# How many datagrams one call of the library takes at most, which is about a millisecond's work. Fewer cost more each:
# a socket that coalesces asks the system for a 64th of the number at a time.
BATCH = 1024
AGAIN = (UDP_ERR_WOULD_BLOCK, UDP_ERR_INTERRUPTED)

sendto, _recv_batch = lib.udp_sendto, lib.udp_recv_batch
# Spare batches, by their size: one serves all endpoints of a thread, because nothing stays in it. Each call has one to
# itself, and list.pop and list.append are atomic.
_spare: dict[int, list[Batch]] = {1 << i: [] for i in range(BATCH.bit_length())}


def receive(socket: Socket, most: int) -> tuple[list[tuple[bytes, Address]], bool]:
    """The datagrams that are there, perhaps none and never more than `most`, which is at least 1.

    And whether the library may keep more of them: a selector that watches the descriptor would not know.
    """
    unread = socket._take_unread(most)
    if unread:
        return unread, True
    size = min(BATCH, 1 << most.bit_length() - 1)
    spare = _spare[size]
    try:
        batch = spare.pop()
    except IndexError:
        batch = Batch(size)
    try:
        count: int = _recv_batch(socket._handle, *batch.arguments, 0)
        if count >= 0:
            batch.filled(count)
            return batch.datagrams(), count == size and socket._coalesce
    finally:
        spare.append(batch)
    if count in AGAIN:
        return [], count == UDP_ERR_INTERRUPTED
    raise failure(count)
