//! The forms that decoding has given of one value: the same text by two ways is judged once.
//!
//! Decoders undo layers in any order, and most orders lead to the same text: without this a value in which several layers
//! are mixed would be judged once for each order. A form is known by a keyed hash, so that nobody can make one pass for
//! another; where the memory of forms is full, a form counts as new.

use crate::decode::Trust;
use crate::points::Place;
use std::hash::{BuildHasher, Hash, Hasher, RandomState};

/// Most forms remembered of one value.
const MOST: usize = 64;
/// Forms that nearly every value has room with.
const FEW: usize = 8;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Forms {
    key: RandomState,
    /// What each form hashes to, and how sure it was that the application sees it.
    seen: Vec<(u64, Trust)>,
}

impl Forms {
    /// Another value begins.
    pub fn clear(&mut self) {
        self.seen.clear();
    }

    /// Whether no form with these bytes, at the innermost name and kind of place, was told before that was as sure.
    pub fn is_new(&mut self, name: &[u8], place: Place, trust: Trust, bytes: &[u8]) -> bool {
        let mut hasher = self.key.build_hasher();
        name.hash(&mut hasher);
        place.hash(&mut hasher);
        bytes.hash(&mut hasher);
        let hash = hasher.finish();
        if self.seen.iter().any(|&(seen, sure)| seen == hash && sure <= trust) {
            return false;
        }
        if self.seen.len() < MOST {
            if self.seen.len() == self.seen.capacity() {
                let more = if self.seen.is_empty() { FEW } else { MOST - self.seen.len() };
                self.seen.reserve_exact(more);
            }
            self.seen.push((hash, trust));
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_new_once_for_each_place_unless_it_is_surer() {
        let mut forms = Forms::default();
        let at = Place::QueryValue;
        assert!(
            forms.is_new(b"q", at, Trust::Guessed, b"x") && !forms.is_new(b"q", at, Trust::Guessed, b"x")
        );
        assert!(
            forms.is_new(b"q", at, Trust::Layered, b"x") && !forms.is_new(b"q", at, Trust::Guessed, b"x")
        );
        assert!(
            forms.is_new(b"r", at, Trust::Guessed, b"x")
                && forms.is_new(b"q", Place::Path, Trust::Guessed, b"x")
        );
        forms.clear();
        assert!(forms.is_new(b"q", at, Trust::Guessed, b"x"));
        (0..2 * MOST as u64).for_each(|i| assert!(forms.is_new(b"q", at, Trust::Plain, &i.to_le_bytes())));
        assert_eq!(forms.seen.len(), MOST);
    }
}
