//! Text that people do not see and models read.

use super::hit;
use crate::bytes::{ByteClasses, table};
use crate::detect::Hit;

/// Invisible characters in a row from which they carry something.
const ROW: usize = 8;

/// What an invisible character is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A tag (U+E0000 to U+E007F): an ASCII letter that is not shown.
    Tag,
    /// A zero-width character.
    Zero,
    /// A variation selector.
    Selector,
}

/// The invisible character at the front of `text`, and its length.
fn kind(text: &[u8]) -> Option<(Kind, usize)> {
    Some(match text {
        [0xf3, 0xa0, 0x80 | 0x81, _, ..] => (Kind::Tag, 4),
        [0xf3, 0xa0, 0x84..=0x87, _, ..] => (Kind::Selector, 4),
        [0xef, 0xb8, 0x80..=0x8f, ..] => (Kind::Selector, 3),
        [0xe2, 0x80, 0x8b..=0x8f, ..] | [0xe2, 0x81, 0xa0..=0xa4, ..] | [0xef, 0xbb, 0xbf, ..] => {
            (Kind::Zero, 3)
        }
        _ => return None,
    })
}

/// Rows of characters that are not shown. Flags of regions (U+1F3F4 and tags) and joined emoji are ordinary.
pub(super) fn judge(bytes: &[u8]) -> Option<Hit> {
    // PERF: most texts with letters beyond ASCII have none of the bytes that such characters begin with.
    memchr::memchr3(0xe2, 0xef, 0xf3, bytes)?;
    let mut done = 0;
    for (block, base) in bytes.chunks(ByteClasses::BLOCK).zip((0..).step_by(ByteClasses::BLOCK)) {
        let [mut leads] = LEADS.masks(block, [u8::MAX]);
        while leads != 0 {
            let start = base + leads.trailing_zeros() as usize;
            leads &= leads - 1;
            if start < done {
                continue;
            }
            let found;
            (found, done) = row(bytes, start);
            if found.is_some() {
                return found;
            }
        }
    }
    None
}

/// The bytes that such characters begin with, a class for each row of the code table.
static LEADS: ByteClasses = ByteClasses::new(table!(b => match b {
    0xe2 | 0xef => 1,
    0xf3 => 2,
    _ => 0,
}));

/// The row of invisible characters at `start`, if it tells, and where it ends.
fn row(bytes: &[u8], start: usize) -> (Option<Hit>, usize) {
    {
        let (mut end, mut row, mut tags, mut zeros) = (start, 0, 0, 0);
        while let Some((kind, len)) = bytes.get(end..).and_then(kind) {
            end += len;
            row += 1;
            tags += usize::from(kind == Kind::Tag);
            zeros += usize::from(kind == Kind::Zero);
        }
        let flag = bytes.get(..start).is_some_and(|b| b.ends_with(b"\xf0\x9f\x8f\xb4"));
        if tags >= 4 && !flag {
            let why = "letters written in Unicode tags: invisible to people, plain text to a model";
            return (Some(hit("hidden-text", 88, start..end, why)), end);
        }
        if row >= ROW && !flag {
            let why = "a row of invisible characters: a message that people do not see, or words broken up for a filter";
            // One character over and over carries nothing: pasted from a page, or padding.
            let first = bytes.get(start..start + 3).unwrap_or_default();
            let same = bytes.get(start..end).is_some_and(|row| row.chunks(3).all(|c| c == first));
            let confidence = match (zeros == row, same) {
                (_, true) => 42,
                (true, _) => 62,
                _ => 76,
            };
            return (Some(hit("hidden-text", confidence, start..end, why)), end);
        }
        (None, end.max(start + 1))
    }
}
