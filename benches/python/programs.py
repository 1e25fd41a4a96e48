"""Servers of other projects over `libudp.socket`, beside the same servers over the standard module.

A DNS server on dnslib answers questions, and a Twisted protocol echoes 64 bytes. Each server is a process of its own.
50 sockets of the standard module send it a datagram each and wait for all answers; the servers take turns. Prints a
goal for each, as calls.py does. The rate counts the whole exchange.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from statistics import median
from time import perf_counter

from dnslib import A, DNSRecord, RR

CLIENTS = 50
ROUNDS = int(os.environ.get("LIBUDP_BENCH_ROUNDS", "200")) // 2


def dns_server() -> None:
    from socket import AF_INET, SOCK_DGRAM, socket

    server = socket(AF_INET, SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    while True:
        data, client = server.recvfrom(8192)
        question = DNSRecord.parse(data)
        answer = question.reply()
        answer.add_answer(RR(question.q.qname, rdata=A("192.0.2.1"), ttl=60))
        server.sendto(answer.pack(), client)


def twisted_server() -> None:
    from twisted.internet import protocol, reactor

    class Echo(protocol.DatagramProtocol):
        def datagramReceived(self, data: bytes, client: tuple[str, int]) -> None:
            self.transport.write(data, client)

    port = reactor.listenUDP(0, Echo(), interface="127.0.0.1")
    print(port.getHost().port, flush=True)
    reactor.run()


SERVERS = {"DNS server": dns_server, "Twisted echo": twisted_server}


def start(module: str, name: str) -> tuple[subprocess.Popen[str], tuple[str, int]]:
    process = subprocess.Popen([sys.executable, __file__, module, name], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    return process, ("127.0.0.1", int(process.stdout.readline()))


def exchange(clients: list[socket.socket], message: bytes, server: tuple[str, int]) -> float:
    start = perf_counter()
    for client in clients:
        client.sendto(message, server)
    for client in clients:
        assert len(client.recv(2048)) >= len(message)
    return perf_counter() - start


def main() -> None:
    clients = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(CLIENTS)]
    for client in clients:
        client.settimeout(5)
    for name, message in ("DNS server", DNSRecord.question("example.com").pack()), ("Twisted echo", bytes(64)):
        plain, own = start("socket", name), start("libudp.socket", name)
        ratios = []
        for turn in range(ROUNDS + 2):
            times = {server: exchange(clients, message, server) for _, server in ((plain, own), (own, plain))[turn % 2]}
            # The first rounds warm up.
            if turn >= 2:
                ratios.append(times[plain[1]] / times[own[1]])
        for process, _ in (plain, own):
            process.kill()
            process.wait()
        what = f"Python {name} to {CLIENTS} clients, drop-in: rate over socket"
        print("goal", what, f"{median(ratios):.3f}", "least", 0.9, sep="\t", flush=True)


if __name__ == "__main__":
    if len(sys.argv) == 1:
        main()
    else:
        if sys.argv[1] == "libudp.socket":
            import libudp.socket

            # Whoever imports `socket` from here on gets the drop-in.
            sys.modules["socket"] = libudp.socket
        SERVERS[sys.argv[2]]()
