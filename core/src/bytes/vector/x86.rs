//! x86-64: SSE2, SSSE3 and AVX2.

use super::{
    BLOCK, Bits, ENDS, GROUPS, Halves, KINDS, REPEATED, SHARE, SPAN, STEP, before, everyday_by_halves,
    first_repeat, first_run,
};
use std::arch::x86_64::*;

mod next;
mod triples;

pub use next::next_class;
#[cfg(test)]
pub(super) use triples::ssse3_triples;
pub use triples::{blocks_of_triples, triples};

/// A bit for each byte of `block`: whether it is one of `needles`.
#[inline]
pub fn matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse2_matches(block, needles) }
}

/// A bit for each byte of `block`: whether it is that of `other` at its place.
#[inline(always)]
pub fn alike(block: &[u8; STEP], other: &[u8; STEP]) -> u32 {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse2_alike(block, other) }
}

/// Copies `block` to `out`, each byte `from` as `to`. Gives a bit for each byte of `block`: whether it is `stop`, and
/// whether it is `from`.
#[inline]
pub fn copy_replaced(block: &[u8; STEP], out: &mut [u8; STEP], stop: u8, replace: [u8; 2]) -> (u32, u32) {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse2_copy_replaced(block, out, stop, replace) }
}

/// Does `work`, with instructions for bits if the processor has them.
#[inline]
pub fn with_bits<W: Bits>(work: W) -> W::Told {
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("lzcnt")
        && is_x86_feature_detected!("popcnt")
    {
        // SAFETY: all of them are there.
        return unsafe { bmi(work) };
    }
    work.run()
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn bmi<W: Bits>(work: W) -> W::Told {
    work.run()
}

/// A bit for each byte of `block`: whether it is an ASCII letter, and whether it is a digit.
#[inline]
pub fn letters_and_digits(block: &[u8; STEP]) -> (u32, u32) {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse2_letters_and_digits(block) }
}

/// Which bytes of `block` are one of [`ENDS`], and of those before the first of them: which are letters, digits, spaces, `.`, `-`,
/// `_`, and any of these or `,`.
#[inline(always)]
pub fn everyday(block: &[u8; SPAN]) -> (u32, [u64; KINDS]) {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return unsafe { avx2_everyday(block) };
    }
    everyday_by_halves(block, matches, letters_and_digits)
}

/// A bit for each byte of `block`: whether it is an ASCII letter.
#[inline]
pub fn letters(block: &[u8; BLOCK]) -> u64 {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse2_letters(block) }
}

/// For each of `sets` a bit for each byte of `block`: whether the bits that the two tables share for its halves have one
/// of the set; `None` if the processor is too old.
#[inline]
pub fn classes<const N: usize>(
    block: &[u8; BLOCK],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
) -> Option<[u64; N]> {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return Some(unsafe { avx2_classes(block, tables, sets) });
    }
    if is_x86_feature_detected!("ssse3") {
        // SAFETY: SSSE3 is there.
        return Some(unsafe { ssse3_classes(block, tables, sets) });
    }
    None
}

/// As [`classes`] of each of `blocks`, one after the other. Whether anything was told.
///
/// PERF: a call for each block costs more than the look at it.
#[inline]
pub fn scan<const N: usize>(
    blocks: &[[u8; BLOCK]],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
    mut each: impl FnMut([u64; N]),
) -> bool {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        unsafe { avx2_scan(blocks, tables, sets, each) };
        return true;
    }
    if is_x86_feature_detected!("ssse3") {
        // SAFETY: SSSE3 is there.
        blocks.iter().for_each(|block| each(unsafe { ssse3_classes(block, tables, sets) }));
        return true;
    }
    false
}

#[target_feature(enable = "avx2")]
fn avx2_scan<const N: usize>(
    blocks: &[[u8; BLOCK]],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
    mut each: impl FnMut([u64; N]),
) {
    for block in blocks {
        each(avx2_classes(block, tables, sets));
    }
}

/// Whether one byte in 32 or more is a control byte that text has not.
pub fn is_binary(bytes: &[u8]) -> bool {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return unsafe { avx2_is_binary(bytes) };
    }
    let controls = bytes.iter().filter(|b| matches!(b, 1..=8 | 14..=31)).count();
    controls * SHARE > bytes.len()
}

/// Where the first run of at least `LEAST` bytes of text begins in `bytes`, at or behind `from`, where none is going on.
pub fn run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("lzcnt")
    {
        // SAFETY: all of them are there.
        return unsafe { avx2_run_of_text::<LEAST>(bytes, from) };
    }
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse2_run_of_text::<LEAST>(bytes, from) }
}

/// The first of the places `from`, `from + 32` and so on in `kept` before which it may repeat a part of up to 32 bytes, or may
/// be blank; before `from` there are 64 bytes or more.
pub fn may_repeat(kept: &[u8], from: usize) -> Option<usize> {
    if is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return unsafe { avx2_may_repeat(kept, from) };
    }
    first_repeat(kept, from, |tail| {
        let [a @ .., _, _] = tail;
        let [_, b @ .., _] = tail;
        let [.., before, last] = *tail;
        let pairs = a.as_chunks::<STEP>().0.iter().zip(b.as_chunks::<STEP>().0);
        pairs.fold(0, |found, (a, b)| found | matches(a, [before]) & matches(b, [last])) != 0
    })
}

/// The bits that both tables tell for the halves of the bytes; `None` if the bytes are too few, or the processor is too
/// old.
#[inline]
pub fn halves(bytes: &[u8], tables: &(Halves, Halves)) -> Option<u64> {
    if bytes.len() >= 32 && is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return Some(unsafe { avx2(bytes, tables) });
    }
    if bytes.len() >= 4 && is_x86_feature_detected!("ssse3") {
        // SAFETY: SSSE3 is there.
        return Some(unsafe { ssse3(bytes, tables) });
    }
    None
}

/// Whether the bytes of `pair` stand in `bytes`, one behind the other.
pub fn has_pair(bytes: &[u8], pair: [u8; 2]) -> bool {
    if bytes.len() > 32 && is_x86_feature_detected!("avx2") {
        // SAFETY: AVX2 is there.
        return unsafe { avx2_has_pair(bytes, pair) };
    }
    super::folded_pair(bytes, pair)
}

#[target_feature(enable = "avx2")]
fn avx2_has_pair(bytes: &[u8], [first, second]: [u8; 2]) -> bool {
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

#[inline]
#[target_feature(enable = "sse2")]
fn sse2_alike(block: &[u8; STEP], other: &[u8; STEP]) -> u32 {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let load = |block: &[u8; STEP]| unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    _mm_movemask_epi8(_mm_cmpeq_epi8(load(block), load(other))).cast_unsigned()
}

#[inline]
#[target_feature(enable = "sse2")]
fn sse2_matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
    // SAFETY: the sixteen bytes that are read are the block.
    let bytes = unsafe { _mm_loadu_si128(block.as_ptr().cast()) };
    let found = needles.iter().fold(_mm_setzero_si128(), |found, &needle| {
        _mm_or_si128(found, _mm_cmpeq_epi8(bytes, _mm_set1_epi8(needle.cast_signed())))
    });
    _mm_movemask_epi8(found).cast_unsigned()
}

#[inline]
#[target_feature(enable = "sse2")]
fn sse2_copy_replaced(block: &[u8; STEP], out: &mut [u8; STEP], stop: u8, [from, to]: [u8; 2]) -> (u32, u32) {
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
fn sse2_letters_and_digits(block: &[u8; STEP]) -> (u32, u32) {
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
fn sse2_letters(block: &[u8; BLOCK]) -> u64 {
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

#[target_feature(enable = "avx2")]
fn avx2_everyday(block: &[u8; SPAN]) -> (u32, [u64; KINDS]) {
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

#[target_feature(enable = "ssse3")]
pub(super) fn ssse3_classes<const N: usize>(
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

#[inline]
#[target_feature(enable = "avx2")]
fn avx2_classes<const N: usize>(
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

#[target_feature(enable = "sse2")]
fn sse2_run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
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

#[target_feature(enable = "avx2")]
fn avx2_is_binary(bytes: &[u8]) -> bool {
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
fn avx2_run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    if LEAST < 11 {
        return avx2_first_run::<LEAST>(bytes, from);
    }
    // PERF: a run of eleven bytes or more holds two groups of four in a row, counted from anywhere. Where it may, it is
    // looked at closer: at the block, the end of the one before and the beginning of the one behind.
    let (mut at, mut before) = (from, 0);
    while let Some(block) = bytes.get(at..).and_then(|b| b.first_chunk::<BLOCK>()) {
        let groups = block.as_chunks::<32>().0.iter().rev().fold(0, |groups, half| {
            // SAFETY: the thirty-two bytes that are read are half of the block.
            let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
            let whole = _mm256_cmpeq_epi32(avx2_text(bytes), _mm256_set1_epi8(-1));
            groups << 8 | _mm256_movemask_ps(_mm256_castsi256_ps(whole)).cast_unsigned()
        });
        if groups & (groups << 1 | before) != 0
            && let Some(found) = avx2_run_near::<LEAST>(bytes, at, from)
        {
            return Some(found);
        }
        before = groups >> 15;
        at += BLOCK;
    }
    avx2_first_run::<LEAST>(bytes, at.saturating_sub(LEAST).max(from))
}

/// The first run that begins in the block at `at`, or right before it.
#[inline(never)]
#[target_feature(enable = "avx2,bmi1,lzcnt")]
fn avx2_run_near<const LEAST: usize>(bytes: &[u8], at: usize, from: usize) -> Option<usize> {
    let behind = (at + BLOCK + LEAST).min(bytes.len());
    avx2_first_run::<LEAST>(bytes.get(..behind)?, at.saturating_sub(LEAST).max(from))
}

/// 0xff for each byte that is text.
#[inline]
#[target_feature(enable = "avx2")]
fn avx2_text(bytes: __m256i) -> __m256i {
    // Moved so that what is above the range is negative.
    let signs = _mm256_cmpgt_epi8(_mm256_add_epi8(bytes, _mm256_set1_epi8(1)), _mm256_set1_epi8(0x20));
    let blanks = _mm256_cmpgt_epi8(_mm256_add_epi8(bytes, _mm256_set1_epi8(0x72)), _mm256_set1_epi8(0x7a));
    _mm256_or_si256(signs, blanks)
}

#[target_feature(enable = "avx2,bmi1,lzcnt")]
fn avx2_first_run<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    first_run::<LEAST>(bytes, from, |block| {
        let text = |half: &[u8; 32]| {
            // SAFETY: the thirty-two bytes that are read are half of the block.
            let bytes = unsafe { _mm256_loadu_si256(half.as_ptr().cast()) };
            u64::from(_mm256_movemask_epi8(avx2_text(bytes)).cast_unsigned())
        };
        block.as_chunks().0.iter().rev().fold(0, |mask, half| mask << 32 | text(half))
    })
}

#[target_feature(enable = "avx2")]
fn avx2_may_repeat(kept: &[u8], from: usize) -> Option<usize> {
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
        _mm256_testz_si256(a, b) == 0 || u64::from_le_bytes(low) & super::NOT_LOW == 0
    })?;
    Some(from + found * REPEATED)
}

/// All bits of `groups` of sixteen bytes each, put into one number.
#[target_feature(enable = "ssse3")]
fn gather(groups: [__m128i; GROUPS]) -> u64 {
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
fn ssse3(bytes: &[u8], tables: &(Halves, Halves)) -> u64 {
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

/// `bytes` are 32 or more.
#[target_feature(enable = "avx2")]
fn avx2(bytes: &[u8], tables: &(Halves, Halves)) -> u64 {
    // SAFETY: the sixteen bytes that are read lie in the array.
    let table = |b: &[u8; 16]| _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(b.as_ptr().cast()) });
    let (low, high) = (tables.0.map(|t| table(&t)), tables.1.map(|t| table(&t)));
    let mut groups = [_mm256_setzero_si256(); GROUPS];
    // PERF: loops, for what is handed to an iterator as a function is called for each block, with the tables in memory.
    for block in bytes.as_chunks::<32>().0 {
        avx2_add(&mut groups, block, &low, &high);
    }
    if let Some(last) = bytes.last_chunk::<32>() {
        avx2_add(&mut groups, last, &low, &high);
    }
    gather(groups.map(|g| _mm_or_si128(_mm256_castsi256_si128(g), _mm256_extracti128_si256::<1>(g))))
}

/// Adds what the tables tell of the halves of `block` to `groups`.
#[inline]
#[target_feature(enable = "avx2")]
fn avx2_add(
    groups: &mut [__m256i; GROUPS],
    block: &[u8; 32],
    low: &[__m256i; GROUPS],
    high: &[__m256i; GROUPS],
) {
    // SAFETY: the thirty-two bytes that are read lie in the array.
    let v = unsafe { _mm256_loadu_si256(block.as_ptr().cast()) };
    let half = _mm256_set1_epi8(15);
    let (l, h) = (_mm256_and_si256(v, half), _mm256_and_si256(_mm256_srli_epi16::<4>(v), half));
    for ((group, low), high) in groups.iter_mut().zip(low).zip(high) {
        let told = _mm256_and_si256(_mm256_shuffle_epi8(*low, l), _mm256_shuffle_epi8(*high, h));
        *group = _mm256_or_si256(*group, told);
    }
}
