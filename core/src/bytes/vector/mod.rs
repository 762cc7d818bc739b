//! Vector instructions: one file for each kind of processor, all with the same functions, chosen here and nowhere else.
//!
//! SSE2 belongs to every x86-64 processor and NEON to every AArch64; what needs more (SSSE3, AVX2, AVX-512) is looked for at run
//! time, once. The feature `portable` builds without any, and each kind is tested against the portable one.

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

pub(super) use chosen::{
    alike, blocks_of_triples, classes, everyday, fill, halves, has_pair, letters, letters_and_digits,
    matches, may_repeat, next_class, run_of_text, triples, with_vectors,
};
pub use chosen::{copy_replaced, is_binary, unescape, with_bits};

/// One turn for each kind of processor as which this one can work.
#[cfg(all(test, target_arch = "x86_64", not(feature = "portable")))]
pub use x86::levels;
/// One turn: there is one kind.
#[cfg(all(test, not(all(target_arch = "x86_64", not(feature = "portable")))))]
pub fn levels() -> [(); 1] {
    [()]
}

/// Work on masks of bits: [`with_bits`] has it done with the instructions for it that a processor may have. What it calls has to
/// be inlined, or it is done without.
pub trait Bits {
    /// What comes out.
    type Told;

    /// Does the work; to be inlined always.
    fn run(self) -> Self::Told;
}

/// Work on masks of bits, some of which vectors tell: [`with_vectors`] has it done with the widest that there are, as [`with_bits`]
/// does other work.
pub(super) trait OfVectors {
    /// What comes out.
    type Told;

    /// Does the work; to be inlined always.
    fn run(self, vectors: impl Vectors) -> Self::Told;
}

/// Vectors of one kind, which are there.
pub(super) trait Vectors: Copy {
    /// As [`letters`]; inlined into work that is done with these vectors.
    fn letters(self, bytes: &[u8]) -> u64;
}

/// What [`unescape`] has done, and met on the way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unescaped {
    /// How many bytes were taken.
    pub taken: usize,
    /// How many bytes they became.
    pub given: usize,
    /// Whether an escape was among them.
    pub escape: bool,
    /// Whether one of these was of zero,
    pub zero: bool,
    /// or of a byte that begins a sequence of UTF-8 of a kind that can be overlong.
    pub lead: bool,
    /// Whether a byte was among them that stands for a blank,
    pub blank: bool,
    /// or a `%` that begins no escape.
    pub stray: bool,
}

/// Bytes of a short block.
pub const STEP: usize = 16;
/// Bytes of a long block.
pub(super) const BLOCK: usize = 64;
/// Bytes of a block of which [`everyday`] tells what stands where.
pub(super) const SPAN: usize = 32;
/// What ends a run of the bytes of a string of JSON that stand for themselves.
pub const ENDS: [u8; 2] = [b'"', b'\\'];
/// Kinds of byte of which it does.
pub(super) const KINDS: usize = 7;
/// Groups of eight bits in a table of halves.
pub(super) const GROUPS: usize = 5;

/// The bits that eight bytes below 64 have not: blanks of any kind are such.
const NOT_LOW: u64 = 0xc0c0_c0c0_c0c0_c0c0;

/// One control byte in so many makes bytes binary. Those that lay out text do not count, nor do zeros.
const SHARE: usize = 32;

/// Longest part that [`may_repeat`] knows as repeated, and the distance of the places where it looks.
pub(super) const REPEATED: usize = 32;

/// Where the first run of at least `LEAST` bytes of text begins in `bytes`, at or behind `from`, if a run can begin there.
/// `text` tells of 64 bytes which of them are text; zeros are none.
#[inline(always)]
fn first_run<const LEAST: usize>(
    bytes: &[u8],
    from: usize,
    text: impl Fn(&[u8; BLOCK]) -> u64,
) -> Option<usize> {
    // Where `LEAST` bits of `mask` in a row begin.
    let rows = |mut mask: u64| {
        let mut have = 1;
        while 2 * have <= LEAST {
            mask &= mask >> have;
            have *= 2;
        }
        mask & mask >> (LEAST - have)
    };
    // `before` bytes of text stand right before the block.
    let (mut at, mut before) = (from, 0);
    let look = |block: &[u8; BLOCK], at: usize, before: &mut usize| {
        let mask = text(block);
        let inside = rows(mask);
        if *before + (!mask).trailing_zeros() as usize >= LEAST {
            return Some(at - *before);
        }
        *before = (!mask).leading_zeros() as usize;
        (inside != 0).then(|| at + inside.trailing_zeros() as usize)
    };
    while let Some(block) = bytes.get(at..).and_then(|b| b.first_chunk()) {
        if let Some(found) = look(block, at, &mut before) {
            return Some(found);
        }
        at += BLOCK;
    }
    let rest = bytes.get(at..).unwrap_or_default();
    let mut block = [0; BLOCK];
    block.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
    look(&block, at, &mut before)
}

/// What [`everyday`] tells, as told of shorter blocks.
#[inline(always)]
fn everyday_by_halves(
    block: &[u8; SPAN],
    matches: impl Fn(&[u8; STEP], [u8; 2]) -> u32,
    letters_and_digits: impl Fn(&[u8; STEP]) -> (u32, u32),
) -> (u32, [u64; KINDS]) {
    let halves = block.as_chunks::<STEP>().0.iter().rev();
    let [found, told @ .., commas] = halves.fold([0; KINDS + 1], |masks: [u32; KINDS + 1], half| {
        let (letters, digits) = letters_and_digits(half);
        let is = |byte: u8| matches(half, [byte; 2]);
        let told = [matches(half, ENDS), letters, digits, is(b' '), is(b'.'), is(b'-'), is(b'_'), is(b',')];
        std::array::from_fn(|n| masks[n] << STEP | told[n])
    });
    let all = told.iter().fold(commas, |all, kind| all | kind);
    let [letters, digits, spaces, dots, dashes, underscores] = told;
    let kinds =
        [letters, digits, spaces, dots, dashes, underscores, all].map(|kind| u64::from(kind & before(found)));
    (found, kinds)
}

/// The bits below the lowest one of `mask`; all if there is none.
#[inline(always)]
fn before(mask: u32) -> u32 {
    (mask & mask.wrapping_neg()).wrapping_sub(1)
}

/// The first of the places `from`, `from + REPEATED` and so on in `kept` before which it may repeat itself, as `told` says of
/// the bytes before such a place: the bytes one and two further back than the last one, and those two last.
#[inline(always)]
fn first_repeat(kept: &[u8], from: usize, told: impl Fn(&[u8; REPEATED + 2]) -> bool) -> Option<usize> {
    let mut end = from;
    while let Some(before) = kept.get(..end) {
        let low = before.last_chunk().is_some_and(|b| u64::from_le_bytes(*b) & NOT_LOW == 0);
        if low || before.last_chunk().is_some_and(&told) {
            return Some(end);
        }
        end += REPEATED;
    }
    None
}

/// Whether the bytes of `pair` stand in `bytes`, one behind the other: every pair is looked at, so that this becomes vector code.
#[inline(always)]
fn folded_pair(bytes: &[u8], [first, second]: [u8; 2]) -> bool {
    let next = bytes.get(1..).unwrap_or_default();
    bytes.iter().zip(next).fold(0, |m, (a, b)| m | u8::from(*a == first) & u8::from(*b == second)) != 0
}

/// What [`next_class`] tells, as told of single blocks.
#[cfg(any(test, all(any(target_arch = "x86_64", target_arch = "aarch64"), not(feature = "portable"))))]
#[inline(always)]
fn next_by_blocks(
    bytes: &[u8],
    from: usize,
    classes: impl Fn(&[u8; BLOCK]) -> Option<u64>,
) -> Option<(usize, u64)> {
    let mut at = from;
    while let Some(block) = bytes.get(at..).and_then(|b| b.first_chunk()) {
        let mask = classes(block)?;
        if mask != 0 {
            return Some((at, mask));
        }
        at += BLOCK;
    }
    Some((at, 0))
}

/// What `told` tells of the block that `bytes` begin with, given a bit for each of these. Zeros stand behind the end.
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(feature = "portable")))]
#[inline(always)]
fn first_block<T>(bytes: &[u8], told: impl FnOnce(&[u8; BLOCK], u64) -> T) -> T {
    match bytes.first_chunk() {
        Some(block) => told(block, u64::MAX),
        None => {
            let mut block = [0; BLOCK];
            block[..bytes.len()].copy_from_slice(bytes);
            told(&block, !(u64::MAX << bytes.len()))
        }
    }
}

/// The same of a block with the two bytes behind it. Nothing is told of what is behind the end.
#[cfg(all(any(target_arch = "x86_64", target_arch = "aarch64"), not(feature = "portable")))]
#[inline(always)]
fn first_triples(bytes: &[u8], told: impl FnOnce(&[u8; BLOCK + 2]) -> u64) -> u64 {
    match bytes.first_chunk() {
        Some(block) => told(block),
        None => {
            let mut block = [0; BLOCK + 2];
            block[..bytes.len()].copy_from_slice(bytes);
            told(&block) & u64::MAX.unbounded_shr(BLOCK.saturating_sub(bytes.len()) as u32)
        }
    }
}

/// For each of three bytes in a row a table of its lower and one of its upper half.
pub(super) type Tables = [([u8; 16], [u8; 16]); 3];

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

            #[test]
            fn the_next_block_is_found_as_without_vectors(
                blanks in 0usize..400,
                pieces in prop::collection::vec((any::<u8>(), 0usize..90), 0..8),
                from in 0usize..100,
                set in any::<u8>(),
            ) {
                let mut bytes = vec![b' '; blanks];
                for (byte, length) in pieces {
                    bytes.push(byte);
                    bytes.resize(bytes.len() + length, b' ');
                }
                // Control bytes, letters, and bytes beyond ASCII.
                let (low, mut high) = ([0xff; 16], [0; 16]);
                (high[0], high[1], high[4], high[6], high[8], high[15]) = (1, 1, 2, 2, 4, 8);
                let of = |b: u8| low[usize::from(b & 15)] & high[usize::from(b >> 4)] & set;
                let told = |block: &[u8; BLOCK]| {
                    Some(block.iter().rev().fold(0, |mask, b| mask << 1 | u64::from(of(*b) != 0)))
                };
                let expected = next_by_blocks(&bytes, from, told);
    for _ in levels() {
                                let found = next_class(&bytes, from, &(low, high), set);
                    prop_assert!(found.is_none() || found == expected, "{:?} {:?}", found, expected);
                }
            }

            #[test]
            fn bytes_are_compared_as_without_vectors(a in any::<[u8; STEP]>(), differ in any::<u16>()) {
                let b = std::array::from_fn(|n| a[n] ^ if differ >> n & 1 == 1 { 1 << (n % 8) } else { 0 });
                prop_assert_eq!(alike(&a, &b), portable::alike(&a, &b));
                prop_assert_eq!(alike(&a, &b), u32::from(!differ));
            }

            #[test]
            fn everyday_bytes_are_told_as_without_vectors(
                pieces in prop::collection::vec(any::<u8>(), SPAN),
                text in prop::collection::vec(prop::sample::select(&b"azAZ@[`{09/: .-_,"[..]), SPAN),
                end in prop::option::of((0..SPAN, prop::sample::select(&ENDS))),
                mixed in any::<u32>(),
            ) {
                let mut block: [u8; SPAN] =
                    std::array::from_fn(|n| if mixed >> n & 1 == 1 { text[n] } else { pieces[n] });
                if let Some((at, byte)) = end {
                    block[at] = byte;
                }
                // An end at times, so that what stands behind it is not told.
                for _ in levels() {
                    prop_assert_eq!(everyday(&block), portable::everyday(&block));
                }
                let bit = |n: usize, is: bool| u32::from(is) << n;
                let is = |f: fn(u8) -> bool| block.iter().enumerate().fold(0, |m, (n, b)| m | bit(n, f(*b)));
                let end = block.iter().position(|b| ENDS.contains(b)).unwrap_or(SPAN);
                let kinds = [
                    is(|b| b.is_ascii_alphabetic()),
                    is(|b| b.is_ascii_digit()),
                    is(|b| b == b' '),
                    is(|b| b == b'.'),
                    is(|b| b == b'-'),
                    is(|b| b == b'_'),
                    is(|b| b.is_ascii_alphanumeric() || b" .-_,".contains(&b)),
                ];
                let found = is(|b| b == b'"' || b == b'\\');
                let kinds = kinds.map(|kind| u64::from(kind) & ((1 << end) - 1));
                prop_assert_eq!(portable::everyday(&block), (found, kinds));
            }

            #[test]
            fn runs_of_text_are_found_as_without_vectors(
                pieces in prop::collection::vec((any::<u8>(), 0usize..40, any::<bool>()), 0..12),
                from in any::<prop::sample::Index>(),
            ) {
                let bytes: Vec<u8> = pieces.iter().flat_map(|&(b, n, text)| {
                    (0..n).map(move |i| if text { b' ' + (usize::from(b) * 7 + i) as u8 % 95 } else { b.wrapping_add(i as u8) })
                }).collect();
                let from = from.index(bytes.len() + 1);
                let plain = |least: usize| {
                    let text = |b: &u8| matches!(b, b' '..=b'~' | 9..=13);
                    (from..bytes.len()).find(|&at| bytes.get(at..at + least).is_some_and(|b| b.iter().all(text)))
                };
                for _ in levels() {
                    prop_assert_eq!(run_of_text::<12>(&bytes, from), plain(12));
                    prop_assert_eq!(portable::run_of_text::<12>(&bytes, from), plain(12));
                    prop_assert_eq!(run_of_text::<5>(&bytes, from), plain(5));
                    prop_assert_eq!(portable::run_of_text::<5>(&bytes, from), plain(5));
                }
            }

            #[test]
            fn binary_is_told_as_without_vectors(
                controls in prop::collection::vec(any::<(u8, prop::sample::Index)>(), 0..200),
                length in 0usize..5000,
            ) {
                let mut bytes = vec![b'a'; length];
                for (byte, at) in controls {
                    if length > 0 {
                        bytes[at.index(length)] = byte % 40;
                    }
                }
                let count = bytes.iter().filter(|b| matches!(b, 1..=8 | 14..=31)).count();
                for _ in levels() {
                    prop_assert_eq!(is_binary(&bytes), count * SHARE > length);
                    prop_assert_eq!(portable::is_binary(&bytes), count * SHARE > length);
                }
            }

            #[test]
            fn places_of_repeats_are_found_as_without_vectors(
                bytes in prop::collection::vec(prop_oneof![Just(b' '), any::<u8>(), b'a'..b'd'], 64..400),
                period in 1usize..40,
            ) {
                let wave: Vec<u8> = (0..bytes.len()).map(|i| bytes[if i < 64 { i } else { 64 - period + i % period }]).collect();
                for bytes in [bytes, wave] {
                    for from in (64..bytes.len()).step_by(REPEATED) {
                        for _ in levels() {
                            prop_assert_eq!(may_repeat(&bytes, from), portable::may_repeat(&bytes, from));
                        }
                    }
                }
            }
        }

    #[test]
    fn every_byte_is_text_or_not_at_every_place() {
        for byte in 0..=255 {
            let is = matches!(byte, b' '..=b'~' | 9..=13);
            for at in 0..BLOCK + 12 {
                let mut bytes = [0xff; 2 * BLOCK];
                bytes[at..at + 12].fill(b'x');
                bytes[at + 5] = byte;
                for _ in levels() {
                    assert_eq!(run_of_text::<12>(&bytes, 0), is.then_some(at), "{byte} at {at}");
                }
            }
        }
    }

    #[test]
    fn a_pair_is_found_at_every_place() {
        for (len, at) in (2..140).flat_map(|len| (0..len - 1).map(move |at| (len, at))) {
            let mut bytes = vec![b'-'; len];
            bytes[at..at + 2].copy_from_slice(b"ab");
            for pair in [*b"ab", *b"ba", *b"-a", *b"b-"] {
                for _ in levels() {
                    assert_eq!(has_pair(&bytes, pair), portable::has_pair(&bytes, pair), "{at} of {len}");
                }
            }
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
                for _ in levels() {
                    assert_eq!(
                        (letters(&block), portable::letters(&block)),
                        (expected, expected),
                        "{byte} at {at}"
                    );
                }
            }
        }
    }
}
