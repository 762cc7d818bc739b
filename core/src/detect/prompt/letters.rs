//! The letters of a word, as a model reads them: in lower case, put together, letters for what stands for them.

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
        *b = match *b {
            b'0' => b'o',
            b'1' => b'i',
            b'3' => b'e',
            b'4' => b'a',
            b'5' => b's',
            b'7' => b't',
            b => b,
        };
    }
}
