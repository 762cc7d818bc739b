//! Tells words of SQL that go on as a sentence does by the two words behind them, without looking for the end of any.
//!
//! What is told here, [`spots`](super::spots) and [`prose`](super::prose) would tell, too, of a text in which no word is cut in
//! pieces.

use super::spots::{FIRSTS, SECONDS};
use crate::bytes::letters_of;
use crate::detect::lex::sql::{Pairs, Parts, Short, Word, is_word, lookup};

/// Bytes that are looked at.
const NEAR: usize = 48;

/// What a condition begins with, and what then follows a name of it, for which the joining word is read.
const FIRST: Parts = Parts::of(&FIRSTS);
const SECOND: Parts = Parts::of(&SECONDS);

/// The parts that no operand is.
const NO_OPERANDS: Parts = Parts::of(&[
    Word::And,
    Word::Or,
    Word::Xor,
    Word::Not,
    Word::Compare,
    Word::Between,
    Word::In,
    Word::Is,
    Word::Postfix,
    Word::Arith,
    Word::Set,
    Word::Select,
    Word::From,
    Word::Where,
    Word::Having,
    Word::Group,
    Word::By,
    Word::Limit,
    Word::Into,
    Word::Outfile,
    Word::Procedure,
    Word::For,
    Word::As,
    Word::On,
    Word::Prefix,
    Word::Case,
    Word::When,
    Word::Then,
    Word::Else,
    Word::End,
    Word::Literal,
    Word::Session,
    Word::Tail,
    Word::Delay,
    Word::Statement,
    Word::Sleep,
    Word::Leak,
    Word::Reach,
    Word::Info,
    Word::Catalog,
]);

/// The parts with which an expression may go on behind an operand.
const OPERATORS: Parts = Parts::of(&[
    Word::And,
    Word::Or,
    Word::Xor,
    Word::Not,
    Word::Compare,
    Word::Between,
    Word::In,
    Word::Is,
    Word::Postfix,
    Word::Arith,
    Word::Set,
    Word::Select,
    Word::Where,
    Word::Having,
    Word::Group,
    Word::Limit,
    Word::Into,
    Word::Procedure,
    Word::For,
    Word::As,
    Word::Tail,
    Word::Delay,
    Word::Statement,
]);

/// What goes on behind `union`, and behind `into`.
static UNITED: Pairs = Pairs::of(&[Word::Select, Word::Prefix]);
static WRITTEN: Pairs = Pairs::of(&[Word::Outfile]);

/// The parts that may open a fragment before a word.
const OPENING: [Word; 11] = [
    Word::And,
    Word::Or,
    Word::Xor,
    Word::Set,
    Word::Select,
    Word::Delay,
    Word::Having,
    Word::Where,
    Word::Group,
    Word::Procedure,
    Word::Into,
];
static OPENS_BEFORE_WORD: Pairs = Pairs::of(&OPENING);

/// Those that may before anything.
const OPENS: Parts =
    Parts::of(&OPENING).or(Parts::of(&[Word::Sleep, Word::Leak, Word::Reach, Word::Statement]));

/// Whether these are the first letters of `exec`, `execute` or `declare`, the statements that may.
#[inline]
fn may_run(first: u8, second: u8) -> bool {
    matches!([first | 0x20, second | 0x20], [b'e', b'x'] | [b'd', b'e'])
}

/// The end of the letters at `at`.
#[inline]
fn end_of_letters(near: &[u8; NEAR], at: usize) -> Option<usize> {
    let mut end = at;
    loop {
        match letters_of(*near.get(end..)?.first_chunk()?) {
            8 => end += 8,
            count => return Some(end + count),
        }
    }
}

/// The part of the word of letters at `at`, and its end.
#[inline]
fn word(near: &[u8; NEAR], at: usize) -> Option<(Word, usize)> {
    let word = Short::of(*near.get(at..)?.first_chunk()?);
    if !word.is_long() {
        return Some((word.part(), at + word.len));
    }
    let end = end_of_letters(near, at + word.len)?;
    Some((lookup(near.get(at..end)?), end))
}

/// Whether the word at `at` is of SQL together with what is joined to it alone, or joins, orders or unites, and goes on as a sentence
/// does: no fragment begins there.
#[inline]
pub(super) fn goes_on(text: &[u8], at: usize) -> bool {
    // What stands right before a word may belong to it.
    if at > 0 && text.get(at - 1).is_none_or(|before| is_word(*before)) {
        return false;
    }
    let Some(near) = text.get(at..).and_then(|rest| rest.first_chunk()) else { return false };
    is_sentence(near).unwrap_or(false)
}

/// The same of a word that `near` begins with. None if too little is there to tell.
#[inline]
fn is_sentence(near: &[u8; NEAR]) -> Option<bool> {
    let word = Short::of(*near.first_chunk()?);
    let (len, part) = (word.len, if word.is_long() { Word::Name } else { word.part() });
    let &[b' ', first, second, third, ..] = near.get(len..)? else {
        // PERF: `file` and `system` are known for what may be joined to them.
        return Some(!OPENS.hold(part) && Short::at(near, 0).is_some());
    };
    let pair = [first, second];
    // A letter with a quote behind it may begin a string.
    let plain =
        || first.is_ascii_alphabetic() && !matches!(second, b'\'' | b'"') && !matches!(third, b'\'' | b'"');
    match part {
        Word::And | Word::Or | Word::Xor => joins(near, len + 1, true),
        Word::Where | Word::Having => joins(near, len + 1, false),
        Word::Group if pair.eq_ignore_ascii_case(b"by") => match third {
            b' ' => joins(near, len + 4, false),
            _ => Some(false),
        },
        Word::Group => Some(first.is_ascii_alphabetic()),
        Word::Set => Some(plain() && !UNITED.may_hold(&pair)),
        Word::Into => Some(plain() && !WRITTEN.may_hold(&pair)),
        _ if !OPENS.hold(part) && !word.is_long() => Some(true),
        // PERF: names of functions, statements, and what only has the bits of a known word.
        _ => {
            let [a, b, ..] = *near;
            Some(first.is_ascii_alphabetic() && !OPENS_BEFORE_WORD.may_hold(&[a, b]) && !may_run(a, b))
        }
    }
}

/// Whether an operand at `at`, behind a word that joins conditions, is compared with nothing. If `tells`, the word behind the operand
/// has to be one that compares, or the joining word begins nothing.
#[inline]
fn joins(near: &[u8; NEAR], at: usize, mut tells: bool) -> Option<bool> {
    let mut from = at;
    let (mut end, mut name) = if near.get(at)?.is_ascii_alphabetic() {
        let (part, end) = word(near, at)?;
        (end, Some(part))
    } else {
        let number = |at: usize| Some(at + near.get(at..)?.iter().take_while(|b| b.is_ascii_digit()).count());
        let end = number(at)?;
        if end == at {
            return Some(false);
        }
        (if near.get(end) == Some(&b'.') { number(end + 1)? } else { end }, None)
    };
    // The first word of the next sentence stands where a name would that goes on with this one.
    if let Some(ended) = name.filter(|_| near.get(end..end + 2) == Some(b". ")) {
        from = end + 2;
        let (part, behind) = word(near, from)?;
        if behind == from || NO_OPERANDS.hold(ended) {
            return Some(false);
        }
        (name, end, tells) = (Some(part), behind, false);
    }
    let begins = || tells && name.is_some_and(|name| !FIRST.hold(name));
    let operand = || name.is_none_or(|name| !NO_OPERANDS.hold(name));
    let [behind, third] = *near.get(end..)?.first_chunk()?;
    Some(match behind {
        b' ' if third.is_ascii_alphabetic() => {
            let (next, end) = word(near, end + 1)?;
            if near.get(end).is_none_or(|b| is_word(*b)) {
                return None;
            }
            !SECOND.hold(next) && begins() || !OPERATORS.hold(next) && operand()
        }
        b' ' => third.is_ascii_digit() && begins(),
        b',' | b';' | b'?' | b')' | b':' => begins(),
        b'\'' | b'"' => {
            begins() || name.is_some() && operand() && near.get(from..end).is_some_and(stands_before_string)
        }
        _ => false,
    })
}

/// Whether a string begins behind a word, which is not of it, as a letter or two may be.
#[inline]
fn stands_before_string(word: &[u8]) -> bool {
    word.len() > 2 || word.last().is_some_and(|last| !b"nebxq".contains(&last.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::lex::sql::word_end;
    use crate::detect::sqli::{prose, spots};
    use proptest::prelude::*;

    #[test]
    fn sentences_go_on() {
        for text in [
            "and the chairs arrived yesterday",
            "or from the shop, whichever is nearer",
            "and takes 6 people at a time, or more",
            "where 3 chairs cost as much as two",
            "where it says so, on the other page",
            "order the raised bed for the garden",
            "union of both clubs was decided by",
            "into the garden, and out of it again",
            "or 33.53 without the tax on it, say",
            "and it's there tomorrow, or later on",
            "order by phone the day before, or call",
            "system of pipes below the house, and so on",
            "and summer. The chairs arrived yesterday",
            "where I'd go, and what I'd do there then",
        ] {
            assert!(goes_on(format!("{text:60}").as_bytes(), 0), "{text}");
        }
        for text in [
            "and 3 = 3 -- and so on, for a while",
            "and x like 'y' and what not, or what",
            "or not exists(select 1 from t where",
            "union all select 1,2,3 from a where",
            "order by 3 -- and so on, for a while",
            "order by price desc limit 3 -- and so",
            "sleep (3) and so on and so on, for a",
            "and user. The chairs arrived yesterday,",
            "and t.x = 3 and so on, for a long while",
            "where n'x' = 'x' and so on, and so forth",
            "into outfile '/tmp/x' and so on here",
            "where true or something else than it",
        ] {
            assert!(!goes_on(format!("{text:60}").as_bytes(), 0), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_told_is_told_word_by_word_too(
            word in prop::sample::select(&["and", "OR", "xor", "where", "Having", "order", "group", "union", "except", "minus", "into", "order by", "system", "table", "Sleep", "file", "select", "drop", "exec", "declare", "update", "xp", "user", "waitfor", "procedure"][..]),
            parts in prop::collection::vec(
                (
                    prop::sample::select(&[
                        "and", "or", "union", "select", "where", "by", "set", "into", "all", "in", "is", "not", "like", "the",
                        "it", "s", "n", "en", "e", "a", "of", "x", "3", "5d", "2", "1.5", "chairs", "outfile", "neighbourhood", "null", "user",
                        "count", "table", "between", "as", "for", "asc", "drop", "limit", "sounds", "regexp", "mod", "isnull", "from", "xp_x", "",
                    ][..]),
                    prop::sample::select(&[
                        " ", " ", " ", " ", " ", "'", "' ", "\"", "; ", ", ", ". ", "(", ") ", " = ", "=", "_", "$", "-", "#", ". ", ". ", "\u{e9}", "\u{3000}",
                        "1", "+", "? ", "! ", ": ", "::", " . ", " (", " '",
                    ][..]),
                ),
                0..8,
            ),
        ) {
            let text: String = parts.iter().flat_map(|(a, b)| [*a, *b]).collect();
            let text = format!("{word} {text}{:60}", "");
            let text = text.as_bytes();
            if goes_on(text, 0) {
                let word = &text[..word_end(text, 0)];
                prop_assert!(
                    !spots::opens(text, 0, word, &mut false) || prose::goes_on(text, 0),
                    "{}", String::from_utf8_lossy(text)
                );
            }
        }
    }
}
