//! What the parser has understood of one fragment.

use super::cursor::Tok;
use crate::detect::lex::sql::{Kind, Word};

/// Tokens kept for the summary in the reason.
const SHOWN: usize = 14;
/// Strings of a fragment that are remembered; what follows a further one is not taken as read.
const STRINGS: usize = 8;

/// The stretch of text that a fragment has read as tokens, but for what lies inside its strings: with another idea of
/// which quotes close a string, fragments may begin there.
#[derive(Clone, Debug, Default)]
pub(super) struct Cover {
    pub end: usize,
    strings: [(usize, usize); STRINGS],
    len: usize,
}

impl Cover {
    /// Whether `at` lies in what was read as tokens.
    pub fn holds(&self, at: usize) -> bool {
        at < self.end && !self.strings.iter().take(self.len).any(|s| s.0 <= at && at < s.1)
    }

    /// Up to where every place is held.
    pub fn solid(&self) -> usize {
        if self.len == 0 { self.end } else { 0 }
    }

    fn string(&mut self, start: usize, end: usize) {
        if let Some(slot) = self.strings.get_mut(self.len) {
            *slot = (start, end);
            self.len += 1;
        }
    }
}

/// Whether a word has comments or NUL bytes inside.
fn is_cut(tok: Tok, raw: &[u8]) -> bool {
    matches!(tok.kind, Kind::Word(_)) && raw.iter().any(|&b| matches!(b, b'/' | b'<' | 0))
}

/// Where a fragment begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entry {
    /// After the first quote of its kind: the value may have closed a string of the program around it.
    FirstQuote(u8),
    /// After a later quote.
    LaterQuote(u8),
    /// At the first byte of the value.
    Start,
    /// At a telling word somewhere in the value.
    Middle,
}

impl Entry {
    /// Whether an operand lies before the fragment.
    pub fn is_operand(self) -> bool {
        matches!(self, Entry::FirstQuote(_) | Entry::LaterQuote(_))
    }
}

/// The kind of an operand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operand {
    None,
    Literal,
    Name,
    Variable,
    Session,
    Star,
    Call,
    Select,
    Group,
}

impl Operand {
    pub fn is_literal(self) -> bool {
        self == Operand::Literal
    }
}

/// A function or procedure that acts beyond the query, in a place where it would run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Act {
    pub word: Word,
    pub name: (usize, usize),
    /// It was called without arguments.
    pub empty: bool,
}

/// Counts of what was understood.
#[derive(Clone, Debug)]
pub(super) struct Evidence {
    pub entry: Entry,
    pub start: usize,
    pub end: usize,
    pub cover: Cover,
    pub tokens: usize,
    /// The first byte of the first token.
    pub first: usize,
    shown: [(Kind, usize, usize); SHOWN],
    /// The fragment begins with an operator or clause, as if an operand lay before the value.
    pub lead: bool,
    pub logics: u32,
    pub pipes: u32,
    pub amps: u32,
    pub compares: u32,
    /// Comparisons of two constants, or of a name with itself.
    pub constants_compared: u32,
    pub selects_compared: u32,
    pub word_compares: u32,
    /// Constants that are a whole condition: `or 1`.
    pub truths: u32,
    pub double_equals: bool,
    pub arithmetic: u32,
    pub json: u32,
    pub casts: u32,
    pub commas: u32,
    pub list_commas: u32,
    pub closers: u32,
    pub open_parens: usize,
    pub names: u32,
    pub variables: u32,
    pub system_variables: u32,
    pub sessions: u32,
    pub catalogs: u32,
    pub calls: u32,
    pub unknown_calls: u32,
    pub infos: u32,
    pub act: Option<Act>,
    pub cases: u32,
    pub selects: u32,
    pub subselects: u32,
    pub unions: u32,
    pub items: u32,
    pub constant_items: u32,
    pub stars: u32,
    pub froms: u32,
    pub joins: u32,
    pub wheres: u32,
    pub havings: u32,
    pub orders: u32,
    pub order_number: bool,
    pub limits: u32,
    pub procedure: bool,
    pub outfile: bool,
    pub waitfor: bool,
    pub aliases: u32,
    pub semis: u32,
    /// Statements after the first, or instead of an expression.
    pub statements: u32,
    pub statement: (usize, usize),
    pub comments: u32,
    /// The comment mark that cuts off what follows the value: its first byte, and how many bytes it swallows.
    pub terminator: Option<(u8, usize)>,
    /// The last token is a string that only the program around the value can close.
    pub open_string: Option<u8>,
    pub open_string_len: usize,
    pub open_string_blank: bool,
    /// The fragment ends where the value ends, with nothing missing.
    pub complete: bool,
    /// What ended the fragment is a word, and so is what follows it.
    pub prose: bool,
    pub broken: bool,
    /// An XPath function or axis was met.
    pub xpath: bool,
    /// Keywords with comments or NUL bytes inside.
    pub cut_words: u32,
    /// The text ends after a constant and a comparing operator.
    pub dangling: bool,
    /// The text ends after a comparing operator or the word `where`.
    pub cut_clause: bool,
    /// The last comparison is for equality.
    pub equates: bool,
    /// Values are compared for being unequal.
    pub unequal: bool,
    /// An operator in words that no sentence has: `not like`, `sounds like`, `regexp`, `div`.
    pub telling_operator: bool,
    /// Something is multiplied.
    pub multiplies: bool,
    /// COLLATE follows an operand.
    pub collated: bool,
    /// Strings that say where a value lies in a JSON document.
    pub json_paths: u32,
    /// A constant is compared with a call that is not complete.
    pub open_call_compared: bool,
    /// Parentheses opened.
    pub parens: u32,
    /// The last `#` comment holds text right after its mark.
    pub hash_text: bool,
    /// The comment that cuts off the rest holds a blank inside.
    pub tail_blank: bool,
    pub starts_number: bool,
    /// A statement that only a probe sends was recognised.
    pub acting: bool,
    pub starts_string: bool,
    /// A constant stands on one side of a comparison.
    pub literal_compared: bool,
    pub starts_name: bool,
    pub starts_variable: bool,
    /// The only calculation is by a word: `div`, `mod`.
    pub word_operator: bool,
    /// The first word begins a statement.
    pub own_query: bool,
    /// Bytes before the fragment, and whether they hold a blank.
    pub before: usize,
    pub before_blank: bool,
    pub before_digits: bool,
    /// What lies before looks like one word, number or address, or there is nothing.
    pub before_word: bool,
    /// A comparison of a constant with itself.
    pub identical: bool,
    pub unions_cut: bool,
    /// The list behind the first `select` begins without a blank, with a sign or constant.
    pub tight: bool,
}

impl Evidence {
    pub fn new(entry: Entry, start: usize) -> Evidence {
        Evidence {
            entry,
            start,
            end: start,
            cover: Cover { end: start, ..Cover::default() },
            tokens: 0,
            first: start,
            shown: [(Kind::Eof, 0, 0); SHOWN],
            lead: false,
            logics: 0,
            pipes: 0,
            amps: 0,
            compares: 0,
            constants_compared: 0,
            selects_compared: 0,
            word_compares: 0,
            truths: 0,
            double_equals: false,
            arithmetic: 0,
            json: 0,
            casts: 0,
            commas: 0,
            list_commas: 0,
            closers: 0,
            open_parens: 0,
            names: 0,
            variables: 0,
            system_variables: 0,
            sessions: 0,
            catalogs: 0,
            calls: 0,
            unknown_calls: 0,
            infos: 0,
            act: None,
            cases: 0,
            selects: 0,
            subselects: 0,
            unions: 0,
            items: 0,
            constant_items: 0,
            stars: 0,
            froms: 0,
            joins: 0,
            wheres: 0,
            havings: 0,
            orders: 0,
            order_number: false,
            limits: 0,
            procedure: false,
            outfile: false,
            waitfor: false,
            aliases: 0,
            semis: 0,
            statements: 0,
            statement: (0, 0),
            comments: 0,
            terminator: None,
            open_string: None,
            open_string_len: 0,
            open_string_blank: false,
            complete: false,
            prose: false,
            broken: false,
            xpath: false,
            cut_words: 0,
            dangling: false,
            cut_clause: false,
            equates: false,
            unequal: false,
            telling_operator: false,
            multiplies: false,
            collated: false,
            json_paths: 0,
            open_call_compared: false,
            parens: 0,
            hash_text: false,
            tail_blank: false,
            starts_number: false,
            acting: false,
            starts_string: false,
            literal_compared: false,
            starts_name: false,
            starts_variable: false,
            word_operator: false,
            own_query: false,
            before: start,
            before_blank: false,
            before_digits: false,
            before_word: false,
            identical: false,
            unions_cut: false,
            tight: false,
        }
    }

    /// Looks at what lies before the fragment.
    pub fn look_back(&mut self, before: &[u8]) {
        self.before = before.len();
        let of_word =
            |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'@' | b'-' | b'%' | b'\\');
        let number = before.strip_suffix(b"%").unwrap_or(before);
        self.before_digits = !number.is_empty() && number.iter().all(u8::is_ascii_digit);
        self.before_word = before.trim_ascii().iter().all(of_word);
        self.before_blank = before.trim_ascii_start().iter().any(u8::is_ascii_whitespace);
    }

    /// A token became part of the fragment.
    ///
    /// PERF: where its kind is known, little is left of this.
    #[inline(always)]
    pub fn took(&mut self, tok: Tok, text: &[u8]) {
        if self.tokens < SHOWN {
            self.took_early(tok, text);
        }
        self.tokens += 1;
        self.end = tok.end;
        if matches!(tok.kind, Kind::Str | Kind::StrOpen) {
            self.cover.string(tok.start, tok.end);
        }
        if self.cover.len < STRINGS {
            self.cover.end = tok.end;
        }
        // Of names nothing was taken out.
        if matches!(tok.kind, Kind::Word(word) if word != Word::Name) {
            let raw = text.get(tok.start..tok.end).unwrap_or(&[]);
            self.cut_words += u32::from(is_cut(tok, raw));
        }
    }

    /// One of the first tokens became part of the fragment.
    #[inline(never)]
    fn took_early(&mut self, tok: Tok, text: &[u8]) {
        if let Some(slot) = self.shown.get_mut(self.tokens) {
            *slot = (tok.kind, tok.start, tok.end);
        }
        if self.tokens == 0 {
            self.first = tok.start;
            self.own_query = matches!(tok.kind, Kind::Word(Word::Select | Word::Statement));
            self.starts_variable = tok.kind == Kind::Variable;
            self.starts_name = tok.kind == Kind::Word(Word::Name);
            self.starts_string = matches!(tok.kind, Kind::Str);
            let sign = text.get(tok.start).is_some_and(|b| matches!(b, b'-' | b'+' | b'~'));
            self.starts_number = tok.kind == Kind::Number || tok.kind == Kind::Arith && sign;
        }
    }

    /// The text is over, or a comment swallows the rest.
    pub fn end(&mut self, tok: Tok, whole: bool, text: &[u8]) {
        self.complete = whole;
        self.comments += u32::from(tok.comments);
        if tok.kind == Kind::Terminator {
            let mark = text.get(tok.start).copied().unwrap_or(0);
            let len = if mark == b'#' { 1 } else { 2 };
            self.hash_text = mark == b'#'
                && text
                    .get(tok.start + 1)
                    .is_some_and(|b| !matches!(b, b' ' | b'\t' | b'-' | b'+' | b'\r' | b'\n' | 0));
            let near = text.get(tok.start + len..tok.end.min(tok.start + 64)).unwrap_or(&[]);
            self.tail_blank = near.trim_ascii().contains(&b' ');
            self.terminator = Some((mark, (tok.end - tok.start).saturating_sub(len)));
            self.end = (tok.start + len).min(tok.end);
            if let Some(slot) = self.shown.get_mut(self.tokens) {
                *slot = (Kind::Terminator, tok.start, self.end);
            }
            self.tokens += 1;
        }
    }

    /// The last token is a string that lacks its end.
    pub fn ends_in_string(&mut self, tok: Tok, text: &[u8]) {
        self.complete = true;
        self.open_string_len = tok.end - tok.start;
        self.open_string = text.get(tok.start).copied();
        let near = text.get(tok.start..tok.end.min(tok.start + 64)).unwrap_or(&[]);
        self.open_string_blank = near.iter().any(u8::is_ascii_whitespace);
    }

    /// `tok` does not fit.
    pub fn broke(&mut self, tok: Tok, next: Tok, text: &[u8]) {
        self.broken = true;
        let name =
            !matches!(tok.word(), None | Some(Word::Set | Word::Select | Word::Statement | Word::Delay));
        // In prose a blank lies before a word, and no clause begins at the end.
        let clause = matches!(tok.word(), Some(Word::Limit | Word::Group | Word::Having | Word::Where));
        self.prose = name
            && !tok.glued
            && (next.word().is_some() || next.is_end() && !clause || next.kind == Kind::Comma);
        let raw = text.get(tok.start..tok.end).unwrap_or(&[]);
        self.cut_words += u32::from(is_cut(tok, raw));
    }

    /// A statement was recognised by its head. `extra` if it is not the only one.
    pub fn stacked(&mut self, tok: Tok, extra: bool) {
        self.statements += 1;
        if self.statement.1 == 0 && extra {
            self.statement = (tok.start, tok.end);
        }
    }

    /// A function was called.
    /// `foreign`: other languages have a function of that name.
    pub fn called(&mut self, name: Tok, word: Word, empty: bool, foreign: bool) {
        match word {
            Word::Sleep | Word::Leak | Word::Reach => {
                let better = self.act.is_none_or(|a| a.empty && !empty);
                if better {
                    self.act = Some(Act { word, name: (name.start, name.end), empty });
                }
                self.calls += 1;
            }
            Word::Info | Word::Session | Word::Object => {
                self.infos += 1;
                self.calls += 1;
            }
            Word::Statement if !foreign => self.calls += 1,
            Word::Name | Word::Statement | Word::Prefix | Word::Group | Word::Case => self.unknown_calls += 1,
            _ => self.calls += 1,
        }
    }

    /// Whether the fragment joins conditions.
    pub fn joins_conditions(&self) -> bool {
        self.logics > 0 || (self.pipes > 0 || self.amps > 0) && self.compares > 0
    }

    /// Whether the fragment begins with an operator that calculates, as a path begins with a slash.
    pub fn leads_with_arithmetic(&self) -> bool {
        self.lead && self.shown.first().is_some_and(|s| s.0 == Kind::Arith)
    }

    /// Whether nothing is left over: all was parsed, or the rest is cut off.
    pub fn is_whole(&self) -> bool {
        self.complete && !self.broken
    }

    /// The tokens in words: `' ) or number = number --`.
    pub fn summary(&self, text: &[u8]) -> String {
        let mut out = String::new();
        for &(kind, start, end) in self.shown.iter().take(self.tokens) {
            if !out.is_empty() {
                out.push(' ');
            }
            let raw = text.get(start..end).unwrap_or(&[]);
            match kind {
                Kind::Number => out.push_str("number"),
                Kind::Str => out.push_str("string"),
                Kind::StrOpen => out.push_str("open-string"),
                Kind::Quoted | Kind::Word(Word::Name) => out.push_str("name"),
                Kind::Variable | Kind::Param => out.push_str("variable"),
                _ if raw.len() <= 32 => out.push_str(&String::from_utf8_lossy(raw).to_lowercase()),
                _ => out.push_str("..."),
            }
        }
        if self.tokens > SHOWN {
            out.push_str(" ...");
        }
        out
    }
}
