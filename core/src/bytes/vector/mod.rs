//! Vector instructions: one file for each kind of processor, all with the same functions, chosen here and nowhere else.
//!
//! SSE2 belongs to every x86-64 processor and NEON to every AArch64; what needs more (SSSE3, AVX2) is looked for at run
//! time. The feature `portable` builds without any, and each kind is tested against the portable one.

#![allow(unsafe_code)]

#[cfg(all(target_arch = "aarch64", not(feature = "portable")))]
mod neon;
#[cfg(any(test, feature = "portable", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
mod portable;
#[cfg(all(target_arch = "x86_64", not(feature = "portable")))]
mod x86;

#[cfg(all(target_arch = "aarch64", not(feature = "portable")))]
use neon as chosen;
#[cfg(any(feature = "portable", not(any(target_arch = "x86_64", target_arch = "aarch64"))))]
use portable as chosen;
#[cfg(all(target_arch = "x86_64", not(feature = "portable")))]
use x86 as chosen;

pub use chosen::copy_replaced;
pub(super) use chosen::{classes, halves, letters, letters_and_digits, matches};

/// What a processor without AVX2 tells.
#[cfg(all(test, target_arch = "x86_64", not(feature = "portable")))]
pub(super) fn older_classes<const N: usize>(
    block: &[u8; BLOCK],
    tables: &([u8; 16], [u8; 16]),
    sets: [u8; N],
) -> [u64; N] {
    assert!(is_x86_feature_detected!("ssse3"));
    // SAFETY: SSSE3 is there.
    unsafe { x86::ssse3_classes(block, tables, sets) }
}

/// Bytes of a short block.
pub const STEP: usize = 16;
/// Bytes of a long block.
pub(super) const BLOCK: usize = 64;
/// Groups of eight bits in a table of halves.
pub(super) const GROUPS: usize = 5;

/// For each group of bits the entries of the sixteen halves of a byte.
pub(super) type Halves = [[u8; 16]; GROUPS];

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
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
            prop_assert_eq!(letters_and_digits(&block), portable::letters_and_digits(&block));
        }
    }

    #[test]
    fn every_byte_is_a_letter_a_digit_or_neither() {
        for byte in 0..=255 {
            assert_eq!(
                letters_and_digits(&[byte; STEP]),
                portable::letters_and_digits(&[byte; STEP]),
                "{byte}"
            );
        }
    }

    #[test]
    fn every_byte_is_a_letter_or_not_at_every_place() {
        for byte in 0..=255 {
            for at in 0..BLOCK {
                let mut block = [b'['; BLOCK];
                block[at] = byte;
                let expected = u64::from(byte.is_ascii_alphabetic()) << at;
                assert_eq!(
                    (letters(&block), portable::letters(&block)),
                    (expected, expected),
                    "{byte} at {at}"
                );
            }
        }
    }
}
