//! Words whose inner letters have changed places.
//!
//! What comes in: a text. What goes out: the groups of the words that are meant. What always holds: each word of ASCII letters is read,
//! wherever it stands.

use super::Odd;
use crate::bytes::{Bits, ByteClasses, with_bits};
use crate::detect::prompt::gate::groups;
use crate::detect::prompt::lookup;
use crate::detect::prompt::outline::{BYTES, LETTER};
use crate::detect::prompt::spelling::{SHORTEST, may_be_scrambled, unscrambled};

impl Odd<'_> {
    /// Reads the words whose inner letters have changed places.
    pub fn scrambled(&mut self) {
        with_bits(Scrambled { odd: self });
    }

    #[inline(always)]
    fn pass_scrambled(&mut self) {
        let (bytes, mut base, mut before) = (self.bytes, 0, 0);
        while let Some(rest) = bytes.get(base..).filter(|rest| !rest.is_empty()) {
            let letters = self.short.map_or_else(|| BYTES.masks(rest, [LETTER])[0], |masks| masks[0]);
            // PERF: half of all words are too short. What goes on in the next block is looked at.
            let four = letters & letters >> 1;
            let four = four & four >> 2;
            let long = four & letters >> 4 | letters & !(u64::MAX >> (SHORTEST - 1));
            let mut left = letters & !(letters << 1 | before) & long;
            before = letters >> 63;
            while left != 0 {
                let bit = left.trailing_zeros();
                left &= left - 1;
                let rest = rest.get(bit as usize..).unwrap_or_default();
                let mut len = (!(letters >> bit)).trailing_zeros() as usize;
                if bit as usize + len >= ByteClasses::BLOCK {
                    len = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
                }
                if may_be_scrambled(rest, len) {
                    self.take_scrambled(rest.get(..len).unwrap_or_default());
                }
            }
            base += ByteClasses::BLOCK;
        }
    }

    #[inline(never)]
    fn take_scrambled(&mut self, word: &[u8]) {
        if let Some(plain) = unscrambled(word) {
            let (role, is) = lookup::word(plain, plain.len());
            self.words = self.words.or(groups(role, is));
        }
    }
}

/// [`Odd::scrambled`] at work.
struct Scrambled<'o, 'a> {
    odd: &'o mut Odd<'a>,
}

impl Bits for Scrambled<'_, '_> {
    type Told = ();

    #[inline(always)]
    fn run(self) {
        self.odd.pass_scrambled();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::Groups;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn scrambled_words_are_read_wherever_they_stand(
            parts in prop::collection::vec((
                prop::sample::select(&["ignroe", "sysetm", "rlues", "preivous", "it", "chairs", "insturction", "x", "instrucitons", "IGNROE"][..]),
                prop::sample::select(&[" ", ", ", "", "0", "\u{e9}", "'", "           "][..]),
                0usize..70,
            ), 0..12),
        ) {
            let text: String = parts.iter().map(|(word, gap, n)| format!("{word}{gap}{}", ".".repeat(n / 4 * (n % 4 / 3)))).collect();
            let plain = text.split(|c: char| !c.is_ascii_alphabetic()).filter_map(|word| unscrambled(word.as_bytes()));
            let expected = plain.fold(Groups::NONE, |all, word| {
                let (role, is) = lookup::word(word, word.len());
                all.or(groups(role, is))
            });
            let mut odd = Odd::new(text.as_bytes(), Groups::NONE);
            odd.scrambled();
            prop_assert_eq!(odd.words, expected, "{}", text);
        }
    }
}
