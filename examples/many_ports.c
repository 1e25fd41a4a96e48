// Many sockets: one thread serves a thousand ports, and sends back what each gets.
//
//     many_ports [first_port [ports [host]]]     1000 ports from 20000 on; with first_port 0, the system chooses them
#include <libudp.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

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
    int first = argc > 1 ? atoi(argv[1]) : 20000, ports = argc > 2 ? atoi(argv[2]) : 1000;
    const char *host = argc > 3 ? argv[3] : "";
    udp_ready ready[64];
    udp_addr here, peer;
    static char data[65535];
    char name[UDP_ADDR_TEXT_SIZE];

    // Each socket is a descriptor, of which a process has 1,024 at first.
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);

    udp_poller poller = check(udp_poller_open(), "open a poller");
    for (int i = 0; i < ports; i++) {
        udp_socket s = check(udp_open(UDP_OPEN_IPV4), "open");
        check(udp_bind(s, host, first ? (uint16_t)(first + i) : 0), "bind");
        check(udp_local_addr(s, &here), "local address");
        // The number comes back with each report about this socket.
        check(udp_poller_set(poller, s, UDP_EVENT_READ, here.port), "add to the poller");
        if (i == 0)
            printf("the first of %d ports is %d\n", ports, here.port);
    }
    printf("the last is %d\n", here.port);
    for (;;) {
        fflush(stdout);
        int32_t count = (int32_t)check(udp_poller_wait(poller, ready, 64, -1), "wait");
        for (int32_t i = 0; i < count; i++) {
            // One datagram a turn, so that a busy port does not keep the others waiting.
            int32_t length = udp_recvfrom(ready[i].socket, data, sizeof data, &peer, 0);
            if (length < 0) {
                if (length != UDP_ERR_WOULD_BLOCK)
                    fprintf(stderr, "receive: %s\n", udp_last_error());
                continue;
            }
            check(udp_format(&peer, name, sizeof name), "format");
            printf("%d: %d bytes from %s\n", (int)ready[i].user_data, length, name);
            if (udp_sendto(ready[i].socket, data, (size_t)length, &peer) < 0)
                fprintf(stderr, "send: %s\n", udp_last_error());
        }
    }
}
