//! AVX-512: 64 bytes at once, comparisons that give a bit for each of them, and loads of fewer that touch no byte behind
//! them.

use super::super::{BLOCK, GROUPS, Halves, SHARE, Tables};
use super::sse::gather;
use std::arch::x86_64::*;

/// A bit for each of the first 64 bytes of so many.
#[inline]
#[target_feature(enable = "bmi2")]
pub fn within(len: usize) -> u64 {
    _bzhi_u64(u64::MAX, len.min(BLOCK) as u32)
}

/// The first 64 of `bytes`; zeros behind the end.
///
/// PERF: where no bytes are, the address is none, and a load from there takes hundreds of cycles though it reads nothing.
#[inline]
#[target_feature(enable = "avx512bw,bmi2")]
pub fn load(bytes: &[u8]) -> __m512i {
    static NONE: [u8; BLOCK] = [0; BLOCK];
    let from = if bytes.is_empty() { &NONE } else { bytes };
    let ours = within(bytes.len());
    // SAFETY: only the bytes of the mask are read, and these are in the slice.
    unsafe { _mm512_maskz_loadu_epi8(ours, from.as_ptr().cast()) }
}

/// All of `block`.
#[inline]
#[target_feature(enable = "avx512bw")]
fn whole(block: &[u8; BLOCK]) -> __m512i {
    // SAFETY: the sixty-four bytes that are read are the block.
    unsafe { _mm512_loadu_si512(block.as_ptr().cast()) }
}

/// Sixteen entries, for each lane.
#[inline]
#[target_feature(enable = "avx512bw")]
fn table(entries: &[u8; 16]) -> __m512i {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let entries = unsafe { _mm_loadu_si128(entries.as_ptr().cast()) };
    _mm512_broadcast_i32x4(entries)
}

/// `byte` everywhere.
#[inline]
#[target_feature(enable = "avx512bw")]
pub fn all(byte: u8) -> __m512i {
    _mm512_set1_epi8(byte.cast_signed())
}

/// The lower and the upper halves of bytes.
#[inline]
#[target_feature(enable = "avx512bw")]
fn halves_of(v: __m512i) -> (__m512i, __m512i) {
    (_mm512_and_si512(v, all(15)), _mm512_and_si512(_mm512_srli_epi16::<4>(v), all(15)))
}

#[inline]
#[target_feature(enable = "avx512bw,bmi2")]
pub fn classes<const N: usize>(bytes: &[u8], tables: &([u8; 16], [u8; 16]), sets: [u8; N]) -> [u64; N] {
    let ours = within(bytes.len());
    tell(load(bytes), (table(&tables.0), table(&tables.1)), sets).map(|mask| mask & ours)
}

#[inline]
#[target_feature(enable = "avx512bw")]
fn tell<const N: usize>(v: __m512i, (low, high): (__m512i, __m512i), sets: [u8; N]) -> [u64; N] {
    let (l, h) = halves_of(v);
    let told = _mm512_and_si512(_mm512_shuffle_epi8(low, l), _mm512_shuffle_epi8(high, h));
    let mut masks = [0; N];
    for (mask, set) in masks.iter_mut().zip(sets) {
        *mask = _mm512_test_epi8_mask(told, all(set));
    }
    masks
}

#[target_feature(enable = "avx512bw,bmi2")]
pub fn fill<const N: usize>(
    bytes: &[u8],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
    told: &mut [[u64; N]],
) {
    let tables = (table(&tables.0), table(&tables.1));
    let (blocks, rest) = bytes.as_chunks::<BLOCK>();
    for (block, told) in blocks.iter().zip(told.iter_mut()) {
        *told = tell(whole(block), tables, sets);
    }
    if !rest.is_empty()
        && let Some(told) = told.get_mut(blocks.len())
    {
        let ours = within(rest.len());
        *told = tell(load(rest), tables, sets);
        // Zeros may be of a class, too.
        for mask in told {
            *mask &= ours;
        }
    }
}

#[target_feature(enable = "avx512bw")]
pub fn next_class(bytes: &[u8], from: usize, tables: &([u8; 16], [u8; 16]), set: u8) -> (usize, u64) {
    // What is not asked for is told of no byte.
    let (low, high) = (_mm512_and_si512(table(&tables.0), all(set)), table(&tables.1));
    let mut at = from;
    while let Some(block) = bytes.get(at..).and_then(|b| b.first_chunk()) {
        let (l, h) = halves_of(whole(block));
        let mask = _mm512_test_epi8_mask(_mm512_shuffle_epi8(low, l), _mm512_shuffle_epi8(high, h));
        if mask != 0 {
            return (at, mask);
        }
        at += BLOCK;
    }
    (at, 0)
}

#[target_feature(enable = "avx512bw,bmi2")]
pub fn triples(bytes: &[u8], tables: &Tables) -> u64 {
    let mut told = all(0xff);
    // PERF: closures would be called, not inlined.
    for (behind, (low, high)) in tables.iter().enumerate() {
        let (l, h) = halves_of(load(bytes.get(behind..).unwrap_or_default()));
        let here = _mm512_and_si512(_mm512_shuffle_epi8(table(low), l), _mm512_shuffle_epi8(table(high), h));
        told = _mm512_and_si512(told, here);
    }
    _mm512_test_epi8_mask(told, told) & within(bytes.len())
}

/// PERF: the tables stay in registers from block to block, and the halves of a byte are taken once.
#[target_feature(enable = "avx512bw")]
pub fn blocks_of_triples<const N: usize>(sets: [&Tables; N], bytes: &[u8], told: &mut [[u64; N]]) -> usize {
    let mut tables = [[[all(0); 2]; N]; 3];
    for (behind, tables) in tables.iter_mut().enumerate() {
        for (tables, of) in tables.iter_mut().zip(sets) {
            *tables = [table(&of[behind].0), table(&of[behind].1)];
        }
    }
    let mut done = 0;
    for told in told {
        let Some(block) = bytes.get(BLOCK * done..).and_then(|rest| rest.first_chunk::<{ BLOCK + 2 }>())
        else {
            return done;
        };
        let mut found = [all(0xff); N];
        for (behind, tables) in tables.iter().enumerate() {
            // SAFETY: the place lies in the array: `behind` is 2 at most.
            let from = unsafe { block.as_ptr().add(behind) };
            // SAFETY: the sixty-four bytes that are read lie in the array, too.
            let v = unsafe { _mm512_loadu_si512(from.cast()) };
            let (l, h) = halves_of(v);
            for (found, [low, high]) in found.iter_mut().zip(tables) {
                let here = _mm512_and_si512(_mm512_shuffle_epi8(*low, l), _mm512_shuffle_epi8(*high, h));
                *found = _mm512_and_si512(*found, here);
            }
        }
        for (told, found) in told.iter_mut().zip(found) {
            *told = _mm512_test_epi8_mask(found, found);
        }
        done += 1;
    }
    done
}

#[inline]
#[target_feature(enable = "avx512bw,bmi2")]
pub fn letters(bytes: &[u8]) -> u64 {
    let low = _mm512_or_si512(load(bytes), all(0x20));
    _mm512_cmplt_epu8_mask(_mm512_sub_epi8(low, all(b'a')), all(26))
}

#[target_feature(enable = "avx512bw,avx512vl,bmi2")]
pub fn halves(bytes: &[u8], tables: &(Halves, Halves)) -> u64 {
    // PERF: most values have sixteen bytes or fewer.
    if bytes.len() <= 16 && !bytes.is_empty() {
        return few_halves(bytes, tables);
    }
    let (mut low, mut high) = ([all(0); GROUPS], [all(0); GROUPS]);
    for n in 0..GROUPS {
        (low[n], high[n]) = (table(&tables.0[n]), table(&tables.1[n]));
    }
    let mut groups = [all(0); GROUPS];
    let (blocks, rest) = bytes.as_chunks();
    for block in blocks {
        let (l, h) = halves_of(whole(block));
        for n in 0..GROUPS {
            let told = _mm512_and_si512(_mm512_shuffle_epi8(low[n], l), _mm512_shuffle_epi8(high[n], h));
            groups[n] = _mm512_or_si512(groups[n], told);
        }
    }
    if !rest.is_empty() {
        let ours = within(rest.len());
        let (l, h) = halves_of(load(rest));
        for n in 0..GROUPS {
            // Nothing is told of what is behind the end.
            let low = _mm512_maskz_shuffle_epi8(ours, low[n], l);
            groups[n] = _mm512_or_si512(groups[n], _mm512_and_si512(low, _mm512_shuffle_epi8(high[n], h)));
        }
    }
    let mut folded = [_mm_setzero_si128(); GROUPS];
    for (folded, group) in folded.iter_mut().zip(groups) {
        let half = _mm256_or_si256(_mm512_castsi512_si256(group), _mm512_extracti64x4_epi64::<1>(group));
        *folded = _mm_or_si128(_mm256_castsi256_si128(half), _mm256_extracti128_si256::<1>(half));
    }
    gather(folded)
}

/// [`halves`] of sixteen bytes at most.
#[inline]
#[target_feature(enable = "avx512bw,avx512vl,bmi2")]
fn few_halves(bytes: &[u8], tables: &(Halves, Halves)) -> u64 {
    let ours = within(bytes.len()) as u16;
    // SAFETY: only the bytes of the mask are read, and these are in the slice.
    let v = unsafe { _mm_maskz_loadu_epi8(ours, bytes.as_ptr().cast()) };
    let half = _mm_set1_epi8(15);
    let (l, h) = (_mm_and_si128(v, half), _mm_and_si128(_mm_srli_epi16::<4>(v), half));
    let mut groups = [_mm_setzero_si128(); GROUPS];
    for (group, (low, high)) in groups.iter_mut().zip(tables.0.iter().zip(&tables.1)) {
        // SAFETY: the sixteen bytes that are read lie in the array.
        let low = unsafe { _mm_loadu_si128(low.as_ptr().cast()) };
        // SAFETY: the sixteen bytes that are read lie in the array.
        let high = unsafe { _mm_loadu_si128(high.as_ptr().cast()) };
        *group = _mm_and_si128(_mm_maskz_shuffle_epi8(ours, low, l), _mm_shuffle_epi8(high, h));
    }
    gather(groups)
}

#[target_feature(enable = "avx512bw,bmi2")]
pub fn has_pair(bytes: &[u8], [first, second]: [u8; 2]) -> bool {
    let (first, second) = (all(first), all(second));
    let next = bytes.get(1..).unwrap_or_default();
    let (blocks, rest) = next.as_chunks();
    for (block, before) in blocks.iter().zip(bytes.as_chunks().0) {
        let here = _mm512_cmpeq_epi8_mask(whole(before), first);
        if _mm512_mask_cmpeq_epi8_mask(here, whole(block), second) != 0 {
            return true;
        }
    }
    let here = _mm512_mask_cmpeq_epi8_mask(within(rest.len()), load(rest), second);
    let before = bytes.get(BLOCK * blocks.len()..).unwrap_or_default();
    _mm512_mask_cmpeq_epi8_mask(here, load(before), first) != 0
}

/// PERF: the lower six bits of a byte choose from a table of 64, so that one more instruction tells which of all bytes count.
#[target_feature(enable = "avx512bw,avx512vbmi,bmi2")]
pub fn is_binary(bytes: &[u8]) -> bool {
    /// One for each control byte that text has not, but for zero.
    const CONTROLS: [u8; BLOCK] = {
        let (mut controls, mut byte) = ([0; BLOCK], 0);
        while byte < BLOCK {
            controls[byte] = matches!(byte, 1..=8 | 14..=31) as u8;
            byte += 1;
        }
        controls
    };
    let controls = whole(&CONTROLS);
    let mut count = 0;
    // PERF: no further than needed.
    for part in bytes.chunks(16 * BLOCK) {
        let (blocks, rest) = part.as_chunks();
        let mut counts = all(0);
        for block in blocks {
            counts = count_in(counts, whole(block), controls);
        }
        counts = count_in(counts, load(rest), controls);
        count += _mm512_reduce_add_epi64(_mm512_sad_epu8(counts, all(0))) as usize;
        if count * SHARE > bytes.len() {
            return true;
        }
    }
    false
}

/// `counts`, and what `ones` has for each byte.
#[inline]
#[target_feature(enable = "avx512bw,avx512vbmi")]
fn count_in(counts: __m512i, v: __m512i, ones: __m512i) -> __m512i {
    let low = _mm512_testn_epi8_mask(v, all(0xc0));
    _mm512_add_epi8(counts, _mm512_maskz_permutexvar_epi8(low, v, ones))
}
