//! Section "Text".

use std::ffi::{c_char, c_void};

use super::guard::{bytes, bytes_mut, c_str, count, guard, required, socket, timeout, utf8, write};
use super::send::destination;
use super::types::{udp_addr, udp_socket, udp_text_info};
use crate::error::{Code, Error, Result};
use crate::socket::MAX_IPV4;
use crate::text::{Codec, Decoded, prefix};

/// The codec of a label that came from C.
///
/// # Safety
/// `encoding`, if not NULL, is a C string.
unsafe fn codec(encoding: *const c_char) -> Result<Codec> {
    // SAFETY: as this function asks.
    Codec::of(unsafe { c_str(encoding) }?.ok_or(Code::Null)?)
}

/// Stores decoded text with its NUL, and what was found; the beginning that fits, if it does not fit as a whole.
fn store(decoded: &Decoded, bytes: usize, place: &mut [u8], info: *mut udp_text_info) -> Result<i32> {
    let text = &decoded.text;
    let room =
        place.len().checked_sub(1).ok_or_else(|| Error::too_long(Code::BufferTooSmall, text.len() + 1))?;
    let stored = prefix(text, room);
    place[..stored.len()].copy_from_slice(stored.as_bytes());
    place[stored.len()] = 0;
    let mut found =
        udp_text_info { encoding: [0; 24], bytes: 0, replaced: decoded.replaced, reserved: [0; 2] };
    for (place, byte) in found.encoding.iter_mut().zip(decoded.encoding.name().bytes()) {
        *place = byte as c_char;
    }
    found.bytes = u32::try_from(bytes).map_err(|_| Error::from(Code::Invalid))?;
    // SAFETY: NULL or room for it, as the header asks.
    unsafe { write(info, found) };
    if stored.len() < text.len() {
        return Err(Error::too_long(Code::Truncated, text.len()));
    }
    count(text.len())
}

/// Turns UTF-8 text into bytes of another encoding.
///
/// \param encoding  A WHATWG label, such as "gbk", "gb18030", "big5", "shift_jis" or "utf-16le", in any case; "auto" is
///                  UTF-8.
/// \param text      UTF-8 text; NULL if `len` is 0.
/// \param len       Its length in bytes.
/// \param out       Gets the bytes; NULL if `cap` is 0.
/// \param cap       Its capacity in bytes.
/// \return How many bytes were stored, or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`udp_last_length` tells the capacity
///         needed), `UDP_ERR_UNMAPPABLE` (a character that the encoding does not have; none is ever replaced),
///         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_UTF8`, `UDP_ERR_NULL`, `UDP_ERR_INVALID`, `UDP_ERR_MEMORY`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_encode(
    encoding: *const c_char,
    text: *const c_char,
    len: usize,
    out: *mut c_void,
    cap: usize,
) -> i32 {
    guard(|| {
        // SAFETY: a C string, `len` readable and `cap` writable bytes, as the header asks.
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

/// Turns bytes into UTF-8 text. What is malformed becomes U+FFFD and is counted in `info`; a byte-order mark is text
/// like any other (U+FEFF).
///
/// \param encoding  A WHATWG label; "auto" reads strict UTF-8, and what is not that as gb18030; "auto:big5" falls back to
///                  Big5, and so on. UTF-16 is never guessed.
/// \param buf       The bytes; NULL if `len` is 0.
/// \param len       How many there are.
/// \param text      Gets the text, NUL-terminated.
/// \param cap       Its capacity in bytes, with the NUL; 3 * `len` + 1 is always enough.
/// \param info      Gets the encoding found, and how many replacements there are; NULL if it is not wanted.
/// \return The text's length in bytes, without the NUL; or `UDP_ERR_TRUNCATED`: its beginning, up to a whole character,
///         was stored, and `udp_last_length` tells its length; or, with nothing stored: `UDP_ERR_BUFFER_TOO_SMALL` (`cap` is 0),
///         `UDP_ERR_ENCODING` (unknown label), `UDP_ERR_NULL`, `UDP_ERR_UTF8` (in the label), `UDP_ERR_INVALID`,
///         `UDP_ERR_MEMORY`.
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
        // SAFETY: a C string, `len` readable and `cap` writable bytes, as the header asks.
        let (codec, data, place) =
            unsafe { (codec(encoding)?, bytes(buf.cast(), len)?, bytes_mut(text.as_ptr().cast(), cap)?) };
        store(&codec.decode(data)?, len, place, info)
    })
}

/// Sends UTF-8 text as one datagram in another encoding: `udp_encode`, then `udp_sendto`.
///
/// \param s         The socket.
/// \param encoding  A WHATWG label; "auto" is UTF-8.
/// \param text      UTF-8 text; NULL if `len` is 0.
/// \param len       Its length in bytes.
/// \param to        The destination, or NULL for the peer of `udp_connect`.
/// \return The datagram's length, or, with nothing sent, the errors of `udp_encode` (but `UDP_ERR_BUFFER_TOO_SMALL`) and
///         `udp_sendto`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn udp_sendto_text(
    s: udp_socket,
    encoding: *const c_char,
    text: *const c_char,
    len: usize,
    to: *const udp_addr,
) -> i32 {
    guard(|| {
        // SAFETY: a C string, `len` readable bytes, NULL or a valid address, as the header asks.
        let (codec, text, to) = unsafe { (codec(encoding)?, bytes(text.cast(), len)?, destination(to)?) };
        let socket = socket(s)?;
        let datagram = codec.encode(utf8(text)?)?;
        socket.send_to(&datagram, to)?;
        count(datagram.len())
    })
}

/// Receives one datagram and turns it into UTF-8 text: `udp_recvfrom`, then `udp_decode`. The datagram is taken whole,
/// whatever `cap` is; it is only the text that may be cut.
///
/// \param s           The socket.
/// \param encoding    As for `udp_decode`: a WHATWG label, "auto" or "auto:LABEL".
/// \param text        Gets the text, NUL-terminated.
/// \param cap         Its capacity in bytes, with the NUL.
/// \param from        Gets the sender's address; NULL if it is not wanted.
/// \param info        Gets the encoding found, the datagram's length and the replacements; NULL if it is not wanted.
/// \param timeout_ms  How long to wait at most, in milliseconds; -1 for ever, 0 not at all.
/// \return The text's length in bytes, without the NUL; or the errors of `udp_recvfrom` and `udp_decode`. With
///         `UDP_ERR_TRUNCATED` the text's beginning, `from` and `info` were stored. A bad label or a `cap` of 0 is
///         told before anything is received.
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
        // SAFETY: a C string and `cap` writable bytes, as the header asks.
        let (codec, place) = unsafe { (codec(encoding)?, bytes_mut(text.as_ptr().cast(), cap)?) };
        if place.is_empty() {
            return Err(Error::too_long(Code::BufferTooSmall, 1));
        }
        let mut datagram = Vec::new();
        datagram.try_reserve_exact(LARGEST).map_err(|_| Error::from(Code::Memory))?;
        datagram.resize(LARGEST, 0);
        let received = socket(s)?.recv_from(&mut datagram, timeout(timeout_ms)?)?;
        // SAFETY: NULL or room for an address, as the header asks.
        unsafe { write(from, received.from.into()) };
        let datagram = &datagram[..received.length];
        store(&codec.decode(datagram)?, datagram.len(), place, info)
    })
}

/// No datagram is longer: the length field of UDP has 16 bits.
const LARGEST: usize = u16::MAX as usize;

const _: () = assert!(LARGEST >= MAX_IPV4);
