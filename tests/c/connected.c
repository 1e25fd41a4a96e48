// A connected socket: it reports a refusing peer once, and works on.
#include "check.h"

// A taken port that refuses all datagrams: its socket is connected to itself.
static udp_socket deaf(udp_addr *addr)
{
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", addr);
    CHECK(udp_connect(s, addr) == 0);
    return s;
}

static void refused_once(void)
{
    udp_addr peer_addr, addr, from;
    char buf[8];
    udp_socket peer = deaf(&peer_addr), s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    CHECK(udp_connect(s, &peer_addr) == 0);

    // Reported by a receive.
    CHECK(udp_sendto(s, "lost", 4, NULL) == 4);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, SOON), UDP_ERR_REFUSED);
    CHECK(udp_last_os_error() != 0);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);

    // A wait returns, and the next call reports it.
    CHECK(udp_sendto(s, "lost", 4, NULL) == 4);
    CHECK(udp_wait(s, UDP_EVENT_READ, SOON) == UDP_EVENT_READ);
    FAILS(udp_recvfrom_text(s, "auto", buf, sizeof buf, NULL, NULL, 0), UDP_ERR_REFUSED);

    // Reported by a send, which sends nothing.
    CHECK(udp_sendto(s, "lost", 4, NULL) == 4);
    CHECK(udp_wait(s, UDP_EVENT_READ, SOON) == UDP_EVENT_READ);
    CHECK(udp_connect(peer, &addr) == 0);
    FAILS(udp_sendto(s, "not sent", 8, NULL), UDP_ERR_REFUSED);
    FAILS(udp_recvfrom(peer, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);

    // Now the peer listens, and the socket works.
    CHECK(udp_sendto(s, "hello", 5, NULL) == 5);
    CHECK(udp_recvfrom(peer, buf, sizeof buf, &from, SOON) == 5 && same(&from, &addr));
    CHECK(udp_sendto(peer, "yes", 3, NULL) == 3);
    CHECK(udp_recvfrom(s, buf, sizeof buf, &from, SOON) == 3 && same(&from, &peer_addr));
    CHECK(udp_close(s) == 0 && udp_close(peer) == 0);
}

// A socket that is not connected reports no refusals, because it talks to other peers too.
static void refused_unconnected(void)
{
    udp_addr peer_addr, addr;
    char buf[8];
    udp_socket peer = deaf(&peer_addr), s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    for (int i = 0; i < 3; i++)
        CHECK(udp_sendto(s, "lost", 4, &peer_addr) == 4);
    CHECK(udp_sendto(s, "mine", 4, &addr) == 4);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, SOON) == 4);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_close(s) == 0 && udp_close(peer) == 0);
}

static void one_peer_until_another(uint32_t flags, const char *host)
{
    udp_addr addr, a_addr, b_addr, peer;
    char buf[8];
    udp_socket a = bound(flags, host, &a_addr), b = bound(flags, host, &b_addr);
    udp_socket s = bound(flags, host, &addr);

    FAILS(udp_peer_addr(s, &peer), UDP_ERR_NOT_CONNECTED);
    FAILS(udp_sendto(s, "x", 1, NULL), UDP_ERR_NOT_CONNECTED);
    CHECK(udp_connect(s, &a_addr) == 0);
    CHECK(udp_peer_addr(s, &peer) == 0 && same(&peer, &a_addr));

    // Other senders are not received; an explicit destination still works.
    CHECK(udp_sendto(b, "b", 1, &addr) == 1);
    CHECK(udp_sendto(a, "a", 1, &addr) == 1);
    CHECK(udp_recvfrom(s, buf, sizeof buf, &peer, SOON) == 1 && buf[0] == 'a' && same(&peer, &a_addr));
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_sendto(s, "to b", 4, &b_addr) == 4);
    CHECK(udp_recvfrom(b, buf, sizeof buf, NULL, SOON) == 4);

    CHECK(udp_connect(s, &b_addr) == 0);
    CHECK(udp_sendto(s, "2", 1, NULL) == 1);
    CHECK(udp_recvfrom(b, buf, sizeof buf, NULL, SOON) == 1 && buf[0] == '2');

    if (flags != UDP_OPEN_IPV4 && udp_disconnect(s) != 0) {
        // A failed connect leaves the peer unchanged.
        FAILS(udp_disconnect(s), UDP_ERR_UNSUPPORTED);
        CHECK(udp_peer_addr(s, &peer) == 0 && same(&peer, &b_addr));
    } else {
        CHECK(udp_disconnect(s) == 0);
        FAILS(udp_peer_addr(s, &peer), UDP_ERR_NOT_CONNECTED);
        FAILS(udp_sendto(s, "x", 1, NULL), UDP_ERR_NOT_CONNECTED);
        CHECK(udp_sendto(a, "heard", 5, &addr) == 5);
        CHECK(udp_recvfrom(s, buf, sizeof buf, &peer, SOON) == 5 && same(&peer, &a_addr));
    }
    CHECK(udp_close(a) == 0 && udp_close(b) == 0 && udp_close(s) == 0);
}

int main(void)
{
    refused_once();
    refused_unconnected();
    one_peer_until_another(UDP_OPEN_IPV4, "127.0.0.1");
    if (has_ipv6()) {
        one_peer_until_another(UDP_OPEN_IPV6, "::1");
        one_peer_until_another(UDP_OPEN_DUAL, "::1");
        one_peer_until_another(UDP_OPEN_DUAL, "127.0.0.1");
    }
    return 0;
}
