//! The next block that holds bytes of a class.

use super::super::{BLOCK, next_by_blocks};
use super::classes;
use std::arch::x86_64::*;

/// Of the blocks of `bytes` at `from`, behind it and so on the first that has a byte of which [`classes`] tells one of `set`: where it
/// begins, and where they stand. Where what is left is no block, and none, if there is no such. `None` if the processor is too
/// old.
#[inline]
pub fn next_class(bytes: &[u8], from: usize, tables: &([u8; 16], [u8; 16]), set: u8) -> Option<(usize, u64)> {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return Some(unsafe { avx2_next_class(bytes, from, tables, set) });
    }
    next_by_blocks(bytes, from, |block| classes(block, tables, [set]).map(|[mask]| mask))
}

/// PERF: one branch for a block that has none; its places are told of the others alone.
#[target_feature(enable = "avx2")]
fn avx2_next_class(bytes: &[u8], from: usize, tables: &([u8; 16], [u8; 16]), set: u8) -> (usize, u64) {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let table = |b: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(b.as_ptr().cast()) });
    // What is not asked for is told of no byte.
    let low = _mm256_and_si256(table(&tables.0), _mm256_set1_epi8(set.cast_signed()));
    let (high, half, zero) = (table(&tables.1), _mm256_set1_epi8(15), _mm256_setzero_si256());
    let mut at = from;
    while let Some(block) = bytes.get(at..).and_then(|b| b.first_chunk::<BLOCK>()) {
        let mut told = [zero; 2];
        for (told, bytes) in told.iter_mut().zip(block.as_chunks::<32>().0) {
            // SAFETY: the thirty-two bytes that are read lie in the block.
            let v = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
            let (l, h) = (_mm256_and_si256(v, half), _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
            *told = _mm256_and_si256(_mm256_shuffle_epi8(low, l), _mm256_shuffle_epi8(high, h));
        }
        let any = _mm256_or_si256(told[0], told[1]);
        if _mm256_testz_si256(any, any) == 0 {
            let mut none = 0;
            for told in told.iter().rev() {
                let here = _mm256_movemask_epi8(_mm256_cmpeq_epi8(*told, zero)).cast_unsigned();
                none = none << 32 | u64::from(here);
            }
            return (at, !none);
        }
        at += BLOCK;
    }
    (at, 0)
}
