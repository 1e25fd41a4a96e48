// The names and texts of error codes, and each thread's last error.
#include <errno.h>
#include <limits.h>

#include "threads.h"

#define ROW(code) {code, #code}

static const struct {
    int32_t code;
    const char *name;
} codes[] = {
    ROW(UDP_ERR_NULL), ROW(UDP_ERR_INVALID), ROW(UDP_ERR_UTF8), ROW(UDP_ERR_FLAGS), ROW(UDP_ERR_OPTION),
    ROW(UDP_ERR_HANDLE), ROW(UDP_ERR_CLOSED), ROW(UDP_ERR_WOULD_BLOCK), ROW(UDP_ERR_TIMED_OUT),
    ROW(UDP_ERR_INTERRUPTED), ROW(UDP_ERR_TRUNCATED), ROW(UDP_ERR_BUFFER_TOO_SMALL), ROW(UDP_ERR_MSGSIZE),
    ROW(UDP_ERR_REFUSED), ROW(UDP_ERR_UNREACHABLE), ROW(UDP_ERR_NOT_CONNECTED), ROW(UDP_ERR_IN_USE),
    ROW(UDP_ERR_NOT_LOCAL), ROW(UDP_ERR_ADDRESS), ROW(UDP_ERR_FAMILY), ROW(UDP_ERR_NAME_NOT_FOUND),
    ROW(UDP_ERR_NAME_TRY_AGAIN), ROW(UDP_ERR_ACCESS), ROW(UDP_ERR_NO_INTERFACE), ROW(UDP_ERR_NO_BUFFERS),
    ROW(UDP_ERR_LIMIT), ROW(UDP_ERR_MEMORY), ROW(UDP_ERR_UNSUPPORTED), ROW(UDP_ERR_ENCODING),
    ROW(UDP_ERR_UNMAPPABLE), ROW(UDP_ERR_OS), ROW(UDP_ERR_INTERNAL), ROW(UDP_ERR_NOT_JOINED),
};
enum { CODES = sizeof codes / sizeof *codes };

static void names_and_texts(void)
{
    for (int i = 0; i < CODES; i++) {
        CHECK(codes[i].code < 0);
        CHECK(strcmp(udp_error_name(codes[i].code), codes[i].name) == 0);
        CHECK(strlen(udp_strerror(codes[i].code)) > 5);
        CHECK(udp_strerror(codes[i].code) == udp_strerror(codes[i].code));
        for (int j = 0; j < i; j++)
            CHECK(codes[i].code != codes[j].code
                  && strcmp(udp_strerror(codes[i].code), udp_strerror(codes[j].code)) != 0);
    }
    const int32_t fine[] = {0, 1, 65507, INT_MAX}, none[] = {-1 - CODES, -1000, INT_MIN, INT_MIN + 1};
    for (int i = 0; i < 4; i++) {
        CHECK(strcmp(udp_error_name(fine[i]), "UDP_OK") == 0 && strlen(udp_strerror(fine[i])) > 0);
        CHECK(strcmp(udp_error_name(none[i]), "") == 0 && strlen(udp_strerror(none[i])) > 0);
    }
}

static void version(void)
{
    char text[32];
    snprintf(text, sizeof text, "%d.%d.%d", UDP_VERSION_MAJOR, UDP_VERSION_MINOR, UDP_VERSION_PATCH);
    CHECK(strcmp(udp_version(), text) == 0);
}

static int32_t fail_elsewhere(caller *c)
{
    (void)c;
    CHECK(strcmp(udp_last_error(), "") == 0 && udp_last_os_error() == 0 && udp_last_length() == 0);
    FAILS(udp_close(0), UDP_ERR_HANDLE);
    return udp_last_os_error();
}

static void the_last_error_is_the_threads(void)
{
    udp_addr addr;
    caller c;
    char sentence[256], buf[2];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr), other = udp_open(UDP_OPEN_IPV4);

    FAILS(udp_bind(other, "127.0.0.1", addr.port), UDP_ERR_IN_USE);
    CHECK(udp_last_os_error() == EADDRINUSE);
    snprintf(sentence, sizeof sentence, "%s", udp_last_error());
    start(&c, other, fail_elsewhere);
    CHECK(finish(&c) == 0);
    CHECK(udp_last_os_error() == EADDRINUSE && strcmp(udp_last_error(), sentence) == 0);

    // A success keeps the last error; the next failure replaces all of it.
    CHECK(udp_sendto(s, "long", 4, &addr) == 4);
    CHECK(udp_last_os_error() == EADDRINUSE && strcmp(udp_last_error(), sentence) == 0);
    FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, SOON), UDP_ERR_TRUNCATED);
    CHECK(udp_last_os_error() == 0 && udp_last_length() == 4);
    FAILS(udp_close(0), UDP_ERR_HANDLE);
    CHECK(udp_last_os_error() == 0 && udp_last_length() == 0);
    CHECK(udp_close(s) == 0 && udp_close(other) == 0);
}

int main(void)
{
    CHECK(strcmp(udp_last_error(), "") == 0 && udp_last_os_error() == 0 && udp_last_length() == 0);
    names_and_texts();
    version();
    the_last_error_is_the_threads();
    return 0;
}
