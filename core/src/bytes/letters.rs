//! Where the ASCII letters of a block stand.

#![allow(unsafe_code)]

/// Bytes of a block: a bit for each.
pub(super) const BLOCK: usize = 64;

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

#[cfg(target_arch = "x86_64")]
fn full(block: &[u8; BLOCK]) -> u64 {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse2(block) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn sse2(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::*;
    block.as_chunks::<16>().0.iter().rev().fold(0, |mask, sixteen| {
        // SAFETY: the sixteen bytes that are read lie in the block.
        let bytes = unsafe { _mm_loadu_si128(sixteen.as_ptr().cast()) };
        let low = _mm_or_si128(bytes, _mm_set1_epi8(0x20));
        // The letters become -128 to -103, and nothing else does.
        let moved = _mm_add_epi8(low, _mm_set1_epi8((0x80 - b'a' as i32) as i8));
        let letters = _mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + 26));
        mask << 16 | u64::from(_mm_movemask_epi8(letters) as u32)
    })
}

#[cfg(not(target_arch = "x86_64"))]
fn full(block: &[u8; BLOCK]) -> u64 {
    portable(block)
}

#[cfg(any(test, not(target_arch = "x86_64")))]
fn portable(block: &[u8; BLOCK]) -> u64 {
    block.iter().rev().fold(0, |mask, b| mask << 1 | u64::from(b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_a_letter_or_not_at_every_place() {
        for byte in 0..=255 {
            for at in 0..BLOCK {
                let mut block = [b'['; BLOCK];
                block[at] = byte;
                let expected = u64::from(byte.is_ascii_alphabetic()) << at;
                assert_eq!((full(&block), portable(&block)), (expected, expected), "{byte} at {at}");
                assert_eq!(mask(&block[..at]), 0);
            }
        }
    }
}
