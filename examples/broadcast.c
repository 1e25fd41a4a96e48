// Program 7: tell everybody on the local networks. The message is one of Feiqiu's (IPMSG), which listens at 2425.
//
//     broadcast [port [message]]
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
    const char *message = argc > 2 ? argv[2] : "1:100:will:will-pc:32:will broadcast";
    char bytes[4096];

    udp_socket s = check(udp_open(UDP_OPEN_IPV4), "open");
    // Feiqiu runs on Windows, and reads GBK.
    size_t length = (size_t)check(udp_encode("gbk", message, strlen(message), bytes, sizeof bytes), "encode");
    // Broadcasting needs leave; the call gets it by itself.
    int interfaces = (int)check(udp_broadcast(s, bytes, length, port), "broadcast");
    printf("sent out of %d %s\n", interfaces, interfaces == 1 ? "interface" : "interfaces");
    check(udp_close(s), "close");
    return 0;
}
