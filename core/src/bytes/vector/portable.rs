//! Without vector instructions.

use super::{
    BLOCK, Bits, Halves, KINDS, OfVectors, REPEATED, SHARE, SPAN, STEP, Tables, Unescaped, Vectors,
    everyday_by_halves, first_repeat, first_run,
};

/// A bit for each byte of `block`: whether it is one of `needles`.
#[inline]
pub fn matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
    mask(block, |b| needles.contains(&b))
}

/// Copies `block` to `out`, each byte `from` as `to`. Gives a bit for each byte of `block`: whether it is `stop`, and
/// whether it is `from`.
#[inline]
pub fn copy_replaced(block: &[u8; STEP], out: &mut [u8; STEP], stop: u8, [from, to]: [u8; 2]) -> (u32, u32) {
    *out = block.map(|b| if b == from { to } else { b });
    (mask(block, |b| b == stop), mask(block, |b| b == from))
}

fn mask(block: &[u8; STEP], is: impl Fn(u8) -> bool) -> u32 {
    block.iter().rev().fold(0, |mask, &b| mask << 1 | u32::from(is(b)))
}

/// Does `work`.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn with_bits<W: Bits>(work: W) -> W::Told {
    work.run()
}

/// Does `work`, with these vectors.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn with_vectors<W: OfVectors>(work: W) -> W::Told {
    work.run(These)
}

#[cfg_attr(not(feature = "portable"), allow(dead_code))]
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
    (mask(block, |b| b.is_ascii_alphabetic()), mask(block, |b| b.is_ascii_digit()))
}

/// A bit for each byte of `block`: whether it is that of `other` at its place.
#[inline]
pub fn alike(block: &[u8; STEP], other: &[u8; STEP]) -> u32 {
    block.iter().zip(other).rev().fold(0, |mask, (a, b)| mask << 1 | u32::from(a == b))
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
    bytes.iter().take(BLOCK).rev().fold(0, |mask, b| mask << 1 | u64::from(b.is_ascii_alphabetic()))
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
        let text = |b: &u8| matches!(b, b' '..=b'~' | b'\t'..=b'\r');
        block.iter().rev().fold(0, |mask, b| mask << 1 | u64::from(text(b)))
    })
}

/// The first of the places `from`, `from + 32` and so on in `kept` before which it may repeat a part of up to 32 bytes, or may
/// be blank; before `from` there are 64 bytes or more.
pub fn may_repeat(kept: &[u8], from: usize) -> Option<usize> {
    first_repeat(kept, from, |tail| {
        let last = tail.last_chunk::<2>();
        tail.windows(2).take(REPEATED).any(|two| last.is_some_and(|last| two == last))
    })
}

/// Nothing: one table of whole bytes is better than two of halves.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn classes<const N: usize>(
    _bytes: &[u8],
    _tables: &([u8; 16], [u8; 16]),
    _sets: [u8; N],
) -> Option<[u64; N]> {
    None
}

/// Nothing: one table of whole bytes is better than two of halves.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn next_class(
    _bytes: &[u8],
    _from: usize,
    _tables: &([u8; 16], [u8; 16]),
    _set: u8,
) -> Option<(usize, u64)> {
    None
}

/// Nothing: one table of whole bytes is better than two of halves.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn halves(_bytes: &[u8], _tables: &(Halves, Halves)) -> Option<u64> {
    None
}

/// Nothing: the bytes are told one by one.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn triples(_bytes: &[u8], _tables: &Tables) -> Option<u64> {
    None
}

/// Nothing: each block is told alone.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
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

/// Nothing: one table of whole bytes is better than two of halves. Whether anything was told.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn fill<const N: usize>(
    _bytes: &[u8],
    _tables: &([u8; 16], [u8; 16]),
    _sets: [u8; N],
    _told: &mut [[u64; N]],
) -> bool {
    false
}

/// Nothing: what stands between two escapes is copied.
#[cfg_attr(not(feature = "portable"), allow(dead_code))]
#[inline]
pub fn unescape(_bytes: &[u8], _out: &mut [u8], _blank: [u8; 2]) -> Option<Unescaped> {
    None
}
