// Preloaded: the system call that FAIL_CALL names fails from its FAIL_AFTER-th time on with errno FAIL_ERRNO, once the
// program has called fail_now.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int armed, calls;

void fail_now(int on)
{
    armed = on;
    calls = 0;
}

static int fails(const char *name)
{
    const char *call = getenv("FAIL_CALL");
    if (!armed || !call || strcmp(name, call) != 0 || ++calls < atoi(getenv("FAIL_AFTER")))
        return 0;
    errno = atoi(getenv("FAIL_ERRNO"));
    return 1;
}

#define WRAP(result, name, parameters, arguments)                                  \
    result name parameters                                                         \
    {                                                                              \
        static result(*real) parameters;                                           \
        if (!real)                                                                 \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                             \
        return fails(#name) ? -1 : real arguments;                                 \
    }

WRAP(int, socket, (int a, int b, int c), (a, b, c))
WRAP(int, bind, (int fd, const struct sockaddr *addr, socklen_t len), (fd, addr, len))
WRAP(int, connect, (int fd, const struct sockaddr *addr, socklen_t len), (fd, addr, len))
WRAP(int, getsockname, (int fd, struct sockaddr *restrict addr, socklen_t *restrict len), (fd, addr, len))
WRAP(int, getpeername, (int fd, struct sockaddr *restrict addr, socklen_t *restrict len), (fd, addr, len))
WRAP(int, setsockopt, (int fd, int level, int name, const void *value, socklen_t len), (fd, level, name, value, len))
WRAP(int, getsockopt, (int fd, int level, int name, void *restrict value, socklen_t *restrict len), (fd, level, name, value, len))
WRAP(ssize_t, sendto, (int fd, const void *data, size_t n, int flags, const struct sockaddr *to, socklen_t len), (fd, data, n, flags, to, len))
WRAP(ssize_t, recvfrom, (int fd, void *restrict data, size_t n, int flags, struct sockaddr *restrict from, socklen_t *restrict len), (fd, data, n, flags, from, len))
WRAP(ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags), (fd, message, flags))
WRAP(ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
WRAP(int, sendmmsg, (int fd, struct mmsghdr *messages, unsigned n, int flags), (fd, messages, n, flags))
WRAP(int, recvmmsg, (int fd, struct mmsghdr *messages, unsigned n, int flags, struct timespec *timeout), (fd, messages, n, flags, timeout))
WRAP(int, ppoll, (struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask), (fds, n, timeout, mask))
WRAP(int, eventfd, (unsigned value, int flags), (value, flags))
WRAP(int, epoll_create1, (int flags), (flags))
WRAP(int, epoll_ctl, (int epoll, int operation, int fd, void *event), (epoll, operation, fd, event))
WRAP(int, epoll_pwait, (int epoll, void *events, int most, int timeout, const sigset_t *mask), (epoll, events, most, timeout, mask))
WRAP(int, getifaddrs, (void **list), (list))

// sendto and recvfrom as bare system calls.
long syscall(long number, ...)
{
    static long (*real)(long, ...);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "syscall");
    if ((number == SYS_sendto && fails("sendto")) || (number == SYS_recvfrom && fails("recvfrom")))
        return -1;
    va_list list;
    va_start(list, number);
    long a[6];
    for (int i = 0; i < 6; i++)
        a[i] = va_arg(list, long);
    va_end(list);
    return real(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
