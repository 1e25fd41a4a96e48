"""The drop-in's options, beside CPython's: every level, every form."""

import struct

import pytest

from conftest import SECONDS
from differential import differential, each_module
from helpers import privately

INT = struct.Struct("@i")
TIMEVAL = struct.Struct("@ll")
# What is another number in each socket: the processor it ran on, its NAPI and its cookie (asm-generic/socket.h).
ITS_OWN = 49, 56, 57
LEVELS = "SOL_SOCKET", "IPPROTO_IP", "IPPROTO_UDP"


@differential
def test_getsockopt_reads_all_options_as_cpython(trial):
    one = trial.open("127.0.0.1")
    s = trial.socket
    for level in LEVELS:
        for option in range(128):
            if level == "SOL_SOCKET" and option in ITS_OWN:
                continue
            trial.do(one.getsockopt, getattr(s, level), option)


@differential
def test_setsockopt_values_behave_as_in_cpython(trial):
    one = trial.open("127.0.0.1")
    s = trial.socket
    values = [1, 0, True, INT.pack(1), bytearray(INT.pack(0)), memoryview(INT.pack(1)), b"", b"\1", b"12345678"]
    values += [2**40, -(2**40), -1, 1.5, "1", None, [1], memoryview(b"12345678")[::2]]
    for value in values:
        trial.do(one.setsockopt, s.SOL_SOCKET, s.SO_BROADCAST, value)
        trial.do(one.getsockopt, s.SOL_SOCKET, s.SO_BROADCAST)
        trial.do(one.setsockopt, s.IPPROTO_IP, s.IP_TTL, value)
        trial.do(one.getsockopt, s.IPPROTO_IP, s.IP_TTL)
    for length in 0, 1, 4, 64, -1, "1":
        trial.do(one.setsockopt, s.SOL_SOCKET, s.SO_BROADCAST, None, length)
        trial.do(one.setsockopt, s.SOL_SOCKET, s.SO_BROADCAST, 1, length)
        trial.do(one.setsockopt, s.SOL_SOCKET, s.SO_BINDTODEVICE, None, length)
    for arguments in (), (s.SOL_SOCKET,), (s.SOL_SOCKET, s.SO_BROADCAST), ("1", 1, 1), (1, "1", 1), (2**40, 1, 1):
        trial.do(one.setsockopt, *arguments)


@differential
def test_getsockopt_forms_behave_as_in_cpython(trial):
    one = trial.open("127.0.0.1")
    s = trial.socket
    for length in 0, 1, 2, 4, 8, 1024, 1025, -1, 2**40, "4", 4.0, None:
        trial.do(one.getsockopt, s.SOL_SOCKET, s.SO_TYPE, length)
        trial.do(one.getsockopt, s.SOL_SOCKET, s.SO_RCVTIMEO, length)
    for arguments in (), (s.SOL_SOCKET,), ("1", 1), (1, "1"), (2**40, 1), (77, 1), (s.SOL_SOCKET, 9999), (1, 3, 4, 5):
        trial.do(one.getsockopt, *arguments)


@differential
def test_setsockopt_of_common_options_behaves_as_in_cpython(trial):
    s = trial.socket
    one = trial.open("127.0.0.1")
    group = s.inet_aton("239.255.7.7") + s.inet_aton("127.0.0.1")
    for level, option, value in [
        (s.SOL_SOCKET, s.SO_BROADCAST, 1),
        (s.SOL_SOCKET, s.SO_RCVBUF, 50_000),
        (s.SOL_SOCKET, s.SO_SNDBUF, 50_000),
        (s.SOL_SOCKET, s.SO_REUSEADDR, 1),
        (s.SOL_SOCKET, s.SO_PRIORITY, 3),
        (s.SOL_SOCKET, s.SO_BINDTODEVICE, b"lo"),
        (s.IPPROTO_IP, s.IP_TTL, 3),
        (s.IPPROTO_IP, s.IP_TOS, 0x10),
        (s.IPPROTO_IP, s.IP_MULTICAST_TTL, 2),
        (s.IPPROTO_IP, s.IP_MULTICAST_LOOP, b"\1"),
        (s.IPPROTO_IP, s.IP_MULTICAST_IF, s.inet_aton("127.0.0.1")),
        (s.IPPROTO_IP, s.IP_ADD_MEMBERSHIP, group),
        (s.IPPROTO_IP, s.IP_ADD_MEMBERSHIP, group),
        (s.IPPROTO_IP, s.IP_DROP_MEMBERSHIP, group),
        (s.IPPROTO_IPV6, s.IPV6_V6ONLY, 1),
    ]:
        trial.do(one.setsockopt, level, option, value)
        trial.do(one.getsockopt, level, option)
        trial.do(one.getsockopt, level, option, 64)


@differential
def test_ipv6_options_behave_as_in_cpython(trial):
    s = trial.socket
    one = trial.open(family=s.AF_INET6)
    for option in range(1, 80):
        trial.do(one.getsockopt, s.IPPROTO_IPV6, option)
    for option in s.IPV6_V6ONLY, s.IPV6_UNICAST_HOPS, s.IPV6_RECVPKTINFO, s.IPV6_MULTICAST_HOPS:
        trial.do(one.setsockopt, s.IPPROTO_IPV6, option, 1)
        trial.do(one.getsockopt, s.IPPROTO_IPV6, option)


@differential
def test_multicast_options_behave_as_in_cpython(trial):
    s = trial.socket
    one, other = trial.open("127.0.0.1"), trial.open()
    trial.do(other.bind, ("239.255.7.7", 0))
    trial.do(other.setsockopt, s.IPPROTO_IP, s.IP_ADD_MEMBERSHIP, s.inet_aton("239.255.7.7") + s.inet_aton("127.0.0.1"))
    trial.do(one.setsockopt, s.IPPROTO_IP, s.IP_MULTICAST_IF, s.inet_aton("127.0.0.1"))
    trial.do(one.sendto, b"hello", ("239.255.7.7", other.getsockname()[1]))
    trial.do(other.recvfrom, 100)


@each_module
@pytest.mark.parametrize("call", ["recv", "recvfrom", "recvmsg"])
def test_timeout_options_apply_without_a_python_timeout(module, call):
    with module.socket(type=module.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.setsockopt(module.SOL_SOCKET, module.SO_RCVTIMEO, TIMEVAL.pack(0, 20_000))
        with pytest.raises(BlockingIOError):
            getattr(one, call)(10)
        one.settimeout(0.01)
        with pytest.raises(module.timeout):
            getattr(one, call)(10)
        one.setblocking(True)
        with pytest.raises(BlockingIOError):
            getattr(one, call)(10)
        one.setsockopt(module.SOL_SOCKET, module.SO_RCVTIMEO, TIMEVAL.pack(int(SECONDS), 0))
        one.sendto(b"x", one.getsockname())
        getattr(one, call)(10)


@privately
def test_ipv6_only_default_is_that_of_the_system():
    @differential
    def test(trial):
        s = trial.socket
        one = trial.open(family=s.AF_INET6)
        trial.do(one.getsockopt, s.IPPROTO_IPV6, s.IPV6_V6ONLY)
        trial.do(one.sendto, b"x", ("::ffff:127.0.0.1", 9))
        trial.do(one.setsockopt, s.IPPROTO_IPV6, s.IPV6_V6ONLY, 0)
        trial.do(one.sendto, b"x", ("::ffff:127.0.0.1", 9))

    with open("/proc/sys/net/ipv6/bindv6only", "w") as setting:
        setting.write("1")
    test()
