//! Contents of parts that are encoded or in another charset, decoded beside the contents as sent.

use super::super::charset::{Charset, Named, Transcoder};

/// Most decoded bytes of one part.
const MOST: usize = 32 << 10;

/// How a part says that its content is encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    /// As it is.
    None,
    /// RFC 2045, section 6.8.
    Base64,
    /// RFC 2045, section 6.7.
    QuotedPrintable,
    /// Neither of these but in a charset that hides ASCII.
    Charset(Charset),
}

impl Encoding {
    /// The encoding that a Content-Transfer-Encoding names, `None` if it is not known.
    pub fn of(value: &[u8]) -> Option<Encoding> {
        let is = |name: &[u8]| value.trim_ascii().eq_ignore_ascii_case(name);
        if is(b"base64") {
            Some(Encoding::Base64)
        } else if is(b"quoted-printable") {
            Some(Encoding::QuotedPrintable)
        } else if is(b"7bit") || is(b"8bit") || is(b"binary") {
            Some(Encoding::None)
        } else {
            None
        }
    }

    /// The encoding that a charset means.
    pub fn of_charset(charset: Named) -> Encoding {
        match charset {
            Named::Known(charset) => Encoding::Charset(charset),
            _ => Encoding::None,
        }
    }

    /// Name of the step in a point.
    pub const fn name(self) -> &'static str {
        match self {
            Encoding::None => "",
            Encoding::Base64 => "base64",
            Encoding::QuotedPrintable => "quoted-printable",
            Encoding::Charset(charset) => charset.name(),
        }
    }
}

/// Decodes the content of one part after the other. Most servers ignore these encodings in forms (RFC 7578,
/// section 4.7), so the content as sent is judged as it streams by, and what it decodes to is collected here.
#[derive(Debug)]
pub(super) struct Transfer {
    encoding: Encoding,
    /// What has been decoded.
    pub out: Vec<u8>,
    /// Base64: the bits that make no byte yet, and how many.
    bits: (u32, u32),
    /// Quoted-printable: an escape that is not complete.
    escape: [u8; 2],
    escape_len: usize,
    transcoder: Option<Transcoder>,
    /// Whether there was more than [`MOST`].
    pub over: bool,
}

impl Default for Transfer {
    fn default() -> Self {
        Transfer {
            encoding: Encoding::None,
            out: Vec::new(),
            bits: (0, 0),
            escape: [0; 2],
            escape_len: 0,
            transcoder: None,
            over: false,
        }
    }
}

impl Transfer {
    /// Makes ready for a content in `encoding`; the buffer is kept.
    pub fn start(&mut self, encoding: Encoding) {
        self.encoding = encoding;
        self.out.clear();
        (self.bits, self.escape_len, self.over) = ((0, 0), 0, false);
        self.transcoder = match encoding {
            Encoding::Charset(charset) => Some(Transcoder::new(charset)),
            _ => None,
        };
    }

    /// How the content is encoded.
    pub const fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Takes the next bytes of the content.
    pub fn push(&mut self, bytes: &[u8]) {
        if self.encoding == Encoding::None {
            return;
        }
        for &b in bytes {
            if self.out.len() >= MOST {
                self.over = true;
                return;
            }
            match self.encoding {
                Encoding::None => {}
                Encoding::Base64 => self.base64(b),
                Encoding::QuotedPrintable => self.quoted_printable(b),
                Encoding::Charset(_) => {
                    if let Some(transcoder) = &mut self.transcoder {
                        transcoder.run(&[b], &mut self.out);
                    }
                }
            }
        }
    }

    /// Ends the content.
    pub fn finish(&mut self) {
        if self.encoding == Encoding::QuotedPrintable {
            let (held, n) = (self.escape, self.escape_len);
            self.out.extend_from_slice(&held[..n]);
        }
        if let Some(transcoder) = &mut self.transcoder {
            transcoder.finish(&mut self.out);
        }
    }

    /// Bytes outside the alphabet are left out, as RFC 2045 asks.
    fn base64(&mut self, b: u8) {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => return self.bits = (0, 0),
            _ => return,
        };
        let (bits, n) = (self.bits.0 << 6 | u32::from(value), self.bits.1 + 6);
        if n < 8 {
            self.bits = (bits, n);
        } else {
            self.out.push((bits >> (n - 8)) as u8);
            self.bits = (bits & ((1 << (n - 8)) - 1), n - 8);
        }
    }

    /// `=XX` is a byte, `=` before a line end joins lines, anything else stays as it is.
    fn quoted_printable(&mut self, b: u8) {
        let held = self.escape;
        match (&held[..self.escape_len], b) {
            ([], b'=') => (self.escape[0], self.escape_len) = (b, 1),
            ([], _) => self.out.push(b),
            ([_], b'\n') => self.escape_len = 0,
            ([_], _) if b == b'\r' || b.is_ascii_hexdigit() => (self.escape[1], self.escape_len) = (b, 2),
            ([_, b'\r'], b'\n') => self.escape_len = 0,
            ([_, high], _) if b.is_ascii_hexdigit() && *high != b'\r' => {
                let byte = super::super::name::escape(&[*high, b]);
                self.out.extend(byte);
                self.escape_len = 0;
            }
            (kept, _) => {
                self.out.extend_from_slice(kept);
                self.escape_len = 0;
                if b == b'=' {
                    (self.escape[0], self.escape_len) = (b, 1);
                } else {
                    self.out.push(b);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(encoding: Encoding, text: &[u8]) -> Vec<u8> {
        let mut transfer = Transfer::default();
        transfer.start(encoding);
        transfer.push(text);
        transfer.finish();
        transfer.out
    }

    #[test]
    fn base64_with_line_breaks_and_strangers() {
        assert_eq!(decode(Encoding::Base64, b"SGVs\r\nbG8s !IHdv\ncmxk"), b"Hello, world");
        assert_eq!(decode(Encoding::Base64, b"YQ==YQ=="), b"aa");
    }

    #[test]
    fn quoted_printable_with_soft_breaks_and_stray_signs() {
        assert_eq!(decode(Encoding::QuotedPrintable, b"a=3Db=\r\nc=\nd=3dE"), b"a=bcd=E");
        assert_eq!(decode(Encoding::QuotedPrintable, b"1=1 x=zz ==41 =4=42="), b"1=1 x=zz =A =4B=");
    }

    #[test]
    fn decoding_stops_at_its_bound() {
        let mut transfer = Transfer::default();
        transfer.start(Encoding::QuotedPrintable);
        transfer.push(&b"x".repeat(MOST + 1));
        assert!(transfer.over && transfer.out.len() == MOST);
    }
}
