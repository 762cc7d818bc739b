//! Words that are more than letters or digits: with apostrophes, digits for letters, or letters beyond ASCII.

use super::super::beyond::{Run, run_at};
use super::super::letters::digits_in;
use super::super::lookup::Is;
use super::super::odd::{CURLY, joined, words_in};
use super::super::outline::of;
use super::super::runs::Masks;
use super::super::spelling::KNOWN_SUBJECTS;
use super::super::tables::{KEY, RELEVANT, sense};
use super::Pass;

impl Pass<'_> {
    /// Takes the word of letters and others, or of others alone, that begins at `at`, which is `bit` of the block.
    #[inline(always)]
    pub(super) fn strange(&mut self, at: usize, bit: u32, now: &Masks, next: &Masks, index: usize) {
        // Shifting twice leaves nothing of the next block where the bit is the first.
        let from = |n: usize| now[n] >> bit | next[n] << 1 << (63 - bit);
        let (letters, digits, others) = (from(0), from(1), from(2));
        let end = (!(letters | digits | others)).trailing_zeros();
        let run = !u64::MAX.unbounded_shl(end);
        if !self.reads && self.tells_nothing(at, end, [letters & run, others & run]) {
            self.here.row.end();
            return;
        }
        if end < u64::BITS
            && others & run == 0
            && let Some(parts) = self.bytes.get(at..at + end as usize).and_then(digits_in)
        {
            self.address |= parts & sense(Is::Address) != 0;
            self.take(parts, index);
            self.row(2, None);
        } else if end == u64::BITS || !self.marked(at, end, [letters, others], index) {
            self.odd(at, index);
        }
        self.whole |= self.address;
        self.back |= self.whole && self.until != usize::MAX;
    }

    /// Whether the word of `end` bytes at `at`, which has letters and others where it is `told`, is of a few letters with an apostrophe
    /// between them, and none that tells something near others or with words far from it.
    ///
    /// PERF: `it's`, `I've`, `don't`: nearly all words with an apostrophe.
    #[inline(always)]
    fn tells_nothing(&self, at: usize, end: u32, told: [u64; 2]) -> bool {
        let [letters, others] = told;
        let count = letters.count_ones() as usize;
        // Of more letters those are not told from longer words that begin alike.
        if count >= KEY
            || count + 1 != end as usize
            || others == 0
            || letters & 1 == 0
            || letters >> count == 0
        {
            return false;
        }
        let Some(word) = self.bytes.get(at..).and_then(|rest| rest.first_chunk::<{ KEY + 1 }>()) else {
            return false;
        };
        word[others.trailing_zeros() as usize % word.len()] == b'\''
            && !KNOWN_SUBJECTS.may_be(word[0], word[count % word.len()], count)
    }

    /// Takes the word of `end` bytes at `base`, where letters, and apostrophes or bytes beyond ASCII, stand as told, if it has letters of ASCII,
    /// quotation marks or dashes around them and one apostrophe at most. False if it has anything else.
    fn marked(&mut self, base: usize, end: u32, told: [u64; 2], index: usize) -> bool {
        let (mut start, mut end) = (0, end);
        let [letters, others] = told;
        let run = |start, end| u64::MAX.unbounded_shl(start) & !u64::MAX.unbounded_shl(end);
        if run(start, end) & others != 0 {
            let mark = |at: u32| {
                let text = self.bytes.get(base + at as usize..).unwrap_or_default();
                matches!(text, [0xe2, 0x80, 0x93 | 0x94 | 0x98 | 0x9c | 0x9d | 0xa6, ..])
            };
            while start < end && mark(start) {
                start += 3;
            }
            while end >= start + 3 && mark(end - 3) {
                end -= 3;
            }
        }
        let odd = run(start, end) & !letters;
        let (from, len) = (base + start as usize, end.saturating_sub(start) as usize);
        if odd == 0 {
            if len > 0 {
                self.address |= self.plain(from, len, index) & sense(Is::Address) != 0;
            }
            return true;
        }
        let (joint, bytes) = (odd.trailing_zeros(), odd.count_ones() as usize);
        let at = base + joint as usize;
        match self.bytes.get(at..).unwrap_or_default() {
            [b'\'', ..] if bytes == 1 => {}
            [0xe2, 0x80, 0x99, ..] if bytes == CURLY => {}
            _ => return false,
        }
        let Some(parts) = joined(self.bytes, from..from + len, at, bytes) else { return false };
        self.address |= parts & sense(Is::Address) != 0;
        self.take(parts, index);
        let first = if from == at { at + bytes } else { from };
        self.row(len - bytes, self.bytes.get(first).copied());
        true
    }

    /// Takes the words of a run of bytes of which not all are letters of ASCII.
    fn odd(&mut self, at: usize, index: usize) {
        let rest = self.bytes.get(at..).unwrap_or_default();
        let (len, run) = run_at(rest);
        match run {
            Run::Number => self.row(len, None),
            Run::Other => self.row(2, None),
            Run::Silent => {}
            Run::Kelvin => self.stirs = true,
            Run::Words => {
                let run = rest.get(..len).unwrap_or_default();
                let each = |letters: &[u8], len: usize| {
                    let parts = of(letters, len);
                    self.address |= parts & sense(Is::Address) != 0;
                    self.take(parts & RELEVANT, index);
                    self.row(len, letters.first().copied());
                };
                words_in(run, each);
            }
        }
    }
}
