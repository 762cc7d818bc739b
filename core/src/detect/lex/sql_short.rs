//! Short words of SQL, told by the eight bytes that they begin with, and the bytes of words.
//!
//! What is told here [`lookup`](super::sql_words::lookup) tells, too, of a word that was cut out of the text before. PERF: no
//! comparison here depends on how long a word is, which nothing foretells, and next to all words of prose end at one number.

use super::sql_token::Word;
use super::sql_words::WORDS;
use crate::bytes::{letters_of, table};

/// Most letters of a word that is told.
const MOST: usize = 7;
/// What makes letters small.
const LOWER: u64 = 0x2020_2020_2020_2020;

/// The letters that a word begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Short {
    /// In lower case.
    key: u64,
    /// How many they are, up to eight.
    pub len: usize,
}

impl Short {
    /// Those at the beginning of `eight` bytes.
    #[inline(always)]
    pub fn of(eight: [u8; 8]) -> Short {
        let len = letters_of(eight);
        Short { key: (u64::from_le_bytes(eight) | LOWER) & u64::MAX.unbounded_shr(64 - 8 * len as u32), len }
    }

    /// The word at `at`, if it is of a few letters and nothing else, whatever stands behind it: it is no prefix of a string and not cut
    /// in pieces. None if that is not told at one look, either.
    #[inline]
    pub fn at(text: &[u8], at: usize) -> Option<Short> {
        let short = Short::of(*text.get(at..)?.first_chunk()?);
        let few = short.len.wrapping_sub(1) < MOST;
        // A letter or two before a quote may be of a string.
        let least = LEAST[usize::from(*text.get(at + short.len)?)];
        (few && short.len >= usize::from(least)).then_some(short)
    }

    /// Whether more letters may follow.
    #[inline(always)]
    pub const fn is_long(self) -> bool {
        self.len > MOST
    }

    /// The part that a word of these letters and no others plays.
    #[inline]
    pub fn part(self) -> Word {
        let mut at = slot(self.key);
        loop {
            // PERF: here most words end.
            let Some(n) = usize::from(INDEX[at]).checked_sub(1) else { return Word::Name };
            if KEYS[n].0 == self.key {
                return KEYS[n].1;
            }
            at = (at + 1) % SLOTS;
        }
    }
}

/// A set of parts.
#[derive(Clone, Copy, Debug)]
pub struct Parts(u64);

impl Parts {
    /// Those given.
    pub const fn of(parts: &[Word]) -> Parts {
        let (mut of, mut i) = (0, 0);
        while i < parts.len() {
            of |= 1 << parts[i] as u8;
            i += 1;
        }
        Parts(of)
    }

    /// Both together.
    pub const fn or(self, others: Parts) -> Parts {
        Parts(self.0 | others.0)
    }

    /// Whether `part` is one of them.
    #[inline(always)]
    pub const fn hold(self, part: Word) -> bool {
        self.0 >> part as u8 & 1 != 0
    }
}

/// 1 for the bytes of words, 2 for those of them that may begin a wide blank.
pub(super) const IN_WORD: [u8; 256] = table!(b => {
    let wide = matches!(b, 0xC2 | 0xE1..=0xE3 | 0xEF);
    let inside = b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80 && b != 0xA0;
    inside as u8 + wide as u8
});

/// Whether `b` is part of a word, but where it begins a wide blank.
#[inline(always)]
pub const fn is_word(b: u8) -> bool {
    IN_WORD[b as usize] != 0
}

/// Letters that a word has at least before a byte that surely ends it; more than there can be before any other byte.
static LEAST: [u8; 256] = table!(b => match b {
    b'\'' | b'"' => 3,
    0 | b'/' | b'<' | 0x80.. => u8::MAX,
    _ if IN_WORD[b as usize] != 0 => u8::MAX,
    _ => 1,
});

/// Places of the index: nearly every word that is none of these meets an empty one.
const SLOTS: usize = 1 << 13;

const fn slot(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - SLOTS.trailing_zeros())) as usize
}

/// The letters of a word that is told here; 0 of any other.
const fn key(word: &[u8]) -> u64 {
    let (mut key, mut i) = (0, 0);
    while i < word.len() {
        if word.len() < 2 || word.len() > MOST || !word[i].is_ascii_lowercase() {
            return 0;
        }
        key |= (word[i] as u64) << (8 * i);
        i += 1;
    }
    key
}

const COUNT: usize = {
    let (mut count, mut i) = (0, 0);
    while i < WORDS.len() {
        count += (key(WORDS[i].0.as_bytes()) != 0) as usize;
        i += 1;
    }
    count
};

static KEYS: [(u64, Word); COUNT] = {
    let (mut keys, mut count, mut i) = ([(0, Word::Name); COUNT], 0, 0);
    while i < WORDS.len() {
        let key = key(WORDS[i].0.as_bytes());
        if key != 0 {
            keys[count] = (key, WORDS[i].1);
            count += 1;
        }
        i += 1;
    }
    keys
};

/// The words of [`KEYS`] by [`slot`], counted from one.
static INDEX: [u16; SLOTS] = {
    let (mut index, mut i) = ([0; SLOTS], 0);
    while i < COUNT {
        let mut at = slot(KEYS[i].0);
        while index[at] != 0 {
            at = (at + 1) % SLOTS;
        }
        i += 1;
        index[at] = i as u16;
    }
    index
};

#[cfg(test)]
mod tests {
    use super::super::sql_words::{lookup, word_end, words};
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn short_words_are_those_that_are_looked_up() {
        for word in words().chain(["thank", "a", "it", "th", "wherea"]) {
            let short = word.len() <= MOST && word.bytes().all(|b| b.is_ascii_lowercase());
            for text in [
                format!("{word} and so on it goes"),
                format!("{}) and so on it goes", word.to_ascii_uppercase()),
            ] {
                let told = Short::at(text.as_bytes(), 0);
                assert_eq!(told.is_some(), short, "{text}");
                assert!(told.is_none_or(|told| told.part() == lookup(word.as_bytes())), "{text}");
            }
        }
    }

    proptest! {
        #[test]
        fn a_short_word_is_a_word_of_its_own(
            word in prop::sample::select(words().chain(["thank", "a", "it", "Is", "N", "xq"]).collect::<Vec<_>>()),
            behind in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let text = [word.as_bytes(), &behind].concat();
            if let Some(short) = Short::at(&text, 0) {
                let end = word_end(&text, 0);
                prop_assert_eq!(short.len, end);
                prop_assert_eq!(short.part(), lookup(&text[..end]));
                prop_assert!(!matches!(text.get(end), Some(0 | b'/' | b'<')));
            }
        }
    }
}
