//! The techniques of server-side request forgery, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("metadata", "The metadata service of a cloud.", &[664]),
    row("internal-host", "A host that only the server can reach.", &[664]),
    row("odd-internal-host", "Such a host in a spelling that filters do not know.", &[664]),
    row("odd-address", "An address in a spelling nobody writes.", &[664]),
    row("rebinding-host", "A name that resolves to any address its sender likes.", &[664, 275]),
    row("scheme", "A scheme that speaks other protocols: gopher, dict and their kind.", &[664]),
];
