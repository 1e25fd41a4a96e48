// Finding each other on the local networks without knowing an address, through a multicast group.
//
//     discovery be name [group [port]]      is "name": says so, and answers whoever looks for it
//     discovery find name [group [port]]    looks for "name", until a second passes without an answer
//
// Each datagram is a text. "find NAME" goes to the group, and whoever is NAME answers "here NAME" to the asker alone.
// Who begins to be NAME tells the group "here NAME" unasked. The group may be one of IPv6, such as ff12::4c55.
#include <libudp.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 512, INTERFACES = 64 };

static int64_t check(int64_t result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, udp_last_error());
        exit(1);
    }
    return result;
}

// Sends a text to the group once out of each interface that has this flag; out of how many it went.
static int tell_by(uint32_t flag, udp_socket s, const char *text, const udp_addr *group)
{
    udp_interface list[INTERFACES];
    uint32_t told = 0;
    int sent = 0;
    int32_t rows = (int32_t)check(udp_interfaces(list, INTERFACES), "interfaces");
    for (const udp_interface *row = list; row < list + rows && row < list + INTERFACES; row++) {
        udp_packet_info from = {.if_index = row->if_index};
        // An interface has a row for each of its addresses, one after the other.
        if (!(row->flags & UDP_INTERFACE_UP) || !(row->flags & flag) || row->addr.family != group->family
            || row->if_index == told)
            continue;
        // One that fails does not keep the text from the others.
        sent += udp_reply(s, text, strlen(text), group, &from) >= 0;
        told = row->if_index;
    }
    return sent;
}

// Sends a text to the group on every network: left to the routes, it would go to one of them. A machine without a
// network has itself.
static void tell(udp_socket s, const char *text, const udp_addr *group)
{
    if (tell_by(UDP_INTERFACE_MULTICAST, s, text, group) == 0 && tell_by(UDP_INTERFACE_LOOPBACK, s, text, group) == 0) {
        fprintf(stderr, "no interface can multicast: %s\n", udp_last_error());
        exit(1);
    }
}

// Receives a text, with what the answer needs; 0 if the time is over.
static int hear(udp_socket s, char *text, udp_addr *from, udp_packet_info *details, int32_t timeout_ms)
{
    udp_packet packet;
    int32_t got = udp_recv_batch(s, text, LONGEST, &packet, details, 1, timeout_ms);
    if (got == UDP_ERR_TIMED_OUT)
        return 0;
    check(got, "receive");
    text[packet.length] = '\0';
    *from = packet.peer;
    return 1;
}

static void show(const char *name, const udp_addr *at)
{
    char text[UDP_ADDR_TEXT_SIZE];
    check(udp_format(at, text, sizeof text), "format");
    printf("%s is at %s\n", name, text);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    int finds = argc > 2 && strcmp(argv[1], "find") == 0;
    if (argc < 3 || (!finds && strcmp(argv[1], "be") != 0))
        return fprintf(stderr, "discovery be|find name [group [port]]\n"), 2;
    const char *name = argv[2], *where = argc > 3 ? argv[3] : "239.255.76.85";
    uint16_t port = argc > 4 ? (uint16_t)atoi(argv[4]) : 7685;
    char find[LONGEST], here[LONGEST], text[LONGEST + 1];
    udp_addr group, from;
    udp_packet_info details;

    snprintf(find, sizeof find, "find %s", name);
    snprintf(here, sizeof here, "here %s", name);
    check(udp_resolve(where, port, UDP_FAMILY_NONE, &group), where);
    uint32_t family = group.family == UDP_FAMILY_IPV6 ? UDP_OPEN_IPV6 : UDP_OPEN_IPV4;
    // Several programs of one machine may be in the group.
    udp_socket s = check(udp_open(family | UDP_OPEN_REUSE_ADDRESS), "open");
    if (finds) {
        int found = 0;
        tell(s, find, &group);
        while (hear(s, text, &from, &details, 1000)) {
            if (strcmp(text, here) == 0) {
                show(name, &from);
                found++;
            }
        }
        check(udp_close(s), "close");
        return found > 0 ? 0 : (fprintf(stderr, "nobody is %s\n", name), 1);
    }

    check(udp_bind(s, "", port), "bind");
    check(udp_join(s, &group, NULL, 0), "join");
    // What the question came to tells which of this machine's addresses the asker can reach.
    check(udp_set_option(s, UDP_OPT_RECV_PKTINFO, 1), "option");
    tell(s, here, &group);
    printf("%s listens\n", name);
    fflush(stdout);
    while (hear(s, text, &from, &details, -1)) {
        if (strcmp(text, find) == 0 && udp_reply(s, here, strlen(here), &from, &details) < 0)
            fprintf(stderr, "answer: %s\n", udp_last_error());
        else if (strncmp(text, "here ", 5) == 0 && strcmp(text, here) != 0)
            show(text + 5, &from);
    }
    return 0;
}
