//! Whole values of which a closer look than at idle ones tells that nothing comes of them.

use super::inspect::Inspector;
use crate::detect;
use crate::limits::Limits;
use crate::points::Place;

impl Inspector {
    /// Whether neither a detector nor a decoder could find anything in the whole value as it was sent.
    #[inline]
    pub(super) fn is_harmless(&self, place: Place, name: &[u8], bytes: &[u8]) -> bool {
        match place {
            Place::CookieValue => self.are_harmless_pairs(name, bytes),
            _ => detect::is_harmless(place, name, bytes, self.policy.detection.classes),
        }
    }

    /// The same of the value of a cookie.
    #[inline(never)]
    fn are_harmless_pairs(&self, name: &[u8], bytes: &[u8]) -> bool {
        // The decoded form is read as pairs, too: with less depth and room than that it would be odd.
        let Limits { decode_depth, decode_factor, params, .. } = self.policy.limits;
        decode_depth > 1
            && decode_factor > 0
            && params >= detect::PAIRS
            && detect::are_harmless_pairs(name, bytes, self.policy.detection.classes)
    }
}
