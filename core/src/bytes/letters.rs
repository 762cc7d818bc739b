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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_stands_behind_the_end() {
        for length in 0..BLOCK {
            assert_eq!(mask(&[b'a'; BLOCK][..length]), (1 << length) - 1);
        }
    }
}
