// A close in the child gives the child's descriptor back, even if a thread was inside that the child does not have.
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

#include "threads.h"

static void child_closes(int blocked)
{
    udp_addr addr;
    caller c;
    int status;
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
    if (blocked) {
        start(&c, s, receive_for_ever);
        until_asleep(&c);
    }
    pid_t child = fork();
    if (child == 0) {
        alarm(120);
        int fd = udp_fd(s);
        CHECK(udp_close(s) == 0);
        CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    CHECK(udp_close(s) == 0);
    if (blocked)
        CHECK(finish(&c) == UDP_ERR_CLOSED);
}

int main(void)
{
    child_closes(0);
    child_closes(1);
    return 0;
}
