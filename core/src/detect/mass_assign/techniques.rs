//! The techniques of mass assignment, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("privileged-field", "A field that users may not set.", &[77]),
];
