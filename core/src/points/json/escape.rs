//! The escapes of JSON strings, byte by byte.

use crate::http::{Anomalies, Anomaly};
use smallvec::SmallVec;

/// What became of a byte shown to [`Unescape::take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Escape {
    /// It belongs to the escape, which goes on.
    More,
    /// It ends the escape.
    Done(Anomalies),
    /// It does not belong to an escape: what came before it was none, and is text as it stands.
    Not,
}

/// The current escape, and half a surrogate pair if one has come.
#[derive(Clone, Debug, Default)]
pub(super) struct Unescape {
    /// The escape so far, backslash first.
    held: SmallVec<[u8; 8]>,
    /// The first half of a pair.
    high: Option<u32>,
}

impl Unescape {
    /// Begins an escape: a backslash has come.
    pub fn begin(&mut self) {
        self.held.push(b'\\');
    }

    /// Whether an escape of a backslash and `byte` stands for one byte, whatever came before.
    pub fn is_plain(&self, byte: u8) -> bool {
        matches!(byte, b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') && self.high.is_none()
    }

    /// Whether an escape has begun.
    pub fn is_open(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes the next byte of the escape; what it stands for goes to `text`.
    pub fn take(&mut self, byte: u8, text: &mut Vec<u8>) -> Escape {
        let mut odd = Anomalies::default();
        let digits = match self.held.get(1) {
            Some(b'u') => 4,
            Some(_) => 2,
            None => {
                let plain = match byte {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => plain(byte),
                    b'u' | b'x' => {
                        self.held.push(byte);
                        return Escape::More;
                    }
                    // JSON5 has these; what else may stand behind a backslash nobody agrees on, so that it stays.
                    b'\'' => {
                        odd.insert(Anomaly::InvalidJson);
                        byte
                    }
                    _ => {
                        odd.insert(Anomaly::InvalidJson);
                        self.end_pair(text);
                        text.push(b'\\');
                        byte
                    }
                };
                self.end_pair(text);
                text.push(plain);
                self.held.clear();
                return Escape::Done(odd);
            }
        };
        if !byte.is_ascii_hexdigit() {
            self.finish(text);
            return Escape::Not;
        }
        self.held.push(byte);
        if self.held.len() < digits + 2 {
            return Escape::More;
        }
        let code =
            self.held.iter().skip(2).fold(0u32, |n, &b| n << 4 | (b as char).to_digit(16).unwrap_or(0));
        if digits == 2 {
            odd.insert(Anomaly::InvalidJson);
        }
        self.held.clear();
        match (self.high.take(), code) {
            (Some(high), 0xdc00..=0xdfff) => push(0x10000 + ((high - 0xd800) << 10) + (code - 0xdc00), text),
            (high, code) => {
                if high.is_some() {
                    push(0xfffd, text);
                }
                match code {
                    0xd800..=0xdbff => self.high = Some(code),
                    _ => push(code, text),
                }
            }
        }
        if code == 0 {
            odd.insert(Anomaly::EncodedNul);
        }
        Escape::Done(odd)
    }

    /// Something other than an escape follows: half a pair stays half.
    pub fn end_pair(&mut self, text: &mut Vec<u8>) {
        if self.high.take().is_some() {
            push(0xfffd, text);
        }
    }

    /// No more of the escape comes: it was none.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        self.end_pair(text);
        text.extend_from_slice(&self.held);
        self.held.clear();
    }
}

/// The byte that a backslash and `byte` stand for.
pub(super) const fn plain(byte: u8) -> u8 {
    match byte {
        b'b' => 8,
        b'f' => 12,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        _ => byte,
    }
}

/// Appends a code point as UTF-8; half a pair as U+FFFD.
fn push(code: u32, text: &mut Vec<u8>) {
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}
