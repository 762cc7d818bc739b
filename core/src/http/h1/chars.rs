//! The byte classes of HTTP's grammar (RFC 9110 section 5.6).

use crate::bytes::{holds, table};

const TOKEN: [bool; 256] = table!(b => b.is_ascii_alphanumeric() || holds(b"!#$%&'*+-.^_`|~", b));

/// A byte of a token.
pub(super) const fn is_token(b: u8) -> bool {
    TOKEN[b as usize]
}

/// A space, or what some server takes for one between the parts of a start line.
pub(super) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | 0x0b | 0x0c)
}

/// Optional whitespace as the grammar has it.
pub(super) fn is_ows(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

/// What some implementation strips from around a name or value, beyond optional whitespace.
pub(super) const fn is_odd(b: u8) -> bool {
    b <= 0x20 || matches!(b, 0x7f | 0x85 | 0xa0)
}

/// `bytes` without what `skip` accepts at either end.
pub(super) fn trim(bytes: &[u8], skip: impl Fn(u8) -> bool) -> &[u8] {
    let from = bytes.iter().position(|&b| !skip(b)).unwrap_or(bytes.len());
    let to = bytes.iter().rposition(|&b| !skip(b)).map_or(from, |i| i + 1);
    bytes.get(from..to).unwrap_or_default()
}

/// Whether any byte is a control (HT too) or DEL.
pub(super) fn has_control(bytes: &[u8]) -> bool {
    // PERF: without an early exit the loop becomes vector code; lines are short and mostly clean.
    bytes.iter().fold(false, |any, &b| any | (b < 0x20) | (b == 0x7f))
}

/// Whether `needle` (in lower case) is in `bytes`, in any case.
pub(super) fn contains_no_case(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len().max(1)).any(|w| w.eq_ignore_ascii_case(needle))
}
