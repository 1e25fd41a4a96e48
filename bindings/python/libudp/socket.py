"""A drop-in for Python's own `socket` module, whose UDP sockets use libudp.

    from libudp import socket

replaces `import socket`, and the rest of a program stays the same. The module has all names of the standard module.
IPv4 and IPv6 datagram sockets use libudp; everything else is standard.

The sockets behave as in CPython, also where libudp itself promises more: `sendto`, `connect` and `bind` look names up
and may block, and a datagram longer than requested is truncated silently. The README lists the differences.
"""

import socket as _standard
from socket import *

from ._dropin.functions import *
from ._dropin.socket import socket

__all__ = []
__all__ += _standard.__all__

# Programs also use names that are not in `__all__`, such as `socket.SocketIO`.
globals().update({name: value for name, value in vars(_standard).items() if name not in globals()})
