//! Members of an object in a row, as nearly all are: a key that is expected, a value of which nothing comes at a glance, a comma.
//!
//! What comes in: the text where a key may begin. What goes out: how far such members go, and what comes next there. What always
//! holds: what is taken is what [`Json::quick`] takes; near the end of the chunk nothing is.
//!
//! PERF: little is kept from one member to the next, so that it stays in registers; there are no calls. Two blocks of sixteen
//! bytes tell of a member.

use super::known::{BLOCK, Key, MOST, expected};
use super::quick::Here;
use super::{Frame, Json, KEYS};
use crate::bytes::{STEP, leading};
use crate::points::Sink;

/// Bytes that hold a key that is remembered with the signs around it, and what is looked at of a value.
const ROOM: usize = 40;

/// What comes behind a row.
#[derive(Clone, Copy)]
pub(super) enum Then {
    /// A key or the end of the object; whether a comma was taken last.
    Key(bool),
    /// A value, of which more is to be told than a glance does. Its key, the last one that was known, began so many bytes before.
    Value(u8),
    /// The end of the object, or what else stands behind a value.
    After,
}

impl Json {
    /// Takes members of the innermost object from `at` on, whose keys tell nothing if they told nothing elsewhere. Gives where
    /// they end. `comma` tells whether a comma was taken last.
    #[inline(never)]
    pub(super) fn row(
        &mut self,
        here: &Here<'_, '_>,
        rest: &[u8],
        at: usize,
        comma: bool,
        sink: &mut impl Sink,
    ) -> (usize, Then) {
        let (mut at, mut then) = (at, Then::Key(comma));
        loop {
            (at, then) = self.glance(here.params, rest, at, then, sink);
            let Then::Value(behind) = then else { return (at, then) };
            let Some([b'"', text @ ..]) = rest.get(at..) else { return (at, then) };
            let Key { len, under, .. } = self.known.latest();
            let start = at - usize::from(behind);
            let key = rest.get(start..start + usize::from(len));
            let Some(len) = self.text(here, key, under, text, sink) else { return (at, then) };
            at += len + 2;
            if rest.get(at) != Some(&b',') {
                return (at, Then::After);
            }
            (at, then) = (at + 1, Then::Key(true));
        }
    }

    /// Takes such members as long as nothing comes of their values at a glance.
    #[inline(always)]
    fn glance(
        &mut self,
        params: usize,
        rest: &[u8],
        at: usize,
        then: Then,
        sink: &impl Sink,
    ) -> (usize, Then) {
        let (mut at, mut then) = (at, then);
        let Json { stack, keys, known, count, .. } = self;
        let (Some(frame), Some((table, last))) = (stack.last_mut(), known.table()) else { return (at, then) };
        let written = keys.len() - frame.keys;
        let mut key = &table[usize::from(*last) % MOST];
        while let Some(block) = rest.get(at..).and_then(|text| text.first_chunk::<ROOM>()) {
            let [b'"', text @ ..] = block else {
                // Line ends matter only between documents.
                let blanks = blanks(block);
                if blanks == 0 {
                    break;
                }
                at += blanks;
                continue;
            };
            let Some(place) = text.first_chunk().and_then(|text| expected(table, key, text)) else { break };
            let next = &table[place];
            let len = usize::from(next.len) % BLOCK;
            // PERF: no hash is written down, and mostly none has been. A key and its value are counted at once.
            let twice = frame.places >> place & 1 != 0 || written != 0 && frame.may_have(next.hash, written);
            if twice || text[len + 1] != b':' || *count + 2 > params {
                break;
            }
            frame.places |= 1 << place;
            *count += 2;
            key = next;
            *last = place as u8;
            // Documents are written with a blank behind the colon or without. PERF: a branch, so that what comes next need not wait.
            let mut behind = len + 2;
            let end = loop {
                let value = text.get(behind..).unwrap_or_default();
                break match value {
                    [b'"', text @ ..] => {
                        let block: Option<&[u8; STEP]> = text.first_chunk();
                        block.and_then(|block| sink.glances_text(key.under, block)).map(|len| len + 2)
                    }
                    [b'{' | b'[', ..] => None,
                    [b' ', ..] if behind == len + 2 => {
                        behind += 1;
                        continue;
                    }
                    _ => value.first_chunk().and_then(|block| sink.glances_scalar(key.under, block)),
                };
            };
            let Some(end) = end else {
                *count -= 1;
                (at, then) = (at + 1 + behind, Then::Value(behind as u8));
                break;
            };
            at += 1 + behind + end;
            if rest.get(at) != Some(&b',') {
                then = Then::After;
                break;
            }
            (at, then) = (at + 1, Then::Key(true));
        }
        (at, then)
    }
}

impl Frame {
    /// Whether a key of this hash may be one of the object's whose hashes are `written` down, or there is no room for another.
    #[inline(never)]
    fn may_have(&self, hash: u64, written: usize) -> bool {
        self.seen >> (hash >> 58) & 1 != 0 || written + self.places.count_ones() as usize >= KEYS
    }
}

/// How many blanks `block` begins with, up to sixteen.
#[inline(always)]
fn blanks(block: &[u8; ROOM]) -> usize {
    block.first_chunk().map_or(0, |first| leading(first, [b' ', b'\n', b'\r', b'\t']))
}
