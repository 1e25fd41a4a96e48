"""UDP sockets that any thread may use at any time, with readable text and errors that say what to do.

    with libudp.Socket() as socket:
        socket.bind(("", 8080))
        text, sender = socket.recvfrom_text(timeout=5.0)
        socket.sendto_text(text, sender)
"""

from ._data.address import Address, resolve
from ._data.batch import Batch
from ._data.interface import Interface, InterfaceAddress, interface_index, interfaces
from ._data.packet import PacketInfo, Run, TruncatedBytes
from ._data.text import Text, decode, encode
from ._native.calls import version
from ._socket import Socket
from ._socket.base import Ready
from ._socket.options import Option
from ._socket.path_errors import PathError
from ._socket.poller import Event, Poller
from ._socket.stats import Offload, Stats
from ._version import __version__
from .errors import (
    AccessError,
    AddressError,
    ClosedError,
    EncodingError,
    Error,
    FamilyError,
    InUseError,
    InternalError,
    InterruptedWaitError,
    InvalidError,
    LimitError,
    MessageSizeError,
    NameNotFoundError,
    NameTryAgainError,
    NoBuffersError,
    NoInterfaceError,
    NotConnectedError,
    NotJoinedError,
    NotLocalError,
    OutOfMemoryError,
    RefusedError,
    TimedOutError,
    TruncatedError,
    UnmappableError,
    UnreachableError,
    UnsupportedError,
    WouldBlockError,
)

__all__ = [
    "AccessError",
    "Address",
    "AddressError",
    "Batch",
    "ClosedError",
    "EncodingError",
    "Error",
    "Event",
    "FamilyError",
    "InUseError",
    "Interface",
    "InterfaceAddress",
    "InternalError",
    "InterruptedWaitError",
    "InvalidError",
    "LimitError",
    "MessageSizeError",
    "NameNotFoundError",
    "NameTryAgainError",
    "NoBuffersError",
    "NoInterfaceError",
    "NotConnectedError",
    "NotJoinedError",
    "NotLocalError",
    "Offload",
    "Option",
    "OutOfMemoryError",
    "PacketInfo",
    "PathError",
    "Poller",
    "Ready",
    "RefusedError",
    "Run",
    "Socket",
    "Stats",
    "Text",
    "TimedOutError",
    "TruncatedBytes",
    "TruncatedError",
    "UnmappableError",
    "UnreachableError",
    "UnsupportedError",
    "WouldBlockError",
    "__version__",
    "decode",
    "encode",
    "interface_index",
    "interfaces",
    "resolve",
    "version",
]
