//! UTF-7 (RFC 2152): `+ADw-` for `<`.
//!
//! Browsers once guessed it, mail software and some platforms' string functions still read it. Only ASCII is read here: a
//! sign written so is written so to hide. A blank may stand for the `+`, as a form decoder leaves it.
//!
//! Changed: `+ADw-b+AD4-`, ` ADw-b AD4-`, `+ADwAcwA+-`. Not changed: `a+b`, `C++AD-x`, `+JkI-` (no ASCII).

use super::Decoded;
use crate::bytes::Triples;

/// The least length.
pub(super) const MIN: usize = 4;
/// Longest run of base64 that is read.
const LONG: usize = 1 << 10;

/// What stands before a run, and its first signs, of which ASCII is.
static MARKS: Triples = Triples::NONE.with(0, [b"+ ", b"A", b"ABCDEFGH"]);

/// Undoes the runs that spell ASCII.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut found = Decoded::default();
    let mut done = 0;
    for at in MARKS.places(value) {
        // What lies in a run is no mark.
        let Some(before) = value.get(done..at) else { continue };
        out.extend_from_slice(before);
        let mark = out.len();
        match run(value.get(at + 1..).unwrap_or_default(), out) {
            Some(len) => (found.changed, done) = (true, at + 1 + len),
            None => {
                out.truncate(mark);
                done = at;
            }
        }
    }
    out.extend_from_slice(value.get(done..).unwrap_or_default());
    found
}

/// Appends what the run at the front of `bytes` spells; its length with the `-` that ends it, if it is ASCII.
fn run(bytes: &[u8], out: &mut Vec<u8>) -> Option<usize> {
    if !matches!(bytes, [b'A', b'A'..=b'H', _, ..]) {
        return None;
    }
    let (mut bits, mut held, mut some) = (0u32, 0u32, false);
    for (i, &b) in bytes.iter().enumerate().take(LONG) {
        let digit = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            // Less than a digit is left over, and it is nothing but zeros.
            b'-' => return (some && held < 6 && bits == 0).then_some(i + 1),
            _ => return None,
        };
        bits = bits << 6 | u32::from(digit);
        held += 6;
        if held >= 16 {
            held -= 16;
            let unit = bits >> held;
            bits &= (1 << held) - 1;
            if !matches!(unit, 0x20..=0x7e | 0x09 | 0x0a | 0x0d) {
                return None;
            }
            out.push(unit as u8);
            some = true;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn runs_are_told_wherever_they_stand(
            parts in prop::collection::vec(
                prop::sample::select(&[
                    "+", " ", "A", "AD", "ADw-", "+ADw-", " ADwAcw-", "+ADw", "-", "AH", "AI", "+AI-", "x", "\u{e9}", "+AGE-+", "a text between", "++ADw-",
                ][..]),
                0..60,
            ),
        ) {
            let text = parts.concat();
            let (mut out, mut expected, mut rest, mut changed) = (Vec::new(), Vec::new(), text.as_bytes(), false);
            while let Some((first, after)) = rest.split_first() {
                let mark = expected.len();
                match run(after, &mut expected).filter(|_| matches!(first, b'+' | b' ')) {
                    Some(len) => (rest, changed) = (&after[len..], true),
                    None => {
                        expected.truncate(mark);
                        expected.push(*first);
                        rest = after;
                    }
                }
            }
            prop_assert_eq!(decode(text.as_bytes(), &mut out).changed, changed);
            prop_assert_eq!(out, expected, "{:?}", text);
        }
    }
}
