"""A socket of Python's own kind under a transport of this package."""

from __future__ import annotations

import os
import socket as stdlib

from .._socket import Socket


class AdoptedSocket(Socket):
    """A `libudp.Socket` on the same socket of the system as another object, with the address, the groups and the options
    that it has. The two have descriptors of their own, and `close` closes both."""

    _original = None

    def __init__(self, original: stdlib.socket) -> None:
        if original.type != stdlib.SOCK_DGRAM or original.family not in (stdlib.AF_INET, stdlib.AF_INET6):
            raise ValueError(f"A datagram socket was expected, got {original!r}")
        super().__init__(_family(original))
        try:
            os.dup2(original.fileno(), self.fileno(), inheritable=False)
        except BaseException:
            super().close()
            raise
        self._original = original

    def close(self) -> None:
        """Closes both objects."""
        super().close()
        if self._original is not None:
            self._original.close()


def _family(sock: stdlib.socket) -> str:
    if sock.family == stdlib.AF_INET:
        return "ipv4"
    return "ipv6" if sock.getsockopt(stdlib.IPPROTO_IPV6, stdlib.IPV6_V6ONLY) else "dual"
