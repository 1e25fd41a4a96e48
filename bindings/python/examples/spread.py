"""Several processes, each with a socket on the same port. The system distributes the peers; this prints how.

    spread.py [processes [peers]]       4 processes, 64 peers of 100 datagrams each, on loopback
"""

from __future__ import annotations

import sys
from multiprocessing import get_context
from multiprocessing.connection import Connection

import libudp

EACH = 100


def work(port: int, parent: Connection) -> None:
    """Sends the number of datagrams of each batch to the parent, until an empty datagram arrives."""
    with libudp.Socket(reuse_port=True) as sock:
        sock.bind(("127.0.0.1", port))
        parent.send(sock.local_address[1])
        while True:
            batch = sock.recv_batch()
            parent.send(sum(1 for data, _ in batch if data))
            if not all(data for data, _ in batch):
                return


def main() -> None:
    processes = int(sys.argv[1]) if len(sys.argv) > 1 else 4
    peers = int(sys.argv[2]) if len(sys.argv) > 2 else 64
    context = get_context("spawn")
    ends, port = [], 0
    for _ in range(processes):
        end, other = context.Pipe()
        context.Process(target=work, args=(port, other), daemon=True).start()
        port = end.recv()
        ends.append(end)
    counts, sent = [0] * processes, 0

    def collect(timeout: float) -> None:
        for index, end in enumerate(ends):
            while end.poll(timeout if sum(counts) < sent else 0):
                counts[index] += end.recv()
                if sum(counts) == sent:
                    break

    for _ in range(peers):
        with libudp.Socket() as peer:
            peer.send_batch_to([b"hello"] * EACH, ("127.0.0.1", port))
        sent += EACH
        # Keep fewer datagrams in flight than the receive buffers hold.
        while sum(counts) < sent:
            collect(0.01)
    for index, count in enumerate(counts):
        print(f"process {index}: {count} datagrams, {100 * count / sent:.0f} %")


if __name__ == "__main__":
    main()
