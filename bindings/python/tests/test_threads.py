"""Many threads, one socket."""

from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore

import libudp
from conftest import SECONDS

EACH = 500
# Datagrams under way at a time: so few that no receive buffer overflows.
WINDOW = 50


def test_receives_in_two_threads_get_each_datagram_once(sender, receiver):
    def receive():
        got = []
        while True:
            data = receiver.recvfrom()[0]
            if not data:
                return got
            got.append(data)

    with ThreadPoolExecutor(2) as pool:
        receivers = [pool.submit(receive) for _ in range(2)]
        sent = [b"%d" % number for number in range(WINDOW)]
        for data in [*sent, b"", b""]:
            sender.sendto(data, receiver.local_address)
        got = [data for each in receivers for data in each.result(SECONDS)]
    assert sorted(got) == sorted(sent)


def test_sender_and_receiver_threads_use_one_socket(receiver, peer):
    """The two-way chat, with a peer that returns everything."""

    def echo():
        for _ in range(EACH):
            peer.sendto(*peer.recvfrom(100))

    def send():
        for number in range(EACH):
            assert room.acquire(timeout=SECONDS)
            receiver.sendto(b"%d" % number, address)

    def receive():
        for number in range(EACH):
            assert receiver.recvfrom() == (b"%d" % number, address)
            room.release()

    address = peer.getsockname()
    room = Semaphore(WINDOW)
    with ThreadPoolExecutor(3) as pool:
        for work in [pool.submit(echo), pool.submit(send), pool.submit(receive)]:
            work.result(SECONDS)


def test_sockets_opened_and_closed_in_threads_keep_their_datagrams_apart():
    def work(name):
        for number in range(100):
            with libudp.Socket() as socket:
                socket.bind(("127.0.0.1", 0))
                text = f"{name} {number}"
                socket.sendto_text(text, socket.local_address)
                assert socket.recvfrom_text(timeout=SECONDS) == (text, socket.local_address)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
