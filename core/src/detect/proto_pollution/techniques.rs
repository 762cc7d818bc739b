//! The techniques of prototype pollution, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("prototype-key", "A key that leads to the prototype of all objects.", &[77]),
];
