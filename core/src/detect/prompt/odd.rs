//! Words that are not letters of ASCII alone, found in one pass over a text.
//!
//! What comes in: a text and the groups of the words that are known as they stand. What goes out: the groups of those that
//! are known otherwise: with apostrophes or invisible characters inside, with digits for letters, with Cyrillic letters;
//! and whether a word may be spelt letter by letter. What always holds: each is told as [`words_of`] tells it.
//!
//! PERF: in prose one word in thirty has an apostrophe or a digit, and nearly all of them are `it's`, `don't` and `2nd`.
//! Which these are is told for 64 bytes together, and what they are in a few steps.

mod scrambled;

use super::gate::groups;
use super::letters::{self, Beyond, beyond, digits_in, words_of};
use super::lookup::{Is, Parts};
use super::outline::{APOSTROPHE, BYTES, DIGIT, HIGH, LETTER};
use super::sentence::part;
use super::spelling::{FORMS, LONGEST, unscrambled};
use super::tables::{KEY, KNOWN, LOWER, sense};
use super::words::*;
use crate::bytes::{Bits, ByteClasses, Wake, table, with_bits};
use crate::detect::Groups;
use std::ops::Range;

/// Single letters in a row that may be a word.
const ROW: u32 = 4;

/// First bytes of characters that join the letters around them or may look like letters, a class for each row of the code
/// table: invisible ones and the typographic apostrophe, and Cyrillic letters.
static LEADS: ByteClasses = ByteClasses::new(table!(b => match b {
    0xe2 | 0xef => 1,
    0xc2 => 2,
    0xd0 | 0xd1 => 4,
    _ => 0,
}));

/// Bytes of the typographic apostrophe, U+2019.
pub(super) const CURLY: usize = 3;

/// Bytes that part no words.
static INSIDE: [bool; 256] = table!(b => b.is_ascii_alphanumeric() || b == b'\'' || b >= 128);

/// Blocks that are looked at together.
pub(super) const BATCH: usize = 16;

/// The pass over a text.
pub(super) struct Odd<'a> {
    bytes: &'a [u8],
    /// The groups of the words in the value, and of those that were read.
    pub words: Groups,
    /// Whether one of these begins an address.
    pub address: bool,
    /// Whether four letters stand alone, one behind the other.
    pub spelt: bool,
    /// Where the last one that was read ends.
    done: usize,
    /// What a text of one block is. PERF: most texts are so short, and looked at twice.
    short: Option<Masks>,
}

/// The pass at work.
struct Work<'o, 'a> {
    odd: &'o mut Odd<'a>,
    spelling: bool,
}

impl Bits for Work<'_, '_> {
    type Told = ();

    #[inline(always)]
    fn run(self) {
        self.odd.pass(self.spelling);
    }
}

/// Where the bytes of a block are that may be in words: letters, digits, apostrophes and bytes beyond ASCII.
type Masks = [u64; 4];
const SETS: [u8; 4] = [LETTER, DIGIT, APOSTROPHE, HIGH];

/// What the byte before a block is, a bit for each: a letter, a digit, one that may be in a word.
#[derive(Default)]
struct Before {
    letters: u64,
    digits: u64,
    inside: u64,
}

impl<'a> Odd<'a> {
    /// Kinds of byte without which no word is odd.
    pub const KINDS: Wake = Wake::HIGH.or(Wake::SINGLE).or(Wake::DIGIT);

    /// A pass over `bytes`, in which words of the groups `words` are known.
    pub fn new(bytes: &'a [u8], words: Groups) -> Odd<'a> {
        let short = (bytes.len() <= ByteClasses::BLOCK).then(|| BYTES.masks(bytes, SETS));
        Odd { bytes, words, address: false, spelt: false, done: 0, short }
    }

    /// Reads all odd words; if `spelling`, up to where a word may be spelt letter by letter.
    pub fn read_all(&mut self, spelling: bool) {
        with_bits(Work { odd: self, spelling });
    }

    #[inline(always)]
    fn pass(&mut self, spelling: bool) {
        let (bytes, mut base, mut row, mut letters) = (self.bytes, 0, 0, 0);
        let mut before = Before::default();
        // The first block of the next batch is looked at with this one.
        let mut masks: [Masks; BATCH + 1] = [[0; 4]; BATCH + 1];
        while base < bytes.len() {
            match self.short {
                Some(block) => masks[0] = block,
                None => BYTES.fill(bytes.get(base..).unwrap_or_default(), SETS, &mut masks),
            }
            let blocks = (bytes.len() - base).div_ceil(ByteClasses::BLOCK).min(BATCH);
            let pairs = || masks.iter().zip(masks.iter().skip(1)).take(blocks);
            // PERF: two loops of which each has its counters in registers.
            if spelling {
                for (now, next) in pairs() {
                    if is_row(now[0], next[0], letters, &mut row) {
                        self.spelt = true;
                        return;
                    }
                    letters = now[0] >> 63;
                }
            }
            for (now, next) in pairs() {
                self.block(base, now, &mut before, next);
                base += ByteClasses::BLOCK;
            }
        }
    }

    /// Reads the odd words in the block at `base`.
    #[inline(always)]
    fn block(&mut self, base: usize, now: &Masks, before: &mut Before, next: &Masks) {
        let [letters, digits, apostrophes, high] = *now;
        let any = |masks: &Masks| masks.iter().fold(0, |all, mask| all | mask);
        let (inside, behind, last) = (any(now), any(next), before.inside);
        // A digit and a letter side by side; an apostrophe inside a word.
        let mixed = letters & (digits << 1 | before.digits) | digits & (letters << 1 | before.letters);
        let joined = apostrophes & (inside << 1 | last) & (inside >> 1 | behind << 63);
        *before = Before { letters: letters >> 63, digits: digits >> 63, inside: inside >> 63 };
        if mixed | joined | high == 0 {
            return;
        }
        let block = self.bytes.get(base..).unwrap_or_default();
        let [invisible, cyrillic] = if high == 0 { [0; 2] } else { LEADS.masks(block, [1 | 2, 4]) };
        let mut places = mixed | joined | invisible | cyrillic;
        while places != 0 {
            let bit = places.trailing_zeros();
            places &= places - 1;
            let at = base + bit as usize;
            if at < self.done {
                continue;
            }
            let joint = match self.bytes.get(at..).unwrap_or_default() {
                [b'\'', ..] => 1,
                [0xe2, 0x80, 0x99, ..] => CURLY,
                // U+200B to U+200D, U+2060, U+212A, U+00AD, U+FEFF.
                [0xe2, 0x80, 0x8b..=0x8d, ..]
                | [0xe2, 0x81, 0xa0, ..]
                | [0xe2, 0x84, 0xaa, ..]
                | [0xc2, 0xad, ..]
                | [0xef, 0xbb, 0xbf, ..] => 0,
                _ if (mixed | cyrillic) >> bit & 1 != 0 => 0,
                _ => continue,
            };
            // Where the word lies, if all of it is in the block.
            let start = (!inside & !(u64::MAX << bit)).checked_ilog2().map_or(0, |before| before + 1);
            let end = bit + (!(inside >> bit)).trailing_zeros();
            let whole = joint > 0 && end < u64::BITS && (start > 0 || last == 0);
            let around = u64::MAX << start & !u64::MAX.unbounded_shl(end) & !(((1 << joint) - 1) << bit);
            let (start, end) = (base + start as usize, base + end as usize);
            if !(whole && around & !letters == 0 && self.joined(start..end, at, joint)) {
                self.read(at);
            }
        }
    }

    /// Reads a word of letters of ASCII with `joint` bytes at `at` that part nothing. Whether it could be told so.
    fn joined(&mut self, word: Range<usize>, at: usize, joint: usize) -> bool {
        let end = word.end;
        let Some(parts) = joined(self.bytes, word, at, joint) else { return false };
        self.done = end;
        if parts != 0 {
            self.address |= parts & sense(Is::Address) != 0;
            self.words = self.words.or(groups_of(parts));
        }
        true
    }

    /// Reads the words around `at`, up to bytes that end any word.
    fn read(&mut self, at: usize) {
        if at < self.done {
            return;
        }
        let inside = |b: Option<&u8>| b.is_some_and(|b| INSIDE[usize::from(*b)]);
        let mut start = at;
        while start > 0 && inside(self.bytes.get(start - 1)) {
            start -= 1;
        }
        self.done = at + 1;
        while inside(self.bytes.get(self.done)) {
            self.done += 1;
        }
        let words = self.bytes.get(start..self.done).unwrap_or_default();
        if let Some(parts) = digits_in(words) {
            if parts != 0 {
                self.address |= parts & sense(Is::Address) != 0;
                self.words = self.words.or(groups_of(parts));
            }
            return;
        }
        let each = |letters: &[u8], len: usize| {
            let (role, is) = part(letters, len);
            self.address |= is == Is::Address;
            self.words = self.words.or(groups(role, is));
        };
        words_in(words, each);
    }
}

/// What a word of letters of ASCII does and is, which has `joint` bytes at `at` that part nothing: if it is told at a glance.
pub(super) fn joined(bytes: &[u8], word: Range<usize>, at: usize, joint: usize) -> Option<Parts> {
    let eight = |from: usize| bytes.get(from..)?.first_chunk().map(|b| u64::from_le_bytes(*b));
    let len = word.len().checked_sub(joint).filter(|len| *len > 0)?;
    let (begins, ends) = (word.start == at, at + joint == word.end);
    let first = bytes.get(if begins { at + joint } else { word.start })?;
    let last = bytes.get(if ends { at } else { word.end }.wrapping_sub(1))?;
    // The letters from the joint on stand so many bytes further.
    let moved = u64::MAX.unbounded_shl(8 * (at - word.start) as u32);
    let key = eight(word.start)? & !moved | eight(word.start + joint)? & moved;
    let parts = KNOWN.parts((key | LOWER) & u64::MAX >> (64 - 8 * len.min(KEY)));
    let scrambled = || {
        let mut letters = [0; LONGEST];
        let around = bytes.get(word.start..at).unwrap_or_default().iter();
        let around = around.chain(bytes.get(at + joint..word.end).unwrap_or_default());
        letters.iter_mut().zip(around).for_each(|(slot, b)| *slot = *b);
        letters.get(..len).is_none_or(|letters| unscrambled(letters).is_some())
    };
    let unsure = parts != 0 && len >= KEY || FORMS.may_be(*first, *last, len) && scrambled();
    (!unsure).then_some(parts)
}

/// Whether enough letters for a word stand alone, one behind the other, the last of them in this block: letters stand at `letters`,
/// at `next` of the block behind, and at the end of the one before if `before` is 1. `row` of them stood alone before.
#[inline(always)]
fn is_row(letters: u64, next: u64, before: u64, row: &mut u32) -> bool {
    let starts = letters & !(letters << 1 | before);
    let mut alone = starts & !(letters >> 1 | next << 63);
    // PERF: most blocks of a text have none or one; what stands before it is cut off by longer words.
    let mut done = 0;
    while alone != 0 {
        let start = alone & alone.wrapping_neg();
        alone &= alone - 1;
        let between = starts & (start - 1) & !done;
        *row = if between == 0 { *row + 1 } else { 1 };
        done |= starts & (start << 1).wrapping_sub(1);
        if *row == ROW {
            return true;
        }
    }
    if starts & !done != 0 {
        *row = 0;
    }
    false
}

/// The groups of a word that does and is `parts`, as far as those tell.
fn groups_of(parts: Parts) -> Groups {
    let is = [Is::Let, Is::Anything].into_iter().find(|is| parts & sense(*is) != 0).unwrap_or_default();
    groups(parts as Role, is)
}

/// Tells each word of a run of bytes that may be in words, as [`words_of`] does but for its case, and that of a word with letters that no
/// known word has a full-width one is told.
pub(super) fn words_in(run: &[u8], mut each: impl FnMut(&[u8], usize)) {
    // PERF: next to all words of a text in Cyrillic letters are of these alone.
    let mut lower = [0; 32];
    if let Some(len) = cyrillic_lower(run, &mut lower).filter(|len| *len > 0) {
        return each(&lower, len);
    }
    // Whether a piece has letters that are no part of any known word, and anything that may part words.
    let mut piece = |piece: &[u8], foreign: bool, other: bool| match simple(piece) {
        _ if piece.is_empty() => {}
        // PERF: most are `it's`, `2nd` and the like.
        Some((letters, len)) => each(&letters, len),
        None if foreign && !other => each("\u{ff41}".as_bytes(), "\u{ff41}".len()),
        None => words_of(piece, |letters| each(letters, letters.len())),
    };
    let (mut from, mut at, mut foreign, mut other) = (0, 0, false, false);
    while let Some(&b) = run.get(at) {
        if b.is_ascii() {
            at += 1;
            continue;
        }
        let (what, len) = beyond(run.get(at..).unwrap_or_default());
        match what {
            Beyond::Letter => {}
            Beyond::Foreign => foreign = true,
            Beyond::Other => other = true,
            Beyond::Sign => {
                piece(run.get(from..at).unwrap_or_default(), foreign, other);
                (from, foreign, other) = (at + len, false, false);
            }
        }
        at += len;
    }
    piece(run.get(from..).unwrap_or_default(), foreign, other);
}

/// A short word of letters and digits of ASCII, apostrophes among them, as [`words_of`] tells it but for its case.
pub(super) fn simple(word: &[u8]) -> Option<([u8; 16], usize)> {
    let (mut letters, mut len, mut digits) = ([0; 16], 0, 0);
    let mut rest = word;
    while let Some((b, behind)) = rest.split_first() {
        rest = behind;
        if b.is_ascii_alphanumeric() {
            *letters.get_mut(len)? = *b;
            digits += usize::from(b.is_ascii_digit());
            len += 1;
        } else if *b == 0xe2 {
            // A typographic apostrophe, which parts no word but stands before one, too.
            rest = behind.strip_prefix(b"\x80\x99")?;
        } else if *b != b'\'' {
            return None;
        }
    }
    if len == 0 {
        return None;
    }
    if digits > 0 {
        letters::plain(letters.get_mut(..len)?);
    }
    Some((letters, len))
}

/// The word in lower case, if it is of the letters of Russian alone and not longer than any that is known.
fn cyrillic_lower(word: &[u8], out: &mut [u8; 32]) -> Option<usize> {
    let (pairs, odd) = word.as_chunks::<2>();
    if !odd.is_empty() || word.len() > out.len() {
        return None;
    }
    for (pair, slot) in pairs.iter().zip(out.as_chunks_mut::<2>().0) {
        *slot = match *pair {
            [0xd0, b @ 0x90..=0x9f] => [0xd0, b + 0x20],
            [0xd0, b @ 0xa0..=0xaf] => [0xd1, b - 0x20],
            [0xd0, 0xb0..=0xbf] | [0xd1, 0x80..=0x8f] => *pair,
            _ => return None,
        };
    }
    Some(word.len())
}

#[cfg(test)]
mod tests {
    use super::super::letters::KEPT;
    use super::*;
    use proptest::prelude::*;

    /// What [`Odd::read_all`] stands for: the words of each run that may be in words, where one of them is odd.
    fn plainly(bytes: &[u8]) -> (Groups, bool) {
        let (mut all, mut address) = (Groups::NONE, false);
        for run in bytes.split(|b| !INSIDE[usize::from(*b)]) {
            let mixed = run.windows(2).any(|w| {
                w[0].is_ascii_digit() && w[1].is_ascii_alphabetic()
                    || w[0].is_ascii_alphabetic() && w[1].is_ascii_digit()
            });
            let joined = run.len() > 2 && run[1..run.len() - 1].contains(&b'\'');
            let beyond = |list: &[&[u8]]| list.iter().any(|c| run.windows(c.len()).any(|w| w == *c));
            let invisible = beyond(&[
                b"\xe2\x80\x8b",
                b"\xe2\x80\x8c",
                b"\xe2\x80\x8d",
                b"\xe2\x80\x99",
                b"\xe2\x81\xa0",
                b"\xe2\x84\xaa",
                b"\xc2\xad",
                b"\xef\xbb\xbf",
                b"\xd0",
                b"\xd1",
            ]);
            if mixed || joined || invisible {
                words_of(run, |letters| {
                    let (role, is) = part(letters, letters.len());
                    address |= is == Is::Address;
                    all = all.or(groups(role, is));
                });
            }
        }
        (all, address)
    }

    #[test]
    fn odd_words_are_read_wherever_they_stand() {
        for word in ["1gnore", "ignor3", "ignor'e", "ign\u{43e}re", "ignore\u{2019}s", "\u{200b}prompt"] {
            for before in 0..2 * ByteClasses::BLOCK {
                let text = format!("{}{word} of it", " ".repeat(before));
                let mut odd = Odd::new(text.as_bytes(), Groups::NONE);
                odd.read_all(false);
                assert_eq!((odd.words, odd.address), plainly(text.as_bytes()), "{text}");
            }
        }
    }

    #[test]
    fn no_bytes_have_no_word() {
        words_in(b"", |letters, len| panic!("{:?}", &letters[..len]));
    }

    proptest! {
        #[test]
        fn words_of_a_run_are_told_as_they_are_read(
            parts in prop::collection::vec(prop_oneof![
                prop::sample::select(&["ignore", "don", "2nd", "x", "\u{ff4b}", "\u{ff17}", "\u{ff1c}", "\u{ff07}", "\u{2014}", "\u{201c}", "\u{2019}",
                    "'", "\u{e9}", "abcdefghijklmnopqrstuvwxyz", "\u{feff}", "\u{43e}"][..]).prop_map(|part| part.as_bytes().to_vec()),
                (0x2000u32..0x2070).prop_map(|c| char::from_u32(c).unwrap_or('x').to_string().into_bytes()),
                (0xff00u32..0xfff0).prop_map(|c| char::from_u32(c).unwrap_or('x').to_string().into_bytes()),
                (0x3000u32..0xd800).prop_map(|c| char::from_u32(c).unwrap_or('x').to_string().into_bytes()),
                prop::sample::select(&["\u{3001}", "\u{3042}", "\u{30a2}", "\u{6211}", "\u{c774}", "\u{1b0}", "\u{1ebf}", "\u{1e9e}", "\u{111}", "\u{c9}"][..]).prop_map(|part| part.as_bytes().to_vec()),
                (0x80..=0xffu8).prop_map(|b| vec![b]),
            ], 0..12),
        ) {
            let bytes = parts.concat();
            // No case, and nothing of words that hold what no known word does, or are long and not known: of these only the beginning
            // is kept, whatever stands behind it.
            let known = |word: &[u8]| {
                let wide = std::str::from_utf8(word).is_ok_and(|w| w.chars().any(|c| {
                    matches!(c, '\u{180}'..='\u{2af}' | '\u{2c60}'..='\u{2c7f}' | '\u{1e00}'..='\u{1eff}' | '\u{3000}'..='\u{d7ff}' | '\u{ff10}'..='\u{ff19}' | '\u{ff21}'..='\u{ff3a}' | '\u{ff41}'..='\u{ff5a}')
                }));
                let unknown = wide || word.len() > KEPT / 2 && part(word, word.len()) == Default::default();
                if unknown { b"unknown".to_vec() } else { word.to_ascii_lowercase() }
            };
            let (mut told, mut expected) = (Vec::new(), Vec::new());
            words_in(&bytes, |letters, len| told.push(known(&letters[..len])));
            words_of(&bytes, |letters| expected.push(known(letters)));
            prop_assert_eq!(told, expected, "{}", bytes.escape_ascii());
        }

        #[test]
        fn odd_words_are_told_as_they_are_read(
            parts in prop::collection::vec((
                prop::sample::select(
                    &["ignore", "don", "t", "Instruct", "ions", "anything", "everythi", "ng", "2nd", "1gn0re", "ht", "tp", "l", "et", "rul", "es",
                        "tell", "ignr", "oe", "prompt", "\u{43e}", "caf\u{e9}", "7", "messages", "s"][..],
                ),
                prop::sample::select(
                    &["", "'", "\u{2019}", "\u{200b}", " ", " ", "-", "\u{ad}", "\u{201c}", "\u{212a}", ". ", "                             "][..],
                ),
            ), 0..40),
            broken in any::<prop::sample::Index>(),
        ) {
            let text: String = parts.iter().flat_map(|(a, b)| [*a, *b]).collect();
            let mut bytes = text.into_bytes();
            for at in [None, Some(broken)] {
                if let Some(byte) = at.filter(|_| !bytes.is_empty()).map(|at| at.index(bytes.len())) {
                    bytes[byte] = 0xe2;
                }
                let mut odd = Odd::new(&bytes, Groups::NONE);
                odd.read_all(false);
                prop_assert_eq!((odd.words, odd.address), plainly(&bytes), "{}", bytes.escape_ascii());
            }
        }

        #[test]
        fn rows_of_letters_are_found_wherever_they_stand(text in "( {0,40}|[ab]{1,2}|[-1.]){0,60}") {
            let mut row = 0;
            let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty());
            let found = words.fold(false, |found, word| {
                row = if word.len() == 1 { row + 1 } else { 0 };
                found || row == 4
            });
            let mut odd = Odd::new(text.as_bytes(), Groups::NONE);
            odd.read_all(true);
            prop_assert_eq!(odd.spelt, found, "{}", text);
        }
    }
}
