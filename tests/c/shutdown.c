// A program can shut down the descriptor (udp_fd) for reading: buffered datagrams are received, and then no call waits.
#include <sys/socket.h>

#include "threads.h"

static udp_socket s;

static void *receives(void *unused)
{
    char buf[8];
    (void)unused;
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, -1), UDP_ERR_CLOSED);
    return NULL;
}

int main(void)
{
    udp_addr addr, peer_addr;
    char buf[8];
    udp_socket peer = bound(UDP_OPEN_IPV4, "127.0.0.1", &peer_addr);
    s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    CHECK(udp_connect(s, &peer_addr) == 0);
    CHECK(udp_sendto(peer, "before", 6, &addr) == 6);
    CHECK(udp_wait(s, UDP_EVENT_READ, SOON) == UDP_EVENT_READ);
    CHECK(shutdown(udp_fd(s), SHUT_RD) == 0);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, -1) == 6);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, -1), UDP_ERR_CLOSED);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    // It still sends.
    CHECK(udp_sendto(s, "after", 5, NULL) == 5);
    CHECK(udp_recvfrom(peer, buf, sizeof buf, NULL, SOON) == 5);
    CHECK(udp_close(s) == 0);

    s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    CHECK(udp_connect(s, &peer_addr) == 0);
    pthread_t thread;
    CHECK(pthread_create(&thread, NULL, receives, NULL) == 0);
    CHECK(shutdown(udp_fd(s), SHUT_RDWR) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
    CHECK(udp_wait(s, UDP_EVENT_READ, -1) == UDP_EVENT_READ);
    udp_path_error error;
    CHECK(udp_set_option(s, UDP_OPT_RECV_ERRORS, 1) == 1);
    FAILS(udp_recv_error(s, &error, -1), UDP_ERR_CLOSED);
    FAILS(udp_wait(s, UDP_EVENT_ERROR, -1), UDP_ERR_CLOSED);
    CHECK(udp_close(s) == 0 && udp_close(peer) == 0);
    return 0;
}
