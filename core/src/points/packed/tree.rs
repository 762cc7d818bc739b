//! Lists and maps of binary formats: the way to the current value, and what is still to come.

use super::super::{Place, Point, Segment, Sink};
use super::is_text;
use crate::http::Anomaly;
use crate::limits::{Limits, NAME};

/// A count of items that only an end mark ends.
pub(super) const OPEN: u64 = u64::MAX;

/// Where in a document the reader is; its buffers are reused.
#[derive(Debug, Default)]
pub(super) struct Tree {
    /// The way to the current value: `user.list[2]`.
    pub path: Vec<u8>,
    /// Where in `path` the innermost key lies.
    last: (usize, usize),
    stack: Vec<Frame>,
    /// Keys and values so far.
    count: usize,
    /// Where in the document the last string ended.
    pub end: usize,
    /// Whether text stood outside of the strings.
    pub hidden: bool,
}

/// An open list or map.
#[derive(Clone, Copy, Debug)]
struct Frame {
    map: bool,
    /// Whether a key comes next.
    key: bool,
    /// Items to come, keys and values alike.
    left: u64,
    /// Length of the path to it, and where its innermost key lies.
    path: usize,
    last: (usize, usize),
    index: u32,
}

impl Tree {
    /// Makes ready for another document.
    pub fn reset(&mut self) {
        self.path.clear();
        self.stack.clear();
        (self.last, self.count, self.end, self.hidden) = ((0, 0), 0, 0, false);
    }

    /// Whether no list or map is open.
    pub fn is_top(&self) -> bool {
        self.stack.is_empty()
    }

    /// Takes one item more; `None` past a limit.
    pub fn count(&mut self, limits: &Limits, sink: &mut impl Sink) -> Option<()> {
        self.count += 1;
        if self.count > limits.params {
            sink.anomaly(Anomaly::TooManyParams);
            return None;
        }
        Some(())
    }

    /// Opens a list of `left` items or a map of as many keys and values; `None` past a limit.
    pub fn open(&mut self, limits: &Limits, map: bool, left: u64, sink: &mut impl Sink) -> Option<()> {
        if self.stack.len() >= limits.nesting {
            sink.anomaly(Anomaly::NestingTooDeep);
            return None;
        }
        self.step();
        let (path, last) = (self.path.len(), self.last);
        self.stack.push(Frame { map, key: map, left, path, last, index: 0 });
        self.close_full();
        Some(())
    }

    /// Closes the innermost list or map of no known length; `None` if there is none, or a key without a value.
    pub fn close(&mut self) -> Option<()> {
        let frame = self.stack.pop().filter(|f| f.left == OPEN && f.key == f.map)?;
        self.path.truncate(frame.path);
        self.last = frame.last;
        self.done();
        Some(())
    }

    /// A number or the like.
    pub fn scalar(&mut self) {
        self.step();
        self.done();
    }

    /// A string.
    pub fn string(&mut self, at: &Point<'_>, text: &[u8], sink: &mut impl Sink) {
        let key = self.stack.last().is_some_and(|f| f.key);
        if key {
            self.key(text);
        } else {
            self.step();
        }
        self.give(at, key, text, sink);
        self.done();
    }

    /// Emits a string at the current path.
    pub fn give(&self, at: &Point<'_>, key: bool, text: &[u8], sink: &mut impl Sink) {
        if text.is_empty() {
            return;
        }
        let last = self.path.get(self.last.0..self.last.1).unwrap_or_default();
        let way = at.then(Segment::Path { text: &self.path, last });
        let point = if self.path.is_empty() { at } else { &way };
        match key {
            true => sink.piece(&point.then(Segment::NameItself), Place::JsonKey, text, false),
            false if is_text(text) => sink.piece(point, Place::JsonValue, text, false),
            false => sink.piece(point, Place::Raw, text, false),
        }
    }

    /// Makes the path lead to the next value of a list; to that of a map it does already.
    fn step(&mut self) {
        match self.stack.last_mut() {
            // A key that is a list or a number.
            Some(frame) if frame.key => {
                self.path.truncate(frame.path);
                self.last = frame.last;
            }
            Some(frame) if !frame.map => {
                self.path.truncate(frame.path);
                self.last = frame.last;
                let index = frame.index;
                frame.index += 1;
                push_index(index, &mut self.path);
            }
            _ => {}
        }
    }

    fn key(&mut self, key: &[u8]) {
        let Some(frame) = self.stack.last() else { return };
        self.path.truncate(frame.path);
        if frame.path > 0 {
            self.path.push(b'.');
        }
        let start = self.path.len();
        self.path.extend_from_slice(key.get(..NAME).unwrap_or(key));
        self.last = (start, self.path.len());
    }

    /// An item is complete.
    fn done(&mut self) {
        if let Some(frame) = self.stack.last_mut() {
            frame.key = frame.map && !frame.key;
            if frame.left != OPEN {
                frame.left -= 1;
            }
        }
        self.close_full();
    }

    fn close_full(&mut self) {
        while let Some(frame) = self.stack.last().copied().filter(|f| f.left == 0) {
            self.stack.pop();
            self.path.truncate(frame.path);
            self.last = frame.last;
            if let Some(outer) = self.stack.last_mut() {
                outer.key = outer.map && !outer.key;
                if outer.left != OPEN {
                    outer.left -= 1;
                }
            }
        }
    }
}

/// Appends `[index]`.
pub(super) fn push_index(index: u32, path: &mut Vec<u8>) {
    path.push(b'[');
    push_number(index.into(), path);
    path.push(b']');
}

/// Appends a number in decimal.
pub(super) fn push_number(number: u64, path: &mut Vec<u8>) {
    let start = path.len();
    let mut left = number;
    while left >= 10 {
        path.push(b'0' + (left % 10) as u8);
        left /= 10;
    }
    path.push(b'0' + left as u8);
    path.get_mut(start..).unwrap_or_default().reverse();
}
