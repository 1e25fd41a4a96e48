// Waiters never spin: one that waits for path errors learns that the option was switched off, and one is not woken for
// datagrams that only others could take.
#include <time.h>

#include "threads.h"

static int32_t wait_for_errors(caller *c)
{
    return udp_wait(c->s, UDP_EVENT_ERROR, -1);
}

static int32_t receive_error(caller *c)
{
    udp_path_error error;
    return udp_recv_error(c->s, &error, -1);
}

static void option_off_ends_waits_for_errors(int32_t (*call)(caller *))
{
    udp_addr addr;
    caller c;
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    CHECK(udp_set_option(s, UDP_OPT_RECV_ERRORS, 1) == 1);
    start(&c, s, call);
    until_asleep(&c);
    CHECK(udp_set_option(s, UDP_OPT_RECV_ERRORS, 0) == 0);
    CHECK(finish(&c) == UDP_ERR_OPTION);
    CHECK(udp_close(s) == 0);
}

static double cpu_seconds(pthread_t thread)
{
    clockid_t clock;
    struct timespec time;
    CHECK(pthread_getcpuclockid(thread, &clock) == 0 && clock_gettime(clock, &time) == 0);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void error_waiter_sleeps_while_datagrams_are_buffered(void)
{
    char out[1000] = "", in[100];
    udp_addr addr;
    caller c, reader;
    udp_socket s = bound(UDP_OPEN_COALESCE, "127.0.0.1", &addr), sender = udp_open(UDP_OPEN_IPV4);
    CHECK(udp_set_option(s, UDP_OPT_RECV_ERRORS, 1) == 1);
    start(&c, s, wait_for_errors);
    until_asleep(&c);
    double before = cpu_seconds(c.thread);
    for (int round = 0; round < 500; round++) {
        start(&reader, s, receive_for_ever);
        CHECK(udp_send_segments(sender, out, sizeof out, 50, &addr) == 20);
        CHECK(finish(&reader) == 50);
        for (int i = 1; i < 20; i++)
            CHECK(udp_recvfrom(s, in, sizeof in, NULL, SOON) == 50);
    }
    // A waiter that was woken for each datagram would have used far more.
    CHECK(!atomic_load(&c.done) && cpu_seconds(c.thread) - before < 0.2);
    CHECK(udp_close(s) == 0 && udp_close(sender) == 0);
    CHECK(finish(&c) == UDP_ERR_CLOSED);
}

int main(void)
{
    option_off_ends_waits_for_errors(wait_for_errors);
    option_off_ends_waits_for_errors(receive_error);
    error_waiter_sleeps_while_datagrams_are_buffered();
    return 0;
}
