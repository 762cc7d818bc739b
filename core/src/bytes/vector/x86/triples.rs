//! Three bytes in a row, each told by tables for its halves.

use super::super::{BLOCK, Tables};
use std::arch::x86_64::*;

/// A bit for each of the first 64 bytes of `block`: whether it and the two behind it have, by the tables for each of the three,
/// a bit in common; `None` if the processor is too old.
#[inline]
pub fn triples(block: &[u8; BLOCK + 2], tables: &Tables) -> Option<u64> {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return Some(unsafe { avx2_triples(block, tables) });
    }
    if is_x86_feature_detected!("ssse3") {
        // SAFETY: SSSE3 is there.
        return Some(unsafe { ssse3_triples(block, tables) });
    }
    None
}

/// For each of the blocks that `bytes` begin with, as many as `told` has room for and have two bytes behind them, what [`triples`]
/// tells with each of `sets`. How many they were; `None` if the processor is too old.
pub fn blocks_of_triples<const N: usize>(
    sets: [&Tables; N],
    bytes: &[u8],
    told: &mut [[u64; N]],
) -> Option<usize> {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return Some(unsafe { avx2_blocks(sets, bytes, told) });
    }
    None
}

/// PERF: the tables stay in registers from block to block, and the halves of a byte are taken once.
#[target_feature(enable = "avx2")]
fn avx2_blocks<const N: usize>(sets: [&Tables; N], bytes: &[u8], told: &mut [[u64; N]]) -> usize {
    let half = _mm256_set1_epi8(15);
    let none = _mm256_setzero_si256();
    let mut tables = [[[none; 2]; N]; 3];
    for (behind, tables) in tables.iter_mut().enumerate() {
        for (tables, of) in tables.iter_mut().zip(sets) {
            let (low, high) = &of[behind];
            // SAFETY: the sixteen bytes that are read lie in the arrays.
            let [low, high] = unsafe { [low, high].map(|b| _mm_loadu_si128(b.as_ptr().cast())) };
            *tables = [_mm256_broadcastsi128_si256(low), _mm256_broadcastsi128_si256(high)];
        }
    }
    let mut done = 0;
    for told in told {
        let Some(block) = bytes.get(BLOCK * done..).and_then(|rest| rest.first_chunk::<{ BLOCK + 2 }>())
        else {
            return done;
        };
        *told = [0; N];
        for part in 0..BLOCK / 32 {
            let mut found = [_mm256_set1_epi8(-1); N];
            for (behind, tables) in tables.iter().enumerate() {
                // SAFETY: the place lies in the array: `part` is 0 or 1, and `behind` 2 at most.
                let from = unsafe { block.as_ptr().add(32 * part + behind) };
                // SAFETY: the thirty-two bytes that are read lie in the array, too.
                let v = unsafe { _mm256_loadu_si256(from.cast()) };
                let (l, h) = (_mm256_and_si256(v, half), _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
                for (found, [low, high]) in found.iter_mut().zip(tables) {
                    let here = _mm256_and_si256(_mm256_shuffle_epi8(*low, l), _mm256_shuffle_epi8(*high, h));
                    *found = _mm256_and_si256(*found, here);
                }
            }
            for (told, found) in told.iter_mut().zip(found) {
                let no = _mm256_movemask_epi8(_mm256_cmpeq_epi8(found, none)).cast_unsigned();
                *told |= u64::from(!no) << (32 * part);
            }
        }
        done += 1;
    }
    done
}

#[target_feature(enable = "ssse3")]
pub(in super::super) fn ssse3_triples(block: &[u8; BLOCK + 2], tables: &Tables) -> u64 {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let load = |b: &[u8; 16]| unsafe { _mm_loadu_si128(b.as_ptr().cast()) };
    let half = _mm_set1_epi8(15);
    let all = _mm_set1_epi8(-1);
    (0..BLOCK / 16).rev().fold(0, |mask, part| {
        let told = tables.iter().enumerate().fold(all, |told, (behind, (low, high))| {
            let Some(bytes) = block.get(16 * part + behind..).and_then(|b| b.first_chunk()) else {
                return told;
            };
            let v = load(bytes);
            let (l, h) = (_mm_and_si128(v, half), _mm_and_si128(_mm_srli_epi16::<4>(v), half));
            let here = _mm_and_si128(_mm_shuffle_epi8(load(low), l), _mm_shuffle_epi8(load(high), h));
            _mm_and_si128(told, here)
        });
        let none = _mm_movemask_epi8(_mm_cmpeq_epi8(told, _mm_setzero_si128())).cast_unsigned();
        mask << 16 | u64::from(!none & 0xffff)
    })
}

#[target_feature(enable = "avx2")]
fn avx2_triples(block: &[u8; BLOCK + 2], tables: &Tables) -> u64 {
    let half = _mm256_set1_epi8(15);
    let none = _mm256_setzero_si256();
    let mut mask = 0;
    // PERF: closures would be called, not inlined.
    for part in 0..BLOCK / 32 {
        let mut told = _mm256_set1_epi8(-1);
        for (behind, (low, high)) in tables.iter().enumerate() {
            // SAFETY: the place lies in the array: `part` is 0 or 1, and `behind` 2 at most.
            let from = unsafe { block.as_ptr().add(32 * part + behind) };
            // SAFETY: the thirty-two bytes that are read lie in the array, too.
            let v = unsafe { _mm256_loadu_si256(from.cast()) };
            // SAFETY: the sixteen bytes that are read lie in the array.
            let low = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(low.as_ptr().cast()) });
            // SAFETY: the sixteen bytes that are read lie in the array.
            let high = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(high.as_ptr().cast()) });
            let (l, h) = (_mm256_and_si256(v, half), _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
            let here = _mm256_and_si256(_mm256_shuffle_epi8(low, l), _mm256_shuffle_epi8(high, h));
            told = _mm256_and_si256(told, here);
        }
        let no = _mm256_movemask_epi8(_mm256_cmpeq_epi8(told, none)).cast_unsigned();
        mask |= u64::from(!no) << (32 * part);
    }
    mask
}
