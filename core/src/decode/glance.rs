//! One look at a value for what decoders of tokens cannot do without.
//!
//! What comes in: a value. What goes out: whether a long run of the signs of base64 stands in it, a word that announces such a
//! token, or the first unit of a run of UTF-7. What always holds: never less than what is there; one pass, of which ordinary
//! text costs a few vector instructions for 64 bytes.

use super::base64::RUN;
use crate::bytes::{ByteClasses, table};

/// What stands in a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Glance {
    /// A run of at least [`RUN`] signs of the standard alphabet of base64.
    pub standard: bool,
    /// The same of the alphabet for addresses.
    pub url: bool,
    /// `64` or `atob`.
    pub announced: bool,
    /// `AC` or `AD`.
    pub unit: bool,
}

/// Signs of the alphabets of base64, as rectangles of the code table.
const SIGNS: u8 = 0b1_1111;
/// What begins or ends the few letters that are looked for: `6`, `b` and `A`.
const RARE: u8 = 0b1110_0000;

static CLASSES: ByteClasses = ByteClasses::new(table!(b => {
    let row = match b {
        b'+' | b'-' | b'/' => 1,
        b'0'..=b'9' => 2,
        b'A'..=b'O' | b'a'..=b'o' => 4,
        b'P'..=b'Z' | b'p'..=b'z' => 8,
        _ => 0,
    };
    row | match b {
        b'_' => 16,
        b'6' => 32,
        b'b' => 64,
        b'A' => 128,
        _ => 0,
    }
}));

impl Glance {
    /// Looks at `value`.
    pub(super) fn of(value: &[u8]) -> Glance {
        let mut glance = Glance::default();
        // So many signs stand right before the block.
        let mut before = 0;
        CLASSES.scan(value, [SIGNS, RARE], |at, [signs, mut rare]| {
            if inside(signs) != 0 || before + (!signs).trailing_zeros() as usize >= RUN {
                glance.run(value, at);
            }
            before = (!signs).leading_zeros() as usize;
            while rare != 0 {
                let here = at + rare.trailing_zeros() as usize;
                rare &= rare - 1;
                let next = value.get(here + 1);
                match value.get(here) {
                    Some(b'6') => glance.announced |= next == Some(&b'4'),
                    Some(b'A') => glance.unit |= matches!(next, Some(b'C' | b'D')),
                    _ => glance.announced |= value.get(..here).is_some_and(|v| v.ends_with(b"ato")),
                }
            }
        });
        glance
    }

    /// Tells which alphabets a run is of that is long enough in the block at `at`: the signs of both together were.
    #[cold]
    #[inline(never)]
    fn run(&mut self, value: &[u8], at: usize) {
        if self.standard && self.url {
            return;
        }
        let (before, block) = value.split_at_checked(at).unwrap_or_default();
        let signs = BLOCKS.masks(block, [LETTERS | STANDARD, LETTERS | URL]);
        let [standard, url] =
            [(signs[0], LETTERS | STANDARD), (signs[1], LETTERS | URL)].map(|(signs, set)| {
                let before = before.iter().rev().take(RUN).take_while(|b| BLOCKS.of(**b) & set != 0).count();
                inside(signs) != 0 || before + (!signs).trailing_zeros() as usize >= RUN
            });
        self.standard |= standard;
        self.url |= url;
    }
}

/// Where runs of at least [`RUN`] bits of a block begin.
#[inline(always)]
fn inside(signs: u64) -> u64 {
    const { assert!(RUN == 16) };
    let two = signs & signs >> 1;
    let four = two & two >> 2;
    let eight = four & four >> 4;
    eight & eight >> 8
}

/// Letters and digits, the other signs of the standard alphabet, and those of the one for addresses.
const LETTERS: u8 = 1 | 2 | 4;
const STANDARD: u8 = 8;
const URL: u8 = 16 | 32;

/// Signs of both alphabets, those of one of them, and those of the other, as rectangles of the code table.
static BLOCKS: ByteClasses = ByteClasses::new(table!(b => match b {
    b'0'..=b'9' => 1,
    b'A'..=b'O' | b'a'..=b'o' => 2,
    b'P'..=b'Z' | b'p'..=b'z' => 4,
    b'+' | b'/' => 8,
    b'-' => 16,
    b'_' => 32,
    _ => 0,
}));

/// Where the first run of at least [`RUN`] signs of base64 begins in `value`: of the `standard` alphabet, or of that for addresses.
///
/// PERF: told of 64 bytes at once.
pub(super) fn first_run(value: &[u8], standard: bool) -> Option<usize> {
    let set = LETTERS | if standard { STANDARD } else { URL };
    // So many signs stand right before the block.
    let (mut base, mut before) = (0, 0);
    while let Some(rest) = value.get(base..).filter(|rest| !rest.is_empty()) {
        let [signs] = BLOCKS.masks(rest, [set]);
        let inside = inside(signs);
        let first = (!signs).trailing_zeros() as usize;
        let start = if before + first >= RUN {
            base - before
        } else if inside != 0 {
            base + inside.trailing_zeros() as usize
        } else {
            // A run that fills a block would have been long.
            before = signs.leading_ones() as usize;
            base += ByteClasses::BLOCK;
            continue;
        };
        return Some(start);
    }
    None
}

/// How many signs of base64 `value` begins with: of the `standard` alphabet, or of that for addresses.
///
/// PERF: told of 64 bytes at once.
pub(super) fn signs(value: &[u8], standard: bool) -> usize {
    let set = LETTERS | if standard { STANDARD } else { URL };
    let mut base = 0;
    while let Some(rest) = value.get(base..).filter(|rest| !rest.is_empty()) {
        let [signs] = BLOCKS.masks(rest, [set]);
        base += (!signs).trailing_zeros() as usize;
        if signs != u64::MAX {
            break;
        }
    }
    base
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_first_long_run_is_told(
            parts in prop::collection::vec((0usize..22, prop::sample::select(&["+", "/", "-", "_", "=", " ", "\u{e9}", "@", "[", "`", "{", ":", ""][..])), 0..20),
        ) {
            let text: String = parts.iter().map(|(n, sign)| "aZ0zAo9pP5".chars().cycle().take(*n).collect::<String>() + sign).collect();
            let bytes = text.as_bytes();
            for (standard, others) in [(true, b"+/"), (false, b"-_")] {
                let sign = |b: &u8| b.is_ascii_alphanumeric() || others.contains(b);
                let start = bytes.windows(RUN).position(|run| run.iter().all(sign));
                prop_assert_eq!(first_run(bytes, standard), start, "{}", text);
                let first = bytes.iter().position(|b| !sign(b)).unwrap_or(bytes.len());
                prop_assert_eq!(signs(bytes, standard), first, "{}", text);
            }
        }

        #[test]
        fn what_stands_there_is_told(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(&["64", "atob", "AC", "AD", " ", ".", "\u{e9}", "a", "A", "6", "b", "ato", "/+", "-_", "abcdefg", "ABC0123z"][..])
                        .prop_map(|p| p.as_bytes().to_vec()),
                    prop::collection::vec(any::<u8>(), 0..40),
                ],
                0..40,
            ),
        ) {
            let bytes = parts.concat();
            let has = |part: &[u8]| bytes.windows(part.len()).any(|w| w == part);
            let run = |others: &[u8]| {
                let sign = |b: &u8| b.is_ascii_alphanumeric() || others.contains(b);
                bytes.windows(RUN).any(|w| w.iter().all(sign))
            };
            let expected = Glance {
                standard: run(b"+/"),
                url: run(b"-_"),
                announced: has(b"64") || has(b"atob"),
                unit: has(b"AC") || has(b"AD"),
            };
            prop_assert_eq!(Glance::of(&bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn runs_are_told_at_every_place() {
        for at in 0..140 {
            for len in 14..19 {
                let mut bytes = vec![b' '; 180];
                bytes[at..at + len].fill(b'x');
                for (sign, is) in [(b'x', [true, true]), (b'/', [true, false]), (b'-', [false, true])] {
                    bytes[at..at + len].fill(sign);
                    let glance = Glance::of(&bytes);
                    assert_eq!([glance.standard, glance.url], is.map(|is| is && len >= RUN), "{len} at {at}");
                }
            }
        }
    }
}
