// Each option is set and read back, and invalid values fail.
#include <limits.h>

#include "check.h"

static void takes(udp_socket s, int32_t option, int32_t first, int32_t last)
{
    CHECK(udp_set_option(s, option, last) == last);
    CHECK(udp_get_option(s, option) == last);
    CHECK(udp_set_option(s, option, first) == first);
    CHECK(udp_get_option(s, option) == first);
    if (first > INT_MIN)
        FAILS(udp_set_option(s, option, first - 1), UDP_ERR_INVALID);
    if (last < INT_MAX)
        FAILS(udp_set_option(s, option, last + 1), UDP_ERR_INVALID);
    FAILS(udp_set_option(s, option, INT_MIN), UDP_ERR_INVALID);
    CHECK(udp_get_option(s, option) == first);
}

// The system may grant a buffer size in part, in full or rounded up; a get returns what the set returned.
static void grants(udp_socket s, int32_t option)
{
    CHECK(udp_get_option(s, option) > 0);
    CHECK(udp_set_option(s, option, 65536) >= 65536);
    const int32_t sizes[] = {0, 1, 5000, 100000, INT_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        int32_t granted = udp_set_option(s, option, sizes[i]);
        CHECK(granted > 0);
        CHECK(udp_get_option(s, option) == granted);
    }
    FAILS(udp_set_option(s, option, -1), UDP_ERR_INVALID);
}

static void of_every_socket(udp_socket s)
{
    CHECK(udp_get_option(s, UDP_OPT_BROADCAST) == 0);
    CHECK(udp_get_option(s, UDP_OPT_REUSE_ADDRESS) == 0);
    CHECK(udp_get_option(s, UDP_OPT_REUSE_PORT) == 0);
    CHECK(udp_get_option(s, UDP_OPT_TOS) == 0);
    CHECK(udp_get_option(s, UDP_OPT_PRIORITY) == 0);
    CHECK(udp_get_option(s, UDP_OPT_TTL) > 0);
    CHECK(udp_get_option(s, UDP_OPT_SEND_TIMEOUT) == INT_MAX);
    takes(s, UDP_OPT_BROADCAST, 0, 1);
    takes(s, UDP_OPT_TTL, 1, 255);
    takes(s, UDP_OPT_REUSE_ADDRESS, 0, 1);
    takes(s, UDP_OPT_REUSE_PORT, 0, 1);
    takes(s, UDP_OPT_SEND_TIMEOUT, 0, INT_MAX);
    // Some systems own the two lowest bits (ECN), so only DSCP is compared.
    CHECK(udp_set_option(s, UDP_OPT_TOS, 0xb8) == 0xb8 && udp_get_option(s, UDP_OPT_TOS) == 0xb8);
    FAILS(udp_set_option(s, UDP_OPT_TOS, 256), UDP_ERR_INVALID);
    FAILS(udp_set_option(s, UDP_OPT_TOS, -1), UDP_ERR_INVALID);
    grants(s, UDP_OPT_RECV_BUFFER);
    grants(s, UDP_OPT_SEND_BUFFER);
    takes(s, UDP_OPT_RECV_ERRORS, 0, 1);
    CHECK(udp_get_option(s, UDP_OPT_MULTICAST_TTL) == 1 && udp_get_option(s, UDP_OPT_MULTICAST_LOOP) == 1);
    takes(s, UDP_OPT_MULTICAST_TTL, 0, 255);
    takes(s, UDP_OPT_MULTICAST_LOOP, 0, 1);
    takes(s, UDP_OPT_DONT_FRAGMENT, 0, 2);
    CHECK(udp_set_option(s, UDP_OPT_PRIORITY, 6) == 6 && udp_get_option(s, UDP_OPT_PRIORITY) == 6);
    CHECK(udp_get_option(s, UDP_OPT_BUSY_POLL) >= 0);
    FAILS(udp_set_option(s, UDP_OPT_BUSY_POLL, -1), UDP_ERR_INVALID);

    // Options that name an interface: the first is loopback on Linux.
    const int32_t interfaces[] = {UDP_OPT_MULTICAST_INTERFACE, UDP_OPT_BIND_INTERFACE};
    for (size_t i = 0; i < 2; i++) {
        CHECK(udp_get_option(s, interfaces[i]) == 0);
        CHECK(udp_set_option(s, interfaces[i], 1) == 1 && udp_get_option(s, interfaces[i]) == 1);
        FAILS(udp_set_option(s, interfaces[i], INT_MAX), UDP_ERR_NO_INTERFACE);
        FAILS(udp_set_option(s, interfaces[i], -1), UDP_ERR_INVALID);
        CHECK(udp_get_option(s, interfaces[i]) == 1);
        int32_t none = udp_set_option(s, interfaces[i], 0);
        // Unbinding from an interface needs a privilege (socket(7), SO_BINDTODEVICE).
        CHECK(none == 0 || (interfaces[i] == UDP_OPT_BIND_INTERFACE && none == UDP_ERR_ACCESS));
    }

    // Above the system's limit, for root.
    int32_t limit = udp_set_option(s, UDP_OPT_RECV_BUFFER, INT_MAX), forced = limit + 65536;
    int32_t granted = udp_set_option(s, UDP_OPT_FORCE_RECV_BUFFER, forced);
    CHECK(granted == forced || granted == UDP_ERR_ACCESS);
    CHECK(udp_get_option(s, UDP_OPT_FORCE_RECV_BUFFER) == udp_get_option(s, UDP_OPT_RECV_BUFFER));
    CHECK(udp_get_option(s, UDP_OPT_RECV_BUFFER) == (granted < 0 ? limit : forced));
    limit = udp_set_option(s, UDP_OPT_SEND_BUFFER, INT_MAX), forced = limit + 65536;
    granted = udp_set_option(s, UDP_OPT_FORCE_SEND_BUFFER, forced);
    CHECK(granted == forced || granted == UDP_ERR_ACCESS);
    CHECK(udp_get_option(s, UDP_OPT_FORCE_SEND_BUFFER) == udp_get_option(s, UDP_OPT_SEND_BUFFER));

    FAILS(udp_set_option(s, UDP_OPT_PATH_MTU, 1500), UDP_ERR_OPTION);
    FAILS(udp_get_option(s, UDP_OPT_PATH_MTU), UDP_ERR_NOT_CONNECTED);

    const int32_t unknown[] = {0, -1, 999, 1000, INT_MAX, INT_MIN};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        FAILS(udp_set_option(s, unknown[i], 1), UDP_ERR_OPTION);
        FAILS(udp_get_option(s, unknown[i]), UDP_ERR_OPTION);
    }
}

// A port is exclusive unless both sockets ask to share it.
static void sharing(uint32_t share, int32_t option)
{
    udp_addr addr;
    udp_socket first = bound(UDP_OPEN_IPV4 | share, "127.0.0.1", &addr);
    udp_socket second = udp_open(UDP_OPEN_IPV4);
    CHECK(udp_get_option(first, option) == 1);
    FAILS(udp_bind(second, "127.0.0.1", addr.port), UDP_ERR_IN_USE);
    // The option takes effect at bind: a later change would have none.
    FAILS(udp_set_option(first, option, 0), UDP_ERR_INVALID);
    CHECK(strstr(udp_last_error(), "before udp_bind"));
    CHECK(udp_set_option(first, option, 1) == 1);
    CHECK(udp_set_option(second, option, 1) == 1);
    CHECK(udp_bind(second, "127.0.0.1", addr.port) == 0);
    CHECK(udp_close(first) == 0 && udp_close(second) == 0);
}

static void ipv6_only(void)
{
    udp_addr v4 = address("127.0.0.1", 9), addr;
    udp_socket s = udp_open(UDP_OPEN_IPV4);
    FAILS(udp_set_option(s, UDP_OPT_IPV6_ONLY, 1), UDP_ERR_OPTION);
    FAILS(udp_get_option(s, UDP_OPT_IPV6_ONLY), UDP_ERR_OPTION);
    CHECK(udp_close(s) == 0);
    if (!has_ipv6())
        return;

    s = udp_open(UDP_OPEN_DUAL);
    CHECK(udp_get_option(s, UDP_OPT_IPV6_ONLY) == 0);
    takes(s, UDP_OPT_IPV6_ONLY, 0, 1);
    CHECK(udp_set_option(s, UDP_OPT_IPV6_ONLY, 1) == 1);
    FAILS(udp_sendto(s, "x", 1, &v4), UDP_ERR_FAMILY);
    CHECK(udp_close(s) == 0);

    s = bound(UDP_OPEN_IPV6, "::1", &addr);
    CHECK(udp_get_option(s, UDP_OPT_IPV6_ONLY) == 1);
    FAILS(udp_set_option(s, UDP_OPT_IPV6_ONLY, 0), UDP_ERR_INVALID);
    CHECK(udp_get_option(s, UDP_OPT_IPV6_ONLY) == 1);
    CHECK(udp_close(s) == 0);
    s = udp_open(UDP_OPEN_IPV6);
    of_every_socket(s);
    CHECK(udp_close(s) == 0);
}

int main(void)
{
    udp_socket s = udp_open(UDP_OPEN_IPV4);
    of_every_socket(s);
    CHECK(udp_close(s) == 0);
    sharing(UDP_OPEN_REUSE_ADDRESS, UDP_OPT_REUSE_ADDRESS);
    sharing(UDP_OPEN_REUSE_PORT, UDP_OPT_REUSE_PORT);
    ipv6_only();
    return 0;
}
