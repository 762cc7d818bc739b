//! Markup whose marks have the eighth bit set: `BC` for `<`, `BE` for `>`.
//!
//! Browsers that read a page as US-ASCII dropped the eighth bit of each byte, so that these bytes, which no filter knows,
//! became markup. As UTF-8 they arrive as the fractions `¼` and `¾`. Only what looks like a tag is read so: the mark, a
//! letter or slash, and the other mark later on; then the quotes (`¢`, `§`) are read as well.
//!
//! Changed: `¼b onclick=f()¾`, the bytes `BC 62 BE`. Not changed: `1¼ lb`, `¼ to ¾`, `¾¼`, letters of other scripts whose
//! UTF-8 holds these bytes.

use super::Decoded;
use memchr::{memchr, memchr_iter};

/// The least length.
pub(super) const MIN: usize = 4;

/// Whether both angle brackets are there.
pub(super) fn may_hold(value: &[u8]) -> bool {
    memchr(0xbc, value).is_some() && memchr(0xbe, value).is_some()
}

/// Drops the eighth bit of marks.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let is = |at: usize| stands_alone(value, at);
    let opens = |at: usize| matches!(value.get(at + 1), Some(b'a'..=b'z' | b'A'..=b'Z' | b'/' | b'!'));
    let Some(first) = memchr_iter(0xbc, value).find(|&at| is(at) && opens(at)) else {
        return Decoded::default();
    };
    if !memchr_iter(0xbe, value).any(|at| at > first && is(at)) {
        return Decoded::default();
    }
    for (at, &byte) in value.iter().enumerate() {
        match byte {
            0xa2 | 0xa7 | 0xbc | 0xbe if is(at) => {
                if at > 0 && value.get(at - 1) == Some(&0xc2) {
                    out.pop();
                }
                out.push(byte & 0x7f);
            }
            _ => out.push(byte),
        }
    }
    Decoded { changed: true, ..Decoded::default() }
}

/// Whether the byte at `at` is a character of its own or one of U+0080 to U+00BF, no part of another one's UTF-8.
fn stands_alone(value: &[u8], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|at| value.get(at));
    matches!(before, None | Some(0..0x80 | 0xc2 | 0xa2 | 0xa7 | 0xbc | 0xbe))
}
