//! Markup whose marks have the eighth bit set: `BC` for `<`, `BE` for `>`.
//!
//! Browsers that read a page as US-ASCII dropped the eighth bit of each byte, so that these bytes, which no filter knows,
//! became markup. As UTF-8 they arrive as the fractions `¼` and `¾`. Only what looks like a tag is read so: the mark, a
//! letter or slash, and the other mark later on; then the quotes (`¢`, `§`) are read as well.
//!
//! Changed: `¼b onclick=f()¾`, the bytes `BC 62 BE`. Not changed: `1¼ lb`, `¼ to ¾`, `¾¼`.

use super::Decoded;
use memchr::memchr;

/// The least length.
pub(super) const MIN: usize = 4;

/// Drops the eighth bit of marks.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let opens = |at: usize| matches!(value.get(at + 1), Some(b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!'));
    let Some(first) = memchr(0xbc, value).filter(|&at| opens(at)) else { return Decoded::default() };
    if memchr(0xbe, value.get(first..).unwrap_or_default()).is_none() {
        return Decoded::default();
    }
    let mut last = 0;
    for &byte in value {
        match byte {
            0xa2 | 0xa7 | 0xbc | 0xbe => {
                // The first byte of the character in UTF-8.
                if last == 0xc2 {
                    out.pop();
                }
                out.push(byte & 0x7f);
            }
            _ => out.push(byte),
        }
        last = byte;
    }
    Decoded { changed: true, ..Decoded::default() }
}
