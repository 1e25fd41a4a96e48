// A socket keeps its port after udp_disconnect, also one that the system chose.
#include "check.h"

static void keeps_its_address(udp_socket s, int connect_first)
{
    udp_addr addr, now;
    char buf[8];
    CHECK(udp_local_addr(s, &addr) == 0 && addr.port != 0);
    now = address("127.0.0.1", addr.port);
    if (connect_first)
        CHECK(udp_connect(s, &now) == 0);
    CHECK(udp_disconnect(s) == 0);
    CHECK(udp_disconnect(s) == 0);
    CHECK(udp_local_addr(s, &now) == 0 && same(&now, &addr));
    now = address("127.0.0.1", addr.port);
    CHECK(udp_sendto(s, "self", 4, &now) == 4);
    CHECK(udp_recvfrom(s, buf, sizeof buf, &now, SOON) == 4 && now.port == addr.port);
    CHECK(udp_close(s) == 0);
}

int main(void)
{
    udp_addr addr;
    const char *const hosts[] = {"127.0.0.1", ""};
    for (int i = 0; i < 4; i++)
        keeps_its_address(bound(UDP_OPEN_IPV4, hosts[i / 2], &addr), i % 2);

    // The same for a port that came with the first send.
    udp_socket s = udp_open(UDP_OPEN_IPV4), other = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    CHECK(udp_sendto(s, "x", 1, &addr) == 1);
    keeps_its_address(s, 0);
    CHECK(udp_close(other) == 0);
    return 0;
}
