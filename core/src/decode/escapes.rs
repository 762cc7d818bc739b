//! Backslash escapes: JavaScript (ECMA-262 section 12.9.4), JSON (RFC 8259), C and its heirs, `$'...'` of shells, CSS
//! (CSS Syntax Level 3, section 4.3.7).
//!
//! Read are `\xHH`, `\x{H}`, `\uHHHH` with surrogate pairs, `\u{H}`, `\UHHHHHHHH`, octal `\NNN`, the letters of C, escaped
//! signs, escaped line ends (dropped), and the CSS form of one to six hexadecimal digits with a blank behind. Where octal
//! and CSS both fit, four digits or more and a hexadecimal letter mean CSS; else a blank behind means CSS, else the
//! reading that is printable wins, octal first. A backslash before any other byte is dropped, as these languages do.
//!
//! Changed: `\x27`, `\'`, `\u003cb`, `\3c b`, `{\"a\":1}`, `a\nb`. Not changed: `..\..\win.ini`, `\d+\.\w`: what only
//! drops backslashes is no escaped text but a path or a pattern.

use super::{Decoded, chars};
use crate::http::Anomaly;
use memchr::memchr;

/// What a backslash escape stands for.
enum Escape {
    /// A byte.
    Byte(u8),
    /// A character.
    Char(u32),
    /// Nothing: an escaped line end.
    Nothing,
}

/// Undoes one layer.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut found = Decoded::default();
    let mut rest = value;
    while let Some(at) = memchr(b'\\', rest) {
        let (before, here) = rest.split_at(at);
        out.extend_from_slice(before);
        let after = here.get(1..).unwrap_or_default();
        let Some(&next) = after.first() else {
            out.push(b'\\');
            rest = after;
            break;
        };
        let taken = match escape(after) {
            Some((escape, len)) => {
                found.changed = true;
                match escape {
                    Escape::Byte(0) | Escape::Char(0) => {
                        out.push(0);
                        found.flag(Anomaly::EncodedNul);
                    }
                    Escape::Byte(byte) => out.push(byte),
                    Escape::Char(code) => chars::push(code, out),
                    Escape::Nothing => {}
                }
                len
            }
            None => {
                out.push(next);
                1
            }
        };
        rest = after.get(taken..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    found
}

/// The escape that `after`, the bytes behind a backslash, begins with, and its length.
fn escape(after: &[u8]) -> Option<(Escape, usize)> {
    let (&first, more) = after.split_first()?;
    let letter = |byte| Some((Escape::Byte(byte), 1));
    match first {
        b'x' => match more.first()? {
            b'{' => braced(more),
            _ => Some((Escape::Byte(chars::hex2(more)?), 3)),
        },
        b'u' => match more.first()? {
            b'{' => braced(more),
            _ => {
                let code = chars::hex4(more)?;
                let low = match more.get(4..) {
                    Some([b'\\', b'u', digits @ ..]) => chars::hex4(digits),
                    _ => None,
                };
                match low.and_then(|low| chars::pair(code, low)) {
                    Some(code) => Some((Escape::Char(code), 11)),
                    None => Some((Escape::Char(code), 5)),
                }
            }
        },
        b'U' => {
            let code = chars::hex4(more)? << 16 | chars::hex4(more.get(4..)?)?;
            char::from_u32(code).map(|_| (Escape::Char(code), 9))
        }
        b'n' => letter(b'\n'),
        b'r' => letter(b'\r'),
        b't' => letter(b'\t'),
        b'v' => letter(0x0b),
        b'\'' | b'"' | b'`' | b'\\' | b'/' | b'<' | b'>' | b'&' | b';' | b'|' | b'(' | b')' | b'=' => {
            letter(first)
        }
        b'\n' => Some((Escape::Nothing, 1)),
        b'\r' => Some((Escape::Nothing, if more.first() == Some(&b'\n') { 2 } else { 1 })),
        b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F' => digits(after),
        _ => None,
    }
}

/// `{H...}`, one to six digits that count.
fn braced(more: &[u8]) -> Option<(Escape, usize)> {
    let mut code = 0u32;
    for (i, &byte) in more.iter().enumerate().skip(1) {
        match chars::hex(byte) {
            Some(digit) => code = code.saturating_mul(16).saturating_add(digit.into()),
            None if byte == b'}' && i > 1 => {
                return char::from_u32(code).map(|_| (Escape::Char(code), i + 2));
            }
            None => return None,
        }
    }
    None
}

/// Octal or CSS, whichever fits; or one of C's letters.
fn digits(after: &[u8]) -> Option<(Escape, usize)> {
    let run = after.iter().take(6).take_while(|b| b.is_ascii_hexdigit()).count();
    let octal_len = after.iter().take(3).take_while(|b| matches!(b, b'0'..=b'7')).count();
    let head = after.get(..run)?;
    let css = head.iter().fold(0u32, |n, &b| n << 4 | u32::from(chars::hex(b).unwrap_or(0)));
    let octal = head.iter().take(octal_len).fold(0u32, |n, &b| n << 3 | u32::from(b & 7));
    let blank = matches!(after.get(run), Some(b' ' | b'\t' | b'\n' | 0x0c));
    let as_css = || Some((Escape::Char(css), run + usize::from(blank)));
    let as_octal = || u8::try_from(octal).ok().map(|byte| (Escape::Byte(byte), octal_len));
    let printable = |code: u32| matches!(code, 0x20..=0x7e | 0x09 | 0x0a | 0x0d);
    let lettered = head.iter().any(u8::is_ascii_alphabetic);
    match head.first()? {
        b'a'..=b'f' | b'A'..=b'F' => {
            // `\e9 ` may be CSS; `\b` and `\f` of C are no more than a control byte, and a folder of a path far more often.
            if run >= 2 && blank && printable(css) { as_css() } else { None }
        }
        _ if run >= 4 && printable(css) => as_css(),
        _ if lettered && run == 2 && printable(css) => as_css(),
        _ if blank && printable(css) && run >= 2 => as_css(),
        _ if octal_len > 0 && printable(octal) => as_octal(),
        _ if !lettered && run >= 2 && printable(css) => as_css(),
        _ if octal_len == 3 || head == b"0" => as_octal(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_form_spells_its_character(text in "[ -~]{1,20}", form in 0usize..6) {
            let mut encoded = String::new();
            for c in text.bytes() {
                encoded.push_str(&match form {
                    0 => format!("\\x{c:02x}"),
                    1 => format!("\\u{c:04X}"),
                    2 => format!("\\u{{{c:x}}}"),
                    3 => format!("\\{c:03o}"),
                    4 => format!("\\{c:06x}"),
                    _ => format!("\\U{c:08x}"),
                });
            }
            let mut out = Vec::new();
            prop_assert!(decode(encoded.as_bytes(), &mut out).changed);
            prop_assert_eq!(out, text.as_bytes());
        }

        #[test]
        fn json_strings_are_read(text in any::<String>()) {
            let quoted = serde_json::to_string(&text).expect("a string");
            let inner = &quoted[1..quoted.len() - 1];
            let mut out = Vec::new();
            let found = decode(inner.as_bytes(), &mut out);
            // \b and \f are left to be folders of a path.
            if found.changed && !text.contains(['\u{8}', '\u{c}']) {
                prop_assert_eq!(out, text.as_bytes());
            }
        }

        #[test]
        fn the_output_is_bounded_and_differs_if_changed(value in r"[\\xu{}0-9a-fnrt' \n]{0,40}") {
            let mut out = Vec::new();
            let found = decode(value.as_bytes(), &mut out);
            prop_assert!(out.len() <= value.len());
            prop_assert!(!found.changed || out != value.as_bytes());
        }
    }
}
