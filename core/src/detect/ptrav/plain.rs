//! Values in which no path could be scored, told by a few vector searches.
//!
//! What comes in: one value. What goes out: whether reading it as a path could find nothing. What always holds: never more
//! than that, so that the reader of paths ([`crate::detect::lex::path`]) loses nothing by it.

use super::{Groups, Value};
use crate::bytes::{Wake, has_pair};

/// Whether no path in the value could be scored: it names nothing of the server, and there are neither two dots nor what
/// may stand for them.
///
/// PERF: most values stop here, after a vector search or two.
pub(super) fn is_plain(value: &Value<'_>) -> bool {
    let (bytes, wake) = (value.bytes, value.wake);
    // Escapes hide words, and so do those of C.
    let escaped = |at: usize| at.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'0');
    if wake.any(Wake::CONTROL)
        || wake.any(Wake::PERCENT) && (wake.any(Wake::HIGH) || !escapes_letters(bytes))
        || value.words.any(Groups::FILES)
        || value.words.any(Groups::X) && memchr::memchr2_iter(b'x', b'X', bytes).any(escaped)
    {
        return false;
    }
    let separated = wake.any(Wake::SLASH.or(Wake::BACKSLASH));
    if separated
        && value.words.any(Groups::ROOTS)
        && memchr::memchr2_iter(b'/', b'\\', bytes).any(|at| {
            at.checked_sub(1).and_then(|i| bytes.get(i)).is_some_and(|b| matches!(b | 0x20, b'w' | b's'))
        })
    {
        return false;
    }
    let dotted = if separated {
        steps(bytes)
    } else if wake.any(Wake::DOT) {
        // Without a separator only what the value begins with is read as a path.
        let end = match bytes.first() {
            Some(b) if b.is_ascii_alphanumeric() => memchr::memchr2(b' ', b',', bytes),
            _ => None,
        };
        steps(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes))
            || end.is_some() && has_pair(bytes, *b"..")
    } else {
        bytes.starts_with(b"??")
    };
    !(dotted || wake.any(Wake::HIGH) && odd_bytes(bytes))
}

/// Whether every percent sign begins the escape of a byte that is of no path, or of well-formed text beyond ASCII, and
/// hides no word of a file.
fn escapes_letters(bytes: &[u8]) -> bool {
    // What has two marks in front may be a path with letters for separators.
    if bytes.iter().take(2).all(|b| !b.is_ascii_alphanumeric()) {
        return false;
    }
    memchr::memchr_iter(b'%', bytes).all(|at| {
        let digit = |i: usize| bytes.get(at + i).and_then(|b| char::from(*b).to_digit(16));
        let (Some(high), Some(low)) = (digit(1), digit(2)) else { return false };
        let other = match (high << 4 | low) as u8 {
            b'.' | b'/' | b'\\' | b'?' | b';' | b'%' | b'^' => false,
            b @ 0x20..=0x7e => !b.is_ascii_alphanumeric(),
            0xc0 | 0xc1 | 0xe0 | 0xf0 | 0xf8 | 0xfc => false,
            b => b >= 0x80,
        };
        let behind = bytes.get(at + 3..).unwrap_or_default();
        // The word behind `%3A` begins with the letter of the escape, as words are told.
        let glued = low >= 10 && behind.first().is_some_and(u8::is_ascii_alphabetic);
        other && !(glued && Groups::of(behind.get(..32).unwrap_or(behind), Wake::ALPHA).any(Groups::FILES))
    })
}

/// Whether a dot or what can stand for one is followed by another or by a separator.
fn steps(bytes: &[u8]) -> bool {
    if bytes.len() < 64 {
        // PERF: the rest of a vector pass costs more than so few bytes.
        let (mut dot, mut at) = (false, 0);
        while let Some(b) = bytes.get(at) {
            let step = matches!(b, b'.' | b'?' | b'^');
            if dot && (step || matches!(b, b'/' | b'\\')) {
                return true;
            }
            (dot, at) = (step, at + 1);
        }
        return false;
    }
    // PERF: looks at every pair and so becomes vector code.
    let next = bytes.get(1..).unwrap_or_default();
    bytes.iter().zip(next).fold(0, |found, (a, b)| {
        let dot = u8::from(*a == b'.') | u8::from(*a == b'?') | u8::from(*a == b'^');
        // `.` and `/`, `\` and `^` differ by a bit.
        let step = u8::from(*b | 1 == b'/') | u8::from(*b & !2 == b'\\') | u8::from(*b == b'?');
        found | dot & step
    }) != 0
}

/// Whether bytes above 0x7F may be more than letters: overlong forms, look-alikes of dots and separators
/// ([`crate::detect::lex::path`] says which).
fn odd_bytes(bytes: &[u8]) -> bool {
    // PERF: as above.
    let next = bytes.get(1..).unwrap_or_default();
    let pairs = bytes.iter().zip(next).fold(0, |found, (a, b)| {
        let is = |x: u8, y: u8| u8::from(*a == x) & u8::from(*b == y);
        let lead = u8::from(*a & !1 == 0xc0) | u8::from(*b & !1 == 0xc0);
        let long = is(0xe0, 0x81) | u8::from(*b == 0x80) & (u8::from(*a >= 0xf0) | u8::from(*a == 0xe0));
        found | lead | long | is(0x80, 0x80) | is(0xbf, 0x88) | is(0x81, 0x84)
    });
    if pairs != 0 || matches!(bytes, [0xc0 | 0xc1]) {
        return true;
    }
    let third = bytes.get(2..).unwrap_or_default();
    bytes.iter().zip(next).zip(third).fold(0, |found, ((a, b), c)| {
        let is = |x: u8| u8::from(*c == x);
        let ef = u8::from(*a == 0xef);
        let e2 = u8::from(*a == 0xe2);
        let bc = u8::from(*b == 0xbc) & (is(0x8e) | is(0x8f) | is(0xbc)) | u8::from(*b == 0x80) & is(0xa5);
        let general = u8::from(*b == 0x80) & (is(0xa4) | is(0xa6))
            | u8::from(*b == 0x88) & (is(0x95) | is(0x96))
            | u8::from(*b == 0xa7) & (is(0xb5) | is(0xb8) | is(0xb9));
        found | ef & bc | e2 & general
    }) != 0
}
