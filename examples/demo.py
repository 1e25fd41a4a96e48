#!/usr/bin/env python3
"""Four conversations over UDP on this machine. Each datagram is checked. `make demo` runs it.

    demo.py ECHO_SERVER     the compiled examples/echo_server.c

If a datagram does not arrive as it was sent, it prints the reason and exits with status 1.
"""

from __future__ import annotations

import io
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Callable, Optional, Union

import libudp

TIMEOUT = 5.0  # of one datagram, in seconds
TOTAL_TIMEOUT = 60  # of the demo, in seconds
PRIVATE_NETWORK = Path(__file__).resolve().parents[1] / "bindings/python/examples/private_network.py"
FORBIDDEN = 77  # exit status of private_network.py if the system does not allow a network namespace

Address = tuple[str, int]
arrived = 0
lock = threading.Lock()  # the threads of the chat print and count


class Wrong(Exception):
    """A datagram did not arrive as it was sent."""


def show(left: tuple[str, Address], arrow: str, right: tuple[str, Address], codec: str, text: str) -> None:
    """Prints one datagram in columns. The text is last, because Chinese characters are wide."""
    (one, (host, port)), (other, (other_host, other_port)) = left, right
    here, there = f"{host}:{port}", f"{other_host}:{other_port}"
    with lock:
        print(f"   {one:<8}{here:<17} {arrow}  {other:<8}{there:<21} {codec:<9}{text}", flush=True)


def check(what: str, sent: object, got: object) -> None:
    """Counts a datagram that arrived as it was sent; otherwise raises Wrong."""
    global arrived
    if sent != got:
        raise Wrong(f"{what}: {sent!r} was sent, {got!r} arrived")
    with lock:
        arrived += 1


def c_and_python(program: str) -> None:
    """The server in C reads its answers from standard input, where the demo writes them."""
    talk = [
        ("Is anybody there?", "Yes: a program in C."),
        ("你好，我是 Python。", "你好，我是 C。"),
        ("Grüße, приветы, 😀", "All of it arrived."),
    ]
    pipe = subprocess.PIPE
    server = subprocess.Popen([program, "0", "127.0.0.1"], stdin=pipe, stdout=pipe, encoding="utf-8", bufsize=1)
    assert server.stdin and server.stdout
    try:
        with libudp.Socket() as client:
            client.bind(("127.0.0.1", 0))
            port = re.search(r"(\d+)\s*$", server.stdout.readline())
            if not port:
                raise Wrong("the C server did not say its port")
            there = ("127.0.0.1", int(port[1]))
            left, right = ("client", client.local_address), ("server", there)
            for question, answer in talk:
                client.sendto_text(question, there)
                show(left, "->", right, "UTF-8", question)
                heard = server.stdout.readline().rstrip("\n")
                check("the question to the C server", question, heard[-len(question) :])
                server.stdin.write(answer + "\n")
                text, sender = client.recvfrom_text(timeout=TIMEOUT)
                show(left, "<-", ("server", sender), text.encoding, text)
                check("the answer of the C server", (answer, there), (text, sender))
    finally:
        server.kill()
        server.communicate(timeout=TIMEOUT)


def windows_and_linux() -> None:
    """Peers on Python's own sockets. One writes GBK, as Chinese Windows does, one UTF-8, as Linux does."""
    talk = [("windows", "gbk", "联通了吗？这是 GBK。"), ("linux", "utf-8", "收到，我用 UTF-8。"), ("windows", "gbk", "朱镕基")]
    with libudp.Socket() as me:
        me.bind(("127.0.0.1", 0))
        for name, codec, question in talk:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
                peer.settimeout(TIMEOUT)
                peer.sendto(question.encode(codec), me.local_address)
                text, sender = me.recvfrom_text(timeout=TIMEOUT)
                show((name, sender), "->", ("libudp", me.local_address), text.encoding, text)
                check(f"from {name}", (question, peer.getsockname()[1], 0), (text, sender[1], text.replaced))
                # Answer in the encoding of the peer.
                answer = f"“{text}” 看得懂"
                me.sendto_text(answer, sender, encoding=text.encoding)
                back = peer.recv(65535).decode(codec)
                show((name, sender), "<-", ("libudp", me.local_address), text.encoding, back)
                check(f"to {name}", answer, back)


def broadcast() -> None:
    """One broadcast, received on one port by two programs: one on this library, one on plain sockets."""
    message = "1:100:demo:here:32:大家好, anybody home?"  # in the format of IPMSG and Feiqiu
    everybody = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with libudp.Socket() as sender, libudp.Socket(reuse_address=True) as listener, everybody as plain:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        plain.settimeout(TIMEOUT)
        listener.bind(("", 0))
        port = listener.local_address[1]
        plain.bind(("", port))
        networks = sender.broadcast(libudp.encode(message, "gbk"), port)
        heard, address = listener.recvfrom_text(timeout=TIMEOUT)
        show(("sender", address), "->", ("all", ("255.255.255.255", port)), heard.encoding, message)
        show(("libudp", listener.local_address), "<-", ("sender", address), heard.encoding, heard)
        check("the broadcast", (message, sender.local_address[1]), (heard, address[1]))
        data, address = plain.recvfrom(65535)
        show(("socket", plain.getsockname()), "<-", ("sender", address), "gbk", data.decode("gbk"))
        check("the broadcast", message, data.decode("gbk"))
        print(f"   It was sent through {networks} network interface{'s' if networks > 1 else ''}.", flush=True)


def broadcast_in_private() -> None:
    """Runs broadcast() in a network namespace of its own, so that no other machine receives it."""
    global arrived
    command = [sys.executable, str(PRIVATE_NETWORK), sys.executable, __file__, "--broadcast"]
    child = subprocess.run(command, stderr=subprocess.PIPE, text=True, timeout=4 * TIMEOUT)
    said = (child.stderr.strip().splitlines() or ["nothing said"])[-1]
    if child.returncode == FORBIDDEN:
        print(f"   No network namespace ({said}): broadcasting on the networks of this machine.", flush=True)
        try:
            broadcast()
        except libudp.NoInterfaceError as error:
            print(f"   Skipped: {error}.", flush=True)
    elif child.returncode != 0:
        raise Wrong(said)
    else:
        arrived += 2


def chat() -> None:
    """Two people, each with one socket, one sending thread and one receiving thread."""
    script = {
        "ann": ["你在吗？", "We both talk at once.", "No lock anywhere.", "再见"],
        "bob": ["在，刚到。", "And we both listen.", "One handle, two threads.", "再见！"],
    }
    both = threading.Barrier(2)

    def speak(name: str, me: libudp.Socket, to: Address) -> None:
        for line in script[name]:
            both.wait(TIMEOUT)
            me.sendto_text(line, to)

    def listen(name: str, me: libudp.Socket, other: str, address: Address) -> None:
        for line in script[other]:
            text, sender = me.recvfrom_text(timeout=TIMEOUT)
            show((other, sender), "->", (name, me.local_address), text.encoding, text)
            check(f"from {other}", (line, address), (text, sender))

    with libudp.Socket() as ann, libudp.Socket() as bob, ThreadPoolExecutor(4) as threads:
        ann.bind(("127.0.0.1", 0))
        bob.bind(("127.0.0.1", 0))
        here, there = ann.local_address, bob.local_address
        jobs = [
            threads.submit(listen, "ann", ann, "bob", there),
            threads.submit(listen, "bob", bob, "ann", here),
            threads.submit(speak, "ann", ann, there),
            threads.submit(speak, "bob", bob, here),
        ]
        for job in jobs:
            job.result(timeout=4 * TIMEOUT)


def too_late(*_: object) -> None:
    raise Wrong(f"the demo did not end within {TOTAL_TIMEOUT} s")


def main(program: str) -> Optional[Union[int, str]]:
    # If the encoding of stdout lacks a character, print its escape sequence.
    for stream in sys.stdout, sys.stderr:
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(TOTAL_TIMEOUT)
    if program == "--broadcast":
        broadcast()
        return None
    began = time.monotonic()
    print(f"libudp {libudp.version()}: every datagram below travels through a real socket.")
    scenes: list[tuple[str, Callable[[], None]]] = [
        ("A server in C and a client in Python, both on libudp", lambda: c_and_python(program)),
        ("Peers on plain sockets: one writes GBK, as Chinese Windows does", windows_and_linux),
        ("A broadcast, heard by two programs at one port", broadcast_in_private),
        ("A chat: two sockets, each with a sending and a receiving thread", chat),
    ]
    for number, (title, scene) in enumerate(scenes, 1):
        print(f"\n{number}. {title}\n", flush=True)
        try:
            scene()
        except (Wrong, OSError, subprocess.SubprocessError, threading.BrokenBarrierError) as error:
            return f"\ndemo: FAILED in scene {number}: {error or type(error).__name__}"
    print(f"\nAll {arrived} datagrams arrived as they were sent, in {time.monotonic() - began:.1f} s.")
    return None


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1]))
