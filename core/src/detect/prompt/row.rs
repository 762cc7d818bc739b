//! Words spelt letter by letter: `i g n o r e`.
//!
//! What comes in: the letters that stand alone, one behind the other. What goes out: whether the last of them may be a known word that
//! the reader puts together. What always holds: every word that it puts together is told, wherever its row begins.

use super::lookup;
use super::words::ROLES;

/// Letters of the shortest word that is put together, and most that are kept.
const LEAST: usize = 4;
const MOST: usize = 24;
/// Bits of a letter.
const BITS: u32 = 5;

/// The letters of a row, as many as are kept.
#[derive(Clone, Copy, Default)]
pub(super) struct Row {
    letters: u128,
    len: u32,
}

/// Whether a known word ends with three letters: a bit for each three.
///
/// PERF: lists, options and tables have rows of letters, which end like a word as seldom as any three do.
static ENDS: [u64; 1 << (3 * BITS) >> 6] = {
    let (mut out, mut i) = ([0; 1 << (3 * BITS) >> 6], 0);
    while i < ROLES.len() {
        let (words, mut j) = (ROLES[i].0, 0);
        while j < words.len() {
            let word = words[j].as_bytes();
            assert!(word.len() <= MOST || !word.is_ascii());
            if let [.., a, b, c] = word {
                let end = place(place(place(0, *a), *b), *c);
                out[end as usize / 64] |= 1 << (end % 64);
            }
            j += 1;
        }
        i += 1;
    }
    out
};

/// What comes of `letters` and one more.
const fn place(letters: u128, letter: u8) -> u128 {
    letters << BITS | (letter & 31) as u128
}

impl Row {
    /// Letters that one has to have, with those that come, to spell a word.
    pub const LEAST: u32 = LEAST as u32;

    /// How many letters it has.
    #[inline(always)]
    pub fn len(&self) -> u32 {
        self.len
    }

    /// Ends it: a longer word, or a digit.
    #[inline(always)]
    pub fn end(&mut self) {
        self.len = 0;
    }

    /// Takes one more letter or digit. Whether the letters so far, or the last of them, are a known word.
    #[inline]
    pub fn take(&mut self, letter: u8) -> bool {
        if !letter.is_ascii_alphabetic() {
            self.end();
            return false;
        }
        (self.letters, self.len) = (place(self.letters, letter), self.len + 1);
        let end = self.letters as usize % (1 << (3 * BITS));
        self.len >= Row::LEAST && ENDS[end / 64] >> (end % 64) & 1 != 0 && self.spells()
    }

    #[inline(never)]
    fn spells(&self) -> bool {
        let mut word = [0; MOST];
        for (n, slot) in word.iter_mut().rev().enumerate() {
            *slot = (self.letters >> (n as u32 * BITS)) as u8 & 31 | 0x60;
        }
        (LEAST..=MOST.min(self.len as usize)).any(|len| {
            let word = word.get(MOST - len..).unwrap_or_default();
            lookup::word(word, len).0 != 0
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one of the letters of `text` ends a known word.
    fn spells(text: &str) -> bool {
        let mut row = Row::default();
        text.bytes().any(|b| row.take(b))
    }

    #[test]
    fn every_known_word_is_told_wherever_it_begins() {
        for word in
            ROLES.iter().flat_map(|role| role.0).filter(|w| w.bytes().all(|b| b.is_ascii_alphabetic()))
        {
            let longer = format!("Xyzxyzxyzxyzxyzxyzxyzxyz{}zz", word.to_uppercase());
            assert_eq!(spells(word), word.len() >= LEAST, "{word}");
            assert_eq!(spells(&longer), word.len() >= LEAST, "{longer}");
        }
    }

    #[test]
    fn lists_of_letters_spell_nothing() {
        for text in ["abcdefghijklmnopqrstuvwxyz", "aeiou", "xyz", "ijkn", "AaBbCcDdEeFf", "rul1es", "ign0re"]
        {
            assert!(!spells(text), "{text}");
        }
    }
}
