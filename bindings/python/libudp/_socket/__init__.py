"""The class `Socket`: one file for each topic, which are the sections of libudp.h."""

from __future__ import annotations

from .base import SocketBase
from .broadcast import BroadcastCalls
from .multicast import MulticastCalls
from .options import OptionCalls
from .other_names import OtherNames
from .path_errors import PathErrorCalls
from .receive import ReceiveCalls
from .reply import ReplyCalls
from .send import SendCalls
from .stats import StatsCalls
from .steer import SteerCalls
from .text import TextCalls


class Socket(
    SendCalls,
    ReceiveCalls,
    BroadcastCalls,
    ReplyCalls,
    MulticastCalls,
    PathErrorCalls,
    TextCalls,
    OptionCalls,
    StatsCalls,
    SteerCalls,
    SocketBase,
    OtherNames,
):
    """A UDP socket.

    Thread safety: any thread may call any method at any time. Sending and receiving threads do not wait for each other,
    and other Python threads run while a call waits. `close` ends the waiting calls of other threads with ClosedError.

    Addresses are tuples (host, port) with a numeric host, as `resolve` returns them. A `timeout` is in seconds: None
    waits forever, 0 does not wait (WouldBlockError). Its default is the timeout of the socket, see `settimeout`.

    In the examples, `socket` and `peer` are two sockets bound to 127.0.0.1.

    Args:
        family: "ipv4", "ipv6", or "dual" for both in one socket, where IPv4 peers have IPv4 addresses.
        reuse_address: other sockets with this flag may bind the same address and port, and each receives the
            broadcasts and multicasts (SO_REUSEADDR).
        reuse_port: other sockets with this flag may bind the same address and port, and the system distributes the
            peers among them (SO_REUSEPORT).
        coalesce: let the system coalesce the datagrams of a peer (UDP_GRO). That makes batches several times faster if
            few peers send much. Every call still returns single datagrams.

    Raises:
        LimitError: the process has too many open files. UnsupportedError, FamilyError: the system lacks a feature.

    >>> with libudp.Socket() as server, libudp.Socket() as client:
    ...     server.bind(("127.0.0.1", 0))
    ...     client.sendto(b"hello", server.local_address)
    ...     server.recvfrom(timeout=5.0)[0]
    5
    b'hello'
    """

    def __init__(
        self,
        family: str = "ipv4",
        *,
        reuse_address: bool = False,
        reuse_port: bool = False,
        coalesce: bool = False,
    ) -> None:
        super().__init__(family, reuse_address, reuse_port, coalesce)

    def __dir__(self) -> list[str]:
        # Only public names, for completion and for Python's "Did you mean".
        hidden = vars(OtherNames)
        return [name for name in super().__dir__() if name.startswith("__") or name[0] != "_" and name not in hidden]
