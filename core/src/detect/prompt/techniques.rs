//! The techniques of prompt injection, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("override-instructions", "A command to leave earlier instructions.", &[]),
    row("reveal-prompt", "A command to show the system prompt.", &[]),
    row("unrestricted-persona", "A part to play that knows no restrictions.", &[]),
    row("conceal-from-user", "A command to keep something from the user.", &[]),
    row("instruct-reader", "A text that gives orders to the model that reads it for somebody.", &[]),
    row("fake-delimiter", "Control tokens or headings that pretend to be the system's.", &[]),
    row("hidden-text", "Text in characters that people do not see.", &[]),
];
