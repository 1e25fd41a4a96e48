// A close in the child closes the child's descriptor. (If another thread was inside a call on that socket during the
// fork, it stays open until the child ends: the child counts that thread as inside.)
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>

int main(void)
{
    udp_addr addr;
    int status;
    udp_socket s = bound(UDP_OPEN_IPV4, "127.0.0.1", &addr);
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
    return 0;
}
