//! The techniques of XPath injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("condition", "A condition of the sender inside a predicate.", &[83]),
    row("expression", "Functions and axes of XPath that read the document.", &[83]),
    row("path-step", "A step of a path after the end of a string.", &[83]),
    row("path-union", "A second path joined with `|`.", &[83]),
    row("document-fetch", "Reads another document.", &[83]),
];
