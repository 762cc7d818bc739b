//! Keys that were read before and told nothing: documents of an API have the same keys in the same order each time, and so have
//! the objects of a list.
//!
//! What comes in: the text behind a quote. What goes out: the key that it begins with, if that is the one that came next the last
//! time. What always holds: keys are compared byte for byte, up to the quote behind them, so that none can pose as another.

use super::{Frame, Json, KEYS};
use crate::bytes::common;
use crate::http::Anomaly;
use crate::limits::NAME;
use crate::points::{Sink, Under};
use std::ops::Range;

/// Keys that are remembered: those of a dozen kinds of document.
pub(super) const MOST: usize = 64;
/// Neighbouring places of which a key may have any.
const WAYS: usize = 8;
/// Bytes that are compared: of a key and the quote behind it.
pub(super) const BLOCK: usize = 16;

/// A remembered key.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Key {
    /// Its bytes and the quote.
    pub text: [u8; BLOCK],
    pub hash: u64,
    pub len: u8,
    /// What it says of its value.
    pub under: Under,
    /// The places of two keys that came next: the last one, and one before it. Behind the last key of an object of a list comes
    /// the first one again, but behind the list something else.
    next: [u8; 2],
}

impl Key {
    /// Whether `block` begins with it.
    #[inline(always)]
    fn begins(&self, block: &[u8; BLOCK]) -> bool {
        common(block, &self.text) > usize::from(self.len)
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
        let last = &keys[usize::from(self.last) % MOST];
        let place = match text.first_chunk() {
            Some(block) => expected(keys, last, block)?,
            None => {
                // Near the end of the chunk: what is not there is none of its bytes, nor the quote.
                let mut block = [0; BLOCK];
                block.iter_mut().zip(text).for_each(|(to, from)| *to = *from);
                expected(keys, last, &block)?
            }
        };
        self.last = place as u8;
        Some(&keys[place])
    }

    /// The keys, if any is remembered, and the place of the one that was read last, which may be set.
    #[inline(always)]
    pub fn table(&mut self) -> Option<(&[Key; MOST], &mut u8)> {
        Some((self.keys.first_chunk()?, &mut self.last))
    }

    /// The key that was read last of those that are remembered.
    #[inline(always)]
    pub fn latest(&self) -> Key {
        self.keys.get(usize::from(self.last)).copied().unwrap_or_default()
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

    /// Remembers the next key, which told nothing and of whose value `under` tells. Of the places that are `busy` none is given
    /// up for it.
    pub fn keep(&mut self, key: &[u8], hash: u64, under: Under, busy: impl FnOnce() -> u64) {
        // An empty one says what the one around it does.
        if key.len() >= BLOCK || key.is_empty() {
            return;
        }
        if self.keys.is_empty() {
            self.keys.reserve_exact(MOST);
            self.keys.resize(MOST, Key::default());
        }
        if let Some(place) = self.find(key, hash) {
            return self.follow(place);
        }
        let ways = row(hash);
        let free = ways.clone().find(|place| self.keys[*place].len == 0);
        let Some(place) = free.or_else(|| {
            let (any, busy) = ((hash >> 40) as usize, busy());
            (0..WAYS).map(|n| ways.start + (any + n) % WAYS).find(|place| busy >> place & 1 == 0)
        }) else {
            return;
        };
        let (len, next) = (key.len() as u8, [place as u8; 2]);
        self.keys[place] = Key { text: quoted(key), hash, len, under, next };
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

/// The place of the key that `block` begins with, if it is one that came behind `last` before.
#[inline(always)]
pub(super) fn expected(keys: &[Key; MOST], last: &Key, block: &[u8; BLOCK]) -> Option<usize> {
    let next = last.next.map(|place| usize::from(place) % MOST);
    next.into_iter().find(|&place| keys[place].begins(block))
}

/// The places that a key may have.
fn row(hash: u64) -> Range<usize> {
    let start = (hash >> 32) as usize % (MOST / WAYS) * WAYS;
    start..start + WAYS
}

/// The bytes of a key that is no longer than 15, and a quote.
fn quoted(key: &[u8]) -> [u8; BLOCK] {
    let mut text = [0; BLOCK];
    text.iter_mut().zip(key.iter().chain(b"\"")).for_each(|(to, from)| *to = *from);
    text
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
        if frame.places != 0 {
            frame.settle(&self.known, &mut self.keys);
        }
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

impl Frame {
    /// Writes down the hashes of the keys that are known by their places only.
    #[inline(never)]
    fn settle(&mut self, known: &Known, keys: &mut Vec<u64>) {
        let mut left = std::mem::take(&mut self.places);
        while left != 0 {
            if let Some(key) = known.keys.get(left.trailing_zeros() as usize) {
                self.seen |= 1 << (key.hash >> 58);
                keys.push(key.hash);
            }
            left &= left - 1;
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
            known.keep(key, hash(key), under, || 0);
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
        known.keep(b"a", hash(b"a"), PLAIN, || 0);
        known.keep(b"", hash(b""), PLAIN, || 0);
        assert!(known.next(&[0; 32]).is_none() && known.next(b"\":1,\"and\":\"so on\"").is_none());
        // Near the end of the chunk, but all there.
        assert!(known.next(b"a").is_none() && known.next(b"a\"").is_some_and(|key| key.len == 1));
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
