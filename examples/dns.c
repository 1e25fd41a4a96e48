// Asking a DNS server (RFC 1035), and what UDP leaves to the one who asks: how long to wait, to ask again, and not to
// believe every datagram.
//
//     dns server port A|AAAA name...
#define _POSIX_C_SOURCE 200112L
#include <libudp.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

// A message has at most 512 bytes, a name 255 and a label 63 (RFC 1035, 2.3.4); the second wait is twice the first.
enum { HEADER = 12, MESSAGE = 512, NAME = 255, LABEL = 63, INTERNET = 1, TRIES = 3, FIRST_WAIT_MS = 400 };

static int64_t check(int64_t result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, udp_last_error());
        exit(1);
    }
    return result;
}

static int64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// What is left of a message. Everything is read through `take`, which goes beyond no end.
typedef struct {
    const uint8_t *bytes;
    size_t left;
    int broken;
} reader;

static const uint8_t *take(reader *r, size_t length)
{
    const uint8_t *taken = r->bytes;
    if (r->broken || length > r->left) {
        r->broken = 1;
        return NULL;
    }
    r->bytes += length;
    r->left -= length;
    return taken;
}

static uint32_t number(reader *r, size_t length)
{
    const uint8_t *bytes = take(r, length);
    uint32_t value = 0;
    for (size_t i = 0; bytes && i < length; i++)
        value = value << 8 | bytes[i];
    return value;
}

static void skip_name(reader *r)
{
    uint32_t label;
    while ((label = number(r, 1)) != 0) {
        if (label >= 0xC0) { // The rest stands elsewhere (RFC 1035, 4.1.4), and need not be looked at.
            take(r, 1);
            return;
        }
        if (label > LABEL)
            r->broken = 1;
        take(r, label);
    }
}

// Writes a question; 0 if it is not a name.
static size_t write_query(uint8_t *query, const char *name, uint8_t type)
{
    size_t at = HEADER;
    FILE *random = fopen("/dev/urandom", "rb");
    memset(query, 0, HEADER);
    // What others cannot guess they cannot answer (RFC 5452).
    if (!random || fread(query, 2, 1, random) != 1) {
        perror("/dev/urandom");
        exit(1);
    }
    fclose(random);
    query[2] = 1; // The server may ask others.
    query[5] = 1; // One question.
    do {
        size_t label = strcspn(name, ".");
        if (label == 0 || label > LABEL || at + label + 2 > HEADER + NAME)
            return 0;
        query[at++] = (uint8_t)label;
        memcpy(query + at, name, label);
        at += label;
        name += label + (name[label] == '.');
    } while (*name);
    const uint8_t end[] = {0, 0, type, 0, INTERNET};
    memcpy(query + at, end, sizeof end);
    return at + sizeof end;
}

// Whether it is a response with the query's id and question.
static int is_answer(const uint8_t *message, size_t length, const uint8_t *query, size_t asked)
{
    return length >= asked && memcmp(message, query, 2) == 0 && (message[2] & 0xF8) == 0x80
        && memcmp(message + 4, query + 4, 2) == 0 && memcmp(message + HEADER, query + HEADER, asked - HEADER) == 0;
}

// Asks until there is an answer; its length, or an error.
static int32_t ask(udp_socket s, const uint8_t *query, size_t asked, uint8_t *message)
{
    for (int try = 0; try < TRIES; try++) {
        int64_t end = now_ms() + (FIRST_WAIT_MS << try), left;
        int32_t got = udp_sendto(s, query, asked, NULL);
        while (got >= 0 && (left = end - now_ms()) > 0) {
            got = udp_recvfrom(s, message, MESSAGE, NULL, (int32_t)left);
            if (got >= 0 && is_answer(message, (size_t)got, query, asked))
                return got;
        }
        if (got < 0 && got != UDP_ERR_TIMED_OUT)
            return got;
    }
    return UDP_ERR_TIMED_OUT;
}

// How many addresses there are in the records of an answer, or -1 if it is malformed. With a name it prints them.
static int addresses(reader r, uint32_t records, uint32_t type, const char *name)
{
    int found = 0;
    while (records-- > 0) {
        char text[INET6_ADDRSTRLEN];
        skip_name(&r);
        uint32_t is = number(&r, 2), class = number(&r, 2);
        take(&r, 4); // how long it holds
        uint32_t length = number(&r, 2);
        const uint8_t *data = take(&r, length);
        if (r.broken)
            return -1;
        // Others are aliases (CNAME), whose addresses the server adds.
        if (is != type || class != INTERNET)
            continue;
        if (length != (type == 1 ? 4 : 16))
            return -1;
        if (name)
            printf("%s %s\n", name, inet_ntop(type == 1 ? AF_INET : AF_INET6, data, text, sizeof text));
        found++;
    }
    return found;
}

// Prints the addresses of a name; or why there are none, which it gives.
static const char *look_up(const udp_addr *server, uint8_t type, const char *name)
{
    uint8_t query[HEADER + NAME + 4], message[MESSAGE];
    size_t asked = write_query(query, name, type);
    if (asked == 0)
        return "not a name";
    // A socket for each question, so that its port is hard to guess too. Connected, it hears nobody but the server.
    udp_socket s = check(udp_open(server->family == UDP_FAMILY_IPV6 ? UDP_OPEN_IPV6 : UDP_OPEN_IPV4), "open");
    check(udp_connect(s, server), "connect");
    int32_t got = ask(s, query, asked, message);
    check(udp_close(s), "close");
    if (got < 0)
        return udp_strerror(got);
    if (message[2] & 2)
        return "the answer does not fit into a datagram";
    if ((message[3] & 15) == 3)
        return "no such name";
    if ((message[3] & 15) != 0)
        return "the server refuses, or cannot tell";
    reader r = {message + asked, (size_t)got - asked, 0};
    uint32_t records = (uint32_t)message[6] << 8 | message[7];
    int found = addresses(r, records, type, NULL);
    if (found < 0)
        return "a malformed answer";
    if (found == 0)
        return "no such address";
    addresses(r, records, type, name);
    return NULL;
}

int main(int argc, char **argv)
{
    udp_addr server;
    int failed = 0;
    if (argc < 5 || (strcmp(argv[3], "A") != 0 && strcmp(argv[3], "AAAA") != 0))
        return fprintf(stderr, "dns server port A|AAAA name...\n"), 2;
    check(udp_resolve(argv[1], (uint16_t)atoi(argv[2]), UDP_FAMILY_NONE, &server), argv[1]);
    for (int i = 4; i < argc; i++) {
        const char *why = look_up(&server, argv[3][1] ? 28 : 1, argv[i]);
        if (why) {
            fprintf(stderr, "%s: %s\n", argv[i], why);
            failed = 1;
        }
    }
    return failed;
}
