// -1 waits for ever, 0 does not wait, and n waits at least n milliseconds of the monotonic clock.
#include <limits.h>
#include <time.h>

#include "threads.h"

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static udp_socket s;
static udp_addr addr;
static char buf[16];

static int32_t receive(int32_t timeout_ms)
{
    return udp_recvfrom(s, buf, sizeof buf, NULL, timeout_ms);
}

static int32_t receive_text(int32_t timeout_ms)
{
    return udp_recvfrom_text(s, "auto", buf, sizeof buf, NULL, NULL, timeout_ms);
}

static int32_t ready(int32_t timeout_ms)
{
    return udp_wait(s, UDP_EVENT_READ, timeout_ms);
}

static void keeps_its_time(int32_t (*call)(int32_t))
{
    FAILS(call(0), UDP_ERR_WOULD_BLOCK);
    for (int32_t timeout = 1; timeout <= 40; timeout += 13) {
        long long before = now_ms();
        FAILS(call(timeout), UDP_ERR_TIMED_OUT);
        // Both ends are rounded down to whole milliseconds.
        CHECK(now_ms() - before >= timeout - 1);
        CHECK(now_ms() - before < SOON);
    }
    FAILS(call(-2), UDP_ERR_INVALID);
    FAILS(call(INT_MIN), UDP_ERR_INVALID);

    // A waiting datagram is received with any timeout; an invalid timeout leaves it there.
    const int32_t timeouts[] = {-1, 0, 1, INT_MAX};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        CHECK(udp_sendto(s, "1", 1, &addr) == 1);
        CHECK(udp_wait(s, UDP_EVENT_READ, SOON) == UDP_EVENT_READ);
        FAILS(call(-2), UDP_ERR_INVALID);
        CHECK(call(timeouts[i]) == 1);
        if (call == ready)
            CHECK(receive(0) == 1);
    }
}

int main(void)
{
    s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    keeps_its_time(receive);
    keeps_its_time(receive_text);
    keeps_its_time(ready);

    // -1 waits until a datagram comes.
    caller c;
    start(&c, s, receive_for_ever);
    until_asleep(&c);
    CHECK(!atomic_load(&c.done));
    CHECK(udp_sendto(s, "late", 4, &addr) == 4);
    CHECK(finish(&c) == 4 && memcmp(c.data, "late", 4) == 0);
    CHECK(udp_close(s) == 0);
    return 0;
}
