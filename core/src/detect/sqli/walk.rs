//! Which of the spots of a value are read: where a sentence goes on no fragment of SQL begins.

use super::calm::Calm;
use super::evidence::Cover;
use super::prose;
use super::quotes::{ENDS, Seen};
use super::spots::{Kind, Look, Spots, begins_statement, skip, spots};
use crate::detect::Places;
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

/// Where fragments may begin, in order.
pub(super) trait Way: Iterator<Item = Place> {
    /// Words and signs that stand before `end` need not be told any more.
    fn pass_words(&mut self, _end: usize) {}

    /// Whether nothing is read at the word at `at` that was told, for a sentence goes on there.
    fn is_sentence(&self, _at: usize) -> bool {
        false
    }

    /// Whether the word at `at` lies in what was read. Where all that stands there does, the others are passed over.
    ///
    /// PERF: a fragment that goes on and on holds all the words it joins.
    fn lie_in(&mut self, covers: &[Cover], at: usize) -> bool {
        let held = covers.iter().any(|cover| cover.holds(at));
        if held {
            self.pass_words(covers.iter().map(Cover::solid).max().unwrap_or(0));
        }
        held
    }
}

/// A place that was told before, and those behind it.
pub(super) struct Told<P>(pub Option<Place>, pub P);

impl<P: Iterator<Item = Place>> Iterator for Told<P> {
    type Item = Place;

    #[inline]
    fn next(&mut self) -> Option<Place> {
        self.0.take().or_else(|| self.1.next())
    }
}

impl<P: Way> Way for Told<P> {
    fn pass_words(&mut self, end: usize) {
        self.1.pass_words(end);
    }

    fn is_sentence(&self, at: usize) -> bool {
        self.1.is_sentence(at)
    }
}

impl Way for Calm<'_> {}

impl Way for Walk<'_> {
    fn pass_words(&mut self, end: usize) {
        self.spots.pass_words(end);
    }

    fn is_sentence(&self, at: usize) -> bool {
        self.asked && self.goes_on(at)
    }
}

/// The spots of a value that are read, in order.
pub(super) struct Walk<'a> {
    text: &'a [u8],
    calm: bool,
    spots: Spots<'a>,
    quotes: Quotes,
    /// Words of which sentences go on are told, too: it is asked of each of them.
    ///
    /// PERF: most words of a flood lie in what was read, and are asked nothing.
    pub asked: bool,
    /// Whether there was a spot besides slashes.
    pub any: bool,
}

impl<'a> Walk<'a> {
    /// Those of `text`, in which there may be what `look` says, and whose words stand at `places`.
    pub fn of(text: &'a [u8], look: Look, places: Places<'a>) -> Walk<'a> {
        let (spots, quotes) = (spots(text, look, places), Quotes::default());
        Walk { text, calm: look.calm, spots, quotes, asked: false, any: false }
    }
}

impl Walk<'_> {
    /// Nothing is read.
    pub fn none() -> Walk<'static> {
        Walk::of(&[], Look::calm(false, false), Places::NONE)
    }

    /// Whether a sentence goes on with the word or sign at `at`.
    fn goes_on(&self, at: usize) -> bool {
        let sign = matches!(self.text.get(at), Some(b'|' | b'&'));
        !sign && self.calm && prose::goes_on(self.text, at)
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
                    let read = self.asked || !self.goes_on(at);
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
            if !is_word(byte(at + 1)) {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::Value;
    use crate::detect::words::words;
    use crate::points;
    use proptest::prelude::*;

    fn look(text: &[u8]) -> Look {
        Look::of(&Value {
            bytes: text,
            place: points::Place::QueryValue,
            name: b"",
            wake: wake(text),
            words: words(text),
            trust: Trust::Plain,
            first: true,
            last: true,
        })
    }

    proptest! {
        #[test]
        fn words_behind_what_is_passed_over_are_told(
            parts in prop::collection::vec(
                prop::sample::select(&[
                    "1=1", "||", "&&", " and ", "2<>3", "x_and", "un/**/ion", "; select ", " ", "or 1", "|", "1e5union", "$", "\u{a0}", "\u{e0}",
                    "1dunion ", "sel\0ect", "->", "where x ", ")", "banchmark", "0x", "ununionselect", "$$", "                              ",
                ][..]),
                0..300,
            ),
            (taken, end) in (0usize..20, 0usize..900),
        ) {
            let text = parts.concat();
            let look = look(text.as_bytes());
            let behind = |place: &Place| !matches!(place, Place::Word(at) if *at < end);
            let expected: Vec<Place> = Walk::of(text.as_bytes(), look, Places::NONE).skip(taken).filter(behind).collect();
            let mut walk = Walk::of(text.as_bytes(), look, Places::NONE);
            let _ = walk.by_ref().take(taken).count();
            walk.pass_words(end);
            let told: Vec<Place> = walk.filter(behind).collect();
            prop_assert_eq!(told, expected, "{:?} behind {}", text, end);
        }

        #[test]
        fn words_noted_before_and_words_asked_later_are_the_same(
            parts in prop::collection::vec(
                prop::sample::select(&[
                    " and ", "or", " ", " ", "load_file", "load", "pg_sleep(", "exec", "union", "select", "the", "house", "$", "_", "1=1", "'", "' ", "; ",
                    "`", "\\", "&&", "where", "order by", "into", "                                                        ", "\u{e9}", "having", "xp_x",
                ][..]),
                20..200,
            ),
        ) {
            let text = parts.concat();
            let (text, look) = (text.as_bytes(), look(text.as_bytes()));
            let expected: Vec<Place> = Walk::of(text, look, Places::NONE).collect();
            let mut room = vec![Default::default(); text.len().div_ceil(64)];
            let places = Places::of(text, wake(text), &mut room).1;
            prop_assert_eq!(&Walk::of(text, look, places).collect::<Vec<Place>>(), &expected, "{}", text.escape_ascii());
            let mut walk = Walk::of(text, look, places);
            walk.asked = true;
            let mut told = Vec::new();
            while let Some(place) = walk.next() {
                if !matches!(place, Place::Word(at) if walk.is_sentence(at)) {
                    told.push(place);
                }
            }
            prop_assert_eq!(told, expected, "{}", text.escape_ascii());
        }

        #[test]
        fn quotes_in_a_flood_are_told_as_each_alone(
            parts in prop::collection::vec(
                prop::sample::select(&["'", "\"", "`", "'", "\"", "`", "\\", "{", "]", ".", "$", "a", " ", "or ", "(", ";", "select", ")"][..]),
                0..300,
            ),
        ) {
            let text = parts.concat();
            let look = look(text.as_bytes());
            let quote = |place: &Place| matches!(place, Place::Quote(..));
            let told: Vec<Place> = Walk::of(text.as_bytes(), look, Places::NONE).filter(quote).collect();
            let expected: Vec<Place> = Walk::of(text.as_bytes(), look.closer(), Places::NONE).filter(quote).collect();
            prop_assert_eq!(told, expected, "{:?}", text);
        }
    }
}
