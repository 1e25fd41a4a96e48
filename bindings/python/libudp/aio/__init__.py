"""UDP for asyncio, on asyncio's own event loop and on uvloop.

`open` gives an endpoint with coroutines; `create_datagram_endpoint` takes an `asyncio.DatagramProtocol` that there is
already. Both take many datagrams in one call of the library, and keep empty ones.

    async with await libudp.aio.open(local=("127.0.0.1", 8080)) as endpoint:
        async for data, address in endpoint:
            await endpoint.sendto(data, address)

The loop has to have `add_reader`; on Windows that is asyncio.SelectorEventLoop.
"""

from ._create_datagram_endpoint import create_datagram_endpoint
from ._endpoint import Endpoint
from ._open import open, resolve
from ._transport import DatagramTransport

__all__ = ["DatagramTransport", "Endpoint", "create_datagram_endpoint", "open", "resolve"]
