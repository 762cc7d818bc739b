//! The places at which a text of prose is read: quotes, semicolons and words told in one pass.
//!
//! It tells what [`Walk`] tells of the same text, of which it must be known that no word is cut in pieces and that reading a
//! string does not tell how the next ones end; where a sign says otherwise it gives up, and [`Walk`] is asked.

use super::openings::FIRSTS;
use super::signs::{has_tag, is_glued, is_within, may_cut};
use super::spots::{ENDS, Kind, Look, Spots, begins_statement, begins_statement_if, opens};
use super::walk::{Place, doubled, goes_on, is_stuck};
use super::{prose, sentences};
use crate::bytes::{Triples, Wake, all_masks_of, has_pair};
use crate::detect::lex::sql::{Short, is_word, word_end};
use crate::detect::{self, Groups, Places, Value};
use crate::points;

/// Bytes of a block.
const BLOCK: usize = Triples::BLOCK;
/// Blocks that are looked at together.
const BLOCKS: usize = 8;
/// Places that are told before the rest of a text is asked for signs alone.
const MOST: usize = 16;

/// Kinds of byte without which no sign stands anywhere.
const SIGNED: Wake =
    Wake::QUOTE.or(Wake::PIPE).or(Wake::AMPERSAND).or(Wake::LESS).or(Wake::STAR).or(Wake::SEMICOLON);
/// Signs that are looked at, besides backticks. Of other quotes those with a word of more than one letter behind them, or with something else.
static SIGNS: Triples = Triples::NONE
    .with(0, [b"qQ", b"'\"", b""])
    .with(1, [b"|&", b"|&", b""])
    .with(2, [b"</", b">*", b""])
    .with(3, [b";", b"", b""])
    .with(4, [b"0123456789", b"dDfF", LETTERS])
    .with(5, [b"'\"", LETTERS, IN_WORDS])
    .with(6, [b"'\"", NO_LETTERS, b""])
    .with(7, [b"'\"", b"@[\\]^_`{|}~\x7f", b""]);

/// One byte for each half that letters have, for each that what stands in words has, and for each of rows without letters.
const LETTERS: &[u8] = b"@AB\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x4d\x4e\x4f\x50\x60\x70";
const IN_WORDS: &[u8] =
    b"0AB\x43\x44\x45\x46\x47\x48\x49\x4a\x4b\x4c\x4d\x4e\x4f\x50\x60\x70\x80\x90\xa0\xb0\xc0\xd0\xe0\xf0";
const NO_LETTERS: &[u8] =
    &[0x00, 0x11, 0x22, 0x33, 0x84, 0x95, 0xa6, 0xb7, 0xc8, 0xd9, 0xea, 0xfb, 0x0c, 0x1d, 0x2e, 0x3f];

/// The places of a text, in order.
pub(super) struct Calm<'a> {
    text: &'a [u8],
    pub look: Look,
    /// Words of SQL are there; so are some that fragments begin with, and some with the suffix of a number before them.
    known: bool,
    worded: bool,
    glued: bool,
    joints: bool,
    /// Where the first quote of each kind stands; whether there are backticks.
    firsts: [usize; 3],
    ticks: bool,
    /// Whether there was a spot.
    any: bool,
    /// Where words stand that fragments begin with; whether it tells of the block looked at.
    places: Places<'a>,
    noted: bool,
    /// Where signs stand in some blocks; where the block looked at begins, and what is yet to be looked at in it: words and signs.
    told: [[u64; 1]; BLOCKS],
    ticked: [u64; BLOCKS],
    base: usize,
    masks: [u64; 2],
    /// Where the next block begins.
    next: usize,
    /// Up to here words and signs have been read.
    last: usize,
    odd: bool,
    kept: [Place; MOST],
    ready: usize,
    given: usize,
}

impl<'a> Calm<'a> {
    /// The places of `value`, whose words stand at `places`, if nothing in it tells that they have to be looked for otherwise.
    pub fn of(value: &Value<'a>, places: Places<'a>) -> Option<Calm<'a>> {
        let (text, wake, words) = (value.bytes, value.wake, value.words);
        // Where words may be cut, or strings end in more than one way.
        let saves = || b"'\"`".iter().any(|quote| has_pair(text, [b'\\', *quote]));
        if wake.any(Wake::CONTROL) && memchr::memchr(0, text).is_some()
            || value.place == points::Place::Path
            || wake.any(Wake::DOLLAR) && has_tag(text)
            || wake.any(Wake::BACKSLASH) && wake.any(Wake::QUOTE) && saves()
        {
            return None;
        }
        let glued = words.any(Groups::SQL_GLUED) && wake.any(Wake::DIGIT);
        let worded = words.any(Groups::SQL_OPENING);
        let joints = wake.any(Wake::UNDERSCORE.or(Wake::DOLLAR));
        let first = |kind, quote| if wake.any(kind) { memchr::memchr(quote, text) } else { None };
        let firsts = [first(Wake::SINGLE, b'\''), first(Wake::DOUBLE, b'"'), first(Wake::BACKTICK, b'`')];
        let mut calm = Calm {
            text,
            look: Look::calm(worded, joints),
            known: words.any(Groups::SQL),
            worded,
            glued,
            joints,
            firsts: firsts.map(|at| at.unwrap_or(text.len())),
            ticks: wake.any(Wake::BACKTICK),
            any: wake.any(Wake::QUOTE),
            places,
            noted: false,
            told: [[0]; BLOCKS],
            ticked: [0; BLOCKS],
            base: 0,
            masks: [0; 2],
            next: if worded || glued || wake.any(SIGNED) { 0 } else { text.len() },
            last: 0,
            odd: false,
            kept: [Place::Word(0); MOST],
            ready: 0,
            given: 0,
        };
        while calm.ready < MOST {
            let Some(place) = calm.find() else { break };
            calm.kept[calm.ready] = place;
            calm.ready += 1;
        }
        let odd = calm.odd || calm.ready == MOST && calm.is_odd_behind();
        (!odd).then_some(calm)
    }

    /// Whether there is a spot, read or not.
    pub fn any(&self) -> bool {
        let begins = |at| begins_statement_if(self.text, at + 1, self.known);
        self.any || memchr::memchr_iter(b';', self.text).any(begins)
    }

    /// Goes on to the next block.
    fn advance(&mut self) -> bool {
        let Some(rest) = self.text.get(self.next..).filter(|rest| !rest.is_empty()) else { return false };
        let n = self.next / BLOCK % BLOCKS;
        if n == 0 {
            Triples::blocks([&SIGNS], rest, &mut self.told);
            if self.ticks {
                all_masks_of(rest, [b'`'; 2], &mut self.ticked);
            }
        }
        let [signs] = self.told[n];
        let signs = signs | self.ticked[n];
        let noted = if self.worded { self.places.opens_sql(self.next) } else { Some(0) };
        self.noted = noted.is_some();
        let words = noted.unwrap_or_else(|| {
            let before = self.text.get(self.next.wrapping_sub(1)).is_some_and(u8::is_ascii_alphabetic);
            let (words, letters) = FIRSTS.beginnings(rest, u64::from(before));
            // Words that are not letters alone have other first letters.
            let joint = self.joints && has_joint(self.text, self.next);
            if joint { letters & !(letters << 1 | u64::from(before)) } else { words }
        });
        self.masks = [words, signs];
        (self.base, self.next) = (self.next, self.next + BLOCK);
        true
    }

    /// The next place.
    fn find(&mut self) -> Option<Place> {
        loop {
            let [words, signs] = self.masks;
            let bit = (words | signs) & (words | signs).wrapping_neg();
            if bit == 0 {
                if !self.advance() {
                    return None;
                }
                continue;
            }
            let at = self.base + bit.trailing_zeros() as usize;
            self.masks = [words & !bit, signs & !bit];
            let mut place = None;
            if signs & bit != 0 {
                if is_odd(self.text, at, self.glued) {
                    self.odd = true;
                    return None;
                }
                place = self.sign(at);
            }
            if words & bit != 0 {
                place = self.word(at, bit);
            }
            if place.is_some() {
                return place;
            }
        }
    }

    /// Whether a sign stands further on that gives [`is_odd`] reason to say so.
    fn is_odd_behind(&self) -> bool {
        let mut told = [[0]; BLOCKS];
        let mut base = self.base - self.base % (BLOCK * BLOCKS);
        while let Some(rest) = self.text.get(base..).filter(|rest| !rest.is_empty()) {
            Triples::blocks([&SIGNS], rest, &mut told);
            for [mut signs] in told.into_iter().take(rest.len().div_ceil(BLOCK)) {
                while signs != 0 {
                    if is_odd(self.text, base + signs.trailing_zeros() as usize, self.glued) {
                        return true;
                    }
                    signs &= signs - 1;
                }
                base += BLOCK;
            }
        }
        false
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn sign(&mut self, at: usize) -> Option<Place> {
        match self.byte(at) {
            quote @ (b'\'' | b'"' | b'`') => self.quote(at, quote),
            b';' => self.statement(at),
            sign @ (b'|' | b'&') if self.byte(at + 1) == sign && at >= self.last => {
                self.last = at + 2;
                Some(Place::Word(at))
            }
            _ => None,
        }
    }

    fn quote(&self, at: usize, quote: u8) -> Option<Place> {
        let [single, double, tick] = self.firsts;
        let first = at
            == match quote {
                b'"' => double,
                b'`' => tick,
                _ => single,
            };
        if !first && self.text.get(at + 1).is_none_or(|next| ENDS[usize::from(*next)]) {
            return None;
        }
        let at = at + if first { doubled(self.text, at, quote) } else { 0 };
        // PERF: most words with which no fragment goes on are told at one look.
        if let Some((from, [a, b, _])) = self.letters(at + 1)
            && !prose::may_continue(Short::at(self.text, from), &[a, b])
        {
            return None;
        }
        let read = goes_on(self.text, at + 1, first, true) && !is_stuck(self.text, at + 1);
        read.then_some(Place::Quote(quote, at, first))
    }

    fn statement(&self, at: usize) -> Option<Place> {
        // PERF: so it is with words, too. A quote behind one or two letters may begin a string with a prefix.
        if let Some((from, [a, b, c])) = self.letters(at + 1)
            && !matches!((b, c), (b'\'' | b'"', _) | (_, b'\'' | b'"'))
            && !(self.known && prose::may_begin_statement(Short::at(self.text, from), &[a, b]))
        {
            return None;
        }
        let begins = begins_statement(self.text, at + 1) && !prose::goes_on(self.text, at);
        begins.then_some(Place::Word(at))
    }

    /// The letter behind blanks at `at`, if one is there, and two bytes behind it; and where it stands.
    #[inline]
    fn letters(&self, at: usize) -> Option<(usize, [u8; 3])> {
        let mut rest = self.text.get(at..)?;
        while let [0..=b' ', behind @ ..] = rest {
            rest = behind;
        }
        let three: [u8; 3] = *rest.first_chunk()?;
        three[0].is_ascii_alphabetic().then_some((self.text.len() - rest.len(), three))
    }

    fn word(&mut self, at: usize, bit: u64) -> Option<Place> {
        let text = self.text;
        // PERF: most of them are told by the words behind them.
        let opens_sql = || self.noted || detect::words::opens_sql(text, at);
        if at < self.last || sentences::goes_on(text, at) || !opens_sql() {
            return None;
        }
        if at > 0 && is_word(self.byte(at - 1)) {
            return self.word_inside(at, bit);
        }
        let end = word_end(text, at);
        let word = text.get(at..end).unwrap_or_default();
        self.last = end;
        let opens = word.len() > 1 && opens(text, at, word, &mut false);
        self.any |= opens;
        (opens && !prose::goes_on(text, at)).then_some(Place::Word(at))
    }

    /// A word in whose middle known letters begin at `at`, or one behind a number.
    #[cold]
    fn word_inside(&mut self, at: usize, bit: u64) -> Option<Place> {
        let before = self.text.get(self.last..at).unwrap_or_default();
        let start = at - before.iter().rev().take_while(|b| is_word(**b)).count();
        let mut spots = Spots::within(self.text, start, at + 1, self.look);
        while let Some(spot) = spots.next() {
            self.any = true;
            if spot.kind == Kind::Word && !prose::goes_on(self.text, spot.at) {
                self.last = spots.at();
                // What lies behind it is looked at next.
                self.masks[0] |= bit;
                return Some(Place::Word(spot.at));
            }
        }
        self.last = spots.at();
        None
    }
}

impl Iterator for Calm<'_> {
    type Item = Place;

    #[inline]
    fn next(&mut self) -> Option<Place> {
        if self.given < self.ready {
            self.given += 1;
            return self.kept.get(self.given - 1).copied();
        }
        // What was not kept is told as it is asked for.
        if self.ready == MOST { self.find() } else { None }
    }
}

/// Whether an underscore or dollar sign stands in the block at `base`, right before it or in the one behind it.
fn has_joint(text: &[u8], base: usize) -> bool {
    let near = text.get(base.saturating_sub(1)..(base + 2 * BLOCK).min(text.len()));
    near.is_some_and(|near| memchr::memchr2(b'_', b'$', near).is_some())
}

/// Whether a sign at `at` cuts a word, or tells that a string ends in another way, or, if some words are `glued`, that one may be
/// to a number.
fn is_odd(text: &[u8], at: usize, glued: bool) -> bool {
    let byte = |at: usize| text.get(at).copied().unwrap_or(0);
    match (byte(at), byte(at + 1)) {
        (b'q' | b'Q', b'\'' | b'"') => true,
        (b'<', b'>') => may_cut(text, at),
        (b'/', b'*') => is_within(text, at),
        (b'0'..=b'9', _) => glued && is_glued(text, at),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use crate::decode::Trust;
    use crate::detect::sqli::is_quiet;
    use crate::detect::sqli::walk::Walk;
    use crate::detect::words::words;
    use proptest::prelude::*;

    fn agrees(text: &[u8]) {
        let value = Value {
            bytes: text,
            place: points::Place::QueryValue,
            name: b"",
            wake: wake(text),
            words: words(text),
            trust: Trust::Plain,
            first: true,
            last: true,
        };
        let look = Look::of(&value);
        let mut walk = Walk::of(text, look, Places::NONE);
        let expected: Vec<Place> = walk.by_ref().collect();
        let shown = String::from_utf8_lossy(text);
        let mut room = vec![Default::default(); text.len().div_ceil(BLOCK)];
        for places in [Places::NONE, Places::of(text, value.wake, &mut room).1] {
            let Some(mut calm) = Calm::of(&value, places) else {
                // A backslash before a backtick alone is no reason not to be calm.
                let alone = has_pair(text, *b"\\`");
                assert!(look.is_every_or_restless() || alone, "{shown}");
                return;
            };
            assert!(!look.is_every_or_restless(), "{shown}");
            // Behind a word with a comment that cuts nothing a sentence goes on as behind others, or is read for nothing.
            if memchr::memmem::find_iter(text, b"/*").any(|at| at > 0 && is_word(text[at - 1])) {
                return;
            }
            let found: Vec<Place> = calm.by_ref().collect();
            assert_eq!(found, expected, "{shown}");
            if found.is_empty() {
                // A word that goes on as a sentence does may be no spot here, and is looked at then.
                let quiet = |any| is_quiet(&value, look, false, any);
                assert_eq!(quiet(calm.any()), quiet(walk.any), "{shown}");
            }
        }
    }

    #[test]
    fn places_behind_those_kept_are_told_too() {
        agrees(&b"a union select b; drop table c' or 1=1 and the ".repeat(60));
        agrees(&[&b"a' or 1=1 and the ".repeat(60)[..], b"q'[x]'"].concat());
        agrees(&[&b"and he's there; it is ".repeat(60)[..], b"x<>y"].concat());
        agrees(&b"a `b` or 1=1 and `the`; \\n ` or 2=2 ".repeat(60));
    }

    proptest! {
        #[test]
        fn places_are_those_of_a_walk(
            parts in prop::collection::vec(
                (
                    prop::sample::select(&[
                        "or", "and", "union", "Select", "where", "order", "by", "group", "set", "into", "exec", "drop", "in",
                        "load_file", "pg_sleep", "sleep", "is", "not", "like", "the", "it", "s", "re", "a", "of", "x", "n", "3",
                        "5d", "2", "", "", "", "chairs", "outfile", "having", "procedure", "analyse", "declare", "waitfor",
                    ][..]),
                    prop::sample::select(&[
                        " ", " ", " ", " ", " ", "'", "' ", " '", "\"", "\" ", "; ", ";", ", ", ". ", "(", ")", " = ", "=", "||",
                        "|", "&&", "& ", "_", "$", "-", "--", "#", "\u{e9}", "\u{3000}", "\u{a0}", "1", "+", "/", "''", "\n", ": ", "`", "` ", " `", "``", "`;", "\\", "\\n",
                        " /*", "*/", " /**/", "5dx", "3f", "1dfor", "\x0c", "\x1b[", "\x7f",
                        "                                                            ",
                    ][..]),
                ),
                0..60,
            ),
            odd in prop::sample::select(&["", "", "", "", "q'", "<>", "<>", "x<>y", "x/*", " /*", "1dor", "\\`", "\\'", "\\\"", "$$", "$a$", "\0"][..]),
            place in any::<prop::sample::Index>(),
        ) {
            let at = place.index(parts.len() + 1);
            let join = |parts: &[(&str, &str)]| parts.iter().flat_map(|(a, b)| [*a, *b]).collect::<String>();
            agrees((join(&parts[..at]) + odd + &join(&parts[at..])).as_bytes());
        }
    }
}
