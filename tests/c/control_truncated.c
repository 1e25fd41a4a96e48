// Options that the program sets by itself can fill the room for control messages, so that the size of coalesced datagrams is
// unknown: they are reported as truncated, never as one datagram.
#include <linux/net_tstamp.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "check.h"

#define COUNT 10
#define LENGTH 100
#define RCVMARK 75 // SO_RCVMARK of asm-generic/socket.h

static char out[COUNT * LENGTH], in[65536];

// What arrived in all; `lost` is how many bytes were reported as truncated.
static size_t receive_all(udp_socket s, size_t *lost)
{
    size_t whole = 0;
    *lost = 0;
    // The first datagram is there: loopback delivers within the send.
    while (udp_wait(s, UDP_EVENT_READ, 0) == UDP_EVENT_READ) {
        int32_t got = udp_recvfrom(s, in, sizeof in, NULL, 0);
        if (got == UDP_ERR_TRUNCATED) {
            *lost += udp_last_length();
        } else {
            CHECK(got == LENGTH);
            whole += (size_t)got;
        }
    }
    return whole;
}

// A control message of which the kernel stored only the beginning is left out, not read beyond its end.
static void cut_packet_info_is_left_out(void)
{
    udp_addr addr;
    udp_packet packet;
    udp_packet_info info;
    char local[UDP_ADDR_TEXT_SIZE];
    const int one = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE;
    if (!has_ipv6())
        return;
    udp_socket sender = udp_open(UDP_OPEN_DUAL), s = bound(UDP_OPEN_DUAL | UDP_OPEN_COALESCE, "::1", &addr);
    const int32_t options[] = {UDP_OPT_RECV_PKTINFO, UDP_OPT_RECV_TIMESTAMP, UDP_OPT_RECV_TOS};
    for (int i = 0; i < 3; i++)
        CHECK(udp_set_option(s, options[i], 1) == 1);
    CHECK(udp_setsockopt(s, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps) == 0);
    udp_setsockopt(s, SOL_SOCKET, RCVMARK, &one, sizeof one);
    CHECK(udp_send_segments(sender, "abcdefghij", 10, 2, &addr) == 5);
    CHECK(udp_recv_batch(s, in, sizeof in, &packet, &info, 1, SOON) == 1);
    if (info.local.family != UDP_FAMILY_NONE) {
        CHECK(udp_format(&info.local, local, sizeof local) > 0 && strcmp(local, "[::1]:0") == 0);
        CHECK((int32_t)info.if_index == udp_interface_index("::1"));
    }
    CHECK(udp_close(s) == 0 && udp_close(sender) == 0);
}

int main(void)
{
    udp_addr addr;
    udp_packet packets[COUNT];
    udp_stats stats;
    size_t lost;
    const int one = 1, stamps = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG;
    udp_socket sender = udp_open(UDP_OPEN_IPV4), s = bound(UDP_OPEN_COALESCE, "127.0.0.1", &addr);
    CHECK(udp_set_option(s, UDP_OPT_RECV_TOS, 1) == 1 && udp_set_option(s, UDP_OPT_RECV_PKTINFO, 1) == 1);
    CHECK(udp_setsockopt(s, SOL_SOCKET, SO_TIMESTAMPING, &stamps, sizeof stamps) == 0);
    CHECK(udp_setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &one, sizeof one) == 0);
    CHECK(udp_setsockopt(s, SOL_SOCKET, SO_RXQ_OVFL, &one, sizeof one) == 0);
    udp_setsockopt(s, SOL_SOCKET, RCVMARK, &one, sizeof one); // not before Linux 5.19

    CHECK(udp_send_segments(sender, out, sizeof out, LENGTH, &addr) == COUNT);
    CHECK(receive_all(s, &lost) + lost == sizeof out);
    CHECK(udp_get_stats(s, &stats) == 0 && (stats.truncated > 0) == (lost > 0));

    CHECK(udp_send_segments(sender, out, sizeof out, LENGTH, &addr) == COUNT);
    int32_t n = udp_recv_batch(s, in, sizeof in, packets, NULL, COUNT, SOON);
    CHECK(n > 0);
    for (int i = 0; i < n; i++) {
        int cut = packets[i].length != LENGTH;
        CHECK(!cut == !(packets[i].flags & UDP_PACKET_TRUNCATED));
        CHECK(!cut || (packets[i].flags & UDP_PACKET_CONTROL_TRUNCATED));
        CHECK(!cut || packets[i].full_length > packets[i].length);
    }
    CHECK(udp_close(s) == 0 && udp_close(sender) == 0);
    cut_packet_info_is_left_out();
    return 0;
}
