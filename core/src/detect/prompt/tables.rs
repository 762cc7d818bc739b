//! The words that tell of commands to models, in tables for the pass that only looks for them.
//!
//! What always holds: a word of the lists is never missed; others may be taken for one.

use super::lookup::{Is, Parts, SENSES, parts_of};
use super::words::*;
use crate::bytes::Words;

/// Lengths of the known words with letters beyond ASCII, a bit for each, by what tells their first letter (see [`first`]), and by what tells
/// their last (see [`last`]).
pub(super) struct Beyond {
    firsts: [u32; 256],
    lasts: [u32; 256],
}

pub(super) static BEYOND: Beyond = {
    let (mut beyond, mut i) = (Beyond { firsts: [0; 256], lasts: [0; 256] }, 0);
    while i < ROLES.len() {
        let mut j = 0;
        while j < ROLES[i].0.len() {
            let word = ROLES[i].0[j].as_bytes();
            if let (false, [.., a, b]) = (word.is_ascii(), word) {
                assert!(word.len() < 32);
                beyond.firsts[first(word[0], word[1]) as usize] |= 1 << word.len();
                beyond.lasts[last(*a, *b) as usize] |= 1 << word.len();
            }
            j += 1;
        }
        i += 1;
    }
    beyond
};

impl Beyond {
    /// Whether a word of so many bytes that begins and ends with these two each may be known, in whatever case.
    #[inline]
    pub fn may_be(&self, begin: [u8; 2], end: [u8; 2], len: usize) -> bool {
        let lengths = self.firsts[usize::from(first(begin[0], begin[1]))]
            & self.lasts[usize::from(last(end[0], end[1]))];
        lengths & 1u32.unbounded_shl(len as u32) != 0
    }
}

/// What tells the first letter of a word, whatever its case.
const fn first(first: u8, second: u8) -> u8 {
    if matches!(first, 0xd0 | 0xd1) { second | 0x20 } else { first | 0x20 }
}

/// What tells the last letter of a word that ends with these two bytes, whatever its case.
const fn last(before: u8, last: u8) -> u8 {
    match (before, last) {
        (_, 0..0x80) | (0xc3 | 0xd0 | 0xd1, _) => last | 0x20,
        // Of these the small letter is the next one.
        _ => before,
    }
}

/// Letters of a word that are looked at.
pub(super) const KEY: usize = 8;
/// What makes them small.
pub(super) const LOWER: u64 = 0x2020_2020_2020_2020;
/// Bits of the filter that nearly all other words fail.
const FILTER: usize = 1 << 13;
/// Places of the table behind it.
const PLACES: usize = 1 << 11;

/// The words of letters of ASCII that may tell, by their first letters: those that begin alike count as one.
pub(super) struct Known {
    filter: [u64; FILTER / 64],
    keys: [u64; PLACES],
    parts: [Parts; PLACES],
}

const fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

impl Known {
    const fn with(&mut self, word: &str, parts: Parts) {
        let word = word.as_bytes();
        if !word.is_ascii() || parts & RELEVANT == 0 {
            return;
        }
        let (mut key, mut i) = (0, 0);
        while i < word.len() && i < KEY {
            key |= (word[i] as u64) << (8 * i);
            i += 1;
        }
        let hash = spread(key);
        self.filter[(hash >> 57) as usize] |= 1 << (hash >> 51 & 63);
        let mut at = (hash >> 40) as usize % PLACES;
        while self.keys[at] != 0 && self.keys[at] != key {
            at = (at + 1) % PLACES;
        }
        self.keys[at] = key;
        self.parts[at] |= parts & RELEVANT;
    }

    /// 1 if the word whose first letters are `key` may be known, 0 if it is not.
    #[inline]
    pub fn may_be(&self, key: u64) -> u64 {
        let hash = spread(key);
        self.filter[(hash >> 57) as usize] >> (hash >> 51 & 63) & 1
    }

    /// What the word whose first letters are `key` may do and be.
    #[inline]
    pub fn parts(&self, key: u64) -> Parts {
        if self.may_be(key) == 0 {
            return 0;
        }
        let hash = spread(key);
        let mut at = (hash >> 40) as usize % PLACES;
        loop {
            match self.keys[at] {
                known if known == key => return self.parts[at],
                0 => return 0,
                _ => at = (at + 1) % PLACES,
            }
        }
    }
}

pub(super) static KNOWN: Known = {
    let mut known = Known { filter: [0; FILTER / 64], keys: [0; PLACES], parts: [0; PLACES] };
    let mut i = 0;
    while i < ROLES.len() {
        let (mut j, role) = (0, role(ROLES[i].1));
        while j < ROLES[i].0.len() {
            known.with(ROLES[i].0[j], role);
            j += 1;
        }
        i += 1;
    }
    i = 0;
    while i < SENSES.len() {
        let (mut j, is) = (0, sense(SENSES[i].1));
        while j < SENSES[i].0.len() {
            known.with(SENSES[i].0[j], is);
            j += 1;
        }
        i += 1;
    }
    known
};

/// `known` with the words that do or are something of `parts`, in the groups of the bits of `groups`.
pub(in crate::detect) const fn with_said(mut known: Words, parts: Parts, groups: u64) -> Words {
    let mut i = 0;
    while i < ROLES.len() {
        if role(ROLES[i].1) & parts != 0 {
            known = with_ascii(known, ROLES[i].0, groups);
        }
        i += 1;
    }
    i = 0;
    while i < SENSES.len() {
        if sense(SENSES[i].1) & parts != 0 {
            known = with_ascii(known, SENSES[i].0, groups);
        }
        i += 1;
    }
    known
}

const fn with_ascii(mut known: Words, words: &[&str], groups: u64) -> Words {
    let mut i = 0;
    while i < words.len() {
        if words[i].is_ascii() {
            known = known.with(words[i], groups);
        }
        i += 1;
    }
    known
}

/// What tells something by itself or with others.
pub(in crate::detect) const RELEVANT: Parts = role(!(MY | LEAD | SEND | TURN | OF))
    | sense(Is::You)
    | sense(Is::If)
    | sense(Is::Act)
    | sense(Is::Anything)
    | sense(Is::Let)
    | sense(Is::Become)
    | sense(Is::Answer)
    | sense(Is::Enter)
    | sense(Is::Address);

/// The part that `role` is.
pub(super) const fn role(role: Role) -> Parts {
    parts_of(role, Is::Other) & !parts_of(0, Is::Other)
}

/// The part that `is` is.
pub(super) const fn sense(is: Is) -> Parts {
    parts_of(0, is)
}
