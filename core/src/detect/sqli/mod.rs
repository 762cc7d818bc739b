//! SQL injection (CWE-89).
//!
//! What comes in: a value that may stand in a query: bare, where a number or name is expected, or inside a string. What
//! goes out: at most one hit, the surest fragment, with the tokens it was read as. What always holds: every context is one
//! pass over the value (`scan`); the parser keeps counts and a bounded stack, no tree; nothing is allocated below
//! an attack. To add a construct: teach `parse` to read it, count it in `evidence`, and say in `weigh` what it is worth.
//!
//! The value is read as if it stood among the tokens of a query, and once more for each kind of quote in it, as if that
//! quote closed the string around the value. Each reading looks for fragments: at the start, after a quote, and at words
//! that a query is made of. A fragment ends where no dialect would go on, above all at two operands side by side, which
//! is what prose looks like. The verdict weighs what was understood (a constant condition, a second query, a function
//! that waits) against where it stood and what is left over.
//!
//! | fires on | not on |
//! | --- | --- |
//! | `x' or 3=3 -- `, `7 or 3=3`, `x') or ('a'='a` | `8 or 9`, `"a" or "b"`, `a = b and c = d` |
//! | `-1 union select 1,2`, `1/**/union(select(1))` | `the union select committee` |
//! | `1; drop table t`, `x' waitfor delay '0:0:5'--` | `drop table lamp`, `1; exec will decide` |
//! | `x' and sleep(5)#`, `1 and extractvalue(1,0x7e)` | `sleep (3)` of a manual, `time.sleep(t)` |
//! | `root'-- `, `root')#` | `the cooks' -- idea`, `mom's #1` |
//! | `select @@version`, `select 1,2 from t where` | a developer's `SELECT a, b FROM t WHERE c = 1`: a hint |
//!
//! Rests on the language references named in the word list, and on CWE-89 and CAPEC-66, -7, -108, -109, -110.

mod cursor;
mod evidence;
mod parse;
mod statement;
mod weigh;

use super::lex::sql::{Context, Kind, Word};
use super::{Class, Hit, Hits, Value};
use crate::points::Place;
use cursor::Cursor;
use evidence::{Entry, Evidence};
use parse::Parser;
use std::borrow::Cow;

/// Quotes that may close a string or name of the program around the value.
const QUOTES: [u8; 3] = [b'\'', b'"', b'`'];
/// Path segments that are judged one by one.
const SEGMENTS: usize = 8;

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let mut best: Option<Hit> = None;
    search(value, 0, &mut best);
    if value.place == Place::Path {
        for at in memchr::memchr_iter(b'/', value.bytes).take(SEGMENTS) {
            search(value, at + 1, &mut best);
        }
    }
    hits.extend(best);
}

/// Looks for fragments in the value from `from` on, in every context that its quotes allow. Returns the tokens read.
fn search(value: &Value<'_>, from: usize, best: &mut Option<Hit>) -> usize {
    let text = value.bytes.get(from..).unwrap_or(&[]);
    let mut steps = 0;
    // A path or cookie is not a form, yet applications decode both alike; others decode a form twice.
    let pluses = memchr::memchr(b' ', text).is_none();
    let pluses = pluses && memchr::memchr_iter(b'+', text).nth(1).is_some();
    for plus_is_blank in [false, true].into_iter().take(1 + usize::from(pluses)) {
        steps += scan(value, from, text, Context::Code, plus_is_blank, best);
        for quote in QUOTES {
            if memchr::memchr(quote, text).is_some() {
                steps += scan(value, from, text, Context::Inside(quote), plus_is_blank, best);
            }
        }
    }
    steps
}

fn scan(
    value: &Value<'_>,
    from: usize,
    text: &[u8],
    context: Context,
    plus_is_blank: bool,
    best: &mut Option<Hit>,
) -> usize {
    let mut cur = Cursor::new(text, context, plus_is_blank);
    let mut entry = None;
    match context {
        Context::Code => entry = Some((Entry::Start, 0)),
        Context::Inside(quote) => {
            let data = cur.bump();
            if data.kind == Kind::Data && text.get(data.end.saturating_sub(1)) == Some(&quote) {
                entry = Some((Entry::FirstQuote(quote), data.end - 1));
            }
        }
    }
    loop {
        let tok = cur.peek(0);
        if tok.kind == Kind::Eof && entry.is_none() {
            return cur.steps();
        }
        if entry.is_none() && is_anchor(&cur) {
            entry = Some((Entry::Middle, tok.start));
        }
        if let Some((entry, start)) = entry.take() {
            let evidence = Parser::read(&mut cur, entry, start);
            if evidence.xpath {
                return cur.steps(); // the language of the whole value is another
            }
            keep(value, from, text, evidence, best);
            if cur.peek(0).start > tok.start || cur.peek(0).kind == Kind::Eof {
                if cur.peek(0).kind == Kind::Terminator {
                    cur.enter_comment();
                }
                continue;
            }
        }
        let tok = cur.peek(0);
        if tok.kind == Kind::Terminator {
            cur.enter_comment();
            continue;
        }
        cur.bump();
        if tok.kind == Kind::Str {
            let quote = text.get(tok.end - 1).copied().unwrap_or(0);
            entry = Some((Entry::LaterQuote(quote), tok.end - 1));
        }
    }
}

/// Whether a fragment worth reading may begin in the middle of other text.
fn is_anchor(cur: &Cursor<'_>) -> bool {
    let (a, b) = (cur.peek(0), cur.peek(1));
    match a.kind {
        Kind::Semi => matches!(
            b.kind,
            Kind::Word(Word::Statement | Word::Select | Word::Delay | Word::Tail) | Kind::Open
        ),
        Kind::Word(word) => match word {
            Word::Set => matches!(b.kind, Kind::Word(Word::Select | Word::Prefix) | Kind::Open),
            Word::Select | Word::Delay => true,
            Word::And | Word::Or | Word::Xor => true,
            Word::Having | Word::Where => true,
            Word::Group => b.word() == Some(Word::By),
            Word::Sleep | Word::Leak | Word::Reach => matches!(b.kind, Kind::Open | Kind::Dot),
            Word::Statement => {
                b.word().is_some() && (cur.is(a, "exec") || cur.is(a, "execute") || cur.is(a, "declare"))
            }
            Word::Procedure => cur.is(b, "analyse"),
            Word::Into => b.word() == Some(Word::Outfile),
            _ => false,
        },
        Kind::Pipes | Kind::Amps => true,
        _ => false,
    }
}

/// Whether a string is itself SQL.
fn holds_statement(string: &[u8]) -> bool {
    let inner = string.get(1..).unwrap_or(&[]);
    let mut cur = Cursor::new(inner, Context::Code, false);
    cur.peek(0).word() == Some(Word::Select) || {
        let whole = statement::is_whole(&cur);
        cur.bump();
        whole
    }
}

fn keep(value: &Value<'_>, from: usize, text: &[u8], mut evidence: Evidence, best: &mut Option<Hit>) {
    let before = text.get(..evidence.start).unwrap_or(&[]);
    evidence.before = before.len();
    match evidence.entry {
        // Once per reading: what lies before a later fragment is prose or program, whatever it is.
        Entry::Start | Entry::FirstQuote(_) => evidence.look_back(before),
        _ => evidence.before_blank = true,
    }
    let Some(found) = weigh::weigh(value, text, &evidence) else {
        return;
    };
    if best.as_ref().is_some_and(|b| b.confidence >= found.confidence) {
        return;
    }
    let reason = if found.confidence < 50 {
        Cow::from(found.what) // hints are common in prose, and not worth an allocation
    } else {
        let name = String::from_utf8_lossy(text.get(found.name.0..found.name.1).unwrap_or(&[]));
        let colon = if name.is_empty() { "" } else { ": " };
        format!("{}{colon}{name} (read as: {})", found.what, evidence.summary(text)).into()
    };
    *best = Some(Hit {
        class: Class::Sqli,
        technique: found.technique,
        confidence: found.confidence,
        span: from + evidence.start..from + evidence.end.max(evidence.start),
        reason,
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use proptest::prelude::*;

    fn value(bytes: &[u8]) -> Value<'_> {
        let (place, trust) = (Place::QueryValue, Trust::Plain);
        Value { bytes, place, name: b"", wake: wake(bytes), trust, first: true, last: true }
    }

    fn steps(bytes: &[u8]) -> usize {
        search(&value(bytes), 0, &mut None)
    }

    #[test]
    fn work_is_proportional_to_the_value() {
        // What begins a fragment, opens a comment or closes a string, again and again.
        let near_misses = [
            "' or ",
            "\" and '",
            "/*",
            "--",
            "-- \n",
            "#",
            "/* ",
            "*/",
            "';",
            "select ",
            "union select ",
            "(",
            "')",
            "'a'",
            "a'b\"c`d",
            "\\'",
            "$a$",
            "q'[",
            "[",
            "@",
            "un/**/",
            "sel\0",
            "case when ",
            "1.e",
            "'+'",
            "x'--\n",
            ",1",
            "; if(",
        ];
        for piece in near_misses {
            let short = piece.repeat((32 << 10) / piece.len());
            let long = piece.repeat((1 << 20) / piece.len());
            let (few, many) = (steps(short.as_bytes()), steps(long.as_bytes()));
            assert!(many <= 40 * few + 1000, "{piece:?}: {few} tokens for 32 KiB, {many} for 1 MiB");
            assert!(many <= 24 * long.len(), "{piece:?}: {many} tokens for {} bytes", long.len());
        }
    }

    proptest! {
        #[test]
        fn never_panics(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let mut hits = Hits::new();
            judge(&value(&bytes), &mut hits);
            for hit in hits {
                prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= bytes.len());
            }
        }

        #[test]
        fn never_panics_on_odd_sql(
            pieces in prop::collection::vec(prop::sample::select(vec![
                "'", "\"", "`", "(", ")", ",", ";", ".", "*", "=", "<=>", "||", "--", "#", "/*", "*/", "/*!5", "\n", " ", "1", "0x1f",
                "select", "union", "all", "from", "where", "or", "and", "not", "like", "between", "in", "is", "null", "case", "when",
                "then", "end", "sleep(", "xp_cmdshell", "waitfor delay", "exec", "declare", "@a", "@@b", "as", "x", "begin", "if",
                "[", "]", "{", "}", "::int", ":=", "order by", "limit", "into outfile", "procedure", "for", "update", "set", "drop table",
            ]), 0..80),
            path in any::<bool>(),
        ) {
            let text = pieces.join(if path { "" } else { " " });
            let mut hits = Hits::new();
            let place = if path { Place::Path } else { Place::Text };
            judge(&Value { place, ..value(text.as_bytes()) }, &mut hits);
            for hit in hits {
                prop_assert!(hit.span.start <= hit.span.end && hit.span.end <= text.len());
                prop_assert!((1..=100).contains(&hit.confidence));
            }
        }
    }
}
