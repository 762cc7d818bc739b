//! Sets of ASCII bytes, and where bytes of a set stand.
//!
//! PERF: which of 64 bytes are in a set takes a few vector instructions, whatever the set; what is then looked at is those
//! bytes alone. A search that begins anew behind each of them costs as much as the look at it does.

use super::Triples;
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

    /// Where the bytes of the set stand in `bytes`, in order; but from where they stand close on, only those beside which there is what `of`
    /// tells, so many bytes `before` each.
    ///
    /// PERF: in text a look at each costs less than the closer one, in a flood of signs more: none foretells the next.
    #[inline]
    pub fn beside<'a>(self, bytes: &'a [u8], of: &'a Triples, before: usize) -> Places<'a, Beside<'a>> {
        Places::of(Beside { set: self, of, before, dense: false }, bytes)
    }

    /// Where the bytes of the set stand in `bytes`, in order.
    #[inline]
    pub fn places(self, bytes: &[u8]) -> Places<'_> {
        Places::of(self, bytes)
    }
}

impl Sought for Set {
    #[inline]
    fn tell(&mut self, bytes: &[u8], from: usize, told: &mut [[u64; 1]]) {
        let near = bytes.get(from..bytes.len().min(from + told.len() * BLOCK)).unwrap_or_default();
        if !fill(near, &self.halves, [u8::MAX], told) {
            for (block, told) in near.chunks(BLOCK).zip(told) {
                *told = [self.mask(block)];
            }
        }
    }
}

/// What places are told of.
pub trait Sought {
    /// Tells the places in the blocks of `bytes` from `from` on, for as many as there is room.
    fn tell(&mut self, bytes: &[u8], from: usize, told: &mut [[u64; 1]]);
}

/// See [`Set::beside`].
#[derive(Clone, Copy, Debug)]
pub struct Beside<'a> {
    set: Set,
    of: &'a Triples,
    before: usize,
    /// Whether bytes of the set have stood close.
    dense: bool,
}

impl Sought for Beside<'_> {
    #[inline]
    fn tell(&mut self, bytes: &[u8], from: usize, told: &mut [[u64; 1]]) {
        match from.checked_sub(self.before).filter(|_| self.dense) {
            Some(from) => self.of.tell(bytes, from, told),
            None => {
                self.set.tell(bytes, from, told);
                self.dense = told.iter().map(|[mask]| mask.count_ones()).sum::<u32>() >= MANY;
            }
        }
    }
}

/// So many bytes in the blocks that are looked at together are worth a closer look from there on.
const MANY: u32 = 4;

/// Blocks that are looked at together. PERF: a call for each costs half as much again; a search that ends at the first place
/// has looked at few in vain.
const AHEAD: usize = 4;

/// Where bytes of a set stand, or what else is sought.
#[derive(Clone, Debug)]
pub struct Places<'a, S = Set> {
    sought: S,
    bytes: &'a [u8],
    /// Where the block begins that is looked at.
    base: usize,
    /// The bytes of the set in it that are yet to be told.
    mask: u64,
    /// The bytes of the set in the blocks from `from` on.
    ahead: [[u64; 1]; AHEAD],
    from: usize,
}

impl<'a, S: Sought> Places<'a, S> {
    /// Where what is `sought` stands in `bytes`.
    #[inline]
    pub(super) fn of(sought: S, bytes: &'a [u8]) -> Places<'a, S> {
        let mut places = Places { sought, bytes, base: 0, mask: 0, from: 0, ahead: [[0]; AHEAD] };
        places.mask = places.look();
        places
    }

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
        self.ahead = [[0]; AHEAD];
        self.sought.tell(self.bytes, self.base, &mut self.ahead);
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

impl<S: Sought> Iterator for Places<'_, S> {
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
