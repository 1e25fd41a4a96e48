// A child that is forked at any moment can use the library: no lock of the parent's threads is left held in it, and
// datagrams that the parent has buffered stay the parent's.
#include <sys/wait.h>

#include "threads.h"

static atomic_int stop;

static void exits_well(pid_t child)
{
    int status;
    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

// Takes and releases the lock of the receive queue as fast as it can.
static void *receive_without_waiting(void *pointer)
{
    char data[8];
    while (!atomic_load(&stop)) {
        int32_t got = udp_recvfrom(*(udp_socket *)pointer, data, sizeof data, NULL, 0);
        CHECK(got == UDP_ERR_WOULD_BLOCK);
    }
    return NULL;
}

static void recvfrom_in_a_child_forked_during_a_receive_returns(void)
{
    udp_addr addr;
    udp_socket s = bound(UDP_OPEN_COALESCE, "127.0.0.1", &addr);
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, receive_without_waiting, &s) == 0);
    for (int i = 0; i < 50; i++) {
        pid_t child = fork();
        if (child == 0) {
            char data[8];
            alarm(60);
            FAILS(udp_recvfrom(s, data, sizeof data, NULL, 0), UDP_ERR_WOULD_BLOCK);
            udp_socket own = udp_open(UDP_OPEN_COALESCE);
            CHECK(own > 0 && udp_close(own) == 0 && udp_close(s) == 0);
            _exit(0);
        }
        exits_well(child);
    }
    atomic_store(&stop, 1);
    for (int i = 0; i < 2; i++)
        CHECK(pthread_join(threads[i], NULL) == 0);
    CHECK(udp_close(s) == 0);
}

static void buffered_datagrams_are_delivered_in_the_parent_only(void)
{
    udp_addr addr, from;
    char data[100], out[1000];
    udp_stats stats;
    udp_socket s = bound(UDP_OPEN_COALESCE, "127.0.0.1", &addr), sender = udp_open(UDP_OPEN_IPV4);
    memset(out, 'x', sizeof out);
    CHECK(udp_send_segments(sender, out, sizeof out, 100, &addr) == 10);
    CHECK(udp_recvfrom(s, data, sizeof data, &from, SOON) == 100);
    CHECK(udp_get_stats(s, &stats) == 0);
    pid_t child = fork();
    if (child == 0) {
        udp_stats none;
        CHECK(udp_get_stats(s, &none) == 0 && none.buffered == 0);
        // What the kernel still has is either's; what the parent buffered is not.
        if (stats.buffered == 9)
            FAILS(udp_recvfrom(s, data, sizeof data, NULL, 0), UDP_ERR_WOULD_BLOCK);
        _exit(0);
    }
    exits_well(child);
    for (int i = 0; i < 9; i++)
        CHECK(udp_recvfrom(s, data, sizeof data, &from, SOON) == 100);
    FAILS(udp_recvfrom(s, data, sizeof data, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_close(s) == 0 && udp_close(sender) == 0);
}

int main(void)
{
    recvfrom_in_a_child_forked_during_a_receive_returns();
    buffered_datagrams_are_delivered_in_the_parent_only();
    return 0;
}
