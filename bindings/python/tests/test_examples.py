"""The seven programs, with peers on Python's own sockets."""

import signal

import pytest

from helpers import EXAMPLES, finish, privately, start, until_asleep

PORTS = "0", "127.0.0.1"  # any port, loopback only


def program(name, *arguments):
    return start(str(EXAMPLES / f"{name}.py"), *map(str, arguments))


def port_of(process):
    """The port in the line that a program prints when it is ready."""
    return int(process.stdout.readline().split()[-1])


def test_1_exchange_with_windows(peer):
    process = program("exchange_with_windows", *peer.getsockname(), *PORTS)
    process.stdin.write("你好\n")
    process.stdin.flush()
    data, address = peer.recvfrom(1024)
    assert data.decode() == "你好"
    peer.sendto("收到".encode("gbk"), address)
    host, port = peer.getsockname()
    assert f"{host}:{port} (gb18030): 收到" in finish(process)


def test_2_server(peer):
    process = program("server", *PORTS)
    peer.sendto("你好".encode("gbk"), ("127.0.0.1", port_of(process)))
    assert peer.recvfrom(1024)[0] == "你好".encode("gbk")
    assert "你好" in finish(process)


def test_3_echo_server(peer):
    process = program("echo_server", *PORTS)
    address = ("127.0.0.1", port_of(process))
    for text in "one", "two":
        peer.sendto(text.encode(), address)
        process.stdin.write(f"answer to {text}\n")
        process.stdin.flush()
        assert peer.recvfrom(1024)[0].decode() == f"answer to {text}"
    process.stdin.close()
    process.stdin = None
    peer.sendto(b"three", address)
    out = finish(process)
    assert out.index("one") < out.index("two") < out.index("three")


def test_4_client(peer):
    process = program("client", *peer.getsockname())
    ports = set()
    for text in "one", "two":
        process.stdin.write(f"{text}\n")
        process.stdin.flush()
        data, address = peer.recvfrom(1024)
        ports.add(address[1])
        peer.sendto(data.upper(), address)
    out = finish(process)
    assert "ONE" in out and "TWO" in out and len(ports) == 1


def test_5_binding():
    lines = finish(program("binding", 0)).splitlines()
    assert "the bound socket received: to the bound port" in lines
    assert "the bound socket received nothing more" in lines


def test_6_chat_with_the_first_peer(peer):
    process = program("chat", *PORTS)
    address = ("127.0.0.1", port_of(process))
    for text in "hello", "anybody there?":
        peer.sendto(text.encode(), address)
        assert process.stdout.readline() == "{}:{}: {}\n".format(*peer.getsockname(), text)
    process.stdin.write("yes\n\n")
    process.stdin.flush()
    assert peer.recvfrom(1024)[0] == b"yes"
    finish(process)


def test_6_two_chats_with_each_other():
    first = program("chat", *PORTS)
    port = port_of(first)
    second = program("chat", *PORTS, "127.0.0.1", port)
    port_of(second)
    for speaker, listener in (second, first), (first, second), (second, first):
        speaker.stdin.write("你好\n")
        speaker.stdin.flush()
        assert listener.stdout.readline().endswith(": 你好\n")
    for each in first, second:
        finish(each)


@privately
def test_7_broadcast():
    import libudp

    with libudp.Socket() as listener:
        listener.bind(("", 0))
        process = program("broadcast", listener.local_address[1])
        assert finish(process) == "sent through 1 interface\n"
        data, _ = listener.recvfrom(timeout=0)
        assert data == b"1:100:will:will-pc:32:will broadcast"


@pytest.mark.parametrize("name", ["server", "echo_server", "chat"])
def test_ctrl_c_ends_a_program_that_waits(name):
    process = program(name, *PORTS)
    port_of(process)
    until_asleep(process.pid)
    process.send_signal(signal.SIGINT)
    assert finish(process) == "\n"


@pytest.mark.parametrize("name", ["exchange_with_windows", "client"])
def test_end_of_input_ends_a_program(name, peer):
    arguments = [*peer.getsockname(), *PORTS] if name == "exchange_with_windows" else peer.getsockname()
    finish(program(name, *arguments))


def test_readme_programs_run():
    readme = (EXAMPLES.parent / "README.md").read_text(encoding="utf-8")
    text, batches, networks, aio = (part.split("```")[0] for part in readme.split("```python\n")[1:])
    assert finish(start("-c", text)).startswith("你好 in gb18030 from ('127.0.0.1', ")
    out = finish(start("-c", batches))
    assert out.count(" from ") == 100 and "100 datagrams, the first is b'abcd'" in out and "400 bytes" in out
    lines = finish(start("-c", networks)).splitlines()
    assert lines[0].startswith("(b'me', ('127.0.0.7', ") and lines[1].startswith("the peer refused an earlier datagram")
    assert finish(start("-c", aio)).startswith("b'HELLO' from ('127.0.0.1', ")


def test_spread_delivers_each_datagram_to_one_process():
    out = finish(start(str(EXAMPLES / "spread.py"), "2", "16"))
    counts = [int(line.split()[2]) for line in out.splitlines()]
    assert len(counts) == 2 and sum(counts) == 1600


def test_many_ports_answers_from_the_port_that_was_asked(peer):
    process = program("many_ports", "0", "300", "127.0.0.1")
    first, last = port_of(process), port_of(process)
    for port in last, first, last:
        peer.sendto(b"hello", ("127.0.0.1", port))
        assert peer.recvfrom(16) == (b"hello", ("127.0.0.1", port))
        assert process.stdout.readline() == f"{port}: 5 bytes from 127.0.0.1:{peer.getsockname()[1]}\n"
    process.send_signal(signal.SIGINT)
    finish(process)


def test_benchmark_runs():
    out = finish(start(str(EXAMPLES.parent / "benches" / "batches.py"), "1"))
    assert out.count("socket: sendto, recvfrom") == 4
