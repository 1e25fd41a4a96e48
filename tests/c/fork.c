// After a fork each process closes its own copy, also while a thread of the other blocks in a receive.
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>

#include "threads.h"

static void child_is_well(pid_t child)
{
    int status;
    CHECK(child > 0);
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void childs_close_leaves_the_parent_receiving(void)
{
    udp_addr addr;
    caller c;
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    start(&c, s, receive_for_ever);
    until_asleep(&c);
    pid_t child = fork();
    if (child == 0) {
        char buf[8];
        alarm(120);
        CHECK(udp_close(s) == 0);
        FAILS(udp_close(s), UDP_ERR_CLOSED);
        FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, -1), UDP_ERR_CLOSED);
        _exit(0);
    }
    child_is_well(child);
    CHECK(!atomic_load(&c.done));
    CHECK(udp_wait(s, UDP_EVENT_READ, 0) == UDP_ERR_WOULD_BLOCK);
    CHECK(udp_sendto(s, "after", 5, &addr) == 5);
    CHECK(finish(&c) == 5 && memcmp(c.data, "after", 5) == 0);
    // The parent's own close still wakes its waiter.
    start(&c, s, receive_for_ever);
    until_asleep(&c);
    CHECK(udp_close(s) == 0);
    CHECK(finish(&c) == UDP_ERR_CLOSED);
}

static void parents_close_leaves_the_child_receiving(void)
{
    udp_addr addr;
    int closed[2];
    char buf[8];
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr), sender = udp_open(UDP_OPEN_IPV4);
    // A first wait creates the waker.
    FAILS(udp_wait(s, UDP_EVENT_READ, 1), UDP_ERR_TIMED_OUT);
    CHECK(pipe(closed) == 0);
    pid_t child = fork();
    if (child == 0) {
        alarm(120);
        CHECK(read(closed[0], buf, 1) == 1);
        FAILS(udp_recvfrom(s, buf, sizeof buf, NULL, 5), UDP_ERR_TIMED_OUT);
        CHECK(udp_sendto(sender, "child", 5, &addr) == 5);
        CHECK(udp_recvfrom(s, buf, sizeof buf, NULL, SOON) == 5);
        CHECK(udp_close(s) == 0 && udp_close(sender) == 0);
        _exit(0);
    }
    CHECK(udp_close(s) == 0);
    CHECK(write(closed[1], "x", 1) == 1);
    child_is_well(child);
    CHECK(udp_close(sender) == 0);
}

// In a container a process and its child can have the same process id: 1, each in a pid namespace of its own.
static void close_wakes_though_a_child_has_the_same_pid(void)
{
    udp_addr addr;
    caller c;
    pid_t first = fork();
    if (first == 0) {
        if (unshare(CLONE_NEWPID) != 0) {
            fprintf(stderr, "SKIPPED: pid namespaces need root\n");
            _exit(0);
        }
        pid_t one = fork();
        if (one != 0) {
            child_is_well(one);
            _exit(0);
        }
        alarm(60);
        udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
        start(&c, s, receive_for_ever);
        // /proc shows the ids of another namespace, so the state of the thread cannot be read.
        FAILS(udp_wait(s, UDP_EVENT_READ, 50), UDP_ERR_TIMED_OUT);
        CHECK(getpid() == 1 && unshare(CLONE_NEWPID) == 0);
        pid_t other_one = fork();
        if (other_one == 0) {
            char data[8];
            alarm(60);
            for (;;)
                udp_recvfrom(s, data, sizeof data, NULL, -1);
        }
        CHECK(udp_close(s) == 0);
        CHECK(finish(&c) == UDP_ERR_CLOSED);
        CHECK(kill(other_one, SIGKILL) == 0 && waitpid(other_one, NULL, 0) == other_one);
        _exit(0);
    }
    child_is_well(first);
}

int main(void)
{
    close_wakes_though_a_child_has_the_same_pid();
    for (int round = 0; round < 5; round++) {
        childs_close_leaves_the_parent_receiving();
        parents_close_leaves_the_child_receiving();
    }
    return 0;
}
