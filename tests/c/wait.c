// udp_wait, and the system's own poll on udp_fd.
#include <fcntl.h>
#include <poll.h>

#include "threads.h"

int main(void)
{
    udp_addr addr;
    caller c;
    char buf[8];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);

    CHECK(udp_wait(s, UDP_EVENT_WRITE, 0) == UDP_EVENT_WRITE);
    CHECK(udp_wait(s, UDP_EVENT_WRITE, -1) == UDP_EVENT_WRITE);
    CHECK(udp_wait(s, UDP_EVENT_READ | UDP_EVENT_WRITE, -1) == UDP_EVENT_WRITE);
    FAILS(udp_wait(s, UDP_EVENT_READ, 0), UDP_ERR_WOULD_BLOCK);
    FAILS(udp_wait(s, UDP_EVENT_READ, 5), UDP_ERR_TIMED_OUT);

    // A wait takes no datagram, so the next one returns the same.
    CHECK(udp_sendto(s, "x", 1, &addr) == 1);
    CHECK(udp_wait(s, UDP_EVENT_READ, -1) == UDP_EVENT_READ);
    CHECK(udp_wait(s, UDP_EVENT_READ, 0) == UDP_EVENT_READ);
    CHECK(udp_wait(s, UDP_EVENT_READ | UDP_EVENT_WRITE, SOON) == (UDP_EVENT_READ | UDP_EVENT_WRITE));

    struct pollfd ready = {.fd = udp_fd(s), .events = POLLIN};
    CHECK(ready.fd >= 0 && udp_fd(s) == ready.fd);
    CHECK(poll(&ready, 1, SOON) == 1 && ready.revents == POLLIN);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, 0) == 1);
    CHECK(poll(&ready, 1, 0) == 0);

    // Child programs do not inherit the descriptor, and it does not block.
    CHECK(fcntl(ready.fd, F_GETFD) & FD_CLOEXEC);
    CHECK(fcntl(ready.fd, F_GETFL) & O_NONBLOCK);

    start(&c, s, wait_for_ever);
    until_asleep(&c);
    CHECK(udp_sendto(s, "y", 1, &addr) == 1);
    CHECK(finish(&c) == UDP_EVENT_READ);
    CHECK(udp_close(s) == 0);
    return 0;
}
