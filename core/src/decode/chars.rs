//! Digits and code points, for the decoders that meet them.

use crate::bytes::table;

/// The value of a hexadecimal digit.
pub(super) const fn hex(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// The value of each hexadecimal digit; [`NO_HEX`] of other bytes.
pub(super) static HEX: [u8; 256] = table!(b => match hex(b) {
    Some(digit) => digit,
    None => NO_HEX,
});
pub(super) const NO_HEX: u8 = 0xff;

/// The byte written by the two hexadecimal digits that `bytes` begins with.
pub(super) fn hex2(bytes: &[u8]) -> Option<u8> {
    let &[high, low, ..] = bytes else { return None };
    let (high, low) = (HEX[usize::from(high)], HEX[usize::from(low)]);
    ((high | low) < 16).then_some(high << 4 | low)
}

/// The number written by the four hexadecimal digits that `bytes` begins with.
pub(super) fn hex4(bytes: &[u8]) -> Option<u32> {
    Some(u32::from(hex2(bytes)?) << 8 | u32::from(hex2(bytes.get(2..)?)?))
}

/// Appends a code point as UTF-8; one that is none (a lone surrogate, beyond the last) as U+FFFD.
pub(super) fn push(code: u32, out: &mut Vec<u8>) {
    let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

/// The code point of a surrogate pair.
pub(super) const fn pair(high: u32, low: u32) -> Option<u32> {
    if matches!(high, 0xd800..=0xdbff) && matches!(low, 0xdc00..=0xdfff) {
        Some(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))
    } else {
        None
    }
}

/// A well-formed or overlong UTF-8 sequence at the start of `bytes` that begins with a byte above 0x7F: its code point,
/// its length, and whether it is longer than it need be. Sequences of up to six bytes are read, as RFC 2279 had them.
#[inline]
pub(super) fn sequence(bytes: &[u8]) -> Option<(u32, usize, bool)> {
    // PERF: most characters that are looked at are of three bytes.
    if let &[lead @ 0xe0..=0xef, b @ 0x80..=0xbf, c @ 0x80..=0xbf, ..] = bytes {
        let code = u32::from(lead & 0x0f) << 12 | u32::from(b & 0x3f) << 6 | u32::from(c & 0x3f);
        return Some((code, 3, code < 0x800));
    }
    let &lead = bytes.first()?;
    let (len, bits, least) = match lead {
        0xc0..=0xdf => (2, lead & 0x1f, 0x80),
        0xe0..=0xef => (3, lead & 0x0f, 0x800),
        0xf0..=0xf7 => (4, lead & 0x07, 0x1_0000),
        0xf8..=0xfb => (5, lead & 0x03, 0x20_0000),
        0xfc..=0xfd => (6, lead & 0x01, 0x400_0000),
        _ => return None,
    };
    let mut code = u32::from(bits);
    for &byte in bytes.get(1..len)? {
        if byte & 0xc0 != 0x80 {
            return None;
        }
        code = code << 6 | u32::from(byte & 0x3f);
    }
    Some((code, len, code < least))
}

/// Whether `bytes` is ASCII or UTF-8 text without control bytes; `cut` tells whether the last character may be cut off.
pub(super) fn is_text(bytes: &[u8], cut: bool) -> bool {
    let plain =
        |bytes: &[u8]| bytes.iter().all(|&b| b >= 0x20 && b != 0x7f || matches!(b, b'\t' | b'\r' | b'\n'));
    plain(bytes)
        && match std::str::from_utf8(bytes) {
            Ok(_) => true,
            Err(error) => cut && error.error_len().is_none(),
        }
}
