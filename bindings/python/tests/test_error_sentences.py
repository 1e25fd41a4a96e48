"""Error sentences say what to do."""

import subprocess
import sys

import pytest

import libudp
from helpers import environment_with_package
from libudp import Option

HERE = ("127.0.0.1", 9)


@pytest.mark.parametrize(
    "call",
    [
        lambda socket: socket.sendto("text", HERE),
        lambda socket: socket.send_batch([("text", HERE)]),
        lambda socket: socket.send_batch_to(["text", b"bytes"], HERE),
        lambda socket: socket.send_segments("text", 2, HERE),
        lambda socket: socket.broadcast("text", 9),
        lambda socket: socket.reply("text", HERE, libudp.PacketInfo(local="127.0.0.1")),
    ],
)
def test_send_of_str_names_encode_and_sendto_text(sender, call):
    with pytest.raises(TypeError, match=r"bytes, not str.*sendto_text.*\.encode\(\)"):
        call(sender)


def test_send_of_other_object_names_its_type(sender):
    with pytest.raises(TypeError, match="bytes-like object, not int"):
        sender.sendto(3, HERE)


def test_port_as_str_names_int(sender):
    calls = [
        lambda: sender.bind(("", "8080")),
        lambda: sender.connect(("127.0.0.1", "8080")),
        lambda: sender.sendto(b"x", ("127.0.0.1", "8080")),
        lambda: sender.broadcast(b"x", "8080"),
        lambda: libudp.resolve("127.0.0.1", "8080"),
    ]
    for call in calls:
        with pytest.raises(TypeError, match=r"a port is an int, not '8080'; use int\('8080'\)"):
            call()
    with pytest.raises(TypeError, match="a port is an int, not 'http'$"):
        libudp.resolve("127.0.0.1", "http")


def test_timeout_as_str_names_seconds(sender):
    for call in sender.settimeout, lambda timeout: sender.recvfrom(timeout=timeout):
        with pytest.raises(TypeError, match="a timeout is a number of seconds, or None to wait forever, not '1'"):
            call("1")


@pytest.mark.parametrize(
    "name, instead",
    [
        ("send", "sendto"),
        ("recv", "recvfrom"),
        ("recv_into", "recv_batch_into"),
        ("setsockopt", "set_option"),
        ("getsockopt", "get_option"),
        ("getsockname", "local_address"),
        ("getpeername", "peer_address"),
        ("setblocking", "settimeout"),
    ],
)
def test_method_of_standard_socket_names_the_method_here(sender, name, instead):
    with pytest.raises(AttributeError, match=f"no attribute '{name}': use .*{instead}"):
        getattr(sender, name)
    assert hasattr(type(sender), instead) and not hasattr(sender, name)


@pytest.mark.parametrize("name", ["send", "close_", "receive", "unread", "handle"])
def test_traceback_of_unknown_attribute_shows_no_private_name(name):
    program = f"import libudp\nwith libudp.Socket() as socket: socket.{name}"
    done = subprocess.run([sys.executable, "-c", program], env=environment_with_package(), stderr=subprocess.PIPE)
    last = done.stderr.decode().splitlines()[-1]
    assert last.startswith("AttributeError") and "'_" not in last


def test_dir_has_public_names_only(sender):
    names = {name for name in dir(sender) if not name.startswith("__")}
    assert {"sendto", "recvfrom", "set_option", "close"} <= names
    assert not [name for name in names if name.startswith("_")] and "send" not in names


@pytest.mark.parametrize("host", ["255.255.255.255", "<broadcast>"])
def test_send_to_broadcast_address_names_option_and_broadcast(sender, host):
    with libudp.Socket() as socket:
        with pytest.raises(libudp.AccessError, match="BROADCAST.*broadcast"):
            socket.sendto(b"x", (host, 9))


def test_second_bind_names_the_address(receiver):
    host, port = receiver.local_address
    with pytest.raises(libudp.InvalidError, match=f"already bound to {host}:{port}"):
        receiver.bind(("127.0.0.1", 0))


def test_reuse_option_after_bind_is_an_error(receiver):
    for option in Option.REUSE_ADDRESS, Option.REUSE_PORT:
        with pytest.raises(libudp.InvalidError, match="bind"):
            receiver.set_option(option, 1)


def test_unknown_interface_is_named(sender):
    for call in (
        lambda: sender.join("239.1.2.3", "nowhere0"),
        lambda: sender.broadcast(b"x", 9, "nowhere0"),
        lambda: libudp.interface_index("nowhere0"),
        lambda: libudp.resolve("fe80::1%nowhere0", 9),
    ):
        with pytest.raises(libudp.NoInterfaceError, match="nowhere0"):
            call()


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "[::1]"])
def test_host_with_port_or_brackets_says_that_they_are_two_arguments(host):
    with pytest.raises(libudp.Error, match="host"):
        libudp.resolve(host, 9)


def test_timeout_default_is_readable_in_help():
    text = subprocess.run(
        [sys.executable, "-c", "import libudp; help(libudp.Socket)"],
        env={**environment_with_package(), "PAGER": "cat", "TERM": "dumb"},
        stdout=subprocess.PIPE,
        encoding="utf-8",
        check=True,
    ).stdout
    assert "socket.gettimeout()" in text and "<" not in "".join(
        line for line in text.splitlines() if "timeout: 'Timeout'" in line
    )
