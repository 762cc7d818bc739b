//! The letters of a word, as a model reads them: in lower case, put together, letters for what stands for them.

use super::lookup::Parts;
use super::spelling::SHORTEST;
use super::tables::KNOWN;
use crate::bytes::table;
use smallvec::SmallVec;

/// Longest word kept, with room for the last of its letters in lower case.
pub(super) const LETTERS: usize = 36;
/// Bytes of a word from which on no letter is added.
pub(super) const KEPT: usize = LETTERS - 7;

const LETTER: u8 = 1;
pub(super) const DIGIT: u8 = 2;
/// Which bytes are letters and digits of ASCII.
static KINDS: [u8; 256] = table!(b => match b {
    b'A'..=b'Z' | b'a'..=b'z' => LETTER,
    b'0'..=b'9' => DIGIT,
    _ => 0,
});

/// The length of the run of letters and digits at the start of `text`, and which of the two it has.
pub(super) fn run(text: &[u8]) -> (usize, u8) {
    let (mut len, mut all) = (0, 0);
    while let Some(kind) = text.get(len).map(|b| KINDS[usize::from(*b)]).filter(|kind| *kind != 0) {
        all |= kind;
        len += 1;
    }
    (len, all)
}

/// Tells each word of `bytes` as the reader understands it: in lower case, put together, letters for what stands for them.
pub(super) fn words_of(bytes: &[u8], mut each: impl FnMut(&[u8])) {
    let mut letters: SmallVec<[u8; LETTERS]> = SmallVec::new();
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars().chain(['\0']) {
            if is_letter(c) {
                push_lower(c, &mut letters);
            } else if !letters.is_empty() && !joins(c) {
                if letters.iter().any(u8::is_ascii_digit) {
                    plain(&mut letters);
                }
                latin(&mut letters);
                each(&letters);
                letters.clear();
            }
        }
    }
}

/// Whether `c` is a letter or digit of any writing.
///
/// PERF: as [`char::is_alphanumeric`] tells, which searches a table for letters beyond ASCII, some 250 instructions each.
pub(super) fn is_letter(c: char) -> bool {
    match c as u32 {
        0..0x80 => c.is_ascii_alphanumeric(),
        0xc0..=0x24f => !matches!(c, '\u{d7}' | '\u{f7}'),
        0x400..=0x481
        | 0x48a..=0x52f
        | 0x3041..=0x3096
        | 0x30a1..=0x30fa
        | 0x4e00..=0x9fff
        | 0xac00..=0xd7a3 => true,
        0x2010..=0x206f | 0x3000..=0x3004 | 0x3008..=0x3020 | 0xff01..=0xff0f => false,
        _ => c.is_alphanumeric(),
    }
}

/// Adds a letter in lower case, or several that it is then, if there is room.
pub(super) fn push_lower(c: char, letters: &mut SmallVec<[u8; LETTERS]>) {
    if letters.len() >= KEPT {
        return;
    }
    let mut push = |c: char| letters.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    // PERF: Latin and Cyrillic letters in one step; kana, ideographs and Korean have no case.
    let further = match c {
        '\u{c0}'..='\u{d6}' | '\u{d8}'..='\u{de}' | '\u{410}'..='\u{42f}' => Some(0x20),
        '\u{400}'..='\u{40f}' => Some(0x50),
        '\u{df}'..='\u{ff}' | '\u{430}'..='\u{45f}' | '\u{3041}'..='\u{9fff}' | '\u{ac00}'..='\u{d7a3}' => {
            Some(0)
        }
        _ => None,
    };
    match further.and_then(|further| char::from_u32(c as u32 + further)) {
        Some(lower) => push(lower),
        None => c.to_lowercase().for_each(push),
    }
}

/// What a character beyond ASCII is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// A letter or digit that no known word has, in whatever case.
    Foreign,
    /// Another letter.
    Letter,
    /// A sign that parts words.
    Sign,
    /// Any other, or one that is not told from these, or no character.
    Other,
}

/// What the character at the start of `text` is, which is beyond ASCII, and how many bytes to go on by.
#[inline(always)]
pub(super) fn beyond(text: &[u8]) -> (Beyond, usize) {
    match *text {
        // PERF: first what floods are of: full-width forms, and dashes and quotation marks.
        [0xef, 0xbc, 0x90..=0x99 | 0xa1..=0xba, ..] | [0xef, 0xbd, 0x81..=0x9a, ..] => (Beyond::Foreign, 3),
        [0xef, 0xbc, 0x80..=0xbf, ..] | [0xef, 0xbd, 0x80 | 0x9b..=0xa5, ..] => (Beyond::Sign, 3),
        [0xe2, 0x80, 0x90..=0x98 | 0x9a..=0xaf, ..] => (Beyond::Sign, 3),
        _ => other(text),
    }
}

/// The same of any other character.
#[inline(never)]
fn other(text: &[u8]) -> (Beyond, usize) {
    use Beyond::*;
    const INSIDE: std::ops::RangeInclusive<u8> = 0x80..=0xbf;
    let Some(&[first, second]) = text.first_chunk() else { return (Other, 1) };
    if !INSIDE.contains(&second) {
        return (Other, 1);
    }
    // PERF: by the first byte, then by the others.
    match first {
        0xc3 if second | 0x20 != 0xb7 => return (Letter, 2),
        0xc4 | 0xc5 | 0xd0 | 0xd1 => return (Letter, 2),
        0xc6..=0xc8 => return (Foreign, 2),
        0xc9 if second < 0x90 => return (Foreign, 2),
        _ => {}
    }
    let Some(&third) = text.get(2).filter(|third| INSIDE.contains(third)) else { return (Other, 1) };
    let what = match (first, second, third) {
        // The capital of a German letter; Vietnamese.
        (0xe1, 0xba, 0x9e) => Other,
        (0xe1, 0xb8..=0xbb, _) => Foreign,
        // Signs of East Asian writings; kana.
        (0xe3, 0x80, 0x80..=0x82 | 0x88..=0x91) => Sign,
        (0xe3, 0x81, 0x81..) | (0xe3, 0x82, ..=0x96 | 0xa1..) | (0xe3, 0x83, ..=0xba | 0xbc..) => Foreign,
        // Ideographs; Korean.
        (0xe4, 0xb8.., _) | (0xe5..=0xe9, ..) => Foreign,
        (0xea, 0xb0.., _) | (0xeb | 0xec, ..) | (0xed, ..=0x9d, _) => Foreign,
        _ => Other,
    };
    (what, if what == Other { 1 } else { 3 })
}

/// Whether `c` inside a word parts nothing: an apostrophe, or something invisible.
pub(super) fn joins(c: char) -> bool {
    matches!(c, '\'' | '’' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{ad}' | '\u{feff}')
}

/// Cyrillic letters that look like Latin ones, in a word that has Latin ones too (Unicode Technical Standard 39).
pub(super) fn latin(letters: &mut SmallVec<[u8; LETTERS]>) {
    if !letters.iter().any(|b| matches!(b, 0xd0 | 0xd1)) || !letters.iter().any(u8::is_ascii_alphabetic) {
        return;
    }
    let Ok(word) = std::str::from_utf8(letters) else { return };
    let mut plain: SmallVec<[u8; LETTERS]> = SmallVec::new();
    for c in word.chars() {
        let c = match c {
            '\u{430}' => 'a',
            '\u{435}' => 'e',
            '\u{43e}' => 'o',
            '\u{440}' => 'p',
            '\u{441}' => 'c',
            '\u{443}' => 'y',
            '\u{445}' => 'x',
            '\u{455}' => 's',
            '\u{456}' => 'i',
            '\u{458}' => 'j',
            '\u{501}' => 'd',
            c => c,
        };
        plain.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
    *letters = plain;
}

/// Digits that stand for letters.
pub(super) fn plain(letters: &mut [u8]) {
    if letters.iter().all(u8::is_ascii_digit) {
        return;
    }
    for b in letters {
        *b = letter(*b);
    }
}

/// The letter that a digit stands for; any other byte as it is.
const fn letter(digit: u8) -> u8 {
    match digit {
        b'0' => b'o',
        b'1' => b'i',
        b'3' => b'e',
        b'4' => b'a',
        b'5' => b's',
        b'7' => b't',
        b => b,
    }
}

/// What a word of letters and digits of ASCII, both of them, does and is, as far as that tells, if it is told at a glance: one with a
/// digit that looks like no letter, and a short one.
pub(super) fn digits_in(word: &[u8]) -> Option<Parts> {
    let (mut key, mut all) = (0, 0);
    for (n, b) in word.iter().enumerate() {
        let letter = PLAIN[usize::from(*b)];
        // PERF: long runs of other writings are told by their first byte.
        if letter == OTHER {
            return None;
        }
        all |= letter;
        key |= u64::from(letter as u8).unbounded_shl(8 * n as u32);
    }
    match all {
        _ if all & ALPHA == 0 => None,
        // PERF: `2nd`, `60cm`: no letter looks like one of these, and no known word has a digit.
        _ if all & UNLIKE != 0 => Some(0),
        // A longer one may be scrambled.
        _ if word.len() < SHORTEST => Some(KNOWN.parts(key)),
        _ => None,
    }
}

/// Letters in lower case, digits as the letters they stand for, and what each byte is.
static PLAIN: [u16; 256] = table!(b => match b {
    b'A'..=b'Z' | b'a'..=b'z' => b.to_ascii_lowercase() as u16 | ALPHA,
    b'0'..=b'9' if letter(b) == b => UNLIKE,
    b'0'..=b'9' => letter(b) as u16,
    _ => OTHER,
});
const ALPHA: u16 = 1 << 8;
/// A digit that looks like no letter.
const UNLIKE: u16 = 1 << 9;
/// Neither letter nor digit of ASCII.
const OTHER: u16 = 1 << 10;

#[cfg(test)]
mod tests {
    use super::super::lookup::parts_of;
    use super::super::sentence::part;
    use super::super::tables::RELEVANT;
    use super::*;

    #[test]
    fn letters_are_told_as_the_tables_of_unicode_tell_them() {
        for c in '\0'..=char::MAX {
            assert_eq!(is_letter(c), c.is_alphanumeric(), "{c:?}");
            let (mut letters, mut utf8) = (SmallVec::new(), [0; 4]);
            push_lower(c, &mut letters);
            assert_eq!(letters.as_slice(), c.to_lowercase().collect::<String>().as_bytes(), "{c:?}");
            let known = letters
                .chunk_by(|_, b| matches!(b, 0x80..=0xbf))
                .any(|c| c.len() <= 2 && c[0] < 0xc6 || matches!(c[0], 0xd0 | 0xd1));
            let bytes = c.encode_utf8(&mut utf8).as_bytes();
            let right = match beyond(bytes) {
                (Beyond::Foreign, len) => len == bytes.len() && is_letter(c) && !known,
                (Beyond::Letter, len) => len == bytes.len() && is_letter(c),
                (Beyond::Sign, len) => len == bytes.len() && !is_letter(c) && !joins(c),
                (Beyond::Other, len) => len == 1,
            };
            assert!(right && !(joins(c) && beyond(bytes).0 != Beyond::Other), "{c:?}");
        }
        for cut in
            [&b"\xe3\x81a"[..], b"\xe5a\x81", b"\xe3\x81", b"\xc3", b"\xc3a", b"\xd0\xd0", b"\x80", b""]
        {
            assert_eq!(beyond(cut), (Beyond::Other, 1));
        }
    }

    #[test]
    fn words_with_digits_are_told_at_a_glance_as_they_are_read() {
        let bytes = b"AaeiLnostTxyz01234567_9";
        let mut told = 0;
        for n in 0..bytes.len().pow(4) {
            let word = [0, 1, 2, 3].map(|at| bytes[n / bytes.len().pow(at) % bytes.len()]);
            for len in 2..=4 {
                let word = &word[..len];
                let has = |of: fn(&u8) -> bool| word.iter().any(of);
                let Some(parts) = digits_in(word) else {
                    assert!(has(|b| *b == b'_') || !has(u8::is_ascii_alphabetic));
                    continue;
                };
                let mut read = 0;
                words_of(word, |letters| {
                    let (role, is) = part(letters, letters.len());
                    read |= parts_of(role, is) & RELEVANT;
                });
                assert_eq!(parts, read, "{}", word.escape_ascii());
                told += usize::from(parts != 0);
            }
        }
        assert!(told > 100);
    }
}
