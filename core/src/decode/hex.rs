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

/// Bytes of which it is told whether they are text before the others are looked at.
///
/// PERF: a hash is dropped after a few bytes rather than at its end.
const HEAD: usize = 8;

/// The digits of `value`, if they are enough and even in number, and whether each second byte is zero: UTF-16 of ASCII, as SQL
/// Server takes it.
fn digits(value: &[u8]) -> Option<(&[u8], bool)> {
    let value = value.trim_ascii();
    let digits = match value {
        [b'0', b'x' | b'X', digits @ ..] => digits,
        _ => value,
    };
    let wide = digits.len().is_multiple_of(4) && digits.get(2..4) == Some(b"00");
    (digits.len() >= MIN && digits.len().is_multiple_of(2)).then_some((digits, wide))
}

/// The bytes that pairs of digits spell; `None` for what is no pair or no byte of text.
fn bytes(digits: &[u8], wide: bool) -> impl Iterator<Item = Option<u8>> {
    digits.chunks_exact(2).enumerate().filter_map(move |(i, pair)| match chars::hex2(pair) {
        Some(0) if wide && i % 2 == 1 => None,
        Some(byte @ (b' '..=b'~' | b'\t' | b'\r' | b'\n')) if !wide || i % 2 == 0 => Some(Some(byte)),
        Some(byte @ 0x80..) if !wide => Some(Some(byte)),
        _ => Some(None),
    })
}

/// Whether `value` begins and ends with what it is all made of.
pub(super) fn may_be(value: &[u8]) -> bool {
    let Some((digits, wide)) = digits(value) else { return false };
    if digits.last_chunk::<2>().is_none_or(|pair| chars::hex2(pair).is_none()) {
        return false;
    }
    let (mut head, mut len) = ([0; HEAD], 0);
    for (to, byte) in head.iter_mut().zip(bytes(digits, wide)) {
        let Some(byte) = byte else { return false };
        (*to, len) = (byte, len + 1);
    }
    chars::is_text(&head[..len], true)
}

/// Decodes a value that is hexadecimal digits only.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let Some((digits, wide)) = digits(value) else { return Decoded::default() };
    for byte in bytes(digits, wide) {
        let Some(byte) = byte else { return Decoded::default() };
        out.push(byte);
        if out.len() == HEAD && !chars::is_text(out, true) {
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
            prop_assert!(may_be(value.as_bytes()));
            prop_assert_eq!(out, text.as_bytes());
        }

        #[test]
        fn nothing_is_decoded_of_what_is_not_tried(
            bytes in prop::collection::vec(
                prop_oneof![12 => b' '..=b'~', 1 => Just(0), 1 => prop::sample::select("é中".as_bytes()), 1 => any::<u8>()],
                1..20,
            ),
            wide: bool,
            prefix in prop::sample::select(&["", "0x", "0X", " ", "00"][..]),
            end in prop::sample::select(&["", "0", " ", "x"][..]),
        ) {
            let zero = if wide { "00" } else { "" };
            let digits: String = bytes.iter().map(|b| format!("{b:02x}{zero}")).collect();
            let value = [prefix, &digits, end].concat();
            let mut out = Vec::new();
            prop_assert!(may_be(value.as_bytes()) || !decode(value.as_bytes(), &mut out).changed, "{}", value);
        }
    }
}
