//! What a short value of plain bytes is made of: letters, digits, spaces and the signs of names, numbers and dates.
//!
//! PERF: most values of most messages are such (`Garden chair`, `en-GB`, `2024-06-01`, `19.90`); a few instructions for
//! sixteen bytes tell of them all that detectors want to know first.

use super::vector::{STEP, letters_and_digits, matches};

/// Bytes of the longest value looked at: a bit for each.
const MOST: usize = 64;

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
    /// What `bytes` is made of, if all of it is plain and it is no longer than 64 bytes.
    #[inline]
    pub fn of(bytes: &[u8]) -> Option<Plain> {
        let len = bytes.len();
        // Bytes that are looked at twice change nothing: blocks overlap.
        let plain = match len {
            0..4 => {
                let mut block = [0; STEP];
                block.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
                masks(&block)
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
        (plain.all == u64::MAX >> (MOST - len.max(1)) && len > 0).then_some(plain)
    }

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

#[inline]
fn masks(block: &[u8; STEP]) -> Plain {
    let (letters, digits) = letters_and_digits(block);
    let is = |byte: u8| matches(block, [byte]);
    let (spaces, dots, dashes, underscores) = (is(b' '), is(b'.'), is(b'-'), is(b'_'));
    let all = letters | digits | spaces | dots | dashes | underscores | is(b',');
    Plain {
        letters: letters.into(),
        digits: digits.into(),
        spaces: spaces.into(),
        dots: dots.into(),
        dashes: dashes.into(),
        underscores: underscores.into(),
        all: all.into(),
    }
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
