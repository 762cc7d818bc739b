//! Short values that were judged before and held nothing.
//!
//! The keys of an API's documents are the same in every request, and so are many of their values: states, currencies,
//! countries, titles of what sells. What a value at one of the places below is worth depends on its bytes, its name and its
//! kind of place, and on the policy, which a transaction never changes. A value is known by a keyed hash, so that nobody can
//! make one pass for another. The memory is small and made once; a new value takes the place of an old one.

use crate::points::Place;
use std::hash::{BuildHasher, Hasher, RandomState};

/// Values that are remembered.
const MOST: usize = 64;
/// Places of which a value may have any. With one or two the values of one document push each other out.
const WAYS: usize = 8;
/// Longest value that is: longer ones are hardly ever sent again.
const LONGEST: usize = 256;

/// The prime that hashes are numbers below.
const PRIME: u64 = (1 << 61) - 1;
/// Bytes of a word of a hash: as many as are surely below the prime.
const BYTES: usize = 7;

/// See the module.
#[derive(Debug)]
pub(super) struct Values {
    /// Random; below the prime.
    key: u64,
    seen: Vec<u64>,
}

impl Default for Values {
    fn default() -> Values {
        Values { key: RandomState::new().build_hasher().finish() % PRIME, seen: Vec::new() }
    }
}

impl Values {
    /// The hash of a whole value as it was sent, if it is worth remembering.
    #[inline]
    pub fn hash(&self, place: Place, name: &[u8], value: &[u8]) -> Option<u64> {
        let kept = matches!(place, Place::JsonKey | Place::JsonValue | Place::QueryName | Place::QueryValue);
        if !kept || value.len() > LONGEST {
            return None;
        }
        let lengths = (place as u64) << 48 | (name.len() as u64 & 0xffff_ffff) << 16 | value.len() as u64;
        let hash = self.add(self.add(lengths, name), value);
        let hash = (hash & PRIME) + (hash >> 61);
        let hash = if hash >= PRIME { hash - PRIME } else { hash };
        // Zero is a free place.
        Some(hash << 3 | 1)
    }

    /// The hash of what `hash` is of and `bytes` behind it: all of it a polynomial whose coefficients are its words, at the
    /// key. Two texts of the same lengths have the same hash for no more keys than they have words, of 2^61, so that nobody
    /// who does not know the key can make one that is taken for another.
    #[inline(always)]
    fn add(&self, hash: u64, bytes: &[u8]) -> u64 {
        let (mut hash, mut rest) = (hash, bytes);
        // PERF: one load where eight bytes are there; so are they in front of the end.
        let Some(last) = bytes.last_chunk() else {
            return if rest.is_empty() { hash } else { self.step(hash, word(rest)) };
        };
        while let Some(eight) = rest.first_chunk() {
            hash = self.step(hash, u64::from_le_bytes(*eight) & u64::MAX >> 8);
            rest = rest.get(BYTES..).unwrap_or_default();
        }
        self.step(hash, u64::from_le_bytes(*last) >> (8 * (8 - rest.len())))
    }

    /// One word more; what comes out is below 2^62, and below the prime but for a multiple of it.
    #[inline]
    fn step(&self, hash: u64, word: u64) -> u64 {
        let product = u128::from(hash) * u128::from(self.key) + u128::from(word);
        // What stands above the 61 bits, in two parts: shifting both words at once is slow on many processors.
        let (low, high) = (product as u64, (product >> 64) as u64);
        let sum = (low & PRIME) + (high << 3) + (low >> 61);
        (sum & PRIME) + (sum >> 61)
    }

    /// Whether the value is remembered.
    pub fn holds(&self, hash: u64) -> bool {
        self.seen.as_chunks::<WAYS>().0.get(row(hash)).is_some_and(|row| row.contains(&hash))
    }

    /// Remembers the value.
    pub fn keep(&mut self, hash: u64) {
        if self.seen.is_empty() {
            self.seen.reserve_exact(MOST);
            self.seen.resize(MOST, 0);
        }
        if let Some(row) = self.seen.as_chunks_mut::<WAYS>().0.get_mut(row(hash)) {
            // Which one of a full row is given up is left to chance: of a document that has one value more for a row than there are places, the
            // one that has been there longest is the one that comes next, and so none would be known.
            let free = row.iter().position(|&seen| seen == 0);
            row[free.unwrap_or((mixed(hash) >> 32) as usize % WAYS)] = hash;
        }
    }
}

/// One to seven bytes as a number: different ones of the same length give different numbers.
#[inline]
fn word(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            let shift = 8 * (bytes.len() - 4);
            u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << shift
        }
        _ => bytes.iter().fold(0, |word, &b| word << 8 | u64::from(b)),
    }
}

/// The row of places of which a value may have any.
#[inline]
fn row(hash: u64) -> usize {
    (mixed(hash) >> 48) as usize % (MOST / WAYS)
}

/// Numbers that differ where those do which short values of one length and name hash to: in their low bits alone.
#[inline]
fn mixed(hash: u64) -> u64 {
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_known_at_its_place_by_its_name() {
        let mut values = Values::default();
        let hash = |values: &Values, place, name: &str, value: &str| {
            values.hash(place, name.as_bytes(), value.as_bytes())
        };
        let first = hash(&values, Place::JsonValue, "state", "paid (late)").expect("short");
        assert!(!values.holds(first));
        values.keep(first);
        assert!(values.holds(first));
        for (place, name, value) in [
            (Place::JsonKey, "state", "paid (late)"),
            (Place::JsonValue, "stat", "epaid (late)"),
            (Place::JsonValue, "state", "paid (late) "),
        ] {
            assert!(!values.holds(hash(&values, place, name, value).expect("short")));
        }
        assert_eq!(hash(&values, Place::JsonValue, "x", &"x".repeat(LONGEST + 1)), None);
        assert_eq!(hash(&values, Place::HeaderValue, "x", "x"), None);
        for n in 0..10 * MOST {
            let hash = hash(&values, Place::JsonValue, "n", &n.to_string()).expect("short");
            values.keep(hash);
            assert!(values.holds(hash));
        }
        assert_eq!(values.seen.capacity(), MOST);
    }

    #[test]
    fn short_values_of_one_name_have_many_rows() {
        let values = Values::default();
        let rows = (0u8..64).filter_map(|n| values.hash(Place::JsonValue, b"n", &[n])).map(row);
        let mut met = [0; MOST / WAYS];
        rows.for_each(|row| met[row] += 1);
        assert!(met.iter().all(|&met| (1..=24).contains(&met)), "{met:?}");
    }

    #[test]
    fn of_values_that_come_in_turn_most_are_known_where_one_too_many_shares_a_row() {
        let mut values = Values::default();
        let all = (0u32..).filter_map(|n| values.hash(Place::JsonValue, b"n", &n.to_le_bytes()));
        let of_one_row: Vec<u64> = all.filter(|hash| row(*hash) == 0).take(WAYS + 1).collect();
        let mut known = 0;
        for hash in of_one_row.iter().cycle().take(100 * of_one_row.len()) {
            known += usize::from(values.holds(*hash));
            if !values.holds(*hash) {
                values.keep(*hash);
            }
        }
        assert!(known > 50 * of_one_row.len(), "{known}");
    }
}
