//! JavaScript that a document database would run: `$where`, `mapReduce`, `$function`.

use super::{Found, first_quote_before};
use crate::detect::Groups;
use crate::detect::lex::find::find;

/// Tokens read from each start.
const TOKENS: usize = 48;
/// The longest comment that is read as a blank.
const COMMENT: usize = 128;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Word,
    Number,
    Str,
    /// A string that the program around the value closes.
    Open,
    /// `==`, `===`, `!=`, `!==`
    Equal,
    /// `<`, `>` and the like
    Order,
    /// `||`, `&&`
    Logic,
    Comment,
    Punct(u8),
}

#[derive(Clone, Copy, Debug)]
struct Token {
    kind: Kind,
    start: usize,
    end: usize,
}

/// The tokens from one starting point.
struct Tokens<'a> {
    text: &'a [u8],
    list: [Token; TOKENS],
    len: usize,
}

/// Methods of MongoDB collections (mongosh reference, collection methods).
const METHODS: [&str; 14] = [
    "aggregate",
    "count",
    "deleteMany",
    "deleteOne",
    "distinct",
    "drop",
    "find",
    "findOne",
    "insert",
    "insertOne",
    "mapReduce",
    "remove",
    "update",
    "updateOne",
];

/// Words that a statement or condition of a script needs, where no operator joins it.
pub(super) const STATEMENTS: [&str; 4] = ["return", "sleep", "this", "while"];

/// Words that tell of a script wherever it begins.
pub(super) const CALLS: [&str; 2] = ["db", "function"];

/// Reads the value as script: from its first byte, and after the first quote of each kind.
pub(super) fn read(text: &[u8], words: Groups) -> Option<Found> {
    let mut best: Option<Found> = None;
    // Of what begins with a word only these are read to their end.
    let first = text.get(blanks(text, 0)..).unwrap_or(&[]);
    let prose = first.first().is_some_and(u8::is_ascii_alphabetic)
        && !words.any(Groups::QUERY)
        && !first.starts_with(b"this");
    // What a string of few words closes.
    let end = memchr::memchr_iter(b' ', text).nth(2).unwrap_or(text.len());
    let starts = [
        Some((0, false)).filter(|_| !prose),
        first_quote_before(text, end, b'\'').map(|i| (i, true)),
        first_quote_before(text, end, b'"').map(|i| (i, true)),
    ];
    for (start, quoted) in starts.into_iter().flatten() {
        let tokens = Tokens::read(text, start + usize::from(quoted));
        if let Some((technique, confidence, reason)) = tokens.judge(quoted)
            && best.as_ref().is_none_or(|b| b.confidence < confidence)
        {
            let end = tokens.get(tokens.len.saturating_sub(1)).map_or(start, |t| t.end);
            best = Some(Found { technique, confidence, span: start..end.max(start), reason });
        }
    }
    best
}

impl<'a> Tokens<'a> {
    fn read(text: &'a [u8], from: usize) -> Tokens<'a> {
        let none = Token { kind: Kind::Punct(0), start: from, end: from };
        let mut tokens = Tokens { text, list: [none; TOKENS], len: 0 };
        let mut at = from;
        while tokens.len < TOKENS {
            at = blanks(text, at);
            if at >= text.len() {
                break;
            }
            let (kind, end) = scan(text, at);
            if let Some(slot) = tokens.list.get_mut(tokens.len) {
                *slot = Token { kind, start: at, end };
            }
            tokens.len += 1;
            #[cfg(test)]
            crate::detect::lex::work::add(end - at);
            at = end.max(at + 1);
        }
        tokens
    }

    fn get(&self, i: usize) -> Option<Token> {
        (i < self.len).then(|| self.list.get(i).copied()).flatten()
    }

    fn kind(&self, i: usize) -> Option<Kind> {
        self.get(i).map(|t| t.kind)
    }

    fn is(&self, i: usize, word: &str) -> bool {
        self.get(i)
            .is_some_and(|t| t.kind == Kind::Word && self.text.get(t.start..t.end) == Some(word.as_bytes()))
    }

    fn punct(&self, i: usize, byte: u8) -> bool {
        self.kind(i) == Some(Kind::Punct(byte))
    }

    /// A constant at `i`, in parentheses or not.
    fn constant(&self, i: usize) -> bool {
        matches!(self.kind(i), Some(Kind::Number | Kind::Str | Kind::Open))
            || self.is(i, "true")
            || self.is(i, "false")
    }

    /// Whether a statement may begin at `i`: at the start of the injected code, or after `;`, `{` or `}`.
    fn begins(&self, i: usize, quoted: bool) -> bool {
        match i.checked_sub(1).and_then(|p| self.kind(p)) {
            None => !quoted,
            Some(kind) => matches!(kind, Kind::Punct(b';' | b'{' | b'}')),
        }
    }

    fn judge(&self, quoted: bool) -> Option<(&'static str, u8, &'static str)> {
        let fitted = quoted || matches!(self.kind(0), Some(Kind::Logic | Kind::Punct(b';' | b')' | b'}')));
        let statement = self.kind(0) == Some(Kind::Number) && self.punct(1, b';');
        let fitted = fitted || statement;
        let short = quoted || matches!(self.kind(0), Some(Kind::Number)) || fitted;
        let (mut date, mut waits) = (false, false);
        for i in 0..self.len {
            if self.kind(i) == Some(Kind::Logic) {
                let not = usize::from(self.punct(i + 1, b'!'));
                if self.constant(i + 1)
                    && self.kind(i + 2) == Some(Kind::Equal)
                    && self.constant(i + 3)
                    && fitted
                {
                    return Some((
                        "script-tautology",
                        85,
                        "a comparison of constants in JavaScript decides the condition",
                    ));
                }
                // `|| !0 //`, `|| 1) {//`: the constant is all there is.
                let whole = matches!(self.kind(i + 2 + not), Some(Kind::Comment))
                    || self.punct(i + 2 + not, b';') && self.kind(i + 3 + not) == Some(Kind::Comment);
                if not == 1 && self.kind(i + 2) == Some(Kind::Number) && whole && quoted {
                    return Some((
                        "script-tautology",
                        72,
                        "a constant in JavaScript decides the condition, and a comment takes what follows",
                    ));
                }
                let own = self.is(i + 1 + not, "this") || self.is(i + 1 + not, "obj");
                if own && fitted && self.punct(i + 2 + not, b'.') {
                    return Some((
                        "script-condition",
                        88,
                        "a condition on the document itself is joined in JavaScript",
                    ));
                }
                if own && fitted && quoted && self.kind(i + 2 + not) == Some(Kind::Logic) {
                    return Some((
                        "script-condition",
                        70,
                        "the document itself is used as a condition in JavaScript",
                    ));
                }
            }
            if self.is(i, "return") && self.begins(i, quoted) && short {
                let open = usize::from(self.punct(i + 1, b'('));
                let value = self.constant(i + 1 + open) || self.is(i + 1 + open, "this");
                let ends = matches!(
                    self.kind(i + 2 + 2 * open),
                    None | Some(Kind::Punct(b';' | b'}' | b'.') | Kind::Equal | Kind::Comment | Kind::Logic)
                );
                if value && ends && i > 0 {
                    return Some((
                        "script-statement",
                        80,
                        "a return statement decides what the database's script answers",
                    ));
                }
            }
            if self.is(i, "db")
                && self.begins(i, quoted)
                && self.punct(i + 1, b'.')
                && self.punct(i + 3, b'.')
            {
                let method = METHODS.iter().any(|m| self.is(i + 4, m));
                if method && self.punct(i + 5, b'(') && i < 8 {
                    return Some(("script-statement", 82, "a call on a collection of the database"));
                }
            }
            date |= self.is(i, "new") && self.is(i + 1, "Date")
                || self.is(i, "Date") && self.punct(i + 1, b'.') && self.is(i + 2, "now");
            // `|| !0 //`: what is not nothing.
            if self.kind(i) == Some(Kind::Logic)
                && self.punct(i + 1, b'!')
                && matches!(self.kind(i + 2), Some(Kind::Number | Kind::Str))
                && self.kind(i + 3) == Some(Kind::Comment)
                && quoted
            {
                return Some(("script-tautology", 72, "a constant in JavaScript decides the condition"));
            }
            waits |= self.is(i, "while") && self.punct(i + 1, b'(');
            let endless = self.is(i, "while") && self.punct(i + 1, b'(') && self.constant(i + 2);
            if endless && self.punct(i + 3, b')') && i > 0 && self.begins(i, quoted) && fitted {
                return Some(("script-delay", 78, "an endless loop makes the database's script run on"));
            }
            if date && waits && fitted {
                return Some(("script-delay", 85, "a loop makes the database's script run for a set time"));
            }
            if self.is(i, "sleep")
                && self.begins(i, quoted)
                && i > 0
                && self.punct(i + 1, b'(')
                && self.punct(i + 3, b')')
            {
                let long = self.get(i + 2).is_some_and(|t| t.kind == Kind::Number && t.end - t.start >= 3);
                let ends = matches!(self.kind(i + 4), None | Some(Kind::Punct(b';' | b'}')));
                if long && ends && fitted {
                    return Some((
                        "script-delay",
                        75,
                        "sleep() with milliseconds makes the database's script wait",
                    ));
                }
            }
            if i == 0
                && !quoted
                && self.is(0, "this")
                && self.punct(1, b'.')
                && self.punct(3, b'.')
                && self.punct(5, b'(')
            {
                let tests = ["match", "test", "indexOf", "startsWith", "charAt", "substring", "includes"];
                if tests.iter().any(|m| self.is(4, m)) {
                    return Some((
                        "script-condition",
                        60,
                        "a condition on a field of the document, in JavaScript",
                    ));
                }
            }
            if self.is(i, "function") && self.punct(i + 1, b'(') && i <= 1 {
                let body = (i..self.len.min(i + 12)).any(|j| {
                    self.is(j, "return")
                        && (self.is(j + 1, "this") || self.is(j + 1, "true") || self.is(j + 1, "emit"))
                });
                if body {
                    return Some((
                        "script-statement",
                        60,
                        "a function for the database's script stands in the value",
                    ));
                }
            }
        }
        None
    }
}

/// The first byte from `at` on that is neither blank nor in a comment.
fn blanks(text: &[u8], mut at: usize) -> usize {
    loop {
        at += text.get(at..).unwrap_or(&[]).iter().take_while(|b| **b <= b' ').count();
        let inside = text.get(at..).and_then(|r| r.strip_prefix(b"/*"));
        match inside.and_then(|r| find(r.get(..r.len().min(COMMENT))?, b"*/")) {
            Some(len) => at += len + 4,
            None => return at,
        }
    }
}

fn scan(text: &[u8], at: usize) -> (Kind, usize) {
    let byte = |i: usize| text.get(i).copied().unwrap_or(0);
    let run = |from: usize, of: fn(u8) -> bool| {
        from + text.get(from..).unwrap_or(&[]).iter().take_while(|&&b| of(b)).count()
    };
    let (a, b) = (byte(at), byte(at + 1));
    match a {
        b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | 0x80.. => {
            (Kind::Word, run(at, |b| b.is_ascii_alphanumeric() || b == b'_' || b == b'$' || b >= 0x80))
        }
        b'0'..=b'9' => (Kind::Number, run(at, |b| b.is_ascii_alphanumeric() || b == b'.')),
        b'\'' | b'"' | b'`' => {
            let mut from = at + 1;
            while let Some(i) = memchr::memchr2(a, b'\\', text.get(from..).unwrap_or(&[])).map(|i| from + i) {
                if byte(i) == a {
                    return (Kind::Str, i + 1);
                }
                from = i + 2;
            }
            (Kind::Open, text.len())
        }
        b'/' if b == b'/' => (Kind::Comment, text.len()),
        b'=' | b'!' if b == b'=' => (Kind::Equal, at + 2 + usize::from(byte(at + 2) == b'=')),
        b'|' if b == b'|' => (Kind::Logic, at + 2),
        b'&' if b == b'&' => (Kind::Logic, at + 2),
        b'<' | b'>' => (Kind::Order, at + 1 + usize::from(b == b'=')),
        _ => (Kind::Punct(a), at + 1),
    }
}
