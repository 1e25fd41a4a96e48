// A closed or invalid handle is an error code in every function.
#include "check.h"

// Calls every function that takes a handle, with valid other arguments.
static void everything_fails(udp_socket s, int32_t code)
{
    udp_addr addr = address("127.0.0.1", 9), group = address("239.255.7.7", 0);
    char buf[8];
    FAILS(udp_close(s), code);
    FAILS(udp_bind(s, "127.0.0.1", 0), code);
    FAILS(udp_connect(s, &addr), code);
    FAILS(udp_disconnect(s), code);
    FAILS(udp_local_addr(s, &addr), code);
    FAILS(udp_peer_addr(s, &addr), code);
    FAILS(udp_wait(s, UDP_EVENT_READ, 0), code);
    FAILS(udp_wait(s, UDP_EVENT_WRITE, -1), code);
    FAILS(udp_fd(s), code);
    FAILS(udp_sendto(s, "x", 1, &addr), code);
    FAILS(udp_sendto(s, NULL, 0, NULL), code);
    FAILS(udp_recvfrom(s, buf, sizeof buf, &addr, 0), code);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, -1), code);
    FAILS(udp_broadcast(s, "x", 1, 9), code);
    FAILS(udp_broadcast_on(s, "x", 1, 9, 1), code);
    udp_packet_info info;
    memset(&info, 0, sizeof info);
    info.if_index = 1;
    FAILS(udp_reply(s, "x", 1, &addr, &info), code);
    FAILS(udp_reply_batch(s, NULL, NULL, 0), code);
    FAILS(udp_join(s, &group, NULL, 1), code);
    FAILS(udp_leave(s, &group, NULL, 1), code);
    udp_path_error error;
    FAILS(udp_recv_error(s, &error, -1), code);
    FAILS(udp_sendto_text(s, "gbk", "x", 1, &addr), code);
    FAILS(udp_recvfrom_text(s, "auto", buf, sizeof buf, NULL, NULL, -1), code);
    FAILS(udp_set_option(s, UDP_OPT_TTL, 1), code);
    FAILS(udp_get_option(s, UDP_OPT_TTL), code);
}

int main(void)
{
    udp_addr addr, now;
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    const udp_socket never[] = {0, -1, UDP_ERR_LIMIT, INT64_MIN, INT64_MAX, 1, s + 1, s - 1, s + 1000000, s << 1};
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
        everything_fails(never[i], UDP_ERR_HANDLE);
    // None of those calls affected the open socket.
    CHECK(udp_local_addr(s, &now) == 0 && same(&now, &addr));

    CHECK(udp_close(s) == 0);
    everything_fails(s, UDP_ERR_CLOSED);

    // A socket opened later has another handle, and the old one stays closed.
    for (int i = 0; i < 100; i++) {
        udp_socket next = udp_open(UDP_OPEN_IPV4);
        CHECK(next > 0 && next != s);
        FAILS(udp_close(s), UDP_ERR_CLOSED);
        CHECK(udp_close(next) == 0);
        FAILS(udp_close(next), UDP_ERR_CLOSED);
        s = next;
    }
    everything_fails(s, UDP_ERR_CLOSED);

    // The error code of a failed open is no handle.
    udp_socket failed = udp_open(0xffffffff);
    FAILS(failed, UDP_ERR_FLAGS);
    everything_fails(failed, UDP_ERR_HANDLE);
    return 0;
}
