/* What the C tests take from POSIX and mingw lacks. Included before each of them. */
#ifndef MINGW_H
#define MINGW_H

#include <errno.h>
#include <winsock2.h>

/* udp_last_os_error returns Winsock's number. */
#undef EADDRINUSE
#define EADDRINUSE WSAEADDRINUSE

/* The runner ends a test that hangs. */
static inline unsigned alarm(unsigned seconds)
{
    (void)seconds;
    return 0;
}

/* Whether a socket is open. */
#define F_GETFD 1

static inline int fcntl(SOCKET s, int command)
{
    int type, len = sizeof type;
    (void)command;
    if (getsockopt(s, SOL_SOCKET, SO_TYPE, (char *)&type, &len) == 0)
        return 0;
    errno = EBADF;
    return -1;
}

#endif
