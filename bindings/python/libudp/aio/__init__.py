"""UDP for asyncio and uvloop.

`open` returns an endpoint with coroutines. `create_datagram_endpoint` serves an existing `asyncio.DatagramProtocol`.
Both receive many datagrams with one call of the library, and deliver empty datagrams.

    async with await libudp.aio.open(local=("127.0.0.1", 8080)) as endpoint:
        async for data, address in endpoint:
            await endpoint.sendto(data, address)

The event loop must have `add_reader`. On Windows, that is asyncio.SelectorEventLoop.
"""

from ._create_datagram_endpoint import create_datagram_endpoint
from ._endpoint import Endpoint
from ._open import open, resolve
from ._transport import DatagramTransport

__all__ = ["DatagramTransport", "Endpoint", "create_datagram_endpoint", "open", "resolve"]
