// Addresses from text and back, and which families each kind of socket accepts.
#include "check.h"

static void reads_and_prints(const char *host, uint16_t port, uint16_t family, const char *printed)
{
    udp_addr addr;
    char text[UDP_ADDR_TEXT_SIZE];
    CHECK(udp_resolve(host, port, UDP_FAMILY_NONE, &addr) == 0);
    CHECK(addr.family == family && addr.port == port);
    CHECK(addr.flowinfo == 0 && addr.reserved == 0);
    CHECK(udp_format(&addr, text, sizeof text) == (int32_t)strlen(printed));
    CHECK(strcmp(text, printed) == 0);
    CHECK(udp_resolve(host, port, family, &addr) == 0);
}

static void formats_into_little_room(void)
{
    udp_addr addr = address("127.0.0.1", 65535);
    char text[16] = "untouched";
    FAILS(udp_format(&addr, text, 0), UDP_ERR_BUFFER_TOO_SMALL);
    FAILS(udp_format(&addr, text, strlen("127.0.0.1:65535")), UDP_ERR_BUFFER_TOO_SMALL);
    CHECK(udp_last_length() == strlen("127.0.0.1:65535") + 1);
    CHECK(strcmp(text, "untouched") == 0);
    CHECK(udp_format(&addr, text, udp_last_length()) == 15 && strcmp(text, "127.0.0.1:65535") == 0);
}

static void failures_write_nothing(void)
{
    udp_addr addr, before;
    memset(&addr, 0x5a, sizeof addr);
    before = addr;
    FAILS(udp_resolve("::1", 1, UDP_FAMILY_IPV4, &addr), UDP_ERR_FAMILY);
    FAILS(udp_resolve("127.0.0.1", 1, UDP_FAMILY_IPV6, &addr), UDP_ERR_FAMILY);
    FAILS(udp_resolve("<broadcast>", 1, UDP_FAMILY_IPV6, &addr), UDP_ERR_FAMILY);
    FAILS(udp_resolve("::1", 1, 5, &addr), UDP_ERR_FAMILY);
    FAILS(udp_resolve("fe80::1%no-such", 1, UDP_FAMILY_NONE, &addr), UDP_ERR_NO_INTERFACE);
    FAILS(udp_resolve("nobody.invalid", 1, UDP_FAMILY_NONE, &addr), UDP_ERR_NAME_NOT_FOUND);
    CHECK(same(&addr, &before));
}

static void each_family_on_its_sockets(void)
{
    udp_addr v4 = address("127.0.0.1", 9), v6 = address("::1", 9);
    udp_socket s = udp_open(UDP_OPEN_IPV4);
    FAILS(udp_sendto(s, "x", 1, &v6), UDP_ERR_FAMILY);
    FAILS(udp_connect(s, &v6), UDP_ERR_FAMILY);
    FAILS(udp_bind(s, "::1", 0), UDP_ERR_FAMILY);
    CHECK(udp_close(s) == 0);
    s = udp_open(UDP_OPEN_IPV6);
    if (s > 0) {
        FAILS(udp_sendto(s, "x", 1, &v4), UDP_ERR_FAMILY);
        FAILS(udp_connect(s, &v4), UDP_ERR_FAMILY);
        FAILS(udp_bind(s, "127.0.0.1", 0), UDP_ERR_FAMILY);
        FAILS(udp_broadcast(s, "x", 1, 9), UDP_ERR_FAMILY);
        CHECK(udp_close(s) == 0);
    }
}

// A dual-stack socket shows IPv4 peers, and itself, with IPv4 addresses.
static void dual_stack(void)
{
    udp_addr dual_addr, v4_addr, v6_addr, to, from;
    char buf[8];
    udp_socket dual = bound(UDP_OPEN_DUAL, NULL, &dual_addr);
    udp_socket v4 = bound(UDP_OPEN_IPV4, "127.0.0.1", &v4_addr), v6 = bound(UDP_OPEN_IPV6, "::1", &v6_addr);
    CHECK(dual_addr.family == UDP_FAMILY_IPV6);

    to = address("127.0.0.1", dual_addr.port);
    CHECK(udp_sendto(v4, "four", 4, &to) == 4);
    CHECK(udp_recvfrom(dual, buf, sizeof buf, &from, SOON) == 4 && same(&from, &v4_addr));
    CHECK(udp_sendto(dual, "4", 1, &from) == 1);
    CHECK(udp_recvfrom(v4, buf, sizeof buf, &from, SOON) == 1 && same(&from, &to));

    to = address("::1", dual_addr.port);
    CHECK(udp_sendto(v6, "six", 3, &to) == 3);
    CHECK(udp_recvfrom(dual, buf, sizeof buf, &from, SOON) == 3 && same(&from, &v6_addr));
    CHECK(udp_sendto(dual, "6", 1, &from) == 1);
    CHECK(udp_recvfrom(v6, buf, sizeof buf, &from, SOON) == 1 && same(&from, &to));

    CHECK(udp_connect(dual, &v4_addr) == 0);
    CHECK(udp_peer_addr(dual, &from) == 0 && same(&from, &v4_addr));
    CHECK(udp_local_addr(dual, &from) == 0 && from.family == UDP_FAMILY_IPV4);
    CHECK(udp_close(dual) == 0 && udp_close(v4) == 0 && udp_close(v6) == 0);

    dual = bound(UDP_OPEN_DUAL, "127.0.0.1", &dual_addr);
    CHECK(dual_addr.family == UDP_FAMILY_IPV4);
    CHECK(udp_close(dual) == 0);
}

int main(void)
{
    reads_and_prints("127.0.0.1", 8080, UDP_FAMILY_IPV4, "127.0.0.1:8080");
    reads_and_prints("10.0.0.1", 0, UDP_FAMILY_IPV4, "10.0.0.1:0");
    reads_and_prints("", 7, UDP_FAMILY_IPV4, "0.0.0.0:7");
    reads_and_prints("<broadcast>", 65535, UDP_FAMILY_IPV4, "255.255.255.255:65535");
    reads_and_prints("::1", 8080, UDP_FAMILY_IPV6, "[::1]:8080");
    reads_and_prints("2001:db8:0:0::5", 53, UDP_FAMILY_IPV6, "[2001:db8::5]:53");
    reads_and_prints("fe80::1%lo", 8080, UDP_FAMILY_IPV6, "[fe80::1%lo]:8080");
    reads_and_prints("fe80::1%1", 8080, UDP_FAMILY_IPV6, "[fe80::1%lo]:8080");
    reads_and_prints("fe80::1%4000000000", 1, UDP_FAMILY_IPV6, "[fe80::1%4000000000]:1");

    udp_addr addr;
    CHECK(address("127.0.0.1", 1).ip[0] == 127 && address("::1", 1).ip[15] == 1);
    CHECK(address("fe80::1%1", 1).scope_id == 1);
    CHECK(udp_resolve("", 1, UDP_FAMILY_IPV6, &addr) == 0 && addr.family == UDP_FAMILY_IPV6);
    CHECK(udp_resolve("localhost", 1, UDP_FAMILY_IPV4, &addr) == 0 && addr.ip[0] == 127);

    formats_into_little_room();
    failures_write_nothing();
    each_family_on_its_sockets();
    if (has_ipv6())
        dual_stack();
    return 0;
}
