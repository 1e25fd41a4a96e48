"""Methods of Python's own socket that `Socket` has under another name: using them raises an error that says which."""

from __future__ import annotations

from typing import NoReturn


class OtherName:
    """An attribute that does not exist, with the name to use instead."""

    def __init__(self, instead: str) -> None:
        self.__doc__ = f"Not a method of libudp.Socket. Use {instead}."
        self._instead = instead

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    # A descriptor and not __getattr__, which would slow down every other attribute.
    def __get__(self, socket: object, kind: type) -> NoReturn:
        raise AttributeError(f"libudp.Socket has no attribute {self._name!r}: use {self._instead}")


class OtherNames:
    """The names of Python's own socket that differ here."""

    send = OtherName("sendto(data), which needs no address on a connected socket")
    sendall = OtherName("sendto(data), which needs no address on a connected socket")
    sendmsg = OtherName("sendto, reply, or libudp.socket for control messages")
    recv = OtherName("recvfrom, which returns (data, sender)")
    recv_into = OtherName("recv_batch_into, with a libudp.Batch")
    recvfrom_into = OtherName("recv_batch_into, with a libudp.Batch")
    recvmsg = OtherName("recvfrom_info, or libudp.socket for control messages")
    getsockname = OtherName("the attribute local_address")
    getpeername = OtherName("the attribute peer_address")
    setsockopt = OtherName("set_option, with a member of libudp.Option")
    getsockopt = OtherName("get_option, with a member of libudp.Option")
    setblocking = OtherName("settimeout: 0 does not wait, None waits forever")
    getblocking = OtherName("gettimeout: 0 does not wait, None waits forever")
