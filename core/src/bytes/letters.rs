//! Where the ASCII letters of a block stand.

pub(super) use super::vector::BLOCK;
use super::vector::letters as full;

/// A bit for each of the first [`BLOCK`] bytes: whether it is an ASCII letter. Bits behind the end are clear.
pub(super) fn mask(bytes: &[u8]) -> u64 {
    match bytes.first_chunk() {
        Some(block) => full(block),
        None => {
            let mut block = [0; BLOCK];
            block[..bytes.len()].copy_from_slice(bytes);
            full(&block)
        }
    }
}

/// How many ASCII letters the eight bytes of `word` begin with, the lowest byte first.
pub(super) fn of_eight(word: u64) -> u32 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = EACH << 7;
    let low = (word | EACH << 5) & !HIGH;
    // The high bit of each byte: it is `a` or above, it is above `z`, it is no ASCII.
    let (from, above) = (low + EACH * (0x80 - b'a' as u64), low + EACH * (0x7f - b'z' as u64));
    let letters = from & !above & !word & HIGH;
    (!letters & HIGH).trailing_zeros() / 8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_at_the_beginning_are_counted() {
        for byte in 0..=255u8 {
            for at in 0..8 {
                let mut word = *b"aZbYmNzA";
                word[at] = byte;
                let expected = if byte.is_ascii_alphabetic() { 8 } else { at as u32 };
                assert_eq!(of_eight(u64::from_le_bytes(word)), expected, "{byte} at {at}");
            }
        }
    }

    #[test]
    fn nothing_stands_behind_the_end() {
        for length in 0..BLOCK {
            assert_eq!(mask(&[b'a'; BLOCK][..length]), (1 << length) - 1);
        }
    }
}
