// udp_close ends every wait on the socket, in every thread, and the last call to leave closes the descriptor.
#include <errno.h>
#include <fcntl.h>

#include "threads.h"

static int32_t wait_for_both(caller *c)
{
    int32_t ready;
    // There is always room to send, so this thread loops until the close.
    while ((ready = udp_wait(c->s, UDP_EVENT_READ | UDP_EVENT_WRITE, -1)) > 0)
        CHECK(ready == UDP_EVENT_WRITE);
    return ready;
}

static int32_t receive_patiently(caller *c)
{
    return udp_recvfrom(c->s, NULL, 0, NULL, 0x7fffffff);
}

static int32_t (*const calls[])(caller *) = {
    receive_for_ever, receive_text_for_ever, wait_for_ever, wait_for_both, receive_patiently, receive_for_ever,
};
enum { CALLS = sizeof calls / sizeof *calls };

static void close_under(int asleep)
{
    udp_addr addr;
    caller callers[CALLS];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    int fd = udp_fd(s);
    for (int i = 0; i < CALLS; i++)
        start(&callers[i], s, calls[i]);
    for (int i = 0; asleep && i < CALLS; i++)
        if (calls[i] != wait_for_both)
            until_asleep(&callers[i]);
    CHECK(udp_close(s) == 0);
    for (int i = 0; i < CALLS; i++)
        CHECK(finish(&callers[i]) == UDP_ERR_CLOSED);
    CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
}

static void close_alone(int32_t (*call)(caller *))
{
    udp_addr addr;
    caller c;
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    start(&c, s, call);
    until_asleep(&c);
    CHECK(udp_close(s) == 0);
    CHECK(finish(&c) == UDP_ERR_CLOSED);
}

int main(void)
{
    for (int i = 0; i < CALLS; i++)
        if (calls[i] != wait_for_both)
            close_alone(calls[i]);
    // The close comes while the threads sleep in their calls, or while they enter them.
    for (int round = 0; round < 20; round++)
        close_under(round % 2);
    return 0;
}
