// An empty datagram is sent and received; it means neither "closed" nor "nothing there".
#include "check.h"

int main(void)
{
    udp_addr addr, from;
    udp_text_info info;
    char buf[8] = "unused";
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);

    CHECK(udp_sendto(s, NULL, 0, &addr) == 0);
    CHECK(udp_sendto(s, "", 0, &addr) == 0);
    CHECK(udp_wait(s, UDP_EVENT_READ, SOON) == UDP_EVENT_READ);
    CHECK(udp_recvfrom(s, buf, sizeof buf, &from, SOON) == 0);
    CHECK(same(&from, &addr));
    CHECK(strcmp(buf, "unused") == 0);
    CHECK(udp_recvfrom(s, NULL, 0, NULL, SOON) == 0);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 1), UDP_ERR_TIMED_OUT);

    CHECK(udp_sendto_text(s, "gbk", NULL, 0, &addr) == 0);
    CHECK(udp_recvfrom_text(s, "auto", buf, sizeof buf, &from, &info, SOON) == 0);
    CHECK(buf[0] == 0 && info.bytes == 0 && info.replaced == 0 && same(&from, &addr));

    // The same between connected sockets.
    CHECK(udp_connect(s, &addr) == 0);
    CHECK(udp_sendto(s, NULL, 0, NULL) == 0);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, SOON) == 0);
    CHECK(udp_close(s) == 0);
    return 0;
}
