//! Where the bytes of a few classes stand in a block of 64.
//!
//! A class is a bit, and the bytes of it are a rectangle of the code table: some low halves, combined with some high halves.
//! What is no rectangle takes several bits, which are asked for together.

use super::vector::{BLOCK, classes, fill, next_class};

/// Blocks that are looked at together.
const BATCH: usize = 8;

/// Classes of bytes, at most eight.
#[derive(Debug)]
pub struct ByteClasses {
    /// The bits of each byte.
    of: [u8; 256],
    /// The bits of the low and of the high halves.
    halves: ([u8; 16], [u8; 16]),
}

impl ByteClasses {
    /// Bytes of a block.
    pub const BLOCK: usize = BLOCK;

    /// The classes whose bits `of` has for each byte. Fails where one is no rectangle.
    pub const fn new(of: [u8; 256]) -> ByteClasses {
        let (mut low, mut high) = ([0; 16], [0; 16]);
        let mut byte = 0;
        while byte < 256 {
            low[byte & 15] |= of[byte];
            high[byte >> 4] |= of[byte];
            byte += 1;
        }
        byte = 0;
        while byte < 256 {
            assert!(low[byte & 15] & high[byte >> 4] == of[byte], "a class is no rectangle");
            byte += 1;
        }
        ByteClasses { of, halves: (low, high) }
    }

    /// The bits of `byte`.
    #[inline]
    pub fn of(&self, byte: u8) -> u8 {
        self.of[usize::from(byte)]
    }

    /// For each of `sets` a bit for each of the first 64 bytes: whether it is in one of its classes. Bits behind the end
    /// are clear.
    #[inline]
    pub fn masks<const N: usize>(&self, bytes: &[u8], sets: [u8; N]) -> [u64; N] {
        classes(bytes, &self.halves, sets).unwrap_or_else(|| self.portable(bytes, sets))
    }

    /// The first block at `from`, behind it and so on in which bytes of any class stand: where it begins, and a bit for each of
    /// them. `None` if there is no such.
    pub fn next(&self, bytes: &[u8], from: usize) -> Option<(usize, u64)> {
        let mut at = from;
        if let Some((base, mask)) = next_class(bytes, from, &self.halves, u8::MAX) {
            if mask != 0 {
                return Some((base, mask));
            }
            at = base;
        }
        while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
            let [mask] = self.masks(rest, [u8::MAX]);
            if mask != 0 {
                return Some((at, mask));
            }
            at += BLOCK;
        }
        None
    }

    /// As [`masks`](ByteClasses::masks) of each block of `bytes`: calls `each` with where it begins and what it holds.
    ///
    /// PERF: `each` is called here and not where the vectors are, so that it is inlined.
    #[inline]
    pub fn scan<const N: usize>(&self, bytes: &[u8], sets: [u8; N], mut each: impl FnMut(usize, [u64; N])) {
        let mut masks = [[0; N]; BATCH];
        for (n, batch) in bytes.chunks(BATCH * BLOCK).enumerate() {
            self.tell(batch, sets, &mut masks);
            for (i, told) in masks.iter().take(batch.len().div_ceil(BLOCK)).enumerate() {
                each((n * BATCH + i) * BLOCK, *told);
            }
        }
    }

    /// As [`masks`](ByteClasses::masks) of each block of `bytes`, as many as there is room for; what is behind the end is empty.
    ///
    /// PERF: for a pass that looks at a block and the one behind it, in batches: a call for each block costs twice as much.
    pub fn fill<const N: usize>(&self, bytes: &[u8], sets: [u8; N], masks: &mut [[u64; N]]) {
        self.tell(bytes, sets, masks);
        let behind = masks.get_mut(bytes.len().div_ceil(BLOCK)..).unwrap_or_default();
        behind.iter_mut().for_each(|told| *told = [0; N]);
    }

    /// As [`fill`](ByteClasses::fill), but what is behind the end stays as it was.
    #[inline]
    fn tell<const N: usize>(&self, bytes: &[u8], sets: [u8; N], masks: &mut [[u64; N]]) {
        if !fill(bytes, &self.halves, sets, masks) {
            for (block, told) in bytes.chunks(BLOCK).zip(masks) {
                *told = self.portable(block, sets);
            }
        }
    }

    /// Where the first byte of any class stands in `bytes`, from `from` on.
    pub fn first(&self, bytes: &[u8], from: usize) -> Option<usize> {
        self.next(bytes, from).map(|(at, mask)| at + mask.trailing_zeros() as usize)
    }

    fn portable<const N: usize>(&self, bytes: &[u8], sets: [u8; N]) -> [u64; N] {
        let mut masks = [0; N];
        for &byte in bytes.iter().take(BLOCK).rev() {
            let told = self.of(byte);
            masks.iter_mut().zip(sets).for_each(|(m, set)| *m = *m << 1 | u64::from(told & set != 0));
        }
        masks
    }
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::super::vector::levels;
    use super::*;
    use proptest::prelude::*;

    static SOME: ByteClasses = ByteClasses::new(table!(b => match b {
        0 => 1,
        b'1'..=b'9' => 2,
        b'a'..=b'o' | b'A'..=b'O' => 4,
        b'p'..=b'z' | b'P'..=b'Z' => 8,
        0x80.. => 16,
        b'!' => 32,
        _ => 0,
    }));

    #[test]
    fn every_byte_is_told_at_every_place() {
        for byte in 0..=255 {
            for at in 0..BLOCK {
                let mut bytes = vec![b'~'; at];
                bytes.push(byte);
                let sets = [1, 2, 12, 16, 62];
                for _ in levels() {
                    assert_eq!(SOME.masks(&bytes, sets), SOME.portable(&bytes, sets), "{byte} at {at}");
                }
                bytes.resize(BLOCK + 9, b'a');
                for _ in levels() {
                    assert_eq!(SOME.masks(&bytes, sets), SOME.portable(&bytes, sets), "{byte} at {at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_block_is_told_as_without_vectors(bytes in prop::collection::vec(any::<u8>(), 0..200), sets in any::<[u8; 3]>()) {
            for _ in levels() {
                prop_assert_eq!(SOME.masks(&bytes, sets), SOME.portable(&bytes, sets));
                let mut blocks = Vec::new();
                SOME.scan(&bytes, sets, |at, masks| blocks.push((at, masks)));
                let expected: Vec<_> = bytes.chunks(BLOCK).enumerate().map(|(i, b)| (i * BLOCK, SOME.portable(b, sets))).collect();
                prop_assert_eq!(&blocks, &expected);
                for room in [0, 1, 3, 9] {
                    let mut masks = vec![[u64::MAX; 3]; room];
                    SOME.fill(&bytes, sets, &mut masks);
                    let told = expected.iter().map(|(_, masks)| *masks).chain(std::iter::repeat([0; 3]));
                    prop_assert!(masks.into_iter().eq(told.take(room)));
                }
                for from in [0, 5, 66] {
                    let first = bytes.iter().skip(from).position(|b| SOME.of(*b) != 0).map(|at| from + at);
                    prop_assert_eq!(SOME.first(&bytes, from), first);
                }
            }
        }
    }
}
