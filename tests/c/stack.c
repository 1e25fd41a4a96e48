// Every call works on a thread with a stack of 64 KiB. With an argument, which a release build is given: each uses at most
// 16 KiB of it, a batch 24.
#include "threads.h"

#define STACK (64 * 1024)
#define PAINT 0xa5

static udp_socket plain, coalescing, sender;
static udp_addr plain_addr, coalescing_addr;
static char arena[4 * 65536];
static udp_packet packets[64], many[1024];
static udp_packet_info infos[64];

static void receive_one(void) { CHECK(udp_recvfrom(plain, arena, 100, NULL, 0) >= UDP_ERR_INTERNAL); }
static void receive_info(void) { CHECK(udp_recvfrom_info(plain, arena, 100, NULL, infos, 0) != 0); }
static void receive_coalesced(void) { CHECK(udp_recvfrom(coalescing, arena, 100, NULL, SOON) == 100); }
static void send_one(void) { CHECK(udp_sendto(sender, arena, 100, &plain_addr) == 100); }
static void errors(void)
{
    FAILS(udp_bind(sender, "no address", 0), UDP_ERR_ADDRESS);
    CHECK(udp_last_error()[0]);
}
static void interfaces(void)
{
    static udp_interface list[8];
    CHECK(udp_interfaces(list, 8) > 0 && udp_interface_index("127.0.0.1") > 0);
}
static void messages(void)
{
    udp_slice parts[2] = {{arena, 10}, {NULL, 0}};
    CHECK(udp_sendmsg(sender, parts, 2, NULL, 0, 0, &plain_addr) == 10);
    CHECK(udp_recvmsg(plain, parts, 2, NULL, NULL, NULL, NULL, SOON) > 0);
}
static void text(void)
{
    char out[64];
    CHECK(udp_sendto_text(sender, "gbk", "\xe4\xbd\xa0", 3, &plain_addr) == 2);
    CHECK(udp_recvfrom_text(plain, "auto", out, sizeof out, NULL, NULL, SOON) == 3);
}
static void statistics(void)
{
    udp_stats stats;
    CHECK(udp_get_stats(plain, &stats) == 0 && udp_set_option(plain, UDP_OPT_TTL, 9) == 9);
    CHECK(udp_wait(plain, UDP_EVENT_WRITE, SOON) == UDP_EVENT_WRITE);
}
static void send_many(void) { CHECK(udp_send_batch(sender, packets, 64) == 64); }
static void send_segments(void) { CHECK(udp_send_segments(sender, arena, 6400, 100, &coalescing_addr) == 64); }
static void group_many(void) { CHECK(udp_group_packets(many, NULL, 1024) == 2); }
static void receive_many(void) { CHECK(udp_recv_batch(plain, arena, sizeof arena, packets, infos, 64, SOON) > 0); }
static void receive_many_coalesced(void)
{
    CHECK(udp_recv_batch(coalescing, arena, sizeof arena, packets, infos, 64, SOON) > 0);
}
static void poll_sockets(void)
{
    udp_ready ready[8];
    udp_poller p = udp_poller_open();
    CHECK(p > 0 && udp_poller_set(p, plain, UDP_EVENT_WRITE, 7) == 0 && udp_poller_wait(p, ready, 8, SOON) == 1);
    CHECK(udp_poller_close(p) == 0);
}

typedef struct measured {
    const char *name;
    void (*call)(void);
    size_t limit;
} measured;

static void *run(void *pointer)
{
    ((const measured *)pointer)->call();
    return NULL;
}

// How much of its stack a call used: what is no longer painted. The thread's own use is taken away.
static size_t used_by(measured m)
{
    static _Alignas(4096) unsigned char stack[STACK];
    pthread_attr_t attributes;
    pthread_t thread;
    memset(stack, PAINT, sizeof stack);
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, sizeof stack) == 0);
    CHECK(pthread_create(&thread, &attributes, run, &m) == 0 && pthread_join(thread, NULL) == 0);
    size_t free_bytes = 0;
    while (stack[free_bytes] == PAINT)
        free_bytes++;
    return sizeof stack - free_bytes;
}

static void nothing(void) {}

int main(int argc, char **argv)
{
    (void)argv;
    const measured calls[] = {
        {"send_one", send_one, 16}, {"receive_one", receive_one, 16}, {"send_again", send_one, 16},
        {"receive_info", receive_info, 16}, {"errors", errors, 16}, {"interfaces", interfaces, 16},
        {"messages", messages, 16}, {"text", text, 16}, {"statistics", statistics, 16},
        {"send_many", send_many, 24}, {"group_many", group_many, 24}, {"receive_many", receive_many, 24},
        {"send_segments", send_segments, 24}, {"receive_coalesced", receive_coalesced, 16},
        {"receive_many_coalesced", receive_many_coalesced, 24}, {"poll_sockets", poll_sockets, 16},
    };
    plain = bound(UDP_OPEN_IPV4, "127.0.0.1", &plain_addr);
    coalescing = bound(UDP_OPEN_COALESCE, "127.0.0.1", &coalescing_addr);
    sender = udp_open(UDP_OPEN_IPV4);
    for (int i = 0; i < 64; i++)
        packets[i] = (udp_packet){.data = arena, .length = 100, .peer = plain_addr};
    for (int i = 0; i < 1024; i += 2)
        many[i].peer = plain_addr;
    size_t own = used_by((measured){"nothing", nothing, 0});
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        size_t used = used_by(calls[i]) - own;
        if (argc > 1)
            printf("%-24s %zu bytes of stack\n", calls[i].name, used);
        CHECK(used < (argc > 1 ? calls[i].limit * 1024 : STACK));
    }
    return 0;
}
