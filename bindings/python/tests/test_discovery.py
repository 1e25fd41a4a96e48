"""The examples that find others: by a multicast group, and as IP Messenger does. On networks of the tests' own."""

import signal
import socket as stdlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

import libudp
from conftest import SECONDS
from helpers import EXAMPLES, end, example, finish, neighbour, privately, start

STRAY_RECEIPT = "? 远@peer-pc at 192.0.2.2: a receipt for a message that was not sent there\n"

# ---- discovery.py ----


def discovery(*arguments):
    return start(str(EXAMPLES / "discovery.py"), *arguments)


def announcing(name, *group):
    process = discovery("announce", name, *group)
    assert process.stdout.readline().startswith(f"announcing {name} on ")
    return process


def found(*group):
    """The names that are found and where, without which of its IPv6 addresses a host answers from."""
    return {line.partition(" at ")[::2] for line in finish(discovery("find", *group)).splitlines()}


def ended(*processes):
    for process in processes:
        process.send_signal(signal.SIGINT)
        assert end(process)[1] == ""


@privately
def test_discovery_finds_announcers_on_both_hosts():
    with neighbour() as there:
        here, other = announcing("here"), announcing("also here")
        far = there(announcing, "dort \x1b[31m")
        assert found() == {("here", "192.0.2.1"), ("also here", "192.0.2.1"), (r"'dort \x1b[31m'", "192.0.2.2")}
        ended(here, other, far)


@privately
def test_discovery_finds_announcers_by_ipv6():
    with neighbour() as there:
        here, far = announcing("here", "ff02::4242"), there(announcing, "there", "ff02::4242")
        who = found("ff02::4242")
        assert {name for name, _ in who} == {"here", "there"}
        assert all(host.startswith("fe80::") and host.endswith("%here0") for _, host in who)
        ended(here, far)


@privately
def test_discovery_without_announcers_reports_it():
    assert end(discovery("find"), status=1) == ("", "no service answered\n")


def test_discovery_wrong_command_line_prints_usage():
    for arguments in [], ["announce"], ["frobnicate"]:
        assert "discovery.py announce NAME" in end(discovery(*arguments), status=1)[1]
    assert "is not a multicast address" in end(discovery("announce", "x", "127.0.0.1"), status=1)[1]


# ---- ipmsg.py: what a datagram says ----

ipmsg = example("ipmsg")
MESSAGE = ipmsg.Message(7, "will", "will-pc", 0x20, "hello")

# What GBK does not have makes it UTF-8; code points for private use mean different things to different tables.
names = st.text(st.characters(blacklist_categories=["Cs", "Co"], blacklist_characters="\0:"))
texts = st.text(st.characters(blacklist_categories=["Cs", "Co"], blacklist_characters="\0"))
numbers = st.integers(0, 2**32 - 1)
messages = st.builds(ipmsg.Message, numbers, names, names, numbers, texts, texts, names)


@given(messages)
def test_ipmsg_packed_message_is_parsed_back(message):
    parsed = ipmsg.parse(ipmsg.pack(message))
    assert parsed in (message, message._replace(command=message.command | ipmsg.UTF8))


@given(st.binary() | st.builds(b":".join, st.lists(st.binary(max_size=9) | st.from_regex(rb"[0-9]+", fullmatch=True))))
def test_ipmsg_arbitrary_bytes_raise_malformed_only(data):
    try:
        message = ipmsg.parse(data)
    except ipmsg.Malformed:
        return
    ipmsg.visible(message.text).encode("ascii", "backslashreplace")


@given(messages, st.data())
def test_ipmsg_truncated_message_is_malformed_or_shorter(message, data):
    whole = ipmsg.pack(message)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    try:
        assert ipmsg.parse(cut).packet == message.packet
    except ipmsg.Malformed:
        assert cut.count(b":") < 5


@pytest.mark.parametrize(
    "data, expected",
    [
        (b"1:100:will:will-pc:32:will broadcast", (100, "will", "will-pc", 32, "will broadcast", "", "1")),
        ("1:7:王:电脑:32:你好".encode("gbk"), (7, "王", "电脑", 32, "你好", "", "1")),
        ("1:7:王:电脑:8388640:你好".encode(), (7, "王", "电脑", 0x20 | 0x800000, "你好", "", "1")),
        (b"1_lbt4_0#128#0A#0#0#0:7:u:h:1:nick\0group\0", (7, "u", "h", 1, "nick", "group", "1_lbt4_0#128#0A#0#0#0")),
        (b"1:0007:u:h:00032:a:b:c", (7, "u", "h", 32, "a:b:c", "", "1")),
        (b"1:7:u:h:32:\xff\xff", (7, "u", "h", 32, "\ufffd\ufffd", "", "1")),
    ],
)
def test_ipmsg_messages_of_other_programs_are_parsed(data, expected):
    assert ipmsg.parse(data) == expected


@pytest.mark.parametrize(
    "data", [b"", b"1:7:u:h:32", b"1:x:u:h:32:", b"1:7:u:h:-32:", b"1:7:u:h: 32:", b"1::u:h:32:", b"1:7:u:h:%s:" % (b"9" * 5000)]
)
def test_ipmsg_invalid_message_raises_malformed(data):
    with pytest.raises(ipmsg.Malformed):
        ipmsg.parse(data)


# ---- ipmsg.py: between two hosts ----


class Peer:
    """The other side, written from the description of the protocol, on Python's own socket."""

    def __init__(self, host="", version="1"):
        self.socket = stdlib.socket(stdlib.AF_INET, stdlib.SOCK_DGRAM)
        self.socket.setsockopt(stdlib.SOL_SOCKET, stdlib.SO_BROADCAST, 1)
        self.socket.settimeout(SECONDS)
        self.socket.bind((host, 2425))
        self.version = version

    def send(self, packet, command, extra, to="192.0.2.1", encoding="gbk"):
        data = f"{self.version}:{packet}:远:peer-pc:{command}:{extra}".encode(encoding)
        self.socket.sendto(data, (to, 2425))

    def receive(self):
        """Command, extra, packet, and who sent it."""
        data, (host, port) = self.socket.recvfrom(65535)
        while host == "192.0.2.2":  # its own broadcast
            data, (host, port) = self.socket.recvfrom(65535)
        version, packet, user, name, command, extra = data.split(b":", 5)
        assert version == b"1" and user and name and port == 2425
        return int(command), extra, int(packet), host


def messenger():
    return start(str(EXAMPLES / "ipmsg.py"), "我")


def type_in(process, line):
    process.stdin.write(line + "\n")
    process.stdin.flush()


@privately
def test_ipmsg_announces_answers_and_exits():
    with neighbour() as there:
        peer = there(Peer, version="1_lbt4_0#128#0A#0#0#0#4001#9")
        process = messenger()
        command, extra, first, host = peer.receive()
        assert (command, extra, host) == (1, "我".encode("gbk"), "192.0.2.1")
        # To the one address, and to all; it comes from the address of this network either way.
        for packet, to in (70, "192.0.2.1"), (71, "192.0.2.255"):
            peer.send(packet, 1, "远方\0组", to)
            command, extra, number, host = peer.receive()
            assert (command, extra, host) == (3, "我".encode("gbk"), "192.0.2.1") and number > first
            assert process.stdout.readline() == "+ 远@peer-pc at 192.0.2.2: 远方\n"
        peer.send(72, 3, "远方")
        assert process.stdout.readline() == "+ 远@peer-pc at 192.0.2.2: 远方\n"
        peer.send(73, 2, "远方")
        assert process.stdout.readline() == "- 远@peer-pc at 192.0.2.2\n"
        type_in(process, "")
        assert peer.receive()[0] == 2
        assert end(process) == ("", "")


@privately
def test_ipmsg_repeated_message_is_shown_once_and_confirmed_each_time():
    with neighbour() as there:
        peer, process = there(Peer), messenger()
        peer.receive()
        for packet, flags, encoding in (80, 0, "gbk"), (81, 0x800000, "utf-8"):
            for _ in range(3):
                peer.send(packet, 0x120 | flags, "你好: \x1b[31m", encoding=encoding)
                command, extra, _, _ = peer.receive()
                assert (command, extra) == (0x21, b"%d" % packet)
            assert process.stdout.readline() == "远@peer-pc at 192.0.2.2: 你好: \\x1b[31m\n"
        # No receipt unless one is asked for.
        peer.send(82, 0x20, "still here?")
        assert process.stdout.readline() == "远@peer-pc at 192.0.2.2: still here?\n"
        process.stdin.close()
        process.stdin = None
        assert peer.receive()[0] == 2
        assert end(process) == ("\n", "")


@privately
def test_ipmsg_message_without_receipt_is_sent_again():
    with neighbour() as there:
        peer, process = there(Peer), messenger()
        peer.receive()
        for text, flags, encoding in ("你好", 0, "gbk"), ("\N{SNOWMAN} ਅ", 0x800000, "utf-8"):
            type_in(process, f"192.0.2.2 {text}")
            command, extra, packet, _ = peer.receive()
            assert (command, extra.decode(encoding)) == (0x120 | flags, text)
            # The first one was lost, say.
            assert peer.receive()[:3] == (command, extra, packet)
            peer.send(90, 0x21, packet)
            assert process.stdout.readline() == "192.0.2.2 has received it\n"
            # One that came late, or twice, is no news.
            peer.send(91, 0x21, packet)
        type_in(process, "192.0.2.2 are you there?")
        assert [peer.receive()[1] for _ in range(3)] == [b"are you there?"] * 3
        assert process.stdout.readline() == "192.0.2.2 did not confirm it\n"
        for line in "somebody hello", "192.0.2.2", "::1 x":
            type_in(process, line)
            if line != "192.0.2.2":
                assert process.stdout.readline().startswith("not sent: ")
            else:
                _, _, packet, _ = peer.receive()
                peer.send(92, 0x21, packet)
                assert process.stdout.readline() == "192.0.2.2 has received it\n"
        process.send_signal(signal.SIGINT)
        assert end(process) == ("\n", "")


@privately
def test_ipmsg_forged_and_truncated_messages_are_reported():
    with neighbour() as there:
        peer, process = there(Peer), messenger()
        peer.receive()
        for data in b"", b"1:7:u:h:32", b"\xff" * 65507, b"1:x:u:h:32:\x1b[2J", b"1:7:u:h:1e9:", b":::::":
            peer.socket.sendto(data, ("192.0.2.1", 2425))
            assert process.stdout.readline().startswith("? 192.0.2.2: not a message: ")
        # A receipt of what was never sent, or that another than the addressee sends.
        peer.send(93, 0x21, "12345")
        assert process.stdout.readline() == STRAY_RECEIPT
        for command in 0x21, 0x7F, 0xFFFFFFFF, 99999999999999999999:
            peer.send(94, command, "1" * 5000)
        peer.send(95, 0x20, "still alive?")
        *said, last = (process.stdout.readline() for _ in range(2))
        assert said == [STRAY_RECEIPT] and "alive" in last
        finish(process)


@privately
def test_ipmsg_used_port_prints_one_line():
    with libudp.Socket() as other:
        other.bind(("", 2425))
        out, err = end(messenger(), status=1)
        assert out == "" and err.count("\n") == 1
        assert err.startswith("ipmsg: another socket is bound to this address and port")
