//! The techniques of LDAP injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("filter-component", "Ends the filter's component and begins another.", &[136]),
];
