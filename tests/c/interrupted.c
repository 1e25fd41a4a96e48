// A signal ends a wait with UDP_ERR_INTERRUPTED, with and without SA_RESTART.
#include <errno.h>
#include <signal.h>

#include "threads.h"

static void nothing(int signal)
{
    (void)signal;
}

static void ends(udp_socket s, int32_t (*call)(caller *), int flags)
{
    struct sigaction action = {.sa_handler = nothing, .sa_flags = flags};
    caller c;
    sigaction(SIGUSR1, &action, NULL);
    start(&c, s, call);
    until_asleep(&c);
    // A signal may come before the thread is in the call: send signals until it has returned.
    while (!atomic_load(&c.done)) {
        CHECK(pthread_kill(c.thread, SIGUSR1) == 0);
        sched_yield();
    }
    CHECK(finish(&c) == UDP_ERR_INTERRUPTED);
}

static int32_t last_os_error_of_a_wait(caller *c)
{
    CHECK(udp_wait(c->s, UDP_EVENT_READ, -1) == UDP_ERR_INTERRUPTED);
    CHECK(udp_last_os_error() == EINTR);
    return UDP_ERR_INTERRUPTED;
}

int main(void)
{
    udp_addr addr;
    char buf[8];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    const int flags[] = {0, SA_RESTART};
    for (int i = 0; i < 2; i++) {
        ends(s, receive_for_ever, flags[i]);
        ends(s, receive_text_for_ever, flags[i]);
        ends(s, wait_for_ever, flags[i]);
        ends(s, last_os_error_of_a_wait, flags[i]);
    }
    // The socket still works, and nothing is lost.
    CHECK(udp_sendto(s, "still", 5, &addr) == 5);
    CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, SOON) == 5);
    CHECK(udp_close(s) == 0);
    return 0;
}
