//! What signs between words do to a sentence: dots, the ends of lines, tags.

use super::letters::LETTERS;

/// A tag ends before so many bytes.
pub(super) const TAG: usize = 97;

/// Whether the dot at `i` is one of three or more between words: a small letter follows.
pub(super) fn goes_on(text: &str, i: usize) -> bool {
    let (before, behind) = text.as_bytes().split_at_checked(i).unwrap_or_default();
    let dots = behind.iter().take(8).take_while(|b| **b == b'.').count();
    let rest = behind.get(dots..).unwrap_or_default();
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let run = dots + before.iter().rev().take(3).take_while(|b| **b == b'.').count();
    run >= 3 && rest.first().is_some_and(u8::is_ascii_lowercase)
}

/// Whether one word stands alone on the next line, or ends its sentence there.
pub(super) fn one_word(text: &str) -> bool {
    let rest = text.as_bytes().trim_ascii_start();
    let n = rest.iter().take(LETTERS).take_while(|b| b.is_ascii_alphabetic()).count();
    n > 0 && rest.get(n).is_none_or(|b| matches!(b, b'\r' | b'\n' | b'.' | b'!' | b'?' | b';'))
}

/// Whether [`one_word`] may tell so of a text that `bytes` begins with.
pub(super) fn may_be_one_word(bytes: &[u8]) -> bool {
    let rest = bytes.trim_ascii_start();
    let n = rest.iter().take(LETTERS).take_while(|b| b.is_ascii_alphabetic()).count();
    n > 0 && rest.get(n).is_none_or(|b| matches!(b, b'\r' | b'\n' | b'.' | b'!' | b'?' | b';' | 0x80..))
}

/// Length of the tag at the start of `text`, and whether it parts sentences.
pub(super) fn tag(text: &str) -> Option<(usize, bool)> {
    let bytes = text.as_bytes();
    let slash = usize::from(bytes.get(1) == Some(&b'/'));
    let name = bytes.get(1 + slash..)?;
    let name = name.get(..name.iter().take(12).take_while(|b| b.is_ascii_alphanumeric()).count())?;
    let next = bytes.get(1 + slash + name.len())?;
    if !name.first().is_some_and(u8::is_ascii_alphabetic)
        || !matches!(next, b' ' | b'\t' | b'\n' | b'/' | b'>')
    {
        return None;
    }
    let end = bytes.iter().take(TAG - 1).position(|b| *b == b'>')?;
    let inline = [&b"b"[..], b"i", b"em", b"strong", b"u", b"a", b"span", b"font", b"code", b"mark"];
    Some((end + 1, !inline.iter().any(|n| n.eq_ignore_ascii_case(name))))
}
