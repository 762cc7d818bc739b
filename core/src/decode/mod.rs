//! Decoders: each turns one value into another.
//!
//! What comes in: the bytes of a value and a buffer. What goes out: whether the value was so encoded, what was odd about
//! it, and the decoded bytes in the buffer. What always holds: linear work, output no longer than the input (but for
//! compression, which has its own budget), no allocation beyond the caller's buffer, abandoned at the first byte that
//! cannot be. To add one: a file here, a variant of [`Decoder`] and a line in each of the two tables below.

mod base64;
mod chars;
mod escapes;
mod fold;
mod glance;
mod gunzip;
mod hex;
mod html;
mod inflate;
mod percent;
mod saml;
mod seven_bit;
mod strings;
mod unicode;
mod utf7;

pub use inflate::{Coding, Inflate, Piece, codings};
pub use strings::{Serial, Strings};

use crate::bytes::Wake;
use crate::http::{Anomalies, Anomaly};
use glance::Glance;
use std::ops::Range;

/// How sure it is that the application would see a value in this form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Trust {
    /// As sent, or decoded the way every server decodes at that place.
    Plain,
    /// One more layer than the place asks for: what a second decoder behind the server, or a browser, would see.
    Layered,
    /// Guessed from the bytes (base64, hex): judged with a higher bar.
    Guessed,
}

/// A way to write one value as another. Numbers and names are stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Decoder {
    /// `%27`, `%u0027`.
    Percent = 1,
    /// `&#39;`, `&apos;`, `&lt`.
    Html = 2,
    /// `\x27`, `\u0027`, `\047`, `\'`, `\27 `.
    Escapes = 3,
    /// Base64 with `+` and `/`.
    Base64 = 4,
    /// Base64 with `-` and `_`.
    Base64Url = 5,
    /// `0x27`, `2720`.
    Hex = 6,
    /// Full-width forms, look-alike quotes, overlong UTF-8.
    Unicode = 7,
    /// Percent-encoding where `+` stands for a blank.
    Form = 8,
    /// A `%` that begins no escape, dropped.
    PercentStray = 9,
    /// gzip or zlib in a value.
    Inflate = 10,
    /// `+ADw-`.
    Utf7 = 11,
    /// `¼script¾`.
    SevenBit = 12,
    /// Raw deflate in base64, at the parameters that SAML names for it.
    Saml = 13,
}

/// What is known of a decoder without looking at a value.
#[derive(Debug)]
pub struct Facts {
    /// The decoder.
    pub decoder: Decoder,
    /// The stable name used in points: `query.q|base64`.
    pub name: &'static str,
    /// The decoder looks only at values that hold one of these kinds of byte...
    pub any: Wake,
    /// ...all of these...
    pub all: Wake,
    /// ...and are at least this long.
    pub min: usize,
    /// What the decoded form counts as where the place does not ask for this decoder. [`Trust::Plain`] means that it is
    /// used only where the place does ask.
    pub trust: Trust,
    /// What it undoes, in one sentence.
    pub doc: &'static str,
}

use Trust::{Guessed, Layered, Plain};

const W: Wake = Wake::NONE;
const ALNUM: Wake = Wake::ALPHA.or(Wake::DIGIT);
const URL64: Wake = Wake::DASH.or(Wake::UNDERSCORE);

/// Every decoder: number, name, the kinds of byte it needs (any of the first, all of the second), the least length,
/// what the decoded form counts as, and what it undoes. In the order in which they are best tried.
#[rustfmt::skip]
pub static FACTS: &[Facts] = &[
    facts(Decoder::Percent, "percent", Wake::PERCENT, W, 3, Layered, "Percent-encoding, with %uXXXX and overlong UTF-8."),
    facts(Decoder::Form, "form", Wake::PERCENT.or(Wake::PLUS), W, 1, Plain, "Percent-encoding where + stands for a blank."),
    facts(Decoder::PercentStray, "percent_stray", Wake::PERCENT, Wake::ALPHA, 3, Layered, "A % that begins no escape, which some servers drop."),
    facts(Decoder::Html, "html", Wake::AMPERSAND, W, 3, Layered, "HTML character references."),
    facts(Decoder::Escapes, "escapes", Wake::BACKSLASH, W, 2, Layered, "Backslash escapes of JavaScript, JSON, C, shells and CSS."),
    facts(Decoder::Unicode, "unicode", Wake::HIGH, W, 2, Layered, "Characters that stand for ASCII ones: full-width forms, look-alike quotes, overlong UTF-8."),
    facts(Decoder::Base64, "base64", ALNUM, W, base64::MIN, Guessed, "Base64."),
    facts(Decoder::Base64Url, "base64url", URL64, W, base64::MIN, Guessed, "Base64 with the alphabet for URLs and file names."),
    facts(Decoder::Inflate, "inflate", Wake::HIGH, W, gunzip::MIN, Guessed, "gzip or zlib, as far as it goes on in a few windows."),
    facts(Decoder::Utf7, "utf-7", Wake::PLUS.or(Wake::BLANK), Wake::ALPHA, utf7::MIN, Guessed, "ASCII written in UTF-7."),
    facts(Decoder::SevenBit, "seven-bit", Wake::HIGH, Wake::ALPHA, seven_bit::MIN, Guessed, "Markup whose marks have the eighth bit set, read as US-ASCII."),
    facts(Decoder::Saml, "saml", Wake::ALPHA, W, saml::MIN, Plain, "A message of SAML in a query: raw deflate in base64."),
    facts(Decoder::Hex, "hex", Wake::DIGIT, W, hex::MIN, Guessed, "Hexadecimal digits."),
];

/// For each value of each byte of a [`Wake`], the rows of [`FACTS`] that one of its kinds wakes.
static BY_KINDS: [[u16; 256]; 4] = {
    assert!(FACTS.len() <= 16);
    let (mut table, mut part) = ([[0; 256]; 4], 0);
    while part < 4 {
        let mut kinds = 0;
        while kinds < 256 {
            let mut row = 0;
            while row < FACTS.len() {
                if FACTS[row].any.any(Wake::of_byte(part, kinds as u8)) {
                    table[part][kinds] |= 1 << row;
                }
                row += 1;
            }
            kinds += 1;
        }
        part += 1;
    }
    table
};

/// The rows of [`FACTS`] of decoders that undo one more layer.
const LAYERED: u16 = {
    let (mut rows, mut row) = (0, 0);
    while row < FACTS.len() {
        if matches!(FACTS[row].trust, Layered) {
            rows |= 1 << row;
        }
        row += 1;
    }
    rows
};

/// The decoders that could undo something of `value`, whose kinds of byte are `kinds`, in the order in which they are best
/// tried.
pub fn woken(value: &[u8], kinds: Wake) -> impl Iterator<Item = &'static Facts> {
    woken_of(u16::MAX, value, kinds)
}

/// As [`woken`], those that undo one more layer alone.
pub fn woken_layers(value: &[u8], kinds: Wake) -> impl Iterator<Item = &'static Facts> {
    woken_of(LAYERED, value, kinds)
}

fn woken_of(some: u16, value: &[u8], kinds: Wake) -> impl Iterator<Item = &'static Facts> {
    let [a, b, c, d] = kinds.to_bytes().map(usize::from);
    let mut glance = None;
    let mut rows = some & (BY_KINDS[0][a] | BY_KINDS[1][b] | BY_KINDS[2][c] | BY_KINDS[3][d]);
    std::iter::from_fn(move || {
        while rows != 0 {
            let facts = FACTS.get(rows.trailing_zeros() as usize)?;
            rows &= rows - 1;
            if value.len() >= facts.min
                && kinds.all(facts.all)
                && may_undo(facts.decoder, value, kinds, &mut glance)
            {
                return Some(facts);
            }
        }
        None
    })
}

/// Whether a decoder is worth calling: false only if it would change nothing. `glance` is what a look at
/// the value tells, once it was taken.
fn may_undo(decoder: Decoder, value: &[u8], kinds: Wake, glance: &mut Option<Glance>) -> bool {
    let mut glance = || *glance.get_or_insert_with(|| Glance::of(value));
    match decoder {
        Decoder::Percent => percent::may_hold(value),
        Decoder::Base64 => base64::may_hold(value, kinds, base64::Alphabet::Standard, glance),
        Decoder::Base64Url => base64::may_hold(value, kinds, base64::Alphabet::Url, glance),
        Decoder::Hex => hex::may_be(value),
        Decoder::Utf7 => glance().unit,
        Decoder::Inflate => gunzip::is_marked(value),
        Decoder::SevenBit => seven_bit::may_hold(value),
        Decoder::Html => html::may_hold(value),
        _ => true,
    }
}

/// Whether no decoder makes anything of a token of at least 8 letters and digits, or of those with either blanks inside, few
/// enough for base64, or dashes and underscores, read from its first sign on: told at a glance, and not always told. Where it may
/// be `hex`adecimal digits those count as well.
pub fn is_hopeless(value: &[u8], hex: bool) -> bool {
    base64::is_no_text(value) && !(hex && value.len() >= hex::MIN && hex::may_be(value))
}

/// What became of a value shown to a decoder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Decoded {
    /// Whether the value was so encoded; only then the buffer holds its decoded form, which differs from the value.
    pub changed: bool,
    /// What was odd; may be more than nothing for a value that did not change.
    pub anomalies: Anomalies,
}

/// Undoes one layer of `decoder`. `out` is cleared first and holds the decoded form if the value was so encoded; the
/// decoded form is never longer than the value, but for compressed data. A decoder that works on a part of a value wants [`part`] first.
pub fn decode(decoder: Decoder, value: &[u8], out: &mut Vec<u8>) -> Decoded {
    out.clear();
    let decoded = match decoder {
        Decoder::Percent => percent::decode(value, false, out),
        Decoder::Html => html::decode(value, out),
        Decoder::Escapes => escapes::decode(value, out),
        Decoder::Base64 => base64::decode(value, base64::Alphabet::Standard, out),
        Decoder::Base64Url => base64::decode(value, base64::Alphabet::Url, out),
        Decoder::Hex => hex::decode(value, out),
        Decoder::Unicode => unicode::decode(value, out),
        Decoder::Form => percent::decode(value, true, out),
        Decoder::PercentStray => percent::drop_stray(value, out),
        Decoder::Inflate => gunzip::decode(value, out),
        Decoder::Utf7 => utf7::decode(value, out),
        Decoder::SevenBit => seven_bit::decode(value, out),
        Decoder::Saml => saml::decode(value, out),
    };
    if !decoded.changed {
        out.clear();
    }
    decoded
}

/// The part of `value` that `decoder` could undo: for most decoders all of it, for base64 also a token inside a longer
/// value. [`Parts`] tells further ones.
pub fn part(decoder: Decoder, value: &[u8]) -> Option<Range<usize>> {
    Parts::of(decoder).next(value)
}

/// Looks for the parts of a value that a decoder could undo, one behind the other.
#[derive(Debug)]
pub struct Parts {
    decoder: Decoder,
    /// Whether a word may announce a token.
    announcing: bool,
}

impl Parts {
    /// The parts for `decoder`.
    pub fn of(decoder: Decoder) -> Parts {
        Parts { decoder, announcing: true }
    }

    /// The next part, of what is left of the value behind the last one.
    pub fn next(&mut self, rest: &[u8]) -> Option<Range<usize>> {
        let alphabet = match self.decoder {
            Decoder::Base64 => base64::Alphabet::Standard,
            Decoder::Base64Url => base64::Alphabet::Url,
            _ => return Some(0..rest.len()),
        };
        base64::embedded(rest, alphabet, &mut self.announcing)
    }
}

const fn facts(
    decoder: Decoder,
    name: &'static str,
    any: Wake,
    all: Wake,
    min: usize,
    trust: Trust,
    doc: &'static str,
) -> Facts {
    Facts { decoder, name, any, all, min, trust, doc }
}

/// Whether a decoder is used without a guess at a parameter of this name.
pub fn is_asked_for(name: &[u8]) -> bool {
    saml::is_named(name)
}

impl Facts {
    /// Whether the decoder is used without a guess at a parameter of this name.
    pub fn is_asked_by<'a>(&self, name: impl FnOnce() -> &'a [u8]) -> bool {
        self.decoder == Decoder::Saml && saml::is_named(name())
    }
}

impl Decoder {
    /// What is known of this decoder.
    pub fn facts(self) -> &'static Facts {
        match FACTS.iter().find(|f| f.decoder == self) {
            Some(facts) => facts,
            None => &FACTS[0], // unreachable: a test holds the table complete
        }
    }

    /// The stable name.
    pub fn name(self) -> &'static str {
        self.facts().name
    }

    /// The decoder of that name.
    pub fn from_name(name: &str) -> Option<Decoder> {
        FACTS.iter().find(|f| f.name == name).map(|f| f.decoder)
    }
}

impl Decoded {
    fn flag(&mut self, anomaly: Anomaly) {
        self.anomalies.insert(anomaly);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_and_name_is_used_once() {
        let mut numbers: Vec<u8> = FACTS.iter().map(|f| f.decoder as u8).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (1..=FACTS.len() as u8).collect::<Vec<_>>());
        for f in FACTS {
            assert_eq!(Decoder::from_name(f.name), Some(f.decoder));
            assert_eq!(f.decoder.name(), f.name);
        }
    }
}
