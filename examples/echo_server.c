// Program 3: a server whose answers a person types. When the input ends, it sends back what it gets.
//
//     echo_server [port [host]]
#include <libudp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    static char text[3 * 65535 + 1], line[4096];
    char name[UDP_ADDR_TEXT_SIZE];
    udp_addr here, peer;
    udp_text_info info;
    int person = 1;

    udp_socket s = check(udp_open(UDP_OPEN_IPV4), "open");
    check(udp_bind(s, host, port), "bind");
    check(udp_local_addr(s, &here), "local address");
    printf("serving at port %d\n", here.port);
    for (;;) {
        fflush(stdout);
        check(udp_recvfrom_text(s, "auto", text, sizeof text, &peer, &info, -1), "receive");
        check(udp_format(&peer, name, sizeof name), "format");
        printf("%s: %s\n", name, text);
        if (person)
            printf("Answer: ");
        fflush(stdout);
        person = person && fgets(line, sizeof line, stdin);
        const char *answer = person ? line : text;
        size_t length = person ? strcspn(line, "\n") : strlen(text);
        // In the encoding that the peer writes itself. One answer that does not go ends no server.
        if (udp_sendto_text(s, info.encoding, answer, length, &peer) < 0)
            fprintf(stderr, "send: %s\n", udp_last_error());
    }
}
