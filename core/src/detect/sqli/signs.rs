//! Signs of SQL that lie side by side, each told by a look at the whole text, before a word of it is read.

/// Whether the end of a number, its suffix and the beginning of a word stand side by side.
pub(super) fn has_suffix(text: &[u8]) -> bool {
    // PERF: looks at every three bytes and so becomes vector code.
    let (next, last) = (text.get(1..).unwrap_or_default(), text.get(2..).unwrap_or_default());
    let three = text.iter().zip(next).zip(last);
    three.fold(0, |found, ((a, b), c)| {
        let suffix = u8::from(b | 0x20 == b'd') | u8::from(b | 0x20 == b'f');
        found | u8::from(a.is_ascii_digit()) & suffix & u8::from(c.is_ascii_alphabetic())
    }) != 0
}

/// Whether two dollar signs stand with at most a name between them, as at the end of a string of PostgreSQL: prices do not.
pub(super) fn has_tag(text: &[u8]) -> bool {
    let mut before = None;
    memchr::memchr_iter(b'$', text).any(|at| {
        let name = before.replace(at).and_then(|before: usize| text.get(before + 1..at));
        name.is_some_and(|name| name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'_'))
    })
}

/// Whether a string may begin whose first sign says what closes it: `q'[..]'`.
pub(super) fn has_choice(text: &[u8]) -> bool {
    // PERF: looks at every pair and so becomes vector code.
    let next = text.get(1..).unwrap_or_default();
    text.iter().zip(next).fold(0, |found, (a, b)| {
        found | u8::from(a | 0x20 == b'q') & (u8::from(*b == b'\'') | u8::from(*b == b'"'))
    }) != 0
}

/// Whether a comment begins behind a byte that is one `of`.
pub(super) fn has_comment(text: &[u8], of: impl Fn(u8) -> bool) -> bool {
    memchr::memchr_iter(b'*', text).any(|star| {
        let before = text.get(..star).and_then(|t| t.strip_suffix(b"/"));
        before.is_some_and(|b| b.last().is_none_or(|b| of(*b)))
    })
}
