//! x86-64: SSE2, SSSE3, AVX2 and AVX-512.

use super::{
    Bits, Halves, KINDS, OfVectors, SHARE, SPAN, STEP, Tables, Unescaped, Vectors, everyday_by_halves,
    first_block, first_repeat, first_triples, next_by_blocks,
};
use level::{AVX2, SSE2, SSSE3, WIDE, level};

mod avx2;
mod level;
mod sse;
mod unescape;
mod wide;

#[cfg(test)]
pub use level::levels;

/// A bit for each byte of `block`: whether it is one of `needles`.
#[inline]
pub fn matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse::matches(block, needles) }
}

/// A bit for each byte of `block`: whether it is that of `other` at its place.
#[inline(always)]
pub fn alike(block: &[u8; STEP], other: &[u8; STEP]) -> u32 {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse::alike(block, other) }
}

/// Copies `block` to `out`, each byte `from` as `to`. Gives a bit for each byte of `block`: whether it is `stop`, and
/// whether it is `from`.
#[inline]
pub fn copy_replaced(block: &[u8; STEP], out: &mut [u8; STEP], stop: u8, replace: [u8; 2]) -> (u32, u32) {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse::copy_replaced(block, out, stop, replace) }
}

/// Does `work`, with instructions for bits if the processor has them.
#[inline]
pub fn with_bits<W: Bits>(work: W) -> W::Told {
    if level() >= AVX2 {
        // SAFETY: all of them are there.
        return unsafe { bmi(work) };
    }
    work.run()
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn bmi<W: Bits>(work: W) -> W::Told {
    work.run()
}

/// Does `work`, with the instructions for bits and the vectors that the processor has.
#[inline]
pub fn with_vectors<W: OfVectors>(work: W) -> W::Told {
    match level() {
        // SAFETY: all of them are there.
        WIDE => unsafe { wide(work) },
        // SAFETY: all of them are there.
        AVX2 => unsafe { avx2(work) },
        _ => work.run(Has::<SSE2>(())),
    }
}

#[target_feature(enable = "avx512bw,avx512vl,bmi1,bmi2,lzcnt,popcnt")]
fn wide<W: OfVectors>(work: W) -> W::Told {
    work.run(Has::<WIDE>(()))
}

#[target_feature(enable = "avx2,bmi1,bmi2,lzcnt,popcnt")]
fn avx2<W: OfVectors>(work: W) -> W::Told {
    work.run(Has::<AVX2>(()))
}

/// Made only where the processor has what the level stands for.
#[derive(Clone, Copy)]
struct Has<const LEVEL: u8>(());

impl<const LEVEL: u8> Vectors for Has<LEVEL> {
    #[inline(always)]
    fn letters(self, bytes: &[u8]) -> u64 {
        match LEVEL {
            // SAFETY: AVX-512 is there.
            WIDE => unsafe { wide::letters(bytes) },
            // SAFETY: AVX2 is there.
            AVX2 => first_block(bytes, |block, _| unsafe { avx2::letters(block) }),
            // SAFETY: SSE2 belongs to every x86-64 processor.
            _ => first_block(bytes, |block, _| unsafe { sse::letters(block) }),
        }
    }
}

/// A bit for each byte of `block`: whether it is an ASCII letter, and whether it is a digit.
#[inline]
pub fn letters_and_digits(block: &[u8; STEP]) -> (u32, u32) {
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse::letters_and_digits(block) }
}

/// Which bytes of `block` are one of [`ENDS`], and of those before the first of them: which are letters, digits, spaces, `.`, `-`,
/// `_`, and any of these or `,`.
#[inline(always)]
pub fn everyday(block: &[u8; SPAN]) -> (u32, [u64; KINDS]) {
    if level() >= AVX2 {
        // SAFETY: AVX2 is there.
        return unsafe { avx2::everyday(block) };
    }
    everyday_by_halves(block, matches, letters_and_digits)
}

/// A bit for each of the first 64 of `bytes`: whether it is an ASCII letter. Bits behind the end are clear.
#[inline]
pub fn letters(bytes: &[u8]) -> u64 {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => unsafe { wide::letters(bytes) },
        // SAFETY: SSE2 belongs to every x86-64 processor.
        _ => first_block(bytes, |block, _| unsafe { sse::letters(block) }),
    }
}

/// For each of `sets` a bit for each of the first 64 of `bytes`: whether the bits that the two tables share for its halves have
/// one of the set. Bits behind the end are clear. `None` if the processor is too old.
#[inline]
pub fn classes<const N: usize>(
    bytes: &[u8],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
) -> Option<[u64; N]> {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => Some(unsafe { wide::classes(bytes, tables, sets) }),
        level @ (AVX2 | SSSE3) => Some(first_block(bytes, |block, within| {
            let masks = match level {
                // SAFETY: AVX2 is there.
                AVX2 => unsafe { avx2::classes(block, tables, sets) },
                // SAFETY: SSSE3 is there.
                _ => unsafe { sse::classes(block, tables, sets) },
            };
            masks.map(|mask| mask & within)
        })),
        _ => None,
    }
}

/// As [`classes`] of each block of `bytes`, the last of which may be shorter, as many as there are `told`. Whether anything was
/// told.
///
/// PERF: a call for each block costs more than the look at it.
pub fn fill<const N: usize>(
    bytes: &[u8],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
    told: &mut [[u64; N]],
) -> bool {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => unsafe { wide::fill(bytes, tables, sets, told) },
        AVX2 | SSSE3 => {
            let (blocks, rest) = bytes.as_chunks();
            let done = blocks.len().min(told.len());
            if level() == AVX2 {
                // SAFETY: AVX2 is there.
                unsafe { avx2::fill(blocks, tables, sets, told) };
            } else {
                for (block, told) in blocks.iter().zip(told.iter_mut()) {
                    // SAFETY: SSSE3 is there.
                    *told = unsafe { sse::classes(block, tables, sets) };
                }
            }
            if !rest.is_empty()
                && let Some(told) = told.get_mut(done)
                && let Some(masks) = classes(rest, tables, sets)
            {
                *told = masks;
            }
        }
        _ => return false,
    }
    true
}

/// Of the blocks of `bytes` at `from`, behind it and so on the first that has a byte of which [`classes`] tells one of `set`: where it
/// begins, and where they stand. Where what is left is no block, and none, if there is no such. `None` if the processor is too
/// old.
#[inline]
pub fn next_class(bytes: &[u8], from: usize, tables: &([u8; 16], [u8; 16]), set: u8) -> Option<(usize, u64)> {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => Some(unsafe { wide::next_class(bytes, from, tables, set) }),
        // SAFETY: AVX2 is there.
        AVX2 => Some(unsafe { avx2::next_class(bytes, from, tables, set) }),
        _ => next_by_blocks(bytes, from, |block| classes(block, tables, [set]).map(|[mask]| mask)),
    }
}

/// A bit for each of the first 64 of `bytes`: whether it and the two behind it have, by the tables for each of the three, a bit in
/// common. Behind the end stand zeros, of which nothing is told. `None` if the processor is too old.
#[inline]
pub fn triples(bytes: &[u8], tables: &Tables) -> Option<u64> {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => Some(unsafe { wide::triples(bytes, tables) }),
        level @ (AVX2 | SSSE3) => Some(first_triples(bytes, |block| match level {
            // SAFETY: AVX2 is there.
            AVX2 => unsafe { avx2::triples(block, tables) },
            // SAFETY: SSSE3 is there.
            _ => unsafe { sse::triples(block, tables) },
        })),
        _ => None,
    }
}

/// For each of the blocks that `bytes` begin with, as many as `told` has room for and have two bytes behind them, what [`triples`]
/// tells with each of `sets`. How many they were; `None` if the processor is too old.
pub fn blocks_of_triples<const N: usize>(
    sets: [&Tables; N],
    bytes: &[u8],
    told: &mut [[u64; N]],
) -> Option<usize> {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => Some(unsafe { wide::blocks_of_triples(sets, bytes, told) }),
        // SAFETY: AVX2 is there.
        AVX2 => Some(unsafe { avx2::blocks_of_triples(sets, bytes, told) }),
        _ => None,
    }
}

/// Whether one byte in 32 or more is a control byte that text has not.
pub fn is_binary(bytes: &[u8]) -> bool {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => unsafe { wide::is_binary(bytes) },
        // SAFETY: AVX2 is there.
        AVX2 => unsafe { avx2::is_binary(bytes) },
        _ => bytes.iter().filter(|b| matches!(b, 1..=8 | 14..=31)).count() * SHARE > bytes.len(),
    }
}

/// Where the first run of at least `LEAST` bytes of text begins in `bytes`, at or behind `from`, where none is going on.
pub fn run_of_text<const LEAST: usize>(bytes: &[u8], from: usize) -> Option<usize> {
    if level() >= AVX2 {
        // SAFETY: AVX2 and the instructions for bits are there.
        return unsafe { avx2::run_of_text::<LEAST>(bytes, from) };
    }
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe { sse::run_of_text::<LEAST>(bytes, from) }
}

/// The first of the places `from`, `from + 32` and so on in `kept` before which it may repeat a part of up to 32 bytes, or may
/// be blank; before `from` there are 64 bytes or more.
pub fn may_repeat(kept: &[u8], from: usize) -> Option<usize> {
    if level() >= AVX2 {
        // SAFETY: AVX2 is there.
        return unsafe { avx2::may_repeat(kept, from) };
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
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => Some(unsafe { wide::halves(bytes, tables) }),
        // SAFETY: AVX2 is there.
        AVX2 if bytes.len() >= 32 => Some(unsafe { avx2::halves(bytes, tables) }),
        // SAFETY: SSSE3 is there.
        AVX2 | SSSE3 if bytes.len() >= 4 => Some(unsafe { sse::halves(bytes, tables) }),
        _ => None,
    }
}

/// Whether the bytes of `pair` stand in `bytes`, one behind the other.
///
/// PERF: not inlined, so that those who tell it of short values themselves are.
#[inline(never)]
pub fn has_pair(bytes: &[u8], pair: [u8; 2]) -> bool {
    match level() {
        // SAFETY: AVX-512 is there.
        WIDE => unsafe { wide::has_pair(bytes, pair) },
        // SAFETY: AVX2 is there.
        AVX2 if bytes.len() > 32 => unsafe { avx2::has_pair(bytes, pair) },
        _ => super::folded_pair(bytes, pair),
    }
}

/// Copies `bytes` to the front of `out`, the first byte of `blank` as the second, and escapes of percent-encoding undone, up to the
/// first `%` that begins an escape of another kind (`%u`), or may, for the end is near. `out` has room for 64 bytes more.
/// `None` if the processor is too old.
#[inline]
pub fn unescape(bytes: &[u8], out: &mut [u8], blank: [u8; 2]) -> Option<Unescaped> {
    // SAFETY: AVX-512 with VBMI2 is there.
    (level() == WIDE).then(|| unsafe { unescape::unescape(bytes, out, blank) })
}
