// udp_sendmsg and udp_recvmsg: slices, flags, control messages; and system options.
#include "check.h"

#include <netinet/in.h>
#include <sys/socket.h>

int main(void)
{
    udp_addr addr, from;
    udp_stats counters;
    char head[4], tail[100];
    union {
        struct cmsghdr header;
        char bytes[256];
    } control;
    udp_slice out[3] = {{"he", 2}, {NULL, 0}, {"llo", 3}}, in[2] = {{head, 4}, {tail, sizeof tail}};
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);

    CHECK(udp_sendmsg(s, out, 3, NULL, 0, 0, &addr) == 5);
    int32_t flags = MSG_PEEK;
    CHECK(udp_recvmsg(s, in, 2, NULL, NULL, &flags, &from, SOON) == 5 && flags == 0);
    CHECK(memcmp(head, "hell", 4) == 0 && tail[0] == 'o' && same(&from, &addr));
    CHECK(udp_get_stats(s, &counters) == 0 && counters.received == 0);
    CHECK(udp_recvmsg(s, in, 1, NULL, NULL, NULL, NULL, 0) == 4);
    CHECK(udp_get_stats(s, &counters) == 0 && counters.received == 1 && counters.truncated == 1);
    FAILS(udp_recvmsg(s, in, 2, NULL, NULL, NULL, NULL, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_recvmsg(s, in, 2, NULL, NULL, NULL, NULL, 1), UDP_ERR_TIMED_OUT);

    // MSG_TRUNC is set in the flags; passed as a flag, it makes the call return the full length.
    CHECK(udp_sendmsg(s, out, 3, NULL, 0, MSG_DONTWAIT, &addr) == 5);
    flags = MSG_TRUNC;
    CHECK(udp_recvmsg(s, in, 1, NULL, NULL, &flags, NULL, SOON) == 5 && (flags & MSG_TRUNC));

    // An empty datagram, and no slices at all.
    CHECK(udp_sendmsg(s, NULL, 0, NULL, 0, 0, &addr) == 0);
    CHECK(udp_recvmsg(s, NULL, 0, NULL, NULL, NULL, &from, SOON) == 0 && same(&from, &addr));

    // Control messages: sends one datagram with a TTL and receives its TTL.
    int on = 1, ttl = 7;
    CHECK(udp_setsockopt(s, IPPROTO_IP, IP_RECVTTL, &on, sizeof on) == 0);
    memset(&control, 0, sizeof control);
    control.header.cmsg_level = IPPROTO_IP;
    control.header.cmsg_type = IP_TTL;
    control.header.cmsg_len = CMSG_LEN(sizeof ttl);
    memcpy(CMSG_DATA(&control.header), &ttl, sizeof ttl);
    CHECK(udp_sendmsg(s, out, 1, &control, CMSG_SPACE(sizeof ttl), 0, &addr) == 2);
    size_t length = sizeof control;
    memset(&control, 0, sizeof control);
    CHECK(udp_recvmsg(s, in, 1, &control, &length, NULL, NULL, SOON) == 2);
    CHECK(length >= CMSG_LEN(sizeof ttl) && control.header.cmsg_type == IP_TTL);
    CHECK(*(int *)(void *)CMSG_DATA(&control.header) == 7);
    CHECK(udp_sendmsg(s, out, 1, NULL, 0, 0, &addr) == 2);
    length = 1;
    flags = 0;
    CHECK(udp_recvmsg(s, in, 1, &control, &length, &flags, NULL, SOON) == 2 && (flags & MSG_CTRUNC));

    int value = 0;
    CHECK(udp_getsockopt(s, IPPROTO_IP, IP_RECVTTL, &value, sizeof value) == sizeof value && value == 1);
    FAILS(udp_setsockopt(s, IPPROTO_IP, 9999, &on, sizeof on), UDP_ERR_OPTION);
    FAILS(udp_getsockopt(s, IPPROTO_IP, 9999, &value, sizeof value), UDP_ERR_OPTION);

    // Reading the error queue does not wait.
    flags = MSG_ERRQUEUE;
    FAILS(udp_recvmsg(s, in, 2, NULL, NULL, &flags, NULL, -1), UDP_ERR_WOULD_BLOCK);

    FAILS(udp_sendmsg(s, NULL, 1, NULL, 0, 0, &addr), UDP_ERR_NULL);
    FAILS(udp_sendmsg(s, out, 1025, NULL, 0, 0, &addr), UDP_ERR_INVALID);
    FAILS(udp_sendmsg(s, out, 1, NULL, 1, 0, &addr), UDP_ERR_NULL);
    FAILS(udp_sendmsg(s, out, 1, NULL, 0, 0, NULL), UDP_ERR_NOT_CONNECTED);
    FAILS(udp_sendmsg(0, out, 1, NULL, 0, 0, &addr), UDP_ERR_HANDLE);
    out[0].length = 65508;
    out[0].data = NULL;
    FAILS(udp_sendmsg(s, out, 1, NULL, 0, 0, &addr), UDP_ERR_NULL);
    length = 1;
    FAILS(udp_recvmsg(s, in, 1, NULL, &length, NULL, NULL, 0), UDP_ERR_NULL);
    FAILS(udp_recvmsg(s, NULL, 1, NULL, NULL, NULL, NULL, 0), UDP_ERR_NULL);
    FAILS(udp_recvmsg(s, in, SIZE_MAX, NULL, NULL, NULL, NULL, 0), UDP_ERR_INVALID);
    FAILS(udp_recvmsg(s, in, 1, NULL, NULL, NULL, NULL, -2), UDP_ERR_INVALID);
    FAILS(udp_setsockopt(s, IPPROTO_IP, IP_TTL, NULL, 4), UDP_ERR_NULL);
#if SIZE_MAX > UINT32_MAX
    // The system takes a length of 32 bits: this one must not become 4.
    FAILS(udp_setsockopt(s, IPPROTO_IP, IP_TTL, &on, (size_t)UINT32_MAX + 5), UDP_ERR_INVALID);
#endif
    FAILS(udp_getsockopt(s, IPPROTO_IP, IP_TTL, NULL, 4), UDP_ERR_NULL);
    udp_socket joining = udp_open(UDP_OPEN_COALESCE);
    FAILS(udp_recvmsg(joining, in, 1, NULL, NULL, NULL, NULL, 0), UDP_ERR_UNSUPPORTED);
    CHECK(udp_close(joining) == 0 && udp_close(s) == 0);
    FAILS(udp_setsockopt(s, IPPROTO_IP, IP_TTL, &on, 4), UDP_ERR_CLOSED);
    FAILS(udp_getsockopt(s, IPPROTO_IP, IP_TTL, &on, 4), UDP_ERR_CLOSED);
    FAILS(udp_recvmsg(s, in, 1, NULL, NULL, NULL, NULL, 0), UDP_ERR_CLOSED);
    return 0;
}
