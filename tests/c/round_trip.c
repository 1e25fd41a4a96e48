// Datagrams in both directions, between all kinds of sockets and with a system socket.
#include <arpa/inet.h>
#include <sys/socket.h>

#include "check.h"

static void there_and_back(uint32_t flags, const char *host)
{
    udp_addr server_addr, client_addr, from;
    char buf[64];
    udp_socket server = bound(flags, host, &server_addr);
    udp_socket client = udp_open(flags);

    // The client has no port until it sends.
    CHECK(udp_local_addr(client, &client_addr) == 0 && client_addr.port == 0);
    CHECK(udp_sendto(client, "one", 3, &server_addr) == 3);
    CHECK(udp_sendto(client, "three", 5, &server_addr) == 5);
    CHECK(udp_local_addr(client, &client_addr) == 0 && client_addr.port != 0);

    // Two datagrams stay two.
    CHECK(udp_recvfrom(server, buf, sizeof buf, &from, SOON) == 3 && memcmp(buf, "one", 3) == 0);
    CHECK(from.port == client_addr.port && from.family == server_addr.family);
    CHECK(memcmp(from.ip, server_addr.ip, sizeof from.ip) == 0);
    CHECK(udp_recvfrom(server, buf, sizeof buf, NULL, SOON) == 5 && memcmp(buf, "three", 5) == 0);

    CHECK(udp_sendto(server, "back", 4, &from) == 4);
    CHECK(udp_recvfrom(client, buf, sizeof buf, &from, SOON) == 4 && memcmp(buf, "back", 4) == 0);
    CHECK(same(&from, &server_addr));
    CHECK(udp_close(client) == 0 && udp_close(server) == 0);
}

static void with_a_bare_socket(void)
{
    udp_addr addr, from;
    char buf[64];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    int bare = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons(addr.port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(bare, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(send(bare, "\0\1\2\377", 4, 0) == 4);
    CHECK(udp_recvfrom(s, buf, sizeof buf, &from, SOON) == 4 && memcmp(buf, "\0\1\2\377", 4) == 0);
    CHECK(udp_sendto(s, buf, 4, &from) == 4);
    CHECK(recv(bare, buf, sizeof buf, 0) == 4 && memcmp(buf, "\0\1\2\377", 4) == 0);
    close(bare);
    CHECK(udp_close(s) == 0);
}

// "" and NULL bind to all addresses of the machine.
static void bound_to_all(const char *host)
{
    udp_addr addr, to;
    char buf[8];
    udp_socket s = bound(UDP_OPEN_IPV4, host, &addr);
    CHECK(memcmp(addr.ip, "\0\0\0\0", 4) == 0);
    to = address("127.0.0.1", addr.port);
    CHECK(udp_sendto(s, "self", 4, &to) == 4);
    CHECK(udp_recvfrom(s, buf, sizeof buf, &to, SOON) == 4 && to.port == addr.port);
    CHECK(udp_close(s) == 0);
}

int main(void)
{
    there_and_back(UDP_OPEN_IPV4, "127.0.0.1");
    if (has_ipv6()) {
        there_and_back(UDP_OPEN_IPV6, "::1");
        there_and_back(UDP_OPEN_DUAL, "::1");
        there_and_back(UDP_OPEN_DUAL, "127.0.0.1");
    }
    with_a_bare_socket();
    bound_to_all("");
    bound_to_all(NULL);
    return 0;
}
