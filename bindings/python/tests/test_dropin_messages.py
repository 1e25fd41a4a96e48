"""The drop-in's messages, beside CPython's: pieces, control messages, the error queue."""

import socket as standard
from struct import Struct, pack

from differential import differential

INT = Struct("@i")
# struct sock_extended_err of linux/errqueue.h, which begins each message of the error queue.
ERROR = Struct("@IBBBBII")
SO_EE_ORIGIN_ICMP = 2
# Of linux/in.h; not every Python has them.
IP_PKTINFO, IP_RECVERR, IP_RECVTTL, IP_RECVTOS = 8, 11, 12, 13


@differential
def test_sendmsg_buffers_behave_as_in_cpython(trial):
    one, other = trial.pair()
    for pieces in [b"one", b"two"], [], [b""], (b"a", bytearray(b"b"), memoryview(b"c")), iter([b"x"]), {b"k": 1}:
        trial.do(one.sendmsg, pieces)
        trial.do(other.recvmsg, 100)
    trial.do(one.sendmsg, [b"x"] * 1024)
    trial.do(lambda: len(other.recv(2000)))
    trial.do(one.sendmsg, [b"x"] * 1025)
    for pieces in None, 5, b"bytes", "text", [None], [5], ["text"]:
        trial.do(one.sendmsg, pieces)
    trial.do(one.sendmsg)


@differential
def test_recvmsg_into_buffers_behave_as_in_cpython(trial):
    one, other = trial.pair()
    for rooms in [3, 3], [3, 0, 3], [5], [2, 2], [], [0], [1] * 1024:
        buffers = [bytearray(room) for room in rooms]
        trial.do(one.send, b"hello")
        trial.do(other.recvmsg_into, buffers)
        trial.note(b"".join(buffers))
    other.settimeout(0)
    trial.do(other.recvmsg_into, [bytearray(1)] * 1025)
    for buffers in None, 5, bytearray(5), "text", [None], [5], [b"read only"]:
        trial.do(other.recvmsg_into, buffers)
    trial.do(other.recvmsg_into)
    trial.do(other.recvmsg_into, [bytearray(1)], -1)


@differential
def test_recvmsg_truncated_sets_flags(trial):
    one, other = trial.pair()
    s = trial.socket
    for flags in 0, s.MSG_PEEK, s.MSG_TRUNC, s.MSG_PEEK | s.MSG_TRUNC, s.MSG_DONTWAIT:
        one.send(b"hello")
        trial.do(lambda: _cut(other.recvmsg(2, 0, flags)))
        other.settimeout(0)
        trial.do(other.recv, 10)
        one.send(b"hello")
        trial.do(other.recvmsg_into, [bytearray(2)], 0, flags)
        trial.do(other.recv, 10)


def _cut(found):
    return len(found[0]), found[0][:2], found[1:]


@differential
def test_control_messages_are_received(trial):
    one, other = trial.pair()
    s = trial.socket
    for option in IP_RECVTOS, IP_RECVTTL, IP_PKTINFO:
        other.setsockopt(s.IPPROTO_IP, option, 1)
    one.setsockopt(s.IPPROTO_IP, s.IP_TOS, 0x28)
    for room in 0, 1, 16, 17, 18, 24, 40, 100, 1000:
        one.send(b"hello")
        trial.do(other.recvmsg, 100, room)
        one.send(b"hello")
        trial.do(other.recvmsg_into, [bytearray(100)], room)
    for room in -1, 2**40, "1", 1.5:
        trial.do(other.recvmsg, 100, room)


@differential
def test_control_messages_are_sent(trial):
    one, other = trial.pair()
    s = trial.socket
    for option in IP_RECVTOS, IP_RECVTTL:
        other.setsockopt(s.IPPROTO_IP, option, 1)
    tos, ttl = (s.IPPROTO_IP, s.IP_TOS, INT.pack(0x10)), (s.IPPROTO_IP, s.IP_TTL, INT.pack(7))
    for control in [], (), [tos], [ttl], [tos, ttl], (list(tos),), iter([ttl]), [(0, s.IP_TOS, bytearray(b"\x10"))]:
        if trial.do(one.sendmsg, [b"hello"], control) is not None:
            trial.do(other.recvmsg, 100, 100)
    one.sendmsg([b"after"], [ttl], s.MSG_CONFIRM, other.getsockname())
    trial.do(other.recvmsg, 100, 100)
    item = s.IPPROTO_IP
    wrong = [None, 5, [None], [5], [()], [tos[:2]], [(*tos, 1)], [(item, 1, "text")], [("0", 1, b"")], [(2**40, 1, b"")]]
    wrong += [[(item, 77, b"x")], [(item, s.IP_TOS, b"")], [(s.SOL_SOCKET, s.SCM_RIGHTS, pack("@i", -1))]]
    for control in wrong:
        trial.do(one.sendmsg, [b"x"], control)


@differential
def test_ipv6_control_messages(trial):
    one, other = trial.open("::1"), trial.open("::1")
    s = trial.socket
    one.connect(other.getsockname())
    for option in s.IPV6_RECVTCLASS, s.IPV6_RECVHOPLIMIT, s.IPV6_RECVPKTINFO:
        trial.do(other.setsockopt, s.IPPROTO_IPV6, option, 1)
    trial.do(one.sendmsg, [b"x"], [(s.IPPROTO_IPV6, s.IPV6_TCLASS, INT.pack(0x28))])
    trial.do(other.recvmsg, 100, 1000)
    trial.do(one.sendmsg, [b"x"], [(s.IPPROTO_IPV6, s.IPV6_HOPLIMIT, INT.pack(3))])
    trial.do(other.recvmsg, 100, 1000)


@differential
def test_error_queue_behaves_as_in_cpython(trial):
    s = trial.socket
    address = trial.refusing()
    one = trial.open("127.0.0.1")
    one.setsockopt(s.IPPROTO_IP, IP_RECVERR, 1)
    one.sendto(b"anybody?", address)
    data, control, flags, peer = one.recvmsg(100, 512, s.MSG_ERRQUEUE)
    trial.note(data, flags, peer, [(level, kind) for level, kind, _ in control])
    errno, origin, *_ = ERROR.unpack_from(control[0][2])
    trial.note(errno, origin == SO_EE_ORIGIN_ICMP)
    # An empty queue is waited for only if there is a time-out.
    for timeout in 0, 0.01, None:
        one.settimeout(timeout)
        trial.do(one.recvmsg, 100, 512, s.MSG_ERRQUEUE)
        trial.do(one.recv, 100, s.MSG_ERRQUEUE)


@differential
def test_module_functions_accept_the_sockets(trial):
    one, other = trial.pair()
    if hasattr(standard, "send_fds"):
        trial.do(trial.socket.send_fds, one, [b"x"], [0])  # no datagram of UDP carries descriptors
    trial.do(one.send, b"x")
    if hasattr(standard, "recv_fds"):
        trial.do(trial.socket.recv_fds, other, 10, 1)
