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

macro_rules! same_names {
    ($($name:ident)*) => {
        errnos! { libc: $($name = $name)* }
    };
}

same_names! {
    EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN ECONNREFUSED EDESTADDRREQ EDOM EFAULT EHOSTDOWN EHOSTUNREACH
    EINTR EINVAL EIO EMFILE EMSGSIZE ENETDOWN ENETRESET ENETUNREACH ENFILE ENOBUFS ENODEV ENOMEM ENOPROTOOPT ENOSYS
    ENOTCONN ENXIO EOPNOTSUPP EPERM EPROTONOSUPPORT ETIMEDOUT EWOULDBLOCK
}
