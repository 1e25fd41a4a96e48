//! Section "Text".

use std::ffi::{c_char, c_void};

use super::guard::{bytes, bytes_mut, c_str, count, guard, required, socket, timeout, utf8, write};
use super::receive::whole;
use super::send::destination;
use super::types::{udp_addr, udp_socket, udp_text_info};
use crate::error::{Code, Error, Result, floor_char_boundary};
use crate::segment::MAX_IPV4;
use crate::text::{Codec, Decoded};

/// The codec of a label from C.
///
/// # Safety
/// `encoding`, if not NULL, is a C string.
unsafe fn codec(encoding: *const c_char) -> Result<Codec> {
    // SAFETY: as this function requires.
    Codec::of(unsafe { c_str(encoding) }?.ok_or(Code::Null)?)
}

/// Stores decoded text with its NUL, as much as fits, and the info.
fn store(decoded: &Decoded, bytes: usize, place: &mut [u8], info: *mut udp_text_info) -> Result<i32> {
    let text = &decoded.text;
    let room =
        place.len().checked_sub(1).ok_or_else(|| Error::too_long(Code::BufferTooSmall, text.len() + 1))?;
    let stored = &text[..floor_char_boundary(text, room)];
    place[..stored.len()].copy_from_slice(stored.as_bytes());
    place[stored.len()] = 0;
    let mut found =
        udp_text_info { encoding: [0; 24], bytes: 0, replaced: decoded.replaced, reserved: [0; 2] };
    for (place, byte) in found.encoding.iter_mut().zip(decoded.encoding.name().bytes()) {
        *place = byte as c_char;
    }
    found.bytes = u32::try_from(bytes).map_err(|_| Error::from(Code::Invalid))?;
    // SAFETY: NULL or room for it, as the header requires.
    unsafe { write(info, found) };
    if stored.len() < text.len() {
        return Err(Error::too_long(Code::Truncated, text.len()));
    }
    count(text.len())
}

/// Encodes UTF-8 text.
///
/// \param encoding  A WHATWG label in any case, such as "gbk", "gb18030", "big5", "shift_jis" or "utf-16le"; "auto" is
///                  UTF-8.
/// \param text      UTF-8 text; NULL if `len` is 0.
/// \param len       Its length in bytes.
/// \param out       Receives the encoded bytes; NULL if `cap` is 0.
/// \param cap       Size of `out` in bytes.
/// \return The number of bytes stored, or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` returns the
///         size needed), `UDP_ERR_UNMAPPABLE` (a character does not exist in the encoding; none is ever replaced),
///         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_UTF8`, `UDP_ERR_NULL`, `UDP_ERR_INVALID`, `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_encode(
    encoding: *const c_char,
    text: *const c_char,
    len: usize,
    out: *mut c_void,
    cap: usize,
) -> i32 {
    guard(|| {
        // SAFETY: a C string, `len` readable and `cap` writable bytes, as the header requires.
        let (codec, text, out) =
            unsafe { (codec(encoding)?, bytes(text.cast(), len)?, bytes_mut(out.cast(), cap)?) };
        let encoded = codec.encode(utf8(text)?)?;
        let place = out
            .get_mut(..encoded.len())
            .ok_or_else(|| Error::too_long(Code::BufferTooSmall, encoded.len()))?;
        place.copy_from_slice(&encoded);
        count(encoded.len())
    })
}

/// Decodes bytes to UTF-8 text. Each malformed sequence becomes U+FFFD and is counted in `info`. A byte-order mark is kept
/// as a character (U+FEFF).
///
/// \param encoding  A WHATWG label. "auto" decodes strict UTF-8 and, if the bytes are not UTF-8, gb18030 (which includes
///                  GBK). "auto:big5" falls back to Big5, and so on. UTF-16 is never guessed.
/// \param buf       The bytes; NULL if `len` is 0.
/// \param len       Number of bytes.
/// \param text      Receives the text, NUL-terminated.
/// \param cap       Size of `text` in bytes, NUL included; 3 * `len` + 1 is always enough.
/// \param info      Receives the encoding that was used and the number of replacements; NULL if it is not needed.
/// \return The length of the text in bytes, without its NUL. Or `UDP_ERR_TRUNCATED`: its beginning, up to a whole character,
///         was stored, and `udp_last_length` returns its length. Or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`cap`
///         is 0), `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_NULL`, `UDP_ERR_UTF8` (the label), `UDP_ERR_INVALID`,
///         `UDP_ERR_MEMORY`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_decode(
    encoding: *const c_char,
    buf: *const c_void,
    len: usize,
    text: *mut c_char,
    cap: usize,
    info: *mut udp_text_info,
) -> i32 {
    guard(|| {
        let text = required(text)?;
        // SAFETY: a C string, `len` readable and `cap` writable bytes, as the header requires.
        let (codec, data, place) =
            unsafe { (codec(encoding)?, bytes(buf.cast(), len)?, bytes_mut(text.as_ptr().cast(), cap)?) };
        store(&codec.decode(data)?, len, place, info)
    })
}

/// Encodes UTF-8 text and sends it as one datagram: `udp_encode`, then `udp_sendto`.
///
/// \param s         The socket.
/// \param encoding  A WHATWG label; "auto" is UTF-8.
/// \param text      UTF-8 text; NULL if `len` is 0.
/// \param len       Its length in bytes.
/// \param to        The destination, or NULL for the peer of `udp_connect`.
/// \return The datagram's length, or, with nothing sent, the errors of `udp_encode` (other than
///         `UDP_ERR_BUFFER_TOO_SMALL`) and `udp_sendto`.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_sendto_text(
    s: udp_socket,
    encoding: *const c_char,
    text: *const c_char,
    len: usize,
    to: *const udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: a C string, `len` readable bytes, NULL or a valid address, as the header requires.
        let (codec, text, to) = unsafe { (codec(encoding)?, bytes(text.cast(), len)?, destination(to)?) };
        let socket = socket(s)?;
        let datagram = codec.encode(utf8(text)?)?;
        socket.send_to(&datagram, to)?;
        count(datagram.len())
    })
}

/// Receives one datagram and decodes it to UTF-8 text: `udp_recvfrom`, then `udp_decode`. The datagram is always received
/// whole; only the text may be cut.
///
/// \param s           The socket.
/// \param encoding    As for `udp_decode`: a WHATWG label, "auto", or "auto:" and a label.
/// \param text        Receives the text, NUL-terminated.
/// \param cap         Size of `text` in bytes, NUL included.
/// \param from        Receives the sender's address; NULL if it is not needed.
/// \param info        Receives the encoding that was used, the datagram's length and the number of replacements; NULL if it
///                    is not needed.
/// \param timeout_ms  Timeout in milliseconds; -1 waits forever, 0 does not wait.
/// \return The length of the text in bytes, without its NUL, or the errors of `udp_recvfrom` and `udp_decode`. With
///         `UDP_ERR_TRUNCATED`, the beginning of the text, `from` and `info` were stored. A bad label or a `cap` of 0 fails
///         before anything is received.
/// \since 0.1.0
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_recvfrom_text(
    s: udp_socket,
    encoding: *const c_char,
    text: *mut c_char,
    cap: usize,
    from: *mut udp_addr,
    info: *mut udp_text_info,
    timeout_ms: i32,
) -> i32 {
    guard(|| {
        let text = required(text)?;
        // SAFETY: a C string and `cap` writable bytes, as the header requires.
        let (codec, place) = unsafe { (codec(encoding)?, bytes_mut(text.as_ptr().cast(), cap)?) };
        if place.is_empty() {
            return Err(Error::too_long(Code::BufferTooSmall, 1));
        }
        let mut datagram = Vec::new();
        datagram.try_reserve_exact(LARGEST).map_err(|_| Error::from(Code::Memory))?;
        datagram.resize(LARGEST, 0);
        let received = socket(s)?.recv_from(&mut datagram, timeout(timeout_ms)?)?;
        // SAFETY: NULL or room for an address, as the header requires.
        unsafe { write(from, received.from.into()) };
        let datagram = &datagram[..whole(received)? as usize];
        store(&codec.decode(datagram)?, datagram.len(), place, info)
    })
}

/// No datagram is longer: UDP's length field has 16 bits (RFC 768).
const LARGEST: usize = u16::MAX as usize;

const _: () = assert!(LARGEST >= MAX_IPV4);
