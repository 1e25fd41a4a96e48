"""UDP from Python: sockets whose calls any thread may use, text that arrives readable, errors that say what happened.

    with libudp.Socket() as socket:
        socket.bind(("", 8080))
        text, sender = socket.recvfrom_text(timeout=5.0)
        socket.sendto_text(text, sender)
"""

from ._data.address import Address, resolve
from ._data.batch import Batch
from ._data.interface import Interface, InterfaceAddress, interface_index, interfaces
from ._native.calls import version
from ._socket.reply import PathError
from ._socket.options import Option
from ._data.packet import Details, Run, TruncatedBytes
from ._socket.wait import Ready
from ._socket.base import Socket
from ._socket.stats import Stats
from ._data.text import Text, decode, encode
from ._version import __version__
from .errors import (
    AccessError,
    AddressError,
    ArgumentError,
    ClosedError,
    EncodingError,
    Error,
    FamilyError,
    InternalError,
    InterruptedWaitError,
    InUseError,
    LimitError,
    MessageSizeError,
    NameServiceError,
    NoBuffersError,
    NoInterfaceError,
    NotConnectedError,
    NotFoundError,
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
    "ArgumentError",
    "Batch",
    "ClosedError",
    "Details",
    "EncodingError",
    "Error",
    "FamilyError",
    "InUseError",
    "Interface",
    "InterfaceAddress",
    "InternalError",
    "InterruptedWaitError",
    "LimitError",
    "MessageSizeError",
    "NameServiceError",
    "NoBuffersError",
    "NoInterfaceError",
    "NotConnectedError",
    "NotFoundError",
    "NotJoinedError",
    "NotLocalError",
    "Option",
    "OutOfMemoryError",
    "PathError",
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
