//! Finding the end of strings and telling keys apart.

use memchr::memchr2;

/// Where the string ends or an escape begins.
pub(super) fn end_of_run(quote: u8, rest: &[u8]) -> Option<usize> {
    // PERF: keys and most values end within a few bytes, sooner than a call of the vectorised search does.
    const NEAR: usize = 16;
    let near = rest.get(..NEAR).unwrap_or(rest).iter().position(|&b| b == quote || b == b'\\');
    near.or_else(|| rest.get(NEAR..).and_then(|far| memchr2(quote, b'\\', far)).map(|at| at + NEAR))
}

/// Appends `[index]`.
pub(super) fn push_index(index: u32, path: &mut Vec<u8>) {
    // PERF: the formatter of the standard library took a tenth of the time of a list of numbers.
    path.push(b'[');
    let start = path.len();
    let mut left = index;
    while left >= 10 {
        path.push(b'0' + (left % 10) as u8);
        left /= 10;
    }
    path.push(b'0' + left as u8);
    path.get_mut(start..).unwrap_or_default().reverse();
    path.push(b']');
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_written_in_decimal() {
        for index in [0, 9, 10, 99, 100, 1234, u32::MAX] {
            let mut path = b"a".to_vec();
            push_index(index, &mut path);
            assert_eq!(String::from_utf8_lossy(&path), format!("a[{index}]"));
        }
    }
}
