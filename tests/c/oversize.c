// At most 65,507 bytes go over IPv4 and 65,487 over IPv6. One more is UDP_ERR_MSGSIZE, and nothing is sent.
#include "check.h"

static char out[70000], in[70000];

static void at_most(udp_socket s, const udp_addr *to, size_t limit)
{
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (char)(i * 7 + i / 251);
    memset(in, 0, sizeof in);
    FAILS(udp_sendto(s, out, limit + 1, to), UDP_ERR_MSGSIZE);
    FAILS(udp_sendto(s, out, sizeof out, to), UDP_ERR_MSGSIZE);
    FAILS(udp_recvfrom(s, in, sizeof in, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_sendto(s, out, limit, to) == (int32_t)limit);
    CHECK(udp_recvfrom(s, in, sizeof in, NULL, SOON) == (int32_t)limit);
    CHECK(memcmp(in, out, limit) == 0);
}

static void both_ways_of_naming_the_peer(uint32_t flags, const char *host, size_t limit)
{
    udp_addr addr;
    udp_socket s = bound(flags, host, &addr);
    at_most(s, &addr, limit);
    CHECK(udp_connect(s, &addr) == 0);
    at_most(s, NULL, limit);
    CHECK(udp_close(s) == 0);
}

static void as_text(void)
{
    udp_addr addr;
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    memset(out, 'a', sizeof out);
    // The encoded length counts, not the length of the text.
    FAILS(udp_sendto_text(s, "utf-8", out, 65508, &addr), UDP_ERR_MSGSIZE);
    FAILS(udp_sendto_text(s, "utf-16le", out, 32754, &addr), UDP_ERR_MSGSIZE);
    CHECK(udp_sendto_text(s, "utf-16le", out, 32753, &addr) == 65506);
    CHECK(udp_recvfrom(s, in, sizeof in, NULL, SOON) == 65506);
    CHECK(udp_sendto_text(s, "utf-8", out, 65507, &addr) == 65507);
    CHECK(udp_recvfrom_text(s, "auto", in, sizeof in, NULL, NULL, SOON) == 65507);
    CHECK(udp_close(s) == 0);
}

int main(void)
{
    both_ways_of_naming_the_peer(UDP_OPEN_IPV4, "127.0.0.1", 65507);
    if (has_ipv6()) {
        both_ways_of_naming_the_peer(UDP_OPEN_IPV6, "::1", 65487);
        both_ways_of_naming_the_peer(UDP_OPEN_DUAL, "::1", 65487);
        both_ways_of_naming_the_peer(UDP_OPEN_DUAL, "127.0.0.1", 65507);
    }
    as_text();
    return 0;
}
