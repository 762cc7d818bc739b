//! AVX2.

use super::super::{
    BLOCK, ENDS, GROUPS, Halves, KINDS, NOT_LOW, REPEATED, SHARE, SPAN, Tables, before, first_run,
};
use super::sse::gather;
use std::arch::x86_64::*;

#[target_feature(enable = "avx2")]
pub fn everyday(block: &[u8; SPAN]) -> (u32, [u64; KINDS]) {
    // SAFETY: the thirty-two bytes that are read are the block.
    let bytes = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
    let is = |byte: u8| _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8(byte.cast_signed()));
    // What lies within becomes -128 and up, below the bound.
    let within = |bytes, first: u8, count: i8| {
        let moved = _mm256_add_epi8(bytes, _mm256_set1_epi8(0x80_u8.wrapping_sub(first).cast_signed()));
        _mm256_cmpgt_epi8(_mm256_set1_epi8(-128 + count), moved)
    };
    let [a, b] = ENDS;
    let found = _mm256_movemask_epi8(_mm256_or_si256(is(a), is(b))).cast_unsigned();
    let low = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
    let told = [within(low, b'a', 26), within(bytes, b'0', 10), is(b' '), is(b'.'), is(b'-'), is(b'_')];
    let all = told.iter().fold(is(b','), |all, &kind| _mm256_or_si256(all, kind));
    let before = before(found);
    let [letters, digits, spaces, dots, dashes, underscores] = told;
    let kinds = [letters, digits, spaces, dots, dashes, underscores, all]
        .map(|kind| u64::from(_mm256_movemask_epi8(kind).cast_unsigned() & before));
    (found, kinds)
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn classes<const N: usize>(
    block: &[u8; BLOCK],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
) -> [u64; N] {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let table = |b: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(b.as_ptr().cast()) });
    let (low, high) = (table(&tables.0), table(&tables.1));
    let half = _mm256_set1_epi8(15);
    let mut masks = [0; N];
    let zero = _mm256_setzero_si256();
    // PERF: a loop, for what is handed to an iterator as a function is called for each half, without these instructions.
    for bytes in block.as_chunks::<32>().0.iter().rev() {
        // SAFETY: the thirty-two bytes that are read lie in the block.
        let v = unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) };
        let (l, h) = (_mm256_and_si256(v, half), _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
        let told = _mm256_and_si256(_mm256_shuffle_epi8(low, l), _mm256_shuffle_epi8(high, h));
        for (mask, set) in masks.iter_mut().zip(sets) {
            let within = _mm256_and_si256(told, _mm256_set1_epi8(set.cast_signed()));
            let none = _mm256_movemask_epi8(_mm256_cmpeq_epi8(within, zero)).cast_unsigned();
            *mask = *mask << 32 | u64::from(!none);
        }
    }
    masks
}

#[inline]
#[target_feature(enable = "avx2")]
pub fn letters(block: &[u8; BLOCK]) -> u64 {
    let mut mask = 0;
    for half in block.as_chunks::<32>().0.iter().rev() {
        // SAFETY: the thirty-two bytes that are read are half of the block.
        let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
        let low = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
        // The letters become -128 to -103, and nothing else does.
        let moved = _mm256_add_epi8(low, _mm256_set1_epi8((0x80 - b'a' as i32) as i8));
        let letters = _mm256_cmpgt_epi8(_mm256_set1_epi8(-128 + 26), moved);
        mask = mask << 32 | u64::from(_mm256_movemask_epi8(letters).cast_unsigned());
    }
    mask
}

#[target_feature(enable = "avx2")]
pub fn fill<const N: usize>(
    blocks: &[[u8; BLOCK]],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
    told: &mut [[u64; N]],
) {
    for (block, told) in blocks.iter().zip(told) {
        *told = classes(block, tables, sets);
    }
}

/// PERF: one branch for a block that has none; its places are told of the others alone.
#[target_feature(enable = "avx2")]
pub fn next_class(bytes: &[u8], from: usize, tables: &([u8; 16], [u8; 16]), set: u8) -> (usize, u64) {
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

#[target_feature(enable = "avx2")]
pub fn triples(block: &[u8; BLOCK + 2], tables: &Tables) -> u64 {
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

/// PERF: the tables stay in registers from block to block, and the halves of a byte are taken once.
#[target_feature(enable = "avx2")]
pub fn blocks_of_triples<const N: usize>(sets: [&Tables; N], bytes: &[u8], told: &mut [[u64; N]]) -> usize {
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

/// `bytes` are 32 or more.
#[target_feature(enable = "avx2")]
pub fn halves(bytes: &[u8], tables: &(Halves, Halves)) -> u64 {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let table = |b: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(b.as_ptr().cast()) });
    let (low, high) = (tables.0.map(|t| table(&t)), tables.1.map(|t| table(&t)));
    let mut groups = [_mm256_setzero_si256(); GROUPS];
    // PERF: loops, for what is handed to an iterator as a function is called for each block, with the tables in memory.
    for block in bytes.as_chunks::<32>().0 {
        add(&mut groups, block, &low, &high);
    }
    if let Some(last) = bytes.last_chunk::<32>() {
        add(&mut groups, last, &low, &high);
    }
    gather(groups.map(|g| _mm_or_si128(_mm256_castsi256_si128(g), _mm256_extracti128_si256::<1>(g))))
}

/// Adds what the tables tell of the halves of `block` to `groups`.
#[inline]
#[target_feature(enable = "avx2")]
fn add(groups: &mut [__m256i; GROUPS], block: &[u8; 32], low: &[__m256i; GROUPS], high: &[__m256i; GROUPS]) {
    // SAFETY: the thirty-two bytes that are read lie in the array.
    let v = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
    let half = _mm256_set1_epi8(15);
    let (l, h) = (_mm256_and_si256(v, half), _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
    for ((group, low), high) in groups.iter_mut().zip(low).zip(high) {
        let told = _mm256_and_si256(_mm256_shuffle_epi8(*low, l), _mm256_shuffle_epi8(*high, h));
        *group = _mm256_or_si256(*group, told);
    }
}

#[target_feature(enable = "avx2")]
pub fn has_pair(bytes: &[u8], [first, second]: [u8; 2]) -> bool {
    let (first, second) = (_mm256_set1_epi8(first.cast_signed()), _mm256_set1_epi8(second.cast_signed()));
    // SAFETY: the thirty-two bytes that are read lie in the array.
    let load = |b: &[u8; 32]| unsafe { _mm256_loadu_si256(b.as_ptr().cast()) };
    let holds = |block: &[u8]| match (block.first_chunk(), block.last_chunk()) {
        (Some(a), Some(b)) => {
            let (a, b) = (_mm256_cmpeq_epi8(load(a), first), _mm256_cmpeq_epi8(load(b), second));
            _mm256_testz_si256(a, b) == 0
        }
        _ => false,
    };
    bytes.windows(33).step_by(32).any(holds) || bytes.last_chunk::<33>().is_some_and(|b| holds(b))
}

#[target_feature(enable = "avx2")]
pub fn is_binary(bytes: &[u8]) -> bool {
    let (blocks, rest) = bytes.as_chunks::<32>();
    let mut count = rest.iter().filter(|b| matches!(b, 1..=8 | 14..=31)).count();
    // PERF: no further than needed.
    blocks.chunks(32).any(|blocks| {
        let counts = blocks.iter().fold(_mm256_setzero_si256(), |counts, block| {
            // SAFETY: the thirty-two bytes that are read are the block.
            let bytes = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
            // Moved so that what is above the range is negative.
            let low =
                _mm256_cmpgt_epi8(_mm256_add_epi8(bytes, _mm256_set1_epi8(0x77)), _mm256_set1_epi8(0x77));
            let high =
                _mm256_cmpgt_epi8(_mm256_add_epi8(bytes, _mm256_set1_epi8(0x60)), _mm256_set1_epi8(0x6d));
            _mm256_sub_epi8(counts, _mm256_or_si256(low, high))
        });
        let sums = _mm256_sad_epu8(counts, _mm256_setzero_si256());
        let sums = _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
        count += (_mm_cvtsi128_si64(sums) + _mm_cvtsi128_si64(_mm_unpackhi_epi64(sums, sums))) as usize;
        count * SHARE > bytes.len()
    }) || count * SHARE > bytes.len()
}

#[target_feature(enable = "avx2,bmi1,lzcnt")]
pub fn run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    if LEAST < 11 {
        return first_run_of_text::<LEAST>(bytes, from);
    }
    // PERF: a run of eleven bytes or more holds two groups of four in a row, counted from anywhere. Where it may, it is
    // looked at closer: at the block, the end of the one before and the beginning of the one behind.
    let (mut at, mut before) = (from, 0);
    while let Some(block) = bytes.get(at..).and_then(|b| b.first_chunk::<BLOCK>()) {
        let groups = block.as_chunks::<32>().0.iter().rev().fold(0, |groups, half| {
            // SAFETY: the thirty-two bytes that are read are half of the block.
            let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
            let whole = _mm256_cmpeq_epi32(text(bytes), _mm256_set1_epi8(-1));
            groups << 8 | _mm256_movemask_ps(_mm256_castsi256_ps(whole)).cast_unsigned()
        });
        if groups & (groups << 1 | before) != 0
            && let Some(found) = run_near::<LEAST>(bytes, at, from)
        {
            return Some(found);
        }
        before = groups >> 15;
        at += BLOCK;
    }
    first_run_of_text::<LEAST>(bytes, at.saturating_sub(LEAST).max(from))
}

/// The first run that begins in the block at `at`, or right before it.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,lzcnt")]
fn run_near<const LEAST: usize>(bytes: &[u8], at: usize, from: usize) -> Option<usize> {
    let behind = (at + BLOCK + LEAST).min(bytes.len());
    first_run_of_text::<LEAST>(bytes.get(..behind)?, at.saturating_sub(LEAST).max(from))
}

/// 0xff for each byte that is text.
#[inline]
#[target_feature(enable = "avx2")]
fn text(bytes: __m256i) -> __m256i {
    // Moved so that what is above the range is negative.
    let signs = _mm256_cmpgt_epi8(_mm256_add_epi8(bytes, _mm256_set1_epi8(1)), _mm256_set1_epi8(0x20));
    let blanks = _mm256_cmpgt_epi8(_mm256_add_epi8(bytes, _mm256_set1_epi8(0x72)), _mm256_set1_epi8(0x7a));
    _mm256_or_si256(signs, blanks)
}

#[target_feature(enable = "avx2,bmi1,lzcnt")]
fn first_run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    first_run::<LEAST>(bytes, from, |block| {
        let text = |half: &[u8; 32]| {
            // SAFETY: the thirty-two bytes that are read are half of the block.
            let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
            u64::from(_mm256_movemask_epi8(text(bytes)).cast_unsigned())
        };
        block.as_chunks().0.iter().rev().fold(0, |mask, half| mask << 32 | text(half))
    })
}

#[target_feature(enable = "avx2")]
pub fn may_repeat(kept: &[u8], from: usize) -> Option<usize> {
    const BEFORE: usize = REPEATED + 2;
    let all = kept.get(from.checked_sub(BEFORE)?..)?;
    // PERF: one step a place, as long as nothing is there.
    let mut places = all.windows(BEFORE).step_by(REPEATED);
    let found = places.position(|tail| {
        let (Some(a), Some(b)) =
            (tail.first_chunk::<REPEATED>(), tail.get(1..).and_then(|t| t.first_chunk::<REPEATED>()))
        else {
            return false;
        };
        let (Some(&[before, last]), Some(&low)) = (tail.last_chunk(), tail.last_chunk()) else {
            return false;
        };
        // SAFETY: the thirty-two bytes that are read lie in the array.
        let load = |b: &[u8; REPEATED]| unsafe { _mm256_loadu_si256(b.as_ptr().cast()) };
        let a = _mm256_cmpeq_epi8(load(a), _mm256_set1_epi8(before.cast_signed()));
        let b = _mm256_cmpeq_epi8(load(b), _mm256_set1_epi8(last.cast_signed()));
        _mm256_testz_si256(a, b) == 0 || u64::from_le_bytes(low) & NOT_LOW == 0
    })?;
    Some(from + found * REPEATED)
}
