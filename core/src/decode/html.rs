//! HTML character references (WHATWG HTML, section 13.2.5.72 and following, and the list of section 13.5).
//!
//! Browsers undo them in text and attribute values, and applications that store HTML decode them on the server. Numeric
//! references count with or without `;`, with any number of leading zeros; numbers 128 to 159 mean code page 1252, as
//! the specification says. Of the names, those that stand for an ASCII character are read; the old ones (`&lt`) also
//! without `;`. `&#0` is flagged: the NUL it once was cut values short.
//!
//! Changed: `&lt;b&gt;`, `java&Tab;script&colon;`, `&#0000060`, `&#x3Cb`. Not changed: `AT&T`, `a=1&b=2`, `&eacute;`.

use super::{Decoded, chars};
use crate::http::Anomaly;
use memchr::{memchr, memchr_iter};

/// Names for ASCII characters, with `;`, in ascending order.
#[rustfmt::skip]
static NAMES: &[(&[u8], u8)] = &[
    (b"AMP", b'&'), (b"DiacriticalGrave", b'`'), (b"GT", b'>'), (b"Hat", b'^'), (b"LT", b'<'), (b"NewLine", b'\n'),
    (b"QUOT", b'"'), (b"Tab", b'\t'), (b"UnderBar", b'_'), (b"VerticalLine", b'|'), (b"amp", b'&'), (b"apos", b'\''),
    (b"ast", b'*'), (b"bsol", b'\\'), (b"colon", b':'), (b"comma", b','), (b"commat", b'@'), (b"dollar", b'$'),
    (b"equals", b'='), (b"excl", b'!'), (b"grave", b'`'), (b"gt", b'>'), (b"lbrace", b'{'), (b"lbrack", b'['),
    (b"lcub", b'{'), (b"lowbar", b'_'), (b"lpar", b'('), (b"lsqb", b'['), (b"lt", b'<'), (b"midast", b'*'),
    (b"num", b'#'), (b"percnt", b'%'), (b"period", b'.'), (b"plus", b'+'), (b"quest", b'?'), (b"quot", b'"'),
    (b"rbrace", b'}'), (b"rbrack", b']'), (b"rcub", b'}'), (b"rpar", b')'), (b"rsqb", b']'), (b"semi", b';'),
    (b"sol", b'/'), (b"verbar", b'|'), (b"vert", b'|'),
];

/// Names that need no `;`.
static OLD: &[(&[u8], u8)] = &[
    (b"amp", b'&'),
    (b"AMP", b'&'),
    (b"lt", b'<'),
    (b"LT", b'<'),
    (b"gt", b'>'),
    (b"GT", b'>'),
    (b"quot", b'"'),
    (b"QUOT", b'"'),
];

/// The longest name.
const LONGEST: usize = 16;

/// What the numbers 128 to 159 stand for; 0 for themselves.
static C1: [u16; 32] = [
    0x20ac, 0, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0,
    0x017d, 0, //
    0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0,
    0x017e, 0x0178,
];

/// Whether an `&` stands before what a reference begins with.
pub(super) fn may_hold(value: &[u8]) -> bool {
    memchr_iter(b'&', value)
        .any(|at| value.get(at + 1).is_some_and(|b| b.is_ascii_alphabetic() || *b == b'#'))
}

/// Undoes one layer.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut found = Decoded::default();
    let mut rest = value;
    // PERF: in a flood of references the next one is near.
    let near = |rest: &[u8]| rest.iter().take(8).position(|b| *b == b'&');
    while let Some(at) = near(rest).or_else(|| memchr(b'&', rest)) {
        let (before, here) = rest.split_at(at);
        out.extend_from_slice(before);
        let after = here.get(1..).unwrap_or_default();
        let taken = if let Some((code, len)) = number(after) {
            if code == 0 {
                found.flag(Anomaly::EncodedNul);
            }
            chars::push(code, out);
            Some(len)
        } else if let Some((ascii, len)) = name(after) {
            out.push(ascii);
            Some(len)
        } else {
            None
        };
        match taken {
            Some(_) => found.changed = true,
            None => out.push(b'&'),
        }
        rest = after.get(taken.unwrap_or(0)..).unwrap_or_default();
    }
    out.extend_from_slice(rest);
    found
}

/// The character and the length of a numeric reference, `#` first.
fn number(after: &[u8]) -> Option<(u32, usize)> {
    let (base, start) = match after {
        [b'#', b'x' | b'X', ..] => (16, 2),
        [b'#', ..] => (10, 1),
        _ => return None,
    };
    let mut code = 0u32;
    let mut len = start;
    for &byte in after.get(start..)? {
        let Some(digit) = chars::hex(byte).filter(|&d| u32::from(d) < base) else { break };
        code = code.saturating_mul(base).saturating_add(digit.into());
        len += 1;
    }
    if len == start {
        return None;
    }
    len += usize::from(after.get(len) == Some(&b';'));
    let old = code.checked_sub(0x80).and_then(|i| C1.get(i as usize)).copied().unwrap_or(0);
    Some((if old == 0 { code } else { old.into() }, len))
}

/// The character and the length of a named reference.
fn name(after: &[u8]) -> Option<(u8, usize)> {
    // PERF: what nearly all references are.
    match after {
        [b'l', b't', b';', ..] => return Some((b'<', 3)),
        [b'g', b't', b';', ..] => return Some((b'>', 3)),
        [b'a', b'm', b'p', b';', ..] => return Some((b'&', 4)),
        [b'q', b'u', b'o', b't', b';', ..] => return Some((b'"', 5)),
        [b'a'..=b'z' | b'A'..=b'Z', ..] => {}
        _ => return None,
    }
    let head = after.get(..=LONGEST).unwrap_or(after);
    if let Some(end) = head.iter().position(|b| !b.is_ascii_alphabetic())
        && head.get(end) == Some(&b';')
        && let Ok(at) = NAMES.binary_search_by_key(&head.get(..end)?, |n| n.0)
    {
        return NAMES.get(at).map(|n| (n.1, end + 1));
    }
    OLD.iter().find(|n| after.starts_with(n.0)).map(|n| (n.1, n.0.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_names_ascend() {
        assert!(NAMES.windows(2).all(|w| w[0].0 < w[1].0));
        assert_eq!(NAMES.iter().map(|n| n.0.len()).max(), Some(LONGEST));
    }

    proptest! {
        #[test]
        fn numbers_spell_their_character(text in "[ -~é中😀]{1,20}", hex in any::<bool>(), zeros in 0usize..9, semicolon: bool) {
            let mut encoded = String::new();
            for c in text.chars() {
                let code = u32::from(c);
                let digits = if hex { format!("x{}{code:X}", "0".repeat(zeros)) } else { format!("{}{code}", "0".repeat(zeros)) };
                encoded.push_str(&format!("&#{digits}"));
                // A digit right behind would be read as part of the number; here another `&` always follows.
                encoded.push_str(if semicolon { ";" } else { "" });
            }
            let mut out = Vec::new();
            prop_assert!(decode(encoded.as_bytes(), &mut out).changed);
            prop_assert_eq!(out, text.as_bytes());
        }

        #[test]
        fn the_output_is_bounded_and_differs_if_changed(value in "[&#xlgtamp;0-9a-f]{0,40}") {
            let mut out = Vec::new();
            let found = decode(value.as_bytes(), &mut out);
            prop_assert!(out.len() <= value.len());
            prop_assert_eq!(found.changed, out != value.as_bytes());
        }
    }
}
