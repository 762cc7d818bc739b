//! The techniques of header injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("header-field", "A line end, then a header field.", &[34]),
    row("status-line", "A line end, then a second response.", &[34]),
    row("body", "An empty line, then a body of the sender's.", &[34]),
    row("line-end", "A line end in a place whose text goes into a header.", &[34]),
];
