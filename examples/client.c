// Program 4: a client. It binds no port, the system picks one.
//
//     client [host [port]]
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
    const char *host = argc > 1 ? argv[1] : "127.0.0.1";
    uint16_t port = argc > 2 ? (uint16_t)atoi(argv[2]) : 8080;
    char line[4096], text[4096], name[UDP_ADDR_TEXT_SIZE];
    udp_addr server, peer;

    check(udp_resolve(host, port, UDP_FAMILY_IPV4, &server), host);
    udp_socket s = check(udp_open(UDP_OPEN_IPV4), "open");
    while (printf("To send: "), fflush(stdout), fgets(line, sizeof line, stdin)) {
        check(udp_sendto_text(s, "utf-8", line, strcspn(line, "\n"), &server), "send");
        // UDP promises no delivery: who waits for an answer says how long.
        int32_t got = udp_recvfrom_text(s, "auto", text, sizeof text, &peer, NULL, 5000);
        if (got == UDP_ERR_TIMED_OUT) {
            printf("no answer\n");
            continue;
        }
        check(got, "receive");
        check(udp_format(&peer, name, sizeof name), "format");
        printf("%s: %s\n", name, text);
    }
    check(udp_close(s), "close");
    return 0;
}
