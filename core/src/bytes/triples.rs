//! Where three bytes in a row may be those of a list: beginnings of words, signs side by side.
//!
//! PERF: three table shuffles for each 32 bytes; a text of prose has few other places that look so, and what stands at those
//! that do is then compared.

use super::letters;
use super::set::{Places, Sought};
use super::vector::{BLOCK, Tables, blocks_of_triples, triples};

/// Groups of three bytes, eight at most. A place is told where each of the three bytes is, for its lower and its upper half
/// alone, such as one of a group has there.
#[derive(Debug)]
pub struct Triples(Tables);

impl Triples {
    /// Bytes of a block.
    pub const BLOCK: usize = BLOCK;

    /// None.
    pub const NONE: Triples = Triples([([0; 16], [0; 16]); 3]);

    /// With those that have one of `bytes` at each of the three places, in the group with this number; no bytes stand for any.
    pub const fn with(mut self, group: u8, bytes: [&[u8]; 3]) -> Triples {
        let (bit, mut place) = (1 << group, 0);
        while place < bytes.len() {
            let mut i = 0;
            while i < bytes[place].len() {
                self.0[place].0[(bytes[place][i] & 15) as usize] |= bit;
                self.0[place].1[(bytes[place][i] >> 4) as usize] |= bit;
                i += 1;
            }
            i = 0;
            while i < 16 && bytes[place].is_empty() {
                self.0[place].0[i] |= bit;
                self.0[place].1[i] |= bit;
                i += 1;
            }
            place += 1;
        }
        self
    }

    /// With words that begin with one of `firsts`, three small letters each, in any case.
    pub const fn with_words(mut self, group: u8, firsts: &[&[u8; 3]]) -> Triples {
        let mut i = 0;
        while i < firsts.len() {
            let [a, b, c] = *firsts[i];
            let (a, b, c) =
                ([a, a.to_ascii_uppercase()], [b, b.to_ascii_uppercase()], [c, c.to_ascii_uppercase()]);
            self = self.with(group, [&a, &b, &c]);
            i += 1;
        }
        self
    }

    /// A bit for each of the first 64 bytes at which such three may begin. Behind the end stand zeros.
    #[inline]
    pub fn mask(&self, bytes: &[u8]) -> u64 {
        triples(bytes, &self.0).unwrap_or_else(|| self.portable(bytes))
    }

    /// The same of those places at which ASCII letters begin, and where letters stand. `before` is 1 if a letter stands before
    /// `bytes`.
    #[inline]
    pub fn beginnings(&self, bytes: &[u8], before: u64) -> (u64, u64) {
        let letters = letters::mask(bytes);
        (self.mask(bytes) & letters & !(letters << 1 | before), letters)
    }

    /// Of each block that `bytes` begin with, as many as `told` has room for: where such three of each of `sets` may begin.
    ///
    /// PERF: a call for each block costs more than the look at it.
    pub fn blocks<const M: usize>(sets: [&Triples; M], bytes: &[u8], told: &mut [[u64; M]]) {
        let done = blocks_of_triples(sets.map(|of| &of.0), bytes, told).unwrap_or_default();
        let rest = bytes.get(BLOCK * done..).unwrap_or_default();
        for (n, told) in told.iter_mut().skip(done).enumerate() {
            let Some(rest) = rest.get(BLOCK * n..).filter(|rest| !rest.is_empty()) else { return };
            *told = sets.map(|of| of.mask(rest));
        }
    }

    /// Where such three may begin in `bytes`, in order: signs that matter only beside some others.
    #[inline]
    pub fn places<'a>(&'a self, bytes: &'a [u8]) -> Places<'a, &'a Triples> {
        Places::of(self, bytes)
    }

    fn portable(&self, bytes: &[u8]) -> u64 {
        (0..bytes.len().min(BLOCK)).rev().fold(0, |mask, at| {
            let told = self.0.iter().enumerate().fold(u8::MAX, |told, (behind, (low, high))| {
                let byte = bytes.get(at + behind).copied().unwrap_or_default();
                told & low[usize::from(byte & 15)] & high[usize::from(byte >> 4)]
            });
            mask << 1 | u64::from(told != 0)
        })
    }
}

impl Sought for &Triples {
    #[inline]
    fn tell(&mut self, bytes: &[u8], from: usize, told: &mut [[u64; 1]]) {
        Triples::blocks([self], bytes.get(from..).unwrap_or_default(), told);
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::levels;
    use super::*;
    use proptest::prelude::*;

    static SOME: Triples = Triples::NONE
        .with_words(0, &[b"uni", b"wai"])
        .with_words(1, &[b"zzz"])
        .with_words(2, &[b"and"])
        .with(6, [b"/", b"*", b""])
        .with(7, [b"qQ", b"'\"", b""]);

    /// Anything, zeros among it.
    static ANY: Triples = Triples::NONE.with(3, [b"", b"", b""]);

    #[test]
    fn three_bytes_are_told_in_any_case_at_any_place() {
        for (word, begins) in [
            ("union", true),
            ("WAITFOR", true),
            ("zZz", true),
            ("aNd", true),
            ("/*", false),
            ("Q'", true),
            ("q\"x", true),
        ] {
            for at in 0..140 {
                let text = "-".repeat(at) + word + "--";
                let text = &text.as_bytes()[at - at % BLOCK..];
                let at = at % BLOCK;
                assert_eq!(SOME.mask(text), 1 << at, "{word} at {at}");
                assert_eq!(SOME.mask(text.strip_suffix(b"--").unwrap()), 1 << at, "{word} at {at}");
                assert_eq!(SOME.beginnings(text, 0).0, u64::from(begins) << at, "{word} at {at}");
                let before = u64::from(begins && at > 0) << at;
                assert_eq!(SOME.beginnings(text, 1).0, before, "{word} at {at}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_block_is_told_as_without_vectors(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b"aAnNdDuUiIqQ'*/ \x00"[..])], 0..2 * BLOCK,
        )) {
            for _ in levels() {
                prop_assert_eq!(SOME.mask(&bytes), SOME.portable(&bytes));
                prop_assert_eq!(ANY.mask(&bytes), u64::MAX.unbounded_shr((BLOCK - bytes.len().min(BLOCK)) as u32));
            }
        }

        #[test]
        fn every_place_is_told(
            pieces in prop::collection::vec((0usize..90, prop::sample::select(&["and", "q'", "/*", "un", "/", "\0"][..])), 0..12),
            skip in 0usize..300,
        ) {
            let text = pieces.iter().map(|(gap, piece)| "-".repeat(*gap) + piece).collect::<String>();
            for _ in levels() {
                let told = |at: &usize| SOME.portable(&text.as_bytes()[*at..]) & 1 != 0;
                prop_assert!(SOME.places(text.as_bytes()).eq((0..text.len()).filter(told)));
                let mut places = SOME.places(text.as_bytes());
                places.skip_to(skip);
                prop_assert!(places.eq((0..text.len()).filter(told).filter(|at| *at >= skip)));
            }
        }

        #[test]
        fn blocks_are_told_as_each_alone(bytes in prop::collection::vec(
            prop_oneof![any::<u8>(), prop::sample::select(&b"aAnNdDuUiIqQ'*/ \x00"[..])], 0..300,
        )) {
            static OTHER: Triples = Triples::NONE.with(1, [b"*", b"/", b""]);
            for _ in levels() {
                let (mut told, mut one) = ([[7; 2]; 3], [[7]; 3]);
                Triples::blocks([&SOME, &OTHER], &bytes, &mut told);
                Triples::blocks([&SOME], &bytes, &mut one);
                for (n, told) in told.into_iter().enumerate().take(bytes.len().div_ceil(BLOCK)) {
                    let rest = bytes.get(n * BLOCK..).unwrap_or_default();
                    prop_assert_eq!((told, one[n]), ([SOME.mask(rest), OTHER.mask(rest)], [SOME.mask(rest)]));
                }
            }
        }
    }
}
