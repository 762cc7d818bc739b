//! Searching for one of a few bytes where the next is often near, and copying up to one.
//!
//! PERF: a call of a search that chooses its vectors at run time costs more than the search, where the next byte sought is
//! ten bytes away, as in JSON and percent-encoded text. These are compiled in, work on sixteen bytes at a time, and
//! leave what is far to `memchr`.

#![allow(unsafe_code)]

/// Bytes that are looked at at a time.
pub const STEP: usize = 16;
/// How far is near.
const NEAR: usize = 8 * STEP;

/// Where the first byte that is one of `needles` stands in `bytes`.
#[inline]
pub fn first_of<const N: usize>(bytes: &[u8], needles: [u8; N]) -> Option<usize> {
    let mut at = 0;
    while let Some(block) = bytes.get(at..).and_then(|b| b.first_chunk()) {
        let mask = matches(block, needles);
        if mask != 0 {
            return Some(at + mask.trailing_zeros() as usize);
        }
        at += STEP;
        if N <= 3 && at == NEAR {
            return far(bytes.get(NEAR..)?, needles).map(|i| i + NEAR);
        }
    }
    match bytes.last_chunk() {
        // The bytes before `at` come again; none of them is one.
        Some(block) if at < bytes.len() => {
            let mask = matches(block, needles);
            (mask != 0).then(|| bytes.len() - STEP + mask.trailing_zeros() as usize)
        }
        Some(_) => None,
        None => bytes.iter().position(|b| needles.contains(b)),
    }
}

#[inline(never)]
fn far<const N: usize>(bytes: &[u8], needles: [u8; N]) -> Option<usize> {
    match needles[..] {
        [a] => memchr::memchr(a, bytes),
        [a, b] => memchr::memchr2(a, b, bytes),
        [a, b, c] => memchr::memchr3(a, b, c, bytes),
        _ => bytes.iter().position(|b| needles.contains(b)),
    }
}

/// A bit for each of 64 bytes: whether it and the next are `pair`. Of the last it is not told.
#[inline]
pub(super) fn pairs(bytes: &[u8; 4 * STEP], pair: [u8; 2]) -> u64 {
    let mask = |needle| {
        let blocks = bytes.as_chunks::<STEP>().0;
        blocks.iter().rev().fold(0, |mask, block| mask << STEP | u64::from(matches(block, [needle])))
    };
    mask(pair[0]) & mask(pair[1]) >> 1
}

/// A bit for each byte of `block`: whether it is one of `needles`.
#[inline]
pub(super) fn matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe {
        sse2::matches(block, needles)
    }
    #[cfg(not(target_arch = "x86_64"))]
    portable::matches(block, needles)
}

/// Copies `block` to `out`, each byte `from` as `to`. Gives a bit for each byte of `block`: whether it is `stop`, and
/// whether it is `from`.
#[inline]
pub fn copy_replaced(block: &[u8; STEP], out: &mut [u8; STEP], stop: u8, [from, to]: [u8; 2]) -> (u32, u32) {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: SSE2 belongs to every x86-64 processor.
    unsafe {
        sse2::copy_replaced(block, out, stop, [from, to])
    }
    #[cfg(not(target_arch = "x86_64"))]
    portable::copy_replaced(block, out, stop, [from, to])
}

#[cfg(target_arch = "x86_64")]
mod sse2 {
    use super::STEP;
    use std::arch::x86_64::*;

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
    pub fn copy_replaced(
        block: &[u8; STEP],
        out: &mut [u8; STEP],
        stop: u8,
        [from, to]: [u8; 2],
    ) -> (u32, u32) {
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
}

#[cfg(any(test, not(target_arch = "x86_64")))]
mod portable {
    use super::STEP;

    fn mask(block: &[u8; STEP], is: impl Fn(u8) -> bool) -> u32 {
        block.iter().rev().fold(0, |mask, &b| mask << 1 | u32::from(is(b)))
    }

    pub fn matches<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> u32 {
        mask(block, |b| needles.contains(&b))
    }

    pub fn copy_replaced(
        block: &[u8; STEP],
        out: &mut [u8; STEP],
        stop: u8,
        [from, to]: [u8; 2],
    ) -> (u32, u32) {
        *out = block.map(|b| if b == from { to } else { b });
        (mask(block, |b| b == stop), mask(block, |b| b == from))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_is_found_wherever_it_stands(
            length in 0usize..300,
            marks in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            needles in any::<[u8; 4]>(),
        ) {
            let mut bytes = vec![b'a'; length];
            for (at, byte) in marks {
                if !bytes.is_empty() {
                    let at = at.index(bytes.len());
                    bytes[at] = if byte < 128 { needles[usize::from(byte % 4)] } else { byte };
                }
            }
            let expected = |needles: &[u8]| bytes.iter().position(|b| needles.contains(b));
            let [a, b, c, d] = needles;
            prop_assert_eq!(first_of(&bytes, [a]), expected(&[a]));
            prop_assert_eq!(first_of(&bytes, [a, b]), expected(&[a, b]));
            prop_assert_eq!(first_of(&bytes, [a, b, c]), expected(&[a, b, c]));
            prop_assert_eq!(first_of(&bytes, [a, b, c, d]), expected(&[a, b, c, d]));
        }

        #[test]
        fn pairs_are_told_by_where_they_begin(bytes in prop::collection::vec(b'a'..b'd', 4 * STEP)) {
            let bits = pairs(bytes.first_chunk().unwrap(), *b"ab");
            for (at, two) in bytes.windows(2).enumerate() {
                prop_assert_eq!(bits >> at & 1 == 1, two == b"ab");
            }
        }

        #[test]
        fn a_block_is_read_and_copied_as_without_vectors(
            block in any::<[u8; STEP]>(),
            places in any::<[prop::sample::Index; 4]>(),
            to in any::<u8>(),
        ) {
            let [a, b, c, d] = places.map(|at| block[at.index(STEP)]);
            prop_assert_eq!(matches(&block, [a, b, c, d]), portable::matches(&block, [a, b, c, d]));
            let (mut ours, mut theirs) = ([0; STEP], [0; STEP]);
            let masks = copy_replaced(&block, &mut ours, a, [b, to]);
            prop_assert_eq!(masks, portable::copy_replaced(&block, &mut theirs, a, [b, to]));
            prop_assert_eq!(ours, theirs);
        }
    }
}
