//! Members and elements as nearly all are: well formed, and whole in the chunk.
//!
//! PERF: what comes next is kept in a register and no token is held. What is odd, cut off or at a limit is left to the
//! state machine, which takes one step and hands back.

use super::scan::bare;
use super::{Back, Frame, Json, Kind, State, WORD};
use crate::bytes::first_of;
use crate::limits::Limits;
use crate::points::{Point, Sink};

impl Json {
    /// Reads on inside a container, as far as all is plain. `next` is what comes next.
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
        while let Some((&byte, tail)) = rest.split_first() {
            match (next, byte) {
                // Line ends matter only between documents.
                (_, b' ' | b'\t' | b'\r' | b'\n') => rest = tail,
                (Back::Colon, b':') => (rest, next, comma) = (tail, Back::Value, false),
                (Back::After, b',') => {
                    let key = if object { Back::Key } else { Back::Value };
                    (rest, next, comma) = (tail, key, true);
                }
                (Back::Key | Back::Value, b'"') => {
                    let end = match first_of(tail, [b'"', b'\\']) {
                        Some(end) if tail.get(end) == Some(&b'"') && self.count < limits.params => end,
                        _ => break,
                    };
                    self.count += 1;
                    let (text, behind) = tail.split_at(end);
                    if next == Back::Key {
                        self.step_to_key(text);
                        self.compare(text, sink);
                        self.give(at, Kind::Key, text, false, sink);
                        next = Back::Colon;
                    } else {
                        self.step_to_value();
                        self.give(at, Kind::Value, text, false, sink);
                        next = Back::After;
                    }
                    (rest, comma) = (behind.get(1..).unwrap_or_default(), false);
                }
                (Back::Value, b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
                    let end = match bare(rest) {
                        Some(end) if end <= WORD && self.count < limits.params => end,
                        _ => break,
                    };
                    self.count += 1;
                    let (text, behind) = rest.split_at(end);
                    self.step_to_value();
                    self.give(at, Kind::Value, text, false, sink);
                    (rest, next, comma) = (behind, Back::After, false);
                }
                (Back::Value, b'{' | b'[') => {
                    if self.count >= limits.params || self.stack.len() >= limits.nesting {
                        break;
                    }
                    self.count += 1;
                    self.step_to_value();
                    object = byte == b'{';
                    let (path, last, keys) = (self.path.len(), self.last, self.keys.len());
                    self.stack.push(Frame { object, path, last, keys, index: 0 });
                    (rest, next, comma) = (tail, if object { Back::Key } else { Back::Value }, false);
                }
                (Back::Key | Back::After, b'}') if object && !comma => {
                    self.close();
                    (rest, next, comma) = (tail, Back::After, false);
                    match self.stack.last() {
                        Some(frame) => object = frame.object,
                        None => break,
                    }
                }
                (Back::Value | Back::After, b']') if !object && !comma => {
                    self.close();
                    (rest, next, comma) = (tail, Back::After, false);
                    match self.stack.last() {
                        Some(frame) => object = frame.object,
                        None => break,
                    }
                }
                _ => break,
            }
        }
        (self.state, self.comma) = (State::Between(next), comma);
        rest
    }
}
