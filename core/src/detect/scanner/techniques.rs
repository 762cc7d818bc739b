//! The techniques of scanners and probes, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("agent", "A User-Agent that names a tool.", &[310]),
    row("header", "A header field that only a tool sends.", &[310]),
    row("probe-path", "A path of a product that is looked for.", &[310, 150]),
    row("hidden-file", "A file that is never served on purpose.", &[150, 87]),
    row("backup-file", "A copy of a file left beside it.", &[150, 87]),
    row("callback-host", "A host of a service that tells whether the server called it.", &[310]),
];
