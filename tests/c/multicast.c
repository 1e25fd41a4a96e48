// Groups on the loopback interface: joined, received, left, and joins that fail. (IPv6 has no route to groups there;
// tests/netns covers it.)
#include "check.h"

static const uint32_t LO = 1; // the first interface, on Linux

static void heard_until_it_is_left(uint32_t family, const char *text, const char *own)
{
    char buf[16];
    udp_addr addr, source = address(own, 0), group = address(text, 0);
    udp_socket s = bound(family, "", &addr), sender = udp_open(family);
    group.port = addr.port;
    CHECK(udp_bind(sender, own, 0) == 0);
    CHECK(udp_set_option(sender, UDP_OPT_MULTICAST_INTERFACE, (int32_t)LO) == (int32_t)LO);

    CHECK(udp_join(s, &group, NULL, LO) == 1);
    CHECK(udp_join(s, &group, NULL, LO) == 1);
    CHECK(udp_sendto(sender, "hello", 5, &group) == 5);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, SOON) == 5);
    CHECK(udp_leave(s, &group, NULL, LO) == 1);
    FAILS(udp_leave(s, &group, NULL, LO), UDP_ERR_NOT_JOINED);
    CHECK(udp_sendto(sender, "hello", 5, &group) == 5);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);

    // From one source only.
    CHECK(udp_join(s, &group, &source, LO) == 1);
    CHECK(udp_sendto(sender, "again", 5, &group) == 5);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, SOON) == 5);
    CHECK(udp_leave(s, &group, &source, LO) == 1);
    FAILS(udp_leave(s, &group, &source, LO), UDP_ERR_NOT_JOINED);

    CHECK(udp_close(s) == 0 && udp_close(sender) == 0);
}

static void not_to_be_joined(void)
{
    udp_addr v4 = address("239.255.7.7", 0), v6 = address("ff12::7:7", 0), host = address("127.0.0.1", 0), bad = v4;
    udp_socket s = udp_open(UDP_OPEN_IPV4);
    FAILS(udp_join(s, &host, NULL, LO), UDP_ERR_INVALID);
    FAILS(udp_join(s, &v6, NULL, LO), UDP_ERR_FAMILY);
    FAILS(udp_join(s, &v4, &v6, LO), UDP_ERR_FAMILY);
    FAILS(udp_join(s, &v4, &v4, LO), UDP_ERR_INVALID);
    FAILS(udp_join(s, &v4, NULL, 0x7fffffff), UDP_ERR_NO_INTERFACE);
    // The error code of udp_interface_index is no interface.
    FAILS(udp_join(s, &v4, NULL, (uint32_t)udp_interface_index("no-such")), UDP_ERR_NO_INTERFACE);
    bad.reserved = 1;
    FAILS(udp_join(s, &bad, NULL, LO), UDP_ERR_INVALID);
    FAILS(udp_join(s, &v4, &bad, LO), UDP_ERR_INVALID);
    FAILS(udp_leave(s, &v4, NULL, 0), UDP_ERR_NOT_JOINED);
    CHECK(udp_close(s) == 0);
    FAILS(udp_join(s, &v4, NULL, LO), UDP_ERR_CLOSED);
}

int main(void)
{
    heard_until_it_is_left(UDP_OPEN_IPV4, "239.255.7.7", "127.0.0.1");
    if (has_ipv6())
        heard_until_it_is_left(UDP_OPEN_DUAL, "239.255.7.7", "127.0.0.1");
    not_to_be_joined();
    return 0;
}
