//! Compressed data in a value: gzip (RFC 1952) or zlib (RFC 1950), told by their first bytes.
//!
//! Cookies and parameters carry them, in base64 as a rule. What comes out is bounded by [`MOST`] and by [`RATIO`]; data that
//! break off are judged as far as they go, as every inflater gives them out.
//!
//! Changed: `1F 8B 08 ...` that inflates. Not changed: anything else. Raw deflate begins with no mark and is not guessed;
//! [`super::saml`] reads it where a specification says so.

use super::Decoded;
use flate2::bufread::{GzDecoder, ZlibDecoder};
use std::io::Read;

/// The least length.
pub(super) const MIN: usize = 8;
/// Most bytes that come out.
const MOST: usize = 16 << 10;
/// Most bytes that come out for each that goes in, and as many more.
const RATIO: usize = 16;

/// Most bytes that may come out of so many.
pub(super) fn most(len: usize) -> u64 {
    len.saturating_mul(RATIO).min(MOST) as u64
}

/// Whether `value` begins as compressed data does.
pub(super) fn is_marked(value: &[u8]) -> bool {
    matches!(value, [0x1f, 0x8b, 8, ..] | [0x78, 0x01 | 0x9c | 0xda, ..])
}

/// Inflates a value. It asks for memory, which values that are no compressed data never do.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let most = most(value.len());
    // What was inflated before an error is kept in `out`.
    let _ = match value {
        [0x1f, 0x8b, 8, ..] => GzDecoder::new(value).take(most).read_to_end(out),
        [0x78, 0x01 | 0x9c | 0xda, ..] => ZlibDecoder::new(value).take(most).read_to_end(out),
        _ => return Decoded::default(),
    };
    Decoded { changed: !out.is_empty(), ..Decoded::default() }
}
