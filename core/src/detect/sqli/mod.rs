//! SQL injection (CWE-89).

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
    evidence.before_digits = !before.is_empty() && before.iter().all(u8::is_ascii_digit);
    evidence.before_word = before
        .trim_ascii()
        .iter()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'@' | b'-' | b'%' | b'\\'));
    evidence.before_blank = before.trim_ascii_start().iter().any(|b| b.is_ascii_whitespace());
    let Some(found) = weigh::weigh(value, text, &evidence) else {
        return;
    };
    if best.as_ref().is_some_and(|b| b.confidence >= found.confidence) {
        return;
    }
    let reason = format!("{} (read as: {})", found.what, evidence.summary(text));
    *best = Some(Hit {
        class: Class::Sqli,
        technique: found.technique,
        confidence: found.confidence,
        span: from + evidence.start..from + evidence.end.max(evidence.start),
        reason: reason.into(),
    });
}
