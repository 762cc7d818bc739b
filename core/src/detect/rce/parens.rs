//! What the parentheses of a value stand at, told once for all readers of calls.

use super::calls::BEFORE;
use super::functions::may_end_in;
use super::java;
use crate::bytes::{Triples, Wake, table};
use crate::detect::beside::Beside;
use crate::detect::lex::find::{beside, places};
use crate::detect::{Groups, Value};

/// What the parentheses of a value stand at.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Parens {
    /// The name of a call may be spelt in pieces, or be parted from its parenthesis by a comment.
    pub parted: bool,
    /// One stands behind the last word of a name that is known, if there is any such word.
    pub known: bool,
    /// One stands behind the name of what reaches into Java.
    pub reaches: bool,
}

/// Two bytes before a parenthesis of which [`Parens::note`] takes note, whatever name is known: marks and blanks, and the ends of
/// what reaches into Java.
static NOTED: Triples = Triples::NONE
    .with(0, [b"", b")'\"/", b"("])
    .with(1, [b"", b"]}", b"("])
    .with(2, [b"", b" \t\n\r\x0b\x0c", b"("])
    .with(3, [b"", b"T", b"("])
    .with(4, [b"s", b"s", b"("])
    .with(5, [b"mkt", b"e", b"("])
    .with(6, [b"e", b"cr", b"("])
    .with(7, [b"o", b"d", b"("]);

/// What a byte before a parenthesis is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Name,
    Blank,
    /// Of what a name is put together from, or the end of a comment.
    Mark,
    Other,
}

impl Before {
    #[inline]
    fn of(b: u8) -> Before {
        static OF: [Before; 256] = table!(b => match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' => Before::Name,
            b' ' | b'\t' | b'\r' | 0x0b | 0x0c => Before::Blank,
            b')' | b']' | b'\'' | b'"' | b'}' | b'/' | b'\n' => Before::Mark,
            _ => Before::Other,
        });
        OF[usize::from(b)]
    }
}

impl Parens {
    /// Of `value`. PERF: in one pass for all readers of calls.
    pub(super) fn of(value: &Value<'_>) -> Parens {
        let (bytes, mut parens) = (value.bytes, Parens::default());
        if !value.wake.any(Wake::PAREN) {
            return parens;
        }
        if !value.may_hold(Beside::TIGHT.or(Beside::PARTED)) {
            // One blank may stand before it.
            return Parens { known: value.may_hold(Beside::SPACED), ..parens };
        }
        let (named, dotted) = (value.words.any(Groups::CODE), value.wake.any(Wake::DOT.or(Wake::AT)));
        let mut done = 0;
        for open in places(if named { bytes } else { &[] }, b'(') {
            parens.note(bytes, open, true, dotted);
            done = open + 1;
            if parens.known {
                break;
            }
        }
        if named && !parens.known {
            return parens;
        }
        // PERF: behind the first name that is known few tell more.
        let rest = bytes.get(done..).unwrap_or_default();
        beside(rest, b'(', &NOTED, 2).for_each(|open| parens.note(bytes, done + open, false, dotted));
        parens
    }

    /// Takes note of what stands before the parenthesis at `open`: a name, if it is `asked` for, and, in a `dotted` text, what
    /// reaches into Java.
    fn note(&mut self, bytes: &[u8], open: usize, asked: bool, dotted: bool) {
        // PERF: most stand behind a name that is asked nothing, in a flood of signs behind nothing of these.
        let last = open.checked_sub(1).and_then(|at| bytes.get(at)).map_or(Before::Other, |b| Before::of(*b));
        self.parted |= last == Before::Mark;
        if !(last == Before::Name && (asked || dotted) || last == Before::Blank) {
            return;
        }
        let before = bytes.get(open.saturating_sub(BEFORE)..open).unwrap_or_default();
        self.reaches |= dotted && java::reaches(before);
        let blanks = before.iter().rev().take_while(|b| Before::of(**b) == Before::Blank).count();
        let before = before.get(..before.len() - blanks).unwrap_or_default();
        self.parted |= before.last().is_some_and(|b| Before::of(*b) == Before::Mark);
        if asked {
            let word = before.iter().rev().take_while(|b| Before::of(**b) == Before::Name).count();
            self.known = before.get(before.len() - word..).is_some_and(may_end_in);
        }
    }
}

/// Whether `before`, what stands before a parenthesis, ends in the last word of a name that is called, and blanks.
pub(in crate::detect) fn may_be_called(before: &[u8]) -> bool {
    let last = |is: Before, text: &[u8]| text.iter().rev().take_while(|b| Before::of(**b) == is).count();
    let before = before.get(before.len().saturating_sub(BEFORE)..).unwrap_or_default();
    let named = before.get(..before.len() - last(Before::Blank, before)).unwrap_or_default();
    named.get(named.len() - last(Before::Name, named)..).is_some_and(may_end_in)
}

#[cfg(test)]
mod tests {
    use super::super::calls::callee;
    use super::super::functions::FUNCTIONS;
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn calls_of_what_is_known_are_not_passed_over(
            names in prop::collection::vec((0..FUNCTIONS.len(), prop::sample::select(&["", ".", "x", "(", " (", "\t(", "\n(", "/**/(", "'(", "::", " "][..])), 1..6),
        ) {
            let text: String = names.iter().map(|(name, sign)| FUNCTIONS[*name].0.to_owned() + sign).collect();
            let bytes = text.as_bytes();
            let wake = crate::bytes::wake(bytes);
            let (place, trust) = (crate::points::Place::FormValue, crate::decode::Trust::Plain);
            let value = Value { bytes, place, name: b"q", wake, words: Groups::ALL, trust, first: true, last: true };
            let beside = Value { wake: crate::detect::beside(bytes, wake), ..value };
            let called = places(bytes, b'(').any(|open| callee(bytes, open).is_some());
            for parens in [Parens::of(&value), Parens::of(&beside)] {
                prop_assert!(parens.known || parens.parted || !called, "{}", text);
            }
        }
    }
}
