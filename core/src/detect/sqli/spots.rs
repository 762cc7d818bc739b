//! Where in a value a fragment of SQL may begin: one cheap pass before any token is read.

use super::openings::Openings;
pub(super) use super::quotes::ENDS;
use super::quotes::{self, MANY, Seen};
use super::signs::{Company, has_comment, has_tag, may_call};
use crate::bytes::{self, Set, Wake, has_pair, table};
use crate::detect::lex::sql::{
    Pairs, Parts, Short, Word, is_word, joined, lookup, may_open, wide_blank, word_end,
};
use crate::detect::{Groups, Places, Value};
use crate::points::Place;

/// What lies at a spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A quote, which may close a string around the value.
    Quote(u8),
    /// A word or sign that a clause, condition or statement begins with.
    Word,
    /// Two dollar signs, which may close a string of PostgreSQL around the value.
    Dollar,
    /// A slash of a path.
    Slash,
}

/// A byte at which a fragment may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spot {
    pub at: usize,
    pub kind: Kind,
}

/// Bytes before two dollar signs that may close a string.
const NEAR: usize = 64;

/// Whether only a word, or nothing, lies before the end of a string.
fn is_plain(before: &[u8]) -> bool {
    before.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'@'))
}

/// What a value may hold besides the words of prose, as far as its kinds of byte and its known words tell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Look {
    /// Words that may be spots.
    words: bool,
    /// Words may hold underscores or dollar signs.
    joints: bool,
    /// Words that may be spots without being known: cut in pieces, behind a number or before dollar signs. Every byte is
    /// looked at.
    pub every: bool,
    /// The other signs that are spots.
    signs: Signs,
    /// Every slash begins a segment that is read as a value.
    pub path: bool,
    /// Sentences may be passed over unread.
    pub calm: bool,
}

impl Look {
    /// What `value` may hold.
    pub fn of(value: &Value<'_>) -> Look {
        let (text, wake, words) = (value.bytes, value.wake, value.words);
        let path = value.place == Place::Path;
        let mut signs = Signs::NONE;
        for (kind, byte) in [(Wake::SINGLE, b'\''), (Wake::DOUBLE, b'"'), (Wake::BACKTICK, b'`')] {
            signs.add_if(wake.any(kind), byte);
        }
        let known = words.any(Groups::SQL);
        let glued = words.any(Groups::SQL_GLUED);
        let company = Company::of(text, wake, glued, |at| begins_statement_if(text, at, known));
        signs.add_if(company.statement, b';');
        signs.add_if(company.pipes, b'|');
        signs.add_if(company.amps, b'&');
        signs.add_if(path, b'/');
        let cut = wake.any(Wake::CONTROL) && memchr::memchr(0, text).is_some() || company.cut;
        let tag = wake.any(Wake::DOLLAR) && has_tag(text);
        // A backslash tells how strings end where a quote stands behind it.
        let saved = || wake.any(Wake::QUOTE) && (has_pair(text, *b"\\'") || has_pair(text, *b"\\\""));
        let calm = !(wake.any(Wake::BACKSLASH) && saved() || tag || company.choice);
        let every = cut || tag && has_pair(text, *b"$$") || glued && company.suffix;
        let joints = wake.any(Wake::UNDERSCORE.or(Wake::DOLLAR));
        Look { words: words.any(Groups::SQL_OPENING), joints, every, signs, path, calm }
    }

    /// What a text may hold in which no word is cut in pieces and strings end in one way.
    pub fn calm(words: bool, joints: bool) -> Look {
        Look { words, joints, every: false, signs: Signs::NONE, path: false, calm: true }
    }

    /// Whether every byte is looked at, or sentences are not passed over.
    #[cfg(test)]
    pub fn is_every_or_restless(&self) -> bool {
        self.every || !self.calm
    }

    /// The same, by a look at every byte.
    #[cfg(test)]
    pub fn closer(self) -> Look {
        Look { every: true, ..self }
    }

    /// Everything, so that every byte is looked at.
    #[cfg(test)]
    pub fn every(path: bool) -> Look {
        Look { words: true, joints: true, every: true, signs: Signs::NONE, path, calm: false }
    }
}

/// Whether a value is read that is `text`: it has a spot, or what a bare expression or statement cannot do without.
#[cfg(test)]
pub(super) fn reads(text: &[u8]) -> bool {
    let mut spots = spots(text, Look::every(false), Places::NONE);
    let word = word_at(text, first(text));
    spots.next().is_some() || spots.hint || matches!(lookup(word), Word::Statement | Word::Case | Word::From)
}

/// Bytes of ASCII to look for.
#[derive(Clone, Copy, Debug)]
struct Signs {
    set: Set,
    any: bool,
}

impl Signs {
    const NONE: Signs = Signs { set: Set::of(b""), any: false };

    fn add_if(&mut self, present: bool, byte: u8) {
        if present {
            *self = Signs { set: self.set.with(byte), any: true };
        }
    }
}

/// Bytes that are worth passing, more than [`NEAR`].
const FAR: usize = 256;

/// Finds the spots of a text in order.
pub(super) struct Spots<'a> {
    text: &'a [u8],
    at: usize,
    look: Look,
    /// Where the known words stand, and the next of them.
    words: Openings<'a>,
    word: usize,
    /// Where the signs stand, and the next of them.
    signs: bytes::Places<'a>,
    sign: usize,
    /// The block of which the quotes are passed with which nothing goes on.
    thinned: usize,
    /// Up to here every byte is looked at.
    every: usize,
    /// Which kinds of quote have been taken: of these, those are passed over behind which nothing of SQL goes on.
    pub seen: Seen,
    /// Something that alone is no spot, but may end or fill a fragment that begins at the first byte.
    hint: bool,
}

/// The spots of `text`, in which there may be what `look` says, and whose words stand at `places`; in a path every slash is one.
pub(super) fn spots<'a>(text: &'a [u8], look: Look, places: Places<'a>) -> Spots<'a> {
    // Some of the places noted are of words that are read for nothing: that must not tell how strings end.
    let places = if look.calm { places } else { Places::NONE };
    let mut words =
        if look.words && !look.every { Openings::of(text, look.joints, places) } else { Openings::none() };
    let every = if look.every { text.len() } else { 0 };
    let signed = if look.signs.any && !look.every { text } else { &[] };
    let mut signs = look.signs.set.places(signed);
    let (word, sign) = (words.next().unwrap_or(text.len()), signs.next().unwrap_or(text.len()));
    let (thinned, seen) = (usize::MAX, Seen::default());
    Spots { text, at: 0, look, words, word, signs, sign, thinned, every, seen, hint: false }
}

/// Whether reading the value from its first byte can yield anything, where it has no spot but words that are none: it has
/// what a bare expression or statement cannot do without.
pub(super) fn any(value: &Value<'_>, look: Look, sentence: impl FnOnce() -> bool) -> bool {
    let (text, wake, words) = (value.bytes, value.wake, value.words);
    let begins = || matches!(lookup(word_at(text, first(text))), Word::Statement | Word::Case | Word::From);
    if words.any(Groups::SQL) && begins() || has_hint(text, wake) {
        return !sentence();
    }
    let called = || wake.any(Wake::PAREN) && words.any(Groups::SQL) && may_call(text);
    if !look.every && !words.any(Groups::SQL_OPENING.or(Groups::SQL_HINT)) && !called() || sentence() {
        return false;
    }
    let mut spots = spots(text, Look { every: true, path: false, ..look }, Places::NONE);
    spots.next().is_some() || spots.hint
}

/// The first byte that is neither blank nor a parenthesis.
fn first(text: &[u8]) -> usize {
    text.iter().position(|b| !b.is_ascii_whitespace() && *b != b'(').unwrap_or(0)
}

/// Whether a comment, variable of the system or comparison of numbers may lie in `text`.
fn has_hint(text: &[u8], wake: Wake) -> bool {
    let compared = |at: usize| {
        let byte = |at: usize| text.get(at).copied().unwrap_or(0);
        at > 0
            && matches!(byte(at - 1), b'0'..=b'9' | b' ' | b')')
            && matches!(byte(at + 1), b'0'..=b'9' | b' ' | b'(' | b'=' | b'>' | b'-')
    };
    wake.any(Wake::HASH)
        || wake.any(Wake::DASH) && has_pair(text, *b"--")
        || wake.any(Wake::AT) && has_pair(text, *b"@@")
        // Of `*/*` in lists of media types no comment is meant.
        || wake.all(Wake::SLASH.or(Wake::STAR)) && has_comment(text, |b| b != b'*')
        || wake.any(Wake::EQUALS.or(Wake::LESS).or(Wake::GREATER))
            && memchr::memchr3_iter(b'=', b'<', b'>', text).any(compared)
        || wake.any(Wake::BANG) && memchr::memchr_iter(b'!', text).any(compared)
}

fn byte_in(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

impl<'a> Spots<'a> {
    /// Those of the words and signs that begin from `start` on before `end`.
    pub fn within(text: &'a [u8], start: usize, end: usize, look: Look) -> Spots<'a> {
        let (words, signs) = (Openings::none(), look.signs.set.places(&[]));
        Spots {
            text,
            at: start,
            look,
            words,
            word: text.len(),
            signs,
            sign: text.len(),
            thinned: usize::MAX,
            every: end,
            seen: Seen::default(),
            hint: false,
        }
    }

    /// Up to where the text was looked at.
    pub fn at(&self) -> usize {
        self.at
    }

    /// Whether nothing of SQL goes on behind the quote at `at`, and it is not the first of its kind.
    #[inline]
    fn passes(&self, at: usize, quote: u8) -> bool {
        self.seen.holds(quote) && self.text.get(at + 1).is_none_or(|next| ENDS[usize::from(*next)])
    }

    /// The next sign.
    #[inline]
    fn sign(&mut self) -> usize {
        if self.signs.block() != self.thinned {
            self.thin();
        }
        self.signs.next().unwrap_or(self.text.len())
    }

    /// Passes over the quotes of a block behind which nothing of SQL goes on, if all of them are of kinds that have been taken.
    ///
    /// PERF: so it is with nearly every quote of a flood.
    #[inline(never)]
    fn thin(&mut self) {
        let base = self.signs.block();
        self.thinned = base;
        let new = |quote: u8| self.look.signs.set.holds(quote) && !self.seen.holds(quote);
        if self.signs.left().count_ones() >= MANY && !b"'\"`".iter().any(|quote| new(*quote)) {
            self.signs.drop(quotes::barren(self.text, base));
        }
    }

    /// Passes over the words and signs that begin before `end`, if nothing else is looked for. What begins behind is told as
    /// it would be.
    pub fn pass_words(&mut self, end: usize) {
        let end = end.min(self.text.len());
        let other = b"'\"`/".iter().any(|b| self.look.signs.set.holds(*b));
        let every = self.look.every && (self.at <= NEAR || !self.look.signs.any);
        if end < self.at + FAR || other || every {
            return;
        }
        // Nothing that is looked at as a whole goes over such a byte.
        let apart = |b: &u8| CLASS[usize::from(*b)] == 0 || b"=<>!-@#".contains(b);
        let Some(before) =
            self.text.get(self.at + FAR / 2..end).and_then(|text| text.iter().rposition(apart))
        else {
            return;
        };
        self.at += FAR / 2 + before;
        self.words.skip_to(self.at);
        self.signs.skip_to(self.at);
        let len = self.text.len();
        self.word = self.words.next().unwrap_or(len);
        self.sign = self.sign();
    }

    /// The next byte to look at.
    ///
    /// PERF: between known words and signs nothing is looked at; a word is then read from where it begins, which may be
    /// before its letters.
    fn place(&mut self) -> Option<usize> {
        if self.at < self.every {
            return Some(self.at);
        }
        let len = self.text.len();
        while self.word < self.at {
            self.word = self.words.next().unwrap_or(len);
        }
        while self.sign < self.at {
            self.sign = self.sign();
        }
        let next = self.sign.min(self.word);
        let before = self.text.get(self.at..next).filter(|_| next < len)?;
        self.every = next + 1;
        Some(next - before.iter().rev().take_while(|b| is_word(**b) && next == self.word).count())
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }
}

/// Whether the word at `start` opens a fragment.
pub(super) fn opens(text: &[u8], start: usize, word: &[u8], hint: &mut bool) -> bool {
    let end = start + word.len();
    let cut = matches!((byte_in(text, end), byte_in(text, end + 1)), (b'/', b'*') | (b'<', b'>'))
        || byte_in(text, end) == 0 && end < text.len();
    if cut && joined(text, start, end).is_some() {
        return true;
    }
    if !may_open(word) {
        note_call(text, end, word, hint);
        return false;
    }
    let (next, byte) = skip(text, end);
    match Short::at(text, start).map_or_else(|| lookup(word), Short::part) {
        Word::And | Word::Or | Word::Xor => joins(text, next),
        Word::Set => {
            matches!(byte, b'(' | b'/' | b'*' | b'-' | b'#' | b'\'' | b'"')
                || byte.is_ascii_alphabetic()
                || next >= text.len()
        }
        Word::Select | Word::Delay | Word::Having | Word::Where => true,
        Word::Group => word_at(text, next).eq_ignore_ascii_case(b"by") || byte == b'/',
        Word::Sleep | Word::Leak | Word::Reach => {
            *hint = true;
            matches!(byte, b'(' | b'.')
        }
        Word::Catalog => {
            *hint = true;
            false
        }
        Word::Statement => byte.is_ascii_alphabetic() || matches!(byte, b'@' | b'(' | b'/'),
        Word::Procedure | Word::Into => true,
        _ => {
            note_call(text, end, word, hint);
            false
        }
    }
}

/// A function and its parenthesis: no spot, but a bare expression may be made of it.
fn note_call(text: &[u8], end: usize, word: &[u8], hint: &mut bool) {
    let next = byte_in(text, end);
    let open = next == b'(' || (next <= b' ' || next == b'+') && skip(text, end).1 == b'(';
    *hint |= open && !*hint && lookup(word) != Word::Name;
}

/// Whether a condition may follow `and` or `or`: not the next word of a sentence.
fn joins(text: &[u8], at: usize) -> bool {
    if !byte_in(text, at).is_ascii_alphabetic() {
        return at < text.len();
    }
    let (part, end) = part_at(text, at);
    if const { Parts::of(&FIRSTS) }.hold(part) {
        return true;
    }
    let (next, byte) = skip(text, end);
    if byte.is_ascii_alphabetic() {
        return const { Parts::of(&SECONDS) }.hold(part_at(text, next).0);
    }
    matches!(
        byte,
        b'=' | b'<'
            | b'>'
            | b'!'
            | b'('
            | b'.'
            | b'~'
            | b'|'
            | b'&'
            | b'*'
            | b'+'
            | b'-'
            | b'/'
            | b'%'
            | b'^'
            | b'@'
    )
}

/// What a condition may begin with, besides names, and what then follows a name of it.
pub(super) const FIRSTS: [Word; 6] =
    [Word::Not, Word::Prefix, Word::Select, Word::Case, Word::Literal, Word::Session];
pub(super) const SECONDS: [Word; 5] = [Word::Compare, Word::In, Word::Between, Word::Is, Word::Not];
pub(super) static FIRST: Pairs = Pairs::of(&FIRSTS);
pub(super) static SECOND: Pairs = Pairs::of(&SECONDS);

impl Iterator for Spots<'_> {
    type Item = Spot;

    fn next(&mut self) -> Option<Spot> {
        // PERF: quotes that stand before the next word, as in a flood of them.
        if self.at >= self.every && self.at <= self.sign {
            let mut sign = self.sign;
            while sign < self.word && CLASS[usize::from(self.byte(sign))] == 1 {
                let (at, quote) = (sign, self.byte(sign));
                sign = self.sign();
                if !self.passes(at, quote) {
                    (self.at, self.every, self.sign) = (at + 1, at + 1, sign);
                    return Some(Spot { at, kind: Kind::Quote(quote) });
                }
            }
            // Nothing is to be looked at before a sign.
            self.sign = sign;
        }
        while let Some(at) = self.place() {
            let b = self.byte(at);
            self.at = at;
            match CLASS[usize::from(b)] {
                0 => self.at += 1,
                1 => {
                    self.at += 1;
                    if self.passes(at, b) {
                        continue;
                    }
                    return Some(Spot { at, kind: Kind::Quote(b) });
                }
                2 => {
                    let word = word_at(self.text, at);
                    // A dollar sign may be part of a name, but not where it ends a string.
                    let word = word.strip_suffix(b"$$").filter(|_| at <= NEAR).unwrap_or(word);
                    self.at += word.len().max(wide_blank(self.text, at)).max(1);
                    if word.len() > 1 && opens(self.text, at, word, &mut self.hint) {
                        return Some(Spot { at, kind: Kind::Word });
                    }
                }
                3 => self.number(),
                _ => {
                    self.at += 1;
                    let next = self.byte(at + 1);
                    match b {
                        b';' if begins_statement(self.text, at + 1) => {
                            return Some(Spot { at, kind: Kind::Word });
                        }
                        b'|' | b'&' if next == b => {
                            self.at += 1;
                            return Some(Spot { at, kind: Kind::Word });
                        }
                        b'$' if next == b'$' && at <= NEAR && self.text.get(..at).is_some_and(is_plain) => {
                            self.at += 1;
                            return Some(Spot { at, kind: Kind::Dollar });
                        }
                        b'/' if self.look.path => return Some(Spot { at, kind: Kind::Slash }),
                        // Of `*/*` in lists of media types no comment is meant.
                        b'/' => self.hint |= next == b'*' && (at == 0 || self.byte(at - 1) != b'*'),
                        b'#' => self.hint = true,
                        b'-' => self.hint |= next == b'-',
                        b'@' => self.hint |= next == b'@',
                        b'=' | b'<' | b'>' | b'!' => {
                            let digit = at > 0 && matches!(self.byte(at - 1), b'0'..=b'9' | b' ' | b')');
                            self.hint |=
                                digit && matches!(next, b'0'..=b'9' | b' ' | b'(' | b'=' | b'>' | b'-');
                        }
                        _ => {}
                    }
                }
            }
        }
        None
    }
}

impl Spots<'_> {
    /// Passes a number, up to the word that may be glued to it.
    fn number(&mut self) {
        let digits = |from: usize| {
            self.text.get(from..).unwrap_or(&[]).iter().take_while(|b| b.is_ascii_digit()).count()
        };
        let mut at = self.at + digits(self.at);
        match self.byte(at) {
            b'e' | b'E' => at += if digits(at + 1) > 0 { 1 + digits(at + 1) } else { 0 },
            b'd' | b'D' | b'f' | b'F' if may_open(word_at(self.text, at + 1)) => at += 1,
            _ => {}
        }
        self.at = at;
    }
}

/// 1 quotes, 2 what begins a word, 3 digits, 4 signs that count in company.
static CLASS: [u8; 256] = table!(b => match b {
    b'\'' | b'"' | b'`' => 1,
    b'a'..=b'z' | b'A'..=b'Z' | b'_' => 2,
    0x80..=0x9F | 0xA1.. => 2,
    b'0'..=b'9' => 3,
    b';' | b'|' | b'&' | b'/' | b'#' | b'-' | b'@' | b'=' | b'<' | b'>' | b'!' | b'$' => 4,
    _ => 0,
});

/// Whether a word that may begin a statement, or a parenthesis or comment, follows a semicolon.
pub(super) fn begins_statement(text: &[u8], at: usize) -> bool {
    begins_statement_if(text, at, true)
}

/// The same of a text that holds words of SQL only if they are `known` to be there.
pub(super) fn begins_statement_if(text: &[u8], at: usize, known: bool) -> bool {
    let (next, byte) = skip(text, at);
    match byte {
        b'(' | b'/' | b'-' | b'#' | b';' => true,
        _ if known && byte.is_ascii_alphabetic() => lookup(word_at(text, next)) != Word::Name,
        _ => false,
    }
}

/// The part of the word at `at`, as the lexer cuts it, and its end.
#[inline]
fn part_at(text: &[u8], at: usize) -> (Word, usize) {
    match Short::at(text, at) {
        Some(short) => (short.part(), at + short.len),
        None => {
            let word = word_at(text, at);
            (lookup(word), at + word.len())
        }
    }
}

/// The word at `at`, as the lexer cuts it.
fn word_at(text: &[u8], at: usize) -> &[u8] {
    text.get(at..word_end(text, at)).unwrap_or(&[])
}

/// The next byte that is no blank, and where it lies. A plus sign may stand for a blank.
pub(super) fn skip(text: &[u8], at: usize) -> (usize, u8) {
    let mut at = at;
    while let Some(&b) = text.get(at) {
        match b {
            0..=b' ' | b'+' | 0xA0 => at += 1,
            0x80.. if wide_blank(text, at) > 0 => at += wide_blank(text, at),
            _ => return (at, b),
        }
    }
    (at, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_values_have_no_spot() {
        for text in [
            "Mozilla/5.0 (X11 Linux x86_64) Gecko/20100101",
            "text/html,*/*",
            "first-name",
            "8 or nine",
            "2024-01-02",
        ] {
            assert!(!reads(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn spots_are_found_wherever_a_word_may_begin() {
        for (text, at) in [
            ("1union select", 1),
            ("1e5union(select", 3),
            ("2dunion all", 2),
            ("/*!50000select", 8),
            ("a or b=1", 2),
            ("x un/**/ion", 2),
            ("a;drop t", 1),
        ] {
            assert_eq!(
                spots(text.as_bytes(), Look::every(false), Places::NONE).next().map(|s| s.at),
                Some(at),
                "{text}"
            );
        }
    }
}
