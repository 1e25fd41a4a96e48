// Calls of the library while one system call fails, as fail_syscalls.c has it: each returns, and leaks no descriptor.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <libudp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int descriptors(void)
{
    int n = 0;
    DIR *folder = opendir("/proc/self/fd");
    while (folder && readdir(folder))
        n++;
    if (folder)
        closedir(folder);
    return n;
}

static char data[70000];
static udp_packet packets[8];
static udp_packet_info infos[8];

static void use(udp_socket s, const udp_addr *to)
{
    udp_addr addr;
    udp_stats stats;
    udp_path_error error;
    udp_interface list[8];
    udp_slice part = {data, 10};
    udp_ready ready[8];
    char text[64];
    for (int i = 0; i < 8; i++)
        packets[i] = (udp_packet){.data = data, .length = 100, .peer = *to};
    udp_set_option(s, UDP_OPT_SEND_TIMEOUT, 5);
    udp_local_addr(s, &addr);
    udp_peer_addr(s, &addr);
    udp_set_option(s, UDP_OPT_RECV_PKTINFO, 1);
    udp_set_option(s, UDP_OPT_RECV_ERRORS, 1);
    udp_set_option(s, UDP_OPT_RECV_BUFFER, 100000);
    udp_sendto(s, data, 10, to);
    udp_recvfrom(s, data, 100, &addr, 1);
    udp_send_batch(s, packets, 8);
    udp_recv_batch(s, data, sizeof data, packets, infos, 8, 1);
    udp_reply_batch(s, packets, infos, 8);
    udp_reply(s, data, 10, to, infos);
    udp_send_segments(s, data, 1000, 100, to);
    udp_recv_segments(s, data, sizeof data, packets, infos, 8, 1);
    udp_recvfrom_info(s, data, 100, &addr, infos, 1);
    udp_sendmsg(s, &part, 1, NULL, 0, 0, to);
    udp_recvmsg(s, &part, 1, NULL, NULL, NULL, &addr, 1);
    udp_sendto_text(s, "gbk", "abc", 3, to);
    udp_recvfrom_text(s, "auto", text, sizeof text, NULL, NULL, 1);
    udp_wait(s, UDP_EVENT_READ | UDP_EVENT_WRITE, 1);
    udp_recv_error(s, &error, 1);
    udp_get_stats(s, &stats);
    udp_poller p = udp_poller_open();
    udp_poller_set(p, s, UDP_EVENT_READ | UDP_EVENT_ERROR, 7);
    udp_poller_set(p, s, UDP_EVENT_WRITE, 7);
    udp_poller_wait(p, ready, 8, 1);
    udp_poller_wake(p);
    udp_poller_wait(p, ready, 8, 1);
    udp_poller_fd(p);
    udp_poller_close(p);
    udp_steer(s, UDP_STEER_CPU, 0, 0, 1);
    udp_interfaces(list, 8);
    udp_interface_index("127.0.0.1");
    udp_broadcast(s, data, 1, 9);
    udp_connect(s, to);
    udp_sendto(s, data, 10, NULL);
    udp_send_batch(s, packets, 8);
    udp_disconnect(s);
}

int main(void)
{
    void (*fail_now)(int);
    *(void **)&fail_now = dlsym(RTLD_DEFAULT, "fail_now");
    if (!fail_now)
        return fprintf(stderr, "syscall_sweep: fail_syscalls.so is not preloaded\n"), 2;
    alarm(60);
    udp_addr addr;
    udp_socket warm = udp_open(UDP_OPEN_IPV4);
    if (udp_bind(warm, "127.0.0.1", 0) || udp_local_addr(warm, &addr))
        return 2;
    int before = descriptors();
    const uint32_t flags[] = {UDP_OPEN_IPV4, UDP_OPEN_COALESCE, UDP_OPEN_DUAL};
    for (int late = 0; late < 2; late++) {
        for (int i = 0; i < 3; i++) {
            fail_now(!late);
            udp_socket s = udp_open(flags[i]);
            udp_bind(s, flags[i] == UDP_OPEN_DUAL ? "" : "127.0.0.1", 0);
            fail_now(1);
            use(s, &addr);
            fail_now(0);
            if (s > 0 && udp_close(s) != 0)
                return fprintf(stderr, "a close failed\n"), 1;
        }
    }
    if (descriptors() != before)
        return fprintf(stderr, "%d descriptors more than before\n", descriptors() - before), 1;
    return udp_close(warm) != 0;
}
