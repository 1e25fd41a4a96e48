// A server with several addresses replies from the one that was asked. All of 127.0.0.0/8 is local.
#include "check.h"

static char buf[64];

// Asks `host` from a connected socket, which receives from it only, and lets the server reply.
static void asks(udp_socket server, const char *host)
{
    udp_addr at, to;
    udp_packet packet;
    udp_packet_info info;
    CHECK(udp_local_addr(server, &at) == 0);
    to = address(host, at.port);
    udp_socket client = udp_open(to.family == UDP_FAMILY_IPV4 ? UDP_OPEN_IPV4 : UDP_OPEN_IPV6);
    CHECK(udp_connect(client, &to) == 0);
    CHECK(udp_sendto(client, "?", 1, NULL) == 1);

    CHECK(udp_recv_batch(server, buf, sizeof buf, &packet, &info, 1, SOON) == 1);
    to.port = 0;
    CHECK(same(&info.local, &to) && info.if_index > 0);
    CHECK(udp_reply(server, "!!", 2, &packet.peer, &info) == 2);
    CHECK(udp_recvfrom(client, buf, sizeof buf, NULL, SOON) == 2);
    CHECK(udp_close(client) == 0);
}

// A received batch is sent back unchanged, each packet from the address that was asked.
static void echoes(udp_socket server)
{
    enum { CLIENTS = 3, EACH = 10, ALL = CLIENTS * EACH };
    const char *const hosts[CLIENTS] = {"127.0.0.1", "127.0.0.77", "127.1.2.3"};
    static char arena[ALL * 64];
    udp_packet packets[ALL];
    udp_packet_info infos[ALL];
    udp_socket clients[CLIENTS];
    udp_addr at;
    CHECK(udp_local_addr(server, &at) == 0);
    for (int i = 0; i < CLIENTS; i++) {
        udp_addr to = address(hosts[i], at.port);
        clients[i] = udp_open(UDP_OPEN_IPV4);
        CHECK(udp_connect(clients[i], &to) == 0);
        for (int j = 0; j < EACH; j++)
            CHECK(udp_sendto(clients[i], hosts[i], strlen(hosts[i]), NULL) > 0);
    }
    for (int32_t count = 0, got; count < ALL; count += got) {
        got = udp_recv_batch(server, arena, sizeof arena, packets, infos, ALL, SOON);
        CHECK(got > 0 && udp_reply_batch(server, packets, infos, (size_t)got) == got);
    }
    for (int i = 0; i < CLIENTS; i++) {
        for (int j = 0; j < EACH; j++) {
            CHECK(udp_recvfrom(clients[i], buf, sizeof buf, NULL, SOON) == (int32_t)strlen(hosts[i]));
            CHECK(memcmp(buf, hosts[i], strlen(hosts[i])) == 0);
        }
        CHECK(udp_close(clients[i]) == 0);
    }
    memset(infos, 0, sizeof infos);
    FAILS(udp_reply_batch(server, packets, infos, 1), UDP_ERR_INVALID);
    FAILS(udp_reply_batch(server, packets, (const udp_packet_info *)((const char *)infos + 1), 1), UDP_ERR_INVALID);
    FAILS(udp_reply_batch(server, packets, infos, (size_t)-1), UDP_ERR_INVALID);
}

static void origins_that_are_none(udp_socket s)
{
    udp_addr to = address("127.0.0.1", 9);
    udp_packet_info info;
    memset(&info, 0, sizeof info);
    // UDP_OPT_RECV_PKTINFO was off, so the source address is unknown.
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_INVALID);
    info.local = address("203.0.113.9", 0); // for documentation: no machine has it (RFC 5737)
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_NOT_LOCAL);
    CHECK(strstr(udp_last_error(), "203.0.113.9") != NULL);
    info.local = address("::1", 0);
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_FAMILY);
    info.local.family = 3;
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_FAMILY);
    info.local = address("127.0.0.1", 0);
    info.local.reserved = 1;
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_INVALID);
    memset(&info, 0, sizeof info);
    info.if_index = 0x7fffffff;
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_NO_INTERFACE);
    info.if_index = 0xffffffff;
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_NO_INTERFACE);
    info.if_index = 1;
    to.port = 0;
    FAILS(udp_reply(s, "x", 1, &to, &info), UDP_ERR_INVALID);
    FAILS(udp_reply(s, "x", 1, NULL, &info), UDP_ERR_NOT_CONNECTED);
    static char large[65508];
    to.port = 9;
    FAILS(udp_reply(s, large, sizeof large, &to, &info), UDP_ERR_MSGSIZE);
}

static void counts_and_connected(void)
{
    udp_addr addr;
    udp_packet_info info;
    udp_stats counters;
    udp_socket peer = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr), s = udp_open(UDP_OPEN_IPV4);
    CHECK(udp_connect(s, &addr) == 0);
    memset(&info, 0, sizeof info);
    info.local = address("127.0.0.7", 0);
    CHECK(udp_reply(s, "", 0, NULL, &info) == 0);
    CHECK(udp_recvfrom(peer, buf, sizeof buf, &addr, SOON) == 0);
    addr.port = 0;
    CHECK(same(&addr, &info.local));
    CHECK(udp_get_stats(s, &counters) == 0 && counters.sent == 1 && counters.sent_bytes == 0);
    CHECK(udp_close(s) == 0 && udp_close(peer) == 0);
}

int main(void)
{
    udp_addr addr;
    udp_socket server = bound(UDP_OPEN_IPV4, "", &addr);
    CHECK(udp_set_option(server, UDP_OPT_RECV_PKTINFO, 1) == 1);
    asks(server, "127.0.0.1");
    asks(server, "127.0.0.77");
    echoes(server);
    origins_that_are_none(server);
    CHECK(udp_close(server) == 0);
    if (has_ipv6()) {
        server = bound(UDP_OPEN_DUAL, "", &addr);
        CHECK(udp_set_option(server, UDP_OPT_RECV_PKTINFO, 1) == 1);
        asks(server, "127.0.0.77");
        asks(server, "::1");
        CHECK(udp_close(server) == 0);
    }
    counts_and_connected();
    return 0;
}
