//! A long value without its long comments.
//!
//! An interpreter skips a comment of a megabyte, a window does not. So a value longer than a window is shown a second time
//! where it has comments that are long: with the beginning of each, and what stands before and behind. Comments of SQL
//! and the languages of C (`/*...*/`, also percent-encoded) and lines behind `--` and `#` are known. What only looks like
//! a comment is lost here and seen in the value as it is.
//!
//! What a window of the value shows whole, comments and all, is judged there, as it is in a value that fits a window. So
//! only what reaches over a border with its comments and is a payload's length without them is shown here.

use super::classes::ByteClasses;
use super::search::{STEP, matches};
use super::table;
use super::window::{Dropped, Window};
use crate::limits::{OVERLAP, WINDOW};

/// How much of a block comment is shown.
const HEAD: usize = 64;
/// How much of a line that begins like a comment is shown: it is more often none.
const LINE: usize = 256;
/// A window of this many bytes is shown...
const FULL: usize = 4 << 10;
/// ...if so many have been dropped from a stretch of [`OVERLAP`] bytes of it, which then reach over a border.
const WORTH: u64 = 1 << 10;
/// Longest mark.
const MARK: usize = 6;

/// Joins what is left of a value.
#[derive(Debug, Default)]
pub(super) struct Comments {
    buf: Vec<u8>,
    /// Value offset of `buf[0]`, and whether the value begins there.
    start: u64,
    dropped: Dropped,
    /// How many bytes that are.
    gone: u64,
    /// How many bytes of the current window have been read, and how many stood before it.
    read: usize,
    before: u64,
    inside: Inside,
    /// Whether a comment has just ended.
    closed: bool,
    /// Where bytes of comments were dropped.
    lost: Vec<Lost>,
    /// Whether a window was passed over that these may stand in.
    unseen: bool,
    /// Bytes at the front of `buf` that have been shown.
    shown: usize,
}

/// Bytes that were dropped, from one place or several near each other.
#[derive(Clone, Copy, Debug)]
struct Lost {
    /// The index in `buf` of what comes behind the first of them; all others were dropped less than [`NEAR`] further.
    at: usize,
    /// Where they begin and end, in bytes from the beginning of the first window, and how many of these they are.
    from: u64,
    to: u64,
    bytes: u64,
}

/// How far is near: what was dropped is noted once for so many bytes.
const NEAR: usize = 64;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Inside {
    #[default]
    Nothing,
    /// Up to `*/`; so many bytes seen.
    Block(usize),
    /// The same, right behind another one: nothing of it is shown.
    Further,
    /// Up to the end of the line.
    Line(usize),
}

impl Comments {
    pub fn reset(&mut self) {
        self.buf.clear();
        self.dropped.clear();
        self.lost.clear();
        (self.start, self.gone, self.read, self.before, self.shown) = (0, 0, 0, 0, 0);
        (self.inside, self.closed, self.unseen) = (Inside::Nothing, false, false);
    }

    /// The next window begins `cut` bytes later.
    pub fn slide(&mut self, cut: usize) {
        self.read = self.read.saturating_sub(cut);
        self.before += cut as u64;
    }

    /// Takes what is new in `window`, which itself was `shown` or not.
    pub fn pass(&mut self, window: &Window<'_>, shown: bool, each: &mut impl FnMut(&Window<'_>)) {
        self.unseen |= !shown;
        let end = if window.last { window.bytes.len() } else { window.bytes.len().saturating_sub(MARK) };
        while self.read < end {
            let rest = window.bytes.get(self.read..).unwrap_or_default();
            let limit = end - self.read;
            match self.inside {
                Inside::Nothing => {
                    let (text, mark, inside) = match open(rest).filter(|o| o.0 < limit) {
                        Some((0, len, Inside::Block(_))) if self.closed => (0, len, Inside::Further),
                        Some((at, len, inside)) => (at + len, 0, inside),
                        None => (limit, 0, Inside::Nothing),
                    };
                    self.append(window, text, each);
                    if mark > 0 {
                        self.skip(window, 0, mark, each);
                    }
                    (self.inside, self.closed) = (inside, false);
                }
                Inside::Block(seen) => {
                    let ends = close(rest).filter(|c| c.0 < limit);
                    self.skip(window, HEAD.saturating_sub(seen), ends.map_or(limit, |c| c.0), each);
                    match ends {
                        Some((_, len)) => {
                            self.append(window, len, each);
                            (self.inside, self.closed) = (Inside::Nothing, true);
                        }
                        None => self.inside = Inside::Block(seen + limit),
                    }
                }
                Inside::Further => {
                    let ends = close(rest).filter(|c| c.0 < limit);
                    self.skip(window, 0, ends.map_or(limit, |(at, len)| at + len), each);
                    if ends.is_some() {
                        (self.inside, self.closed) = (Inside::Nothing, true);
                    }
                }
                Inside::Line(seen) => {
                    let ends = line_end(rest).filter(|&at| at < limit);
                    self.skip(window, LINE.saturating_sub(seen), ends.unwrap_or(limit), each);
                    self.inside = if ends.is_some() { Inside::Nothing } else { Inside::Line(seen + limit) };
                }
            }
        }
        if window.last {
            self.end(each);
        }
    }

    /// The value ends.
    pub fn end(&mut self, each: &mut impl FnMut(&Window<'_>)) {
        if self.buf.len() > self.shown {
            self.emit(true, each);
        }
        self.reset();
    }

    /// Passes `len` bytes of a comment, of which the first `head` are shown.
    fn skip(&mut self, window: &Window<'_>, head: usize, len: usize, each: &mut impl FnMut(&Window<'_>)) {
        let head = head.min(len);
        if head > 0 {
            self.append(window, head, each);
        }
        if head == len {
            return;
        }
        let (at, from) = (self.buf.len(), self.before + self.read as u64);
        self.read += len - head;
        let to = self.before + self.read as u64;
        match self.lost.last_mut() {
            Some(last) if at - last.at < NEAR => (last.to, last.bytes) = (to, last.bytes + to - from),
            _ => self.lost.push(Lost { at, from, to, bytes: to - from }),
        }
    }

    /// Appends the next `len` bytes of the window.
    fn append(&mut self, window: &Window<'_>, len: usize, each: &mut impl FnMut(&Window<'_>)) {
        let mut left = len;
        while left > 0 {
            if self.buf.len() >= FULL {
                self.emit(false, each);
                self.cut();
            }
            let offset = window.offset(self.read);
            if self.buf.is_empty() {
                self.start = offset;
            }
            // PERF: where many comments have been dropped, adding them up for each would be work in their square.
            let at = self.start + self.buf.len() as u64 + self.gone;
            if offset > at {
                self.dropped.push((self.buf.len() as u32, offset - at));
                self.gone += offset - at;
            }
            // Up to where the window itself has lost something.
            let next = window.dropped.iter().map(|d| d.0 as usize).find(|&at| at > self.read);
            let step = left.min(FULL - self.buf.len()).min(next.map_or(left, |at| at - self.read));
            self.buf.extend_from_slice(window.bytes.get(self.read..self.read + step).unwrap_or_default());
            self.read += step;
            left -= step;
        }
    }

    fn emit(&mut self, last: bool, each: &mut impl FnMut(&Window<'_>)) {
        if !self.is_worth_showing() {
            return;
        }
        let (first, start) = (self.start == 0, self.start);
        each(&Window { bytes: &self.buf, first, last, start, dropped: &self.dropped });
    }

    /// Whether a stretch of [`OVERLAP`] bytes or less, from which [`WORTH`] were dropped, may lie in no window with these.
    ///
    /// PERF: a `#` in an address makes a comment of the rest of its line, and in prose lines are long. Nearly every window
    /// would be judged twice.
    fn is_worth_showing(&self) -> bool {
        let (mut first, mut sum) = (self.lost.iter().peekable(), 0);
        self.lost.iter().any(|last| {
            sum += last.bytes;
            while let Some(far) = first.next_if(|first| first.at + NEAR + OVERLAP <= last.at) {
                sum -= far.bytes;
            }
            // As far as a stretch may reach before the first; behind the last, if it begins later than with the first.
            let from = first.peek().map_or(0, |first| {
                first.from.saturating_sub((NEAR + OVERLAP - last.at.saturating_sub(first.at)) as u64)
            });
            sum >= WORTH && (self.unseen || straddles(from, last.to + OVERLAP as u64))
        })
    }

    /// Keeps the overlap.
    fn cut(&mut self) {
        let cut = self.buf.len() - OVERLAP;
        let gone: u64 = self.dropped.iter().filter(|d| d.0 as usize <= cut).map(|d| d.1).sum();
        self.dropped.retain(|d| d.0 as usize > cut);
        self.dropped.iter_mut().for_each(|d| d.0 -= cut as u32);
        self.lost.retain(|lost| lost.at + NEAR > cut);
        self.lost.iter_mut().for_each(|lost| lost.at = lost.at.saturating_sub(cut));
        self.start += cut as u64 + gone;
        self.gone -= gone;
        self.buf.copy_within(cut.., 0);
        self.buf.truncate(OVERLAP);
        self.shown = OVERLAP;
    }
}

/// Whether a stretch between `from` and `to` can lie in no window whole: one would have all that two windows share, and more
/// on both sides.
fn straddles(from: u64, to: u64) -> bool {
    const STEP: u64 = (WINDOW - OVERLAP) as u64;
    let shared = (from / STEP + 1) * STEP;
    shared + (OVERLAP as u64) < to
}

/// Length of the mark at the front of `bytes`: a byte, or its percent escape.
fn sign(bytes: &[u8], byte: u8, escape: &[u8; 2]) -> Option<usize> {
    match bytes {
        [first, ..] if *first == byte => Some(1),
        [b'%', a, b, ..] if [*a, *b].eq_ignore_ascii_case(escape) => Some(3),
        _ => None,
    }
}

/// The bytes that marks are made of, as they are and as escapes.
static MARKS: ByteClasses = ByteClasses::new(table!(b => match b {
    b'#' => 1,
    b'-' => 2,
    b'/' => 4,
    b'*' => 8,
    b'%' => 16,
    b'2' => 32,
    b'3' => 64,
    b'd' | b'D' | b'f' | b'F' => 128,
    _ => 0,
}));

/// Where a comment begins in `bytes`: at, length of the mark, kind.
fn open(bytes: &[u8]) -> Option<(usize, usize, Inside)> {
    let mut base = 0;
    // PERF: where there is one comment, the next is often near.
    if let Some(block) = bytes.first_chunk::<STEP>() {
        let mut near = matches(block, [b'/', b'%', b'-', b'#']);
        while near != 0 {
            let at = near.trailing_zeros() as usize;
            near &= near - 1;
            if let Some((len, inside)) = mark(bytes.get(at..)?) {
                return Some((at, len, inside));
            }
        }
        base = STEP;
    }
    // PERF: slashes and dashes stand alone, and most escapes are of something else.
    while let Some(rest) = bytes.get(base..).filter(|rest| !rest.is_empty()) {
        let [hash, dash, slash, star, percent, two, last] = MARKS.masks(rest, [1, 2, 4, 8, 16, 32, 64 | 128]);
        // What stands behind the block is not known.
        let behind = |mask: u64| mask >> 1 | 1 << 63;
        let further = |mask: u64| mask >> 2 | 3 << 62;
        let mut marks = hash
            | dash & behind(dash | percent)
            | slash & behind(star | percent)
            | percent & behind(two) & further(last);
        while marks != 0 {
            let at = base + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            if let Some((len, inside)) = mark(bytes.get(at..)?) {
                return Some((at, len, inside));
            }
        }
        base += ByteClasses::BLOCK;
    }
    None
}

/// The mark at the front of `bytes` that begins a comment: its length and the kind.
fn mark(bytes: &[u8]) -> Option<(usize, Inside)> {
    if let Some(len) = sign(bytes, b'#', b"23") {
        return Some((len, Inside::Line(0)));
    }
    if let Some(first) = sign(bytes, b'-', b"2d")
        && let Some(second) = sign(bytes.get(first..)?, b'-', b"2d")
    {
        return Some((first + second, Inside::Line(0)));
    }
    if let Some(first) = sign(bytes, b'/', b"2f")
        && let Some(second) = sign(bytes.get(first..)?, b'*', b"2a")
    {
        return Some((first + second, Inside::Block(0)));
    }
    None
}

/// Where the block comment ends in `bytes`: at, and the length of the mark.
fn close(bytes: &[u8]) -> Option<(usize, usize)> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'*', b'%', bytes.get(from..)?)?;
        let here = bytes.get(at..)?;
        if let Some(first) = sign(here, b'*', b"2a")
            && let Some(second) = sign(here.get(first..)?, b'/', b"2f")
        {
            return Some((at, first + second));
        }
        from = at + 1;
    }
}

/// What a line end begins with, as it is and as an escape.
static ENDS: ByteClasses = ByteClasses::new(table!(b => match b {
    b'\n' => 1,
    b'%' => 2,
    b'0' => 4,
    _ => 0,
}));

/// Where the line ends in `bytes`.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let mut base = 0;
    // PERF: a form has an escape every few words.
    while let Some(rest) = bytes.get(base..).filter(|rest| !rest.is_empty()) {
        let [line, percent, zero] = ENDS.masks(rest, [1, 2, 4]);
        // What stands behind the block is not known.
        let mut ends = line | percent & (zero >> 1 | 1 << 63);
        while ends != 0 {
            let at = base + ends.trailing_zeros() as usize;
            ends &= ends - 1;
            if sign(bytes.get(at..)?, b'\n', b"0a").is_some() {
                return Some(at);
            }
        }
        base += ByteClasses::BLOCK;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::Joiner;
    use proptest::prelude::*;

    /// A text in no order, without marks.
    fn words(len: usize) -> Vec<u8> {
        (0..len as u64).map(|i| b'a' + (i * i / 3 % 25) as u8).collect()
    }

    /// Whether `before` and `after` stand no further from each other than a payload is long, in a window of `value`.
    fn meet(value: &[u8], before: &[u8], after: &[u8]) -> bool {
        let mut found = false;
        Joiner::default().piece(value, false, |w| {
            let at = |needle: &[u8]| memchr::memmem::find(w.bytes, needle);
            found |= matches!((at(before), at(after)), (Some(a), Some(b)) if b - a < OVERLAP + NEAR);
        });
        found
    }

    #[test]
    fn what_a_long_comment_parts_is_shown_together_wherever_it_stands() {
        for at in (0..12_000).step_by(61) {
            for (open, close) in [("/*", "*/"), ("%2f%2A", "*/"), ("--", "\n"), ("#", "\n"), ("-%2d", "%0a")]
            {
                let comment = [open.as_bytes(), &words(20_000), close.as_bytes()].concat();
                let value = [&words(at)[..], b" BEFORE ", &comment[..], b" AFTER ", &words(5_000)].concat();
                assert!(meet(&value, b" BEFORE ", b" AFTER "), "{open} at {at}");
            }
        }
    }

    #[test]
    fn what_no_window_shows_whole_is_shown_without_comments() {
        let comment = [&b"/*"[..], &words(1_800), b"*/"].concat();
        for at in (0..20_000).step_by(31) {
            let payload = [b" BEFORE ", &comment[..], b"between", &comment[..], b" AFTER "].concat();
            let value = [&words(at)[..], &payload[..], &words(9_000)].concat();
            let mut whole = false;
            Joiner::default().piece(&value, false, |w| {
                whole |= memchr::memmem::find(w.bytes, &payload).is_some();
            });
            assert!(whole || meet(&value, b" BEFORE ", b" AFTER "), "{at}");
        }
    }

    proptest! {
        #[test]
        fn marks_are_found_wherever_they_stand(
            parts in prop::collection::vec(
                prop::sample::select(&["#", "-", "--", "/", "*", "/*", "%", "%2", "%23", "2", "3", "%2D", "%2f", "%2a", "d", "abcdefghijklmnopq"][..]),
                0..40,
            ),
        ) {
            let text = parts.concat();
            let bytes = text.as_bytes();
            let plainly = (0..bytes.len()).find_map(|at| mark(&bytes[at..]).map(|(len, inside)| (at, len, inside)));
            prop_assert_eq!(open(bytes), plainly, "{}", text);
        }

        #[test]
        fn line_ends_are_found_wherever_they_stand(
            before in 0usize..140,
            parts in prop::collection::vec(
                prop::sample::select(&["\n", "%0a", "%0A", "%0d", "%", "%0", "0", "a", "\r", "%20"][..]),
                0..8,
            ),
        ) {
            let text = "%".repeat(before) + &parts.concat();
            let ends = |at: &usize| {
                text.as_bytes()[*at..].starts_with(b"\n") || text[*at..].to_ascii_lowercase().starts_with("%0a")
            };
            prop_assert_eq!(line_end(text.as_bytes()), (0..text.len()).find(ends), "{}", text);
        }
    }
}
