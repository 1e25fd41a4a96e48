"""The drop-in as a module and as a class: its names, its kinds, its life and its end."""

import copy
import fcntl
import gc
import os
import pickle
import re
import socket as standard
import subprocess
import sys
import warnings
import weakref
from errno import ECONNREFUSED
from struct import Struct
from threading import Thread

import pytest

from conftest import SECONDS
from differential import differential, each_module
from libudp import socket

TIMEVAL = Struct("@ll")
DGRAM, STREAM = standard.SOCK_DGRAM, standard.SOCK_STREAM


# They return sockets.
OWN_FUNCTIONS = {"create_connection", "create_server", "fromfd", "socketpair"}


def is_ours(one):
    """Whether a socket goes through the library."""
    return type(one) is socket.socket and one._socket__udp is not None


def test_module_has_all_names_of_the_standard_module():
    for name, value in vars(standard).items():
        if not (name.startswith("__") and name.endswith("__")) and name != "socket":
            if name not in OWN_FUNCTIONS:
                assert getattr(socket, name) is value, name
            else:
                assert getattr(socket, name) is not value and getattr(socket, name).__doc__, name
    assert set(socket.__all__) == set(standard.__all__)


# What PyPy 7.3 does not have; CPython without it stands for PyPy here.
WITHOUT_PYPYS_GAPS = """
import fcntl, os, select, socket
del fcntl.F_DUPFD_CLOEXEC, select.POLLRDHUP, socket.if_nametoindex
socket.__all__.remove("if_nametoindex")
import libudp.aio
from libudp import socket
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as b:
    a.bind(("127.0.0.1", 0))
    a.settimeout(0.001)
    try:
        a.recv(10)
    except socket.timeout:
        b.sendto(b"hello", a.getsockname())
    a.settimeout(20)
    assert a.recv(10) == b"hello"
    fd = a.detach()
    assert not os.get_inheritable(fd)
    os.close(fd)
"""


def test_module_without_the_names_that_pypy_lacks_works():
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", WITHOUT_PYPYS_GAPS], env=environment, check=True)


def test_star_import_gives_all_names():
    names = {}
    exec("from libudp.socket import *", names)
    assert set(standard.__all__) <= set(names)
    assert names["socket"] is socket.socket
    assert names["SOCK_DGRAM"] is DGRAM


def test_package_does_not_import_the_drop_in():
    code = "import libudp, sys; sys.exit('libudp.socket' in sys.modules)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert subprocess.run([sys.executable, "-c", code], env=environment).returncode == 0


@pytest.mark.parametrize(
    "arguments",
    [
        (standard.AF_INET, DGRAM),
        (standard.AF_INET, DGRAM, 0),
        (standard.AF_INET, DGRAM, standard.IPPROTO_UDP),
        (standard.AF_INET6, DGRAM),
        (-1, DGRAM),
        (int(standard.AF_INET), int(DGRAM), -1),
        (standard.AF_INET, DGRAM | standard.SOCK_NONBLOCK | standard.SOCK_CLOEXEC),
    ],
)
def test_udp_sockets_use_the_library(arguments):
    with socket.socket(*arguments) as one, standard.socket(*arguments) as other:
        assert is_ours(one)
        assert (one.family, one.type, one.proto) == (other.family, other.type, other.proto)
        assert isinstance(one.family, standard.AddressFamily) and isinstance(one.type, standard.SocketKind)


@pytest.mark.parametrize(
    "arguments",
    [(), (standard.AF_INET, STREAM), (standard.AF_UNIX, DGRAM), (standard.AF_INET, DGRAM, 136), (standard.AF_UNIX,)],
)
def test_other_sockets_are_standard(arguments):
    try:
        one = socket.socket(*arguments)
    except OSError as error:
        pytest.skip(f"not on this system: {error}")
    with one:
        assert isinstance(one, socket.socket) and not is_ours(one)


def test_functions_and_methods_return_sockets_of_exactly_this_class():
    def check(*sockets):
        for one in sockets:
            assert type(one) is socket.socket
        return sockets[0]

    with check(*(pair := socket.socketpair())), pair[1]:
        pair[0].sendall(b"x")
        assert pair[1].recv(8) == b"x"
        with check(pair[0].dup()) as copy, check(socket.fromfd(copy.fileno(), copy.family, copy.type)) as other:
            assert (other.family, other.type) == (standard.AF_UNIX, STREAM)
            other.sendall(b"y")
            assert pair[1].recv(8) == b"y"
    with check(socket.create_server(("127.0.0.1", 0))) as server:
        with check(socket.create_connection(server.getsockname(), timeout=SECONDS)) as client:
            assert client.gettimeout() == SECONDS
            connection, address = server.accept()
            with check(connection):
                assert address == client.getsockname() and connection.getpeername() == address
                connection.sendall(b"z")
                assert client.recv(8) == b"z"
        with pytest.raises(ConnectionRefusedError):
            with standard.socket() as free:
                free.bind(("127.0.0.1", 0))
                socket.create_connection(free.getsockname(), timeout=SECONDS)


def test_accept_of_a_socket_with_a_timeout_keeps_the_semantics_of_cpython():
    for module in (standard, socket):
        with module.create_server(("127.0.0.1", 0)) as server, module.create_connection(server.getsockname()):
            server.settimeout(SECONDS)
            with server.accept()[0] as connection:
                assert connection.gettimeout() is None
                assert not connection.get_inheritable()


@differential
def test_constructor_arguments_behave_as_in_cpython(trial):
    create = trial.socket.socket
    for arguments in [
        ("AF_INET", DGRAM),
        (None, DGRAM),
        (2.5, DGRAM),
        (standard.AF_INET, "SOCK_DGRAM"),
        (standard.AF_INET, None),
        (standard.AF_INET, DGRAM, "udp"),
        (standard.AF_INET, DGRAM, 6),
        (standard.AF_INET, 77),
        (9999, DGRAM),
        (2**40, DGRAM),
        (standard.AF_INET, DGRAM, 0, "fileno"),
        (standard.AF_INET, DGRAM, 0, -1),
        (standard.AF_INET, DGRAM, 0, 1.5),
        (standard.AF_INET, DGRAM, 0, None, 5),
    ]:
        trial.do(create, *arguments)
    trial.do(lambda: create(family=standard.AF_INET, type=DGRAM, proto=0, fileno=None).close())
    trial.do(create, kind=DGRAM)


def test_sockets_of_standard_functions_are_instances():
    left, right = socket.socketpair()
    with left, right:
        assert isinstance(left, socket.socket)
        left.sendall(b"x")
        assert right.recv(10) == b"x"
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname()) as client, server.accept()[0] as peer:
            assert isinstance(client, socket.socket) and isinstance(peer, socket.socket)
    assert issubclass(standard.socket, socket.socket) and issubclass(socket.socket, standard.socket)
    assert not isinstance("socket", socket.socket)


def test_stream_sockets_work():
    with socket.socket() as server, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as client:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client.settimeout(SECONDS)
        client.connect(server.getsockname())
        assert client.getpeername() == server.getsockname()
        peer, _ = server.accept()
        with peer:
            for send, receive in [
                (lambda: client.sendall(b"hello"), lambda: peer.recv(5)),
                (lambda: client.send(b"hello"), lambda: peer.recvfrom(5)[0]),
                (lambda: client.sendmsg([b"hel", b"lo"]), lambda: peer.recvmsg(5)[0]),
            ]:
                send()
                assert receive() == b"hello"
            buffer = bytearray(5)
            for receive in peer.recv_into, peer.recvfrom_into, lambda b: peer.recvmsg_into([b]):
                client.sendall(b"hello")
                receive(buffer)
                assert buffer == b"hello"
            peer.setblocking(False)
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            with socket.socket() as bound, socket.socket() as another:
                bound.bind(("127.0.0.1", 0))  # and nobody listens
                assert another.connect_ex(bound.getsockname()) == ECONNREFUSED
            with pytest.raises(TypeError):
                peer.sendto(b"x", 0, "nowhere")


@differential
def test_subclass_without_super_init_works(trial):
    class Mine(trial.socket.socket):
        def __init__(self, greeting):
            super().__init__(trial.socket.AF_INET, trial.socket.SOCK_DGRAM)
            self.greeting = greeting

        def send(self, data):
            return super().send(self.greeting + data)

    with Mine(b"dear ") as one, trial.open("127.0.0.1") as other:
        one.connect(other.getsockname())
        trial.do(one.send, b"you")
        trial.do(other.recv, 100)
        trial.note(isinstance(one, trial.socket.socket), isinstance(other, Mine))
        if trial.socket is socket:
            assert one._socket__udp is not None


@differential
def test_attributes_equal_those_of_cpython(trial):
    one = trial.open()
    trial.do(lambda: one.colour)
    trial.do(setattr, one, "colour", "red")
    trial.do(setattr, one, "family", 1)
    trial.note(weakref.ref(one)() is one, one == one, hash(one) == hash(one))
    trial.note(sorted(name for name in dir(one) if not name.startswith("_")))


@differential
def test_repr_equals_that_of_cpython(trial):
    def text(one):
        return re.sub(r"(fd=|', )\d+", r"\1N", repr(one)).replace("libudp.", "")

    one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
    trial.note(text(one))
    one.connect(other.getsockname())
    trial.note(text(one))
    one.close()
    trial.note(text(one))
    trial.note(text(trial.socket.socket.__new__(trial.socket.socket)).partition("family")[0])


@differential
def test_copy_and_pickle_of_socket_raise(trial):
    one = trial.open()
    for call in copy.copy, copy.deepcopy, *(lambda one, n=n: pickle.dumps(one, n) for n in range(6)):
        trial.do(call, one)


CLOSED = {
    "bind": lambda one: one.bind(("127.0.0.1", 0)),
    "connect": lambda one: one.connect(("127.0.0.1", 9)),
    "connect to port 0": lambda one: one.connect(("127.0.0.1", 0)),
    "connect_ex": lambda one: one.connect_ex(("127.0.0.1", 9)),
    "send": lambda one: one.send(b"x"),
    "sendall": lambda one: one.sendall(b"x"),
    "sendto": lambda one: one.sendto(b"x", ("127.0.0.1", 9)),
    "sendto with flags": lambda one: one.sendto(b"x", 1, ("127.0.0.1", 9)),
    "sendmsg": lambda one: one.sendmsg([b"x"]),
    "recv": lambda one: one.recv(9),
    "recv of 0": lambda one: one.recv(0),
    "recvfrom": lambda one: one.recvfrom(9),
    "recv_into": lambda one: one.recv_into(bytearray(9)),
    "recvfrom_into": lambda one: one.recvfrom_into(bytearray(9)),
    "recvmsg": lambda one: one.recvmsg(9),
    "recvmsg_into": lambda one: one.recvmsg_into([bytearray(9)]),
    "setsockopt": lambda one: one.setsockopt(1, 6, 1),
    "setsockopt of nothing": lambda one: one.setsockopt(1, 6, None, 4),
    "getsockopt": lambda one: one.getsockopt(1, 6),
    "getsockname": lambda one: one.getsockname(),
    "getpeername": lambda one: one.getpeername(),
    "shutdown": lambda one: one.shutdown(0),
    "settimeout": lambda one: one.settimeout(1),
    "gettimeout": lambda one: one.gettimeout(),
    "setblocking": lambda one: one.setblocking(True),
    "fileno": lambda one: one.fileno(),
    "detach": lambda one: one.detach(),
    "dup": lambda one: one.dup(),
    "close": lambda one: one.close(),
    "family": lambda one: one.family,
    "type": lambda one: one.type,
    "proto": lambda one: one.proto,
    "get_inheritable": lambda one: one.get_inheritable(),
    "set_inheritable": lambda one: one.set_inheritable(True),
    "with": lambda one: one.__enter__() is one,
}


@pytest.mark.parametrize("how", ["close", "detach"])
def test_calls_on_closed_socket_behave_as_in_cpython(how):
    @differential
    def test(trial):
        for call in CLOSED.values():
            one = trial.open("127.0.0.1")
            ended = getattr(one, how)()
            if ended is not None:
                os.close(ended)
            trial.do(call, one)

    test()


@differential
def test_with_block_closes_the_drop_in(trial):
    with trial.socket.socket(type=DGRAM) as one:
        trial.note(one.fileno() >= 0)
        descriptor = one.fileno()
    trial.note(one.fileno())
    trial.do(os.fstat, descriptor)


@each_module
def test_socket_not_closed_warns_and_is_closed(module):
    one = module.socket(type=DGRAM)
    descriptor = one.fileno()
    with pytest.warns(ResourceWarning, match=f"unclosed <.*socket fd={descriptor}") as warned:
        del one
        gc.collect()
    assert warned[0].filename == __file__
    with pytest.raises(OSError):
        os.fstat(descriptor)


@pytest.mark.parametrize("kind", [DGRAM, STREAM])
def test_socket_closed_or_never_opened_does_not_warn(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        one = socket.socket(type=kind)
        one.close()
        del one
        socket.socket.__new__(socket.socket)
        with pytest.raises(TypeError):
            socket.socket(standard.AF_INET, kind, "proto")
        gc.collect()


def test_descriptors_are_not_leaked():
    before = sorted(os.listdir("/proc/self/fd"))
    for _ in range(5):
        with socket.socket(type=DGRAM) as one:
            one.settimeout(0.001)
            with pytest.raises(socket.timeout):
                one.recv(10)
            os.close(one.dup().detach())
        os.close(socket.socket(type=DGRAM).detach())
        with pytest.raises(OSError):
            socket.socket(standard.AF_INET, DGRAM, 6)
    assert sorted(os.listdir("/proc/self/fd")) == before


@differential
def test_detached_descriptor_stays_open(trial):
    one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
    address, number = one.getsockname(), one.fileno()
    one.set_inheritable(True)
    descriptor = one.detach()
    trial.note(descriptor == number, one.fileno(), os.get_inheritable(descriptor))
    trial.do(one.detach)
    with trial.socket.socket(fileno=descriptor) as again:
        trial.note(again.family, again.type, again.getsockname() == address, again.fileno() == descriptor)
        other.sendto(b"still there", address)
        trial.do(again.recv, 100)


def test_dup_uses_the_library():
    with socket.socket(socket.AF_INET6, DGRAM) as one, one.dup() as again:
        assert is_ours(again) and again.family == socket.AF_INET6


@differential
def test_dup_behaves_as_in_cpython(trial):
    one, other = trial.open("127.0.0.1"), trial.open("127.0.0.1")
    one.settimeout(5)
    with one.dup() as again:
        trial.note(type(again) is type(one), again.gettimeout(), again.family, again.type, again.proto)
        trial.note(again.fileno() != one.fileno(), again.getsockname() == one.getsockname(), again.get_inheritable())
        one.close()
        other.sendto(b"hello", again.getsockname())
        trial.do(again.recv, 100)
    other.setsockopt(trial.socket.SOL_SOCKET, trial.socket.SO_RCVTIMEO, TIMEVAL.pack(0, 1000))
    with other.dup() as again:
        again.setblocking(True)
        trial.do(again.recv, 100)
    with trial.socket.fromfd(other.fileno(), trial.socket.AF_INET, DGRAM) as again:
        trial.note(again.getsockname() == other.getsockname())


@differential
def test_inheritable_behaves_as_in_cpython(trial):
    one = trial.open()
    trial.note(one.get_inheritable(), fcntl.fcntl(one, fcntl.F_GETFD))
    trial.do(one.set_inheritable, True)
    trial.note(one.get_inheritable())
    one.setblocking(True)
    trial.note(fcntl.fcntl(one, fcntl.F_GETFL) & os.O_NONBLOCK)


def test_threads_use_one_drop_in_socket():
    with socket.socket(type=DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(SECONDS)
        got = []
        receiver = Thread(target=lambda: got.extend(one.recv(10) for _ in range(200)))
        receiver.start()
        for number in range(200):
            one.sendto(b"%d" % number, one.getsockname())
        receiver.join(SECONDS)
        assert got == [b"%d" % number for number in range(200)]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_child_uses_the_socket():
    with socket.socket(type=DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        one.settimeout(SECONDS)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                one.sendto(b"from the child", one.getsockname())
                one.close()
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        assert one.recv(100) == b"from the child"
