//! Text: any bytes under any label into any capacity. Outputs stay inside their memory, end in NUL and on a whole character.

#![no_main]

mod bytes;

use std::ffi::{CStr, CString};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use udp::Code;
use udp::ffi::error::udp_last_length;
use udp::ffi::text::{udp_decode, udp_encode};
use udp::ffi::types::udp_text_info;

const LABELS: &[&CStr] = &[
    c"auto",
    c"auto:big5",
    c"AUTO:gbk",
    c"utf-8",
    c"utf-16le",
    c"utf-16be",
    c"gbk",
    c"gb18030",
    c"big5",
    c"shift_jis",
    c"euc-jp",
    c"iso-2022-jp",
    c"euc-kr",
    c"koi8-u",
    c"windows-1252",
    c"iso-8859-8-i",
    c"x-user-defined",
    c"auto:utf-16le",
    c"ibm866",
    c"macintosh",
    c"replacement",
    c"",
    c"auto:auto",
];
/// Encodings that have every character.
const UNICODE: &[&CStr] =
    &[c"auto", c"auto:big5", c"AUTO:gbk", c"utf-8", c"utf-16le", c"utf-16be", c"auto:utf-16le"];
const OLD: u8 = 0xAA;
const INFO: udp_text_info = udp_text_info { encoding: [1; 24], bytes: 7, replaced: 7, reserved: [7; 2] };

fuzz_target!(|data: &[u8]| {
    let mut bytes = Bytes(data);
    let (action, label) = (bytes.byte(), usize::from(bytes.byte()));
    let own;
    let label = match LABELS.get(label) {
        Some(label) => label,
        None => {
            own = CString::new(bytes.take(label % 16).split(|&byte| byte == 0).next().unwrap()).unwrap();
            &*own
        }
    };
    let cap = bytes.below(3 * data.len() + 2);
    match action % 2 {
        0 => decode(label, bytes.0, cap),
        _ => encode(label, bytes.0, cap),
    }
});

/// `udp_decode` into exactly `cap` bytes.
fn decoded(label: &CStr, data: &[u8], cap: usize) -> (i32, Vec<u8>, udp_text_info) {
    // A copy of its own, so that a read beyond it is found.
    let (data, mut text, mut info) = (data.to_vec(), vec![OLD; cap], INFO);
    // SAFETY: a C string, `len` and `cap` bytes, and room for the info.
    let code = unsafe {
        udp_decode(label.as_ptr(), data.as_ptr().cast(), data.len(), text.as_mut_ptr().cast(), cap, &mut info)
    };
    (code, text, info)
}

fn decode(label: &CStr, data: &[u8], cap: usize) {
    let (code, whole, info) = decoded(label, data, 3 * data.len() + 1);
    if code < 0 {
        // Room for every text was there, so the label is to blame.
        assert!(code == Code::Encoding as i32 || code == Code::Utf8 as i32, "{code}");
        assert!(whole.iter().all(|&byte| byte == OLD));
        assert_eq!((info.bytes, info.reserved), (INFO.bytes, INFO.reserved));
        assert_eq!(decoded(label, data, cap).0, code);
        return;
    }
    let text = ended(&whole, code as usize);
    assert_eq!((info.bytes as usize, info.reserved), (data.len(), [0; 2]));
    assert!(info.encoding.contains(&0) && info.encoding[0] != 0);
    let marks = text.chars().filter(|&c| c == char::REPLACEMENT_CHARACTER).count();
    assert!(info.replaced as usize <= marks);
    if label.to_bytes().starts_with(b"auto") && std::str::from_utf8(data) == Ok(text) {
        assert_eq!(info.replaced, 0);
    }

    let (code, cut, cut_info) = decoded(label, data, cap);
    if cap == 0 {
        return assert_eq!(code, Code::BufferTooSmall as i32);
    }
    assert_eq!(
        (cut_info.encoding, cut_info.bytes, cut_info.replaced),
        (info.encoding, info.bytes, info.replaced)
    );
    if text.len() < cap {
        assert_eq!(ended(&cut, usize::try_from(code).unwrap()), text);
    } else {
        assert_eq!((code, udp_last_length()), (Code::Truncated as i32, text.len()));
        let room = (0..cap).rev().find(|&end| text.is_char_boundary(end)).unwrap();
        assert_eq!(ended(&cut, room), &text[..room]);
    }
}

/// The text of an output: `length` bytes, a NUL, and nothing behind it.
fn ended(output: &[u8], length: usize) -> &str {
    assert_eq!(output[length], 0);
    assert!(output[length + 1..].iter().all(|&byte| byte == OLD));
    std::str::from_utf8(&output[..length]).unwrap()
}

/// `udp_encode` into exactly `cap` bytes.
fn encoded(label: &CStr, text: &[u8], cap: usize) -> (i32, Vec<u8>) {
    let (text, mut out) = (text.to_vec(), vec![OLD; cap]);
    // SAFETY: a C string, `len` and `cap` bytes.
    let code =
        unsafe { udp_encode(label.as_ptr(), text.as_ptr().cast(), text.len(), out.as_mut_ptr().cast(), cap) };
    (code, out)
}

fn encode(label: &CStr, text: &[u8], cap: usize) {
    let (code, out) = encoded(label, text, cap);
    if code < 0 {
        assert!(out.iter().all(|&byte| byte == OLD));
    }
    if code == Code::BufferTooSmall as i32 {
        let needed = udp_last_length();
        assert!(needed > cap);
        let (code, out) = encoded(label, text, needed);
        assert_eq!((code as usize, out.len()), (needed, needed));
        return same(label, text, &out);
    }
    if code < 0 {
        let codes = [Code::Unmappable, Code::Encoding, Code::Utf8].map(|code| code as i32);
        assert!(codes.contains(&code), "{code}");
        assert!(!UNICODE.contains(&label) || std::str::from_utf8(text).is_err());
        return;
    }
    assert!(out[code as usize..].iter().all(|&byte| byte == OLD));
    same(label, text, &out[..code as usize]);
}

/// Encodings that have every character give the text back.
fn same(label: &CStr, text: &[u8], bytes: &[u8]) {
    let label = if label.to_bytes().len() > 4 && label.to_bytes()[..4].eq_ignore_ascii_case(b"auto") {
        c"auto"
    } else {
        label
    };
    // gb18030 writes 18 private-use characters as the bytes of characters that Unicode got later.
    let private = |text: &str| text.contains(|c| matches!(c, '\u{e000}'..='\u{f8ff}'));
    let gb18030 = label == c"gb18030" && !std::str::from_utf8(text).is_ok_and(private);
    if UNICODE.contains(&label) || gb18030 {
        let (code, back, info) = decoded(label, bytes, 3 * bytes.len() + 1);
        assert_eq!((ended(&back, code as usize).as_bytes(), info.replaced), (text, 0));
    }
}
