//! Which runs may be left out, because they are words or have a single sign: told without reading their units.

use super::unit::{self, c_hex};
use super::{Runs, blank_in_name};
use crate::bytes::{Places, Set, table};

/// What a byte is to [`Runs::pass`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// It ends any run, but a blank some.
    Break,
    Blank,
    /// Of a name.
    Name,
    /// A dot, separator or question mark as it stands.
    Sign,
    /// More than it seems.
    Odd,
}

pub(super) static PARTS: [Part; 256] = table!(b => match b {
    b' ' => Part::Blank,
    b'.' | b'/' | b'\\' | b'?' => Part::Sign,
    b'\t' | b'\n' | b'\r' => Part::Break,
    b'%' | b'^' | 0..=0x1f | 0x7f => Part::Odd,
    b if unit::may_be_odd(b) => Part::Odd,
    0x80.. => Part::Name,
    b';' | b'_' | b'-' | b'~' | b'@' | b'+' | b'!' | b'$' => Part::Name,
    b if b.is_ascii_alphanumeric() => Part::Name,
    _ => Part::Break,
});

/// Bytes of ASCII without which a word is no more than that: what [`PARTS`] has as a sign or odd, and the second bytes of `0x` and
/// of a blank with a parenthesis behind it.
static MARKS: Set = {
    let (mut marks, mut b) = (Set::of(b"xX("), 0);
    while b < 128 {
        if matches!(PARTS[b as usize], Part::Sign | Part::Odd) {
            marks = marks.with(b);
        }
        b += 1;
    }
    marks
};

/// Where the marks stand, if the text is ASCII.
pub(super) fn marks(bytes: &[u8]) -> Option<Places<'_>> {
    bytes.is_ascii().then(|| MARKS.places(bytes))
}

/// Whether C's hexadecimal of a dot or separator stands at `at`.
pub fn is_hex(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).is_some_and(|rest| c_hex(rest).is_some())
}

/// Whether the blank at `at` is one of those in names.
fn goes_on(bytes: &[u8], at: usize) -> bool {
    bytes.get(at..).is_some_and(|rest| blank_in_name(rest).is_some())
}

impl Runs<'_> {
    /// Goes on behind the runs that may be left out.
    ///
    /// PERF: most of what stands between the breaks of a text are words and single signs. Words without a mark are not looked
    /// at.
    pub(super) fn pass(&mut self) {
        let Some(mut marks) = self.marks.take() else {
            self.pass_words(self.bytes.len());
            return;
        };
        marks.skip_to(self.at);
        loop {
            let Some(mark) = marks.next() else {
                self.at = self.bytes.len();
                break;
            };
            let before = match self.bytes.get(mark) {
                Some(b'(') => Some(b' '),
                Some(b'x' | b'X') => Some(b'0'),
                _ => None,
            };
            let mut start = mark;
            if before.is_some() {
                start = mark.saturating_sub(1);
                if mark <= self.at || self.bytes.get(start).copied() != before {
                    continue;
                }
                if before == Some(b'0') && !is_hex(self.bytes, start) {
                    continue;
                }
            }
            // The word that it is of, or that ends there.
            let words = self.bytes.get(self.at..start).unwrap_or_default();
            let of_word = |b: &&u8| !matches!(PARTS[usize::from(**b)], Part::Break | Part::Blank);
            self.at = start - words.iter().rev().take_while(of_word).count();
            if !self.pass_words(self.at + 1) {
                marks.again(mark); // the run may end before it
                break;
            }
            marks.skip_to(self.at);
        }
        self.marks = Some(marks);
    }

    /// The same of the words that begin before `until`, by a look at each byte. Whether all of them may be left out.
    fn pass_words(&mut self, until: usize) -> bool {
        let byte = |at: usize| self.bytes.get(at).copied().unwrap_or(0);
        let mut at = self.at;
        while let Some(&b) = self.bytes.get(at).filter(|_| at < until) {
            let (mut end, mut signs) = (at, 0);
            // A break before the words, but a blank before `(x86)`.
            match PARTS[usize::from(b)] {
                Part::Blank if byte(at + 1) == b'(' => return false,
                Part::Break | Part::Blank => {
                    at += 1;
                    self.at = at;
                    continue;
                }
                _ => {}
            }
            let mut odd = false;
            while let Some(&b) = self.bytes.get(end) {
                match PARTS[usize::from(b)] {
                    Part::Break | Part::Blank => break,
                    Part::Name => odd |= b == b'0' && byte(end + 1) | 0x20 == b'x' && is_hex(self.bytes, end),
                    Part::Sign => signs += 1,
                    Part::Odd => odd = true,
                }
                if odd || signs > 1 {
                    return false;
                }
                end += 1;
            }
            let rooted = matches!(b, b'/' | b'\\');
            let idle = signs == 0 || end - at < 4 + usize::from(rooted);
            // A blank may be part of a path that is under way, or of a name.
            if !idle || byte(end) == b' ' && (byte(end + 1) == b'(' || signs > 0 && goes_on(self.bytes, end))
            {
                return false;
            }
            at = end;
            self.at = at;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Run, Runs};
    use proptest::prelude::*;

    /// Whether the run must not be left out.
    fn tells(run: &Run) -> bool {
        run.ups + run.odd + run.stays > 0
            || run.len() >= 4 + usize::from(run.rooted)
                && (run.rooted || memchr::memchr2(b'/', b'.', run.tail()).is_some())
    }

    proptest! {
        #[test]
        fn what_is_left_out_tells_nothing(
            bytes in prop::collection::vec(prop::sample::select(&b"..//%\\0x2efc5ab;?$(86) \t'=^\0\x01\xc0\xaf"[..]), 0..80),
        ) {
            let shown = |run: Run| format!("{run:?}");
            let all: Vec<_> = Runs::new(&bytes).filter(tells).map(shown).collect();
            let some: Vec<_> = Runs::telling(&bytes).filter(tells).map(shown).collect();
            prop_assert_eq!(all, some);
        }

        #[test]
        fn words_without_a_mark_are_not_missed(
            parts in prop::collection::vec(prop::sample::select(
                &["..", "/", "a", " ", " files", " AND ", " 5.", "0x", "0x2", "0X5C", "c/d", "cmd.exe", " (x86)", " (", "0x", "0X2e", "x", "0", "?", ";", "\\", "word", "\n", "%2e", "%", "^", "\x01", "\x7f",
                  "a sentence of many words, which are told at once, whatever they say", "'", "=", "+", "\u{e9}"][..],
            ), 0..60),
        ) {
            let text = parts.concat();
            let shown = |run: Run| format!("{run:?}");
            let slow = Runs { marks: None, ..Runs::telling(text.as_bytes()) };
            prop_assert!(Runs::telling(text.as_bytes()).map(shown).eq(slow.map(shown)), "{:?}", text);
            let all = Runs::new(text.as_bytes()).filter(tells).map(shown);
            prop_assert!(Runs::telling(text.as_bytes()).filter(tells).map(shown).eq(all), "{:?}", text);
        }
    }
}
