//! Searching for one of a few bytes where the next is often near, and copying up to one.
//!
//! PERF: a call of a search that chooses its vectors at run time costs more than the search, where the next byte sought is
//! ten bytes away, as in JSON and percent-encoded text. These are compiled in, work on sixteen bytes at a time, and
//! leave what is far to `memchr`.

use super::vector::{Bits, with_bits};
pub use super::vector::{STEP, copy_replaced};
pub(super) use super::vector::{alike, matches};

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

/// How many of the bytes that `block` begins with are one of `needles`.
#[inline(always)]
pub fn leading<const N: usize>(block: &[u8; STEP], needles: [u8; N]) -> usize {
    (!matches(block, needles)).trailing_zeros() as usize
}

/// Whether `text` is `name`, which is in lower case, in any case.
///
/// PERF: all of its bytes are compared, without a branch or a call.
#[inline]
pub fn is_name<const N: usize>(text: &[u8], name: &[u8; N]) -> bool {
    let Some(text) = text.first_chunk::<N>().filter(|_| text.len() == N) else { return false };
    // Of a letter the bit that tells its case does not count.
    let differs = |(a, b): (&u8, &u8)| (a ^ b) & !(u8::from(b.is_ascii_lowercase()) << 5);
    text.iter().zip(name).map(differs).fold(0, |all, differs| all | differs) == 0
}

/// How many bytes `block` and `other` have in common at their beginning.
#[inline(always)]
pub fn common(block: &[u8; STEP], other: &[u8; STEP]) -> usize {
    (!alike(block, other)).trailing_zeros() as usize
}

/// Whether both are equal.
///
/// PERF: meant for bytes that nearly always are: no call, and a few instructions a block with a branch that is foretold.
#[inline(always)]
pub fn same(a: &[u8], b: &[u8]) -> bool {
    let whole = |block: &[u8; STEP]| u128::from_ne_bytes(*block);
    let half = |block: &[u8; STEP / 2]| u64::from_ne_bytes(*block);
    if a.len() != b.len() {
        return false;
    }
    let ends = (a.first_chunk(), b.first_chunk(), a.last_chunk(), b.last_chunk());
    let (Some(first), Some(other_first), Some(last), Some(other_last)) = ends else {
        let ends = (a.first_chunk(), b.first_chunk(), a.last_chunk(), b.last_chunk());
        let (Some(first), Some(other_first), Some(last), Some(other_last)) = ends else {
            // PERF: of no bytes a processor with AVX-512 is asked for a load that takes it a hundred cycles.
            return a.is_empty() || a == b;
        };
        return (half(first) ^ half(other_first)) | (half(last) ^ half(other_last)) == 0;
    };
    if whole(first) != whole(other_first) {
        return false;
    }
    let blocks = (a.as_chunks().0.get(1..).unwrap_or_default(), b.as_chunks().0.get(1..).unwrap_or_default());
    for (a, b) in blocks.0.iter().zip(blocks.1) {
        if whole(a) != whole(b) {
            return false;
        }
    }
    whole(last) == whole(other_last)
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

/// For each of `blocks` a bit for each byte: whether it is `a` or `b`; for as many as there are `masks`. Gives how many it told.
pub fn masks_of(blocks: &[[u8; 4 * STEP]], [a, b]: [u8; 2], masks: &mut [u64]) -> usize {
    struct Look<'a, const N: usize>(&'a [[u8; 4 * STEP]], [u8; N], &'a mut [u64]);

    impl<const N: usize> Bits for Look<'_, N> {
        type Told = ();

        #[inline(always)]
        fn run(self) {
            // PERF: a loop, which is compiled with what the processor has; a function that is handed on is not.
            for (block, mask) in self.0.iter().zip(self.2) {
                let mut told = 0;
                for step in block.as_chunks::<STEP>().0.iter().rev() {
                    told = told << STEP | u64::from(matches(step, self.1));
                }
                *mask = told;
            }
        }
    }

    let told = blocks.len().min(masks.len());
    match a == b {
        true => with_bits(Look(blocks, [a], masks)),
        false => with_bits(Look(blocks, [a, b], masks)),
    }
    told
}

/// As [`masks_of`], of the last block too, which may be shorter.
pub fn all_masks_of(bytes: &[u8], either: [u8; 2], masks: &mut [u64]) {
    let (blocks, rest) = bytes.as_chunks::<{ 4 * STEP }>();
    let told = masks_of(blocks, either, masks);
    if let Some(mask) = masks.get_mut(told).filter(|_| told == blocks.len()) {
        let mut block = [0; 4 * STEP];
        block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
        masks_of(&[block], either, std::slice::from_mut(mask));
        *mask &= !(u64::MAX << rest.len());
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
        fn only_equal_bytes_are_the_same(
            bytes in prop::collection::vec(any::<u8>(), 0..90),
            at in any::<prop::sample::Index>(),
            bit in 0u32..8,
        ) {
            let mut other = bytes.clone();
            prop_assert!(same(&bytes, &other));
            if !bytes.is_empty() {
                other[at.index(bytes.len())] ^= 1 << bit;
                prop_assert!(!same(&bytes, &other));
                prop_assert!(!same(&bytes, &bytes[1..]));
            }
        }

        #[test]
        fn names_are_compared_in_any_case(mut text in prop::collection::vec(any::<u8>(), 11..14), at in 0usize..12, like in any::<u16>()) {
            for (n, byte) in b"content-type".iter().enumerate().take(text.len()) {
                if n != at {
                    text[n] = byte ^ ((like >> n) as u8 & 1) << 5;
                }
            }
            prop_assert_eq!(is_name(&text, b"content-type"), text.eq_ignore_ascii_case(b"content-type"));
            text[at % 11] = b"content-type"[at % 11];
            prop_assert_eq!(is_name(&text, b"content-type"), text.eq_ignore_ascii_case(b"content-type"));
        }

        #[test]
        fn every_byte_of_a_block_is_told(bytes in prop::collection::vec(prop::sample::select(&b"abcd\xe4"[..]), 0..400)) {
            for needles in [*b"aa", *b"ab", [b'b', 0xe4]] {
                let mut masks = [0; 4];
                let told = masks_of(bytes.as_chunks().0, needles, &mut masks);
                prop_assert_eq!(told, (bytes.len() / 64).min(4));
                for (at, byte) in bytes.iter().enumerate().take(64 * told) {
                    prop_assert_eq!(masks[at / 64] >> (at % 64) & 1 == 1, needles.contains(byte));
                }
            }
        }

        #[test]
        fn every_byte_of_all_blocks_is_told(bytes in prop::collection::vec(prop::sample::select(&b"abcd\xe4\0"[..]), 0..400), room in 0usize..9) {
            for needles in [*b"ab", [0, 0xe4]] {
                let mut masks = vec![0; room];
                all_masks_of(&bytes, needles, &mut masks);
                for (at, byte) in bytes.iter().enumerate().take(64 * room) {
                    prop_assert_eq!(masks[at / 64] >> (at % 64) & 1 == 1, needles.contains(byte), "{} of {}", at, bytes.escape_ascii());
                }
                let told = masks.iter().map(|mask| mask.count_ones() as usize).sum::<usize>();
                prop_assert_eq!(told, bytes.iter().take(64 * room).filter(|b| needles.contains(b)).count());
            }
        }

        #[test]
        fn pairs_are_told_by_where_they_begin(bytes in prop::collection::vec(b'a'..b'd', 4 * STEP)) {
            let bits = pairs(bytes.first_chunk().unwrap(), *b"ab");
            for (at, two) in bytes.windows(2).enumerate() {
                prop_assert_eq!(bits >> at & 1 == 1, two == b"ab");
            }
        }
    }
}
