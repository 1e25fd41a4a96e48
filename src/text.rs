//! Text that arrives readable: encodings by their WHATWG labels, and `"auto"` for peers that do not agree on one.

use encoding_rs::{DecoderResult, EncoderResult, Encoding, GB18030, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};

use crate::error::{Code, Error, Result};

/// What a label asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codec {
    /// One encoding.
    Fixed(&'static Encoding),
    /// Strict UTF-8, or else this one: `"auto"` falls back to gb18030, `"auto:LABEL"` to what the label names.
    Auto(&'static Encoding),
}

/// Decoded text and how it came about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decoded {
    /// The text.
    pub text: String,
    /// The encoding that it was found to be in.
    pub encoding: &'static Encoding,
    /// How many malformed sequences were replaced by U+FFFD.
    pub replaced: u32,
}

impl Codec {
    /// The codec of a label, in any case: `"utf-8"`, `"gbk"`, `"gb18030"`, `"big5"`, `"shift_jis"`, ..., `"auto"`,
    /// `"auto:big5"`.
    pub fn of(label: &str) -> Result<Codec> {
        let find = |name: &str| {
            // The "replacement" encoding decodes everything to one U+FFFD: a trap for browsers, useless here.
            Encoding::for_label(name.as_bytes()).filter(|&encoding| encoding != REPLACEMENT).ok_or_else(
                || {
                    Error::new(
                        Code::Encoding,
                        format!("'{label}'; labels are those of encoding.spec.whatwg.org, and auto"),
                    )
                },
            )
        };
        let lower = label.trim().to_ascii_lowercase();
        match lower.strip_prefix("auto") {
            Some("") => Ok(Codec::Auto(GB18030)),
            Some(rest) => rest.strip_prefix(':').map_or_else(|| find(label), find).map(Codec::Auto),
            None => find(&lower).map(Codec::Fixed),
        }
    }

    /// Text as bytes. A character that the encoding does not have is an error; `auto` writes UTF-8.
    pub fn encode(self, text: &str) -> Result<Vec<u8>> {
        let encoding = match self {
            Codec::Fixed(encoding) => encoding,
            Codec::Auto(_) => UTF_8,
        };
        // encoding_rs encodes UTF-16 as UTF-8, as HTML forms do.
        if encoding == UTF_16LE {
            return Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        }
        if encoding == UTF_16BE {
            return Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
        let mut encoder = encoding.new_encoder();
        let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len()).ok_or(Code::Memory)?;
        let mut bytes = Vec::new();
        bytes.try_reserve(room).map_err(|_| Error::from(Code::Memory))?;
        match encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true).0 {
            EncoderResult::InputEmpty => Ok(bytes),
            EncoderResult::Unmappable(c) => {
                let (code, name) = (u32::from(c), encoding.name());
                Err(Error::new(Code::Unmappable, format!("'{c}' (U+{code:04X}) is not in {name}")))
            }
            EncoderResult::OutputFull => Err(Error::new(Code::Internal, "the encoder outgrew its own bound")),
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
                return Err(Error::new(Code::Internal, "the decoder outgrew its own bound"));
            }
        }
    }
}

/// The longest beginning of `text` that fits in `room` bytes and ends with a whole character.
pub(crate) fn prefix(text: &str, room: usize) -> &str {
    let end = (0..=room.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    &text[..end.unwrap_or(0)]
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
    fn the_sentences_that_fool_detectors_are_read_right() {
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
    fn a_character_that_the_encoding_lacks_is_an_error() {
        for (label, text) in [("gbk", "😀"), ("big5", "们"), ("iso-8859-1", "中"), ("shift_jis", "한")] {
            let error = Codec::of(label).unwrap().encode(text).unwrap_err();
            assert_eq!(error.code(), Code::Unmappable, "{label}");
            assert!(error.to_string().contains("U+"), "{error}");
        }
    }

    #[test]
    fn a_datagram_cut_inside_a_character_keeps_its_encoding() {
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
    fn utf_16_is_itself_and_never_a_guess() {
        assert_eq!(encoded("utf-16le", "A中"), [0x41, 0, 0x2D, 0x4E]);
        assert_eq!(encoded("utf-16be", "A中"), [0, 0x41, 0x4E, 0x2D]);
        assert_eq!(decoded("utf-16le", &[0x41, 0, 0x2D, 0x4E]), ("A中".into(), "UTF-16LE", 0));
        assert_eq!(decoded("auto", &[0xFF, 0xFE, 0x41, 0]).1, "gb18030");
    }

    #[test]
    fn unknown_labels_are_errors() {
        for label in ["", "utf-99", "automatic", "auto:", "auto:nothing", "replacement", "gb 18030", "中"] {
            assert_eq!(Codec::of(label).unwrap_err().code(), Code::Encoding, "{label}");
        }
        assert_eq!(Codec::of(" AUTO ").unwrap(), Codec::Auto(GB18030));
        assert_eq!(Codec::of("GBK").unwrap(), Codec::of("gb2312").unwrap());
    }

    #[test]
    fn a_prefix_ends_with_a_whole_character() {
        assert_eq!(
            ["", "", "", "中", "中a", "中a"].map(str::len),
            [0, 1, 2, 3, 4, 5].map(|room| prefix("中a", room).len())
        );
    }

    proptest! {
        #[test]
        fn what_utf8_gb18030_and_utf16_encode_they_decode(text: String) {
            for label in ["utf-8", "gb18030", "utf-16le", "utf-16be", "auto"] {
                // U+E5E5 is the one character that gb18030 does not have (WHATWG Encoding, 10.2.2).
                if label == "gb18030" && text.contains('\u{e5e5}') {
                    continue;
                }
                let (back, _, replaced) = decoded(label, &encoded(label, &text));
                prop_assert_eq!((back.as_str(), replaced), (text.as_str(), 0));
            }
        }

        #[test]
        fn any_bytes_decode_under_any_label(bytes: Vec<u8>) {
            for label in ["auto", "utf-8", "gbk", "big5", "shift_jis", "utf-16le", "iso-2022-jp", "x-user-defined"] {
                let (text, _, replaced) = decoded(label, &bytes);
                let clean = label == "auto" && std::str::from_utf8(&bytes).is_ok();
                prop_assert!(!clean || (replaced == 0 && text.as_bytes() == bytes));
            }
        }
    }
}
