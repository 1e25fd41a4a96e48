// UDP_ERR_WOULD_BLOCK is neither an empty datagram, nor a timeout, nor a system error.
#include "check.h"

int main(void)
{
    udp_addr addr;
    char buf[16];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);

    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_recvfrom(s, NULL, 0, NULL, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_recvfrom_text(s, "auto", buf, sizeof buf, NULL, NULL, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_wait(s, UDP_EVENT_READ, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 5), UDP_ERR_TIMED_OUT);

    // Receiving without waiting takes all datagrams, and ends with it.
    for (char i = 0; i < 10; i++)
        CHECK(udp_sendto(s, &i, (size_t)(i % 2), &addr) == i % 2);
    int datagrams = 0;
    int32_t length;
    while ((length = udp_recvfrom(s, buf, sizeof buf, NULL, 0)) >= 0) {
        CHECK(length == datagrams % 2 && (length == 0 || buf[0] == datagrams));
        datagrams++;
    }
    CHECK(length == UDP_ERR_WOULD_BLOCK && datagrams == 10);

    // A send that must not wait succeeds if there is room.
    CHECK(udp_set_option(s, UDP_OPT_SEND_TIMEOUT, 0) == 0);
    CHECK(udp_sendto(s, "x", 1, &addr) == 1);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, SOON) == 1);
    CHECK(udp_close(s) == 0);
    return 0;
}
