//! Which known words a value holds, found in one pass.
//!
//! A word is a run of ASCII letters, read without regard to case; a longer one is known by its first eight letters. What
//! is told is never less than what is there: another long word with the same beginning is told as well, and that costs
//! a look, not a verdict.

use super::letters::{self, BLOCK};
use super::vector::{Bits, OfVectors, Vectors, with_bits, with_vectors};

/// Bits of the filter that nearly every unknown word fails.
const FILTER: usize = 1 << 15;
/// Places of the table behind it.
const SLOTS: usize = 1 << 13;
/// Most letters of a word that are looked at.
const LETTERS: usize = 8;

/// Known words, each with the groups it belongs to. Built when the program is compiled.
#[derive(Debug)]
pub struct Words {
    filter: [u64; FILTER / 64],
    /// The key and the groups of each word. PERF: side by side, for one is read right after the other.
    slots: [(u64, u64); SLOTS],
    used: usize,
}

const fn spread(key: u64) -> u64 {
    key.wrapping_mul(0x9E37_79B9_7F4A_7C15)
}

const fn bit(key: u64) -> usize {
    (spread(key) >> (64 - FILTER.trailing_zeros())) as usize
}

const fn slot(key: u64) -> usize {
    (spread(key) >> 20) as usize & (SLOTS - 1)
}

impl Words {
    /// No words.
    pub const NONE: Words = Words { filter: [0; FILTER / 64], slots: [(0, 0); SLOTS], used: 0 };

    /// With `word` in the groups of the bits of `groups`. Of a word that is not letters alone (`base64_decode`,
    /// `content-type`) the longest run of letters is kept; a word without letters tells nothing.
    pub const fn with(mut self, word: &str, groups: u64) -> Words {
        let word = word.as_bytes();
        let (mut from, mut len, mut at) = (0, 0, 0);
        while at < word.len() {
            let start = at;
            while at < word.len() && word[at].is_ascii_alphabetic() {
                at += 1;
            }
            if at - start > len {
                (from, len) = (start, at - start);
            }
            at += 1;
        }
        // PERF: a word of no group would be let through by the filter, for nothing.
        if len == 0 || groups == 0 {
            return self;
        }
        let (mut key, mut i) = (0, 0);
        while i < len && i < LETTERS {
            key |= (word[from + i].to_ascii_lowercase() as u64) << (8 * i);
            i += 1;
        }
        self.filter[bit(key) / 64] |= 1 << (bit(key) % 64);
        let mut at = slot(key);
        while self.slots[at].0 != 0 && self.slots[at].0 != key {
            at = (at + 1) % SLOTS;
        }
        if self.slots[at].0 == 0 {
            self.used += 1;
            assert!(self.used < SLOTS / 2, "the table is too small for so many words");
        }
        self.slots[at] = (key, self.slots[at].1 | groups);
        self
    }

    /// With all of `words` in the groups of the bits of `groups`.
    pub const fn with_all(mut self, words: &[&str], groups: u64) -> Words {
        let mut i = 0;
        while i < words.len() {
            self = self.with(words[i], groups);
            i += 1;
        }
        self
    }

    /// The groups of all words in `bytes`.
    pub fn find(&self, bytes: &[u8]) -> u64 {
        self.find_noting::<0>(bytes, &mut [])
    }

    /// The groups of all words in `bytes`. For each block of 64 of these, as far as `notes` reach, bits are noted: in the first `N - 1`
    /// numbers, where words of as many of the groups before the last two begin; in the last, where those of the last but one begin,
    /// and, right behind, where those of the last do, but at the end of the block.
    ///
    /// PERF: a number for each group takes longer to clear.
    pub fn find_noting<const N: usize>(&self, bytes: &[u8], notes: &mut [[u64; N]]) -> u64 {
        with_vectors(Find { known: self, bytes, notes })
    }

    #[inline(always)]
    fn find_all<const N: usize>(&self, vectors: impl Vectors, bytes: &[u8], notes: &mut [[u64; N]]) -> u64 {
        let (mut groups, mut before) = (0, 0);
        let mut rest = bytes;
        let mut mask = vectors.letters(rest);
        let mut notes = notes.iter_mut();
        while !rest.is_empty() {
            let after = rest.get(BLOCK..).unwrap_or_default();
            let next = vectors.letters(after);
            let mut starts = mask & !(mask << 1 | before);
            let mut ends = ends(mask, before);
            before = mask >> (BLOCK - 1);
            let mut told = [0; N];
            let mut note = |at: u32, of: u64| {
                groups |= of;
                let mut n = 0;
                while n < N {
                    // Of the groups from this one on; but for the last number only this one counts.
                    let from = of >> ((63 - N + n) & 63);
                    told[n] |= (if n + 1 < N { from & 1 } else { from }) << at;
                    n += 1;
                }
            };
            if let Some(block) = rest.first_chunk::<{ BLOCK + LETTERS }>() {
                // PERF: the eight bytes of every word lie in the block. Which words pass the filter is told without a branch.
                let key = |at: u32, end: u32| {
                    let eight = block.get(at as usize % BLOCK..).and_then(|b| b.first_chunk());
                    (eight.map_or(0, |w| u64::from_le_bytes(*w)) | LOWER)
                        & FIRST[(end - at) as usize % FIRST.len()]
                };
                // Where a word ends that goes on in the next block.
                let last = BLOCK as u32 + (!next).trailing_zeros();
                let mut found = 0;
                loop {
                    // All words but the last one end in the block.
                    let (at, end) = (starts.trailing_zeros(), ends.trailing_zeros());
                    if ends == 0 {
                        break;
                    }
                    (starts, ends) = (starts & (starts - 1), ends & (ends - 1));
                    found |= self.may_be(key(at, end)) << at;
                }
                if starts != 0 {
                    let at = starts.trailing_zeros();
                    found |= self.may_be(key(at, last)) << at;
                    starts = 0;
                }
                while found != 0 {
                    let at = found.trailing_zeros();
                    found &= found - 1;
                    // Where the word is longer than a block, it is long enough.
                    let end = at + (!run(mask, next, at)).trailing_zeros();
                    note(at, self.groups(key(at, end)));
                }
            }
            while starts != 0 {
                let at = starts.trailing_zeros();
                starts &= starts - 1;
                note(at, self.look(key(rest, at as usize, length(mask, next, at))));
            }
            if let Some(slot) = notes.next() {
                *slot = told;
            }
            (rest, mask) = (after, next);
        }
        groups
    }

    /// The groups of all words in `bytes`, which are no more than 64 and have ASCII letters where `letters` has bits.
    #[inline]
    pub fn find_in(&self, bytes: &[u8], letters: u64) -> u64 {
        let (mut groups, mut starts) = (0, letters & !(letters << 1));
        while starts != 0 {
            let at = starts.trailing_zeros();
            starts &= starts - 1;
            let len = (!(letters >> at)).trailing_zeros().min(LETTERS as u32);
            groups |= self.look(key(bytes, at as usize, len));
        }
        groups
    }

    /// The groups of the word whose letters begin at `at`, of those in `bytes`.
    #[inline]
    pub fn at(&self, bytes: &[u8], at: usize) -> u64 {
        let rest = bytes.get(at..).unwrap_or_default();
        let len = match rest.first_chunk() {
            Some(eight) => letters::letters_of(*eight) as u32,
            None => rest.iter().take_while(|b| b.is_ascii_alphabetic()).count().min(LETTERS) as u32,
        };
        if len == 0 { 0 } else { self.look(key(bytes, at, len)) }
    }

    /// The words of `groups`, told apart from nearly all others by a filter of their own.
    pub const fn few(&self, groups: u64) -> Few {
        let (mut filter, mut at) = ([0; 512], 0);
        while at < SLOTS {
            if self.slots[at].0 != 0 && self.slots[at].1 & groups != 0 {
                let place = Few::place(self.slots[at].0);
                filter[place / 64] |= 1 << (place % 64);
            }
            at += 1;
        }
        Few { groups, filter }
    }

    /// Where the words of `few`, which are some of these, stand in `bytes`, in order.
    pub fn places<'a>(&'a self, bytes: &'a [u8], few: &'a Few) -> impl Iterator<Item = usize> + 'a {
        let (mut base, mut mask) = (0, letters::mask(bytes));
        let mut next = letters::mask(bytes.get(BLOCK..).unwrap_or_default());
        let mut found = few.found(bytes, mask, 0, next);
        std::iter::from_fn(move || {
            loop {
                while found == 0 {
                    let before = mask >> (BLOCK - 1);
                    base += BLOCK;
                    let rest = bytes.get(base..).filter(|rest| !rest.is_empty())?;
                    (mask, next) = (next, letters::mask(rest.get(BLOCK..).unwrap_or_default()));
                    found = few.found(rest, mask, before, next);
                }
                let at = found.trailing_zeros();
                found &= found - 1;
                if self.look(key(bytes.get(base..)?, at as usize, length(mask, next, at))) & few.groups != 0 {
                    return Some(base + at as usize);
                }
            }
        })
    }

    /// 1 if the word of this key may be known, 0 if it is not.
    #[inline(always)]
    fn may_be(&self, key: u64) -> u64 {
        let bit = bit(key);
        // A mask of all bits would be made a branch.
        self.filter[bit / 64] >> (bit % 64) & 1
    }

    #[inline]
    fn look(&self, key: u64) -> u64 {
        let bit = bit(key);
        if self.filter[bit / 64] & 1 << (bit % 64) == 0 { 0 } else { self.groups(key) }
    }

    /// The groups of a word that passes the filter.
    #[inline]
    fn groups(&self, key: u64) -> u64 {
        let mut at = slot(key);
        loop {
            match self.slots[at] {
                (known, groups) if known == key => return groups,
                (0, _) => return 0,
                _ => at = (at + 1) % SLOTS,
            }
        }
    }
}

/// Some of the words known.
#[derive(Debug)]
pub struct Few {
    groups: u64,
    filter: [u64; 512],
}

impl Few {
    const fn place(key: u64) -> usize {
        (spread(key) >> 49) as usize
    }

    /// Of the words that begin in the block at the beginning of `bytes` those that may be some of these. Letters stand at
    /// `mask`, at `next` of the block behind, and, if `before` is 1, at the end of the one before.
    fn found(&self, bytes: &[u8], mask: u64, before: u64, next: u64) -> u64 {
        with_bits(Found { few: self, bytes, mask, before, next })
    }

    #[inline(always)]
    fn found_all(&self, bytes: &[u8], mask: u64, before: u64, next: u64) -> u64 {
        let (mut starts, mut found) = (mask & !(mask << 1 | before), 0);
        let mut ends = ends(mask, before);
        // PERF: nearly every block has another behind it, so that eight bytes can be read from any of its places.
        let block = bytes.first_chunk::<{ BLOCK + LETTERS }>();
        while starts != 0 {
            let at = starts.trailing_zeros() as usize;
            starts &= starts - 1;
            let len = match ends {
                0 => length(mask, next, at as u32) as usize,
                _ => (ends.trailing_zeros() as usize - at).min(LETTERS),
            };
            ends &= ends.wrapping_sub(1);
            let eight = block.and_then(|block| block.get(at % BLOCK..)).and_then(|b| b.first_chunk());
            let key = match eight {
                Some(eight) => (u64::from_le_bytes(*eight) | LOWER) & FIRST[len % FIRST.len()],
                None => key(bytes, at, len as u32),
            };
            let place = Few::place(key);
            found |= (self.filter[place / 64] >> (place % 64) & 1) << at;
        }
        found
    }
}

/// [`Words::find_noting`] at work.
struct Find<'a, const N: usize> {
    known: &'a Words,
    bytes: &'a [u8],
    notes: &'a mut [[u64; N]],
}

impl<const N: usize> OfVectors for Find<'_, N> {
    type Told = u64;

    #[inline(always)]
    fn run(self, vectors: impl Vectors) -> u64 {
        self.known.find_all(vectors, self.bytes, self.notes)
    }
}

/// [`Few::found`] at work.
struct Found<'a> {
    few: &'a Few,
    bytes: &'a [u8],
    mask: u64,
    before: u64,
    next: u64,
}

impl Bits for Found<'_> {
    type Told = u64;

    #[inline(always)]
    fn run(self) -> u64 {
        self.few.found_all(self.bytes, self.mask, self.before, self.next)
    }
}

/// Behind each word of a block a bit, but for one that began before it and one that goes on behind it: letters stand at `mask`, and,
/// if `before` is 1, at the end of the block before.
#[inline(always)]
fn ends(mask: u64, before: u64) -> u64 {
    let ends = !mask & mask << 1;
    if mask & before != 0 { ends & ends.wrapping_sub(1) } else { ends }
}

/// What makes letters small.
const LOWER: u64 = 0x2020_2020_2020_2020;
/// The first `n` bytes of eight; no word has none. PERF: a word as long as two blocks, for which 0 stands, needs no comparison.
static FIRST: [u64; 2 * BLOCK] = {
    let (mut first, mut n) = ([u64::MAX; 2 * BLOCK], 1);
    while n < LETTERS {
        first[n] = (1 << (8 * n)) - 1;
        n += 1;
    }
    first
};

/// How many letters stand from `at` on, 8 at most.
#[inline(always)]
fn length(mask: u64, next: u64, at: u32) -> u32 {
    (!run(mask, next, at)).trailing_zeros().min(LETTERS as u32)
}

/// Where letters stand in the 64 bytes from `at` on.
#[inline(always)]
fn run(mask: u64, next: u64, at: u32) -> u64 {
    // Shifting twice leaves nothing of the next block where `at` is 0.
    mask >> at | next << 1 << (63 - at)
}

/// The first `len` letters at `at` in lower case, 1 to 8 of them.
#[inline]
fn key(bytes: &[u8], at: usize, len: u32) -> u64 {
    let word = match bytes.get(at..at + LETTERS) {
        Some(eight) => u64::from_le_bytes(eight.try_into().unwrap_or_default()),
        None => match bytes.last_chunk::<LETTERS>() {
            // PERF: what stands before the word is shifted out.
            Some(last) => u64::from_le_bytes(*last).unbounded_shr(8 * (at + LETTERS - bytes.len()) as u32),
            None => {
                let rest = bytes.get(at..).unwrap_or_default();
                rest.iter().rev().fold(0, |word, &b| word << 8 | u64::from(b))
            }
        },
    };
    (word | LOWER) & u64::MAX >> (64 - 8 * len)
}

#[cfg(test)]
mod tests {
    use super::super::vector::levels;
    use super::*;
    use proptest::prelude::*;

    static WORDS: Words = Words::NONE
        .with_all(&["or", "union", "x", "information_schema"], A)
        .with_all(&["union", "base64"], B)
        .with("select", C);
    const A: u64 = 1 << 61;
    const B: u64 = 1 << 62;
    const C: u64 = 1 << 63;

    #[test]
    fn words_are_found_in_any_case_and_between_anything() {
        for (text, groups) in [
            ("", 0),
            ("OR", A),
            ("fOr 1or2", A),
            ("for orb 4", 0),
            ("uNiOn", A | B),
            ("1e0union/**/select", A | B | C),
            ("selectx", 0),
            ("INFORMATION_SCHEMA", A),
            ("basement base32", B),
            ("bas", 0),
            ("\u{f6}x\u{f6}", A),
        ] {
            assert_eq!(WORDS.find(text.as_bytes()), groups, "{text}");
        }
    }

    /// What [`Words::find`] stands for, without its arithmetic.
    fn plainly(bytes: &[u8]) -> u64 {
        let words = bytes.split(|b| !b.is_ascii_alphabetic()).filter(|w| !w.is_empty());
        words.fold(0, |groups, word| {
            let word: Vec<u8> = word.iter().take(LETTERS).map(u8::to_ascii_lowercase).collect();
            groups
                | match &word[..] {
                    b"or" | b"x" | b"informat" => A,
                    b"union" => A | B,
                    b"base" => B,
                    b"select" => C,
                    _ => 0,
                }
        })
    }

    proptest! {
        #[test]
        fn every_word_is_found_wherever_it_stands(
            parts in prop::collection::vec(
                (
                    prop::sample::select(&["or", "union", "X", "Schema", "information", "base", "select", "elect", "", "uni"][..]),
                    prop::sample::select(&[" ", "", "1", "\u{e9}", "`", "{", "@", "[", "                                          "][..]),
                ),
                0..40,
            ),
        ) {
            let text: String = parts.iter().flat_map(|(a, b)| [*a, *b]).collect();
            prop_assert_eq!(WORDS.find(text.as_bytes()), plainly(text.as_bytes()), "{}", text);
            let blocks = text.len().div_ceil(BLOCK);
            let mut notes = [[u64::MAX; 2]; 40];
            for _ in levels() {
                let mut told = [[u64::MAX; 2]; 40];
                prop_assert_eq!(WORDS.find_noting(text.as_bytes(), &mut told), plainly(text.as_bytes()), "{}", text);
                // With wide vectors as without any.
                prop_assert!(notes == [[u64::MAX; 2]; 40] || notes == told, "{}", text);
                notes = told;
            }
            prop_assert_eq!(&notes[blocks..], &[[u64::MAX; 2]; 40][blocks..]);
            let noted = |n: usize, at: usize| notes[at / BLOCK][n] >> (at % BLOCK) & 1 == 1;
            for groups in [A, B, C] {
                let few = WORDS.few(groups);
                let places = (0..text.len()).filter(|at| match groups {
                    A => noted(0, *at),
                    // What stands right behind the beginning of another is no word.
                    B => noted(1, *at) && WORDS.at(text.as_bytes(), *at) & B != 0,
                    _ if at % BLOCK + 1 < BLOCK => noted(1, at + 1) && WORDS.at(text.as_bytes(), *at) & C != 0,
                    _ => WORDS.at(text.as_bytes(), *at) & C != 0 && WORDS.places(text.as_bytes(), &few).any(|p| p == *at),
                });
                prop_assert!(places.eq(WORDS.places(text.as_bytes(), &few)), "{}", text);
            }
            let all = notes[..blocks].iter().map(|note| note[1].count_ones() as usize).sum::<usize>();
            let (b, c) = (WORDS.few(B), WORDS.few(C));
            let places = WORDS.places(text.as_bytes(), &c).filter(|at| at % BLOCK + 1 < BLOCK).count();
            prop_assert_eq!(all, WORDS.places(text.as_bytes(), &b).count() + places);
            let start = text.as_bytes().get(..BLOCK).unwrap_or(text.as_bytes());
            prop_assert_eq!(WORDS.find_in(start, letters::mask(start)), plainly(start), "{}", text);
            for at in 0..text.len() {
                let word = text.as_bytes()[at..].split(|b| !b.is_ascii_alphabetic()).next();
                prop_assert_eq!(WORDS.at(text.as_bytes(), at), plainly(word.unwrap_or_default()), "{} at {}", text, at);
            }
            for groups in [A, B, C, B | C] {
                let few = WORDS.few(groups);
                let places: Vec<usize> = WORDS.places(text.as_bytes(), &few).collect();
                let letter = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_alphabetic);
                let starts = (0..text.len()).filter(|at| letter(*at) && (*at == 0 || !letter(at - 1)));
                let word = |at: usize| text.as_bytes()[at..].split(|b| !b.is_ascii_alphabetic()).next();
                let known = starts.filter(|at| word(*at).is_some_and(|w| plainly(w) & groups != 0));
                prop_assert_eq!(places, known.collect::<Vec<_>>(), "{}", text);
            }
        }
    }
}
