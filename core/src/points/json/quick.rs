//! Members and elements as nearly all are: well formed, and whole in the chunk.
//!
//! PERF: what comes next is kept in a register and no token is held. What is odd, cut off or at a limit is left to the
//! state machine, which takes one step and hands back.

use super::known::{BLOCK, Key};
use super::row::Then;
use super::scan::{bare, hash, push_index};
use super::{Back, Frame, Json, Kind, State, WORD, escape};
use crate::bytes::{ENDS, Plain, first_of};
use crate::limits::{Limits, NAME, WINDOW};
use crate::points::{Place, Point, Segment, Sink, Under};

/// Bytes of the longest value of which it is told what it is made of.
const TOLD: usize = 64;
/// Keys and values of a document before its keys are remembered.
const FEW: usize = 16;

/// Where a document is read.
pub(super) struct Here<'a, 'p> {
    /// Where it stands, and what has no other name is named.
    pub at: &'a Point<'p>,
    pub outer: &'a [u8],
    /// Most keys and values.
    pub params: usize,
}

/// The innermost container.
#[derive(Clone, Copy)]
struct Within {
    object: bool,
    /// Whether a key that told nothing elsewhere tells nothing here either.
    calm: bool,
    /// What its name says of what stands under it.
    under: Under,
}

/// A key that was not expected.
struct New {
    len: usize,
    /// What it says of its value.
    under: Under,
    /// Whether it has been given, so that the path leads to it.
    given: bool,
}

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
        let glances = sink.glances();
        let Some(mut within) = self.within(glances) else { return rest };
        let (mut next, mut comma, mut i) = (next, self.comma, 0);
        let outer = at.name();
        let here = &Here { at, outer, params: limits.params };
        // The key whose value comes next, if the path does not lead to it yet, and what its name says.
        let mut key: Option<&[u8]> = None;
        let mut under = within.under;
        if within.object && matches!(next, Back::Colon | Back::Value) {
            let name = self.path.get(self.last.0..self.last.1).filter(|name| !name.is_empty());
            under = sink.under(name.unwrap_or(outer));
        }
        // PERF: the parts below stand in the order in which they come.
        loop {
            // Whether the value that comes next has been looked at.
            let mut looked = false;
            if next == Back::Key && within.calm {
                let (at, then) = self.row(here, rest, i, comma, sink);
                i = at;
                match then {
                    Then::Key(comes) => comma = comes,
                    Then::Value(behind) => {
                        let Key { len, under: says, .. } = self.known.latest();
                        let start = at - usize::from(behind);
                        key = rest.get(start..start + usize::from(len));
                        (under, next, comma, looked) = (says, Back::Value, false, true);
                    }
                    Then::After => (next, comma) = (Back::After, false),
                }
            }
            if next == Back::Key {
                match rest.get(i) {
                    Some(b'"') if self.count < limits.params => {
                        let Some(text) = rest.get(i + 1..) else { break };
                        let known = if within.calm { self.known_key(text, sink) } else { None };
                        let len = if let Some((len, says)) = known {
                            (key, under) = (text.get(..usize::from(len)), says);
                            usize::from(len)
                        } else {
                            let Some(new) = self.key(at, within, text, outer, sink) else { break };
                            key = if new.given { None } else { text.get(..new.len) };
                            under = new.under;
                            new.len
                        };
                        i += len + 2;
                    }
                    Some(b'}') if !comma => {
                        i += 1;
                        next = Back::After;
                        let Some(outside) = self.leave(glances) else { break };
                        (within, under) = (outside, outside.under);
                        continue;
                    }
                    // Line ends matter only between documents.
                    Some(b' ' | b'\t' | b'\r' | b'\n') => {
                        i += 1;
                        continue;
                    }
                    _ => break,
                }
                (next, comma) = (Back::Colon, false);
            }
            if next == Back::Colon {
                match rest.get(i) {
                    Some(b':') => (i, next, comma) = (i + 1, Back::Value, false),
                    Some(b' ' | b'\t' | b'\r' | b'\n') => {
                        i += 1;
                        continue;
                    }
                    _ => break,
                }
            }
            if next == Back::Value {
                let Some(&byte) = rest.get(i) else { break };
                match byte {
                    b'"' => {
                        if self.count >= limits.params {
                            break;
                        }
                        let Some(text) = rest.get(i + 1..) else { break };
                        let glance = if looked || !glances { None } else { text.first_chunk() };
                        if let Some(len) = glance.and_then(|block| sink.glances_text(under, block)) {
                            key = None;
                            self.pass();
                            (i, next, comma) = (i + len + 2, Back::After, false);
                            continue;
                        }
                        let Some(len) = self.text(here, key, under, text, sink) else { break };
                        key = None;
                        i += len + 2;
                    }
                    b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
                        let Some(text) = rest.get(i..) else { break };
                        if glances
                            && !looked
                            && self.count < limits.params
                            && let Some(len) =
                                text.first_chunk().and_then(|block| sink.glances_scalar(under, block))
                        {
                            key = None;
                            self.pass();
                            (i, next, comma) = (i + len, Back::After, false);
                            continue;
                        }
                        let (len, point) = match bare(text) {
                            Some(found) if found.0 <= WORD && self.count < limits.params => found,
                            _ => break,
                        };
                        let made = match byte {
                            _ if len > TOLD => Plain::default(),
                            b'-' | b'0'..=b'9' => Plain::number(len, byte == b'-', point),
                            _ => Plain::word(len),
                        };
                        let value = text.get(..len).unwrap_or_default();
                        self.number(here, key.take(), under, value, &made, sink);
                        i += len;
                    }
                    b'{' | b'[' => {
                        if self.count >= limits.params || self.stack.len() >= limits.nesting {
                            break;
                        }
                        self.count += 1;
                        let object = byte == b'{';
                        self.enter(key.take(), looked, object, under);
                        within = Within { object, calm: object & glances & !under.format, under };
                        (next, comma) = (if object { Back::Key } else { Back::Value }, false);
                        i += 1;
                        continue;
                    }
                    b']' if !within.object && !comma => {
                        i += 1;
                        next = Back::After;
                        let Some(outside) = self.leave(glances) else { break };
                        (within, under) = (outside, outside.under);
                        continue;
                    }
                    b' ' | b'\t' | b'\r' | b'\n' => {
                        i += 1;
                        continue;
                    }
                    _ => break,
                }
                (next, comma) = (Back::After, false);
            }
            match rest.get(i) {
                Some(b',') => {
                    (next, comma) = (if within.object { Back::Key } else { Back::Value }, true);
                    i += 1;
                }
                Some(&end) if end == (if within.object { b'}' } else { b']' }) && !comma => {
                    i += 1;
                    let Some(outside) = self.leave(glances) else { break };
                    (within, under) = (outside, outside.under);
                }
                Some(b' ' | b'\t' | b'\r' | b'\n') => i += 1,
                _ => break,
            }
        }
        if let Some(key) = key {
            self.step_to_key(key);
        }
        (self.state, self.comma) = (State::Between(next), comma);
        rest.get(i..).unwrap_or_default()
    }

    /// The innermost container, if there is one. `glances` tells whether a key that told nothing elsewhere tells nothing under
    /// a name that says nothing.
    #[inline]
    fn within(&self, glances: bool) -> Option<Within> {
        let &Frame { object, under, .. } = self.stack.last()?;
        Some(Within { object, calm: object && glances && !under.format, under })
    }

    /// Opens a container: the value of the member `key`, or of the key that the path leads to, or an element. `latest` tells that
    /// the key is the known one that was read last.
    #[inline(always)]
    fn enter(&mut self, key: Option<&[u8]>, latest: bool, object: bool, under: Under) {
        let Json { stack, path, known, keys, last, .. } = self;
        let Some(outer) = stack.last_mut() else { return };
        // PERF: what is written of the key is not read again.
        let name = if let Some(key) = key {
            path.truncate(outer.path);
            if outer.path > 0 {
                path.push(b'.');
            }
            let start = path.len();
            if latest {
                // A block of sixteen bytes is copied without a call.
                let Key { text, len, .. } = known.latest();
                path.extend_from_slice(&text);
                path.truncate(start + usize::from(len));
            } else {
                // Room for such a block, too, once the key is known.
                path.reserve(BLOCK);
                path.extend_from_slice(key.get(..NAME).unwrap_or(key));
            }
            (start, path.len())
        } else if !outer.object {
            path.truncate(outer.path);
            push_index(outer.index, path);
            outer.index = outer.index.saturating_add(1);
            outer.last
        } else {
            *last
        };
        *last = name;
        let (path, keys) = (path.len(), keys.len());
        stack.push(Frame { object, path, last: name, keys, seen: 0, places: 0, under, index: 0 });
    }

    /// Closes the innermost container; gives the one around it.
    #[inline(always)]
    fn leave(&mut self, glances: bool) -> Option<Within> {
        let inner = self.stack.pop()?;
        self.keys.truncate(inner.keys);
        let Some(&Frame { object, under, .. }) = self.stack.last() else {
            self.value_ends();
            return None;
        };
        Some(Within { object, calm: object & glances & !under.format, under })
    }

    /// Takes the key that `text` begins with, if it was expected: its length, and what it says of its value.
    #[inline(never)]
    fn known_key(&mut self, text: &[u8], sink: &mut impl Sink) -> Option<(u8, Under)> {
        let &Key { hash, len, under, .. } = self.known.next(text)?;
        self.count += 1;
        self.compare_hash(hash, sink);
        Some((len, under))
    }

    /// Passes over a value.
    #[inline(always)]
    fn pass(&mut self) {
        self.count += 1;
        if let Some(list) = self.stack.last_mut().filter(|frame| !frame.object) {
            list.index = list.index.saturating_add(1);
        }
    }

    /// Takes a key that was not expected.
    #[inline(never)]
    fn key(
        &mut self,
        at: &Point<'_>,
        within: Within,
        text: &[u8],
        outer: &[u8],
        sink: &mut impl Sink,
    ) -> Option<New> {
        let (len, made) = string(text).filter(|&(end, _)| text.get(end) == Some(&b'"'))?;
        let text = text.get(..len)?;
        self.count += 1;
        let hash = hash(text);
        self.compare(text, hash, sink);
        if within.calm
            && let Some(under) = self.known.meet(text, hash)
        {
            return Some(New { len, under, given: false });
        }
        let under = sink.under(if len == 0 { outer } else { text.get(..NAME).unwrap_or(text) });
        let name = self.container().unwrap_or(outer);
        let given = !sink.is_idle(Place::JsonKey, name, within.under, text, &made);
        if given {
            self.step_to_key(text);
            self.give(at, Kind::Key, text, false, sink);
        } else if self.count > FEW || !self.known.is_empty() {
            // Few keys are not worth the memory.
            let Json { known, stack, .. } = self;
            known.keep(text, hash, under, || stack.iter().fold(0, |busy, frame| busy | frame.places));
        }
        Some(New { len, under, given })
    }

    /// The string that `text` begins with behind the quote, as a value. Gives its length, if it ends in the chunk.
    #[inline(never)]
    pub(super) fn text(
        &mut self,
        here: &Here<'_, '_>,
        key: Option<&[u8]>,
        under: Under,
        text: &[u8],
        sink: &mut impl Sink,
    ) -> Option<usize> {
        let (end, made) = string(text)?;
        if text.get(end) != Some(&b'"') {
            let len = self.unescaped(text, end)?;
            self.unescaped_value(here, key, under, sink);
            return Some(len);
        }
        self.value(here, key, under, text.get(..end)?, &made, sink);
        Some(end)
    }

    /// A whole value of the member `key`, or of the key that the path leads to, or an element.
    #[inline(always)]
    fn value(
        &mut self,
        here: &Here<'_, '_>,
        key: Option<&[u8]>,
        under: Under,
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
        let name = if name.is_empty() { here.outer } else { name };
        if sink.is_idle(Place::JsonValue, name, under, value, made)
            || sink.is_nothing(Place::JsonValue, name, value)
        {
            if let Some(list) = list {
                list.index = list.index.saturating_add(1);
            }
            return;
        }
        self.spoken_value(here.at, key, value, sink);
    }

    /// A number or literal.
    #[inline(never)]
    fn number(
        &mut self,
        here: &Here<'_, '_>,
        key: Option<&[u8]>,
        under: Under,
        value: &[u8],
        made: &Plain,
        sink: &mut impl Sink,
    ) {
        self.value(here, key, under, value, made, sink);
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

    /// Undoes the escapes of the string that `text` begins with, of which the first stands at `first`, if each stands for one
    /// byte and all fit a window. Gives the length of the string.
    #[inline(never)]
    fn unescaped(&mut self, text: &[u8], first: usize) -> Option<usize> {
        let (mut from, mut end) = (0, first);
        loop {
            let run = text.get(from..end)?;
            if self.text.len() + run.len() >= WINDOW {
                break;
            }
            self.text.extend_from_slice(run);
            match *text.get(end..)? {
                [b'"', ..] => return Some(end),
                [b'\\', byte, ..] if self.unescape.is_plain(byte) => self.text.push(escape::plain(byte)),
                _ => break,
            }
            from = end + 2;
            let Some(next) = text.get(from..).and_then(|rest| first_of(rest, ENDS)) else { break };
            end = from + next;
        }
        self.text.clear();
        None
    }

    /// The value whose escapes have been undone.
    #[inline(never)]
    fn unescaped_value(
        &mut self,
        here: &Here<'_, '_>,
        key: Option<&[u8]>,
        under: Under,
        sink: &mut impl Sink,
    ) {
        let mut text = std::mem::take(&mut self.text);
        let made = Plain::look(&text).unwrap_or_default();
        self.value(here, key, under, &text, &made, sink);
        text.clear();
        self.text = text;
    }

    /// The name of the innermost container, if it has one.
    #[inline]
    fn container(&self) -> Option<&[u8]> {
        let last = self.stack.last()?.last;
        self.path.get(last.0..last.1).filter(|name| !name.is_empty())
    }
}

/// How far the string that `bytes` begin with goes up to its end or its first escape, and what that part is made of if it is no
/// longer than 64 bytes.
#[inline(always)]
fn string(bytes: &[u8]) -> Option<(usize, Plain)> {
    match Plain::before(bytes) {
        Some(end) => Some(end),
        None => Some((long(bytes)?, Plain::default())),
    }
}

/// The same of a longer one.
#[inline(never)]
fn long(bytes: &[u8]) -> Option<usize> {
    Some(TOLD + first_of(bytes.get(TOLD..)?, ENDS)?)
}
