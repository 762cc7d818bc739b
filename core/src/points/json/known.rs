//! Keys that were read before and told nothing: documents of an API have the same keys in the same order each time, and so have
//! the objects of a list.
//!
//! What comes in: the text behind a quote. What goes out: the key that it begins with, if that is the one that came next the last
//! time. What always holds: keys are compared byte for byte, up to the quote behind them, so that none can pose as another.

use super::{Json, KEYS};
use crate::http::Anomaly;
use crate::limits::NAME;
use crate::points::Sink;

/// Keys that are remembered.
const MOST: usize = 32;
/// Bytes that are compared: of a key and the quote behind it.
const BLOCK: usize = 16;

/// A remembered key.
#[derive(Clone, Copy, Debug)]
struct Key {
    /// Its bytes and the quote, in the upper bits.
    text: u128,
    hash: u64,
    /// Bits of a block that are not of it.
    shift: u8,
    len: u8,
    /// The place of the key that came next.
    next: u8,
}

impl Key {
    /// Equal to no block: what is shifted so far has no low bits.
    const NONE: Key = Key { text: 1, hash: 0, shift: 127, len: 0, next: 0 };
}

/// See the module. A reader keeps it when it is reset.
#[derive(Debug, Default)]
pub(super) struct Known {
    keys: Vec<Key>,
    /// The place of the key that was read last.
    last: u8,
}

impl Known {
    /// The length and the hash of the key that `text` begins with, if it is the one that came next the last time.
    #[inline(always)]
    pub fn next(&mut self, text: &[u8]) -> Option<(usize, u64)> {
        let next = self.keys.get(usize::from(self.last))?.next;
        let key = self.keys.get(usize::from(next))?;
        let block = u128::from_le_bytes(*text.first_chunk::<BLOCK>()?);
        if block << key.shift != key.text {
            return None;
        }
        self.last = next;
        Some((usize::from(key.len), key.hash))
    }

    /// Remembers a key that told nothing.
    pub fn keep(&mut self, key: &[u8], hash: u64) {
        if key.len() >= BLOCK {
            return;
        }
        if self.keys.is_empty() {
            self.keys.reserve_exact(MOST);
            self.keys.resize(MOST, Key::NONE);
        }
        let quoted = key.iter().chain(b"\"").rev().fold(0, |text, &b| text << 8 | u128::from(b));
        let shift = 8 * (BLOCK - 1 - key.len());
        let place = (hash >> 32) as usize % MOST;
        let new = Key { text: quoted << shift, hash, shift: shift as u8, len: key.len() as u8, next: 0 };
        if let Some(before) = self.keys.get_mut(usize::from(self.last)) {
            before.next = place as u8;
        }
        if let Some(old) = self.keys.get_mut(place)
            && (old.text, old.shift) != (new.text, new.shift)
        {
            *old = new;
        }
        self.last = place as u8;
    }
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
    #[inline]
    pub(super) fn compare_hash(&mut self, hash: u64, sink: &mut impl Sink) {
        let Some(frame) = self.stack.last_mut() else { return };
        // PERF: a new key mostly sets a bit that no other key of its object has set.
        let bit = 1 << (hash >> 58);
        let new = frame.seen & bit == 0;
        let count = self.keys.len() - frame.keys;
        if !new && self.keys.get(frame.keys..).is_some_and(|known| known.contains(&hash)) {
            sink.anomaly(Anomaly::DuplicateKey);
        } else if count < KEYS {
            frame.seen |= bit;
            self.keys.push(hash);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::scan::hash;
    use super::*;

    fn read(known: &mut Known, text: &str) -> Option<usize> {
        let key = text.split('"').next().unwrap_or_default().as_bytes();
        let found = known.next(text.as_bytes());
        if let Some((len, of)) = found {
            assert_eq!((len, of), (key.len(), hash(key)), "{text}");
        } else {
            known.keep(key, hash(key));
        }
        found.map(|(len, _)| len)
    }

    #[test]
    fn the_key_that_came_next_is_known() {
        let mut known = Known::default();
        let keys = ["sku", "price", "", "a_key_of_sixteen_", "qty"];
        let behind = "\":1,\"and\":\"so on\"}";
        for round in 0..3 {
            for (n, key) in keys.iter().enumerate() {
                let found = read(&mut known, &format!("{key}{behind}"));
                // A key is known once the one before it has been, too, and too long a one never.
                let expected = round > 1 || round == 1 && n > 0;
                let expected = expected && key.len() < BLOCK;
                assert_eq!(found.is_some(), expected, "{key} in round {round}");
            }
        }
        for text in ["skU", "sk", "skuu", "\0", ""] {
            let mut known = Known::default();
            for _ in 0..3 {
                read(&mut known, &format!("sku{behind}"));
            }
            assert_eq!(known.next(format!("{text}{behind}").as_bytes()), None, "{text}");
            assert!(known.next(format!("sku{behind}").as_bytes()).is_some());
        }
        let mut known = Known::default();
        known.keep(b"a", hash(b"a"));
        assert_eq!(known.next(&[0; 32]), None);
        assert_eq!(known.next(b"a\""), None, "too near the end");
    }
}
