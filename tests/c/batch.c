// Batches: datagrams sent in one call are received unchanged and in order, with and without GSO and GRO.
#include "check.h"

#define COUNT 200

static char data[COUNT][300];
static udp_packet out[COUNT], in[COUNT];
static char arena[4 * 65536];

// Datagrams of mixed sizes, some of them empty, each with its number in its bytes.
static void fill(const udp_addr *to)
{
    memset(out, 0, sizeof out);
    for (int i = 0; i < COUNT; i++) {
        memset(data[i], i, sizeof data[i]);
        out[i].data = data[i];
        out[i].length = i % 50 == 49 ? 0 : (size_t)(i / 20 * 30 + 10);
        out[i].peer = *to;
    }
}

// Receives all of them, at most `max` in a call, and checks each.
static void receive_all(udp_socket s, const udp_addr *from, int max)
{
    for (int done = 0; done < COUNT;) {
        int got = udp_recv_batch(s, arena, sizeof arena, in, NULL, (size_t)max, SOON);
        CHECK(got > 0 && got <= max);
        for (int i = 0; i < got; i++, done++) {
            CHECK(in[i].length == out[done].length && in[i].full_length == in[i].length && in[i].flags == 0);
            CHECK(memcmp(in[i].data, data[done], in[i].length) == 0);
            CHECK((char *)in[i].data >= arena && (char *)in[i].data + in[i].length <= arena + sizeof arena);
            CHECK(same(&in[i].peer, from));
        }
    }
    FAILS(udp_recv_batch(s, arena, sizeof arena, in, NULL, COUNT, 0), UDP_ERR_WOULD_BLOCK);
}

int main(void)
{
    udp_addr a_addr, b_addr;
    udp_stats counters;
    char byte[4];
    uint32_t kinds[] = {UDP_OPEN_IPV4, UDP_OPEN_IPV4 | UDP_OPEN_COALESCE};
    int sizes[] = {COUNT, 7, 1};

    for (size_t kind = 0; kind < 2; kind++) {
        udp_socket a = bound(UDP_OPEN_IPV4, "127.0.0.1", &a_addr), b = bound(kinds[kind], "127.0.0.1", &b_addr);
        fill(&b_addr);
        for (size_t size = 0; size < 3; size++) {
            CHECK(udp_send_batch(a, out, COUNT) == COUNT);
            receive_all(b, &a_addr, sizes[size]);
        }
        CHECK(udp_get_stats(a, &counters) == 0 && counters.sent == 3 * COUNT && counters.offload_refused == 0);
        CHECK(udp_get_stats(b, &counters) == 0 && counters.received == 3 * COUNT && counters.buffered == 0);
        CHECK(counters.dropped == 0 && counters.truncated == 0);
        CHECK(!(counters.offloads & UDP_OFFLOAD_RECV) == !(kinds[kind] & UDP_OPEN_COALESCE));

        // Received packets can be sent back unchanged: an echo.
        CHECK(udp_send_segments(a, "aaaabbbbcc", 10, 4, &b_addr) == 3);
        int got = 0;
        while (got < 3)
            got += udp_recv_batch(b, arena, sizeof arena, in + got, NULL, 3 - (size_t)got, SOON);
        CHECK(udp_send_batch(b, in, 3) == 3);
        CHECK(udp_recvfrom(a, byte, sizeof byte, NULL, SOON) == 4 && memcmp(byte, "aaaa", 4) == 0);
        CHECK(udp_recvfrom(a, byte, sizeof byte, NULL, SOON) == 4 && memcmp(byte, "bbbb", 4) == 0);
        CHECK(udp_recvfrom(a, byte, sizeof byte, NULL, SOON) == 2 && memcmp(byte, "cc", 2) == 0);

        // udp_recv_segments returns them in one packet if the socket coalesces.
        CHECK(udp_send_segments(a, "aaaabbbbcc", 10, 4, &b_addr) == 3);
        size_t bytes = 0;
        while (bytes < 10) {
            CHECK(udp_recv_segments(b, arena, sizeof arena, in, NULL, 1, SOON) == 1);
            CHECK(in[0].length == (kind ? 10 : in[0].segment_size) && in[0].full_length == in[0].length);
            CHECK(memcmp(in[0].data, "aaaabbbbcc" + bytes, in[0].length) == 0);
            bytes += in[0].length;
        }

        // A datagram longer than its place is truncated and flagged, and the others are received.
        if (!(kinds[kind] & UDP_OPEN_COALESCE)) {
            CHECK(udp_sendto(a, data[1], 300, &b_addr) == 300 && udp_sendto(a, "x", 1, &b_addr) == 1);
            CHECK(udp_recv_batch(b, arena, 200, in, NULL, 2, SOON) == 2);
            CHECK(in[0].length == 100 && in[0].full_length == 300 && in[0].flags == UDP_PACKET_TRUNCATED);
            CHECK(in[1].length == 1 && in[1].flags == 0);
        }
        // Packet info, with the options that ask for it.
        udp_packet_info details[2];
        memset(details, 0xff, sizeof details);
        CHECK(udp_set_option(b, UDP_OPT_RECV_PKTINFO, 1) == 1);
#ifdef _WIN32
        FAILS(udp_set_option(b, UDP_OPT_RECV_TIMESTAMP, 1), UDP_ERR_UNSUPPORTED);
#else
        CHECK(udp_set_option(b, UDP_OPT_RECV_TIMESTAMP, 1) == 1);
#endif
        CHECK(udp_send_segments(a, "detail", 6, 3, &b_addr) == 2);
        got = 0;
        while (got < 2)
            got += udp_recv_batch(b, arena, sizeof arena, in + got, details + got, 2 - (size_t)got, SOON);
        b_addr.port = 0;
        for (int i = 0; i < 2; i++)
            CHECK(same(&details[i].local, &b_addr) && details[i].if_index == 1 && details[i].tos == 0);
        CHECK(udp_close(a) == 0 && udp_close(b) == 0);
    }
    return 0;
}
