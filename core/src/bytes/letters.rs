//! Where the ASCII letters of a block stand.

pub(super) use super::vector::{BLOCK, letters as mask};

/// How many ASCII letters `eight` bytes begin with.
#[inline]
pub fn letters_of(eight: [u8; 8]) -> usize {
    let word = u64::from_le_bytes(eight);
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    let low = (word | EACH << 5) & !HIGH;
    // The high bit of each byte: it is `a` or above, it is above `z`, it is no ASCII.
    let (from, above) = (low + EACH * (0x80 - b'a' as u64), low + EACH * (0x7f - b'z' as u64));
    let letters = from & !above & !word & HIGH;
    ((!letters & HIGH).trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::super::vector::levels;
    use super::*;

    #[test]
    fn letters_at_the_beginning_are_counted() {
        for byte in 0..=255u8 {
            for at in 0..8 {
                let mut word = *b"aZbYmNzA";
                word[at] = byte;
                let expected = if byte.is_ascii_alphabetic() { 8 } else { at };
                assert_eq!(letters_of(word), expected, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn nothing_stands_behind_the_end() {
        for length in 0..BLOCK {
            for _ in levels() {
                assert_eq!(mask(&[b'a'; BLOCK][..length]), (1 << length) - 1);
            }
        }
    }
}
