//! Short values that were judged before and held nothing.
//!
//! The keys of an API's documents are the same in every request, and so are many of their values: states, currencies,
//! countries, titles of what sells. What a value at one of the places below is worth depends on its bytes, its name and its
//! kind of place, and on the policy, which a transaction never changes. A value is known by a keyed hash, so that nobody can
//! make one pass for another. The memory is small and made once; a new value takes the place of an old one.

use crate::points::Place;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// Values that are remembered.
const MOST: usize = 64;
/// Places of which a value may have any. With one or two the values of one document push each other out.
const WAYS: usize = 8;
/// Longest value that is: longer ones are hardly ever sent again.
const LONGEST: usize = 256;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Values {
    key: RandomState,
    seen: Vec<u64>,
}

impl Values {
    /// The hash of a whole value as it was sent, if it is worth remembering.
    pub fn hash(&self, place: Place, name: &[u8], value: &[u8]) -> Option<u64> {
        let kept = matches!(place, Place::JsonKey | Place::JsonValue | Place::QueryName | Place::QueryValue);
        if !kept || value.len() > LONGEST {
            return None;
        }
        let mut hasher = self.key.build_hasher();
        place.hash(&mut hasher);
        name.hash(&mut hasher);
        value.hash(&mut hasher);
        // Zero is a free place.
        Some(hasher.finish() | 1)
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
        // Of a row the value that has been there longest is given up.
        if let Some(row) = self.seen.as_chunks_mut::<WAYS>().0.get_mut(row(hash)) {
            row.rotate_right(1);
            row[0] = hash;
        }
    }
}

/// The row of places of which a value may have any.
fn row(hash: u64) -> usize {
    (hash >> 32) as usize % (MOST / WAYS)
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
}
