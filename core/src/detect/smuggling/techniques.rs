//! The techniques of request smuggling, by their stable names.

use crate::detect::technique::{Technique, row};

/// Name, meaning, CAPEC numbers.
#[rustfmt::skip]
pub static TECHNIQUES: &[Technique] = &[
    row("cl-te", "Content-Length and Transfer-Encoding in one head.", &[33]),
    row("cl-conflict", "Lengths that contradict each other.", &[33]),
    row("cl-malformed", "A length that servers read as different numbers, or not at all.", &[33]),
    row("te-obfuscated", "A Transfer-Encoding that some servers read as chunked and some do not.", &[33]),
    row("te-unknown", "A transfer coding that no server is bound to know.", &[33]),
    row("te-repeated", "`chunked` named more than once.", &[33]),
    row("field-disguised", "A framing field under a name that some servers take for the real one.", &[33]),
    row("trailer-framing", "A framing or routing field in the trailer.", &[33]),
    row("chunk-size", "A chunk size that servers read as different numbers, or not at all.", &[33]),
    row("chunk-delimiter", "Chunks that do not end where their size says.", &[33]),
    row("chunk-extension", "A chunk extension that servers end at different bytes.", &[33]),
    row("hop-by-hop", "A Connection field that has the next server drop a field it relies on.", &[33]),
    row("chunk-end-request", "The last chunk of a body, and a request behind it.", &[33]),
    row("request-splitting", "A line end and a request line where the message has one line.", &[105]),
    row("request-line", "The first line of a request as a value.", &[105]),
    row("request-in-body", "A request as the body, or inside it.", &[33]),
    row("field-splitting", "A line end and a framing field in a value.", &[33]),
    row("expect", "An expectation that servers read differently.", &[33]),
    row("te-http10", "A transfer coding in HTTP/1.0, which has none.", &[33]),
];
