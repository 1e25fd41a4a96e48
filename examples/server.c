// Program 2: a server that answers one datagram with the same bytes.
//
//     server [port [host]]
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
    const char *host = argc > 2 ? argv[2] : "";
    static char data[65535], text[3 * sizeof data + 1];
    char name[UDP_ADDR_TEXT_SIZE];
    udp_addr here, peer;

    udp_socket s = check(udp_open(UDP_OPEN_IPV4), "open");
    check(udp_bind(s, host, port), "bind");
    check(udp_local_addr(s, &here), "local address");
    printf("serving at port %d\n", here.port);
    fflush(stdout);

    size_t length = (size_t)check(udp_recvfrom(s, data, sizeof data, &peer, -1), "receive");
    check(udp_format(&peer, name, sizeof name), "format");
    check(udp_decode("auto", data, length, text, sizeof text, NULL), "decode");
    printf("%s: %s\n", name, text);
    check(udp_sendto(s, data, length, &peer), "send");
    check(udp_close(s), "close");
    return 0;
}
