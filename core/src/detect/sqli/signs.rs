//! Signs of SQL that lie side by side, and words before parentheses, each told by a look at the whole text, before a word of it is read.

use crate::bytes::{Triples, Wake, has_pair, table};
use crate::detect::lex::find;
use crate::detect::lex::sql::{Word, is_word, lookup, may_open, word_end};
use crate::detect::{Groups, Value};

/// Most bytes of a comment that cuts a word, as [`joined`](crate::detect::lex::sql::joined) reads it.
const COMMENT: usize = 34;

/// Which signs stand side by side somewhere.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Company {
    /// A statement may begin behind a semicolon.
    pub statement: bool,
    /// `||`
    pub pipes: bool,
    /// `&&`
    pub amps: bool,
    /// A word may be cut in pieces, by `<>` or a comment.
    pub cut: bool,
    /// A string may begin whose first sign says what closes it: `q'[..]'`.
    pub choice: bool,
    /// A word may be glued to the suffix of a number: `1dor`.
    pub suffix: bool,
}

/// Where one of them may stand.
static COMPANY: Triples = Triples::NONE
    .with(0, [b"qQ", b"'\"", b""])
    .with(1, [b"|", b"|", b""])
    .with(2, [b"&", b"&", b""])
    .with(3, [b"<", b">", b""])
    .with(4, [b"/", b"*", b""])
    .with(5, [b";", b"", b""])
    .with(6, [b"0123456789", b"dDfF", b""]);

/// Kinds of byte without which none does.
const KINDS: Wake =
    Wake::QUOTE.or(Wake::PIPE).or(Wake::AMPERSAND).or(Wake::LESS).or(Wake::STAR).or(Wake::SEMICOLON);

impl Company {
    /// What stands in `text`, whose kinds of byte are `wake`; `begins` tells whether a statement may begin at a place. Suffixes
    /// are looked for if some word is `glued`.
    pub fn of(text: &[u8], wake: Wake, glued: bool, begins: impl Fn(usize) -> bool) -> Company {
        let mut company = Company::default();
        if wake.any(KINDS) || glued && wake.any(Wake::DIGIT) {
            COMPANY.places(text).for_each(|at| company.note(text, at, &begins));
        }
        company
    }

    /// Notes what stands at `at`.
    fn note(&mut self, text: &[u8], at: usize, begins: &impl Fn(usize) -> bool) {
        let next = text.get(at + 1).copied();
        match text.get(at) {
            Some(b';') => self.statement = self.statement || begins(at + 1),
            Some(b'|') => self.pipes |= next == Some(b'|'),
            Some(b'&') => self.amps |= next == Some(b'&'),
            Some(b'<') => self.cut = self.cut || next == Some(b'>') && may_cut(text, at),
            Some(b'q' | b'Q') => self.choice |= matches!(next, Some(b'\'' | b'"')),
            Some(b'0'..=b'9') => self.suffix = self.suffix || is_glued(text, at),
            Some(b'/') => self.cut = self.cut || next == Some(b'*') && is_within(text, at),
            _ => {}
        }
    }
}

/// Whether the signs `<>` at `at` stand behind a word, which may go on behind them: between numbers they compare.
pub(super) fn may_cut(text: &[u8], at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default().iter().rev();
    before.take_while(|b| is_word(**b)).any(|b| !b.is_ascii_digit())
}

/// Whether the comment at `at` stands behind a word that may go on right behind it, or at the beginning: names of files
/// (`src/*`) do not.
pub(super) fn is_within(text: &[u8], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).and_then(|at| text.get(at)) else { return true };
    let inside = || text.get(at + 2..(at + COMMENT).min(text.len())).unwrap_or_default();
    let end = || memchr::memmem::find(inside(), b"*/").map(|inside| at + 4 + inside);
    is_word(*before) && end().and_then(|end| text.get(end)).is_some_and(|b| is_word(*b))
}

/// Whether the digit at `at` has the suffix of a number behind it, and a word that is known: `1dor`.
pub(super) fn is_glued(text: &[u8], at: usize) -> bool {
    let Some([b'd' | b'D' | b'f' | b'F', first, ..]) = text.get(at + 1..) else { return false };
    let word = || text.get(at + 2..word_end(text, at + 2)).unwrap_or_default();
    first.is_ascii_alphabetic() && may_open(word()) && lookup(word()) != Word::Name
}

/// Whether fragments in the middle of `value`, in which no word is cut, are of numbers, names and operators: with neither a call
/// nor a string, a comment or a word of clauses and statements.
pub(super) fn is_plain(value: &Value<'_>) -> bool {
    let signs = Wake::QUOTE.or(Wake::PAREN).or(Wake::SEMICOLON).or(Wake::STAR).or(Wake::HASH).or(Wake::AT);
    let signs = signs.or(Wake::DOLLAR).or(Wake::BACKSLASH).or(Wake::CONTROL);
    let words = Groups::SQL_OPENING.or(Groups::SQL_HINT).or(Groups::SQL_GLUED);
    !value.wake.any(signs) && !value.words.any(words) && !has_pair(value.bytes, *b"--")
}

/// Whether two dollar signs stand with at most a name between them, as at the end of a string of PostgreSQL: prices do not.
///
/// PERF: before most stands a blank, which tells that no name does.
pub(super) fn has_tag(text: &[u8]) -> bool {
    TAGGED.places(text).any(|last| {
        let before = text.get(..last + 1).unwrap_or_default();
        let name = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
        before.iter().rfind(|b| !name(b)) == Some(&b'$')
    })
}

/// Dollar signs behind a byte of a name, as [`has_tag`] takes it, behind a sign in the same columns of the code table, or behind
/// another.
static TAGGED: Triples = {
    let (mut names, mut b) = ([b'0'; 80], 0);
    while b < names.len() {
        names[b] = b'0' + b as u8;
        b += 1;
    }
    Triples::NONE.with(0, [&names, b"$", b""]).with(1, [b"$", b"$", b""])
};

/// Whether a comment begins behind a byte that is one `of`.
pub(super) fn has_comment(text: &[u8], of: impl Fn(u8) -> bool) -> bool {
    memchr::memchr_iter(b'*', text).any(|star| {
        let before = text.get(..star).and_then(|t| t.strip_suffix(b"/"));
        before.is_some_and(|b| b.last().is_none_or(|b| of(*b)))
    })
}

/// Whether a word of SQL may stand before a parenthesis.
pub(super) fn may_call(text: &[u8]) -> bool {
    let apart = |at: Option<usize>| at.and_then(|at| text.get(at)).is_some_and(|b| APART[usize::from(*b)]);
    find::places(text, b'(').any(|open| {
        // PERF: before nearly every one of a flood stands no word, or a single letter.
        let single = text.get(open.wrapping_sub(1)).is_some_and(u8::is_ascii_alphanumeric);
        let none = apart(open.checked_sub(1)) | single & apart(open.checked_sub(2));
        !none && calls(text, open)
    })
}

/// Bytes that are of no word, and no blanks that may stand behind one.
static APART: [bool; 256] = table!(b => b > b' ' && b < 0x80 && b != b'+' && !is_word(b));

/// The same of the parenthesis at `open`.
fn calls(text: &[u8], open: usize) -> bool {
    let before = text.get(..open).unwrap_or(&[]);
    let blanks = before.iter().rev().take_while(|b| matches!(b, 0..=b' ' | b'+')).count();
    let before = before.get(..open - blanks).unwrap_or(&[]);
    let word = before.iter().rev().take(48).take_while(|b| is_word(**b)).count();
    let word = before.get(before.len() - word..).unwrap_or(&[]);
    match word {
        _ if word.iter().all(u8::is_ascii_digit) => before.last().is_some_and(|b| *b >= 0x80),
        [b'0'..=b'9' | b'$' | 0x80.., ..] => true,
        _ => word.contains(&b'$') || word.iter().any(|b| *b >= 0x80) || lookup(word) != Word::Name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::detect::lex::sql::{joined, openings};
    use crate::detect::sqli::spots::{self, Look, Spots};
    use proptest::prelude::*;

    #[test]
    fn every_word_behind_the_suffix_of_a_number_is_told() {
        let words = openings().map(str::to_owned).chain(["7".to_owned(), "x".to_owned(), "the".to_owned()]);
        for word in words {
            for suffix in ["d", "D", "f", "F"] {
                let text = format!("7{suffix}{word} (1");
                let mut spots = Spots::within(text.as_bytes(), 0, text.len(), Look::every(false));
                let spot = spots.any(|spot| spot.kind == spots::Kind::Word);
                assert!(is_glued(text.as_bytes(), 0) || !spot, "{text}");
            }
        }
        assert!(is_glued(b"1dor 1", 0) && is_glued(b"12Funion", 1) && !is_glued(b"5dx or", 0));
    }

    proptest! {
        #[test]
        fn calls_are_told_as_each_is_alone(
            parts in prop::collection::vec(
                prop::sample::select(&["(", "(", "a", "7", "$", "_", "+", " ", "\0", ")", "\u{a0}", "\u{e9}", "if", "sleep", "x1", "'"][..]),
                0..12,
            ),
        ) {
            let text = parts.concat();
            let text = text.as_bytes();
            let each = (0..text.len()).any(|at| text[at] == b'(' && calls(text, at));
            prop_assert_eq!(may_call(text), each, "{}", text.escape_ascii());
        }

        #[test]
        fn tags_are_names_between_dollar_signs(
            parts in prop::collection::vec(prop::sample::select(&["$", "$", "a", "Z9", "_", "-", "@", "{", " ", "\u{e9}", "long_name"][..]), 0..12),
        ) {
            let text = parts.concat();
            let name = |part: &str| part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
            // The first part has no sign before it, the last none behind.
            let mut between = text.split('$').skip(1).collect::<Vec<_>>();
            between.pop();
            prop_assert_eq!(has_tag(text.as_bytes()), between.into_iter().any(name), "{}", text);
        }

        #[test]
        fn company_is_told_wherever_it_stands(
            parts in prop::collection::vec(prop::sample::select(
                &["the", " ", "q", "Q'", "'", "\"", "|", "||", "&", "&&", "<", ">", "<>", "<>", "/", "*", "/*", "*/", "or", ";", "; x", "1", "12<>3", "d", "F", "\u{e9}", "                              "][..]
            ), 0..60),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let company = Company::of(bytes, wake(bytes), true, |at| bytes.get(at..at + 2) == Some(b" x"));
            let choice = bytes.windows(2).any(|w| matches!(w, [b'q' | b'Q', b'\'' | b'"']));
            let expected = Company {
                statement: text.contains("; x"),
                pipes: has_pair(bytes, *b"||"),
                amps: has_pair(bytes, *b"&&"),
                cut: memchr::memmem::find_iter(bytes, b"<>").any(|at| may_cut(bytes, at))
                    || memchr::memmem::find_iter(bytes, b"/*").any(|at| is_within(bytes, at)),
                choice,
                suffix: (0..bytes.len()).any(|at| bytes[at].is_ascii_digit() && is_glued(bytes, at)),
            };
            prop_assert_eq!(company, expected, "{}", text);
        }

        #[test]
        fn comments_that_may_cut_no_word_cut_none(
            parts in prop::collection::vec(prop::sample::select(
                &["un", "/*", "/**/", "/**/", "*/", "ion", "se", "lect", "1", "!50000", "_", "$", " ", "/", "*", "=", "\u{e9}", "a comment so long as none is read"][..]
            ), 0..20),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            for end in memchr::memmem::find_iter(bytes, b"/*").filter(|end| !is_within(bytes, *end)) {
                for start in (0..end).filter(|at| word_end(bytes, *at) == end) {
                    prop_assert_eq!(joined(bytes, start, end), None, "{} at {}", text, start);
                }
            }
        }

        #[test]
        fn signs_that_may_cut_no_word_cut_none(
            parts in prop::collection::vec(prop::sample::select(
                &["un", "<>", "<>", "ion", "se", "lect", "1", "23", "md", "5", "_", "$", " ", "|", "=", "\u{e9}", "/**/"][..]
            ), 0..20),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            for end in memchr::memmem::find_iter(bytes, b"<>").filter(|end| !may_cut(bytes, *end)) {
                let digit = |at: &usize| bytes[*at].is_ascii_digit();
                for start in (0..end).filter(|at| word_end(bytes, *at) == end && !digit(at)) {
                    prop_assert_eq!(joined(bytes, start, end), None, "{} at {}", text, start);
                }
            }
        }
    }
}
