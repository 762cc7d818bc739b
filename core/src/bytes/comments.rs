//! A long value without its long comments.
//!
//! An interpreter skips a comment of a megabyte, a window does not. So a value longer than a window is shown a second time
//! where it has comments that are long: with the beginning of each, and what stands before and behind. Comments of SQL
//! and the languages of C (`/*...*/`, also percent-encoded) and lines behind `--` and `#` are known. What only looks like
//! a comment is lost here and seen in the value as it is.

use super::search::first_of;
use super::window::{Dropped, Window};
use crate::limits::OVERLAP;

/// How much of a block comment is shown.
const HEAD: usize = 64;
/// How much of a line that begins like a comment is shown: it is more often none.
const LINE: usize = 256;
/// A window of this many bytes is shown...
const FULL: usize = 4 << 10;
/// ...if so many have been dropped since the last one.
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
    /// How many bytes of the current window have been read.
    read: usize,
    inside: Inside,
    /// Whether a comment has just ended.
    closed: bool,
    /// Bytes dropped since the last window.
    lost: u64,
    /// Bytes at the front of `buf` that have been shown.
    shown: usize,
}

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
        (self.start, self.gone, self.read, self.lost, self.shown) = (0, 0, 0, 0, 0);
        (self.inside, self.closed) = (Inside::Nothing, false);
    }

    /// The next window begins `cut` bytes later.
    pub fn slide(&mut self, cut: usize) {
        self.read = self.read.saturating_sub(cut);
    }

    /// Takes what is new in `window`.
    pub fn pass(&mut self, window: &Window<'_>, each: &mut impl FnMut(&Window<'_>)) {
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
                    self.skip(window, 0, mark, each);
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
        self.append(window, head, each);
        self.lost += (len - head) as u64;
        self.read += len - head;
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
        if std::mem::take(&mut self.lost) < WORTH {
            return;
        }
        let (first, start) = (self.start == 0, self.start);
        each(&Window { bytes: &self.buf, first, last, start, dropped: &self.dropped });
    }

    /// Keeps the overlap.
    fn cut(&mut self) {
        let cut = self.buf.len() - OVERLAP;
        let gone: u64 = self.dropped.iter().filter(|d| d.0 as usize <= cut).map(|d| d.1).sum();
        self.dropped.retain(|d| d.0 as usize > cut);
        self.dropped.iter_mut().for_each(|d| d.0 -= cut as u32);
        self.start += cut as u64 + gone;
        self.gone -= gone;
        self.buf.copy_within(cut.., 0);
        self.buf.truncate(OVERLAP);
        self.shown = OVERLAP;
    }
}

/// Length of the mark at the front of `bytes`: a byte, or its percent escape.
fn sign(bytes: &[u8], byte: u8, escape: &[u8; 2]) -> Option<usize> {
    match bytes {
        [first, ..] if *first == byte => Some(1),
        [b'%', a, b, ..] if [*a, *b].eq_ignore_ascii_case(escape) => Some(3),
        _ => None,
    }
}

/// Where a comment begins in `bytes`: at, length of the mark, kind.
fn open(bytes: &[u8]) -> Option<(usize, usize, Inside)> {
    let mut from = 0;
    loop {
        let at = from + first_of(bytes.get(from..)?, [b'/', b'%', b'-', b'#'])?;
        let here = bytes.get(at..)?;
        if let Some(len) = sign(here, b'#', b"23") {
            return Some((at, len, Inside::Line(0)));
        }
        if let Some(first) = sign(here, b'-', b"2d")
            && let Some(second) = sign(here.get(first..)?, b'-', b"2d")
        {
            return Some((at, first + second, Inside::Line(0)));
        }
        if let Some(first) = sign(here, b'/', b"2f")
            && let Some(second) = sign(here.get(first..)?, b'*', b"2a")
        {
            return Some((at, first + second, Inside::Block(0)));
        }
        from = at + 1;
    }
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

/// Where the line ends in `bytes`.
fn line_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'\n', b'%', bytes.get(from..)?)?;
        if sign(bytes.get(at..)?, b'\n', b"0a").is_some() {
            return Some(at);
        }
        from = at + 1;
    }
}
