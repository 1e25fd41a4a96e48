// Many cores: one socket a thread, all at one port. The system spreads the peers over them, and this says how.
//
//     spread [threads [peers]]       4 threads, 64 peers of 100 datagrams each, on loopback
#include <libudp.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { EACH = 100, MOST = 64, PACKETS = 64 };

typedef struct {
    udp_socket socket;
    pthread_t thread;
    long datagrams;
} worker;

static worker workers[MOST];
static atomic_long received;

static int64_t check(int64_t result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, udp_last_error());
        exit(1);
    }
    return result;
}

static void *work(void *of)
{
    worker *self = of;
    char arena[PACKETS * 64];
    udp_packet packets[PACKETS];
    int32_t got;
    while ((got = udp_recv_batch(self->socket, arena, sizeof arena, packets, NULL, PACKETS, -1)) > 0) {
        self->datagrams += got;
        atomic_fetch_add(&received, got);
    }
    return got == UDP_ERR_CLOSED ? NULL : of;
}

int main(int argc, char **argv)
{
    int threads = argc > 1 ? atoi(argv[1]) : 4, peers = argc > 2 ? atoi(argv[2]) : 64;
    udp_addr here = {0};
    long sent = 0;
    if (threads < 1 || threads > MOST || peers < 1)
        return fprintf(stderr, "1 to %d threads, and at least 1 peer\n", MOST), 2;
    for (int i = 0; i < threads; i++) {
        workers[i].socket = check(udp_open(UDP_OPEN_REUSE_PORT), "open");
        check(udp_bind(workers[i].socket, "127.0.0.1", here.port), "bind");
        check(udp_local_addr(workers[i].socket, &here), "local address");
        if (pthread_create(&workers[i].thread, NULL, work, &workers[i]) != 0)
            return 1;
    }
    for (int peer = 0; peer < peers; peer++) {
        udp_socket s = check(udp_open(UDP_OPEN_IPV4), "open");
        for (int i = 0; i < EACH; i++, sent++) {
            check(udp_sendto(s, "hello", 5, &here), "send");
            // The receive buffers hold some hundred: what is under way stays below that.
            while (sent - atomic_load(&received) > 100)
                sched_yield();
        }
        check(udp_close(s), "close");
    }
    while (atomic_load(&received) < sent)
        sched_yield();
    for (int i = 0; i < threads; i++) {
        check(udp_close(workers[i].socket), "close");
        pthread_join(workers[i].thread, NULL);
        printf("thread %d: %ld datagrams, %.0f %%\n", i, workers[i].datagrams, 100.0 * (double)workers[i].datagrams / (double)sent);
    }
    return 0;
}
