//! Charsets whose bytes are not those of ASCII, turned into UTF-8 as they stream by.
//!
//! UTF-16 and UTF-32 (Unicode Standard, section 3.10) and the EBCDIC code page IBM037, which servers on some platforms
//! accept by name in a Content-Type and which hides every byte of a payload. Other charsets hold ASCII as it is and are
//! left alone.

/// A charset that must be turned into UTF-8 before anything can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Charset {
    Utf16Le,
    Utf16Be,
    Utf32Le,
    Utf32Be,
    Ibm037,
}

/// What a `charset` parameter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// UTF-8 or a subset of it.
    Utf8,
    /// One of [`Charset`].
    Known(Charset),
    /// One in which ASCII is ASCII, or an unknown one.
    Other,
}

/// Names (IANA character sets registry, with aliases), in lower case.
#[rustfmt::skip]
const NAMES: &[(&[u8], Named)] = &[
    (b"utf-8", Named::Utf8), (b"utf8", Named::Utf8), (b"us-ascii", Named::Utf8), (b"ascii", Named::Utf8),
    (b"utf-16", Named::Known(Charset::Utf16Be)), (b"utf-16be", Named::Known(Charset::Utf16Be)),
    (b"utf-16le", Named::Known(Charset::Utf16Le)), (b"ucs-2", Named::Known(Charset::Utf16Be)),
    (b"iso-10646-ucs-2", Named::Known(Charset::Utf16Be)), (b"unicode", Named::Known(Charset::Utf16Le)),
    (b"utf-32", Named::Known(Charset::Utf32Be)), (b"utf-32be", Named::Known(Charset::Utf32Be)),
    (b"utf-32le", Named::Known(Charset::Utf32Le)),
    (b"ibm037", Named::Known(Charset::Ibm037)), (b"cp037", Named::Known(Charset::Ibm037)),
    (b"ebcdic-cp-us", Named::Known(Charset::Ibm037)), (b"ebcdic-cp-ca", Named::Known(Charset::Ibm037)),
    (b"ebcdic-cp-wt", Named::Known(Charset::Ibm037)), (b"ebcdic-cp-nl", Named::Known(Charset::Ibm037)),
    // These differ from IBM037 in a handful of marks.
    (b"ibm500", Named::Known(Charset::Ibm037)), (b"cp500", Named::Known(Charset::Ibm037)),
    (b"ibm1047", Named::Known(Charset::Ibm037)), (b"ibm-1047", Named::Known(Charset::Ibm037)),
];

/// IBM037 to ISO 8859-1 (IBM code page 00037).
#[rustfmt::skip]
static IBM037: [u8; 256] = [
    0x00, 0x01, 0x02, 0x03, 0x9c, 0x09, 0x86, 0x7f, 0x97, 0x8d, 0x8e, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f,
    0x10, 0x11, 0x12, 0x13, 0x9d, 0x85, 0x08, 0x87, 0x18, 0x19, 0x92, 0x8f, 0x1c, 0x1d, 0x1e, 0x1f,
    0x80, 0x81, 0x82, 0x83, 0x84, 0x0a, 0x17, 0x1b, 0x88, 0x89, 0x8a, 0x8b, 0x8c, 0x05, 0x06, 0x07,
    0x90, 0x91, 0x16, 0x93, 0x94, 0x95, 0x96, 0x04, 0x98, 0x99, 0x9a, 0x9b, 0x14, 0x15, 0x9e, 0x1a,
    0x20, 0xa0, 0xe2, 0xe4, 0xe0, 0xe1, 0xe3, 0xe5, 0xe7, 0xf1, 0xa2, 0x2e, 0x3c, 0x28, 0x2b, 0x7c,
    0x26, 0xe9, 0xea, 0xeb, 0xe8, 0xed, 0xee, 0xef, 0xec, 0xdf, 0x21, 0x24, 0x2a, 0x29, 0x3b, 0xac,
    0x2d, 0x2f, 0xc2, 0xc4, 0xc0, 0xc1, 0xc3, 0xc5, 0xc7, 0xd1, 0xa6, 0x2c, 0x25, 0x5f, 0x3e, 0x3f,
    0xf8, 0xc9, 0xca, 0xcb, 0xc8, 0xcd, 0xce, 0xcf, 0xcc, 0x60, 0x3a, 0x23, 0x40, 0x27, 0x3d, 0x22,
    0xd8, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0xab, 0xbb, 0xf0, 0xfd, 0xfe, 0xb1,
    0xb0, 0x6a, 0x6b, 0x6c, 0x6d, 0x6e, 0x6f, 0x70, 0x71, 0x72, 0xaa, 0xba, 0xe6, 0xb8, 0xc6, 0xa4,
    0xb5, 0x7e, 0x73, 0x74, 0x75, 0x76, 0x77, 0x78, 0x79, 0x7a, 0xa1, 0xbf, 0xd0, 0xdd, 0xde, 0xae,
    0x5e, 0xa3, 0xa5, 0xb7, 0xa9, 0xa7, 0xb6, 0xbc, 0xbd, 0xbe, 0x5b, 0x5d, 0xaf, 0xa8, 0xb4, 0xd7,
    0x7b, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0xad, 0xf4, 0xf6, 0xf2, 0xf3, 0xf5,
    0x7d, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f, 0x50, 0x51, 0x52, 0xb9, 0xfb, 0xfc, 0xf9, 0xfa, 0xff,
    0x5c, 0xf7, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0xb2, 0xd4, 0xd6, 0xd2, 0xd3, 0xd5,
    0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x36, 0x37, 0x38, 0x39, 0xb3, 0xdb, 0xdc, 0xd9, 0xda, 0x9f,
];

impl Named {
    /// What the charset called `name` is.
    pub fn of(name: &[u8]) -> Named {
        let name = name.trim_ascii();
        let known = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map_or(Named::Other, |&(_, named)| named)
    }
}

impl Charset {
    /// The charset that a byte order mark at the front of `head` tells, and the mark's length; `None` for the charset
    /// is UTF-8.
    pub fn from_mark(head: &[u8]) -> Option<(Option<Charset>, usize)> {
        match head {
            [0xef, 0xbb, 0xbf, ..] => Some((None, 3)),
            [0xff, 0xfe, 0, 0, ..] => Some((Some(Charset::Utf32Le), 4)),
            [0, 0, 0xfe, 0xff, ..] => Some((Some(Charset::Utf32Be), 4)),
            [0xff, 0xfe, ..] => Some((Some(Charset::Utf16Le), 2)),
            [0xfe, 0xff, ..] => Some((Some(Charset::Utf16Be), 2)),
            _ => None,
        }
    }

    /// The charset that the NULs beside ASCII characters at the front of `head` tell, as JSON readers do
    /// (RFC 4627, section 3).
    pub fn from_nuls(head: &[u8]) -> Option<Charset> {
        let text = |b: u8| matches!(b, b' '..=b'~' | b'\t' | b'\r' | b'\n');
        match *head {
            [a, 0, 0, 0, b, 0, 0, 0, ..] if text(a) && text(b) => Some(Charset::Utf32Le),
            [0, 0, 0, a, 0, 0, 0, b, ..] if text(a) && text(b) => Some(Charset::Utf32Be),
            [a, 0, b, 0, ..] if text(a) && text(b) => Some(Charset::Utf16Le),
            [0, a, 0, b, ..] if text(a) && text(b) => Some(Charset::Utf16Be),
            _ => None,
        }
    }

    /// Name of the step in a point.
    pub const fn name(self) -> &'static str {
        match self {
            Charset::Utf16Le | Charset::Utf16Be => "utf-16",
            Charset::Utf32Le | Charset::Utf32Be => "utf-32",
            Charset::Ibm037 => "ibm037",
        }
    }

    const fn unit(self) -> usize {
        match self {
            Charset::Utf16Le | Charset::Utf16Be => 2,
            Charset::Utf32Le | Charset::Utf32Be => 4,
            Charset::Ibm037 => 1,
        }
    }
}

/// Most bytes of UTF-8 that one byte may become, those held from before left aside.
const GROWTH: usize = 3;

/// Turns the bytes of one text into UTF-8, in pieces of any size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transcoder {
    charset: Charset,
    /// The bytes of a unit that is not complete.
    held: [u8; 4],
    len: usize,
    /// The first half of a surrogate pair, 0 if there is none.
    high: u32,
}

impl Transcoder {
    pub fn new(charset: Charset) -> Transcoder {
        Transcoder { charset, held: [0; 4], len: 0, high: 0 }
    }

    /// Appends to `out` what `bytes` complete: at most `GROWTH` bytes for each, and 8 more.
    pub fn run(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        out.reserve(bytes.len().saturating_mul(GROWTH).saturating_add(8));
        let unit = self.charset.unit();
        for &b in bytes {
            self.held[self.len] = b;
            self.len += 1;
            if self.len < unit {
                continue;
            }
            self.len = 0;
            let [a, b, c, d] = self.held;
            match self.charset {
                Charset::Utf16Le => self.utf16(u32::from(u16::from_le_bytes([a, b])), out),
                Charset::Utf16Be => self.utf16(u32::from(u16::from_be_bytes([a, b])), out),
                Charset::Utf32Le => push(u32::from_le_bytes([a, b, c, d]), out),
                Charset::Utf32Be => push(u32::from_be_bytes([a, b, c, d]), out),
                Charset::Ibm037 => push(u32::from(IBM037[usize::from(a)]), out),
            }
        }
    }

    /// Ends the text: half a unit is passed on as the bytes it is.
    pub fn finish(&mut self, out: &mut Vec<u8>) {
        if self.high != 0 {
            push(self.high, out);
        }
        out.extend_from_slice(&self.held[..self.len]);
        *self = Transcoder::new(self.charset);
    }

    fn utf16(&mut self, unit: u32, out: &mut Vec<u8>) {
        let high = std::mem::take(&mut self.high);
        if high != 0 {
            if (0xdc00..0xe000).contains(&unit) {
                return push(0x1_0000 + ((high - 0xd800) << 10) + (unit - 0xdc00), out);
            }
            push(high, out);
        }
        if (0xd800..0xdc00).contains(&unit) {
            self.high = unit;
        } else {
            push(unit, out);
        }
    }
}

/// Appends a code point; one that is none becomes U+FFFD.
fn push(code: u32, out: &mut Vec<u8>) {
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn transcode(charset: Charset, pieces: &[&[u8]]) -> Vec<u8> {
        let (mut transcoder, mut out) = (Transcoder::new(charset), Vec::new());
        pieces.iter().for_each(|p| transcoder.run(p, &mut out));
        transcoder.finish(&mut out);
        out
    }

    #[test]
    fn ebcdic_letters_and_marks_become_ascii() {
        let text = [0xc1, 0x82, 0xf1, 0x7e, 0x7d, 0x6e, 0x4c, 0x40, 0x61];
        assert_eq!(transcode(Charset::Ibm037, &[&text]), b"Ab1='>< /");
        let mut all = IBM037;
        all.sort_unstable();
        assert!(all.iter().enumerate().all(|(i, &b)| i == usize::from(b)), "a permutation");
    }

    #[test]
    fn broken_surrogates_and_halves_are_kept_in_some_form() {
        assert_eq!(
            transcode(Charset::Utf16Be, &[b"\xd8\x00\x00a\xdc\x00z"]),
            "\u{fffd}a\u{fffd}z".as_bytes()
        );
        assert_eq!(transcode(Charset::Utf16Le, &[b"a\0\x3d\xd8\x00\xde"]), "a\u{1f600}".as_bytes());
    }

    proptest! {
        #[test]
        fn text_survives_any_cut(text in any::<String>(), cut in any::<prop::sample::Index>()) {
            let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let (a, b) = wide.split_at(cut.index(wide.len() + 1));
            prop_assert_eq!(transcode(Charset::Utf16Le, &[a, b]), text.as_bytes());
            let wide: Vec<u8> = text.chars().flat_map(|c| u32::from(c).to_be_bytes()).collect();
            let (a, b) = wide.split_at(cut.index(wide.len() + 1));
            prop_assert_eq!(transcode(Charset::Utf32Be, &[a, b]), text.as_bytes());
        }
    }
}
