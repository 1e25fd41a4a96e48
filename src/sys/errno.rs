//! The operating system's error numbers under their POSIX names.

/// Defines each POSIX name as the system's number, and the names of the numbers.
macro_rules! errnos {
    ($from:path: $($posix:ident = $name:ident)*) => {
        $(pub(crate) const $posix: i32 = {
            use $from as system;
            system::$name as i32
        };)*

        /// The name of an error number; `None` if this library knows no meaning of it.
        pub(crate) fn name(number: i32) -> Option<&'static str> {
            $(if number == $posix {
                return Some(stringify!($name));
            })*
            None
        }
    };
}

#[cfg(unix)]
macro_rules! same_names {
    ($($name:ident)*) => {
        errnos! { libc: $($name = $name)* }
    };
}

#[cfg(unix)]
same_names! {
    EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN ECONNREFUSED EDESTADDRREQ EDOM EFAULT EHOSTDOWN EHOSTUNREACH
    EINTR EINVAL EIO EMFILE EMSGSIZE ENETDOWN ENETRESET ENETUNREACH ENFILE ENOBUFS ENODEV ENOMEM ENOPROTOOPT ENOSYS
    ENOTCONN ENXIO EOPNOTSUPP EPERM EPROTONOSUPPORT ETIMEDOUT EWOULDBLOCK
}
#[cfg(windows)]
mod codes {
    pub(super) use windows_sys::Win32::Foundation::*;
    pub(super) use windows_sys::Win32::Networking::WinSock::*;
}

// Windows Sockets Error Codes, and System Error Codes for what Winsock has no code for. Winsock reports an ICMP port
// unreachable as WSAECONNRESET, and an exceeded TTL as WSAENETRESET (recvfrom, Return value).
#[cfg(windows)]
errnos! {
    self::codes:
    EACCES = WSAEACCES
    EADDRINUSE = WSAEADDRINUSE
    EADDRNOTAVAIL = WSAEADDRNOTAVAIL
    EAFNOSUPPORT = WSAEAFNOSUPPORT
    EAGAIN = WSAEWOULDBLOCK
    ECONNREFUSED = WSAECONNRESET
    EDESTADDRREQ = WSAEDESTADDRREQ
    EDOM = ERROR_INVALID_PARAMETER
    EFAULT = WSAEFAULT
    EHOSTDOWN = WSAEHOSTDOWN
    EHOSTUNREACH = WSAEHOSTUNREACH
    EINTR = WSAEINTR
    EINVAL = WSAEINVAL
    EIO = ERROR_IO_DEVICE
    EMFILE = WSAEMFILE
    EMSGSIZE = WSAEMSGSIZE
    ENETDOWN = WSAENETDOWN
    ENETRESET = WSAENETRESET
    ENETUNREACH = WSAENETUNREACH
    ENFILE = ERROR_TOO_MANY_OPEN_FILES
    ENOBUFS = WSAENOBUFS
    ENODEV = ERROR_NOT_FOUND
    ENOMEM = ERROR_NOT_ENOUGH_MEMORY
    ENOPROTOOPT = WSAENOPROTOOPT
    ENOSYS = ERROR_NOT_SUPPORTED
    ENOTCONN = WSAENOTCONN
    ENXIO = ERROR_FILE_NOT_FOUND
    EOPNOTSUPP = WSAEOPNOTSUPP
    EPERM = ERROR_ACCESS_DENIED
    EPROTONOSUPPORT = WSAEPROTONOSUPPORT
    ETIMEDOUT = WSAETIMEDOUT
    EWOULDBLOCK = WSAEWOULDBLOCK
}
