"""The command line, as scripts use it: through pipes."""

import json
import os
import re
import signal
import socket as stdlib
import subprocess
import sys

import pytest

import libudp
from conftest import SECONDS
from helpers import begin, end, privately, until_asleep
from libudp._data.address import at
from libudp.cli._parser import COMMANDS
from libudp.cli.echo import MAX_HOSTS, MAX_REPLIES, Guard


def run(*arguments, text="", status=0):
    """A command from its beginning to its end: what it printed, and what it complained of."""
    return end(begin(*arguments), text, status)


def listening(command, *arguments):
    """A command that listens on loopback, and its address."""
    process = begin(command, "127.0.0.1", "0", *arguments)
    host, port = process.stderr.readline().split()[-1].split(":")
    return process, (host, int(port))


def of(address):
    return [str(part) for part in address]


# ---- listen ----


def test_listen_prints_time_sender_length_and_text(peer):
    process, address = listening("listen", "--count", "4")
    sent = b"hello", "你好".encode("gbk"), b"", b"\x00\xff"
    for data in sent:
        peer.sendto(data, address)
    out, err = end(process)
    pattern = rf"\d\d:\d\d:\d\d\.\d\d\d  127\.0\.0\.1:{peer.getsockname()[1]} +(\d+) B  (\S+) +(.*)"
    found = [re.fullmatch(pattern, line).groups() for line in out.splitlines()]
    assert found == [
        ("5", "UTF-8", "hello"), ("4", "gb18030", "你好"), ("0", "UTF-8", "(empty)"), ("2", "hex", "00 ff"),
    ]  # fmt: skip
    assert err == ""


def test_listen_escapes_control_characters_on_one_line(peer):
    process, address = listening("listen", "--count", "1", "--encoding", "utf-8")
    peer.sendto("two\nlines\x1b[31m\x9b0m\u202e\ttab \N{FAMILY} \u3000.".encode(), address)
    out, _ = end(process)
    assert out.count("\n") == 1 and out.endswith("two\\nlines\\x1b[31m\\x9b0m\\u202e\\ttab \N{FAMILY} \u3000.\n")


def test_listen_json_prints_json_lines(peer):
    process, address = listening("listen", "--json", "--count", "2")
    peer.sendto("你好\n".encode("gbk"), address)
    peer.sendto(b"\xff\0", address)
    first, second = map(json.loads, end(process)[0].splitlines())
    assert first.pop("time")[10] == "T"
    host, port = peer.getsockname()
    assert first == {
        "event": "received", "host": host, "port": port, "size": 5,
        "encoding": "gb18030", "replaced": 0, "text": "你好\n",
    }  # fmt: skip
    assert (second["hex"], second["replaced"]) == ("ff00", 1)


def test_listen_json_escapes_characters_that_control_a_terminal(peer):
    process, address = listening("listen", "--json", "--count", "1", "--encoding", "utf-8")
    text = "\x1b[2J \x7f \x9b2J \u202e \U000e0001 你好"
    peer.sendto(text.encode(), address)
    out, _ = end(process)
    assert out.rstrip("\n").isprintable() and "你好" in out
    assert json.loads(out)["text"] == text


def test_listen_with_control_characters_prints_hexadecimal(peer):
    process, address = listening("listen", "--count", "1")
    peer.sendto(b"a\x1b[31mb", address)
    assert end(process)[0].endswith("hex      61 1b 5b 33 31 6d 62\n")


def test_listen_raw_writes_the_bytes_unchanged():
    command = [sys.executable, "-m", "libudp", "listen", "127.0.0.1", "0", "--raw", "--count", "2"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        port = int(process.stderr.readline().rpartition(b":")[2])
        with libudp.Socket() as sender:
            sender.send_batch_to([b"\x00\xff\n", b"\r\n"], ("127.0.0.1", port))
        assert process.communicate(timeout=SECONDS)[0] == b"\x00\xff\n\r\n"


def test_listen_encoding_decodes_with_it(peer):
    process, address = listening("listen", "--encoding", "big5", "--count", "1")
    peer.sendto("許功蓋".encode("big5"), address)
    assert end(process)[0].endswith("Big5     許功蓋\n")


def test_listen_without_host_receives_from_both_families(six):
    process = begin("listen", "0", "--count", "2", "--hex")
    port = int(process.stderr.readline().rpartition(":")[2])
    six.sendto(b"six", ("::1", port))
    with libudp.Socket() as four:
        four.sendto(b"four", ("127.0.0.1", port))
    out, _ = end(process)
    assert "  [::1]:" in out and "  127.0.0.1:" in out and "73 69 78\n" in out


def test_listen_timeout_exits_with_status_3(peer):
    assert end(listening("listen", "--timeout", "0.05")[0], status=3) == ("", "")
    process, address = listening("listen", "--timeout", "0.5", "--count", "2")
    peer.sendto(b"one", address)
    end(process, status=3)


# ---- send ----


def test_send_sends_text_files_and_bytes(peer, tmp_path):
    (tmp_path / "file").write_bytes(b"\x00from a file\n")
    cases = [
        (["你好"], "你好".encode()),
        (["你好", "--encoding", "gbk"], "你好".encode("gbk")),
        ([""], b""),
        (["--file", str(tmp_path / "file")], b"\x00from a file\n"),
        (["--hex", "68 65:6c,0x6c6F"], b"hello"),
        (["--", "--json"], b"--json"),
    ]
    for arguments, expected in cases:
        assert run("send", *of(peer.getsockname()), *arguments) == ("", "")
        assert peer.recvfrom(1024)[0] == expected


def test_send_dash_sends_each_line_of_standard_input(peer):
    run("send", *of(peer.getsockname()), "-", text="one\n\n你好\r\nlast")
    assert [peer.recvfrom(1024)[0] for _ in range(4)] == [b"one", b"", "你好".encode(), b"last"]
    run("send", *of(peer.getsockname()), "-", "--encoding", "gbk", text="你好\n")
    assert peer.recvfrom(1024)[0] == "你好".encode("gbk")
    run("send", *of(peer.getsockname()), "--file", "-", text="one\ntwo\n")
    assert peer.recvfrom(1024)[0] == b"one\ntwo\n"


def test_send_wait_in_a_pipe_prints_only_the_reply():
    process, address = listening("echo", "--count", "2")
    assert run("send", *of(address), "你好", "--encoding", "gbk", "--wait", "20") == ("你好\n", "")
    assert run("send", *of(address), "--hex", "00ff", "--wait", "20") == ("00 ff\n", "")
    assert end(process) == ("", "")


def test_send_repeat_keeps_to_the_rate_and_counts():
    process, address = listening("echo")
    out, _ = run("send", *of(address), "x", "--repeat", "5", "--rate", "50", "--wait", "20", "--json")
    *replies, summary = map(json.loads, out.splitlines())
    assert [reply["text"] for reply in replies] == ["x"] * 5
    assert (summary["event"], summary["datagrams"], summary["size"], summary["replies"]) == ("sent", 5, 5, 5)
    assert summary["seconds"] >= 4 / 50
    process.send_signal(signal.SIGINT)
    end(process, status=130)


def test_send_without_reply_or_listener_reports_it(peer):
    out, err = run("send", *of(peer.getsockname()), "x", "--wait", "0.01", status=3)
    assert (out, err) == ("", f"libudp send: no reply from 127.0.0.1:{peer.getsockname()[1]} in 0.01 seconds\n")
    # At this other address nobody has the port, and nobody gets it for all addresses, for the peer has it.
    _, err = run("send", "127.9.8.7", str(peer.getsockname()[1]), "x", "--wait", "20", status=1)
    assert "no socket is bound to that port" in err and err.count("\n") == 1


def test_send_from_uses_the_port(peer):
    run("send", *of(peer.getsockname()), "x", "--from", "0")
    assert peer.recvfrom(9)[0] == b"x"
    # A port that is taken.
    with libudp.Socket() as taken:
        taken.bind(("", 0))
        _, err = run("send", *of(peer.getsockname()), "x", "--from", str(taken.local_address[1]), status=1)
    assert "another socket is bound to this address and port" in err


# ---- The others ----


def test_echo_json_returns_and_prints_datagrams(peer):
    process, address = listening("echo", "--json", "--count", "1")
    peer.sendto(b"\x00\xff", address)
    assert peer.recvfrom(9)[0] == b"\x00\xff"
    assert json.loads(end(process)[0])["hex"] == "00ff"


def test_echo_answers_another_echo_server_a_limited_number_of_times(peer):
    process, address = listening("echo")
    peer.sendto(b"x", address)
    for _ in range(1000):
        data, _ = peer.recvfrom(9)
        peer.sendto(data, address)
    reason = "1,000 replies in 10 seconds are the limit"
    assert process.stderr.readline() == f"no reply to {at(peer.getsockname())}: {reason}\n"
    process.send_signal(signal.SIGINT)
    assert end(process, status=130) == ("", "")
    peer.setblocking(False)
    with pytest.raises(BlockingIOError):
        peer.recv(9)


def test_echo_does_not_answer_its_own_port(peer):
    process, (_, port) = listening("echo", "--count", "2")
    with libudp.Socket() as other:
        other.bind(("127.0.0.2", port))
        other.sendto(b"x", ("127.0.0.1", port))
        peer.sendto(b"y", ("127.0.0.1", port))
        assert peer.recvfrom(9)[0] == b"y"
        _, err = end(process)
        assert err.startswith(f"no reply to 127.0.0.2:{port}: it has the port of this server") and err.count("\n") == 1
        with pytest.raises(libudp.WouldBlockError):
            other.recvfrom(timeout=0)


def test_echo_guard_refuses_ports_of_servers_and_counts_per_host_and_window():
    guard = Guard(own_port=8080)
    for port in 7, 19, 53, 1023:
        assert "belong to servers" in guard.refuses(("192.0.2.1", port), 0.0)
    assert [guard.refuses(("192.0.2.1", 1024 + i), 0.0) for i in range(MAX_REPLIES)] == [None] * MAX_REPLIES
    assert "the limit" in guard.refuses(("192.0.2.1", 9999), 9.9)
    assert guard.refuses(("192.0.2.1", 9999), 9.9) == ""  # said once
    assert guard.refuses(("192.0.2.2", 9999), 9.9) is None
    assert guard.refuses(("192.0.2.1", 9999), 10.0) is None


def test_echo_guard_with_many_hosts_keeps_its_memory_small():
    guard = Guard(own_port=8080)
    for number in range(3 * MAX_HOSTS):
        guard.refuses((f"host-{number}", 9999), 0.0)
    assert len(guard._replies) <= MAX_HOSTS


def test_chat_in_pipes_answers_in_the_encoding_of_the_peer(peer):
    process = begin("chat", "0", "--bind", "127.0.0.1")
    address = ("127.0.0.1", int(process.stderr.readline().rpartition(":")[2]))
    for said, answer, encoding in ("你好", "收到", "gbk"), ("plain", "早", "utf-8"), ("世界", "晚", "utf-8"):
        peer.sendto(said.encode(encoding), address)
        assert process.stdout.readline() == f"127.0.0.1:{peer.getsockname()[1]}: {said}\n"
        process.stdin.write(answer + "\n")
        process.stdin.flush()
        assert peer.recvfrom(99)[0].decode(encoding) == answer
    assert end(process) == ("", "")


def test_chat_reports_a_missing_peer_and_unsendable_lines(peer):
    _, err = run("chat", "0", "--bind", "127.0.0.1", text="hello\n")
    assert err.splitlines()[1] == "not sent: no peer has written yet, and none was given"
    arguments = ["chat", "0", "127.0.0.1", "--to-port", str(peer.getsockname()[1]), "--encoding", "big5"]
    _, err = run(*arguments, text="𠀀\nfine\n")
    assert "not sent: " in err and peer.recvfrom(9)[0] == b"fine"


@privately
def test_broadcast_sends_and_prints_replies():
    process = begin("listen", "0", "--count", "1", "--json")
    port = process.stderr.readline().rpartition(":")[2].strip()
    out, err = run("broadcast", port, "大家好", "--encoding", "gbk", "--json")
    assert json.loads(out) == {"event": "broadcast", "port": int(port), "size": 6, "interfaces": 1} and err == ""
    heard = json.loads(end(process)[0])
    assert (heard["host"], heard["text"]) == ("192.0.2.1", "大家好")
    process = begin("echo", "0", "--count", "1")
    port = process.stderr.readline().rpartition(":")[2].strip()
    out, _ = run("broadcast", port, "hello", "--wait", "0.5")
    assert out.endswith("hello\n") and end(process) == ("", "")
    assert run("broadcast", port, "x", "--wait", "0.01", status=3)[1].startswith("libudp broadcast: no reply")


@privately
def test_broadcast_interface_sends_through_it():
    process = begin("listen", "0", "--count", "3", "--json")
    port = process.stderr.readline().rpartition(":")[2].strip()
    for interface in "here0", "192.0.2.1", str(stdlib.if_nametoindex("here0")):
        run("broadcast", port, "x", "--interface", interface)
    assert [json.loads(line)["host"] for line in end(process)[0].splitlines()] == ["192.0.2.1"] * 3
    # Loopback cannot broadcast, and this other one has no address.
    for interface in "lo", "there0":
        _, err = run("broadcast", port, "x", "--interface", interface, status=1)
        assert err.startswith("libudp broadcast: no such network interface, or none that is up") and interface in err


@privately
def test_listen_join_and_send_use_the_interface():
    process = begin("listen", "0", "--join", "239.1.2.3", "--join", "ff02::4242", "--interface", "here0", "--count", "2")
    port = process.stderr.readline().rpartition(":")[2].strip()
    run("send", "239.1.2.3", port, "four", "--interface", "here0", "--ttl", "1")
    run("send", "ff02::4242", port, "six", "--interface", "here0")
    four, six = end(process)[0].splitlines()
    assert "  192.0.2.1:" in four and four.endswith("four") and "%here0]:" in six and six.endswith("six")


def test_send_to_group_shows_replies_from_members():
    with libudp.Socket() as member:
        member.bind(("", 0))
        member.join("239.1.2.3", "lo")
        port = member.local_address[1]
        process = begin("send", "239.1.2.3", str(port), "who?", "--interface", "lo", "--wait", str(SECONDS))
        data, sender = member.recvfrom(timeout=SECONDS)
        member.sendto(b"me", sender)
        assert end(process) == ("me\n", "")


def test_send_uses_the_interface_and_the_ttl(peer):
    peer.setsockopt(stdlib.IPPROTO_IP, 12, 1)  # IP_RECVTTL of ip(7)
    run("send", *of(peer.getsockname()), "x", "--interface", "lo", "--ttl", "7")
    data, [(_, _, ttl)], _, _ = peer.recvmsg(99, 64)
    assert (data, int.from_bytes(ttl, sys.byteorder)) == (b"x", 7)


@privately
def test_interfaces_prints_names_and_addresses():
    found = {each["name"]: each for each in map(json.loads, run("interfaces", "--json")[0].splitlines())}
    assert set(found) >= {"lo", "here0", "there0"}
    here = found["here0"]
    assert {"up", "broadcast"} <= set(here["flags"]) and here["mtu"] == 1500
    assert {"host": "192.0.2.1", "prefix_len": 24, "broadcast": "192.0.2.255"} in here["addresses"]
    assert here["if_index"] == stdlib.if_nametoindex("here0")
    table = run("interfaces")[0]
    assert re.search(r"here0 +192\.0\.2\.1/24 +192\.0\.2\.255 +1500 +up broadcast", table)


def test_bench_measures_each_way():
    out, err = run("bench", "--seconds", "0.05", "--size", "64", "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert [(each["event"], each["way"]) for each in found] == [
        ("rate", "socket"), ("rate", "libudp"), ("rate", "libudp batches"),
        ("round_trip", "socket"), ("round_trip", "libudp"),
    ]  # fmt: skip
    assert all(each["received"] <= each["sent"] and each["per_second"] > 0 for each in found[:3])
    assert all(0 < each["p50_us"] <= each["p99_us"] for each in found[3:]) and err == ""


def test_bench_in_a_pipe_prints_tables_and_plots():
    out, err = run("bench", "--seconds", "0.05", "--size", "64")
    assert "datagrams/s" in out and "█" in out and "median" in out and "\x1b" not in out and err == ""


# ---- Ends ----


@pytest.mark.parametrize("command", ["listen", "echo", "chat"])
def test_ctrl_c_exits_with_status_130(command):
    process = begin(command, *(["0", "--bind", "127.0.0.1"] if command == "chat" else ["127.0.0.1", "0"]))
    process.stderr.readline()
    until_asleep(process.pid)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=SECONDS)
    assert (process.returncode, out, err) == (130, "", "")


@pytest.mark.parametrize("command", ["listen", "chat"])
def test_closed_pipe_exits_with_status_141(command, peer):
    process = begin(command, *(["0", "--bind", "127.0.0.1"] if command == "chat" else ["127.0.0.1", "0"]))
    address = ("127.0.0.1", int(process.stderr.readline().rpartition(":")[2]))
    process.stdout.close()
    peer.sendto(b"x", address)
    assert process.wait(SECONDS) == 141
    assert process.stderr.read() == ""
    process.stdin.close()
    process.stderr.close()


def test_closed_or_full_output_prints_no_traceback(peer):
    send = f'"{sys.executable}" -m libudp interfaces'
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    for redirection, status in (">&-", 0), (">/dev/full", 1), ("<&- 2>&- >&-", 0):
        done = subprocess.run(f"{send} {redirection}", shell=True, stderr=subprocess.PIPE, env=environment, text=True)
        assert done.returncode == status and done.stderr.count("\n") == status, redirection
        assert "Traceback" not in done.stderr


# ---- What the command line may say ----


@pytest.mark.parametrize(
    "arguments, word",
    [
        ([], "COMMAND"),
        (["frobnicate"], "frobnicate"),
        (["listen"], "PORT"),
        (["listen", "65536"], "65536"),
        (["listen", "-1"], "-1"),
        (["listen", "http"], "http"),
        (["listen", "8080", "--timeout", "nan"], "nan"),
        (["listen", "8080", "--count", "0"], "count"),
        (["listen", "8080", "--raw", "--json"], "--raw"),
        (["send", "127.0.0.1", "0", "x"], "1 to 65535"),
        (["send", "127.0.0.1", "9"], "nothing to send"),
        (["send", "127.0.0.1", "9", "x", "--hex", "00"], "more than one"),
        (["send", "127.0.0.1", "9", "--hex", "0g"], "0g"),
        (["send", "127.0.0.1", "9", "x", "--encoding", "klingon"], "klingon"),
        (["send", "127.0.0.1", "9", "-", "--repeat", "2"], "--repeat"),
        (["send", "127.0.0.1", "9", "x", "--rate", "0"], "rate"),
        (["chat", "0", "127.0.0.1"], "--to-port"),
        (["listen", "0", "--interface", "lo"], "--join"),
        (["send", "127.0.0.1", "9", "x", "--ttl", "0"], "TTL"),
        (["send", "127.0.0.1", "9", "x", "--ttl", "256"], "256"),
        (["bench", "--size", "65508"], "65508"),
    ],
)
def test_wrong_command_line_prints_one_line_and_exits_with_2(arguments, word):
    out, err = run(*arguments, status=2)
    assert out == "" and err.count("\n") == 1 and err.startswith("libudp") and word in err, err


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["listen", "192.0.2.200", "0"], "does not belong to this machine"),
        (["send", "nobody.invalid", "9", "x"], "libudp send: no"),
        (["send", "127.0.0.1", "9", "x", "--interface", "no-such-one"], "index or address 'no-such-one'"),
        (["broadcast", "9", "x", "--interface", "no-such-one"], "index or address 'no-such-one'"),
        (["listen", "0", "--join", "192.0.2.1"], "192.0.2.1 is not a multicast address"),
        (["listen", "0", "--join", "239.1.2.3", "--interface", "99999"], "index or address '99999'"),
        (["listen", "0", "--join", "somewhere"], "numeric"),
        (["send", "127.0.0.1", "9", "--file", "/no/such/file"], "libudp send: /no/such/file: No such file"),
        (["send", "127.0.0.1", "9", "--file", "/dev/zero"], "too large"),
        (["send", "127.0.0.1", "9", "𠀀", "--encoding", "big5"], "character"),
        (["send", "127.0.0.1", "9", b"\xff"], "surrogate"),
    ],
)
def test_error_of_the_system_prints_one_line_and_exits_with_1(arguments, words):
    out, err = run(*arguments, status=1)
    assert out == "" and err.count("\n") == 1 and words in err, err


def test_help_is_complete():
    out, _ = run("--help")
    for command in COMMANDS:
        assert f"    {command}" in out
        text, _ = run(command, "--help")
        assert "exit status:" in text and "130" in text and f"  libudp {command}" in text
        for line in text.splitlines():
            assert len(line) <= 100
    assert run("--version") == (f"libudp {libudp.__version__}\n", "")


def test_encoding_option_exists_for_every_text_command():
    for command in "listen", "send", "echo", "chat", "broadcast":
        assert "--encoding LABEL" in run(command, "--help")[0]
