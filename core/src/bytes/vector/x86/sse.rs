//! SSE2, which belongs to every x86-64 processor, and SSSE3.

use super::super::{BLOCK, GROUPS, Halves, STEP, Tables, first_run};
use std::arch::x86_64::*;

#[inline]
#[target_feature(enable = "sse2")]
pub fn alike(block: &[u8; STEP], other: &[u8; STEP]) -> u32 {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let load = |block: &[u8; STEP]| unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    _mm_movemask_epi8(_mm_cmpeq_epi8(load(block), load(other))).cast_unsigned()
}

#[inline]
#[target_feature(enable = "sse2")]
pub fn matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
    // SAFETY: the sixteen bytes that are read are the block.
    let bytes = unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    let found = needles.iter().fold(_mm_setzero_si128(), |found, &needle| {
        _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(needle.cast_signed())))
    });
    _mm_movemask_epi8(found).cast_unsigned()
}

#[inline]
#[target_feature(enable = "sse2")]
pub fn copy_replaced(block: &[u8; STEP], out: &mut [u8; STEP], stop: u8, [from, to]: [u8; 2]) -> (u32, u32) {
    // SAFETY: the sixteen bytes that are read are the block.
    let bytes = unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    let stops = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(stop.cast_signed()));
    let froms = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(from.cast_signed()));
    let change = _mm_and_si128(froms, _mm_set1_epi8((from ^ to).cast_signed()));
    let replaced = _mm_xor_si128(bytes, change);
    // SAFETY: the sixteen bytes that are written are all of `out`.
    unsafe { _mm_storeu_si128(out.as_mut_ptr().cast(), replaced) };
    (_mm_movemask_epi8(stops).cast_unsigned(), _mm_movemask_epi8(froms).cast_unsigned())
}

#[inline]
#[target_feature(enable = "sse2")]
pub fn letters_and_digits(block: &[u8; STEP]) -> (u32, u32) {
    // SAFETY: the sixteen bytes that are read are the block.
    let bytes = unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    // What lies within becomes -128 and up, below the bound.
    let within = |bytes, first: u8, count: i8| {
        let moved = _mm_add_epi8(bytes, _mm_set1_epi8(0x80_u8.wrapping_sub(first).cast_signed()));
        _mm_movemask_epi8(_mm_cmplt_epi8(moved, _mm_set1_epi8(-128 + count))).cast_unsigned()
    };
    (within(_mm_or_si128(bytes, _mm_set1_epi8(0x20)), b'a', 26), within(bytes, b'0', 10))
}

#[inline]
#[target_feature(enable = "sse2")]
pub fn letters(block: &[u8; BLOCK]) -> u64 {
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

#[target_feature(enable = "ssse3")]
pub fn classes<const N: usize>(
    block: &[u8; BLOCK],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
) -> [u64; N] {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let load = |b: &[u8; 16]| unsafe { _mm_loadu_si128(b.as_ptr().cast()) };
    let (low, high) = (load(&tables.0), load(&tables.1));
    let half = _mm_set1_epi8(15);
    block.as_chunks::<16>().0.iter().rev().fold([0; N], |mut masks, sixteen| {
        let v = load(sixteen);
        let (l, h) = (_mm_and_si128(v, half), _mm_and_si128(_mm_srli_epi16::<4>(v), half));
        let told = _mm_and_si128(_mm_shuffle_epi8(low, l), _mm_shuffle_epi8(high, h));
        for (mask, set) in masks.iter_mut().zip(sets) {
            let within = _mm_and_si128(told, _mm_set1_epi8(set.cast_signed()));
            let none = _mm_movemask_epi8(_mm_cmpeq_epi8(within, _mm_setzero_si128())).cast_unsigned();
            *mask = *mask << 16 | u64::from(!none & 0xffff);
        }
        masks
    })
}

#[target_feature(enable = "sse2")]
pub fn run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    first_run::<LEAST>(bytes, from, |block| {
        block.as_chunks::<STEP>().0.iter().rev().fold(0, |mask, sixteen| {
            // SAFETY: the sixteen bytes that are read lie in the block.
            let bytes = unsafe { _mm_loadu_si128(sixteen.as_ptr().cast()) };
            // Moved so that what is above the range is negative.
            let signs = _mm_cmpgt_epi8(_mm_add_epi8(bytes, _mm_set1_epi8(1)), _mm_set1_epi8(0x20));
            let blanks = _mm_cmpgt_epi8(_mm_add_epi8(bytes, _mm_set1_epi8(0x72)), _mm_set1_epi8(0x7a));
            let text = _mm_movemask_epi8(_mm_or_si128(signs, blanks));
            mask << STEP | u64::from(text.cast_unsigned())
        })
    })
}

/// All bits of `groups` of sixteen bytes each, put into one number.
#[target_feature(enable = "ssse3")]
pub fn gather(groups: [__m128i; GROUPS]) -> u64 {
    // Two groups at a time: their halves are folded side by side, down to a byte of each.
    let pair = |a, b| {
        let folded = _mm_or_si128(_mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b));
        let folded = _mm_or_si128(folded, _mm_srli_epi64::<32>(folded));
        let folded = _mm_or_si128(folded, _mm_srli_epi64::<16>(folded));
        _mm_or_si128(folded, _mm_srli_epi64::<8>(folded))
    };
    let (ab, cd, e) = (pair(groups[0], groups[1]), pair(groups[2], groups[3]), pair(groups[4], groups[4]));
    let byte = |v: __m128i| _mm_cvtsi128_si64(v) as u64 & 0xff;
    let upper = |v: __m128i| byte(_mm_unpackhi_epi64(v, v));
    byte(ab) | upper(ab) << 8 | byte(cd) << 16 | upper(cd) << 24 | byte(e) << 32
}

/// `bytes` are 4 or more.
#[target_feature(enable = "ssse3")]
pub fn halves(bytes: &[u8], tables: &(Halves, Halves)) -> u64 {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let load = |b: &[u8; 16]| unsafe { _mm_loadu_si128(b.as_ptr().cast()) };
    let (low, high) = (tables.0.map(|t| load(&t)), tables.1.map(|t| load(&t)));
    let mut groups = [_mm_setzero_si128(); GROUPS];
    let mut take = |v: __m128i| {
        let half = _mm_set1_epi8(15);
        let (l, h) = (_mm_and_si128(v, half), _mm_and_si128(_mm_srli_epi16::<4>(v), half));
        for ((group, low), high) in groups.iter_mut().zip(low).zip(high) {
            let told = _mm_and_si128(_mm_shuffle_epi8(low, l), _mm_shuffle_epi8(high, h));
            *group = _mm_or_si128(*group, told);
        }
    };
    // Bytes that are read twice change nothing: the last vector overlaps the one before it.
    match (bytes.as_chunks::<16>().0, bytes.last_chunk::<16>()) {
        (whole, Some(last)) => {
            whole.iter().for_each(|b| take(load(b)));
            take(load(last));
        }
        _ => match (bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
            (Some(first), Some(last)) => {
                take(_mm_set_epi64x(i64::from_le_bytes(*first), i64::from_le_bytes(*last)));
            }
            _ => {
                let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) else {
                    return 0;
                };
                let (first, last) = (i32::from_le_bytes(*first), i32::from_le_bytes(*last));
                take(_mm_set_epi32(first, last, first, last));
            }
        },
    }
    gather(groups)
}

#[target_feature(enable = "ssse3")]
pub fn triples(block: &[u8; BLOCK + 2], tables: &Tables) -> u64 {
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
