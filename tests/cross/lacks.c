/* Prints what the emulator under this program does otherwise than the system that it stands for, one word a line. The
 * words are those of emulators.txt. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdio.h>
#include <string.h>

#ifdef _WIN32
#include <winsock2.h>
#include <ws2tcpip.h>

static struct sockaddr_in loopback(unsigned short port)
{
    struct sockaddr_in addr = {0};
    addr.sin_family = AF_INET;
    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    addr.sin_port = htons(port);
    return addr;
}

static SOCKET udp(void)
{
    return socket(AF_INET, SOCK_DGRAM, 0);
}

static unsigned short port_of(SOCKET s)
{
    struct sockaddr_in addr = {0};
    int len = sizeof addr;
    return getsockname(s, (struct sockaddr *)&addr, &len) == 0 ? ntohs(addr.sin_port) : 0;
}

int main(void)
{
    WSADATA data;
    WSAStartup(0x0202, &data);

    /* A bind to an address of no interface has to fail. */
    struct sockaddr_in addr = loopback(0);
    addr.sin_addr.s_addr = inet_addr("192.0.2.77");
    if (bind(udp(), (struct sockaddr *)&addr, sizeof addr) == 0)
        puts("foreign-bind");

    /* A connected socket that forgets its peer keeps its port. */
    SOCKET s = udp();
    struct sockaddr_storage none = {0};
    addr = loopback(0);
    bind(s, (struct sockaddr *)&addr, sizeof addr);
    unsigned short port = port_of(s);
    addr = loopback(port);
    connect(s, (struct sockaddr *)&addr, sizeof addr);
    connect(s, (struct sockaddr *)&none, sizeof none);
    if (port_of(s) != port)
        puts("disconnect");

    /* A refused datagram fails the next receive of a connected socket. */
    SOCKET gone = udp();
    addr = loopback(0);
    bind(gone, (struct sockaddr *)&addr, sizeof addr);
    addr = loopback(port_of(gone));
    closesocket(gone);
    s = udp();
    connect(s, (struct sockaddr *)&addr, sizeof addr);
    send(s, "?", 1, 0);
    DWORD second = 1000;
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, (char *)&second, sizeof second);
    char byte;
    if (recv(s, &byte, 1, 0) != SOCKET_ERROR || WSAGetLastError() != WSAECONNRESET)
        puts("refusal");

    /* A buffer of 2 GB is not granted. */
    int size = 0x7fffffff, len = sizeof size;
    setsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&size, sizeof size);
    getsockopt(s, SOL_SOCKET, SO_RCVBUF, (char *)&size, &len);
    if (size == 0x7fffffff)
        puts("buffer-limit");

    /* A socket that changes its peer takes a local address from which the new peer can be reached. */
    SOCKET dual = socket(AF_INET6, SOCK_DGRAM, 0);
    DWORD off = 0;
    setsockopt(dual, IPPROTO_IPV6, IPV6_V6ONLY, (char *)&off, sizeof off);
    struct sockaddr_in6 six = {0}, local = {0};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(9);
    six.sin6_addr.s6_addr[15] = 1;
    connect(dual, (struct sockaddr *)&six, sizeof six);
    unsigned char mapped[16] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1};
    memcpy(six.sin6_addr.s6_addr, mapped, sizeof mapped);
    connect(dual, (struct sockaddr *)&six, sizeof six);
    len = sizeof local;
    getsockname(dual, (struct sockaddr *)&local, &len);
    if (memcmp(local.sin6_addr.s6_addr, mapped, sizeof mapped) != 0)
        puts("reconnect");

    /* A datagram leaves from the source address that it is given. */
    SOCKET receiver = udp();
    setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, (char *)&second, sizeof second);
    addr = loopback(0);
    bind(receiver, (struct sockaddr *)&addr, sizeof addr);
    addr = loopback(port_of(receiver));
    struct {
        /* WSACMSGHDR */
        size_t len;
        int level, type;
        IN_PKTINFO info;
    } control = {24, IPPROTO_IP, IP_PKTINFO, {{{{127, 0, 0, 2}}}, 0}};
    WSABUF data_buffer = {1, &byte};
    WSAMSG message = {(struct sockaddr *)&addr, sizeof addr, &data_buffer, 1, {sizeof control, (char *)&control}, 0};
    DWORD sent;
    WSASendMsg(udp(), &message, 0, &sent, NULL, NULL);
    struct sockaddr_in from = {0};
    len = sizeof from;
    recvfrom(receiver, &byte, 1, 0, (struct sockaddr *)&from, &len);
    if (from.sin_addr.s_addr != inet_addr("127.0.0.2"))
        puts("source");

    /* URO is there since Windows 10 version 2004. */
    DWORD most = 65535;
    if (setsockopt(receiver, IPPROTO_UDP, 3 /* UDP_RECV_MAX_COALESCED_SIZE */, (char *)&most, sizeof most) != 0)
        puts("coalesce");
    return 0;
}
#else
#include <arpa/inet.h>
#include <time.h>

#include <linux/errqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

int main(void)
{
    int on = 1, s = socket(AF_INET, SOCK_DGRAM, 0);
    if (setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0)
        puts("timestamps");
    unsigned info[9];
    socklen_t len = sizeof info;
    if (getsockopt(s, SOL_SOCKET, SO_MEMINFO, info, &len) != 0 || len != sizeof info)
        puts("drops");

    /* A refused datagram has to come back from the error queue with its error. */
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    len = sizeof addr;
    int gone = socket(AF_INET, SOCK_DGRAM, 0);
    bind(gone, (struct sockaddr *)&addr, sizeof addr);
    getsockname(gone, (struct sockaddr *)&addr, &len);
    close(gone);
    setsockopt(s, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    sendto(s, "?", 1, 0, (struct sockaddr *)&addr, sizeof addr);
    struct pollfd poll_for = {s, POLLIN, 0};
    poll(&poll_for, 1, 1000);
    char control[512];
    struct msghdr message = {.msg_control = control, .msg_controllen = sizeof control};
    struct sock_extended_err error = {0};
    if (recvmsg(s, &message, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
        for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c))
            if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR)
                memcpy(&error, CMSG_DATA(c), sizeof error);
    if (error.ee_errno != 111 || error.ee_origin != SO_EE_ORIGIN_ICMP)
        puts("error-queue");

    /* IP_MULTICAST_IF takes an interface index (ip(7), struct ip_mreqn). */
    struct ip_mreqn interface = {.imr_ifindex = 1};
    if (setsockopt(s, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) != 0)
        puts("multicast-if");

    /* A message without parts receives an empty datagram. */
    len = sizeof addr;
    addr.sin_port = 0;
    int own = socket(AF_INET, SOCK_DGRAM, 0);
    bind(own, (struct sockaddr *)&addr, sizeof addr);
    getsockname(own, (struct sockaddr *)&addr, &len);
    sendto(own, "", 0, 0, (struct sockaddr *)&addr, sizeof addr);
    struct sockaddr_in from = {0};
    struct msghdr empty = {.msg_name = &from, .msg_namelen = sizeof from};
    if (recvmsg(own, &empty, MSG_DONTWAIT) != 0 || from.sin_port != addr.sin_port)
        puts("empty-message");
    return 0;
}
#endif
