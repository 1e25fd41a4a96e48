// NULL for each pointer of each function: UDP_ERR_NULL, or allowed where the header says so.
#include "check.h"

int main(void)
{
    udp_addr addr, from;
    udp_text_info info;
    char buf[16] = "untouched";
    udp_socket s = udp_open(UDP_OPEN_IPV4);

    CHECK(udp_bind(s, NULL, 0) == 0);
    CHECK(udp_close(s) == 0);
    s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);

    FAILS(udp_connect(s, NULL), UDP_ERR_NULL);
    FAILS(udp_local_addr(s, NULL), UDP_ERR_NULL);
    FAILS(udp_peer_addr(s, NULL), UDP_ERR_NULL);
    FAILS(udp_resolve(NULL, 1, UDP_FAMILY_NONE, &from), UDP_ERR_NULL);
    FAILS(udp_resolve("127.0.0.1", 1, UDP_FAMILY_NONE, NULL), UDP_ERR_NULL);
    FAILS(udp_format(NULL, buf, sizeof buf), UDP_ERR_NULL);
    FAILS(udp_format(&addr, NULL, sizeof buf), UDP_ERR_NULL);
    FAILS(udp_format(&addr, NULL, 0), UDP_ERR_NULL);

    FAILS(udp_sendto(s, NULL, 1, &addr), UDP_ERR_NULL);
    FAILS(udp_sendto(s, "x", 1, NULL), UDP_ERR_NOT_CONNECTED);
    FAILS(udp_broadcast(s, NULL, 1, 9), UDP_ERR_NULL);
    FAILS(udp_broadcast_on(s, NULL, 1, 9, 1), UDP_ERR_NULL);
    udp_packet_info details;
    memset(&details, 0, sizeof details);
    details.if_index = 1;
    FAILS(udp_reply(s, NULL, 1, &addr, &details), UDP_ERR_NULL);
    FAILS(udp_reply(s, "x", 1, &addr, NULL), UDP_ERR_NULL);
    FAILS(udp_reply(s, "x", 1, NULL, &details), UDP_ERR_NOT_CONNECTED);
    udp_packet one;
    memset(&one, 0, sizeof one);
    FAILS(udp_reply_batch(s, NULL, &details, 1), UDP_ERR_NULL);
    FAILS(udp_reply_batch(s, &one, NULL, 1), UDP_ERR_NULL);
    FAILS(udp_reply_batch(s, &one, &details, 1), UDP_ERR_NOT_CONNECTED);
    CHECK(udp_reply_batch(s, NULL, NULL, 0) == 0);

    FAILS(udp_interfaces(NULL, 1), UDP_ERR_NULL);
    CHECK(udp_interfaces(NULL, 0) >= 1);
    CHECK(udp_interface_index(NULL) == 0);
    FAILS(udp_join(s, NULL, NULL, 0), UDP_ERR_NULL);
    FAILS(udp_leave(s, NULL, NULL, 0), UDP_ERR_NULL);
    FAILS(udp_recv_error(s, NULL, 0), UDP_ERR_NULL);
    FAILS(udp_recvfrom(s, NULL, 1, NULL, -1), UDP_ERR_NULL);

    FAILS(udp_encode(NULL, "x", 1, buf, sizeof buf), UDP_ERR_NULL);
    FAILS(udp_encode("gbk", NULL, 1, buf, sizeof buf), UDP_ERR_NULL);
    FAILS(udp_encode("gbk", "x", 1, NULL, 1), UDP_ERR_NULL);
    FAILS(udp_encode("gbk", "x", 1, NULL, 0), UDP_ERR_BUFFER_TOO_SMALL);
    FAILS(udp_decode(NULL, "x", 1, buf, sizeof buf, &info), UDP_ERR_NULL);
    FAILS(udp_decode("gbk", NULL, 1, buf, sizeof buf, &info), UDP_ERR_NULL);
    FAILS(udp_decode("gbk", "x", 1, NULL, sizeof buf, &info), UDP_ERR_NULL);
    FAILS(udp_decode("gbk", "x", 1, NULL, 0, &info), UDP_ERR_NULL);
    FAILS(udp_sendto_text(s, NULL, "x", 1, &addr), UDP_ERR_NULL);
    FAILS(udp_sendto_text(s, "gbk", NULL, 1, &addr), UDP_ERR_NULL);
    FAILS(udp_sendto_text(s, "gbk", "x", 1, NULL), UDP_ERR_NOT_CONNECTED);
    FAILS(udp_recvfrom_text(s, NULL, buf, sizeof buf, NULL, NULL, -1), UDP_ERR_NULL);
    FAILS(udp_recvfrom_text(s, "auto", NULL, sizeof buf, NULL, NULL, -1), UDP_ERR_NULL);
    FAILS(udp_recvfrom_text(s, "auto", NULL, 0, NULL, NULL, -1), UDP_ERR_NULL);
    CHECK(strcmp(buf, "untouched") == 0);

    // None of it was sent, and these are allowed.
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_sendto(s, NULL, 0, &addr) == 0);
    CHECK(udp_recvfrom(s, NULL, 0, NULL, SOON) == 0);
    CHECK(udp_sendto_text(s, "gbk", NULL, 0, &addr) == 0);
    CHECK(udp_recvfrom_text(s, "auto", buf, sizeof buf, NULL, NULL, SOON) == 0);
    CHECK(udp_encode("gbk", NULL, 0, NULL, 0) == 0);
    CHECK(udp_decode("gbk", NULL, 0, buf, sizeof buf, NULL) == 0);
    CHECK(udp_close(s) == 0);
    return 0;
}
