//! What a value went through, for people who want to know why something was or was not found.

use crate::decode::Trust;
use crate::points::{Place, Point};

/// Longest part of a value shown in a trace, in bytes.
const SHOWN: usize = 200;

/// One value, in one form, that was shown to the detectors.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Step {
    /// Where it stands, decoders included.
    pub point: String,
    /// The kind of place.
    pub place: Place,
    /// How sure it is that the application would see it in this form.
    pub trust: Trust,
    /// Its length in bytes.
    pub length: usize,
    /// Its beginning, unprintable bytes escaped. Secrets are not masked here.
    pub shown: String,
    /// The classes whose detectors looked at it.
    pub woken: Vec<&'static str>,
    /// What they said: class, technique and confidence before the engine weighed it.
    pub hits: Vec<(&'static str, &'static str, u8)>,
}

impl Step {
    pub(super) fn new(at: &Point<'_>, place: Place, trust: Trust, bytes: &[u8]) -> Step {
        let shown = bytes[..bytes.len().min(SHOWN)].escape_ascii().to_string();
        let (woken, hits) = (Vec::new(), Vec::new());
        Step { point: at.to_string(), place, trust, length: bytes.len(), shown, woken, hits }
    }
}
