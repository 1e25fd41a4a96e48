// Invalid arguments: each returns its own error code, changes nothing, and crashes nothing.
#include <limits.h>

#include <sys/resource.h>

#include "check.h"

static udp_socket s;
static udp_addr addr;
static char buf[16];

static void texts_that_are_not_utf8(void)
{
    const char *const bad[] = {"\xff", "caf\xe9", "\xc0\x80", "\xed\xa0\x80", "\xe4\xbd"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        udp_addr found;
        FAILS(udp_bind(s, bad[i], 0), UDP_ERR_UTF8);
        FAILS(udp_resolve(bad[i], 1, UDP_FAMILY_NONE, &found), UDP_ERR_UTF8);
        FAILS(udp_encode("gbk", bad[i], strlen(bad[i]), buf, sizeof buf), UDP_ERR_UTF8);
        FAILS(udp_encode(bad[i], "x", 1, buf, sizeof buf), UDP_ERR_UTF8);
        FAILS(udp_decode(bad[i], "x", 1, buf, sizeof buf, NULL), UDP_ERR_UTF8);
        FAILS(udp_sendto_text(s, "gbk", bad[i], strlen(bad[i]), &addr), UDP_ERR_UTF8);
        FAILS(udp_recvfrom_text(s, bad[i], buf, sizeof buf, NULL, NULL, -1), UDP_ERR_UTF8);
    }
}

static void unknown_numbers(void)
{
    const uint32_t flags[] = {3, 7, 32, 0x80000000, UINT_MAX};
    for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
        FAILS(udp_open(flags[i]), UDP_ERR_FLAGS);
    const uint32_t events[] = {0, 8, 15, 0x80000001, UINT_MAX};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        FAILS(udp_wait(s, events[i], -1), UDP_ERR_FLAGS);
    // Without UDP_OPT_RECV_ERRORS no error would ever come.
    FAILS(udp_wait(s, UDP_EVENT_ERROR, -1), UDP_ERR_OPTION);
    FAILS(udp_wait(s, UDP_EVENT_READ | UDP_EVENT_ERROR, -1), UDP_ERR_OPTION);
    FAILS(udp_set_option(s, 99, 1), UDP_ERR_OPTION);
    FAILS(udp_get_option(s, 99), UDP_ERR_OPTION);
    const char *const labels[] = {"", "utf-99", "auto:", "auto:no", "automatic", "replacement"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++) {
        FAILS(udp_encode(labels[i], "x", 1, buf, sizeof buf), UDP_ERR_ENCODING);
        FAILS(udp_decode(labels[i], "x", 1, buf, sizeof buf, NULL), UDP_ERR_ENCODING);
        FAILS(udp_sendto_text(s, labels[i], "x", 1, &addr), UDP_ERR_ENCODING);
    }
    FAILS(udp_wait(s, UDP_EVENT_READ, -2), UDP_ERR_INVALID);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, INT_MIN), UDP_ERR_INVALID);
}

static void lengths_that_no_memory_has(void)
{
    const size_t lengths[] = {SIZE_MAX, SIZE_MAX - 1, (size_t)PTRDIFF_MAX + 1};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        FAILS(udp_sendto(s, "x", lengths[i], &addr), UDP_ERR_INVALID);
        FAILS(udp_broadcast(s, "x", lengths[i], 9), UDP_ERR_INVALID);
        FAILS(udp_broadcast_on(s, "x", lengths[i], 9, 1), UDP_ERR_INVALID);
        FAILS(udp_reply(s, "x", lengths[i], &addr, &(udp_packet_info){.if_index = 1}), UDP_ERR_INVALID);
        FAILS(udp_interfaces(NULL, lengths[i]), UDP_ERR_INVALID);
        FAILS(udp_recvfrom(s, buf, lengths[i], NULL, -1), UDP_ERR_INVALID);
        FAILS(udp_format(&addr, buf, lengths[i]), UDP_ERR_INVALID);
        FAILS(udp_encode("gbk", "x", lengths[i], buf, sizeof buf), UDP_ERR_INVALID);
        FAILS(udp_encode("gbk", "x", 1, buf, lengths[i]), UDP_ERR_INVALID);
        FAILS(udp_decode("gbk", "x", lengths[i], buf, sizeof buf, NULL), UDP_ERR_INVALID);
        FAILS(udp_decode("gbk", "x", 1, buf, lengths[i], NULL), UDP_ERR_INVALID);
        FAILS(udp_sendto_text(s, "gbk", "x", lengths[i], &addr), UDP_ERR_INVALID);
        FAILS(udp_recvfrom_text(s, "gbk", buf, lengths[i], NULL, NULL, -1), UDP_ERR_INVALID);
    }
}

static void wrong(const udp_addr *to, int32_t code)
{
    FAILS(udp_sendto(s, "x", 1, to), code);
    FAILS(udp_sendto_text(s, "gbk", "x", 1, to), code);
    FAILS(udp_connect(s, to), code);
    FAILS(udp_format(to, buf, sizeof buf), code);
}

static void addresses(void)
{
    udp_addr bad;
    memset(&bad, 0, sizeof bad);
    wrong(&bad, UDP_ERR_INVALID);
    bad = addr, bad.reserved = 1;
    wrong(&bad, UDP_ERR_INVALID);
    bad = addr, bad.reserved = UINT_MAX;
    wrong(&bad, UDP_ERR_INVALID);
    bad = addr, bad.family = 2;
    wrong(&bad, UDP_ERR_FAMILY);
    bad = addr, bad.family = USHRT_MAX;
    wrong(&bad, UDP_ERR_FAMILY);
    bad = addr, bad.port = 0;
    FAILS(udp_sendto(s, "x", 1, &bad), UDP_ERR_INVALID);
    bad = address("<broadcast>", 9);
    FAILS(udp_sendto(s, "x", 1, &bad), UDP_ERR_ACCESS);
    FAILS(udp_connect(s, &bad), UDP_ERR_ACCESS);
}

static void binds(void)
{
    udp_addr other_addr;
    udp_socket other = udp_open(UDP_OPEN_IPV4);
    FAILS(udp_bind(other, "127.0.0.1", addr.port), UDP_ERR_IN_USE);
    CHECK(strstr(udp_last_error(), "127.0.0.1") != NULL && udp_last_os_error() != 0);
    // 203.0.113.0/24 is reserved for documentation, so no machine has it (RFC 5737).
    FAILS(udp_bind(other, "203.0.113.9", 0), UDP_ERR_NOT_LOCAL);
    const char *const no_number[] = {"localhost", "1.2.3", "127.0.0.1:80", "[::1]", " 127.0.0.1", "<broadcast>", "*"};
    for (size_t i = 0; i < sizeof no_number / sizeof *no_number; i++)
        FAILS(udp_bind(other, no_number[i], 0), UDP_ERR_ADDRESS);
    FAILS(udp_bind(other, "::1", 0), UDP_ERR_FAMILY);
    FAILS(udp_bind(other, "fe80::1%no-such", 0), UDP_ERR_NO_INTERFACE);
    CHECK(udp_local_addr(other, &other_addr) == 0 && other_addr.port == 0);
    CHECK(udp_bind(other, "127.0.0.1", 0) == 0);
    FAILS(udp_bind(other, "127.0.0.1", 0), UDP_ERR_INVALID);
    CHECK(udp_close(other) == 0);
}

static void names(void)
{
    const char *const none[] = {"nobody.invalid", "NOBODY.INVALID.", "two words", "line\nend", ".", "\x01"};
    udp_addr found;
    char endless[5000];
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        FAILS(udp_resolve(none[i], 1, UDP_FAMILY_NONE, &found), UDP_ERR_NAME_NOT_FOUND);
    memset(endless, 'a', sizeof endless);
    endless[sizeof endless - 1] = 0;
    FAILS(udp_resolve(endless, 1, UDP_FAMILY_NONE, &found), UDP_ERR_NAME_NOT_FOUND);
    FAILS(udp_resolve("::1", 1, 46, &found), UDP_ERR_FAMILY);
}

// The sentence of the failure names what the caller can do next.
static void says(int64_t result, int32_t code, const char *hint)
{
    CHECK(result == code);
    if (!strstr(udp_last_error(), hint))
        fprintf(stderr, "\"%s\" does not say: %s\n", udp_last_error(), hint);
    CHECK(strstr(udp_last_error(), hint) != NULL);
}

static void sentences(void)
{
    char bound_to[64];
    udp_addr broadcast = address("255.255.255.255", 9), zero = address("127.0.0.1", 0), found;
    udp_socket fresh = udp_open(UDP_OPEN_IPV4);
    snprintf(bound_to, sizeof bound_to, "already bound to 127.0.0.1:%u; open another socket", (unsigned)addr.port);
    says(udp_bind(s, "127.0.0.1", 0), UDP_ERR_INVALID, bound_to);
    says(udp_bind(fresh, "localhost", 0), UDP_ERR_ADDRESS, "udp_resolve");
    says(udp_bind(fresh, "127.0.0.1:8080", 0), UDP_ERR_ADDRESS, "host and port are two arguments");
    says(udp_resolve("[::1]", 80, UDP_FAMILY_NONE, &found), UDP_ERR_NAME_NOT_FOUND, "without brackets");
    says(udp_sendto(s, "x", 1, &broadcast), UDP_ERR_ACCESS, "set UDP_OPT_BROADCAST to 1 or use udp_broadcast");
    says(udp_sendto(s, "x", 1, &zero), UDP_ERR_INVALID, "port is 0");
    says(udp_interface_index("no-such"), UDP_ERR_NO_INTERFACE, "udp_interfaces");
    says(udp_open(0xff00), UDP_ERR_FLAGS, "UDP_OPEN_IPV4");
    says(udp_set_option(s, UDP_OPT_TTL, 256), UDP_ERR_INVALID, "1 to 255");
    says(udp_recvfrom(s, buf, sizeof buf, NULL, -2), UDP_ERR_INVALID, "-1 (forever)");
    CHECK(udp_close(fresh) == 0);
}

// glibc calls a name unknown if it has no descriptor to look it up with.
static void lookup_without_a_descriptor(void)
{
    udp_addr found;
    struct rlimit limit, none;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    none = limit;
    none.rlim_cur = 0;
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    FAILS(udp_resolve("localhost", 1, UDP_FAMILY_NONE, &found), UDP_ERR_LIMIT);
    FAILS(udp_open(UDP_OPEN_IPV4), UDP_ERR_LIMIT);
    CHECK(udp_resolve("127.0.0.1", 1, UDP_FAMILY_NONE, &found) == 0);
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
}

int main(void)
{
    s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    texts_that_are_not_utf8();
    unknown_numbers();
    lengths_that_no_memory_has();
    addresses();
    binds();
    names();
    sentences();
    lookup_without_a_descriptor();

    // After all that the socket is unchanged, and nothing was sent.
    udp_addr now;
    CHECK(udp_local_addr(s, &now) == 0 && same(&now, &addr));
    FAILS(udp_peer_addr(s, &now), UDP_ERR_NOT_CONNECTED);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 0), UDP_ERR_WOULD_BLOCK);
    CHECK(udp_close(s) == 0);
    return 0;
}
