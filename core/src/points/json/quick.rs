//! Members and elements as nearly all are: well formed, and whole in the chunk.
//!
//! PERF: what comes next is kept in a register and no token is held. What is odd, cut off or at a limit is left to the
//! state machine, which takes one step and hands back.

use super::scan::{bare, hash};
use super::{Back, Json, Kind, State, WORD};
use crate::bytes::{Plain, first_of};
use crate::limits::{Limits, NAME};
use crate::points::{Place, Point, Segment, Sink};

/// Bytes of the longest value of which it is told what it is made of.
const TOLD: usize = 64;
/// Keys and values of a document before its keys are remembered.
const FEW: usize = 16;

impl Json {
    /// Reads on inside a container, as far as all is plain. `next` is what comes next.
    ///
    /// PERF: a key or value of which nothing could come is not given, and as long as nothing is given the path stays that of
    /// the container.
    pub(super) fn quick<'c>(
        &mut self,
        limits: &Limits,
        at: &Point<'_>,
        next: Back,
        rest: &'c [u8],
        sink: &mut impl Sink,
    ) -> &'c [u8] {
        let Some(frame) = self.stack.last() else { return rest };
        let (mut object, mut next, mut rest, mut comma) = (frame.object, next, rest, self.comma);
        let mut calm = frame.calm && sink.passes(b"");
        // The key whose value comes next, if the path does not lead to it yet.
        let mut key: Option<&[u8]> = None;
        let (outer, mut made) = (at.name(), Plain::default());
        while let Some((&byte, tail)) = rest.split_first() {
            match (next, byte) {
                // Line ends matter only between documents.
                (_, b' ' | b'\t' | b'\r' | b'\n') => rest = tail,
                (Back::Colon, b':') => (rest, next, comma) = (tail, Back::Value, false),
                (Back::After, b',') => {
                    let key = if object { Back::Key } else { Back::Value };
                    (rest, next, comma) = (tail, key, true);
                }
                (Back::Key, b'"')
                    if calm && self.count < limits.params && self.known_key(tail, &mut key, sink) =>
                {
                    self.count += 1;
                    let len = key.map_or(0, <[u8]>::len);
                    (rest, next, comma) = (tail.get(len + 1..).unwrap_or_default(), Back::Colon, false);
                    // PERF: nearly always.
                    if let Some((b':', behind)) = rest.split_first() {
                        (rest, next) = (behind, Back::Value);
                    }
                }
                (Back::Key, b'"') => {
                    let Some(end) = string(tail, &mut made) else { break };
                    if self.count >= limits.params {
                        break;
                    }
                    self.count += 1;
                    let (text, behind) = tail.split_at(end);
                    let hash = hash(text);
                    self.compare(text, hash, sink);
                    let name = self.container().unwrap_or(outer);
                    key = Some(text);
                    if sink.is_idle(Place::JsonKey, name, text, &made) {
                        // Few keys are not worth the memory.
                        if self.count > FEW {
                            self.known.keep(text, hash);
                        }
                    } else {
                        self.step_to_key(text);
                        key = None;
                        self.give(at, Kind::Key, text, false, sink);
                    }
                    (rest, next, comma) = (behind.get(1..).unwrap_or_default(), Back::Colon, false);
                }
                (Back::Value, b'"') => {
                    let Some(end) = string(tail, &mut made) else { break };
                    if self.count >= limits.params {
                        break;
                    }
                    let (text, behind) = tail.split_at(end);
                    self.value(at, key.take(), outer, text, &made, sink);
                    (rest, next, comma) = (behind.get(1..).unwrap_or_default(), Back::After, false);
                }
                (Back::Value, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                    let (end, point) = match bare(rest) {
                        Some(found) if found.0 <= WORD && self.count < limits.params => found,
                        _ => break,
                    };
                    let (text, behind) = rest.split_at(end);
                    made = match byte {
                        _ if end > TOLD => Plain::default(),
                        b'-' | b'0'..=b'9' => Plain::number(end, byte == b'-', point),
                        _ => Plain::word(end),
                    };
                    self.value(at, key.take(), outer, text, &made, sink);
                    (rest, next, comma) = (behind, Back::After, false);
                }
                (Back::Value, b'{' | b'[') => {
                    if self.count >= limits.params || self.stack.len() >= limits.nesting {
                        break;
                    }
                    self.count += 1;
                    if let Some(key) = key.take() {
                        self.step_to_key(key);
                    }
                    self.step_to_value();
                    object = byte == b'{';
                    self.open(object);
                    calm = object && sink.passes(self.container().unwrap_or(outer));
                    if let Some(frame) = self.stack.last_mut() {
                        frame.calm = calm;
                    }
                    (rest, next, comma) = (tail, if object { Back::Key } else { Back::Value }, false);
                }
                (Back::Key | Back::After, b'}') if object && !comma => {
                    self.close();
                    (rest, next, comma) = (tail, Back::After, false);
                    match self.stack.last() {
                        Some(frame) => (object, calm) = (frame.object, frame.calm),
                        None => break,
                    }
                }
                (Back::Value | Back::After, b']') if !object && !comma => {
                    self.close();
                    (rest, next, comma) = (tail, Back::After, false);
                    match self.stack.last() {
                        Some(frame) => (object, calm) = (frame.object, frame.calm),
                        None => break,
                    }
                }
                _ => break,
            }
        }
        if let Some(key) = key {
            self.step_to_key(key);
        }
        (self.state, self.comma) = (State::Between(next), comma);
        rest
    }

    /// A whole value of the member `key`, or of the key that the path leads to, or an element.
    #[inline(always)]
    fn value(
        &mut self,
        at: &Point<'_>,
        key: Option<&[u8]>,
        outer: &[u8],
        value: &[u8],
        made: &Plain,
        sink: &mut impl Sink,
    ) {
        self.count += 1;
        let list = self.stack.last_mut().filter(|frame| !frame.object);
        let name = match (&list, key) {
            (None, Some(key)) => key.get(..NAME).unwrap_or(key),
            (Some(list), _) => self.path.get(list.last.0..list.last.1).unwrap_or_default(),
            (None, None) => self.path.get(self.last.0..self.last.1).unwrap_or_default(),
        };
        let name = if name.is_empty() { outer } else { name };
        if sink.is_idle(Place::JsonValue, name, value, made) {
            if let Some(list) = list {
                list.index = list.index.saturating_add(1);
            }
            return;
        }
        self.spoken_value(at, key, value, sink);
    }

    /// A value that may tell something.
    #[inline(never)]
    fn spoken_value(&mut self, at: &Point<'_>, key: Option<&[u8]>, value: &[u8], sink: &mut impl Sink) {
        if let Some(key) = key {
            self.step_to_key(key);
        }
        self.step_to_value();
        let last = self.path.get(self.last.0..self.last.1).unwrap_or_default();
        let point = at.then(Segment::Path { text: &self.path, last });
        sink.whole(if self.path.is_empty() { at } else { &point }, Place::JsonValue, value);
    }

    /// Whether `text` begins with the key that is to be expected, and that told nothing before.
    #[inline(always)]
    fn known_key<'c>(&mut self, text: &'c [u8], key: &mut Option<&'c [u8]>, sink: &mut impl Sink) -> bool {
        let Some((len, hash)) = self.known.next(text) else { return false };
        self.compare_hash(hash, sink);
        *key = text.get(..len);
        true
    }

    /// The name of the innermost container, if it has one.
    #[inline]
    fn container(&self) -> Option<&[u8]> {
        let last = self.stack.last()?.last;
        self.path.get(last.0..last.1).filter(|name| !name.is_empty())
    }
}

/// The length of the string without escapes that `bytes` begin with. Tells what it is made of if it is no longer than 64 bytes.
#[inline(always)]
fn string(bytes: &[u8], made: &mut Plain) -> Option<usize> {
    let end = match made.take_before(bytes, [b'"', b'\\']) {
        Some(end) => end,
        None => long(bytes)?,
    };
    (bytes.get(end) == Some(&b'"')).then_some(end)
}

/// The length of a longer one, or where its first escape stands.
#[inline(never)]
fn long(bytes: &[u8]) -> Option<usize> {
    Some(TOLD + first_of(bytes.get(TOLD..)?, [b'"', b'\\'])?)
}
