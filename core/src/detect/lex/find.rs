//! Fixed strings in short values.
//!
//! A searcher for a needle takes longer to build than most values take to look through; these walk the places of the
//! needle's first byte instead, but in long ones. Needles are constants of at most a few dozen bytes, so the work is linear.

use crate::bytes::{Set, Triples, has_pair, masks_of};

/// Bytes of a value in which a searcher for a needle is worth building.
const LONG: usize = 512;

/// Bytes of a block.
const BLOCK: usize = Set::BLOCK;

/// Bytes passed over from one place to the next, of which fewer are near.
const NEAR: usize = BLOCK;

/// Blocks that are looked at together where places are near each other.
const BATCH: usize = 8;

/// Where `byte` stands in `bytes`.
#[inline]
pub fn places(bytes: &[u8], byte: u8) -> Either<'_> {
    either(bytes, byte, byte)
}

/// Where one of two bytes stands in `bytes`.
///
/// PERF: where they stand near each other one look at a block tells all in it: in a flood a vector search for each costs ten
/// times as much. Where they do not, the search does.
#[inline]
pub fn either(bytes: &[u8], a: u8, b: u8) -> Either<'_> {
    Either {
        bytes,
        sought: [a, b],
        of: None,
        dense: false,
        from: 0,
        base: 0,
        mask: 0,
        batch: [[0]; BATCH],
        next: 0,
        filled: 0,
    }
}

/// So many places in a batch are close to each other.
const MANY: u32 = 4;

/// Where `byte` stands in `bytes`; but from where places are close to each other on, only those beside which there is what `of` tells, so many bytes
/// `before` each.
///
/// PERF: in a flood of signs what stands beside one does not foretell what stands beside the next.
#[inline]
pub fn beside<'a>(bytes: &'a [u8], byte: u8, of: &'static Triples, before: usize) -> Either<'a> {
    Either { of: Some((of, before)), ..places(bytes, byte) }
}

/// See [`either`].
pub struct Either<'a> {
    bytes: &'a [u8],
    sought: [u8; 2],
    /// What tells which places count, from where they stand close on.
    of: Option<(&'static Triples, usize)>,
    dense: bool,
    /// Where the next search begins, behind the batch.
    from: usize,
    /// The places that are yet to be told of a block, from the base on.
    base: usize,
    mask: u64,
    /// The places in blocks before the next search, of which those up to the next have been told.
    batch: [[u64; 1]; BATCH],
    next: usize,
    filled: usize,
}

impl Either<'_> {
    /// Goes on behind the batch: to the next, if there was a place in it, or to the next place.
    #[inline(never)]
    fn search(&mut self) -> Option<()> {
        let told = self.batch.get(..self.filled).unwrap_or_default();
        if (self.dense || told.iter().any(|mask| *mask != [0])) && self.fill() {
            return Some(());
        }
        let [a, b] = self.sought;
        let rest = self.bytes.get(self.from..).filter(|rest| !rest.is_empty())?;
        let skipped = if a == b { memchr::memchr(a, rest)? } else { memchr::memchr2(a, b, rest)? };
        self.from += skipped;
        if skipped >= NEAR || !self.fill() {
            (self.base, self.mask) = (self.from, 1);
            self.from += 1;
        }
        Some(())
    }

    /// Looks at the blocks from where the next search begins on. Whether there are any.
    fn fill(&mut self) -> bool {
        let blocks = self.bytes.get(self.from..).unwrap_or_default().as_chunks().0;
        self.filled = match self.of {
            // PERF: most values are shorter.
            _ if blocks.is_empty() => 0,
            Some((of, before)) if self.dense => {
                let rest = self.bytes.get(self.from.saturating_sub(before)..).unwrap_or_default();
                Triples::blocks([of], rest, &mut self.batch);
                blocks.len().min(BATCH)
            }
            of => {
                let filled = masks_of(blocks, self.sought, self.batch.as_flattened_mut());
                let told = self.batch.get(..filled).unwrap_or_default();
                self.dense = of.is_some() && told.iter().map(|[mask]| mask.count_ones()).sum::<u32>() >= MANY;
                filled
            }
        };
        (self.base, self.next) = (self.from.wrapping_sub(BLOCK), 0);
        self.from += self.filled * BLOCK;
        self.filled > 0
    }
}

impl Iterator for Either<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.mask == 0 {
            match self.batch.get(self.next).filter(|_| self.next < self.filled) {
                Some([mask]) => {
                    self.mask = *mask;
                    self.base = self.base.wrapping_add(BLOCK);
                    self.next += 1;
                }
                None => self.search()?,
            }
        }
        let at = self.base + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(at)
    }
}

/// A search that remembers what it found.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ahead {
    known: bool,
    from: usize,
    at: usize,
}

impl Ahead {
    /// The first hit at or after `from`; `search` looks between two positions. No stretch is searched twice unless reading
    /// starts over in it.
    pub fn find(
        &mut self,
        from: usize,
        len: usize,
        search: impl Fn(usize, usize) -> Option<usize>,
    ) -> Option<usize> {
        if !self.known || self.at < from {
            self.at = search(from, len).unwrap_or(len);
            (self.known, self.from) = (true, from);
        } else if from < self.from {
            self.at = search(from, self.from).unwrap_or(self.at);
            self.from = from;
        }
        (self.at < len).then_some(self.at)
    }
}

/// Where `needle` first stands in `bytes`.
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let &first = needle.first()?;
    if bytes.len() > LONG {
        return memchr::memmem::find(bytes, needle);
    }
    places(bytes, first).find(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// Where `needle` first stands in `bytes`, looked for by its byte at `rare`, which should be rarer in text than the others.
pub fn find_by(bytes: &[u8], needle: &[u8], rare: usize) -> Option<usize> {
    let &byte = needle.get(rare)?;
    memchr::memchr_iter(byte, bytes.get(rare..)?)
        .find(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// As [`find`]; `pair` stands in the needle, and is rare in text.
pub fn find_by_pair(bytes: &[u8], needle: &[u8], pair: [u8; 2]) -> Option<usize> {
    if has_pair(bytes, pair) { find(bytes, needle) } else { None }
}

/// Every place where `needle` stands in `bytes`.
pub fn find_each<'a>(bytes: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = needle.first().copied().unwrap_or(0);
    places(bytes, first).filter(move |at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// Where `needle`, lower case, first stands in `bytes` in any case.
pub fn find_no_case(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let &first = needle.first()?;
    either(bytes, first, first.to_ascii_uppercase())
        .find(|at| bytes.get(*at..*at + needle.len()).is_some_and(|w| w.eq_ignore_ascii_case(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_is_told(bytes in "[abc]{0,40}") {
            let bytes = bytes.as_bytes();
            prop_assert!(places(bytes, b'a').eq(memchr::memchr_iter(b'a', bytes)));
            prop_assert!(either(bytes, b'a', b'b').eq(memchr::memchr2_iter(b'a', b'b', bytes)));
        }

        #[test]
        fn every_place_is_told_near_and_far(gaps in prop::collection::vec((prop_oneof![0usize..80, 0usize..400], prop::sample::select(&b"ab\xe4"[..])), 0..20)) {
            let mut bytes = Vec::new();
            for (gap, byte) in gaps {
                bytes.resize(bytes.len() + gap, b'-');
                bytes.push(byte);
            }
            prop_assert!(places(&bytes, b'a').eq(memchr::memchr_iter(b'a', &bytes)));
            prop_assert!(either(&bytes, b'a', b'b').eq(memchr::memchr2_iter(b'a', b'b', &bytes)));
            prop_assert!(either(&bytes, b'a', 0xe4).eq(memchr::memchr2_iter(b'a', 0xe4, &bytes)));
        }

        #[test]
        fn places_beside_others_are_told(
            gaps in prop::collection::vec((prop_oneof![0usize..20, 0usize..400], prop::sample::select(&["a", "xa", "ab", "xab"][..])), 0..40),
        ) {
            static BEFORE: Triples = Triples::NONE.with(0, [b"x", b"a", b""]);
            static BEHIND: Triples = Triples::NONE.with(0, [b"a", b"b", b""]);
            let text = gaps.iter().map(|(gap, part)| "-".repeat(*gap) + part).collect::<String>();
            let bytes = text.as_bytes();
            for (of, before, pair) in [(&BEFORE, 1, "xa"), (&BEHIND, 0, "ab")] {
                let told: Vec<usize> = beside(bytes, b'a', of, before).collect();
                prop_assert!(told.iter().all(|at| bytes[*at] == b'a') && told.is_sorted());
                prop_assert!(text.match_indices(pair).all(|(at, _)| told.contains(&(at + before))));
                let set = Set::of(b"a").beside(bytes, of, before).collect::<Vec<_>>();
                prop_assert!(set.iter().all(|at| bytes[*at] == b'a') && set.is_sorted());
                prop_assert!(text.match_indices(pair).all(|(at, _)| set.contains(&(at + before))));
            }
        }

        #[test]
        fn agrees_with_a_plain_search(bytes in "[abA]{0,40}", needle in "[ab]{1,4}") {
            prop_assert_eq!(find(bytes.as_bytes(), needle.as_bytes()), bytes.find(&needle));
            let long = "c".repeat(LONG) + &bytes;
            prop_assert_eq!(find(long.as_bytes(), needle.as_bytes()), long.find(&needle));
            for rare in 0..needle.len() {
                prop_assert_eq!(find_by(bytes.as_bytes(), needle.as_bytes(), rare), bytes.find(&needle));
            }
            let lower = bytes.to_ascii_lowercase();
            prop_assert_eq!(find_no_case(bytes.as_bytes(), needle.as_bytes()), lower.find(&needle));
        }
    }
}
