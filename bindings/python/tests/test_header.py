"""What the package declares is what libudp.h says."""

import ctypes
import inspect
import re
import sys

import pytest

import libudp.socket
from conftest import SECONDS
from libudp import Option, Socket
from libudp._dropin import datagrams
from libudp._native import declarations
from libudp._native.calls import lib, untyped_recvfrom, untyped_sendto
from libudp._socket import receive, send

# What each C type is in ctypes. A pointer to const char is a text that goes in, one to char a buffer that is filled.
TYPES = {
    "void": None,
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint8_t": ctypes.c_uint8,
    "uint16_t": ctypes.c_uint16,
    "uint32_t": ctypes.c_uint32,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "char": ctypes.c_char,
    "udp_socket": ctypes.c_int64,
    "udp_poller": ctypes.c_int64,
    "udp_ready *": ctypes.POINTER(declarations.udp_ready),
    "const char *": ctypes.c_char_p,
    "char *": ctypes.POINTER(ctypes.c_char),
    "const void *": ctypes.c_void_p,
    "void *": ctypes.c_void_p,
    "const udp_addr *": ctypes.POINTER(declarations.udp_addr),
    "udp_addr *": ctypes.POINTER(declarations.udp_addr),
    "udp_text_info *": ctypes.POINTER(declarations.udp_text_info),
    "udp_addr": declarations.udp_addr,
    "const udp_packet *": ctypes.POINTER(declarations.udp_packet),
    "udp_packet *": ctypes.POINTER(declarations.udp_packet),
    "udp_packet_info *": ctypes.POINTER(declarations.udp_packet_info),
    "const udp_packet_info *": ctypes.POINTER(declarations.udp_packet_info),
    "udp_stats *": ctypes.POINTER(declarations.udp_stats),
    "const udp_slice *": ctypes.POINTER(declarations.udp_slice),
    "udp_interface *": ctypes.POINTER(declarations.udp_interface),
    "udp_path_error *": ctypes.POINTER(declarations.udp_path_error),
    "size_t *": ctypes.POINTER(ctypes.c_size_t),
    "int32_t *": ctypes.POINTER(ctypes.c_int32),
}


def prototypes(text):
    """Name: (type returned, types of the parameters), and the prototype on one line."""
    found = {}
    for returned, name, inside in re.findall(r"^([\w ]+[ *])(udp_\w+)\(([^)]*)\)", text, re.MULTILINE):
        parameters = [] if inside.strip() == "void" else [" ".join(part.split()) for part in inside.split(",")]
        types = [re.fullmatch(r"(.*?[ *])\w+", parameter)[1].strip() for parameter in parameters]
        line = f"{returned}{name}({', '.join(parameters) or 'void'})"
        found[name] = (returned.strip(), types, line)
    return found


@pytest.fixture(scope="module")
def functions(header):
    found = prototypes(header)
    assert len(found) > 20
    return found


def test_declared_functions_are_those_of_the_header(functions):
    declared = set(re.findall(r"lib\.(udp_\w+)\.argtypes", inspect.getsource(declarations)))
    assert declared == set(functions)


def test_declared_types_are_those_of_the_header(functions):
    for name, (returned, types, _) in functions.items():
        function = getattr(lib, name)
        assert list(function.argtypes) == [TYPES[kind] for kind in types], name
        assert function.restype == TYPES[returned], name


def test_untyped_functions_return_what_the_header_says(functions):
    for name, function in (("udp_sendto", untyped_sendto), ("udp_recvfrom", untyped_recvfrom)):
        assert function.__name__ == name
        assert function.restype == TYPES[functions[name][0]]
        assert sys.implementation.name == "pypy" or function.argtypes is None


@pytest.mark.skipif(sys.implementation.name == "pypy", reason="PyPy has argtypes for these functions too")
@pytest.mark.parametrize("size", [0, 5, 9000, 20000])
def test_untyped_functions_are_called_with_the_types_of_the_header(functions, monkeypatch, size):
    called = set()

    def checked(name, function):
        def call(*arguments):
            called.add(name)
            assert [_kind(argument) for argument in arguments] == [_code(kind) for kind in functions[name][1]]
            return function(*arguments)

        return call

    for module, name, call in (
        (send, "udp_sendto", "untyped_sendto"),
        (receive, "udp_recvfrom", "untyped_recvfrom"),
        (datagrams, "udp_sendto", "untyped_sendto"),
        (datagrams, "udp_recvfrom", "untyped_recvfrom"),
    ):
        monkeypatch.setattr(module, call, checked(name, getattr(module, call)))
    data = b"x" * size
    with Socket() as one, libudp.socket.socket(type=libudp.socket.SOCK_DGRAM) as other:
        for each in one, other:
            each.bind(("127.0.0.1", 0))
            each.settimeout(SECONDS)
        for each in data, bytearray(data):
            one.sendto(each, other.getsockname())
            assert other.recvfrom(20001)[0] == data
            other.sendto(each, one.local_address)
            assert one.recvfrom(20001)[0] == data
        one.connect(other.getsockname())
        one.sendto(data)
        space = bytearray(20001)
        assert other.recv_into(space) == size
        other.connect(one.local_address)
        other.send(data)
        assert one.recvfrom()[0] == data
    assert called == {"udp_sendto", "udp_recvfrom"}


def _code(kind):
    """How a prepared parameter of a C type prints its type."""
    if kind.endswith("*"):
        return "P"
    return repr(TYPES[kind].from_param(0))[len("<cparam '")]


def _kind(argument):
    """The same of an argument. Without argtypes, ctypes passes an int as a C int, and bytes and None as pointers."""
    if argument is None or type(argument) is bytes:
        return "P"
    if type(argument) is int:
        assert -(2**31) <= argument < 2**31
        return _code("int32_t")
    return repr(argument)[len("<cparam '")]


def test_prototypes_in_comments_are_those_of_the_header(functions):
    comments = re.sub(r"\n *# {3,}", " ", inspect.getsource(declarations))
    for _, _, line in functions.values():
        assert f"# {line}\n" in comments


def test_structs_are_those_of_the_header(header):
    structs = re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", header, re.DOTALL)
    assert structs
    for body, name in structs:
        fields = []
        for kind, field, size in re.findall(r"(?:struct )?(\w+ \*?)(\w+)(?:\[(\d+)\])?;", body):
            one = TYPES[kind.strip()]
            fields.append((field, one * int(size) if size else one))
        assert getattr(declarations, name)._fields_ == fields


def test_structs_have_the_sizes_of_the_library():
    assert ctypes.sizeof(declarations.udp_addr) == 32
    assert ctypes.sizeof(declarations.udp_text_info) == 40
    assert ctypes.sizeof(declarations.udp_packet) == 48 + 2 * ctypes.sizeof(ctypes.c_void_p)
    assert ctypes.sizeof(declarations.udp_packet_info) == 64
    assert ctypes.sizeof(declarations.udp_stats) == 160
    assert ctypes.sizeof(declarations.udp_interface) == 352
    assert ctypes.sizeof(declarations.udp_path_error) == 80
    assert ctypes.sizeof(declarations.udp_slice) == 2 * ctypes.sizeof(ctypes.c_void_p)


def test_constants_have_the_values_of_the_header(enums):
    constants = {
        name: value
        for enum, members in enums.items()
        if enum not in ("udp_error_code", "udp_option")
        for name, value in members.items()
    }
    assert constants
    assert {name: value for name, value in vars(declarations).items() if name.startswith("UDP_")} == constants


def test_options_have_the_values_of_the_header(enums):
    options = {f"UDP_OPT_{option.name}": option.value for option in Option}
    assert options == enums["udp_option"]
