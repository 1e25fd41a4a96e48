// Program 1: exchange a line with a desktop program on Windows, which reads UTF-8 but writes GBK.
//
//     exchange_with_windows [host [port [own port [own host]]]]
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
    uint16_t own_port = argc > 3 ? (uint16_t)atoi(argv[3]) : 7878;
    const char *own_host = argc > 4 ? argv[4] : "";
    char line[1024] = "", text[4096], name[UDP_ADDR_TEXT_SIZE];
    udp_addr to, peer;
    udp_text_info info;

    check(udp_resolve(host, port, UDP_FAMILY_IPV4, &to), host);
    udp_socket s = check(udp_open(UDP_OPEN_IPV4), "open");
    check(udp_bind(s, own_host, own_port), "bind");
    printf("To send: ");
    fflush(stdout);
    if (fgets(line, sizeof line, stdin)) {
        check(udp_sendto_text(s, "utf-8", line, strcspn(line, "\n"), &to), "send");
        // "auto" takes UTF-8 for UTF-8 and the rest for GBK, so the answer may come from any system.
        check(udp_recvfrom_text(s, "auto", text, sizeof text, &peer, &info, -1), "receive");
        check(udp_format(&peer, name, sizeof name), "format");
        printf("%s (%s): %s\n", name, info.encoding, text);
    }
    check(udp_close(s), "close");
    return 0;
}
