// Program 6: a chat. One thread receives and one sends, on the same socket, at the same time.
//
//     chat [port [host]]             waits for the first message, and chats with its sender
//     chat port host peer peer-port  begins the chat
//
// It ends with an empty line or with the end of the input.
#include <libudp.h>

#include <pthread.h>
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

static udp_socket s;

// Prints the next message and who sent it; 0 when the socket is closed.
static int show_next(udp_addr *peer)
{
    char text[4096], name[UDP_ADDR_TEXT_SIZE];
    int32_t got = udp_recvfrom_text(s, "auto", text, sizeof text, peer, NULL, -1);
    if (got == UDP_ERR_CLOSED)
        return 0;
    check(got, "receive");
    check(udp_format(peer, name, sizeof name), "format");
    printf("%s: %s\n", name, text);
    return fflush(stdout) == 0;
}

static void *receive(void *peer)
{
    while (show_next(peer)) {
    }
    return NULL;
}

int main(int argc, char **argv)
{
    uint16_t port = argc > 1 ? (uint16_t)atoi(argv[1]) : 8080;
    char line[4096];
    udp_addr here, peer, sender;
    pthread_t receiver;

    s = check(udp_open(UDP_OPEN_IPV4), "open");
    check(udp_bind(s, argc > 2 ? argv[2] : "", port), "bind");
    check(udp_local_addr(s, &here), "local address");
    printf("chatting at port %d\n", here.port);
    fflush(stdout);
    if (argc > 4)
        check(udp_resolve(argv[3], (uint16_t)atoi(argv[4]), UDP_FAMILY_IPV4, &peer), argv[3]);
    else
        show_next(&peer);
    if (pthread_create(&receiver, NULL, receive, &sender) != 0)
        return 1;
    while (fgets(line, sizeof line, stdin) && line[0] != '\n')
        check(udp_sendto_text(s, "utf-8", line, strcspn(line, "\n"), &peer), "send");
    // The receiver waits for a datagram; the close wakes it.
    check(udp_close(s), "close");
    pthread_join(receiver, NULL);
    return 0;
}
