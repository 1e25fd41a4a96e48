// Invalid arguments of batches and statistics: each returns its own error code, and nothing is sent or lost.
#include "check.h"

int main(void)
{
    udp_addr addr, wrong;
    udp_packet packets[2], in[2];
    udp_stats counters;
    char arena[100];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr), closed = udp_open(UDP_OPEN_IPV4);
    CHECK(udp_close(closed) == 0);
    memset(packets, 0, sizeof packets);
    packets[0].peer = packets[1].peer = addr;
    packets[0].data = packets[1].data = "ok";
    packets[0].length = packets[1].length = 2;

    FAILS(udp_send_batch(s, NULL, 1), UDP_ERR_NULL);
    CHECK(udp_send_batch(s, NULL, 0) == 0);
    FAILS(udp_send_batch(s, packets, SIZE_MAX), UDP_ERR_INVALID);
    FAILS(udp_send_batch(s, (udp_packet *)((char *)packets + 1), 1), UDP_ERR_INVALID);
    FAILS(udp_send_batch(0, packets, 1), UDP_ERR_HANDLE);
    FAILS(udp_send_batch(closed, packets, 1), UDP_ERR_CLOSED);

    // A bad packet ends the batch, and is the error of a batch that begins with it.
    packets[1].data = NULL;
    CHECK(udp_send_batch(s, packets, 2) == 1);
    FAILS(udp_send_batch(s, packets + 1, 1), UDP_ERR_NULL);
    packets[1].data = "ok";
    packets[1].length = SIZE_MAX;
    CHECK(udp_send_batch(s, packets, 2) == 1);
    FAILS(udp_send_batch(s, packets + 1, 1), UDP_ERR_INVALID);
    packets[1].length = 2;
    packets[1].peer.reserved = 1;
    CHECK(udp_send_batch(s, packets, 2) == 1);
    FAILS(udp_send_batch(s, packets + 1, 1), UDP_ERR_INVALID);
    packets[1].peer = addr;
    packets[1].peer.family = 99;
    FAILS(udp_send_batch(s, packets + 1, 1), UDP_ERR_FAMILY);
    memset(&packets[1].peer, 0, sizeof packets[1].peer);
    FAILS(udp_send_batch(s, packets + 1, 1), UDP_ERR_NOT_CONNECTED);

    FAILS(udp_send_segments(s, NULL, 1, 1, &addr), UDP_ERR_NULL);
    CHECK(udp_send_segments(s, NULL, 0, 1, &addr) == 0);
    FAILS(udp_send_segments(s, "x", 1, 0, &addr), UDP_ERR_INVALID);
    FAILS(udp_send_segments(s, "x", SIZE_MAX, 1, &addr), UDP_ERR_INVALID);
    FAILS(udp_send_segments(s, "x", 1, 1, NULL), UDP_ERR_NOT_CONNECTED);
    CHECK(udp_send_segments(s, "x", 1, SIZE_MAX, &addr) == 1);
    wrong = addr;
    wrong.port = 0;
    FAILS(udp_send_segments(s, "x", 1, 1, &wrong), UDP_ERR_INVALID);
    FAILS(udp_send_segments(-1, "x", 1, 1, &addr), UDP_ERR_HANDLE);

    // Four datagrams are waiting, and none of these calls may lose one.
    FAILS(udp_recv_batch(s, NULL, sizeof arena, in, NULL, 2, 0), UDP_ERR_NULL);
    FAILS(udp_recv_batch(s, arena, sizeof arena, NULL, NULL, 2, 0), UDP_ERR_NULL);
    FAILS(udp_recv_batch(s, arena, sizeof arena, in, NULL, 0, 0), UDP_ERR_INVALID);
    FAILS(udp_recv_batch(s, arena, 1, in, NULL, 2, 0), UDP_ERR_INVALID);
    FAILS(udp_recv_batch(s, arena, SIZE_MAX, in, NULL, 2, 0), UDP_ERR_INVALID);
    FAILS(udp_recv_batch(s, arena, sizeof arena, in, NULL, SIZE_MAX, 0), UDP_ERR_INVALID);
    FAILS(udp_recv_batch(s, arena, sizeof arena, in, NULL, 2, -2), UDP_ERR_INVALID);
    FAILS(udp_recv_batch(0, arena, sizeof arena, in, NULL, 2, 0), UDP_ERR_HANDLE);
    FAILS(udp_recv_batch(closed, arena, sizeof arena, in, NULL, 2, 0), UDP_ERR_CLOSED);
    FAILS(udp_recv_segments(s, NULL, sizeof arena, in, NULL, 2, 0), UDP_ERR_NULL);
    FAILS(udp_recv_segments(s, arena, sizeof arena, NULL, NULL, 2, 0), UDP_ERR_NULL);
    FAILS(udp_recv_segments(s, arena, sizeof arena, in, NULL, 0, 0), UDP_ERR_INVALID);
    FAILS(udp_recv_segments(s, arena, sizeof arena, in, NULL, SIZE_MAX, 0), UDP_ERR_INVALID);
    FAILS(udp_recv_segments(s, arena, sizeof arena, in, NULL, 2, -2), UDP_ERR_INVALID);
    FAILS(udp_recv_segments(closed, arena, sizeof arena, in, NULL, 2, 0), UDP_ERR_CLOSED);
    CHECK(udp_recv_batch(s, arena, sizeof arena, in, NULL, 2, SOON) == 2);
    CHECK(udp_recv_batch(s, arena, sizeof arena, in, NULL, 2, SOON) == 2);
    FAILS(udp_recv_batch(s, arena, sizeof arena, in, NULL, 2, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_recv_batch(s, arena, sizeof arena, in, NULL, 2, 1), UDP_ERR_TIMED_OUT);

    FAILS(udp_get_stats(s, NULL), UDP_ERR_NULL);
    FAILS(udp_get_stats(0, &counters), UDP_ERR_HANDLE);
    FAILS(udp_get_stats(closed, &counters), UDP_ERR_CLOSED);
    CHECK(udp_get_stats(s, &counters) == 0 && counters.sent == 4 && counters.received == 4 && counters.reserved[6] == 0);
    CHECK(udp_close(s) == 0);
    return 0;
}
