//! Hexadecimal digits: a value written as `0x27206f72...` or `27206f72...`.
//!
//! Databases take such literals for strings, and applications pass binary values so. The whole value must be pairs of
//! digits, and what they spell must be text; a hash or an identifier costs a few bytes before it is dropped.
//!
//! Changed: `0x2720756e696f6e`, `3c7363726970743e`, `0x27006f0072002000`. Not changed: `d41d8cd98f00b204` (no text), `20240131` (too short),
//! an odd number of digits.

use super::{Decoded, chars};

/// The least number of digits.
pub(super) const MIN: usize = 10;

/// Whether `value` begins and ends with what it is all made of.
pub(super) fn may_be(value: &[u8]) -> bool {
    let is_pair = |pair: Option<&[u8]>| pair.is_some_and(|p| chars::hex2(p).is_some());
    let value = value.trim_ascii();
    let from = if matches!(value, [b'0', b'x' | b'X', ..]) { 2 } else { 0 };
    is_pair(value.get(from..from + 2)) && is_pair(value.last_chunk::<2>().map(<[u8; 2]>::as_slice))
}

/// Decodes a value that is hexadecimal digits only.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let value = value.trim_ascii();
    let digits = match value {
        [b'0', b'x' | b'X', digits @ ..] => digits,
        _ => value,
    };
    if digits.len() < MIN || digits.len() % 2 == 1 {
        return Decoded::default();
    }
    // UTF-16 of ASCII, as SQL Server takes it: every other byte is zero.
    let wide = digits.len().is_multiple_of(4) && digits.get(2..4) == Some(b"00");
    for (i, pair) in digits.chunks_exact(2).enumerate() {
        match chars::hex2(pair) {
            Some(0) if wide && i % 2 == 1 => {}
            Some(byte @ (b' '..=b'~' | b'\t' | b'\r' | b'\n')) if !wide || i % 2 == 0 => out.push(byte),
            Some(byte @ 0x80..) if !wide => out.push(byte),
            _ => return Decoded::default(),
        }
        // PERF: a hash is dropped here after a few bytes rather than at its end.
        if out.len() == 8 && !chars::is_text(out, true) {
            return Decoded::default();
        }
    }
    Decoded { changed: chars::is_text(out, false), ..Decoded::default() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_decodes_back(text in "[ -~é中]{5,60}", prefix: bool, upper: bool) {
            let digits: String = text.bytes().map(|b| if upper { format!("{b:02X}") } else { format!("{b:02x}") }).collect();
            let value = if prefix { format!("0x{digits}") } else { digits };
            let mut out = Vec::new();
            prop_assert!(decode(value.as_bytes(), &mut out).changed);
            prop_assert_eq!(out, text.as_bytes());
        }
    }
}
