// Path errors are queued with their peers, and fail no other sends or receives.
#include <errno.h>

#include "check.h"

static char buf[16];

static void refused(udp_socket s, udp_addr nobody)
{
    udp_path_error error;
    udp_stats counters;
    CHECK(udp_sendto(s, "x", 1, &nobody) == 1);
    CHECK(udp_wait(s, UDP_EVENT_READ | UDP_EVENT_ERROR, SOON) == UDP_EVENT_ERROR);
    memset(&error, 0x5a, sizeof error);
    CHECK(udp_recv_error(s, &error, 0) == 0);
    CHECK(error.code == UDP_ERR_REFUSED && error.os_error == ECONNREFUSED);
    CHECK(same(&error.peer, &nobody));
    nobody.port = 0;
    CHECK(same(&error.offender, &nobody) && error.mtu == 0 && error.reserved == 0);
    if (nobody.family == UDP_FAMILY_IPV4)
        CHECK(error.icmp_type == 3 && error.icmp_code == 3); // RFC 792
    else
        CHECK(error.icmp_type == 1 && error.icmp_code == 4); // RFC 4443
    FAILS(udp_recv_error(s, &error, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_recv_error(s, &error, 1), UDP_ERR_TIMED_OUT);
    FAILS(udp_recv_error(s, &error, -2), UDP_ERR_INVALID);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_get_stats(s, &counters) == 0 && counters.path_errors == 1 && counters.path_errors_lost == 0);
}

int main(void)
{
    udp_addr addr, nobody;
    udp_path_error error;
    // Its socket is connected to itself, so the port refuses all others and stays taken.
    udp_socket deaf = bound(UDP_OPEN_IPV4, "127.0.0.1", &nobody);
    CHECK(udp_connect(deaf, &nobody) == 0);
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    FAILS(udp_recv_error(s, &error, -1), UDP_ERR_OPTION);
    CHECK(udp_set_option(s, UDP_OPT_RECV_ERRORS, 1) == 1);
    refused(s, nobody);
    CHECK(udp_close(s) == 0);
    FAILS(udp_recv_error(s, &error, 0), UDP_ERR_CLOSED);
    if (has_ipv6()) {
        CHECK(udp_close(deaf) == 0);
        deaf = bound(UDP_OPEN_IPV6, "::1", &nobody);
        CHECK(udp_connect(deaf, &nobody) == 0);
        s = bound(UDP_OPEN_DUAL, "", &addr);
        CHECK(udp_set_option(s, UDP_OPT_RECV_ERRORS, 1) == 1);
        refused(s, nobody);
        CHECK(udp_close(s) == 0);
    }
    CHECK(udp_close(deaf) == 0);
    return 0;
}
