//! Tells a sentence from a fragment of SQL by its first words, before any token is read.
//!
//! The parser ends at two operands side by side, and a fragment of names and commas alone says nothing. What is told here
//! must be what the parser would find: in doubt the fragment is read. It is not asked of values with a backslash before a quote,
//! `q'` or the tag of a string between dollar signs, where reading a fragment tells the lexer how the next strings end.

use crate::detect::lex::sql::{Pairs, Parts, Short, Word, lookup, wide_blank, word_end};

/// Words and numbers looked at.
const MOST: usize = 8;
/// Bytes of a link before `#`.
const LINK: usize = 128;

/// A word as the lexer reads it too: nothing lies inside it, and it is no prefix of a string.
#[derive(Clone, Copy)]
struct Plain<'a> {
    word: &'a [u8],
    part: Word,
    end: usize,
}

impl Plain<'_> {
    fn is(&self, word: &[u8]) -> bool {
        self.word.eq_ignore_ascii_case(word)
    }
}

fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// The first byte from `at` on that is no blank.
fn skip(text: &[u8], at: usize) -> usize {
    at + text.get(at..).unwrap_or(&[]).iter().take_while(|b| **b <= b' ').count()
}

/// Whether the word that ends at `end` may go on behind an empty comment, a NUL byte or `<>`.
pub(super) fn is_cut(text: &[u8], end: usize) -> bool {
    match text.get(end) {
        Some(0) => true,
        Some(b'/') => byte(text, end + 1) == b'*',
        Some(b'<') => byte(text, end + 1) == b'>',
        _ => false,
    }
}

fn plain(text: &[u8], at: usize) -> Option<Plain<'_>> {
    if let Some(short) = Short::at(text, at) {
        let end = at + short.len;
        return Some(Plain { word: text.get(at..end)?, part: short.part(), end });
    }
    let first = byte(text, at);
    if !first.is_ascii_alphabetic() && (first < 0xA1 || wide_blank(text, at) > 0) {
        return None;
    }
    let end = word_end(text, at);
    let word = text.get(at..end)?;
    let ended = !is_cut(text, end) && !is_prefix(text, at, end);
    ended.then(|| Plain { word, part: lookup(word), end })
}

/// Whether the word is the prefix of a string: `N'...'`, `q'[...]'`.
fn is_prefix(text: &[u8], at: usize, end: usize) -> bool {
    matches!(byte(text, end), b'\'' | b'"')
        && end - at <= 2
        && matches!(byte(text, end - 1).to_ascii_lowercase(), b'n' | b'e' | b'b' | b'x' | b'q')
}

/// The end of a number in digits, with or without a point, and with a blank, comma, parenthesis, quote, percent sign, a slash and
/// a digit, or the end behind it.
fn number(text: &[u8], at: usize) -> Option<usize> {
    let digits =
        |at: usize| at + text.get(at..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii_digit()).count();
    let mut end = digits(at);
    if end == at {
        return None;
    }
    if byte(text, end) == b'.' {
        end = digits(end + 1);
    }
    let ended = match text.get(end) {
        None | Some(b' ' | b',' | b')' | b'%' | b'\'' | b'"' | b'\r' | b'\n' | b'\t') => true,
        Some(b'/') => byte(text, end + 1).is_ascii_digit(),
        _ => false,
    };
    ended.then_some(end)
}

/// The end of the string whose quote stands at `at`.
fn string(text: &[u8], at: usize) -> Option<usize> {
    let quote @ (b'"' | b'\'') = byte(text, at) else { return None };
    let mut end = at + 1;
    loop {
        end += memchr::memchr(quote, text.get(end..)?)? + 1;
        // A quote is doubled inside.
        if byte(text, end) != quote {
            return Some(end);
        }
        end += 1;
    }
}

/// Whether the text begins as a sentence or a list does.
pub(super) fn begins(text: &[u8]) -> bool {
    let at = skip(text, 0);
    let Some(first) = plain(text, at) else {
        return strings(text, at) || number(text, at).is_some() && operands(text, at, true);
    };
    match first.part {
        Word::Name | Word::Function | Word::Type | Word::Object | Word::Prefix | Word::Join => {
            operands(text, at, true) || is_link(text, at)
        }
        Word::And | Word::Or | Word::Xor | Word::Where | Word::Having => operands(text, first.end, false),
        // No fragment begins with these, or not so.
        Word::By | Word::On | Word::When | Word::Then | Word::Else => true,
        Word::Group | Word::Into | Word::In | Word::Is => ends(text, at, false),
        _ => false,
    }
}

/// Whether the text is names joined by slashes and, behind `#`, what is read as a comment: that says nothing at the beginning.
fn is_link(text: &[u8], at: usize) -> bool {
    // PERF: few texts have the sign near, and nothing but names before it.
    let near = text.get(at..).unwrap_or(&[]);
    let near = near.get(..LINK).unwrap_or(near);
    let Some(path) = memchr::memchr(b'#', near).and_then(|end| near.get(..end)) else { return false };
    if !path.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_')) {
        return false;
    }
    let mut at = at;
    for names in 1..MOST {
        let named =
            |word: &Plain<'_>| matches!(word.part, Word::Name | Word::Function | Word::Type | Word::Object);
        let Some(word) = plain(text, at).filter(named) else { return false };
        at = word.end + 1;
        match byte(text, word.end) {
            b'/' if byte(text, at).is_ascii_alphabetic() => {}
            b'#' => {
                let rest = text.get(at..).unwrap_or(&[]);
                let open = rest.first().is_some_and(u8::is_ascii_alphanumeric);
                return names > 1 && open && memchr::memchr2(b'\n', b'\r', rest).is_none();
            }
            _ => return false,
        }
    }
    false
}

/// Whether the text at `at` is strings in a list, and at most a word behind them.
fn strings(text: &[u8], at: usize) -> bool {
    let mut at = at;
    for _ in 0..MOST {
        let quote @ (b'"' | b'\'') = byte(text, at) else { return false };
        let Some(len) = memchr::memchr(quote, text.get(at + 1..).unwrap_or(&[])) else { return false };
        at = skip(text, at + len + 2);
        match text.get(at) {
            None => return true,
            Some(b',') => at = skip(text, at + 1),
            Some(b';') => {
                return plain(text, skip(text, at + 1)).is_some_and(|word| word.part == Word::Name);
            }
            Some(b'\'' | b'"') => return false,
            _ => return byte(text, at - 1) <= b' ' && plain(text, at).is_some() && ends(text, at, true),
        }
    }
    false
}

/// Whether the word or semicolon at `at`, with which a fragment in the middle of other text may begin, goes on as a sentence does:
/// `and all the others`, `where it is`, `order of the day`.
pub(super) fn goes_on(text: &[u8], at: usize) -> bool {
    if byte(text, at) == b';' {
        let next = plain(text, skip(text, at + 1));
        let begins = |part| matches!(part, Word::Statement | Word::Select | Word::Delay | Word::Tail);
        return next.is_some_and(|next| !begins(next.part));
    }
    let Some(word) = plain(text, at) else { return false };
    let next = || plain(text, skip(text, word.end)).filter(|_| byte(text, word.end) <= b' ');
    match word.part {
        Word::And | Word::Or | Word::Xor | Word::Where | Word::Having => operands(text, word.end, false),
        Word::Set => next().is_some_and(|n| !matches!(n.part, Word::Select | Word::Prefix)),
        Word::Group => next().is_some_and(|by| by.part != Word::By || orders_nothing(text, by.end)),
        Word::Into => next().is_some_and(|n| n.part != Word::Outfile),
        Word::Procedure => next().is_some_and(|n| !n.is(b"analyse")),
        Word::Statement => ![&b"exec"[..], b"execute", b"declare"].iter().any(|w| word.is(w)),
        _ => false,
    }
}

/// Whether the operands from `at` on end at a word that no operator is. With `first` a fragment begins at the first.
pub(super) fn operands(text: &[u8], at: usize, first: bool) -> bool {
    operands_behind(text, at, first, false, false)
}

/// Whether the operands from `at` on, behind `order by`, end so: in the middle of other text an order of names is nothing.
fn orders_nothing(text: &[u8], at: usize) -> bool {
    operands_behind(text, at, false, false, true)
}

/// The same, behind a parenthesis that nothing has opened if one was `closed`. The last word of an order may be followed by
/// what ends it if they are `ordered`.
fn operands_behind(text: &[u8], at: usize, first: bool, closed: bool, ordered: bool) -> bool {
    // Whether an operand is a constant, since the last word that joins operands.
    let (mut at, mut first, mut constant, mut closed) = (at, first, false, closed);
    for _ in 0..MOST {
        at = skip(text, at);
        let quoted = string(text, at).filter(|_| !first);
        if let Some(end) = quoted.or_else(|| number(text, at)) {
            (at, constant) = (end, true);
        } else {
            let Some(word) = plain(text, at) else { return false };
            let behind = byte(text, word.end);
            let open = byte(text, skip(text, word.end)) == b'(';
            match word.part {
                // Before an operand.
                Word::Prefix | Word::Not if !open && behind <= b' ' => {
                    (at, first) = (word.end, false);
                    continue;
                }
                // No operand is there.
                Word::Prefix | Word::Not if matches!(behind, b',' | b';') => return true,
                Word::Prefix | Word::Not if behind == b'.' => {
                    return !byte(text, word.end + 1).is_ascii_digit();
                }
                Word::Name | Word::Function | Word::Type | Word::Object | Word::Join if !open => {}
                Word::From
                | Word::Where
                | Word::In
                | Word::Is
                | Word::As
                | Word::On
                | Word::By
                | Word::When
                | Word::Then
                | Word::Else
                    if !first =>
                {
                    return true;
                }
                Word::Statement | Word::For if !first && !open => return true,
                _ => return false,
            }
            at = word.end;
            if byte(text, at) == b'.' {
                let Some(next) = plain(text, skip(text, at + 1)).filter(qualifies) else { return false };
                at = next.end;
            }
        }
        first = false;
        while byte(text, at) == b')' {
            (at, closed) = (at + 1, true);
        }
        let next = byte(text, at + 1);
        match byte(text, at) {
            b',' => at += 1,
            // Nothing stands before a string but an operator.
            b'\'' | b'"' => return !closed && quoted.is_none(),
            b'.' if !closed && quoted.is_some() => return !next.is_ascii_digit(),
            b':' => return !closed && !matches!(next, b':' | b'='),
            b'!' => return !closed && byte(text, skip(text, at + 1)).is_ascii_alphabetic(),
            // They calculate.
            b'%' => at += 1,
            b'/' if next.is_ascii_alphabetic() || constant && next.is_ascii_digit() => at += 1,
            b'\t'..=b' ' => {
                let behind = skip(text, at);
                match joint(text, behind) {
                    // What is joined goes on as this does: names that are compared with nothing.
                    Some(next) => (at, constant) = (next, false),
                    None if calculates(text, behind) => at = behind + 1,
                    None => {
                        let leads = (closed || quoted.is_some()) && leads(text, behind);
                        let tail = ordered && plain(text, behind).is_some_and(|word| word.part == Word::Tail);
                        return ends(text, behind, constant) && !leads && !tail;
                    }
                }
            }
            _ => return false,
        }
    }
    false
}

/// Whether `next` is a further name of a qualified one, for all that the parser knows; no fragment begins at it then.
fn qualifies(next: &Plain<'_>) -> bool {
    matches!(
        next.part,
        Word::Name
            | Word::Function
            | Word::Type
            | Word::Object
            | Word::Prefix
            | Word::Join
            | Word::In
            | Word::Is
            | Word::As
            | Word::On
            | Word::By
            | Word::For
            | Word::Not
            | Word::When
            | Word::Then
            | Word::From
    )
}

/// Whether a sign at `at` calculates with what stands behind a blank.
fn calculates(text: &[u8], at: usize) -> bool {
    matches!(byte(text, at), b'-' | b'+' | b'&' | b'*') && byte(text, at + 1) == b' '
}

/// Whether what stands at `at` may go on behind a string, or behind a parenthesis that nothing has opened.
fn leads(text: &[u8], at: usize) -> bool {
    plain(text, at).is_none_or(|word| word.part == Word::From)
}

/// Whether nothing of SQL goes on at `at`, behind a string that the value closes, with a parenthesis.
pub(super) fn closes(text: &[u8], at: usize) -> bool {
    let end = at + text.get(at..).unwrap_or(&[]).iter().take_while(|b| **b == b')').count();
    match byte(text, end) {
        b',' => operands_behind(text, end + 1, false, true, false),
        b'\t'..=b' ' => {
            let behind = skip(text, end);
            match joint(text, behind) {
                Some(next) => operands_behind(text, next, false, true, false),
                None => ends(text, behind, true) && !leads(text, behind),
            }
        }
        _ => false,
    }
}

/// Whether nothing of SQL goes on at `at`, behind a string that the value closes, with a sign that calculates.
pub(super) fn only_calculates(text: &[u8], at: usize) -> bool {
    calculates(text, at) && operands(text, at + 1, false)
}

/// The end of the word at `at`, if a further operand stands behind it and nothing is said by that.
fn joint(text: &[u8], at: usize) -> Option<usize> {
    let word = plain(text, at)?;
    let joins = matches!(word.part, Word::And | Word::Or | Word::Xor | Word::Where | Word::Having);
    joins.then_some(word.end)
}

/// Whether nothing of SQL goes on with what lies at `at`, behind an operand and a blank.
fn ends(text: &[u8], at: usize, numbers: bool) -> bool {
    let Some(word) = plain(text, at) else {
        return match byte(text, at) {
            b'\'' | b'"' => true,
            b'0'..=b'9' => number(text, at).is_some(),
            b'a'..=b'z' | b'A'..=b'Z' => is_prefix(text, at, word_end(text, at)),
            _ => false,
        };
    };
    let next = || plain(text, skip(text, word.end)).filter(|_| byte(text, word.end) <= b' ');
    match word.part {
        Word::Name | Word::Function | Word::Type | Word::Object | Word::Info | Word::Catalog => true,
        Word::Session | Word::Prefix | Word::Literal | Word::By | Word::When | Word::Then | Word::Else => {
            true
        }
        Word::On | Word::Join | Word::End | Word::Case | Word::From | Word::Outfile => true,
        Word::Sleep | Word::Leak | Word::Reach => true,
        // A statement may follow a constant at once.
        Word::Statement | Word::Select => !numbers && !super::parse::may_stack(word.word),
        Word::Tail => !word.is(b"collate") && !word.is(b"placing"),
        Word::In => next().is_some_and(|next| !next.is(b"boolean")),
        Word::Is => next().is_some_and(|n| !matches!(n.part, Word::Literal | Word::Prefix | Word::Not)),
        Word::Group => next().is_some_and(|next| next.part != Word::By),
        Word::Into => next().is_some_and(|next| next.part != Word::Outfile),
        _ => false,
    }
}

/// The parts with which the parser may go on behind a string.
const CONTINUING: [Word; 26] = [
    Word::And,
    Word::Or,
    Word::Xor,
    Word::Set,
    Word::Select,
    Word::Where,
    Word::Having,
    Word::Group,
    Word::Limit,
    Word::Procedure,
    Word::Into,
    Word::Compare,
    Word::In,
    Word::Between,
    Word::Is,
    Word::Postfix,
    Word::Arith,
    Word::Not,
    Word::As,
    Word::For,
    Word::Tail,
    Word::Delay,
    Word::Statement,
    Word::Sleep,
    Word::Leak,
    Word::Reach,
];
static CONTINUES: Pairs = Pairs::of(&CONTINUING);

/// Whether a word may be one with which the parser goes on behind a string: `short`, if it is that, or one that begins with `letters`.
#[inline]
pub(super) fn may_continue(short: Option<Short>, letters: &[u8; 2]) -> bool {
    const PARTS: Parts = Parts::of(&CONTINUING);
    match short {
        Some(word) => PARTS.hold(word.part()),
        None => CONTINUES.may_hold(letters),
    }
}

/// The parts that begin a statement behind a semicolon.
const BEGINNING: [Word; 4] = [Word::Statement, Word::Select, Word::Delay, Word::Tail];
static BEGINS: Pairs = Pairs::of(&BEGINNING);

/// Whether a word may begin a statement behind a semicolon: `short`, if it is that, or one that begins with `letters`.
#[inline]
pub(super) fn may_begin_statement(short: Option<Short>, letters: &[u8; 2]) -> bool {
    const PARTS: Parts = Parts::of(&BEGINNING);
    match short {
        Some(word) => PARTS.hold(word.part()),
        None => BEGINS.may_hold(letters),
    }
}

/// Whether the parser would go on with `word`, which ends at `end`, right behind a string that the value closes.
pub(super) fn continues(text: &[u8], word: &[u8], end: usize, first: bool) -> bool {
    // PERF: most words are told by their first letters.
    if !CONTINUES.may_hold(word) {
        return false;
    }
    let next = || plain(text, skip(text, end)).filter(|_| byte(text, end) <= b' ');
    match lookup(word) {
        Word::Name | Word::Function | Word::Type | Word::Object | Word::Info | Word::Catalog => false,
        Word::Session | Word::Prefix | Word::Literal | Word::By | Word::When | Word::Then | Word::Else => {
            false
        }
        Word::On | Word::Join | Word::End | Word::Case | Word::From | Word::Outfile => false,
        Word::Sleep | Word::Leak | Word::Reach => first,
        Word::Statement => super::parse::may_stack(word),
        Word::Tail => [&b"collate"[..], b"placing"].iter().any(|w| word.eq_ignore_ascii_case(w)),
        Word::And | Word::Or | Word::Xor | Word::Where | Word::Having => !operands(text, end, false),
        Word::Not => match next() {
            Some(n) => matches!(n.part, Word::Compare | Word::In | Word::Between | Word::Literal),
            // A comment may lie before the next word.
            None => byte(text, end) != b'/' || byte(text, end + 1) == b'*',
        },
        Word::In => next().is_none_or(|next| next.is(b"boolean")),
        Word::Is => next().is_none_or(|n| matches!(n.part, Word::Literal | Word::Prefix | Word::Not)),
        Word::Group => next().is_none_or(|next| next.part == Word::By),
        Word::Into => next().is_none_or(|next| next.part == Word::Outfile),
        Word::As => next().is_none_or(|next| !names(text, &next)),
        Word::For => next().is_none_or(|n| !matches!(n.part, Word::Name | Word::Function | Word::Object)),
        _ => true,
    }
}

/// Whether `word` is the other name of an operand and nothing of SQL goes on behind it. A type may go on with another.
fn names(text: &[u8], word: &Plain<'_>) -> bool {
    matches!(word.part, Word::Name | Word::Function | Word::Object | Word::Is | Word::In | Word::On)
        && match byte(text, word.end) {
            b'\'' | b'"' => true,
            b'\t'..=b' ' => ends(text, skip(text, word.end), false),
            _ => false,
        }
}

/// Whether a query may begin at `at`, behind a parenthesis.
pub(super) fn opens_query(text: &[u8], at: usize) -> bool {
    let at = skip(text, at);
    match plain(text, at) {
        Some(word) => word.part == Word::Select,
        None => !byte(text, at).is_ascii_digit(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::lex::sql::words;

    #[test]
    fn an_order_of_names_is_a_sentence() {
        for text in
            ["order by phone the day before", "Order by noon and it's there", "group by size. All of them"]
        {
            assert!(goes_on(text.as_bytes(), 0), "{text}");
        }
        for text in
            ["order by price desc limit 3", "order by price, name desc", "order by 3 --", "order by sleep(3)"]
        {
            assert!(!goes_on(text.as_bytes(), 0), "{text}");
        }
    }

    #[test]
    fn links_and_fractions_begin_nothing() {
        for text in
            ["guide/garden#mixing-2", "1/2\"", "19\" and wider", "then what", "order of the day", "is it so"]
        {
            assert!(begins(text.as_bytes()), "{text}");
        }
        for text in [
            "guide#x",
            "guide/garden#\nor 1=1",
            "1/2",
            "1/(2)",
            "order by 3",
            "in (3)",
            "guide/garden/*#*/",
            "a/b#>c",
        ] {
            assert!(!begins(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn words_that_go_on_are_known_by_their_first_letters() {
        let names = ["dbms_any", "utl_any", "xp_any"].into_iter();
        for word in words().chain(names) {
            let passed = matches!(
                lookup(word.as_bytes()),
                Word::Name
                    | Word::Function
                    | Word::Type
                    | Word::Object
                    | Word::Info
                    | Word::Catalog
                    | Word::Session
                    | Word::Prefix
                    | Word::Literal
                    | Word::By
                    | Word::When
                    | Word::Then
                    | Word::Else
                    | Word::On
                    | Word::Join
                    | Word::End
                    | Word::Case
                    | Word::From
                    | Word::Outfile
            );
            assert!(passed || CONTINUES.may_hold(word.as_bytes()), "{word}");
        }
    }
}
