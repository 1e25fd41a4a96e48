// A datagram longer than the buffer: its prefix is stored, UDP_ERR_TRUNCATED is returned, udp_last_length has the
// length.
#include "check.h"

int main(void)
{
    udp_addr addr, from;
    char out[1000], in[1000];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    for (size_t i = 0; i < sizeof out; i++)
        out[i] = (char)i;

    CHECK(udp_sendto(s, out, sizeof out, &addr) == sizeof out);
    CHECK(udp_sendto(s, "next", 4, &addr) == 4);
    memset(in, 'x', sizeof in);
    memset(&from, 0, sizeof from);
    FAILS(udp_recvfrom(s, in, 10, &from, SOON), UDP_ERR_TRUNCATED);
    CHECK(udp_last_length() == sizeof out);
    CHECK(strstr(udp_last_error(), "1000") != NULL);
    CHECK(memcmp(in, out, 10) == 0 && in[10] == 'x');
    CHECK(same(&from, &addr));

    // The rest is discarded: next comes the next datagram. A success keeps the last error.
    CHECK(udp_recvfrom(s, in, sizeof in, NULL, SOON) == 4 && memcmp(in, "next", 4) == 0);
    CHECK(udp_last_length() == sizeof out);
    FAILS(udp_recvfrom(s, in, sizeof in, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_last_length() == 0);

    CHECK(udp_sendto(s, out, sizeof out, &addr) == sizeof out);
    FAILS(udp_recvfrom(s, in, sizeof out - 1, NULL, SOON), UDP_ERR_TRUNCATED);
    CHECK(udp_sendto(s, out, sizeof out, &addr) == sizeof out);
    CHECK(udp_recvfrom(s, in, sizeof out, NULL, SOON) == sizeof out);

    // A buffer of no bytes.
    CHECK(udp_sendto(s, out, 1, &addr) == 1);
    FAILS(udp_recvfrom(s, NULL, 0, &from, SOON), UDP_ERR_TRUNCATED);
    CHECK(udp_last_length() == 1 && same(&from, &addr));
    CHECK(udp_close(s) == 0);
    return 0;
}
