"""`create_datagram_endpoint`: a transport and a protocol, as from loop.create_datagram_endpoint."""

from __future__ import annotations

import asyncio
import socket as stdlib
from typing import Any, Callable, Optional, TypeVar, Union

from .._data.address import Address, require_numeric
from .._socket.options import Option
from .._socket import Socket
from ..errors import AddressError
from ._adopted import AdoptedSocket
from ._address import narrow
from ._open import open_socket
from ._transport import DatagramTransport

P = TypeVar("P", bound=asyncio.DatagramProtocol)
# Python's own IPv6 sockets use IPv4 too.
_FAMILIES: dict[int, str] = {stdlib.AF_INET: "ipv4", stdlib.AF_INET6: "dual"}


async def create_datagram_endpoint(
    loop: Optional[asyncio.AbstractEventLoop],
    protocol_factory: Callable[[], P],
    local_addr: Optional[tuple[str, int]] = None,
    remote_addr: Optional[tuple[str, int]] = None,
    *,
    family: int = 0,
    proto: int = 0,
    flags: int = 0,
    reuse_port: Optional[bool] = None,
    allow_broadcast: Optional[bool] = None,
    sock: Union[Socket, stdlib.socket, None] = None,
    coalesce: bool = True,
) -> tuple[DatagramTransport, P]:
    """Does what `loop.create_datagram_endpoint` does, but receives many datagrams per turn of the event loop.

    Calls `datagram_received` for each datagram in order, also for empty ones. After 1,024 datagrams or about a
    millisecond, other tasks run. If `datagram_received` raises, the exception handler of the loop is called, and the
    next datagram follows.

    Args:
        loop: the running event loop; None finds it.
        protocol_factory: returns an asyncio.DatagramProtocol.
        local_addr: the local (host, port). Names are looked up, here only.
        remote_addr: (host, port) of the only peer. Names are looked up, here only.
        family: socket.AF_INET, socket.AF_INET6 (which uses IPv4 too), or 0 for the family of the addresses.
        proto: 0 or socket.IPPROTO_UDP.
        flags: for getaddrinfo.
        reuse_port: other sockets may bind the same address, and the system distributes the peers among them.
        allow_broadcast: allows datagrams to broadcast addresses.
        sock: a socket to use, instead of the other arguments: a `libudp.Socket`, one of `libudp.socket` or one of Python's
            own. Its address, groups and options stay. The transport closes it.
        coalesce: as for `libudp.aio.open`.

    Returns:
        The transport and the protocol, after `connection_made`. Addresses are those of asyncio: (host, port), and
        (host, port, flowinfo, scope_id) for IPv6.

    Raises:
        TypeError, ValueError: as in asyncio. OSError: the errors of `Socket.bind` and `Socket.connect`.

    >>> import asyncio, libudp.aio
    >>> class Echo(asyncio.DatagramProtocol):
    ...     def connection_made(self, transport):
    ...         self.transport = transport
    ...     def datagram_received(self, data, address):
    ...         self.transport.sendto(data, address)
    >>> async def main():
    ...     loop = asyncio.get_running_loop()
    ...     transport, _ = await libudp.aio.create_datagram_endpoint(loop, Echo, local_addr=("127.0.0.1", 0))
    ...     async with await libudp.aio.open(remote=transport.get_extra_info("sockname")) as client:
    ...         await client.sendto(b"ping")
    ...         print((await client.recvfrom())[0])
    ...     transport.close()
    >>> asyncio.run(main())
    b'ping'
    """
    loop = loop or asyncio.get_running_loop()
    peer: Optional[Address] = None
    if sock is not None:
        if not isinstance(sock, (Socket, stdlib.socket)):
            raise TypeError(f"sock is a libudp.Socket or a socket.socket, not {type(sock).__name__}")
        others = dict(local_addr=local_addr, remote_addr=remote_addr, family=family, proto=proto, flags=flags)
        others.update(reuse_port=reuse_port, allow_broadcast=allow_broadcast)
        given = ", ".join(f"{name}={value}" for name, value in others.items() if value)
        if given:
            raise ValueError(f"socket modifier keyword arguments can not be used when sock is specified. ({given})")
        own = sock if isinstance(sock, Socket) else AdoptedSocket(sock)
        own.set_option(Option.SEND_TIMEOUT, 0)
        peer = own.peer_address
    else:
        if family not in (0, *_FAMILIES) or proto not in (0, stdlib.IPPROTO_UDP):
            raise ValueError("libudp has UDP sockets for IPv4 and IPv6 only")
        errors: list[OSError] = []
        for found, local, remote in await _candidates(loop, local_addr, remote_addr, family, flags):
            try:
                own = _opened(found, local, remote, bool(reuse_port), bool(allow_broadcast), coalesce)
            except OSError as error:
                errors.append(error)
            else:
                peer = remote
                break
        else:
            raise errors[0]
    try:
        protocol = protocol_factory()
        waiter = loop.create_future()
        transport = DatagramTransport(loop, own, protocol, peer, waiter)
    except BaseException:
        own.close()
        raise
    try:
        await waiter
    except BaseException:
        transport.close()
        raise
    return transport, protocol


Candidate = tuple[int, Optional[Address], Optional[Address]]


async def _candidates(
    loop: asyncio.AbstractEventLoop, local: Any, remote: Any, family: int, flags: int
) -> list[Candidate]:
    """The families and addresses to try, in order."""
    if not local and not remote:
        if not family:
            raise ValueError("unexpected address family")
        return [(family, None, None)]
    found: dict[int, list[Optional[Address]]] = {}
    for which, address in enumerate((local, remote)):
        if address is None:
            continue
        if not (isinstance(address, tuple) and len(address) == 2):
            raise TypeError("2-tuple is expected")
        for each, numeric in await _resolved(loop, address, family, flags):
            pair = found.setdefault(each, [None, None])
            pair[which] = pair[which] or numeric
    pairs = [
        (each, *pair)
        for each, pair in found.items()
        if not (local and pair[0] is None) and not (remote and pair[1] is None)
    ]
    if not pairs:
        raise ValueError("can not get address information")
    return pairs  # type: ignore[return-value]


async def _resolved(
    loop: asyncio.AbstractEventLoop, address: tuple[Any, Any], family: int, flags: int
) -> list[tuple[int, Address]]:
    host, port = address
    if host == "":
        return [(family or stdlib.AF_INET, (host, port))]
    if isinstance(host, str) and isinstance(port, int):
        try:
            require_numeric(host)
        except AddressError:
            pass
        else:
            own = stdlib.AF_INET6 if ":" in host else stdlib.AF_INET
            if not family or family == own:
                return [(own, (host, port))]
    infos = await loop.getaddrinfo(host, port, family=family, type=stdlib.SOCK_DGRAM, flags=flags)
    return [(info[0], narrow(info[4])) for info in infos if info[0] in _FAMILIES]


def _opened(
    family: int, local: Optional[Address], remote: Optional[Address], reuse_port: bool, broadcast: bool, coalesce: bool
) -> Socket:
    socket = open_socket(_FAMILIES[family], False, reuse_port, coalesce)
    try:
        if broadcast:
            socket.set_option(Option.BROADCAST, 1)
        if local is not None:
            socket.bind(local)
        # As in asyncio: a socket that broadcasts receives answers from every peer.
        if remote is not None and not broadcast:
            socket.connect(remote)
    except BaseException:
        socket.close()
        raise
    return socket
