"""A drop-in for Python's own `socket` module, whose UDP sockets are libudp's.

    from libudp import socket

instead of `import socket`, and nothing else of a program changes. All names of the standard module are here. Datagram
sockets for IPv4 and IPv6 send and receive through libudp; everything else is the standard module's.

They behave as CPython's do, also where libudp by itself promises more: `sendto`, `connect` and `bind` look names up and
may block for it, and a datagram that is longer than what is asked for is cut in silence. The README lists what differs.
"""

import socket as _standard
from socket import *

from ._dropin.socket import socket

__all__ = []
__all__ += _standard.__all__

# Programs use more of it than is in its `__all__`, such as `socket.SocketIO`.
globals().update({name: value for name, value in vars(_standard).items() if name not in globals()})
