// Every function of the header with each of its allocations failing in turn, in a child process each. No child may be
// killed, and each call returns a code. `alloc_sweep --list` prints the functions, which harden.mk compares with the header.
#define _GNU_SOURCE
#include <errno.h>
#include <libudp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// The allocation that fails, and all after it; 0 for none. How many there were.
static volatile int first_failing, allocations;

static int fails(void)
{
    if (!first_failing || ++allocations < first_failing)
        return 0;
    errno = ENOMEM;
    return 1;
}

void *malloc(size_t n) { return fails() ? NULL : __libc_malloc(n); }
void *calloc(size_t n, size_t size) { return fails() ? NULL : __libc_calloc(n, size); }
void *realloc(void *p, size_t n) { return fails() ? NULL : __libc_realloc(p, n); }
void *aligned_alloc(size_t align, size_t n) { return fails() ? NULL : __libc_memalign(align, n); }
int posix_memalign(void **p, size_t align, size_t n)
{
    *p = fails() ? NULL : __libc_memalign(align, n);
    return *p ? 0 : ENOMEM;
}

static udp_socket plain, coalescing, fresh;
static udp_poller poller;
static udp_ready ready[8];
static udp_addr plain_addr, coalescing_addr, group, addr;
static char data[70000], text[256];
// More packets than a call groups without memory.
enum { MANY = 2000 };
static udp_packet packets[64], many[MANY];
static udp_packet_info infos[64];
static udp_interface list[16];
static udp_stats stats;
static udp_path_error path_error;
static udp_slice slices[2] = {{data, 10}, {data + 10, 10}};
static int value = 1;

static void set_up(void)
{
    plain = udp_open(UDP_OPEN_IPV4);
    coalescing = udp_open(UDP_OPEN_COALESCE);
    fresh = udp_open(UDP_OPEN_IPV4);
    poller = udp_poller_open();
    udp_poller_set(poller, plain, UDP_EVENT_READ, 0);
    udp_bind(plain, "127.0.0.1", 0);
    udp_bind(coalescing, "127.0.0.1", 0);
    udp_local_addr(plain, &plain_addr);
    udp_local_addr(coalescing, &coalescing_addr);
    udp_set_option(plain, UDP_OPT_RECV_ERRORS, 1);
    udp_set_option(plain, UDP_OPT_RECV_PKTINFO, 1);
    udp_resolve("239.1.2.3", 1, UDP_FAMILY_NONE, &group);
    udp_sendto(plain, "abc", 3, &plain_addr);
    udp_send_segments(plain, data, 6400, 100, &coalescing_addr);
    for (int i = 0; i < 64; i++)
        packets[i] = (udp_packet){.data = data, .length = 3, .peer = plain_addr};
    for (int i = 0; i < 64; i++)
        infos[i] = (udp_packet_info){.local = plain_addr, .if_index = 1};
}

typedef struct row {
    const char *name;
    int64_t (*call)(void);
} row;

#define ROW(function, ...) static int64_t call_##function(void) { return (int64_t)(__VA_ARGS__); }
#define ROW2(function, n, ...) static int64_t call_##function##n(void) { return (int64_t)(__VA_ARGS__); }
ROW(udp_open, udp_open(UDP_OPEN_COALESCE))
ROW(udp_close, udp_close(coalescing))
ROW(udp_bind, udp_bind(fresh, "127.0.0.1", 0))
ROW2(udp_bind, 2, udp_bind(fresh, "127.0.0.1", plain_addr.port))
ROW2(udp_bind, 3, udp_bind(fresh, "no address", 1))
ROW(udp_bind_addr, udp_bind_addr(fresh, &plain_addr))
ROW(udp_connect, udp_connect(fresh, &plain_addr))
ROW(udp_disconnect, udp_disconnect(fresh))
ROW(udp_local_addr, udp_local_addr(plain, &addr))
ROW(udp_peer_addr, udp_peer_addr(plain, &addr))
ROW(udp_wait, udp_wait(coalescing, UDP_EVENT_READ, 10))
ROW2(udp_wait, 2, udp_wait(plain, UDP_EVENT_ERROR, 1))
ROW(udp_fd, udp_fd(plain))
ROW(udp_resolve, udp_resolve("127.0.0.1", 1, UDP_FAMILY_NONE, &addr))
ROW(udp_format, udp_format(&plain_addr, text, sizeof text))
ROW(udp_interfaces, udp_interfaces(list, 16))
ROW(udp_interface_index, udp_interface_index("127.0.0.1"))
ROW(udp_sendto, udp_sendto(plain, data, 3, &plain_addr))
ROW2(udp_sendto, 2, udp_sendto(plain, data, 65508, &plain_addr))
ROW(udp_send_batch, udp_send_batch(plain, packets, 64))
ROW(udp_group_packets, udp_group_packets(packets, infos, 64))
ROW2(udp_group_packets, 2, udp_group_packets(many, NULL, MANY))
ROW(udp_send_segments, udp_send_segments(plain, data, 6400, 100, &plain_addr))
ROW(udp_recvfrom, udp_recvfrom(coalescing, data, 1000, &addr, 10))
ROW2(udp_recvfrom, 2, udp_recvfrom(plain, data, 1000, &addr, -5))
ROW(udp_recvfrom_info, udp_recvfrom_info(plain, data, 1000, &addr, infos, 10))
ROW(udp_recv_batch, udp_recv_batch(coalescing, data, sizeof data, packets, infos, 1, 10))
ROW2(udp_recv_batch, 2, udp_recv_batch(coalescing, data, 1000, packets, infos, 8, 10))
ROW(udp_recv_segments, udp_recv_segments(coalescing, data, sizeof data, packets, infos, 1, 10))
ROW(udp_broadcast, udp_broadcast(plain, "x", 1, 9))
ROW(udp_broadcast_on, udp_broadcast_on(plain, "x", 1, 9, 1))
ROW(udp_reply, udp_reply(plain, "x", 1, &plain_addr, infos))
ROW(udp_reply_batch, udp_reply_batch(plain, packets, infos, 64))
ROW(udp_join, udp_join(plain, &group, NULL, 0))
ROW(udp_leave, udp_leave(plain, &group, NULL, 1))
ROW(udp_recv_error, udp_recv_error(plain, &path_error, 1))
ROW(udp_poller_open, udp_poller_open())
ROW(udp_poller_set, udp_poller_set(poller, fresh, UDP_EVENT_READ, 7))
ROW(udp_poller_wait, udp_poller_wait(poller, ready, 8, 1))
ROW(udp_poller_wake, udp_poller_wake(poller))
ROW(udp_poller_fd, udp_poller_fd(poller))
ROW(udp_poller_close, udp_poller_close(poller))
ROW(udp_steer, udp_steer(plain, UDP_STEER_CPU, 0, 0, 2))
ROW(udp_encode, udp_encode("gbk", "abc\xe4\xbd\xa0", 6, text, sizeof text))
ROW2(udp_encode, 2, udp_encode("utf-16le", "abc", 3, text, sizeof text))
ROW(udp_decode, udp_decode("auto", "\xc4\xe3", 2, text, sizeof text, NULL))
ROW(udp_sendto_text, udp_sendto_text(plain, "gbk", "abc", 3, &plain_addr))
ROW(udp_recvfrom_text, udp_recvfrom_text(plain, "auto", text, sizeof text, NULL, NULL, 10))
ROW(udp_set_option, udp_set_option(plain, UDP_OPT_TTL, 9))
ROW(udp_get_option, udp_get_option(plain, UDP_OPT_TTL))
ROW(udp_get_stats, udp_get_stats(plain, &stats))
ROW(udp_sendmsg, udp_sendmsg(plain, slices, 2, NULL, 0, 0, &plain_addr))
ROW(udp_recvmsg, udp_recvmsg(plain, slices, 2, NULL, NULL, NULL, &addr, 10))
ROW(udp_setsockopt, udp_setsockopt(plain, 1, 2, &value, sizeof value))
ROW(udp_getsockopt, udp_getsockopt(plain, 1, 2, &value, sizeof value))
ROW(udp_version, udp_version() ? 0 : -33)
ROW(udp_strerror, udp_strerror(-1) ? 0 : -33)
ROW(udp_error_name, udp_error_name(-1) ? 0 : -33)
ROW(udp_last_os_error, udp_last_os_error())
ROW(udp_last_error, (udp_open(0xffffffffu), udp_last_error()[0] ? 0 : -33))
ROW(udp_last_length, udp_last_length())
#define R(function) {#function, call_##function}
#define R2(function, n) {#function, call_##function##n}

static const row rows[] = {
    R(udp_open), R(udp_close), R(udp_bind), R2(udp_bind, 2), R2(udp_bind, 3), R(udp_bind_addr), R(udp_connect),
    R(udp_disconnect), R(udp_local_addr), R(udp_peer_addr), R(udp_wait), R2(udp_wait, 2), R(udp_fd), R(udp_resolve),
    R(udp_format), R(udp_interfaces), R(udp_interface_index), R(udp_sendto), R2(udp_sendto, 2), R(udp_send_batch),
    R(udp_group_packets), R2(udp_group_packets, 2), R(udp_send_segments), R(udp_recvfrom), R2(udp_recvfrom, 2), R(udp_recvfrom_info), R(udp_recv_batch),
    R2(udp_recv_batch, 2), R(udp_recv_segments), R(udp_broadcast), R(udp_broadcast_on), R(udp_reply),
    R(udp_reply_batch), R(udp_join), R(udp_leave), R(udp_recv_error), R(udp_poller_open),
    R(udp_poller_set), R(udp_poller_wait), R(udp_poller_wake), R(udp_poller_fd), R(udp_poller_close), R(udp_steer), R(udp_encode), R2(udp_encode, 2), R(udp_decode),
    R(udp_sendto_text), R(udp_recvfrom_text), R(udp_set_option), R(udp_get_option), R(udp_get_stats), R(udp_sendmsg),
    R(udp_recvmsg), R(udp_setsockopt), R(udp_getsockopt), R(udp_version), R(udp_strerror), R(udp_error_name),
    R(udp_last_os_error), R(udp_last_error), R(udp_last_length),
};

// The first call of a process and a later one differ. How many allocations there were; -1 if the child died.
static int try(const row *r, int k, int first_call, int64_t *result)
{
    struct { int64_t result; int allocations; } told = {0, -1};
    int fd[2], status;
    if (pipe(fd))
        exit(2);
    pid_t child = fork();
    if (child == 0) {
        alarm(20);
        if (!first_call)
            set_up();
        first_failing = k;
        told.result = r->call();
        told.allocations = allocations;
        first_failing = 0;
        _exit(write(fd[1], &told, sizeof told) != (ssize_t)sizeof told);
    }
    close(fd[1]);
    if (read(fd[0], &told, sizeof told) < 0)
        exit(2);
    close(fd[0]);
    waitpid(child, &status, 0);
    *result = told.result;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return told.allocations;
    fprintf(stderr, "%s: allocation %d fails: killed by signal %d\n", r->name, k, WTERMSIG(status));
    return -1;
}

int main(int argc, char **argv)
{
    int failed = 0, tries = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (argc > 1 && strcmp(argv[1], "--list") == 0) {
            puts(rows[i].name);
            continue;
        }
        for (int first_call = 0; first_call < 2; first_call++) {
            for (int k = 1; k < 200; k++) {
                int64_t result;
                int n = try(&rows[i], k, first_call, &result);
                tries++;
                if (n < 0 || result == UDP_ERR_INTERNAL || result == UDP_ERR_OS) {
                    fprintf(stderr, "%s: allocation %d fails: %s\n", rows[i].name, k, udp_error_name((int32_t)result));
                    failed++;
                    break;
                }
                if (n < k)
                    break;
            }
        }
    }
    if (argc == 1)
        printf("alloc_sweep: %d calls with a failing allocation, %d failed\n", tries, failed);
    return failed != 0;
}
