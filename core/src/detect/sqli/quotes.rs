//! Which quotes are passed over: behind most of them nothing of SQL goes on.

use crate::bytes::{Set, holds, table};

/// Kinds of quote.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen(u8);

impl Seen {
    /// Whether `quote` is one of them. The lower three bits tell the three apart.
    #[inline]
    pub fn holds(self, quote: u8) -> bool {
        self.0 >> (quote & 7) & 1 != 0
    }

    pub fn add(&mut self, quote: u8) {
        self.0 |= 1 << (quote & 7);
    }
}

/// Bytes right behind a later quote with which nothing of SQL goes on.
pub(super) static ENDS: [bool; 256] = table!(b => holds(b"'\"`{].\\$", b));

/// The same bytes, and the quotes.
static STOPS: Set = Set::of(b"'\"`{].\\$");
static QUOTES: Set = Set::of(b"'\"`");

/// Signs in a block of 64 bytes whose quotes are told at once, if there are so many.
pub(super) const MANY: u32 = 6;

/// A bit for each later quote among the 64 bytes from `base` on with which nothing goes on.
///
/// PERF: so it is with nearly every quote of a flood.
pub(super) fn barren(text: &[u8], base: usize) -> u64 {
    let mask = |set: &Set, at: usize| {
        let rest = text.get(at..).unwrap_or_default();
        set.mask(rest.get(..Set::BLOCK).unwrap_or(rest))
    };
    mask(&QUOTES, base) & mask(&STOPS, base + 1)
}
