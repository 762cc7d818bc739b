//! Keys that were read before and told nothing: documents of an API have the same keys in the same order each time, and so have
//! the objects of a list.
//!
//! What comes in: the text behind a quote. What goes out: the key that it begins with, if that is the one that came next the last
//! time. What always holds: keys are compared byte for byte, up to the quote behind them, so that none can pose as another.

use super::{Json, KEYS};
use crate::http::Anomaly;
use crate::limits::NAME;
use crate::points::{Sink, Under};
use std::ops::Range;

/// Keys that are remembered: those of a dozen kinds of document.
const MOST: usize = 64;
/// Neighbouring places of which a key may have any.
const WAYS: usize = 8;
/// Bytes that are compared: of a key and the quote behind it.
const BLOCK: usize = 16;

/// A remembered key.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Key {
    /// Its bytes and the quote.
    text: u128,
    pub hash: u64,
    pub len: u8,
    /// What it says of its value.
    pub under: Under,
    /// The places of two keys that came next: the last one, and one before it. Behind the last key of an object of a list comes
    /// the first one again, but behind the list something else.
    next: [u8; 2],
}

/// The bits of a block that are of a key of this length and the quote behind it.
static MASKS: [u128; BLOCK] = {
    let (mut masks, mut len) = ([0; BLOCK], 0);
    while len < BLOCK {
        masks[len] = u128::MAX >> (8 * (BLOCK - 1 - len));
        len += 1;
    }
    masks
};

impl Key {
    /// Whether `block` begins with it.
    #[inline(always)]
    fn begins(&self, block: u128) -> bool {
        (block ^ self.text) & MASKS[usize::from(self.len) % BLOCK] == 0
    }
}

/// See the module. A reader keeps it when it is reset.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// None, or as many as are remembered; those that are not used have no bytes and come behind none.
    keys: Vec<Key>,
    /// The place of the key that was read last.
    last: u8,
}

impl Known {
    /// The key that `text` begins with, if it is one that came next before.
    #[inline(always)]
    pub fn next(&mut self, text: &[u8]) -> Option<&Key> {
        let keys: &[Key; MOST] = self.keys.first_chunk()?;
        let block = u128::from_le_bytes(*text.first_chunk()?);
        let next = keys[usize::from(self.last) % MOST].next;
        let place = next.into_iter().find(|&place| keys[usize::from(place) % MOST].begins(block))?;
        self.last = place;
        Some(&keys[usize::from(place) % MOST])
    }

    /// Whether any key is remembered.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// What `key` says of its value, if it is remembered. It is the next one.
    pub fn meet(&mut self, key: &[u8], hash: u64) -> Option<Under> {
        let place = self.find(key, hash)?;
        let under = self.keys.get(place)?.under;
        self.follow(place);
        Some(under)
    }

    /// Remembers the next key, which told nothing and of whose value `under` tells.
    pub fn keep(&mut self, key: &[u8], hash: u64, under: Under) {
        // An empty one says what the one around it does.
        if key.len() >= BLOCK || key.is_empty() {
            return;
        }
        if self.keys.is_empty() {
            self.keys.reserve_exact(MOST);
            self.keys.resize(MOST, Key::default());
        }
        let place = self.find(key, hash).unwrap_or_else(|| {
            let mut ways = row(hash);
            let any = ways.start + (hash >> 40) as usize % WAYS;
            let place = ways.find(|place| self.keys[*place].len == 0).unwrap_or(any);
            let (len, next) = (key.len() as u8, [place as u8; 2]);
            self.keys[place] = Key { text: quoted(key), hash, len, under, next };
            place
        });
        self.follow(place);
    }

    fn find(&self, key: &[u8], hash: u64) -> Option<usize> {
        if key.len() >= BLOCK {
            return None;
        }
        let keys = self.keys.get(row(hash))?;
        let way = keys.iter().position(|known| known.hash == hash && known.text == quoted(key))?;
        Some(row(hash).start + way)
    }

    /// The key at `place` came next.
    fn follow(&mut self, place: usize) {
        let place = place as u8;
        if let Some(before) = self.keys.get_mut(usize::from(self.last))
            && before.next[0] != place
        {
            before.next = [place, before.next[0]];
        }
        self.last = place;
    }
}

/// The places that a key may have.
fn row(hash: u64) -> Range<usize> {
    let start = (hash >> 32) as usize % (MOST / WAYS) * WAYS;
    start..start + WAYS
}

/// The bytes of a key that is no longer than 15, and a quote.
fn quoted(key: &[u8]) -> u128 {
    key.iter().chain(b"\"").rev().fold(0, |text, &b| text << 8 | u128::from(b))
}

impl Json {
    /// Flags a key that its object has already; long keys are not compared.
    pub(super) fn compare(&mut self, key: &[u8], hash: u64, sink: &mut impl Sink) {
        // Of a long key only the beginning is kept: not enough to compare.
        if key.len() <= NAME {
            self.compare_hash(hash, sink);
        }
    }

    /// The same of a key that is not long.
    #[inline(always)]
    pub(super) fn compare_hash(&mut self, hash: u64, sink: &mut impl Sink) {
        let Some(frame) = self.stack.last_mut() else { return };
        // PERF: a new key mostly sets a bit that no other key of its object has set.
        let bit = 1 << (hash >> 58);
        if frame.seen & bit != 0 || self.keys.len() - frame.keys >= KEYS {
            return self.compare_closely(hash, sink);
        }
        frame.seen |= bit;
        self.keys.push(hash);
    }

    #[inline(never)]
    fn compare_closely(&mut self, hash: u64, sink: &mut impl Sink) {
        let Some(frame) = self.stack.last_mut() else { return };
        let known = self.keys.get(frame.keys..).unwrap_or_default();
        if known.contains(&hash) {
            sink.anomaly(Anomaly::DuplicateKey);
        } else if known.len() < KEYS {
            self.keys.push(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::hash;
    use super::*;

    const PLAIN: Under = Under { format: false, privileged: false };

    fn read(known: &mut Known, text: &str) -> Option<usize> {
        let key = text.split('"').next().unwrap_or_default().as_bytes();
        let under = Under { privileged: key.len() % 2 == 1, ..PLAIN };
        let found = known.next(text.as_bytes()).copied();
        if let Some(found) = found {
            assert_eq!(
                (usize::from(found.len), found.hash, found.under),
                (key.len(), hash(key), under),
                "{text}"
            );
        } else if known.meet(key, hash(key)) != Some(under) {
            known.keep(key, hash(key), under);
        }
        found.map(|found| usize::from(found.len))
    }

    #[test]
    fn the_key_that_came_next_is_known() {
        let mut known = Known::default();
        let keys = ["sku", "price", "a_key_of_sixteen_", "qty", "a_key_of_15____"];
        let behind = "\":1,\"and\":\"so on\"}";
        for round in 0..3 {
            for (n, key) in keys.iter().enumerate() {
                let found = read(&mut known, &format!("{key}{behind}"));
                // A key is known once it has come behind the one before it, and too long a one never.
                let expected = (round > 1 || round == 1 && n > 0) && key.len() < BLOCK;
                assert_eq!(found.is_some(), expected, "{key} in round {round}");
            }
        }
        for text in ["skU", "sk", "skuu", "\0", ""] {
            let mut known = Known::default();
            for _ in 0..3 {
                read(&mut known, &format!("sku{behind}"));
            }
            assert!(known.next(format!("{text}{behind}").as_bytes()).is_none(), "{text}");
            assert!(known.next(format!("sku{behind}").as_bytes()).is_some());
        }
        let mut known = Known::default();
        known.keep(b"a", hash(b"a"), PLAIN);
        known.keep(b"", hash(b""), PLAIN);
        assert!(known.next(&[0; 32]).is_none() && known.next(b"\":1,\"and\":\"so on\"").is_none());
        assert!(known.next(b"a\"").is_none(), "too near the end");
    }

    #[test]
    fn two_ways_on_from_a_key_are_known() {
        let mut known = Known::default();
        let order = ["items", "sku", "qty", "sku", "qty", "note"];
        let misses = |known: &mut Known| {
            order
                .iter()
                .filter(|key| read(known, &format!("{key}\":\"something behind it\"")).is_none())
                .count()
        };
        misses(&mut known);
        misses(&mut known);
        for _ in 0..3 {
            assert_eq!(misses(&mut known), 0);
        }
        // More keys than there is room for: each is still told as what it is.
        for round in 0..3 * MOST {
            for n in 0..2 * MOST {
                read(&mut known, &format!("k{}\":\"something behind it\"", n * 7 % (MOST + round)));
            }
        }
        assert_eq!(known.keys.capacity(), MOST);
    }
}
