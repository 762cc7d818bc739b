//! Where the words stand that a fragment may begin with, in the middle of other text.

use super::spots::{FIRST, SECOND};
use crate::bytes::{ByteClasses, Triples, letters_of, table};
use crate::detect::{Places, words};

/// The first letters of those that are letters alone. The others have an underscore or dollar sign.
pub(super) static FIRSTS: Triples = Triples::NONE
    .with_words(0, &[b"ben", b"ran", b"rea", b"uni", b"wai"])
    .with_words(1, &[b"dbl", b"dec", b"dri", b"exc", b"geo", b"gro", b"lin", b"min", b"mul", b"ord"])
    .with_words(2, &[b"pol", b"pro", b"sel", b"sle", b"xml"])
    .with_words(3, &[b"exe", b"ext", b"htt", b"ope", b"upd", b"whe", b"wri"])
    .with_words(4, &[b"and", b"imp", b"int", b"xor", b"zer"])
    .with_words(5, &[b"csv", b"ctx", b"eqv", b"hav", b"par"])
    // Behind `or` stands no letter: a byte outside the four rows of letters, or one beside them in these.
    .with(6, [b"oO", b"rR", NO_LETTERS])
    .with(7, [b"oO", b"rR", b"@`[{\\|]}^~_\x7f"]);

/// Bytes in rows without letters, one for each half.
const NO_LETTERS: &[u8] =
    &[0x00, 0x11, 0x22, 0x33, 0x84, 0x95, 0xa6, 0xb7, 0xc8, 0xd9, 0xea, 0xfb, 0x0c, 0x1d, 0x2e, 0x3f];

/// What other words have.
static JOINTS: ByteClasses = ByteClasses::new(table!(b => match b {
    b'_' => 1,
    b'$' => 2,
    _ => 0,
}));

/// Finds them in a text.
pub(super) struct Openings<'a> {
    text: &'a [u8],
    /// Where the known ones stand, as far as that was noted before; whether it was for the block looked at.
    places: Places<'a>,
    noted: bool,
    /// Where the block begins that is looked at.
    base: usize,
    /// The places in it that are yet to be told.
    mask: u64,
    /// The text may hold words that are not letters alone.
    joints: bool,
}

impl<'a> Openings<'a> {
    /// Those of `text`, in which there may be `joints`: underscores and dollar signs. Its words stand at `places`.
    pub fn of(text: &'a [u8], joints: bool, places: Places<'a>) -> Openings<'a> {
        let mut openings = Openings { text, places, noted: false, base: 0, mask: 0, joints };
        openings.look();
        openings
    }

    /// None.
    pub fn none() -> Openings<'a> {
        Openings { text: &[], places: Places::NONE, noted: false, base: 0, mask: 0, joints: false }
    }

    /// Passes over what begins before `at`.
    pub fn skip_to(&mut self, at: usize) {
        if at >= self.base + ByteClasses::BLOCK {
            self.base = at - at % ByteClasses::BLOCK;
            self.look();
        }
        if at > self.base {
            self.mask &= u64::MAX << (at - self.base);
        }
    }

    /// Looks at the block at `base`.
    #[inline]
    fn look(&mut self) {
        let noted = self.places.opens_sql(self.base);
        self.noted = noted.is_some();
        self.mask = match noted {
            Some(mask) => mask,
            None => self.may_open(),
        };
    }

    /// The places in the block at `base` where one may begin.
    fn may_open(&self) -> u64 {
        let rest = self.text.get(self.base..).unwrap_or_default();
        let last = self.base.checked_sub(1).and_then(|at| self.text.get(at)).copied().unwrap_or(0);
        let before = u64::from(last.is_ascii_alphabetic());
        let (mask, letters) = FIRSTS.beginnings(rest, before);
        if !self.joints {
            return mask;
        }
        let joints = joints(rest);
        let next = rest.get(ByteClasses::BLOCK..).unwrap_or_default();
        let goes_on = letters >> (ByteClasses::BLOCK - 1) != 0 && joints_behind(next);
        let joined = u64::from(matches!(last, b'_' | b'$'));
        mask | beginnings(letters, before) & (joints << 1 | joined | before_joints(letters, joints, goes_on))
    }
}

/// Where letters begin. `before` is 1 if one stands before the first place.
fn beginnings(letters: u64, before: u64) -> u64 {
    letters & !(letters << 1 | before)
}

/// The letters with a joint right behind the last of them; behind the last place of all there is one that `goes_on`.
fn before_joints(letters: u64, joints: u64, goes_on: bool) -> u64 {
    // From behind, a carry goes through the letters before each joint.
    let (letters, joints) = (letters.reverse_bits(), joints.reverse_bits());
    let last = letters & (joints << 1 | u64::from(goes_on));
    (letters & !letters.wrapping_add(last)).reverse_bits()
}

/// Where joints stand in the first 64 of `bytes`.
fn joints(bytes: &[u8]) -> u64 {
    let [mask] = JOINTS.masks(bytes.get(..ByteClasses::BLOCK).unwrap_or(bytes), [3]);
    mask
}

/// Whether the letters that `bytes` begin with, if any, have a joint behind them.
fn joints_behind(bytes: &[u8]) -> bool {
    bytes.iter().find(|b| !b.is_ascii_alphabetic()).is_some_and(|b| matches!(b, b'_' | b'$'))
}

/// Whether `and` or `or` stands at `at` between words of a sentence: no condition follows, but one word behind another.
///
/// PERF: so it is with most of them; what is told here, [`spots`](super::spots) would tell, too.
fn is_prose(text: &[u8], at: usize) -> bool {
    let Some(eight) = text.get(at..).and_then(|rest| rest.first_chunk::<8>()) else { return false };
    let second = at
        + match eight.map(|b| b.to_ascii_lowercase()) {
            [b'a', b'n', b'd', b' ', ..] => 4,
            [b'o', b'r', b' ', ..] => 3,
            _ => return false,
        };
    let letters =
        text.get(second..).and_then(|rest| rest.first_chunk()).map_or(0, |eight| letters_of(*eight));
    let Some(&[b' ', third, fourth]) = text.get(second + letters..).and_then(|rest| rest.first_chunk())
    else {
        return false;
    };
    let word = text.get(second..second + letters).unwrap_or_default();
    letters > 0 && third.is_ascii_alphabetic() && !FIRST.may_hold(word) && !SECOND.may_hold(&[third, fourth])
}

impl Iterator for Openings<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        loop {
            while self.mask == 0 {
                self.base += ByteClasses::BLOCK;
                if self.base >= self.text.len() {
                    return None;
                }
                self.look();
            }
            let at = self.base + self.mask.trailing_zeros() as usize;
            self.mask &= self.mask - 1;
            if !is_prose(self.text, at) && (self.noted || words::opens_sql(self.text, at)) {
                return Some(at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detect::lex::sql::openings;
    use proptest::prelude::*;

    #[test]
    fn every_word_of_the_list_is_found() {
        for word in openings() {
            for word in [word.to_owned(), word.to_uppercase()] {
                for at in [0, 1, 50, 60, 61, 62, 63, 64, 65, 127] {
                    let text = " ".repeat(at) + &word + " xyz";
                    let joints = word.contains(['_', '$']);
                    let found = Openings::of(text.as_bytes(), joints, Places::NONE)
                        .any(|f| (at..at + word.len()).contains(&f));
                    assert!(found, "{text:?}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn what_is_not_found_is_no_word_of_letters_alone(
            parts in prop::collection::vec(
                (
                    prop::sample::select(&["or", "union", "And", "load_file", "get", "read", "xp_x", "SELECT", "selects", "the", "x", ""][..]),
                    prop::sample::select(&[" ", "", "1", "\u{e9}", "`", "_", "@", "[", "$", "                                          "][..]),
                ),
                0..40,
            ),
        ) {
            let text: String = parts.iter().flat_map(|(a, b)| [*a, *b]).collect();
            let found: Vec<usize> = Openings::of(text.as_bytes(), true, Places::NONE).collect();
            let all: Vec<usize> = words::openings(text.as_bytes()).collect();
            prop_assert!(found.iter().all(|at| all.contains(at)));
            let simple = |at: &usize| ["or", "union", "and", "select"].iter().any(|w| {
                text.get(*at..at + w.len()).is_some_and(|t| t.eq_ignore_ascii_case(w))
            });
            let sign = |b: Option<&u8>| b.is_some_and(|b| matches!(b, b'_' | b'$'));
            let joined = |at: &usize| {
                let run = text.as_bytes()[*at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
                sign(at.checked_sub(1).and_then(|b| text.as_bytes().get(b))) || sign(text.as_bytes().get(at + run))
            };
            for at in all.iter().filter(|at| simple(at) || joined(at)).filter(|at| !is_prose(text.as_bytes(), **at)) {
                prop_assert!(found.contains(at), "{} at {}", text, at);
            }
        }
    }
}
