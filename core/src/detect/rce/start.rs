//! Whether a command may begin at a place: a cheap look at the first word, before words are read.

use super::programs::NAMES;
use crate::bytes::{holds, table};

/// Whether what stands at `from` can be a command of some shell: a cheap look before words are read.
pub(super) fn can_start(bytes: &[u8], from: usize, plus: bool) -> bool {
    let rest = bytes.get(from..).unwrap_or_default();
    // PERF: where one mark stands behind another, as in a flood, only reading tells.
    rest.first().is_some_and(|b| b"`(<>\\$?!^%{".contains(b)) || may_start(rest, plus)
}

/// The same of `rest`, whatever it begins with.
fn may_start(rest: &[u8], plus: bool) -> bool {
    let blank = |b: &u8| b.is_ascii_whitespace() || plus && *b == b'+' || *b == b'@';
    let skip = rest.iter().take(16).take_while(|b| blank(b)).count();
    let whole = rest.get(skip..).unwrap_or_default();
    let rest = whole.get(..64).unwrap_or(whole);
    let named = |b: &u8| SIGNS[usize::from(*b)] == NAMED;
    // The word ends at the first byte that is neither of a name nor of a path.
    let end = rest.iter().position(|b| !named(b)).unwrap_or(rest.len());
    // PERF: most words end in a blank or the like.
    if rest.get(end).is_none_or(|b| SIGNS[usize::from(*b)] == ENDS) {
        return may_name(rest.get(..end).unwrap_or_default());
    }
    let (word, rest) = rest.split_at(end);
    match rest {
        [quote @ (b'\'' | b'"'), more @ ..] if word.is_empty() => {
            // A name in quotes as a whole is told by the name; quotes inside only by reading.
            let end = more.iter().position(|b| !named(b)).unwrap_or(more.len());
            let (word, behind) = more.split_at(end);
            let joined = behind.get(1).is_some_and(|b| named(b) || matches!(b, b'\'' | b'"' | b'\\' | b'$'));
            match behind.first() {
                Some(b) if b == quote && joined => true,
                Some(b'\'' | b'"' | b'\\' | b'$' | b'?' | b'*' | b'[' | b'`')
                    if behind.first() != Some(quote) =>
                {
                    true
                }
                _ => may_name(word),
            }
        }
        [b',', ..] => false,
        [b'*', more @ ..] if word.is_empty() => more.first() != Some(&b'/'),
        [b'[', ..] if is_index(word, whole) => false,
        // Quotes, escapes and expansions: only reading tells.
        [b'\'' | b'"' | b'\\' | b'$' | b'{' | b'?' | b'*' | b'[' | b'!' | b'^' | b'%', ..] => true,
        [b'<', b'(' | b'<', ..] | [b'`', b'`', ..] => true,
        [b'`' | b'(' | b'<' | b'>', ..] if word.is_empty() => true,
        [b'=', value @ ..] => assigns(value, plus),
        _ => may_name(word),
    }
}

/// Whether `text` is a name with an index behind it, as fields have: `a[b][12][]`. A shell would read it as a pattern, but for
/// no path, and no program has such a name. `word` is what stands before the first bracket.
fn is_index(word: &[u8], text: &[u8]) -> bool {
    let of_name = |b: &u8| SIGNS[usize::from(*b)] == NAMED && *b != b'/' || matches!(b, b'[' | b']');
    if word.is_empty() || text.len() > 64 || !text.iter().all(of_name) {
        return false;
    }
    // A single letter in brackets is that letter: `c[a]t`.
    let mut rest = text;
    while let Some(open) = memchr::memchr(b'[', rest) {
        let inside = rest.get(open + 1..).unwrap_or_default();
        let Some(1) = memchr::memchr(b']', inside) else { return true };
        rest = inside.get(2..).unwrap_or_default();
    }
    false
}

/// Whether `text`, whole, is a name with an index behind it, so that nothing in it can be the name of a program.
pub(super) fn is_indexed(text: &[u8]) -> bool {
    memchr::memchr(b'[', text).and_then(|open| text.get(..open)).is_some_and(|word| is_index(word, text))
}

/// Whether the word at `at` is certainly the name of no program, by a closer look than [`can_start`] has to take.
pub(super) fn is_plain_word(bytes: &[u8], at: usize) -> bool {
    let rest = bytes.get(at..).unwrap_or_default();
    let rest = rest.get(..64).unwrap_or(rest);
    let mut len = 0;
    for b in rest {
        match SIGNS[usize::from(*b)] {
            NAMED if !matches!(b, b'.' | b'/') => len += 1,
            ENDS => break,
            _ => return false,
        }
    }
    let word = rest.get(..len).unwrap_or_default();
    len > 0 && len < 64 && !NAMES.may_hold(word) && !word.last().is_some_and(u8::is_ascii_digit)
}

/// What a byte means to a word: it is of a name or path, it ends the word, or the word is more than it seems.
static SIGNS: [u8; 256] = table!(b => match b {
    b'-' | b'_' | b'.' | b'/' | b':' => NAMED,
    _ if b.is_ascii_alphanumeric() => NAMED,
    _ if holds(b"'\"\\$?*[`,{!^%<(>=", b) => SPECIAL,
    _ => ENDS,
});
const ENDS: u8 = 0;
const NAMED: u8 = 1;
const SPECIAL: u8 = 2;

/// Whether a word may be the name of a program, with or without folders before it.
fn may_name(word: &[u8]) -> bool {
    if matches!(word, b"." | [b'/', ..] | [b'i' | b'I', b'f' | b'F', b'/', ..]) {
        return true;
    }
    let name = word.iter().rposition(|b| *b == b'/').and_then(|i| word.get(i + 1..)).unwrap_or(word);
    if NAMES.may_hold(name)
        || name.last().is_some_and(u8::is_ascii_digit) && unversioned(name).is_some_and(|n| NAMES.may_hold(n))
    {
        return true;
    }
    match name.len().checked_sub(4).and_then(|n| name.split_at_checked(n)) {
        Some((stem, b".exe" | b".com" | b".EXE")) => NAMES.may_hold(stem),
        _ => false,
    }
}

/// Whether a command may follow an assignment with this value: a blank behind the value, and something behind the blank.
fn assigns(value: &[u8], plus: bool) -> bool {
    let end = match value {
        [quote @ (b'\'' | b'"'), inner @ ..] => {
            inner.iter().position(|b| b == quote).map_or(value.len(), |n| n + 2)
        }
        [b'$', ..] => return true,
        _ => value
            .iter()
            .position(|b| matches!(b, b' ' | b'\t' | b';' | b'|' | b'&' | b'$' | b'+' | b','))
            .unwrap_or(value.len()),
    };
    match value.get(end..).unwrap_or_default() {
        [b' ' | b'\t', b, ..] => b.is_ascii_alphanumeric() || matches!(b, b'/' | b'\'' | b'"' | b'$' | b'\\'),
        [b'+', b, ..] => plus && b.is_ascii_alphanumeric(),
        [b'$', ..] => true,
        _ => false,
    }
}

/// `word` without the version it ends in.
pub(super) fn unversioned(word: &[u8]) -> Option<&[u8]> {
    let digits = word.iter().rev().take_while(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-')).count();
    let (stem, version) = word.split_at_checked(word.len() - digits)?;
    version.last().is_some_and(u8::is_ascii_digit).then_some(stem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_behind_marks_may_always_start() {
        for first in 0..=255 {
            for second in 0..=255 {
                for tail in [&b""[..], b"(", b"`", b"a", b"id x"] {
                    let text = [&[first, second][..], tail].concat();
                    for text in [&text[..], &text[..1]] {
                        assert_eq!(
                            can_start(text, 0, true),
                            may_start(text, true),
                            "{}",
                            text.escape_ascii()
                        );
                    }
                }
            }
        }
    }
}
