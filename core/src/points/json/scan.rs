//! Finding the end of strings and telling keys apart.

use memchr::memchr2;

/// Where the string ends or an escape begins.
pub(super) fn end_of_run(quote: u8, rest: &[u8]) -> Option<usize> {
    // PERF: keys and most values end within a few bytes, sooner than a call of the vectorised search does.
    const NEAR: usize = 16;
    let near = rest.get(..NEAR).unwrap_or(rest).iter().position(|&b| b == quote || b == b'\\');
    near.or_else(|| rest.get(NEAR..).and_then(|far| memchr2(quote, b'\\', far)).map(|at| at + NEAR))
}

/// Tells keys apart, eight bytes at a time.
pub(super) fn hash(key: &[u8]) -> u64 {
    const PRIME: u64 = 0x9e37_79b9_7f4a_7c15;
    let word = |w: &[u8]| w.iter().rev().fold(0u64, |n, &b| n << 8 | u64::from(b));
    let mix = |h: u64, w: u64| ((h ^ w).wrapping_mul(PRIME)).rotate_left(29);
    let (words, rest) = key.as_chunks::<8>();
    let h = words.iter().fold(key.len() as u64, |h, &w| mix(h, u64::from_le_bytes(w)));
    mix(mix(h, word(rest)), PRIME)
}
