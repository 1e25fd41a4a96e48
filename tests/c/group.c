// Grouping: the packets of each peer next to each other, with their infos, so that an echo leaves as super-datagrams.
#include "check.h"

enum { MANY = 5000 };

static udp_packet packets[MANY];
static udp_packet_info infos[MANY];

// The port tells the peer, the length the packet, and the timestamp the info.
static void fill(int i, int peer)
{
    packets[i] = (udp_packet){.length = (size_t)i, .peer = {.family = UDP_FAMILY_IPV4, .port = (uint16_t)peer}};
    infos[i] = (udp_packet_info){.timestamp_ns = (uint64_t)i};
}

static void group_bad_input_moves_nothing(void)
{
    fill(0, 1);
    fill(1, 2);
    fill(2, 1);
    udp_packet *crooked = (udp_packet *)((char *)packets + 1);
    udp_packet_info *crooked_infos = (udp_packet_info *)((char *)infos + 1);
    CHECK(udp_group_packets(NULL, NULL, 0) == 0);
    CHECK(udp_group_packets(packets, infos, 0) == 0);
    CHECK(udp_group_packets(NULL, infos, 0) == 0);
    FAILS(udp_group_packets(NULL, NULL, 1), UDP_ERR_NULL);
    FAILS(udp_group_packets(NULL, infos, 3), UDP_ERR_NULL);
    FAILS(udp_group_packets(crooked, infos, 3), UDP_ERR_INVALID);
    FAILS(udp_group_packets(packets, crooked_infos, 3), UDP_ERR_INVALID);
    FAILS(udp_group_packets(packets, infos, (size_t)INT32_MAX + 1), UDP_ERR_INVALID);
    FAILS(udp_group_packets(packets, infos, SIZE_MAX), UDP_ERR_INVALID);
    CHECK(packets[1].length == 1 && packets[2].length == 2 && infos[1].timestamp_ns == 1);
    CHECK(udp_group_packets(packets, infos, 1) == 1);
}

// The peers in turn: peer p has the packets p, p + peers, p + 2 * peers and so on.
static void group_of_peers_in_turn_is_stable(int n, int peers)
{
    for (int i = 0; i < n; i++)
        fill(i, 1 + i % peers);
    CHECK(udp_group_packets(packets, n % 2 ? infos : NULL, (size_t)n) == peers);
    int place = 0;
    for (int peer = 0; peer < peers; peer++) {
        for (int i = peer; i < n; i += peers, place++) {
            CHECK(packets[place].peer.port == 1 + peer && packets[place].length == (size_t)i);
            CHECK(infos[place].timestamp_ns == (uint64_t)(n % 2 ? i : place));
        }
    }
}

// Peers differ in any field of their addresses.
static void group_tells_all_fields_apart(void)
{
    for (int i = 0; i < 14; i++) {
        fill(i, 1);
        udp_addr *peer = &packets[i].peer;
        peer->family = UDP_FAMILY_IPV6;
        switch (i / 2) {
        case 0: peer->family = UDP_FAMILY_IPV4; break;
        case 1: peer->port = 2; break;
        case 2: peer->ip[0] = 1; break;
        case 3: peer->ip[15] = 1; break;
        case 4: peer->scope_id = 1; break;
        case 5: peer->flowinfo = 1; break;
        default: break;
        }
    }
    CHECK(udp_group_packets(packets, infos, 14) == 7);
}

// Two peers in turn, and the answers: each peer's come in its order.
static void echo_of_a_grouped_batch_reaches_each_peer_in_order(void)
{
    enum { EACH = 20, ALL = 2 * EACH };
    static char arena[ALL * 64];
    udp_addr to;
    udp_socket clients[2] = {udp_open(UDP_OPEN_IPV4), udp_open(UDP_OPEN_IPV4)};
    udp_socket server = bound(UDP_OPEN_IPV4, "127.0.0.1", &to);
    CHECK(udp_set_option(server, UDP_OPT_RECV_PKTINFO, 1) == 1);
    for (int i = 0; i < ALL; i++) {
        char number = (char)i;
        CHECK(udp_sendto(clients[i % 2], &number, 1, &to) == 1);
    }
    for (int32_t count = 0, got; count < ALL; count += got) {
        got = udp_recv_batch(server, arena, sizeof arena, packets, infos, ALL, SOON);
        CHECK(got > 0);
        CHECK(udp_group_packets(packets, infos, (size_t)got) == (got > 1 ? 2 : 1));
        CHECK(udp_reply_batch(server, packets, infos, (size_t)got) == got);
    }
    for (int i = 0; i < ALL; i++) {
        char number;
        CHECK(udp_recvfrom(clients[i % 2], &number, 1, NULL, SOON) == 1 && number == (char)i);
    }
    CHECK(udp_close(server) == 0 && udp_close(clients[0]) == 0 && udp_close(clients[1]) == 0);
}

int main(void)
{
    group_bad_input_moves_nothing();
    group_of_peers_in_turn_is_stable(2, 2);
    group_of_peers_in_turn_is_stable(63, 5);
    group_of_peers_in_turn_is_stable(1024, 256);
    group_of_peers_in_turn_is_stable(1023, 1023);
    group_of_peers_in_turn_is_stable(MANY - 1, 1000);
    group_tells_all_fields_apart();
    echo_of_a_grouped_batch_reaches_each_peer_in_order();
    return 0;
}
