// A game server's tick: every event goes to every player. The packets are made event by event, and grouped by player
// before they are sent, so that a player's events leave with one call of the kernel's network stack.
//
//     fan_out [players [events]]     64 players, 16 events in each of 10 ticks, on loopback
#include <libudp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICKS = 10, MAX_PLAYERS = 256, MAX_EVENTS = 64, EVENT = 100 };

static udp_socket players[MAX_PLAYERS];
static udp_addr addrs[MAX_PLAYERS];
static char events[MAX_EVENTS][EVENT];
static udp_packet packets[MAX_PLAYERS * MAX_EVENTS];

static int64_t check(int64_t result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, udp_last_error());
        exit(1);
    }
    return result;
}

int main(int argc, char **argv)
{
    int count = argc > 1 ? atoi(argv[1]) : 64, each = argc > 2 ? atoi(argv[2]) : 16;
    if (count < 1 || count > MAX_PLAYERS || each < 1 || each > MAX_EVENTS)
        return fprintf(stderr, "1 to %d players, 1 to %d events\n", MAX_PLAYERS, MAX_EVENTS), 2;
    udp_socket server = check(udp_open(UDP_OPEN_IPV4), "open");
    for (int i = 0; i < count; i++) {
        players[i] = check(udp_open(UDP_OPEN_IPV4), "open");
        check(udp_bind(players[i], "127.0.0.1", 0), "bind");
        check(udp_local_addr(players[i], &addrs[i]), "local address");
    }
    long received = 0, late = 0;
    for (int tick = 0; tick < TICKS; tick++) {
        size_t n = 0;
        for (int event = 0; event < each; event++) {
            snprintf(events[event], EVENT, "tick %d, event %d", tick, event);
            for (int i = 0; i < count; i++, n++)
                packets[n] = (udp_packet){.data = events[event], .length = EVENT, .peer = addrs[i]};
        }
        check(udp_group_packets(packets, NULL, n), "group");
        for (size_t sent = 0; sent < n;)
            sent += (size_t)check(udp_send_batch(server, packets + sent, n - sent), "send");
        for (int i = 0; i < count; i++) {
            for (int event = 0; event < each; event++, received++) {
                char data[EVENT];
                check(udp_recvfrom(players[i], data, sizeof data, NULL, 5000), "receive");
                late += strcmp(data, events[event]) != 0;
            }
        }
    }
    printf("%d players received %ld events, %ld out of order\n", count, received, late);
    for (int i = 0; i < count; i++)
        check(udp_close(players[i]), "close");
    check(udp_close(server), "close");
    return 0;
}
