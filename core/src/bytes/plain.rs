//! What a short value of plain bytes is made of: letters, digits, spaces and the signs of names, numbers and dates.
//!
//! PERF: most values of most messages are such (`Garden chair`, `en-GB`, `2024-06-01`, `19.90`); a few instructions for
//! sixteen bytes tell of them all that detectors want to know first.

use super::Wake;
#[cfg(doc)]
use super::vector::ENDS;
use super::vector::{KINDS, SPAN, STEP, everyday, letters_and_digits, matches};

/// Bytes of the longest value looked at: a bit for each.
const MOST: usize = 64;

/// What a few bytes of JSON are made of: bit `n` is of byte `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Glance {
    /// ASCII letters.
    pub letters: u32,
    /// ASCII digits.
    pub digits: u32,
    /// `-` and `,`
    pub joints: u32,
}

impl Glance {
    /// Looks at `block`. What is not asked for costs nothing.
    #[inline(always)]
    pub fn at(block: &[u8; STEP]) -> Glance {
        let (letters, digits) = letters_and_digits(block);
        Glance { letters, digits, joints: matches(block, [b'-', b',']) }
    }
}

/// Where in a value the kinds of plain bytes stand: bit `n` is of byte `n`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Plain {
    /// ASCII letters.
    pub letters: u64,
    /// ASCII digits.
    pub digits: u64,
    /// Spaces; a tab is not plain.
    pub spaces: u64,
    /// `.`
    pub dots: u64,
    /// `-`
    pub dashes: u64,
    /// `_`
    pub underscores: u64,
    /// All of them, and commas.
    all: u64,
}

impl Plain {
    /// What stands in front of the first of [`ENDS`], as far as it is plain, and how many bytes that are. `None` if none of them
    /// is among the first 64 bytes.
    #[inline(always)]
    pub fn before(bytes: &[u8]) -> Option<(usize, Plain)> {
        // PERF: nearly always the first block will do.
        if let Some(block) = bytes.first_chunk() {
            let (found, kinds) = everyday(block);
            if found != 0 {
                return Some((found.trailing_zeros() as usize, Plain::new(kinds)));
            }
        }
        Plain::far_before(bytes)
    }

    #[inline(never)]
    fn far_before(bytes: &[u8]) -> Option<(usize, Plain)> {
        let (mut plain, mut at) = (Plain::default(), 0);
        while at <= MOST - SPAN {
            let rest = bytes.get(at..)?;
            let mut copy = [0; SPAN];
            let block = match rest.first_chunk() {
                Some(block) => block,
                None => {
                    copy.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                    &copy
                }
            };
            let (found, kinds) = everyday(block);
            plain.add(Plain::new(kinds), at);
            if found != 0 {
                return Some((at + found.trailing_zeros() as usize, plain));
            }
            at += SPAN;
        }
        None
    }

    #[inline(always)]
    fn new([letters, digits, spaces, dots, dashes, underscores, all]: [u64; KINDS]) -> Plain {
        Plain { letters, digits, spaces, dots, dashes, underscores, all }
    }

    /// A number of `len` digits, 64 at most, but for a dash that it may begin with and a point that may stand in it.
    #[inline]
    pub fn number(len: usize, dash: bool, point: Option<usize>) -> Plain {
        let all = u64::MAX >> (MOST - len);
        let (dashes, dots) = (u64::from(dash), point.map_or(0, |at| 1 << at));
        Plain { digits: all & !(dashes | dots), dashes, dots, all, ..Plain::default() }
    }

    /// A word of `len` letters, 64 at most.
    #[inline]
    pub fn word(len: usize) -> Plain {
        let all = u64::MAX >> (MOST - len);
        Plain { letters: all, all, ..Plain::default() }
    }

    /// The bytes of a value of `len` bytes, 64 at most, that are not plain.
    pub fn others(&self, len: usize) -> u64 {
        !self.all & u64::MAX.checked_shr((MOST - len.min(MOST)) as u32).unwrap_or_default()
    }

    /// The kinds of its plain bytes.
    pub fn kinds(&self) -> Wake {
        let kinds = [
            (self.letters, Wake::ALPHA),
            (self.digits, Wake::DIGIT),
            (self.spaces, Wake::BLANK),
            (self.dots, Wake::DOT),
            (self.dashes, Wake::DASH),
            (self.underscores, Wake::UNDERSCORE),
            (self.commas(), Wake::COMMA),
        ];
        kinds.into_iter().fold(Wake::NONE, |all, (mask, kind)| if mask != 0 { all.or(kind) } else { all })
    }

    /// Whether all of a value that is no longer than 64 bytes is plain.
    #[inline]
    pub fn is_all(&self, len: usize) -> bool {
        self.all == u64::MAX.checked_shr((MOST - len.min(MOST)) as u32).unwrap_or_default()
    }

    /// What `bytes` is made of, if all of it is plain and it is no longer than 64 bytes.
    #[inline]
    pub fn of(bytes: &[u8]) -> Option<Plain> {
        Plain::look(bytes).filter(|plain| plain.is_all(bytes.len()))
    }

    /// What `bytes` is made of as far as it is plain, if it is no longer than 64 bytes and not empty.
    #[inline]
    pub fn look(bytes: &[u8]) -> Option<Plain> {
        let len = bytes.len();
        // Bytes that are looked at twice change nothing: blocks overlap.
        let plain = match len {
            1..4 => {
                let (first, middle, last) = (bytes.first()?, bytes.get(len / 2)?, bytes.last()?);
                let low = u32::from(*first)
                    | u32::from(*middle) << (8 * (len / 2))
                    | u32::from(*last) << (8 * (len - 1));
                masks(&u128::from(low).to_le_bytes())
            }
            4..8 => {
                let (Some(a), Some(b)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) else {
                    return None;
                };
                let low =
                    u64::from(u32::from_le_bytes(*a)) | u64::from(u32::from_le_bytes(*b)) << (8 * (len - 4));
                masks(&u128::from(low).to_le_bytes())
            }
            8..16 => {
                let (Some(a), Some(b)) = (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) else {
                    return None;
                };
                let both = u128::from(u64::from_le_bytes(*a))
                    | u128::from(u64::from_le_bytes(*b)) << (8 * (len - 8));
                masks(&both.to_le_bytes())
            }
            16..=MOST => {
                let mut plain = Plain::default();
                for (n, block) in bytes.as_chunks::<16>().0.iter().enumerate() {
                    plain.add(masks(block), 16 * n);
                }
                if !len.is_multiple_of(16) {
                    plain.add(masks(bytes.last_chunk()?), len - 16);
                }
                plain
            }
            _ => return None,
        };
        Some(plain)
    }

    #[inline]
    fn add(&mut self, other: Plain, at: usize) {
        self.letters |= other.letters << at;
        self.digits |= other.digits << at;
        self.spaces |= other.spaces << at;
        self.dots |= other.dots << at;
        self.dashes |= other.dashes << at;
        self.underscores |= other.underscores << at;
        self.all |= other.all << at;
    }

    /// Commas.
    pub fn commas(&self) -> u64 {
        self.all & !(self.signs() | self.spaces | self.dots)
    }

    /// Letters, digits, `-` and `_`: what words, identifiers and tokens are made of.
    pub fn signs(&self) -> u64 {
        self.letters | self.digits | self.dashes | self.underscores
    }
}

/// Bit `n` is set where the `length` bytes from `n` on are all in `mask`; for lengths that are powers of two.
pub fn runs_of(mask: u64, length: u32) -> u64 {
    (0..length.trailing_zeros()).fold(mask, |runs, step| runs & runs >> (1 << step))
}

#[inline(always)]
fn masks(block: &[u8; STEP]) -> Plain {
    let (letters, digits) = letters_and_digits(block);
    let is = |byte: u8| matches(block, [byte]);
    plain([letters, digits, is(b' '), is(b'.'), is(b'-'), is(b'_'), is(b',')])
}

/// What a block is made of, by the bits of each kind of byte; the last are commas.
#[inline(always)]
fn plain(kinds: [u32; 7]) -> Plain {
    let [letters, digits, spaces, dots, dashes, underscores, commas] = kinds.map(u64::from);
    let all = letters | digits | spaces | dots | dashes | underscores | commas;
    Plain { letters, digits, spaces, dots, dashes, underscores, all }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_at_every_place_of_every_length() {
        for byte in 0..=255 {
            for len in 1..=MOST {
                for at in [0, 1, len / 2, len.saturating_sub(2), len - 1].into_iter().filter(|at| *at < len) {
                    let mut bytes = vec![b','; len];
                    bytes[at] = byte;
                    let bit = |is: bool| u64::from(is) << at;
                    let plain = byte.is_ascii_alphanumeric() || b" .-_,".contains(&byte);
                    let expected = plain.then(|| Plain {
                        letters: bit(byte.is_ascii_alphabetic()),
                        digits: bit(byte.is_ascii_digit()),
                        spaces: bit(byte == b' '),
                        dots: bit(byte == b'.'),
                        dashes: bit(byte == b'-'),
                        underscores: bit(byte == b'_'),
                        all: u64::MAX >> (MOST - len),
                    });
                    assert_eq!(Plain::of(&bytes), expected, "{byte:#04x} at {at} of {len}");
                }
            }
        }
        assert_eq!((Plain::of(b""), Plain::of(&[b'a'; MOST + 1])), (None, None));
    }

    #[test]
    fn what_stands_before_an_end_is_told_as_by_itself() {
        let text =
            b"Zo\xc3\xab O'Brien-K\xc3\xb6hler, An der M\xc3\xbchle 7 (2. Stock), 10115 Berlin_x - a.b c,d";
        for from in [0, 7, 20] {
            for len in 0..=MOST.min(text.len() - from) {
                let value = &text[from..from + len];
                for end in
                    [&b"\""[..], b"\\", b"\",\"next\":[1,2,3]}", b"\":\"a much longer text than one block\""]
                {
                    let bytes = [value, end].concat();
                    let made = (len < MOST).then(|| (len, Plain::look(value).unwrap_or_default()));
                    assert_eq!(Plain::before(&bytes), made, "{}", bytes.escape_ascii());
                }
                assert_eq!(Plain::before(value), None);
            }
        }
        for (text, point) in
            [("0", None), ("12.5", Some(2)), ("-7", None), ("-0.25", Some(2)), ("1234567890", None)]
        {
            let dash = text.starts_with('-');
            assert_eq!(Some(Plain::number(text.len(), dash, point)), Plain::of(text.as_bytes()), "{text}");
        }
        assert_eq!(Some(Plain::word(5)), Plain::of(b"false"));
    }

    #[test]
    fn runs_are_told_by_where_they_begin() {
        for length in [1, 2, 4, 8, 16] {
            for mask in [0, 1, u64::MAX, 0xffff, 0xff00, 0x0f0f_0f0f, 0x7fff_0001_fffe_8000] {
                for at in 0..64 {
                    let run = (0..length).all(|n| at + n < 64 && mask >> (at + n) & 1 == 1);
                    assert_eq!(runs_of(mask, length) >> at & 1 == 1, run, "{mask:#x} {length} {at}");
                }
            }
        }
    }
}
