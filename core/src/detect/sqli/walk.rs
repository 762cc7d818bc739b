//! Which of the spots of a value are read: where a sentence goes on no fragment of SQL begins.

use super::prose;
use super::spots::{ENDS, Kind, Look, Seen, Spots, begins_statement, skip, spots};
use crate::detect::lex::sql::{Word, is_word, lookup, wide_blank, word_end};

/// A spot that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A quote, or the last of some that double one another, at a place; whether it is the first of its kind.
    Quote(u8, usize, bool),
    /// A word or sign that a clause, condition or statement begins with.
    Word(usize),
    /// Two dollar signs.
    Dollar(usize),
    /// A slash of a path.
    Slash(usize),
}

/// The spots of a value that are read, in order.
pub(super) struct Walk<'a> {
    text: &'a [u8],
    calm: bool,
    spots: Spots<'a>,
    quotes: Quotes,
    /// Whether there was a spot besides slashes.
    pub any: bool,
}

impl<'a> Walk<'a> {
    pub fn of(text: &'a [u8], look: Look) -> Walk<'a> {
        Walk { text, calm: look.calm, spots: spots(text, look), quotes: Quotes::default(), any: false }
    }
}

impl Walk<'_> {
    /// Nothing is read.
    pub fn none() -> Walk<'static> {
        Walk::of(&[], Look::calm(false, false))
    }
}

impl Iterator for Walk<'_> {
    type Item = Place;

    fn next(&mut self) -> Option<Place> {
        loop {
            let spot = self.spots.next()?;
            let at = spot.at;
            let place = match spot.kind {
                Kind::Slash => return Some(Place::Slash(at)),
                Kind::Quote(quote) => {
                    let closed = self.quotes.take(self.text, at, quote, self.calm);
                    self.spots.seen = self.quotes.seen;
                    let closed = closed.filter(|(at, _)| !is_stuck(self.text, at + 1));
                    closed.map(|(at, first)| Place::Quote(quote, at, first))
                }
                Kind::Dollar => goes_on(self.text, at + 2, true, self.calm).then_some(Place::Dollar(at)),
                Kind::Word => {
                    let sign = matches!(self.text.get(at), Some(b'|' | b'&'));
                    let read = sign || !self.calm || !prose::goes_on(self.text, at);
                    read.then_some(Place::Word(at))
                }
            };
            self.any = true;
            if place.is_some() {
                return place;
            }
        }
    }
}

/// Tells which quotes may close a string around the value.
#[derive(Debug, Default)]
struct Quotes {
    seen: Seen,
    escaped: bool,
}

impl Quotes {
    /// Where the string ends that the quote at `at` may close, and whether it is the first of its kind, if SQL could go
    /// on behind it.
    fn take(&mut self, text: &[u8], at: usize, quote: u8, calm: bool) -> Option<(usize, bool)> {
        // PERF: so it is with nearly every quote of a flood.
        let first = !self.seen.holds(quote);
        if !first && text.get(at + 1).is_none_or(|next| ENDS[usize::from(*next)]) {
            return None;
        }
        // A backslash before the quote saves the string in some products only: the next one is tried as well.
        if first && !self.escaped && at > 0 && text.get(at - 1) == Some(&b'\\') {
            self.escaped = true;
        } else {
            self.seen.add(quote);
        }
        let at = at + if first { doubled(text, at, quote) } else { 0 };
        goes_on(text, at + 1, first, calm).then_some((at, first))
    }
}

/// The quotes at `at` that only double one another: of an odd number the last closes the string.
pub(super) fn doubled(text: &[u8], at: usize, quote: u8) -> usize {
    let run = text.get(at..).unwrap_or(&[]).iter().take_while(|b| **b == quote).count();
    if run % 2 == 1 { run - 1 } else { 0 }
}

/// Whether SQL could go on at `at`, right behind a quote. In prose a letter follows, in markup `>` and a letter.
pub(super) fn goes_on(text: &[u8], at: usize, first: bool, calm: bool) -> bool {
    let rest = text.get(at..).unwrap_or(&[]);
    let blanks = rest.iter().take_while(|b| **b <= b' ' || **b == 0xA0).count();
    let at = at + blanks;
    let byte = |i: usize| text.get(i).copied().unwrap_or(0);
    match byte(at) {
        _ if at >= text.len() => false,
        b'a'..=b'z' | b'A'..=b'Z' | b'_' => {
            // PERF: `it's`, `don't`: no word of SQL is a single letter.
            if calm && !is_word(byte(at + 1)) {
                return prose::is_cut(text, at + 1);
            }
            let end = word_end(text, at);
            let word = text.get(at..end).unwrap_or(&[]);
            prose::is_cut(text, end)
                || if calm { prose::continues(text, word, end, first) } else { lookup(word) != Word::Name }
        }
        // MySQL drops `1.e` before a parenthesis.
        b'0'..=b'9' => matches!(
            (byte(at + 1), byte(at + 2), byte(at + 3)),
            (b'.', b'e' | b'E', b')' | b'(' | b'.' | b',')
        ),
        b'.' | b'\\' | b'$' => false,
        b':' => byte(at + 1) == b':',
        b'>' | b'<' => {
            first || !byte(at + 1).is_ascii_alphabetic() && !matches!(byte(at + 1), b'/' | b'<' | b'!')
        }
        b',' => first || skip(text, at + 1).1 == b'(',
        b';' => begins_statement(text, at + 1),
        b'(' if calm => prose::opens_query(text, at + 1),
        b')' if calm => !prose::closes(text, at),
        b'-' | b'+' | b'&' | b'*' if calm => !prose::only_calculates(text, at),
        0x80.. => wide_blank(text, at) > 0,
        _ => true,
    }
}

/// Whether what begins behind a closed string, at `at`, ends there: with a further string or name in quotes, or what
/// opens or closes nothing that SQL has behind a string. The parser would stop at the first token.
///
/// PERF: so it is with nearly every quote of a flood.
pub(super) fn is_stuck(text: &[u8], at: usize) -> bool {
    let mut rest = text.get(at..).unwrap_or(&[]).iter().skip_while(|b| **b <= b' ');
    match rest.next() {
        Some(b'\'' | b'"' | b'`' | b'{' | b']') => true,
        // But for a query, behind blanks and comments.
        Some(b'(') => matches!(
            rest.next(),
            Some(
                b'\''
                    | b'"'
                    | b'`'
                    | b'('
                    | b')'
                    | b'{'
                    | b'}'
                    | b'['
                    | b']'
                    | b','
                    | b';'
                    | b'='
                    | b'<'
                    | b'>'
            )
        ),
        _ => false,
    }
}
