// Threads make random calls on shared sockets, close them and fork, while tagged datagrams are accounted for exactly: each
// was received once, or dropped by the kernel, or refused with an error. chaos SECONDS
#define _GNU_SOURCE
#include <libudp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOCKETS 8
#define SENDERS 2
#define TAGS (1 << 22)

// What disturbs: sockets that come and go.
static _Atomic int64_t shared[SOCKETS];
static atomic_int stop;
static atomic_long calls, forks;

// What is accounted: senders number their datagrams, receivers share one socket of each kind.
static udp_socket receivers[2];
static udp_addr receiver_addrs[2];
static _Atomic udp_poller poller;
static atomic_uchar seen[2][TAGS];
static atomic_uint next_tag[2];
static atomic_ulong received[2], duplicated, wrong;

#define REQUIRE(condition) ((condition) ? (void)0 : (fprintf(stderr, "chaos: %s:%d: %s: %s\n", __FILE__, __LINE__, #condition, udp_last_error()), exit(1)))

static void *disturb(void *pointer)
{
    unsigned seed = (unsigned)(size_t)pointer;
    char data[2000];
    udp_packet packets[16];
    udp_packet_info infos[16];
    udp_stats stats;
    udp_path_error error;
    udp_ready ready[16];
    while (!atomic_load(&stop)) {
        int i = rand_r(&seed) % SOCKETS;
        udp_socket s = atomic_load(&shared[i]);
        udp_addr addr;
        atomic_fetch_add(&calls, 1);
        if (udp_local_addr(s, &addr) != 0)
            memset(&addr, 0, sizeof addr);
        switch (rand_r(&seed) % 18) {
        case 0: {
            const uint32_t flags[] = {UDP_OPEN_IPV4, UDP_OPEN_COALESCE, UDP_OPEN_DUAL, UDP_OPEN_REUSE_PORT};
            udp_socket new = udp_open(flags[rand_r(&seed) % 4]);
            REQUIRE(new > 0);
            udp_bind(new, NULL, 0);
            udp_close(atomic_exchange(&shared[i], new));
            break;
        }
        case 1: udp_close(s); break;
        case 2: udp_recvfrom(s, data, sizeof data, NULL, rand_r(&seed) % 5); break;
        case 3: udp_recv_batch(s, data, sizeof data, packets, infos, 16, rand_r(&seed) % 3); break;
        case 4: udp_send_segments(s, data, sizeof data, 1 + rand_r(&seed) % 500, &addr); break;
        case 5: udp_set_option(s, UDP_OPT_RECV_ERRORS, rand_r(&seed) % 2); break;
        case 6: udp_recv_error(s, &error, rand_r(&seed) % 3); break;
        case 7: udp_get_stats(s, &stats); break;
        case 8: udp_wait(s, 1 + rand_r(&seed) % 7, rand_r(&seed) % 3); break;
        case 9: udp_connect(s, &addr); break;
        case 10: udp_disconnect(s); break;
        case 11: udp_bind(s, "nonsense", 0); udp_last_error(); break;
        case 12: {
            for (int p = 0; p < 16; p++)
                packets[p] = (udp_packet){.data = data, .length = (size_t)(rand_r(&seed) % 100), .peer = addr};
            udp_send_batch(s, packets, 16);
            break;
        }
        case 13: {
            if (rand_r(&seed) % 50)
                break;
            pid_t child = fork();
            if (child == 0) {
                // The child works at once, whatever the other threads were doing.
                alarm(20);
                udp_recvfrom(s, data, sizeof data, NULL, 0);
                udp_recv_error(s, &error, 0);
                udp_poller_wait(atomic_load(&poller), ready, 1, -1);
                udp_poller_close(atomic_load(&poller));
                udp_socket own = udp_open(UDP_OPEN_COALESCE);
                int well = own > 0 && udp_bind(own, "127.0.0.1", 0) == 0 && udp_local_addr(own, &addr) == 0
                           && udp_sendto(own, "x", 1, &addr) == 1 && udp_recvfrom(own, data, 10, NULL, 5000) == 1;
                _exit(!well);
            }
            int status;
            REQUIRE(child > 0 && waitpid(child, &status, 0) == child);
            REQUIRE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
            atomic_fetch_add(&forks, 1);
            break;
        }
        case 14: udp_poller_set(atomic_load(&poller), s, rand_r(&seed) % 8, 0); break;
        case 15: udp_poller_wait(atomic_load(&poller), ready, 1 + rand_r(&seed) % 16, rand_r(&seed) % 3); break;
        case 16: udp_poller_wake(atomic_load(&poller)); break;
        case 17: {
            if (rand_r(&seed) % 20)
                break;
            udp_poller new = udp_poller_open();
            REQUIRE(new > 0);
            udp_poller_close(atomic_exchange(&poller, new));
            break;
        }
        }
    }
    return NULL;
}

static void *send_tags(void *pointer)
{
    int kind = (int)(size_t)pointer;
    uint32_t tags[32];
    udp_packet packets[32];
    udp_socket s = udp_open(UDP_OPEN_IPV4);
    REQUIRE(s > 0);
    while (!atomic_load(&stop)) {
        uint32_t first = atomic_fetch_add(&next_tag[kind], 32);
        if (first + 32 > TAGS)
            break;
        for (uint32_t i = 0; i < 32; i++) {
            tags[i] = first + i;
            packets[i] = (udp_packet){.data = &tags[i], .length = sizeof tags[i], .peer = receiver_addrs[kind]};
        }
        for (size_t sent = 0; sent < 32;) {
            int32_t n = udp_send_batch(s, packets + sent, 32 - sent);
            REQUIRE(n > 0);
            sent += (size_t)n;
        }
        // Receivers keep up: the kernel counts coalesced datagrams that it drops as one.
        while (!atomic_load(&stop) && first + 32 > atomic_load(&received[kind]) + 512)
            sched_yield();
    }
    udp_close(s);
    return NULL;
}

static void account(int kind, const void *data, size_t length)
{
    uint32_t tag;
    if (length != sizeof tag) {
        atomic_fetch_add(&wrong, 1);
        return;
    }
    memcpy(&tag, data, sizeof tag);
    if (tag >= TAGS)
        atomic_fetch_add(&wrong, 1);
    else if (atomic_fetch_add(&seen[kind][tag], 1) != 0)
        atomic_fetch_add(&duplicated, 1);
    atomic_fetch_add(&received[kind], 1);
}

static void *receive_tags(void *pointer)
{
    int kind = (int)(size_t)pointer;
    static _Thread_local char arena[65536];
    udp_packet packets[64];
    for (unsigned round = 0;; round++) {
        int32_t n;
        if (round % 3 == 0) {
            n = udp_recvfrom(receivers[kind], arena, sizeof arena, NULL, 300);
            if (n >= 0)
                account(kind, arena, (size_t)n);
        } else {
            size_t room = round % 3 == 1 ? sizeof arena : 4096;
            n = udp_recv_batch(receivers[kind], arena, room, packets, NULL, 1 + round % 64, 300);
            for (int32_t i = 0; i < n; i++)
                account(kind, packets[i].data, packets[i].length);
        }
        if (n == UDP_ERR_TIMED_OUT && atomic_load(&stop))
            return NULL;
        REQUIRE(n >= 0 || n == UDP_ERR_TIMED_OUT || n == UDP_ERR_INTERRUPTED);
    }
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 30;
    pthread_t threads[4 + 2 * SENDERS + 4];
    size_t n = 0;
    for (int kind = 0; kind < 2; kind++) {
        receivers[kind] = udp_open(kind ? UDP_OPEN_COALESCE : UDP_OPEN_IPV4);
        udp_set_option(receivers[kind], UDP_OPT_RECV_BUFFER, 1 << 20);
        REQUIRE(udp_bind(receivers[kind], "127.0.0.1", 0) == 0);
        REQUIRE(udp_local_addr(receivers[kind], &receiver_addrs[kind]) == 0);
    }
    for (int i = 0; i < SOCKETS; i++)
        atomic_store(&shared[i], udp_open(UDP_OPEN_IPV4));
    atomic_store(&poller, udp_poller_open());
    for (size_t i = 0; i < 3; i++)
        REQUIRE(pthread_create(&threads[n++], NULL, disturb, (void *)(i + 1)) == 0);
    for (size_t kind = 0; kind < 2; kind++) {
        for (int i = 0; i < SENDERS; i++)
            REQUIRE(pthread_create(&threads[n++], NULL, send_tags, (void *)kind) == 0);
        for (int i = 0; i < 2; i++)
            REQUIRE(pthread_create(&threads[n++], NULL, receive_tags, (void *)kind) == 0);
    }
    sleep((unsigned)seconds);
    atomic_store(&stop, 1);
    for (size_t i = 0; i < n; i++)
        REQUIRE(pthread_join(threads[i], NULL) == 0);
    int failed = atomic_load(&duplicated) != 0 || atomic_load(&wrong) != 0;
    for (int kind = 0; kind < 2; kind++) {
        udp_stats stats;
        unsigned long sent = atomic_load(&next_tag[kind]), got = atomic_load(&received[kind]);
        if (sent > TAGS)
            sent = TAGS;
        REQUIRE(udp_get_stats(receivers[kind], &stats) == 0);
        printf("chaos: %s: %lu sent, %lu received, %llu dropped by the kernel\n", kind ? "coalescing" : "plain", sent, got,
               (unsigned long long)stats.dropped);
        failed |= got + stats.dropped < sent && (kind == 0 || stats.dropped == 0);
        failed |= got > sent || stats.buffered != 0;
    }
    printf("chaos: %ld calls, %ld forks, %lu duplicated, %lu wrong\n", atomic_load(&calls), atomic_load(&forks),
           (unsigned long)atomic_load(&duplicated), (unsigned long)atomic_load(&wrong));
    return failed;
}
