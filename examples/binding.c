// Program 5: what binding is for. Unbound: another port with each run. Bound: the port that peers know.
//
//     binding [port]
#include <libudp.h>

#include <stdio.h>
#include <stdlib.h>

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
    udp_addr known, chosen;
    char text[64];
    udp_socket bound = check(udp_open(UDP_OPEN_IPV4), "open");
    udp_socket unbound = check(udp_open(UDP_OPEN_IPV4), "open");

    check(udp_bind(bound, "127.0.0.1", port), "bind");
    check(udp_local_addr(bound, &known), "local address");
    check(udp_local_addr(unbound, &chosen), "local address");
    printf("bound to port %d\n", known.port);
    printf("unbound, before its first datagram: port %d\n", chosen.port);

    check(udp_sendto_text(unbound, "utf-8", "to the bound port", 17, &known), "send");
    check(udp_recvfrom_text(bound, "auto", text, sizeof text, &chosen, NULL, 5000), "receive");
    printf("unbound, after it: port %d\n", chosen.port);
    printf("the bound socket received: %s\n", text);

    // A datagram to the other port is not for the bound socket.
    check(udp_sendto_text(bound, "utf-8", "to the other port", 17, &chosen), "send");
    check(udp_recvfrom_text(unbound, "auto", text, sizeof text, NULL, NULL, 5000), "receive");
    printf("the unbound socket received: %s\n", text);
    if (udp_recvfrom(bound, text, sizeof text, NULL, 0) == UDP_ERR_WOULD_BLOCK)
        printf("the bound socket received nothing more\n");
    check(udp_close(unbound), "close");
    check(udp_close(bound), "close");
    return 0;
}
