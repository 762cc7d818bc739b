//! AArch64: NEON.

use super::{
    BLOCK, Bits, GROUPS, Halves, KINDS, OfVectors, SHARE, SPAN, STEP, Tables, Unescaped, Vectors,
    everyday_by_halves, first_block, first_repeat, first_run, first_triples, next_by_blocks,
};
use std::arch::aarch64::*;

/// The bits that the bytes of a mask stand for.
const BITS: [u8; STEP] = [1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128];

/// A bit for each byte of `block`: whether it is one of `needles`.
#[inline]
pub fn matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
    // SAFETY: NEON belongs to every AArch64 processor.
    unsafe {
        let bytes = load(block);
        bits(needles.iter().fold(vdupq_n_u8(0), |found, &n| vorrq_u8(found, vceqq_u8(bytes, vdupq_n_u8(n)))))
    }
}

/// Copies `block` to `out`, each byte `from` as `to`. Gives a bit for each byte of `block`: whether it is `stop`, and
/// whether it is `from`.
#[inline]
pub fn copy_replaced(block: &[u8; STEP], out: &mut [u8; STEP], stop: u8, [from, to]: [u8; 2]) -> (u32, u32) {
    // SAFETY: NEON belongs to every AArch64 processor; the sixteen bytes that are written are all of `out`.
    unsafe {
        let bytes = load(block);
        let froms = vceqq_u8(bytes, vdupq_n_u8(from));
        vst1q_u8(out.as_mut_ptr(), vbslq_u8(froms, vdupq_n_u8(to), bytes));
        (bits(vceqq_u8(bytes, vdupq_n_u8(stop))), bits(froms))
    }
}

/// Does `work`: the instructions for bits belong to every processor.
#[inline]
pub fn with_bits<W: Bits>(work: W) -> W::Told {
    work.run()
}

/// Does `work`, with these vectors.
#[inline]
pub fn with_vectors<W: OfVectors>(work: W) -> W::Told {
    work.run(These)
}

#[derive(Clone, Copy)]
struct These;

impl Vectors for These {
    #[inline(always)]
    fn letters(self, bytes: &[u8]) -> u64 {
        letters(bytes)
    }
}

/// A bit for each byte of `block`: whether it is an ASCII letter, and whether it is a digit.
#[inline]
pub fn letters_and_digits(block: &[u8; STEP]) -> (u32, u32) {
    // SAFETY: NEON belongs to every AArch64 processor.
    unsafe {
        let bytes = load(block);
        let low = vorrq_u8(bytes, vdupq_n_u8(0x20));
        let letters = vcltq_u8(vsubq_u8(low, vdupq_n_u8(b'a')), vdupq_n_u8(26));
        let digits = vcltq_u8(vsubq_u8(bytes, vdupq_n_u8(b'0')), vdupq_n_u8(10));
        (bits(letters), bits(digits))
    }
}

/// A bit for each byte of `block`: whether it is that of `other` at its place.
#[inline]
pub fn alike(block: &[u8; STEP], other: &[u8; STEP]) -> u32 {
    // SAFETY: NEON belongs to every AArch64 processor.
    unsafe { bits(vceqq_u8(load(block), load(other))) }
}

/// Which bytes of `block` are one of [`ENDS`], and of those before the first of them: which are letters, digits, spaces, `.`, `-`,
/// `_`, and any of these or `,`.
#[inline]
pub fn everyday(block: &[u8; SPAN]) -> (u32, [u64; KINDS]) {
    everyday_by_halves(block, matches, letters_and_digits)
}

/// A bit for each of the first 64 of `bytes`: whether it is an ASCII letter. Bits behind the end are clear.
#[inline]
pub fn letters(bytes: &[u8]) -> u64 {
    first_block(bytes, |block, _| letters_of(block))
}

#[inline]
fn letters_of(block: &[u8; BLOCK]) -> u64 {
    block.as_chunks::<STEP>().0.iter().rev().fold(0, |mask, sixteen| {
        // SAFETY: NEON belongs to every AArch64 processor.
        let found = unsafe {
            let low = vorrq_u8(load(sixteen), vdupq_n_u8(0x20));
            bits(vcltq_u8(vsubq_u8(low, vdupq_n_u8(b'a')), vdupq_n_u8(26)))
        };
        mask << STEP | u64::from(found)
    })
}

/// For each of `sets` a bit for each of the first 64 of `bytes`: whether the bits that the two tables share for its halves have
/// one of the set. Bits behind the end are clear.
#[inline]
pub fn classes<const N: usize>(
    bytes: &[u8],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
) -> Option<[u64; N]> {
    Some(first_block(bytes, |block, within| classes_of(block, tables, sets).map(|mask| mask & within)))
}

#[inline]
fn classes_of<const N: usize>(
    block: &[u8; BLOCK],
    (low, high): &([u8; 16], [u8; 16]),
    sets: [u8; N],
) -> [u64; N] {
    // SAFETY: NEON belongs to every AArch64 processor.
    unsafe {
        let (low, high) = (load(low), load(high));
        block.as_chunks::<STEP>().0.iter().rev().fold([0; N], |mut masks, sixteen| {
            let v = load(sixteen);
            let (l, h) = (vandq_u8(v, vdupq_n_u8(15)), vshrq_n_u8::<4>(v));
            let told = vandq_u8(vqtbl1q_u8(low, l), vqtbl1q_u8(high, h));
            for (mask, set) in masks.iter_mut().zip(sets) {
                *mask = *mask << STEP | u64::from(bits(vtstq_u8(told, vdupq_n_u8(set))));
            }
            masks
        })
    }
}

/// Of the blocks of `bytes` at `from`, behind it and so on the first that has a byte of which [`classes`] tells one of `set`: where it
/// begins, and where they stand. Where what is left is no block, and none, if there is no such.
#[inline]
pub fn next_class(bytes: &[u8], from: usize, tables: &([u8; 16], [u8; 16]), set: u8) -> Option<(usize, u64)> {
    next_by_blocks(bytes, from, |block| classes(block, tables, [set]).map(|[mask]| mask))
}

/// Whether one byte in 32 or more is a control byte that text has not.
pub fn is_binary(bytes: &[u8]) -> bool {
    // PERF: counted in small blocks, so that the count becomes vector code, and no further than needed.
    let control = |b: &u8| u8::from(matches!(b, 1..=8 | 14..=31));
    let mut count = 0;
    bytes.chunks(128).any(|c| {
        count += usize::from(c.iter().map(control).sum::<u8>());
        count * SHARE > bytes.len()
    })
}

/// Where the first run of at least `LEAST` bytes of text begins in `bytes`, at or behind `from`, where none is going on.
pub fn run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    first_run::<LEAST>(bytes, from, |block| {
        block.as_chunks::<STEP>().0.iter().rev().fold(0, |mask, sixteen| {
            // SAFETY: NEON belongs to every AArch64 processor.
            let found = unsafe {
                let bytes = load(sixteen);
                let signs = vcltq_u8(vsubq_u8(bytes, vdupq_n_u8(b' ')), vdupq_n_u8(b'~' - b' ' + 1));
                let blanks = vcltq_u8(vsubq_u8(bytes, vdupq_n_u8(b'\t')), vdupq_n_u8(b'\r' - b'\t' + 1));
                bits(vorrq_u8(signs, blanks))
            };
            mask << STEP | u64::from(found)
        })
    })
}

/// The first of the places `from`, `from + 32` and so on in `kept` before which it may repeat a part of up to 32 bytes, or may
/// be blank; before `from` there are 64 bytes or more.
pub fn may_repeat(kept: &[u8], from: usize) -> Option<usize> {
    first_repeat(kept, from, |tail| {
        let [a @ .., _, _] = tail;
        let [_, b @ .., _] = tail;
        let [.., before, last] = *tail;
        let pairs = a.as_chunks::<STEP>().0.iter().zip(b.as_chunks::<STEP>().0);
        pairs.fold(0, |found, (a, b)| found | matches(a, [before]) & matches(b, [last])) != 0
    })
}

/// The bits that both tables tell for the halves of the bytes, if there are eight bytes or more.
#[inline]
pub fn halves(bytes: &[u8], tables: &(Halves, Halves)) -> Option<u64> {
    // SAFETY: NEON belongs to every AArch64 processor.
    (bytes.len() >= 8).then(|| unsafe { told(bytes, tables) })
}

#[target_feature(enable = "neon")]
fn told(bytes: &[u8], (low, high): &(Halves, Halves)) -> u64 {
    let (low, high) = (low.each_ref().map(|t| load(t)), high.each_ref().map(|t| load(t)));
    let mut groups = [vdupq_n_u8(0); GROUPS];
    let mut take = |v: uint8x16_t| {
        let (l, h) = (vandq_u8(v, vdupq_n_u8(15)), vshrq_n_u8::<4>(v));
        for ((group, low), high) in groups.iter_mut().zip(low).zip(high) {
            *group = vorrq_u8(*group, vandq_u8(vqtbl1q_u8(low, l), vqtbl1q_u8(high, h)));
        }
    };
    // Bytes that are read twice change nothing: the last vector overlaps the one before it.
    match (bytes.last_chunk::<STEP>(), bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        (Some(last), ..) => {
            let whole = bytes.as_chunks::<STEP>().0;
            whole.iter().chain([last]).for_each(|b| take(load(b)));
        }
        (None, Some(first), Some(last)) => {
            let two = [u64::from_le_bytes(*first), u64::from_le_bytes(*last)].map(|n| vcreate_u64(n));
            take(vreinterpretq_u8_u64(vcombine_u64(two[0], two[1])));
        }
        _ => {}
    }
    groups.into_iter().rev().fold(0, |all, group| {
        let pair = vreinterpretq_u64_u8(group);
        let eight = vgetq_lane_u64::<0>(pair) | vgetq_lane_u64::<1>(pair);
        let four = eight | eight >> 32;
        let two = four | four >> 16;
        all << 8 | (two | two >> 8) & 0xff
    })
}

#[inline]
#[target_feature(enable = "neon")]
fn load(block: &[u8; STEP]) -> uint8x16_t {
    // SAFETY: the sixteen bytes that are read are the block.
    unsafe { vld1q_u8(block.as_ptr()) }
}

/// A bit for each byte that is 0xff; the others are 0.
#[inline]
#[target_feature(enable = "neon")]
fn bits(mask: uint8x16_t) -> u32 {
    let bits = vandq_u8(mask, load(&BITS));
    u32::from(vaddv_u8(vget_low_u8(bits))) | u32::from(vaddv_u8(vget_high_u8(bits))) << 8
}

/// A bit for each of the first 64 of `bytes`: whether it and the two behind it have, by the tables for each of the three, a bit in
/// common. Behind the end stand zeros, of which nothing is told.
#[inline]
pub fn triples(bytes: &[u8], tables: &Tables) -> Option<u64> {
    // SAFETY: NEON belongs to every AArch64 processor.
    Some(first_triples(bytes, |block| unsafe { neon_triples(block, tables) }))
}

#[target_feature(enable = "neon")]
fn neon_triples(block: &[u8; BLOCK + 2], tables: &Tables) -> u64 {
    (0..BLOCK / STEP).rev().fold(0, |mask, part| {
        let told = tables.iter().enumerate().fold(vdupq_n_u8(0xff), |told, (behind, (low, high))| {
            let Some(bytes) = block.get(STEP * part + behind..).and_then(|b| b.first_chunk()) else {
                return told;
            };
            let v = load(bytes);
            let (l, h) = (vandq_u8(v, vdupq_n_u8(15)), vshrq_n_u8::<4>(v));
            vandq_u8(told, vandq_u8(vqtbl1q_u8(load(low), l), vqtbl1q_u8(load(high), h)))
        });
        mask << STEP | u64::from(bits(vtstq_u8(told, told)))
    })
}

/// Nothing: each block is told alone.
#[inline]
pub fn blocks_of_triples<const N: usize>(
    _sets: [&Tables; N],
    _bytes: &[u8],
    _told: &mut [[u64; N]],
) -> Option<usize> {
    None
}

/// Whether the bytes of `pair` stand in `bytes`, one behind the other.
pub fn has_pair(bytes: &[u8], pair: [u8; 2]) -> bool {
    super::folded_pair(bytes, pair)
}

/// As [`classes`] of each block of `bytes`, the last of which may be shorter, as many as there are `told`. Whether anything was
/// told.
pub fn fill<const N: usize>(
    bytes: &[u8],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
    told: &mut [[u64; N]],
) -> bool {
    let (blocks, rest) = bytes.as_chunks();
    for (block, told) in blocks.iter().zip(told.iter_mut()) {
        *told = classes_of(block, tables, sets);
    }
    if !rest.is_empty()
        && let (Some(told), Some(masks)) = (told.get_mut(blocks.len()), classes(rest, tables, sets))
    {
        *told = masks;
    }
    true
}

/// Nothing: what stands between two escapes is copied.
#[inline]
pub fn unescape(_bytes: &[u8], _out: &mut [u8], _blank: [u8; 2]) -> Option<Unescaped> {
    None
}
