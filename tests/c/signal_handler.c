// What a signal handler may call: the header's list, at any moment, while the thread is inside any call. errno stays.
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>

#include "check.h"

static udp_socket target;
static udp_addr to;
static volatile udp_socket victim;
static volatile sig_atomic_t signals, failures;

static void handler(int number)
{
    int before = errno;
    (void)number;
    errno = 12345;
    failures += udp_sendto(target, "x", 1, &to) != 1;
    failures += udp_sendto(0, "x", 1, &to) != UDP_ERR_HANDLE;
    failures += strcmp(udp_error_name(UDP_ERR_HANDLE), "UDP_ERR_HANDLE") != 0;
    failures += udp_strerror(UDP_ERR_HANDLE)[0] == 0 || udp_version()[0] == 0;
    if (victim != 0) {
        failures += udp_close(victim) != 0;
        victim = 0;
    }
    failures += errno != 12345;
    signals++;
    // A handler leaves errno as it was (signal-safety(7)).
    errno = before;
}

int main(void)
{
    char data[16], text[64];
    udp_addr sink_addr, unused;
    udp_socket sink = bound(UDP_OPEN_IPV4, "127.0.0.1", &sink_addr);
    udp_socket s = bound(UDP_OPEN_COALESCE, "127.0.0.1", &to);
    udp_packet packets[4] = {{0}};
    target = udp_open(UDP_OPEN_IPV4);
    to = sink_addr;
    for (int i = 0; i < 4; i++)
        packets[i] = (udp_packet){.data = data, .length = 4, .peer = sink_addr};
    struct sigaction action = {.sa_handler = handler};
    struct itimerval every = {{0, 100}, {0, 100}}, never = {{0, 0}, {0, 0}};
    CHECK(sigaction(SIGALRM, &action, NULL) == 0 && setitimer(ITIMER_REAL, &every, NULL) == 0);
    while (signals < 1000) {
        CHECK(udp_open(0xffffffffu) == UDP_ERR_FLAGS);
        CHECK(udp_last_error()[0] != 0);
        CHECK(udp_recvfrom(s, data, sizeof data, NULL, 0) == UDP_ERR_WOULD_BLOCK);
        CHECK(udp_send_batch(target, packets, 4) == 4);
        CHECK(udp_format(&to, text, sizeof text) > 0);
        CHECK(udp_decode("gbk", "\xc4\xe3", 2, text, sizeof text, NULL) == 3);
        // The handler ends this wait, and many others of this thread: in open, in malloc, in free.
        udp_socket waits = bound(UDP_OPEN_COALESCE, "127.0.0.1", &unused);
        victim = waits;
        int32_t got = udp_recvfrom(waits, data, sizeof data, NULL, SOON);
        CHECK(got == UDP_ERR_CLOSED || got == UDP_ERR_INTERRUPTED || got == UDP_ERR_HANDLE);
        CHECK(victim == 0);
        for (size_t size = 1; size < 5000; size += 99) {
            char *block = malloc(size);
            CHECK(block != NULL);
            free(block);
        }
        while (udp_recvfrom(sink, data, sizeof data, NULL, 0) >= 0)
            ;
    }
    CHECK(setitimer(ITIMER_REAL, &never, NULL) == 0);
    alarm(120);
    CHECK(failures == 0);
    CHECK(udp_close(s) == 0 && udp_close(sink) == 0 && udp_close(target) == 0);
    return 0;
}
