"""Opens sockets and endpoints."""

from __future__ import annotations

import asyncio
from operator import index
from typing import Optional

from .._data import address as _address
from .._data.address import Address, split
from .._socket.options import Option
from .._socket.base import Socket
from ..errors import UnsupportedError
from ._endpoint import Endpoint

# How many datagrams an endpoint queues if it is not told.
QUEUE = 1024


async def resolve(host: str, port: int, family: Optional[str] = None) -> Address:
    """`libudp.resolve` in a thread of the loop's executor: finds the address of a host, while the loop goes on.

    Args:
        host: a name, a numeric address, "" for all addresses of this machine, or "<broadcast>".
        port: the port to put in the result.
        family: "ipv4" or "ipv6" to insist, None for either.

    Raises:
        The errors of `libudp.resolve`.

    >>> import asyncio, libudp.aio
    >>> asyncio.run(libudp.aio.resolve("127.0.0.1", 53))
    ('127.0.0.1', 53)
    """
    return await asyncio.get_running_loop().run_in_executor(None, _address.resolve, host, port, family)


async def open(
    local: Optional[Address] = None,
    remote: Optional[Address] = None,
    *,
    family: Optional[str] = None,
    share_address: bool = False,
    share_port: bool = False,
    coalesce: bool = True,
    queue: int = QUEUE,
    details: bool = False,
) -> Endpoint:
    """Opens an endpoint on the running loop.

    Args:
        local: the (host, port) to be bound to, with a numeric host; host "" is all of the machine's, port 0 the
            system's choice. None: the system chooses both with the first send.
        remote: the only peer, (host, port) with a numeric host: see `Socket.connect`. None: any.
        family: "ipv4", "ipv6" or "dual"; None for that of `local` or `remote`.
        share_address, share_port: as for `Socket`.
        coalesce: the system may join the datagrams of a peer on their way in, which is several times faster for a busy
            one; they are handed out singly all the same. An older system that cannot do it does without.
        queue: how many datagrams are taken from the system before the program asks for them, at least 1. When they are
            so many, no more are taken: the system's receive buffer fills, and what it drops then is counted in
            `Endpoint.stats().dropped`.
        details: sets Option.RECV_LOCAL, for `Endpoint.recvfrom_details` and `Endpoint.reply`.

    Returns:
        The endpoint, to be closed.

    Raises:
        AddressError: a host is a name; see `resolve`. And the errors of `Socket`, `Socket.bind` and `Socket.connect`.

    >>> import asyncio, libudp.aio
    >>> async def main():
    ...     async with await libudp.aio.open(local=("127.0.0.1", 0)) as server:
    ...         async with await libudp.aio.open(remote=server.local_address) as client:
    ...             await client.sendto(b"ping")
    ...             data, address = await server.recvfrom()
    ...             print(data, address == client.local_address)
    >>> asyncio.run(main())
    b'ping' True
    """
    queue = index(queue)
    if queue < 1:
        raise ValueError(f"queue is 1 datagram or more, not {queue}")
    loop = asyncio.get_running_loop()
    if family is None:
        given = local if local is not None else remote
        host = "" if given is None else split(given)[0]
        family = "ipv6" if ":" in str(host) else "ipv4"
    socket = open_socket(family, share_address, share_port, coalesce)
    try:
        if details:
            socket.set(Option.RECV_LOCAL, 1)
        if local is not None:
            socket.bind(local)
        if remote is not None:
            socket.connect(remote)
        return Endpoint(loop, socket, queue, details)
    except BaseException:
        socket.close()
        raise


def open_socket(family: str, share_address: bool, share_port: bool, coalesce: bool) -> Socket:
    """Opens a socket whose sends return at once."""
    try:
        socket = Socket(family, share_address=share_address, share_port=share_port, coalesce=coalesce)
    except UnsupportedError:
        # For what else was asked for, the same error comes again.
        socket = Socket(family, share_address=share_address, share_port=share_port)
    socket.set(Option.SEND_TIMEOUT, 0)
    return socket
