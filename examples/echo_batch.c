// An echo server for busy peers. It receives batches, makes each peer's datagrams consecutive and sends them back, each
// from the address that was asked.
//
//     echo_batch [port [host]]
#include <libudp.h>

#include <stdio.h>
#include <stdlib.h>

// The arena has room for 32 super-datagrams of the kernel, or 1,024 datagrams of 2,048 bytes.
enum { MAX = 1024 };
static char arena[32 * 65536];
static udp_packet packets[MAX];
static udp_packet_info infos[MAX];

static int64_t check(int64_t result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, udp_last_error());
        exit(1);
    }
    return result;
}

int main(int argc, char **argv)
{
    uint16_t port = argc > 1 ? (uint16_t)atoi(argv[1]) : 8080;
    udp_addr here;

    udp_socket s = check(udp_open(UDP_OPEN_COALESCE), "open");
    check(udp_bind(s, argc > 2 ? argv[2] : "", port), "bind");
    check(udp_set_option(s, UDP_OPT_RECV_PKTINFO, 1), "option");
    check(udp_local_addr(s, &here), "local address");
    printf("echoing at port %d\n", here.port);
    fflush(stdout);
    for (;;) {
        size_t got = (size_t)check(udp_recv_batch(s, arena, sizeof arena, packets, infos, MAX, -1), "receive");
        // The peers' datagrams arrive interleaved; grouped, those of one length leave together.
        check(udp_group_packets(packets, infos, got), "group");
        for (size_t sent = 0; sent < got;) {
            int32_t result = udp_reply_batch(s, packets + sent, infos + sent, got - sent);
            // An echo that cannot be sent is left out.
            if (result < 0)
                fprintf(stderr, "send: %s\n", udp_last_error());
            sent += result < 0 ? 1 : (size_t)result;
        }
    }
}
