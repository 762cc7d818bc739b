//! Character references and the five predefined entities (XML 1.0, sections 4.1 and 4.6), byte by byte.

use crate::http::Anomaly;
use smallvec::SmallVec;

/// Longest reference that is read; leading zeros can make it any length, and a longer one stays as it is.
const LONGEST: usize = 32;

/// The predefined entities.
const NAMES: [(&[u8], u8); 5] =
    [(b"&lt", b'<'), (b"&gt", b'>'), (b"&amp", b'&'), (b"&quot", b'"'), (b"&apos", b'\'')];

/// What became of a byte shown to [`Reference::take`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Met {
    /// It belongs to the reference, or ends it.
    Belongs,
    /// It ends a reference that is odd.
    Odd(Anomaly),
    /// It does not belong: what came before it is text as it stands.
    Not,
}

/// The current reference.
#[derive(Clone, Debug, Default)]
pub(super) struct Reference {
    /// What has come of it, `&` first.
    held: SmallVec<[u8; LONGEST]>,
}

impl Reference {
    /// Begins a reference: `&` has come.
    pub fn begin(&mut self) {
        self.held.push(b'&');
    }

    /// Whether a reference has begun.
    pub fn is_open(&self) -> bool {
        !self.held.is_empty()
    }

    /// Takes the next byte of the reference; what it stands for goes to `text`.
    pub fn take(&mut self, byte: u8, text: &mut Vec<u8>) -> Met {
        if byte == b';'
            && let Some(code) = self.meaning()
        {
            self.held.clear();
            let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            text.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
            return match code {
                0 => Met::Odd(Anomaly::EncodedNul),
                _ if char::from_u32(code).is_none() => Met::Odd(Anomaly::InvalidXml),
                _ => Met::Belongs,
            };
        }
        let goes_on = match *self.held {
            [_] => byte == b'#' || NAMES.iter().any(|n| n.0.get(1) == Some(&byte)),
            [_, b'#'] => byte == b'x' || byte.is_ascii_digit(),
            [_, b'#', b'x', ..] => byte.is_ascii_hexdigit(),
            [_, b'#', ..] => byte.is_ascii_digit(),
            _ => NAMES.iter().any(|n| n.0.starts_with(&self.held) && n.0.get(self.held.len()) == Some(&byte)),
        };
        if goes_on && self.held.len() < LONGEST {
            self.held.push(byte);
            return Met::Belongs;
        }
        self.finish(text);
        Met::Not
    }

    /// The code point that what is held stands for, once `;` ends it.
    fn meaning(&self) -> Option<u32> {
        let number = |digits: &[u8], base: u32| {
            let digit = |n: u32, &b: &u8| {
                n.saturating_mul(base).saturating_add((b as char).to_digit(16).unwrap_or(0))
            };
            (!digits.is_empty()).then(|| digits.iter().fold(0, digit))
        };
        match &*self.held {
            [_, b'#', b'x', digits @ ..] => number(digits, 16),
            [_, b'#', digits @ ..] => number(digits, 10),
            name => NAMES.iter().find(|n| n.0 == name).map(|n| n.1.into()),
        }
    }

    /// No more of the reference comes: it was none.
    pub fn finish(&mut self, text: &mut Vec<u8>) {
        text.extend_from_slice(&self.held);
        self.held.clear();
    }
}
