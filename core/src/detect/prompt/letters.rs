//! The letters of a word, as a model reads them: in lower case, put together, letters for what stands for them.

use super::lookup::Parts;
use super::spelling::SHORTEST;
use super::tables::KNOWN;
use smallvec::SmallVec;

/// Longest word kept, with room for the last of its letters in lower case.
pub(super) const LETTERS: usize = 36;
/// Bytes of a word from which on no letter is added.
pub(super) const KEPT: usize = LETTERS - 7;

const LETTER: u8 = 1;
pub(super) const DIGIT: u8 = 2;
/// Which bytes are letters and digits of ASCII.
static KINDS: [u8; 256] = {
    let (mut kinds, mut b) = ([0; 256], 0);
    while b < 128 {
        kinds[b] = if (b as u8).is_ascii_alphabetic() {
            LETTER
        } else if (b as u8).is_ascii_digit() {
            DIGIT
        } else {
            0
        };
        b += 1;
    }
    kinds
};

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
            if c.is_alphanumeric() {
                if letters.len() < KEPT {
                    for lower in c.to_lowercase() {
                        letters.extend_from_slice(lower.encode_utf8(&mut [0; 4]).as_bytes());
                    }
                }
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
static PLAIN: [u16; 256] = {
    let (mut plain, mut b) = ([OTHER; 256], 0);
    while b < 256 {
        let byte = b as u8;
        if byte.is_ascii_alphabetic() {
            plain[b] = byte.to_ascii_lowercase() as u16 | ALPHA;
        } else if byte.is_ascii_digit() {
            let letter = letter(byte);
            plain[b] = if letter == byte { UNLIKE } else { letter as u16 };
        }
        b += 1;
    }
    plain
};
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
