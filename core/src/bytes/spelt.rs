//! Words spelt letter by letter: `p a y`.

use super::letters::{self, BLOCK};

/// Single letters in a row, whatever parts them, that may be a word.
const ROW: u32 = 4;

/// Whether four ASCII letters that stand alone follow each other, with no longer run of letters between them.
pub fn is_spelt(bytes: &[u8]) -> bool {
    let (mut row, mut before) = (0, 0);
    let mut rest = bytes;
    let mut mask = letters::mask(rest);
    while !rest.is_empty() {
        let after = rest.get(BLOCK..).unwrap_or_default();
        let next = letters::mask(after);
        let mut starts = mask & !(mask << 1 | before);
        let alone = starts & !(mask >> 1 | next << (BLOCK - 1));
        before = mask >> (BLOCK - 1);
        if alone == 0 {
            // PERF: most blocks of a text; what stands before them is cut off by their longer words.
            row = if starts == 0 { row } else { 0 };
            starts = 0;
        }
        while starts != 0 {
            let start = starts & starts.wrapping_neg();
            starts &= starts - 1;
            row = if alone & start != 0 { row + 1 } else { 0 };
            if row == ROW {
                return true;
            }
        }
        (rest, mask) = (after, next);
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn rows_are_found_wherever_they_stand(text in "( {0,40}|[ab]{1,2}|[-1.]){0,60}") {
            let mut row = 0;
            let words = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|w| !w.is_empty());
            let found = words.fold(false, |found, word| {
                row = if word.len() == 1 { row + 1 } else { 0 };
                found || row == 4
            });
            prop_assert_eq!(is_spelt(text.as_bytes()), found, "{}", text);
        }
    }
}
