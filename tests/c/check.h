// What every C test needs: a check that reports where and why it failed, and sockets.
#ifndef CHECK_H
#define CHECK_H

#include <libudp.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

// For waits that have to succeed: long enough on a slow machine, but not for ever.
#define SOON 20000

// A test that hangs has to fail instead of blocking the others.
__attribute__((constructor)) static void give_up_in_time(void)
{
    alarm(120);
}

#define CHECK(condition) ((condition) ? (void)0 : check_failed(__FILE__, __LINE__, #condition))

static inline void check_failed(const char *file, int line, const char *condition)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    fprintf(stderr, "last error: %s, of the system %d\n", udp_last_error(), (int)udp_last_os_error());
    _exit(1);
}

// The call has to fail with this code, and udp_last_error has to begin with the code's text.
#define FAILS(call, code) check_fails(__FILE__, __LINE__, #call, (call), (code))

static inline void check_fails(const char *file, int line, const char *call, int64_t got, int32_t code)
{
    const char *text = udp_strerror(code);
    if (got != code) {
        fprintf(stderr, "%s:%d: %s gave %lld %s\n", file, line, call, (long long)got, udp_error_name((int32_t)got));
        check_failed(file, line, udp_error_name(code));
    }
    if (strncmp(udp_last_error(), text, strlen(text)) != 0)
        check_failed(file, line, text);
}

static inline udp_addr address(const char *host, uint16_t port)
{
    udp_addr addr;
    CHECK(udp_resolve(host, port, UDP_FAMILY_NONE, &addr) == 0);
    return addr;
}

static inline int same(const udp_addr *a, const udp_addr *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

// A socket bound to a port that the system chose, and its address.
static inline udp_socket bound(uint32_t flags, const char *host, udp_addr *addr)
{
    udp_socket s = udp_open(flags);
    CHECK(s > 0);
    CHECK(udp_bind(s, host, 0) == 0);
    CHECK(udp_local_addr(s, addr) == 0);
    CHECK(addr->port != 0);
    return s;
}

// True if this machine has IPv6. If not, the caller skips what needs it, and the test that runs the program notes it.
static inline int has_ipv6(void)
{
    udp_socket s = udp_open(UDP_OPEN_IPV6);
    int has = s > 0 && udp_bind(s, "::1", 0) == 0;
    if (s > 0)
        udp_close(s);
    if (!has)
        fprintf(stderr, "SKIPPED: the loopback interface has no IPv6: sysctl net.ipv6.conf.lo.disable_ipv6=0\n");
    return has;
}

#endif
