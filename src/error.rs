//! Error codes in one table: number, name, text and the operating system's errors that map to it.

use std::ffi::CStr;
use std::fmt::{self, Write};

use crate::sys::errno;

/// The result of every fallible call.
pub type Result<T> = std::result::Result<T, Error>;

/// One row of the table, which `udp_strerror`, `udp_error_name` and the header are made from.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The code that a C function returns.
    pub code: Code,
    /// The constant's name in the header.
    pub name: &'static CStr,
    /// The description: what `udp_strerror` returns and the constant's comment in the header.
    pub text: &'static CStr,
    /// The operating system's errors that map to this code.
    os: &'static [i32],
}

const fn c_str(text: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(text.as_bytes()) {
        Ok(text) => text,
        Err(_) => panic!("a text of the table has a NUL inside"),
    }
}

macro_rules! table {
    ($($value:literal $variant:ident $name:ident $text:literal [$($os:ident),*])*) => {
        /// What went wrong. The numbers are the C constants; a number is never reused for another error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum Code {
            $(#[doc = $text] $variant = $value,)*
        }

        /// All codes, in the order of the header.
        pub const TABLE: &[Row] = &[
            $(Row {
                code: Code::$variant,
                name: c_str(concat!("UDP_ERR_", stringify!($name), "\0")),
                text: c_str(concat!($text, "\0")),
                os: &[$(errno::$os),*],
            },)*
        ];
    };
}

table! {
     -1 Null           NULL             "a required pointer is NULL" [EFAULT]
     -2 Invalid        INVALID          "an argument is out of range" [EINVAL, EDOM]
     -3 Utf8           UTF8             "a text argument is not valid UTF-8" []
     -4 Flags          FLAGS            "unknown or contradictory flags" []
     -5 Option         OPTION           "unknown option, or one that this socket does not have" [ENOPROTOOPT]
     -6 Handle         HANDLE           "not a handle that udp_open or udp_poller_open returned, or one of the other kind" []
     -7 Closed         CLOSED           "the socket or the poller is closed" []
     -8 WouldBlock     WOULD_BLOCK      "the call would have to wait, and its timeout is 0" [EAGAIN, EWOULDBLOCK]
     -9 TimedOut       TIMED_OUT        "the timeout expired" [ETIMEDOUT]
    -10 Interrupted    INTERRUPTED      "a signal interrupted the wait" [EINTR]
    -11 Truncated      TRUNCATED        "the datagram or text is longer than the buffer; its beginning was stored" []
    -12 BufferTooSmall BUFFER_TOO_SMALL "the buffer is too small; nothing was stored" []
    -13 MessageSize    MSGSIZE          "the datagram is too large to send" [EMSGSIZE]
    -14 Refused        REFUSED          "the peer refused an earlier datagram: no socket is bound to that port" [ECONNREFUSED]
    -15 Unreachable    UNREACHABLE      "no route to the network or host" [ENETUNREACH, EHOSTUNREACH, ENETDOWN, EHOSTDOWN, ENETRESET]
    -16 NotConnected   NOT_CONNECTED    "no destination was given and the socket is not connected" [ENOTCONN, EDESTADDRREQ]
    -17 InUse          IN_USE           "another socket is bound to this address and port" [EADDRINUSE]
    -18 NotLocal       NOT_LOCAL        "the address does not belong to this machine" [EADDRNOTAVAIL]
    -19 NoInterface    NO_INTERFACE     "no such network interface, or none that is up and can do this" [ENODEV, ENXIO]
    -20 NotJoined      NOT_JOINED       "the socket is not a member of this group on this interface" []
    -21 Address        ADDRESS          "the text is not a numeric address" []
    -22 Family         FAMILY           "the address family does not match the socket" [EAFNOSUPPORT]
    -23 NameNotFound   NAME_NOT_FOUND   "no address is known for this host name" []
    -24 NameTryAgain   NAME_TRY_AGAIN   "the name service did not answer; try again later" []
    -25 Access         ACCESS           "permission denied" [EACCES, EPERM]
    -26 NoBuffers      NO_BUFFERS       "the system has no buffer space at the moment; nothing was sent" [ENOBUFS]
    -27 Limit          LIMIT            "too many open sockets, descriptors or memberships" [EMFILE, ENFILE]
    -28 Memory         MEMORY           "out of memory" [ENOMEM]
    -29 Unsupported    UNSUPPORTED      "this system does not support it" [EOPNOTSUPP, EPROTONOSUPPORT, ENOSYS]
    -30 Encoding       ENCODING         "unknown encoding" []
    -31 Unmappable     UNMAPPABLE       "a character does not exist in this encoding; nothing was stored or sent" []
    -32 Os             OS               "another error of the operating system; udp_last_os_error() returns its number" []
    -33 Internal       INTERNAL         "a bug in the library; the call was abandoned" []
}

impl Code {
    /// The table's row of this code.
    pub fn row(self) -> &'static Row {
        // The codes are -1, -2, ... in the table's order; a test holds them to it.
        &TABLE[(-(self as i32) - 1) as usize]
    }

    /// The code of a number from C; `None` if the library never returns that number.
    pub fn from_number(number: i32) -> Option<Code> {
        let index = number.checked_neg()?.checked_sub(1)?;
        TABLE.get(usize::try_from(index).ok()?).map(|row| row.code)
    }

    /// The code that an error of the operating system maps to.
    pub fn from_os(os: i32) -> Code {
        TABLE.iter().find(|row| row.os.contains(&os)).map_or(Code::Os, |row| row.code)
    }
}

/// A failure: its code, the operating system's error number if there is one, and a sentence about this case.
///
/// Creating, moving and dropping an error never allocates memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    code: Code,
    os: i32,
    /// Bytes that the call needed: the datagram's length if truncated, the capacity if a buffer was too small.
    needed: usize,
    context: Context,
}

/// The part of an error's sentence that is about this case.
#[derive(Clone, PartialEq, Eq)]
enum Context {
    Static(&'static str),
    Text { len: u8, bytes: [u8; CONTEXT_SIZE] },
}

/// Enough for the sentences of this library; a longer one is cut.
const CONTEXT_SIZE: usize = 94;

impl Context {
    fn format(text: fmt::Arguments<'_>) -> Context {
        if let Some(text) = text.as_str() {
            return Context::Static(text);
        }
        let mut bytes = [0; CONTEXT_SIZE];
        let mut place = Place { bytes: &mut bytes, len: 0 };
        // A sentence that is cut reports an error too.
        let _ = place.write_fmt(text);
        Context::Text { len: place.len as u8, bytes }
    }

    fn as_str(&self) -> &str {
        match self {
            Context::Static(text) => text,
            Context::Text { len, bytes } => std::str::from_utf8(&bytes[..usize::from(*len)]).unwrap_or(""),
        }
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// The length of the longest prefix of whole characters that is at most `room` bytes long. `str` has this since Rust 1.91.
pub(crate) fn floor_char_boundary(text: &str, room: usize) -> usize {
    (0..=room.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// Text written into a buffer of fixed size: what does not fit is cut at a whole character.
pub(crate) struct Place<'a> {
    pub(crate) bytes: &'a mut [u8],
    pub(crate) len: usize,
}

impl Write for Place<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = &mut self.bytes[self.len..];
        let fits = floor_char_boundary(text, room.len());
        room[..fits].copy_from_slice(&text.as_bytes()[..fits]);
        self.len += fits;
        if fits < text.len() { Err(fmt::Error) } else { Ok(()) }
    }
}

impl Error {
    /// A failure with a sentence that says more than the code's own text, made by `format_args!`.
    pub fn new(code: Code, context: fmt::Arguments<'_>) -> Error {
        Error { code, os: 0, needed: 0, context: Context::format(context) }
    }

    /// A failure of the operating system. `os` is `errno`, or the result of `WSAGetLastError`.
    pub fn from_os(os: i32) -> Error {
        Error { code: Code::from_os(os), os, needed: 0, context: Context::Static("") }
    }

    /// The code and the system's error number in one word, which is never 0.
    pub(crate) fn pack(&self) -> u64 {
        u64::from(self.code as i32 as u32) << 32 | u64::from(self.os as u32)
    }

    /// The error of a packed word; `None` for 0.
    pub(crate) fn unpack(word: u64) -> Option<Error> {
        let code = Code::from_number((word >> 32) as u32 as i32)?;
        Some(Error { os: word as u32 as i32, ..code.into() })
    }

    /// The same failure with another sentence.
    pub fn with_context(self, context: fmt::Arguments<'_>) -> Error {
        Error { context: Context::format(context), ..self }
    }

    /// The same failure under another code: the meaning of a system error depends on the call.
    pub fn with_code(self, code: Code) -> Error {
        Error { code, ..self }
    }

    /// The caller's buffer was too small for `needed` bytes.
    pub fn too_long(code: Code, needed: usize) -> Error {
        Error { code, os: 0, needed, context: Context::Static("") }
    }

    /// What went wrong.
    pub fn code(&self) -> Code {
        self.code
    }

    /// The operating system's error number; 0 if no system call failed.
    pub fn os(&self) -> i32 {
        self.os
    }

    /// The bytes that the call needed, for [`Code::Truncated`] and [`Code::BufferTooSmall`]; otherwise 0.
    pub fn needed(&self) -> usize {
        self.needed
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Error {
        Error { code, os: 0, needed: 0, context: Context::Static("") }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code.row().text.to_str().unwrap_or_default())?;
        if !self.context.as_str().is_empty() {
            write!(f, ": {}", self.context.as_str())?;
        }
        if self.needed > 0 {
            write!(f, " ({} bytes)", self.needed)?;
        }
        if self.os != 0 {
            // strerror would allocate.
            match errno::name(self.os) {
                Some(name) => write!(f, " ({name})")?,
                None => write!(f, " (system error {})", self.os)?,
            }
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_consecutive_in_table_order() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.code as i32, -(index as i32) - 1, "{:?}", row.name);
            assert_eq!(row.code.row().name, row.name);
            assert_eq!(Code::from_number(row.code as i32), Some(row.code));
        }
    }

    #[test]
    fn from_number_without_code_is_none() {
        for number in [0, 1, i32::MAX, i32::MIN, -(TABLE.len() as i32) - 1] {
            assert_eq!(Code::from_number(number), None, "{number}");
        }
    }

    #[test]
    fn from_os_maps_each_error_to_one_code() {
        let all: Vec<i32> = TABLE.iter().flat_map(|row| row.os).copied().collect();
        for os in &all {
            let rows = TABLE.iter().filter(|row| row.os.contains(os)).count();
            assert_eq!(rows, 1, "errno {os}");
        }
        assert_eq!(Code::from_os(errno::EADDRINUSE), Code::InUse);
        assert_eq!(Code::from_os(-7), Code::Os);
    }

    #[test]
    fn display_gives_code_context_length_and_system_error() {
        let error = Error::from_os(errno::EADDRINUSE).with_context(format_args!("{}:{}", "127.0.0.1", 8080));
        let name = errno::name(errno::EADDRINUSE).unwrap();
        let text = format!("another socket is bound to this address and port: 127.0.0.1:8080 ({name})");
        assert_eq!(error.to_string(), text);
        assert!(name.ends_with("EADDRINUSE"));
        let unknown = Error::from_os(7777).to_string();
        assert!(unknown.ends_with(" (system error 7777)"), "{unknown}");
        assert_eq!(
            Error::too_long(Code::Truncated, 900).to_string(),
            "the datagram or text is longer than the buffer; its beginning was stored (900 bytes)"
        );
    }

    #[test]
    fn unpack_reverses_pack() {
        let error = Error::from_os(errno::ECONNREFUSED);
        assert_eq!(Error::unpack(error.pack()), Some(error));
        assert_eq!(Error::unpack(Error::from(Code::Memory).pack()), Some(Code::Memory.into()));
        assert_eq!(Error::unpack(0), None);
    }

    #[test]
    fn context_longer_than_its_buffer_is_cut_at_a_whole_character() {
        for start in ["", "a", "ab"] {
            let text =
                Error::new(Code::Invalid, format_args!("{start}{}", "\u{4e2d}".repeat(100))).to_string();
            let cut = text.strip_prefix("an argument is out of range: ").unwrap();
            assert!((CONTEXT_SIZE - 2..=CONTEXT_SIZE).contains(&cut.len()), "{cut}");
            assert!(cut.trim_start_matches(['a', 'b']).chars().all(|c| c == '\u{4e2d}'), "{cut}");
        }
    }
}
