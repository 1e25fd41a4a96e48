//! The operating system's error numbers under their POSIX names.

macro_rules! errnos {
    ($($name:ident)*) => {
        pub(crate) use libc::{$($name),*};

        /// The name of an error number; `None` if this library knows no meaning of it.
        pub(crate) fn name(number: i32) -> Option<&'static str> {
            $(if number == $name {
                return Some(stringify!($name));
            })*
            None
        }
    };
}

errnos! {
    EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EAGAIN ECONNREFUSED EDESTADDRREQ EDOM EFAULT EHOSTDOWN EHOSTUNREACH
    EINTR EINVAL EIO EMFILE EMSGSIZE ENETDOWN ENETUNREACH ENFILE ENOBUFS ENODEV ENOMEM ENOPROTOOPT ENOSYS ENOTCONN
    ENXIO EOPNOTSUPP EPERM EPROTONOSUPPORT ETIMEDOUT EWOULDBLOCK
}
