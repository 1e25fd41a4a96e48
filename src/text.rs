//! Text encodings by their WHATWG labels, and `"auto"` for peers that use different encodings.

use encoding_rs::{DecoderResult, EncoderResult, Encoding, GB18030, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::{Code, Error, Result};

/// How to encode and decode text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// One encoding.
    Fixed(&'static Encoding),
    /// Strict UTF-8, or this encoding if the bytes are not UTF-8: `"auto"` falls back to gb18030, `"auto:LABEL"` to the
    /// label's encoding.
    Auto(&'static Encoding),
}

/// Decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The encoding that was used.
    pub encoding: &'static Encoding,
    /// How many malformed sequences were replaced by U+FFFD.
    pub replaced: u32,
}

impl Codec {
    /// The codec of a WHATWG label, in any case: `"utf-8"`, `"gbk"`, `"gb18030"`, `"big5"`, `"shift_jis"`, ..., or `"auto"`,
    /// or `"auto:"` and a label.
    pub fn of(label: &str) -> Result<Codec> {
        let find = |name: &str| {
            // The "replacement" encoding decodes everything to one U+FFFD: made for browsers, useless here.
            Encoding::for_label(name.as_bytes()).filter(|&encoding| encoding != REPLACEMENT).ok_or_else(
                || {
                    let hint = "use a label of encoding.spec.whatwg.org, such as gbk, or auto";
                    Error::new(Code::Encoding, format_args!("'{label}'; {hint}"))
                },
            )
        };
        let trimmed = label.trim();
        match trimmed.split_at_checked(4) {
            Some((auto, rest)) if auto.eq_ignore_ascii_case("auto") => match rest.strip_prefix(':') {
                Some(fallback) => find(fallback).map(Codec::Auto),
                None if rest.is_empty() => Ok(Codec::Auto(GB18030)),
                None => find(trimmed).map(Codec::Fixed),
            },
            _ => find(trimmed).map(Codec::Fixed),
        }
    }

    /// Encodes text. A character that the encoding does not have is an error; `auto` writes UTF-8.
    pub fn encode(self, text: &str) -> Result<Vec<u8>> {
        let encoding = match self {
            Codec::Fixed(encoding) => encoding,
            Codec::Auto(_) => UTF_8,
        };
        let mut bytes = Vec::new();
        let mut reserve = |room: usize| bytes.try_reserve(room).map_err(|_| Error::from(Code::Memory));
        // encoding_rs encodes UTF-16 as UTF-8, as HTML forms do.
        if encoding == UTF_16LE || encoding == UTF_16BE {
            reserve(2 * text.len())?;
            let to_bytes = if encoding == UTF_16LE { u16::to_le_bytes } else { u16::to_be_bytes };
            bytes.extend(text.encode_utf16().flat_map(to_bytes));
            return Ok(bytes);
        }
        let mut encoder = encoding.new_encoder();
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len()).ok_or(Code::Memory)?;
        reserve(room)?;
        match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true).0 {
            EncoderResult::InputEmpty => Ok(bytes),
            EncoderResult::Unmappable(c) => {
                let (code, name) = (u32::from(c), encoding.name());
                Err(Error::new(Code::Unmappable, format_args!("'{c}' (U+{code:04X}) is not in {name}")))
            }
            EncoderResult::OutputFull => {
                Err(Error::new(Code::Internal, format_args!("the encoder exceeded its bound")))
            }
        }
    }

    /// Bytes as text. What is malformed becomes U+FFFD, and is counted.
    pub fn decode(self, bytes: &[u8]) -> Result<Decoded> {
        match self {
            Codec::Fixed(encoding) => decode(encoding, bytes),
            Codec::Auto(_) if looks_like_utf8(bytes) => decode(UTF_8, bytes),
            Codec::Auto(fallback) => decode(fallback, bytes),
        }
    }
}

/// Whether it is UTF-8, or was until the datagram was cut inside a character: then what came before the cut has
/// characters of several bytes, which text in another encoding hardly ever imitates.
fn looks_like_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none() && !bytes[..error.valid_up_to()].is_ascii(),
    }
}

fn decode(encoding: &'static Encoding, bytes: &[u8]) -> Result<Decoded> {
    let mut decoder = encoding.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length(bytes.len()).ok_or(Code::Memory)?;
    let mut text = String::new();
    text.try_reserve(room).map_err(|_| Error::from(Code::Memory))?;
    let (mut rest, mut replaced) = (bytes, 0);
    loop {
        let (result, read) = decoder.decode_to_string_without_replacement(rest, &mut text, true);
        rest = &rest[read..];
        match result {
            DecoderResult::InputEmpty => return Ok(Decoded { text, encoding, replaced }),
            DecoderResult::Malformed(..) => {
                text.push(char::REPLACEMENT_CHARACTER);
                replaced += 1;
            }
            DecoderResult::OutputFull => {
                return Err(Error::new(Code::Internal, format_args!("the decoder exceeded its bound")));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decoded(label: &str, bytes: &[u8]) -> (String, &'static str, u32) {
        let found = Codec::of(label).unwrap().decode(bytes).unwrap();
        (found.text, found.encoding.name(), found.replaced)
    }

    fn encoded(label: &str, text: &str) -> Vec<u8> {
        Codec::of(label).unwrap().encode(text).unwrap()
    }

    #[test]
    fn decode_of_sentences_that_fool_detectors_is_right() {
        for text in ["联通", "中文", "你好,世界", "我们", "𠀀 is four bytes in GB18030", "朱镕基", "一号"]
        {
            assert_eq!(decoded("auto", &encoded("utf-8", text)), (text.into(), "UTF-8", 0));
        }
        for text in ["联通", "中文", "你好,世界", "我们", "朱镕基", "测试 with ASCII"] {
            assert_eq!(decoded("auto", &encoded("gbk", text)), (text.into(), "gb18030", 0));
        }
        assert_eq!(encoded("gbk", "联通"), [0xC1, 0xAA, 0xCD, 0xA8]);
        assert_eq!(encoded("gb18030", "𠀀"), [0x95, 0x32, 0x82, 0x36]);
        assert_eq!(decoded("auto", &[0x95, 0x32, 0x82, 0x36]), ("𠀀".into(), "gb18030", 0));
        assert_eq!(decoded("auto", b"plain"), ("plain".into(), "UTF-8", 0));
        assert_eq!(decoded("auto", b""), (String::new(), "UTF-8", 0));
        assert_eq!(decoded("big5", &encoded("big5", "繁體中文")), ("繁體中文".into(), "Big5", 0));
        assert_eq!(decoded("shift_jis", &encoded("shift_jis", "日本語")), ("日本語".into(), "Shift_JIS", 0));
        assert_eq!(decoded("auto:big5", &encoded("big5", "繁體中文")), ("繁體中文".into(), "Big5", 0));
        assert_eq!(decoded("auto:shift_jis", "日本語".as_bytes()), ("日本語".into(), "UTF-8", 0));
    }

    #[test]
    fn encode_of_a_missing_character_fails() {
        for (label, text) in [("gbk", "😀"), ("big5", "们"), ("iso-8859-1", "中"), ("shift_jis", "한")] {
            let error = Codec::of(label).unwrap().encode(text).unwrap_err();
            assert_eq!(error.code(), Code::Unmappable, "{label}");
            assert!(error.to_string().contains("U+"), "{error}");
        }
    }

    #[test]
    fn decode_of_a_cut_character_keeps_the_encoding() {
        let whole = "你好世界";
        for cut in 1..whole.len() {
            let (text, encoding, replaced) = decoded("auto", &whole.as_bytes()[..cut]);
            if cut > 3 {
                assert_eq!((encoding, replaced), ("UTF-8", u32::from(cut % 3 != 0)));
                assert_eq!(text.trim_end_matches('\u{fffd}'), &whole[..cut / 3 * 3]);
            }
        }
        let whole = encoded("gbk", "中文通信");
        for cut in 1..whole.len() {
            let (text, encoding, replaced) = decoded("auto", &whole[..cut]);
            assert_eq!((encoding, replaced), ("gb18030", (cut % 2) as u32));
            assert!("中文通信".starts_with(text.trim_end_matches('\u{fffd}')));
        }
    }

    #[test]
    fn auto_never_guesses_utf_16() {
        assert_eq!(encoded("utf-16le", "A中"), [0x41, 0, 0x2D, 0x4E]);
        assert_eq!(encoded("utf-16be", "A中"), [0, 0x41, 0x4E, 0x2D]);
        assert_eq!(decoded("utf-16le", &[0x41, 0, 0x2D, 0x4E]), ("A中".into(), "UTF-16LE", 0));
        assert_eq!(decoded("auto", &[0xFF, 0xFE, 0x41, 0]).1, "gb18030");
    }

    #[test]
    fn codec_of_an_unknown_label_fails() {
        for label in ["", "utf-99", "automatic", "auto:", "auto:nothing", "replacement", "gb 18030", "中"] {
            assert_eq!(Codec::of(label).unwrap_err().code(), Code::Encoding, "{label}");
        }
        assert_eq!(Codec::of(" AUTO ").unwrap(), Codec::Auto(GB18030));
        assert_eq!(Codec::of("GBK").unwrap(), Codec::of("gb2312").unwrap());
    }

    proptest! {
        #[test]
        fn decode_reverses_encode_in_unicode_encodings(text: String) {
            for label in ["utf-8", "gb18030", "utf-16le", "utf-16be", "auto"] {
                // gb18030 lacks U+E5E5 and maps some private-use characters to others (WHATWG Encoding, 10.2).
                if label == "gb18030" && text.contains(|c| ('\u{e000}'..='\u{f8ff}').contains(&c)) {
                    continue;
                }
                let (back, _, replaced) = decoded(label, &encoded(label, &text));
                prop_assert_eq!((back.as_str(), replaced), (text.as_str(), 0));
            }
        }

        #[test]
        fn decode_accepts_any_bytes_under_any_label(bytes: Vec<u8>) {
            for label in ["auto", "utf-8", "gbk", "big5", "shift_jis", "utf-16le", "iso-2022-jp", "x-user-defined"] {
                let (text, _, replaced) = decoded(label, &bytes);
                let clean = label == "auto" && std::str::from_utf8(&bytes).is_ok();
                prop_assert!(!clean || (replaced == 0 && text.as_bytes() == bytes));
            }
        }
    }
}
