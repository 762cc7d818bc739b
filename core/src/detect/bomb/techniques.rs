//! The techniques of data that grows when it is read, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("archive-ratio", "An archive that unpacks to hundreds of times its size.", &[130]),
    row("picture-size", "A picture of more pixels than memory.", &[130]),
    row("alias-expansion", "YAML aliases that name lists of aliases.", &[197]),
    row("nesting", "Nesting deeper than the limit.", &[230, 231]),
    row("inflate", "A compressed body that expands without bounds.", &[130]),
];
