"""Grouping a batch by sender, and sending a batch back."""

import pytest

import libudp
from conftest import SECONDS, receiving

PEERS, EACH = 4, 15


@pytest.fixture
def peers():
    sockets = [libudp.Socket() for _ in range(PEERS)]
    for socket in sockets:
        socket.bind(("127.0.0.1", 0))
        socket.settimeout(SECONDS)
    yield sockets
    for socket in sockets:
        socket.close()


def in_turn(peers, server, lengths):
    """Sends datagrams of these lengths, each from the next peer; returns them with their senders."""
    sent = []
    for number, length in enumerate(lengths):
        peer = peers[number % len(peers)]
        data = bytes([number]) * length
        peer.sendto(data, server.local_address)
        sent.append((data, peer.local_address))
    return sent


def filled(server, count, **arguments):
    batch = libudp.Batch(**arguments)
    assert server.recv_batch_into(batch) == count
    return batch


def by_sender(sent):
    first = list(dict.fromkeys(sender for _, sender in sent))
    return sorted(sent, key=lambda pair: first.index(pair[1]))


ONE_SIZE, MIXED = [64] * (PEERS * EACH), [number % 7 * 30 for number in range(PEERS * EACH)]


@pytest.mark.parametrize("coalesce", [False, True])
@pytest.mark.parametrize("lengths", [ONE_SIZE, MIXED, [0] * 20], ids=["one size", "mixed", "empty"])
@pytest.mark.parametrize("gaps", [False, True])
def test_group_makes_the_datagrams_of_each_sender_consecutive(peers, coalesce, lengths, gaps):
    with receiving(coalesce) as server:
        sent = in_turn(peers, server, lengths)
        expected = by_sender(sent)
        room = len(sent) * max(*lengths, 64)
        batch = filled(server, len(sent), max_datagrams=len(sent), arena_size=None if gaps else room)
        assert batch.group() == PEERS
        assert batch.datagrams() == expected
        assert batch.addresses == [batch.address(i) for i in range(len(batch))] == [sender for _, sender in expected]
        assert [bytes(view) for view in batch] == [bytes(batch[i]) for i in range(len(batch))]
        assert b"".join(run.view for run in batch.runs()) == b"".join(data for data, _ in expected)
        # The next fill is in the order of arrival again.
        sent = in_turn(peers, server, [64] * 20)
        assert server.recv_batch_into(batch) == 20
        assert batch.datagrams() == sent


def test_datagrams_of_a_grouped_batch_with_neighbours_swapped_are_in_its_order(peers):
    # Only the second and third are swapped, and all datagrams are adjacent and of one length.
    with receiving() as server:
        for number, peer in enumerate([0, 1, 0, 1, 1, 1]):
            peers[peer].sendto(bytes([number]) * 64, server.local_address)
        batch = filled(server, 6, max_datagrams=6, arena_size=6 * 64)
        assert batch.group() == 2
        assert [data[0] for data, _ in batch.datagrams()] == [0, 2, 1, 3, 4, 5]


def test_group_of_an_empty_batch_returns_0(receiver):
    assert libudp.Batch(4).group() == 0
    assert receiver.send_batch(libudp.Batch(4)) == 0


def test_send_batch_of_a_grouped_batch_echoes_in_order(peers):
    with receiving() as server:
        sent = in_turn(peers, server, ONE_SIZE)
        batch = filled(server, len(sent), max_datagrams=100)
        batch.group()
        assert server.send_batch(batch) == len(sent)
        for peer in peers:
            own = [data for data, sender in sent if sender == peer.local_address]
            assert [peer.recvfrom() for _ in own] == [(data, server.local_address) for data in own]


def test_reply_batch_of_a_grouped_batch_answers_from_the_addresses_that_were_asked(peers):
    hosts = ["127.0.0.1", "127.0.0.9", "127.3.2.1"]
    with receiving(host="") as server:
        server.set_option(libudp.Option.RECV_PKTINFO, 1)
        port = server.local_address[1]
        for number in range(EACH):
            for peer in peers:
                peer.sendto(bytes([number]), (hosts[number % 3], port))
        batch = filled(server, PEERS * EACH, max_datagrams=100, infos=True)
        assert batch.group() == PEERS
        assert [batch.info(i).local for i in range(len(batch))] == [hosts[i % 3] for i in range(EACH)] * PEERS
        assert server.reply_batch(batch) == PEERS * EACH
        for peer in peers:
            answers = [peer.recvfrom() for _ in range(EACH)]
            assert answers == [(bytes([i]), (hosts[i % 3], port)) for i in range(EACH)]


def test_reply_batch_of_a_batch_without_infos_raises_value_error(receiver, sender):
    sender.sendto(b"?", receiver.local_address)
    batch = filled(receiver, 1, max_datagrams=4)
    with pytest.raises(ValueError, match="infos=True"):
        receiver.reply_batch(batch)


def test_send_batch_of_a_batch_on_a_closed_socket_raises(receiver, sender):
    sender.sendto(b"?", receiver.local_address)
    batch = filled(receiver, 1, max_datagrams=4)
    receiver.close()
    with pytest.raises(libudp.ClosedError):
        receiver.send_batch(batch)
