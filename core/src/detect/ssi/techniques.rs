//! The techniques of server-side includes, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("directive", "A directive of server-side includes in a comment.", &[101]),
];
