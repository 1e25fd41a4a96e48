"""`open` and `resolve`."""

from __future__ import annotations

import asyncio
from operator import index
from typing import Optional

from .._data import address as _address
from .._data.address import Address, split
from .._socket.options import Option
from .._socket import Socket
from ..errors import UnsupportedError
from ._endpoint import Endpoint

# The default of `queue`.
QUEUE = 1024


async def resolve(host: str, port: int, family: Optional[str] = None) -> Address:
    """Looks up the address of a host in a thread of the loop's executor; see `libudp.resolve`.

    Args:
        host: a name, a numeric address, "" for all addresses of this machine, or "<broadcast>".
        port: the port of the result, 0 to 65535.
        family: "ipv4" or "ipv6" to accept that family only; None accepts both.

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
    reuse_address: bool = False,
    reuse_port: bool = False,
    coalesce: bool = True,
    queue: int = QUEUE,
    infos: bool = False,
) -> Endpoint:
    """Opens an endpoint on the running loop.

    Args:
        local: the local address, (host, port) with a numeric host; see `Socket.bind`. None: the system chooses it at
            the first send.
        remote: the only peer, (host, port) with a numeric host; see `Socket.connect`. None: any peer.
        family: "ipv4", "ipv6" or "dual". None: the family of `local` or `remote`.
        reuse_address, reuse_port: as for `Socket`.
        coalesce: as for `Socket`, but ignored on a system that does not support it.
        queue: how many datagrams the endpoint receives ahead of the program, at least 1. When the queue is full, the
            receive buffer of the system fills, and `Endpoint.get_stats().dropped` counts what it drops then.
        infos: sets Option.RECV_PKTINFO, for `Endpoint.recvfrom_info` and `Endpoint.reply`.

    Returns:
        The endpoint. Close it, or use `async with`.

    Raises:
        AddressError: a host is a name; see `resolve`. The errors of `Socket`, `Socket.bind` and `Socket.connect`.

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
        raise ValueError(f"queue is 1 or more datagrams, not {queue}")
    loop = asyncio.get_running_loop()
    if family is None:
        given = local if local is not None else remote
        host = "" if given is None else split(given)[0]
        family = "ipv6" if ":" in str(host) else "ipv4"
    socket = open_socket(family, reuse_address, reuse_port, coalesce)
    try:
        if infos:
            socket.set_option(Option.RECV_PKTINFO, 1)
        if local is not None:
            socket.bind(local)
        if remote is not None:
            socket.connect(remote)
        return Endpoint(loop, socket, queue, infos)
    except BaseException:
        socket.close()
        raise


def open_socket(family: str, reuse_address: bool, reuse_port: bool, coalesce: bool) -> Socket:
    """Opens a socket whose sends do not wait."""
    try:
        socket = Socket(family, reuse_address=reuse_address, reuse_port=reuse_port, coalesce=coalesce)
    except UnsupportedError:
        # If it was not about `coalesce`, this raises the same error.
        socket = Socket(family, reuse_address=reuse_address, reuse_port=reuse_port)
    socket.set_option(Option.SEND_TIMEOUT, 0)
    return socket
