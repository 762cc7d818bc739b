//! Whether what stands behind a mark is certainly no command of a Unix shell, told without reading it.
//!
//! What comes in: a place where a command may begin. What goes out: true only if the [shell](crate::detect::lex::shell) would
//! read a first word there that is the name of no program and sets no variable, or no word at all. What always holds: a
//! walk over a few dozen bytes that keeps no words; where it meets what it does not know (expansions, lists in braces, names
//! in pieces, patterns for paths) it says no, and the reading tells.
//!
//! PERF: in a flood of marks a reading begins at each of them, and costs ten times as much.

mod word;

use word::{SIGNS, Sign, Word};

use crate::detect::lex::shell::SPAN;

/// Most tokens that are passed; a reading passes no fewer before it gives up.
const MOST: usize = 40;
/// Most bytes in quotes that are gone over.
const FEW: usize = 16;

/// What a value is to the walks over it, and what they have found.
#[derive(Debug)]
pub(super) struct Walks {
    /// Whether `+` stands for a blank.
    plus: bool,
    /// Whether a word may have slashes.
    slashes: bool,
    /// Where walks that came to nothing were between two words: the place and state, and in the last byte how many tokens
    /// were left to go.
    passed: [u64; KEPT],
    /// The places of the walk under way, and in the last byte how many tokens it had taken there.
    way: [u64; MOST],
    /// How far the last walk went that had to leave it to the reading: those that begin before would come there, too.
    vain: usize,
}

/// Places kept, of which there are four at each byte: those of some thirty bytes before the last.
const KEPT: usize = 128;

impl Walks {
    pub(super) fn new(plus: bool, slashes: bool) -> Walks {
        Walks { plus, slashes, passed: [0; KEPT], way: [0; MOST], vain: 0 }
    }

    /// Whether nothing comes of reading what stands at `from`. Paths by pattern are for the caller to rule out.
    pub(super) fn come_to_nothing(&mut self, bytes: &[u8], from: usize) -> bool {
        if from < self.vain {
            return false;
        }
        // What a variable holds may have been set before.
        let blank = bytes.get(from).is_some_and(u8::is_ascii_whitespace);
        let text = bytes.get(from..).unwrap_or_default();
        let text = if blank { text.trim_ascii_start() } else { text };
        if text.first() == Some(&b'$') && text.get(1) != Some(&b'(') {
            return false;
        }
        let mut walk = Walk {
            bytes,
            at: from,
            braces: 0,
            word: Word::default(),
            ticks: from.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'`'),
            target: false,
            fresh: true,
        };
        let (mut places, mut taken) = (0, 0);
        while taken < MOST {
            if !walk.word.open {
                taken += walk.pass_marks(self.plus, MOST - taken);
                if taken == MOST {
                    break;
                }
                if walk.braces == 0 {
                    let place = u64::from(walk.state());
                    // Whatever stands behind is as it was for the walk before.
                    if let Some(&known) = self.passed.get(place as usize % KEPT)
                        && known >> 8 == place
                        && taken + (known & 0xff) as usize <= MOST
                    {
                        self.keep(places, taken + (known & 0xff) as usize);
                        return true;
                    }
                    if let Some(slot) = self.way.get_mut(places) {
                        *slot = place << 8 | taken as u64;
                        places += 1;
                    }
                }
            }
            match walk.step(self.plus, self.slashes) {
                Step::On => taken += 1,
                Step::Nothing => {
                    self.keep(places, taken + 1);
                    return true;
                }
                Step::May => break,
            }
        }
        self.vain = walk.at;
        false
    }

    /// Keeps so many places of a walk that came to nothing after so many tokens.
    fn keep(&mut self, places: usize, taken: usize) {
        for &kept in self.way.get(..places).unwrap_or_default() {
            let (place, before) = (kept >> 8, kept & 0xff);
            if let Some(slot) = self.passed.get_mut(place as usize % KEPT) {
                *slot = place << 8 | (taken as u64).saturating_sub(before);
            }
        }
    }
}

/// Whether a walk goes on.
enum Step {
    On,
    /// Nothing comes of it.
    Nothing,
    /// Something may.
    May,
}

/// A walk under way.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Braces that are open.
    braces: usize,
    word: Word,
    /// Whether a backtick is open.
    ticks: bool,
    /// Whether the next word is where a redirection goes.
    target: bool,
    /// Whether `#` would begin a comment.
    fresh: bool,
}

impl Walk<'_> {
    #[inline(always)]
    fn byte(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// Where the walk is between two words, and in which state.
    #[inline(always)]
    fn state(&self) -> u32 {
        let comment = self.fresh && self.byte(0) == b'#';
        u32::from(comment) << 31
            | (self.at as u32 + 1) << 2
            | u32::from(self.ticks) << 1
            | u32::from(self.target)
    }

    /// Passes over marks and blanks that come to nothing before a word, and are `most` tokens at most; how many.
    ///
    /// PERF: most of what stands between two words is such.
    #[inline(always)]
    fn pass_marks(&mut self, plus: bool, most: usize) -> usize {
        let mut taken = 0;
        while taken < most {
            let len = match SIGNS[usize::from(self.byte(0))] {
                Sign::Blank | Sign::Open => 1,
                Sign::Plus if plus => 1,
                Sign::Separator => 1 + usize::from(self.byte(0) == b';' && self.byte(1) == b';'),
                Sign::Pipe => 1 + usize::from(matches!(self.byte(1), b'|' | b'&')),
                Sign::Ampersand if self.byte(1) != b'>' => 1 + usize::from(self.byte(1) == b'&'),
                _ => break,
            };
            (self.at, self.fresh) = (self.at + len, true);
            taken += 1;
        }
        taken
    }

    /// Goes on within a word.
    #[inline(always)]
    fn within(&mut self, len: usize) -> Step {
        self.at += len;
        Step::On
    }

    /// Goes on behind `len` bytes that hold what is quoted. With a byte that no name has the word names nothing, whatever
    /// follows but a slash; it is no assignment either, unless an equals sign stands before that byte.
    ///
    /// PERF: so it is with most quotes in a flood of them.
    #[inline(always)]
    fn behind(&mut self, len: usize, slashes: bool) -> Step {
        if self.word.other && !(self.target || slashes || self.word.equals) {
            return Step::Nothing;
        }
        self.within(len)
    }

    /// A byte that no name has, but which may stand before a slash.
    #[inline(always)]
    fn other(&mut self) -> Step {
        self.word.begin(self.at);
        self.word.other = true;
        self.within(1)
    }

    /// Here ends the reading, or the first word.
    #[inline(always)]
    fn ends(&self) -> Step {
        if self.word.is_nothing(self.bytes, self.at) { Step::Nothing } else { Step::May }
    }

    /// A token of `len` bytes that ends a word; behind it `#` is a comment or not.
    #[inline(always)]
    fn part(&mut self, len: usize, fresh: bool) -> Step {
        if self.word.open {
            if !self.word.is_nothing(self.bytes, self.at) {
                return Step::May;
            }
            if !self.target {
                return Step::Nothing;
            }
            (self.word, self.target) = (Word::default(), false);
        }
        self.fresh = fresh;
        self.at += len;
        Step::On
    }

    #[inline(always)]
    fn redirect(&mut self, len: usize) -> Step {
        let step = self.part(len, false);
        self.target = true;
        step
    }

    /// `$(`, `<(`, `>(`
    #[inline(always)]
    fn substitution(&mut self) -> Step {
        // `$()` comes to nothing inside a word, `$((` is a number.
        if self.byte(2) == b')' || self.byte(0) == b'$' && self.byte(2) == b'(' {
            return Step::May;
        }
        if self.word.open { self.ends() } else { self.within(2) }
    }

    /// Takes the next token.
    #[inline(always)]
    fn step(&mut self, plus: bool, slashes: bool) -> Step {
        let Some(&b) = self.bytes.get(self.at) else { return self.ends() };
        let (next, fresh) = (self.byte(1), std::mem::replace(&mut self.fresh, false));
        match SIGNS[usize::from(b)] {
            Sign::Blank => self.part(1, true),
            Sign::Plus if plus => self.part(1, true),
            Sign::Name | Sign::Plus => {
                self.word.begin(self.at);
                self.word.named = true;
                let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
                let more = rest.iter().position(|b| SIGNS[usize::from(*b)] != Sign::Name);
                self.within(1 + more.unwrap_or(rest.len()))
            }
            Sign::Hash if fresh && !self.word.open => Step::Nothing,
            Sign::Hash | Sign::Other | Sign::Wild => {
                self.word.wild |= matches!(b, b'?' | b'*');
                // Whatever follows but a slash.
                if self.target || slashes || self.word.equals { self.other() } else { Step::Nothing }
            }
            Sign::Colon => self.other(),
            Sign::Equals => {
                let number =
                    !self.word.joined && self.bytes.get(self.word.start).is_some_and(u8::is_ascii_digit);
                self.word.equals = true;
                let none = self.word.other || self.word.slash || !self.word.named || number;
                if none { self.other() } else { Step::May }
            }
            Sign::Separator => self.part(1 + usize::from(b == b';' && next == b';'), true),
            Sign::Ampersand if next == b'>' => self.redirect(2),
            Sign::Ampersand => self.part(1 + usize::from(next == b'&'), true),
            Sign::Pipe => self.part(1 + usize::from(matches!(next, b'|' | b'&')), true),
            Sign::Less => match next {
                b'(' => self.substitution(),
                b'<' => self.redirect(2 + usize::from(self.byte(2) == b'<')),
                _ => self.redirect(1 + usize::from(matches!(next, b'>' | b'&'))),
            },
            Sign::Greater => match next {
                b'(' => self.substitution(),
                _ => self.redirect(1 + usize::from(matches!(next, b'>' | b'&' | b'|'))),
            },
            // A fence of Markdown: two come to nothing, and the third ends what they begin.
            Sign::Backtick if next == b'`' => {
                let fence = !self.word.open && self.byte(2) == b'`' && self.byte(3) != b'`';
                if fence { Step::Nothing } else { Step::May }
            }
            Sign::Backtick if self.word.open || self.ticks => self.ends(),
            Sign::Backtick => {
                self.ticks = true;
                self.within(1)
            }
            Sign::Open if self.word.open && !self.target => self.other(),
            Sign::Open => self.part(1, true),
            Sign::Close => self.ends(),
            Sign::Dollar if next == b'(' => self.substitution(),
            Sign::Comma if self.braces > 0 => {
                // Here the target of a redirection is the word after all.
                if self.word.open { self.ends() } else { self.within(1) }
            }
            Sign::Comma => self.other(),
            Sign::BraceClose if self.braces > 0 => {
                self.braces -= 1;
                if self.word.open {
                    self.word.join(self.at);
                }
                self.within(1)
            }
            Sign::BraceClose => self.other(),
            Sign::BraceOpen if !self.word.open => {
                self.braces += 1;
                self.within(1)
            }
            Sign::Single | Sign::Double => {
                self.word.begin(self.at);
                self.word.join(self.at);
                match quotes(self.bytes, self.at) {
                    Some(text) => {
                        self.word.closed = true;
                        // Of more than a few bytes those behind them matter only where they could make a path.
                        let (near, rest) = text.split_at(text.len().min(FEW));
                        let told = near.iter().all(|b| self.word.quoted(*b));
                        let passed = if self.word.other {
                            memchr::memchr2(b'/', b'=', rest).is_none()
                        } else {
                            rest.iter().all(|b| self.word.quoted(*b))
                        };
                        if told && passed { self.behind(text.len() + 2, slashes) } else { Step::May }
                    }
                    None => self.within(1),
                }
            }
            Sign::Backslash if self.at + 1 < self.bytes.len() && next != b'\n' => {
                self.word.begin(self.at);
                self.word.join(self.at);
                if self.word.quoted(next) { self.behind(2, slashes) } else { Step::May }
            }
            Sign::Slash if !self.word.joined => {
                self.word.begin(self.at);
                self.word.slash = true;
                let rest = self.bytes.get(self.at + 1..).unwrap_or_default();
                let of_path = |b: &u8| matches!(SIGNS[usize::from(*b)], Sign::Name | Sign::Slash);
                self.within(1 + rest.iter().position(|b| !of_path(b)).unwrap_or(rest.len()))
            }
            Sign::Slash | Sign::BraceOpen | Sign::Bracket | Sign::Backslash | Sign::Dollar => Step::May,
        }
    }
}

/// The text in the quotes that open at `at`, if they are closed.
fn quotes(bytes: &[u8], at: usize) -> Option<&[u8]> {
    let quote = *bytes.get(at)?;
    let rest = bytes.get(at + 1..)?;
    let rest = rest.get(..SPAN).unwrap_or(rest);
    if quote == b'\'' {
        return rest.get(..memchr::memchr(quote, rest)?);
    }
    let mut i = 0;
    loop {
        i += memchr::memchr2(quote, b'\\', rest.get(i..)?)?;
        if rest.get(i) == Some(&quote) {
            return rest.get(..i);
        }
        i += 2;
    }
}

#[cfg(test)]
mod tests {
    use super::super::candidates::{Candidate, Opener};
    use super::super::command::weigh;
    use super::super::setting::Setting;
    use super::*;
    use crate::bytes::{Wake, wake};
    use crate::decode::Trust;
    use crate::detect::Value;
    use crate::detect::lex::words::Words;
    use crate::detect::words::words;
    use crate::points::Place;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_comes_of_what_is_passed_over_unread(
            parts in prop::collection::vec(prop::sample::select(&[
                ";", "|", "&", "`", "$(", "(", ")", "\n", ">", "<", "a", "=", " ", "#", "\"", "'", "{", "}", ",", "\\", "$x", "$", "id", "cat",
                "/", "etc", "?", "*", "[", "]", "sudo", "$IFS", "!", "[a]", "2", "+", ":", ".", "w", "ls", "-l", "bin", "x", "%", "@", "``",
                "python3", "if", "${x", "\u{e9}", "\t", "\r", "7z", "$'", "<(", "You", "dates", "c", "i", "/bin/", "/usr/share/x", "/tmp/", "//", "/*", "```", "/lib/ld-", "'OF_A_LONG_NAME_OR_TWO'", "\"no refund without\"", "'of the 7z and cat id'", "Cat", "If", "I",
            ][..]), 0..12),
            from in 0usize..2,
            plus in any::<bool>(),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let (place, name, wake) = (Place::QueryValue, &b"q"[..], wake(bytes));
            let (words, trust, first, last) = (words(bytes), Trust::Plain, true, true);
            let value = Value { bytes, place, name, wake, words, trust, first, last };
            let slashes = wake.any(Wake::SLASH) || wake.all(Wake::DOLLAR.or(Wake::SINGLE).or(Wake::BACKSLASH));
            let setting = Setting::of(&value, plus);
            let mut walks = Walks::new(plus, slashes);
            // From the end on, so that what was passed is met again.
            for from in (from..text.len()).rev().chain(0..text.len()) {
                walks.vain = 0;
                if setting.matched || !walks.come_to_nothing(bytes, from) {
                    continue;
                }
                let candidate = Candidate { opener: Opener::Semicolon, mark: 0, from };
                let found = weigh(bytes, candidate, Setting { matched: true, ..setting }, slashes, &mut Words::default(), None);
                prop_assert!(found.is_none(), "{} from {}: {:?}", text, from, found);
            }
        }
    }

    #[test]
    fn a_quoted_word_is_no_reserved_word() {
        let start = Candidate { opener: Opener::Semicolon, mark: 0, from: 0 };
        let found = |text: &[u8]| weigh(text, start, Setting::default(), false, &mut Words::default(), None);
        for text in [&b"{ id"[..], b"if id", b"! id"] {
            assert!(found(text).is_some(), "{}", text.escape_ascii());
        }
        for text in [&b"\"{\" id"[..], b"'if' id", b"i'f' id", b"\\{ id", b"\"{\">id"] {
            assert!(found(text).is_none(), "{}", text.escape_ascii());
        }
    }

    #[test]
    fn marks_in_a_row_with_nothing_behind_them_are_told() {
        for text in [
            "|&`$(\n>a<;x",
            "|>a",
            " ;& %x",
            "(a b",
            "a$(id",
            "'x,' y",
            "&gt;<",
            "```sh",
            "'OF_A_LONG_NAME': 1",
        ] {
            assert!(Walks::new(false, false).come_to_nothing(text.as_bytes(), 0), "{text}");
        }
        for text in [
            "|&`$(\n>a<;id",
            ">a id",
            "i'd",
            "' id",
            "a=b id",
            "x/../bin/id",
            "{id,x}",
            "$x",
            "w",
            "````id",
            "/tmp/x",
            "/b?n/id",
        ] {
            assert!(!Walks::new(false, true).come_to_nothing(text.as_bytes(), 0), "{text}");
        }
        for text in ["// a", "/* a", "</a>\n</b>", "/usr/share/x a=b", "/srv/x=y", "///"] {
            assert!(Walks::new(false, true).come_to_nothing(text.as_bytes(), 0), "{text}");
        }
        // A byte that no name has ends a walk, but not in what is written to or assigned, nor before a slash.
        for (text, slashes) in
            [(">'x,' id", false), ("a='x,' id", false), ("a=\\, id", false), ("'x,'/../bin/id", true)]
        {
            assert!(!Walks::new(false, slashes).come_to_nothing(text.as_bytes(), 0), "{text}");
        }
    }
}
