//! The techniques of LDAP injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("filter-component", "Ends the filter's component and begins another.", &[136]),
    row("whole-filter", "A filter of the sender's own, with a component that is always false or asks for a password.", &[136]),
];
