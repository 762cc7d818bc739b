//! Runs of bytes that may be in words, of which not all are letters of ASCII.
//!
//! What comes in: a text. What goes out: how long the run is that it begins with, and whether known words may stand in it. What always
//! holds: a run with a known word is one of words.

use super::tables::BEYOND;
use crate::bytes::table;

/// What the bytes of a word that is more than letters are.
mod kind {
    pub const LETTER: u8 = 1;
    pub const DIGIT: u8 = 2;
    pub const APOSTROPHE: u8 = 4;
    /// The first byte of letters of Latin writings in two bytes (U+00C0 to U+017F).
    pub const LATIN: u8 = 8;
    /// That of Cyrillic ones (U+0400 to U+047F).
    pub const CYRILLIC: u8 = 16;
    /// A byte inside a character.
    pub const INSIDE: u8 = 32;
    /// The first byte of characters that are no part of any known word, nor of a writing that has letters for one byte.
    pub const WIDE: u8 = 64;
    pub const OTHER: u8 = 128;
}

/// What each byte is.
static KINDS: [u8; 256] = table!(b => match b {
    b'A'..=b'Z' | b'a'..=b'z' => kind::LETTER,
    b'0'..=b'9' => kind::DIGIT,
    b'\'' => kind::APOSTROPHE,
    0x80..=0xbf => kind::INSIDE,
    0xc3..=0xc5 => kind::LATIN,
    0xd0 | 0xd1 => kind::CYRILLIC,
    0xe3..=0xed => kind::WIDE,
    0xc0.. => kind::OTHER,
    _ => 0,
});

/// What stands in a run of bytes that may be in words, of which not all are letters of ASCII.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// A number.
    Number,
    /// A word of more than one letter that is surely not known.
    Other,
    /// No part of a known word. What letters there are take more than one byte each.
    Silent,
    /// Words, and a letter that is one byte in lower case, and more as it is written.
    Kelvin,
    /// Words.
    Words,
}

/// What a run is of.
#[derive(Debug, PartialEq, Eq)]
struct Scan {
    len: usize,
    /// The kinds of its bytes.
    all: u8,
    /// Whether it is of whole letters of one byte or two.
    whole: bool,
    apostrophes: usize,
}

/// What the run at the start of `text` is of.
fn scan(text: &[u8]) -> Scan {
    let (mut len, mut all, mut broken, mut open, mut apostrophes) = (0, 0, false, false, 0);
    let mut last = 0;
    while let Some(&b) = text.get(len) {
        // PERF: Cyrillic letters, of which a word has many.
        if let [0xd0 | 0xd1, second @ 0x80..=0xbf] = *text.get(len..len + 2).unwrap_or_default() {
            broken |= open;
            (all, last, len, open) = (all | kind::CYRILLIC | kind::INSIDE, second, len + 2, false);
            continue;
        }
        let kind = KINDS[usize::from(b)];
        if kind == 0 {
            break;
        }
        // Ill-formed, or a sign among the letters: U+00D7, U+00F7.
        broken |= (kind == kind::INSIDE) != open || last == 0xc3 && b | 0x20 == 0xb7;
        open = kind & (kind::LATIN | kind::CYRILLIC) != 0;
        apostrophes += usize::from(kind == kind::APOSTROPHE);
        (all, last, len) = (all | kind, b, len + 1);
    }
    Scan { len, all, whole: !(broken || open), apostrophes }
}

/// What the run at the start of `text` is of, as far as that counts if it is of none of whole letters of one byte or two.
fn scan_foreign(text: &[u8]) -> Scan {
    let (mut len, mut all) = (0, 0);
    // PERF: eight bytes at once, as far as all are of such writings.
    while text.get(len..).and_then(|rest| rest.first_chunk()).is_some_and(are_wide) {
        (all, len) = (all | kind::WIDE | kind::INSIDE, len + 8);
    }
    while let Some(kind) = text.get(len).map(|b| KINDS[usize::from(*b)]).filter(|kind| *kind != 0) {
        (all, len) = (all | kind, len + 1);
    }
    Scan { len, all, whole: false, apostrophes: 0 }
}

/// Whether all of them are [`kind::WIDE`] or [`kind::INSIDE`], 0xe3 to 0xed or 0x80 to 0xbf.
#[inline]
fn are_wide(bytes: &[u8; 8]) -> bool {
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let each = |b: u8| u64::from_le_bytes([b; 8]);
    let bytes = u64::from_le_bytes(*bytes);
    // Without their highest bits sums of seven bits each tell which bytes reach a limit.
    let low = bytes & !HIGH;
    let from = |limit: u8| low + each(0x80 - (limit & 0x7f));
    bytes & HIGH & !(from(0xc0) & !(from(0xe3) & !from(0xee))) == HIGH
}

/// The length of the run of bytes that may be in words at the start of `text`, and what stands in it.
pub(super) fn run_at(text: &[u8]) -> (usize, Run) {
    // PERF: what begins with a character of many others is no word of Latin or Cyrillic letters alone.
    let foreign = text.first().is_some_and(|b| KINDS[usize::from(*b)] & (kind::WIDE | kind::OTHER) != 0);
    let Scan { len, all, whole, apostrophes } = if foreign { scan_foreign(text) } else { scan(text) };
    let run = text.get(..len).unwrap_or_default();
    let within = |kinds: u8| all & !kinds == 0;
    if within(kind::DIGIT) {
        return (len, Run::Number);
    }
    let latin = within(kind::LETTER | kind::LATIN | kind::INSIDE | kind::APOSTROPHE);
    if all & kind::INSIDE != 0 && whole && (latin || within(kind::CYRILLIC | kind::INSIDE)) {
        // PERF: nearly all words of writings with letters beyond ASCII begin or end otherwise than those that are known.
        let skip = run.iter().take_while(|b| **b == b'\'').count();
        let word = run.get(skip..).unwrap_or_default();
        let word = word
            .get(..word.len() - word.iter().rev().take_while(|b| **b == b'\'').count())
            .unwrap_or_default();
        if let (Some(begin), Some(end)) = (word.first_chunk(), word.last_chunk())
            && !BEYOND.may_be(*begin, *end, len - apostrophes)
        {
            return (len, Run::Other);
        }
    }
    if all & kind::OTHER != 0 && run.windows(3).any(|c| c == "\u{212a}".as_bytes()) {
        return (len, Run::Kelvin);
    }
    (len, if all & (kind::LETTER | kind::CYRILLIC | kind::DIGIT) == 0 { Run::Silent } else { Run::Words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_are_told_as_they_are_byte_by_byte(
            parts in prop::collection::vec(prop_oneof![
                prop::sample::select(&["a", "Zz", "'", "7", " ", "\u{438}\u{433}\u{43d}", "\u{e9}", "\u{d7}", "\u{f7}", "\u{6211}\u{306e}\u{c774}", "\u{201c}", "\u{212a}"][..])
                    .prop_map(|part| part.as_bytes().to_vec()),
                (0x80..=0xffu8).prop_map(|b| vec![b]),
                Just(vec![0xd0]),
            ], 1..24),
        ) {
            let text = parts.concat();
            let kinds = |b: &u8| KINDS[usize::from(*b)];
            let run: Vec<u8> = text.iter().copied().take_while(|b| kinds(b) != 0).collect();
            let all = run.iter().fold(0, |all, b| all | kinds(b));
            let two = |b: &u8| kinds(b) & (kind::LATIN | kind::CYRILLIC) != 0;
            let mut whole = true;
            for (n, b) in run.iter().enumerate() {
                whole &= (kinds(b) == kind::INSIDE) == (n > 0 && two(&run[n - 1])) && !(n > 0 && run[n - 1] == 0xc3 && b | 0x20 == 0xb7);
            }
            whole &= !run.last().is_some_and(two);
            let apostrophes = run.iter().filter(|b| **b == b'\'').count();
            prop_assert_eq!(scan(&text), Scan { len: run.len(), all, whole, apostrophes });
            // First bytes with none behind them, ill-formed, may be taken for whole characters.
            let foreign = scan_foreign(&text);
            prop_assert_eq!((foreign.len, foreign.whole), (run.len(), false));
            prop_assert_eq!(foreign.all | kind::WIDE | kind::INSIDE, all | kind::WIDE | kind::INSIDE);
        }

        #[test]
        fn wide_characters_are_told_from_all_others(bytes in prop::array::uniform8(prop_oneof![0x80..=0xbfu8, 0xe3..=0xedu8, 0x80..=0xbfu8, 0xe3..=0xedu8, any::<u8>()])) {
            prop_assert_eq!(are_wide(&bytes), bytes.iter().all(|b| KINDS[usize::from(*b)] & !(kind::WIDE | kind::INSIDE) == 0 && *b >= 0x80));
        }
    }
}
