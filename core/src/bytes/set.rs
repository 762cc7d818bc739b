//! Sets of ASCII bytes, and where bytes of a set stand.
//!
//! PERF: which of 64 bytes are in a set takes a few vector instructions, whatever the set; what is then looked at is those
//! bytes alone. A search that begins anew behind each of them costs as much as the look at it does.

use super::vector::{BLOCK, STEP, classes, fill};

/// A set of ASCII bytes.
#[derive(Clone, Copy, Debug)]
pub struct Set {
    /// For each lower half of a byte a bit for each upper half; and the bit of each upper half.
    halves: ([u8; STEP], [u8; STEP]),
}

/// The bits of the upper halves of ASCII bytes.
const UPPER: [u8; STEP] = [1, 2, 4, 8, 16, 32, 64, 128, 0, 0, 0, 0, 0, 0, 0, 0];

impl Set {
    /// The set of `bytes`, all of them ASCII.
    pub const fn of(bytes: &[u8]) -> Set {
        let (mut low, mut i) = ([0; STEP], 0);
        while i < bytes.len() {
            assert!(bytes[i].is_ascii());
            low[(bytes[i] & 15) as usize] |= 1 << (bytes[i] >> 4);
            i += 1;
        }
        Set { halves: (low, UPPER) }
    }

    /// With `byte`, if it is ASCII.
    pub const fn with(mut self, byte: u8) -> Set {
        if byte.is_ascii() {
            self.halves.0[(byte & 15) as usize] |= 1 << (byte >> 4);
        }
        self
    }

    /// Whether `byte` is in the set.
    #[inline]
    pub const fn holds(&self, byte: u8) -> bool {
        byte.is_ascii() && self.halves.0[(byte & 15) as usize] >> (byte >> 4) & 1 != 0
    }

    /// Bytes of a block.
    pub const BLOCK: usize = BLOCK;

    /// A bit for each of the first 64 bytes: whether it is in the set. Bits behind the end are clear.
    #[inline]
    pub fn mask(&self, bytes: &[u8]) -> u64 {
        match classes(bytes, &self.halves, [u8::MAX]) {
            Some([mask]) => mask,
            None => bytes.iter().take(BLOCK).rev().fold(0, |mask, &b| mask << 1 | u64::from(self.holds(b))),
        }
    }

    /// A bit for each byte of `block` that is in the set.
    #[inline]
    pub fn members(&self, block: &[u8; BLOCK]) -> u64 {
        self.mask(block)
    }

    /// Where the bytes of the set stand in `bytes`, in order.
    #[inline]
    pub fn places(self, bytes: &[u8]) -> Places<'_> {
        let mut places = Places { set: self, bytes, base: 0, mask: 0, from: 0, ahead: [[0]; AHEAD] };
        places.mask = places.look();
        places
    }
}

/// Blocks that are looked at together. PERF: a call for each costs half as much again; a search that ends at the first place
/// has looked at few in vain.
const AHEAD: usize = 4;

/// Where bytes of a set stand.
#[derive(Clone, Debug)]
pub struct Places<'a> {
    set: Set,
    bytes: &'a [u8],
    /// Where the block begins that is looked at.
    base: usize,
    /// The bytes of the set in it that are yet to be told.
    mask: u64,
    /// The bytes of the set in the blocks from `from` on.
    ahead: [[u64; 1]; AHEAD],
    from: usize,
}

impl Places<'_> {
    /// The bytes of the set in the block at `base`.
    #[inline]
    fn members(&mut self) -> u64 {
        match self.ahead.get(self.base.wrapping_sub(self.from) / BLOCK) {
            Some(&[mask]) => mask,
            None => self.look(),
        }
    }

    /// Looks at some blocks from `base` on; the bytes of the set in the first one.
    #[inline(never)]
    fn look(&mut self) -> u64 {
        self.from = self.base;
        let rest = self.bytes.get(self.base..).unwrap_or_default();
        let near = rest.get(..rest.len().min(AHEAD * BLOCK)).unwrap_or_default();
        self.ahead = [[0]; AHEAD];
        if !fill(near, &self.set.halves, [u8::MAX], &mut self.ahead) {
            for (block, told) in near.chunks(BLOCK).zip(&mut self.ahead) {
                *told = [self.set.mask(block)];
            }
        }
        self.ahead[0][0]
    }

    /// Where the block begins that is looked at.
    #[inline]
    pub fn block(&self) -> usize {
        self.base
    }

    /// A bit for each byte of the block that is yet to be told.
    #[inline]
    pub fn left(&self) -> u64 {
        self.mask
    }

    /// Passes over the bytes of the block that have a bit in `mask`.
    #[inline]
    pub fn drop(&mut self, mask: u64) {
        self.mask &= !mask;
    }

    /// Tells `at`, the place that was told last, once more.
    #[inline]
    pub fn again(&mut self, at: usize) {
        self.mask |= 1 << (at.saturating_sub(self.base) % BLOCK);
    }

    /// Passes over what stands before `at`.
    #[inline]
    pub fn skip_to(&mut self, at: usize) {
        if at >= self.base + BLOCK {
            self.base = at - at % BLOCK;
            self.mask = self.members();
        }
        if at > self.base {
            self.mask &= u64::MAX << (at - self.base);
        }
    }
}

impl Iterator for Places<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            if self.base + BLOCK >= self.bytes.len() {
                return None;
            }
            self.base += BLOCK;
            self.mask = self.members();
        }
        let at = self.base + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::vector::levels;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_set_holds_its_bytes_alone() {
        static SET: Set = Set::of(b"\0\n~aZ[").with(b'\x7f').with(0xe4);
        for byte in 0..=255 {
            let expected = b"\0\n~aZ[\x7f".contains(&byte);
            for _ in levels() {
                assert_eq!(
                    (SET.holds(byte), SET.places(&[byte; 70]).count() == 70),
                    (expected, expected),
                    "{byte}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn every_place_is_told_from_anywhere(
            bytes in prop::collection::vec(prop::sample::select(&b"\0aaaaaaab;\n\xbb"[..]), 0..300),
            skip in prop::collection::vec(0usize..40, 0..20),
        ) {
            static SET: Set = Set::of(b";\n\0");
            for _ in levels() {
                let told = |at: &usize| SET.holds(bytes[*at]);
                let expected: Vec<usize> = (0..bytes.len()).filter(told).collect();
                prop_assert!(SET.places(&bytes).eq(expected.iter().copied()));
                let (mut places, mut at) = (SET.places(&bytes), 0);
                for step in &skip {
                    at += step;
                    places.skip_to(at);
                    let next = places.next();
                    prop_assert_eq!(next, expected.iter().copied().find(|place| *place >= at));
                    at = next.map_or(at, |next| next + 1);
                }
            }
        }
    }
}
