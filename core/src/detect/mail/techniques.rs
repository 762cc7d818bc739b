//! The techniques of mail injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("header-field", "A line end, then a field of a mail: recipients, subject, body.", &[134, 41]),
    row("smtp-command", "A line end, then a command of SMTP.", &[183]),
    row("imap-command", "A line end, then a command of IMAP.", &[183]),
];
