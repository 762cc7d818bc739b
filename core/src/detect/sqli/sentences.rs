//! Tells words of SQL that go on as a sentence does by the two words behind them, without looking for the end of any.
//!
//! What is told here, [`spots`](super::spots) and [`prose`](super::prose) would tell, too, of a text in which no word is cut in
//! pieces.

use super::spots::{FIRSTS, SECONDS};
use crate::bytes::letters_of;
use crate::detect::lex::sql::{Pairs, Word, is_word, lookup};

/// Bytes that are looked at.
const NEAR: usize = 48;

/// The words of some parts.
#[derive(Debug)]
struct Parts {
    pairs: Pairs,
    /// A bit for each part.
    of: u64,
}

impl Parts {
    const fn of(parts: &[Word]) -> Parts {
        let (mut of, mut i) = (0, 0);
        while i < parts.len() {
            of |= 1 << parts[i] as u8;
            i += 1;
        }
        Parts { pairs: Pairs::of(parts), of }
    }

    /// PERF: most words are told by their first letters.
    #[inline]
    fn hold(&self, word: &[u8]) -> bool {
        self.pairs.may_hold(word) && self.of >> lookup(word) as u8 & 1 != 0
    }
}

/// What a condition begins with, and what then follows a name of it, for which the joining word is read.
static FIRST: Parts = Parts::of(&FIRSTS);
static SECOND: Parts = Parts::of(&SECONDS);

/// The parts that no operand is.
static NO_OPERANDS: Parts = Parts::of(&[
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
static OPERATORS: Parts = Parts::of(&[
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
static OPENING: Pairs = Pairs::of(&[
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
]);

/// Whether these are the first letters of `exec`, `execute` or `declare`, the statements that may.
#[inline]
fn may_run(first: u8, second: u8) -> bool {
    matches!([first | 0x20, second | 0x20], [b'e', b'x'] | [b'd', b'e'])
}

/// The letters of a short word as a number.
const fn key(word: &[u8]) -> u64 {
    let (mut key, mut i) = (0, 0);
    while i < word.len() {
        key |= (word[i] as u64) << (8 * i);
        i += 1;
    }
    key
}

const AND: u64 = key(b"and");
const OR: u64 = key(b"or");
const XOR: u64 = key(b"xor");
const WHERE: u64 = key(b"where");
const HAVING: u64 = key(b"having");
const ORDER: u64 = key(b"order");
const GROUP: u64 = key(b"group");
const UNION: u64 = key(b"union");
const EXCEPT: u64 = key(b"except");
const MINUS: u64 = key(b"minus");
const INTO: u64 = key(b"into");

/// The letters at `at`, in lower case, and how many they are, up to 8.
#[inline]
fn letters(near: &[u8; NEAR], at: usize) -> Option<(u64, usize)> {
    let eight = near.get(at..)?.first_chunk::<8>()?;
    let count = letters_of(*eight);
    let lower = u64::from_le_bytes(*eight) | 0x2020_2020_2020_2020;
    Some((lower & u64::MAX.unbounded_shr(64 - 8 * count as u32), count))
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

/// Whether the word at `at` is one of SQL that joins, orders or unites, and goes on as a sentence does: no fragment begins there.
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
    let (word, len) = letters(near, 0)?;
    let &[b' ', first, second, third, ..] = near.get(len..)? else { return Some(false) };
    let pair = [first, second];
    // A letter with a quote behind it may begin a string.
    let plain =
        || first.is_ascii_alphabetic() && !matches!(second, b'\'' | b'"') && !matches!(third, b'\'' | b'"');
    match word {
        AND | OR | XOR => joins(near, len + 1, true),
        WHERE | HAVING => joins(near, len + 1, false),
        ORDER | GROUP if pair.eq_ignore_ascii_case(b"by") => match third {
            b' ' => joins(near, len + 4, false),
            _ => Some(false),
        },
        ORDER | GROUP => Some(first.is_ascii_alphabetic()),
        UNION | EXCEPT | MINUS => Some(plain() && !UNITED.may_hold(&pair)),
        INTO => Some(plain() && !WRITTEN.may_hold(&pair)),
        // PERF: names of functions, statements, and what only has the bits of a known word.
        _ => {
            let [a, b, ..] = *near;
            Some(first.is_ascii_alphabetic() && !OPENING.may_hold(&[a, b]) && !may_run(a, b))
        }
    }
}

/// Whether an operand at `at`, behind a word that joins conditions, is compared with nothing. If `tells`, the word behind the operand
/// has to be one that compares, or the joining word begins nothing.
#[inline]
fn joins(near: &[u8; NEAR], at: usize, mut tells: bool) -> Option<bool> {
    let (mut end, mut name) = if near.get(at)?.is_ascii_alphabetic() {
        let end = end_of_letters(near, at)?;
        (end, near.get(at..end))
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
        let from = end + 2;
        end = end_of_letters(near, from)?;
        if end == from || NO_OPERANDS.hold(ended) {
            return Some(false);
        }
        (name, tells) = (near.get(from..end), false);
    }
    let begins = || tells && name.is_some_and(|name| !FIRST.hold(name));
    let operand = || name.is_none_or(|name| !NO_OPERANDS.hold(name));
    let [behind, third] = *near.get(end..)?.first_chunk()?;
    Some(match behind {
        b' ' if third.is_ascii_alphabetic() => {
            let next = near.get(end + 1..end_of_letters(near, end + 1)?)?;
            if near.get(end + 1 + next.len()).is_none_or(|b| is_word(*b)) {
                return None;
            }
            !SECOND.hold(next) && begins() || !OPERATORS.hold(next) && operand()
        }
        b' ' => third.is_ascii_digit() && begins(),
        b',' | b';' | b'?' | b')' | b':' => begins(),
        b'\'' | b'"' => begins() || name.is_some_and(stands_before_string) && operand(),
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
