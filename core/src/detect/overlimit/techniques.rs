//! The techniques of limits that were reached, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("headers", "More header fields than the limit.", &[125]),
    row("field", "A request line or field longer than the limit.", &[130]),
    row("parameters", "A flood of parameters or elements.", &[125]),
    row("decode-depth", "A value encoded more often than is undone.", &[267]),
    row("decode-budget", "More encoded text than is undone.", &[267]),
    row("inflate", "A compressed body larger than is inflated.", &[130]),
];
