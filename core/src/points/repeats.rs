//! Values of one name given more than once, joined: for bodies that do not lie whole in memory.
//!
//! Servers and applications put them together: with `,` (ASP.NET, `implode(',', $ids)`), or with nothing between, as
//! payloads cut over several fields are put together again. Kept are the values of the last [`HELD`] bytes of short
//! fields, at most, so that padding with long ones does not push a part of a payload out.

use super::name;
use super::{Place, Point, Segment, Sink};

/// Most bytes of names and values that are kept.
const HELD: usize = 8 << 10;
/// Most fields that are kept.
const FIELDS: usize = 512;
/// Longest value that is kept: a part of a payload is short.
const LONG: usize = 1 << 10;

/// The fields of a body, as far as they are kept.
#[derive(Debug, Default)]
pub(super) struct Repeats {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    /// Whether the value of the last field is not complete.
    open: bool,
}

#[derive(Clone, Copy, Debug)]
struct Field {
    hash: u64,
    /// Where in `bytes` its name, and behind it its value, begin and end.
    name: usize,
    value: usize,
    end: usize,
}

impl Repeats {
    /// Forgets all fields; memory is kept.
    pub fn reset(&mut self) {
        self.bytes.clear();
        self.fields.clear();
        self.open = false;
    }

    /// Begins a field. One of a list has the list's name.
    pub fn begin(&mut self, name: &[u8]) {
        self.begin_hashed(name, name::hash(name));
    }

    /// The same of one whose name has this [hash](name::hash).
    pub fn begin_hashed(&mut self, name: &[u8], hash: u64) {
        let (list, start) = (name::list(name), self.bytes.len());
        let hash = if list.len() < name.len() { name::hash(list) } else { hash };
        let name = list;
        self.open = !name.is_empty();
        if self.open {
            self.bytes.extend_from_slice(name);
            let value = self.bytes.len();
            self.fields.push(Field { hash, name: start, value, end: value });
        }
    }

    /// Takes the next bytes of its value.
    pub fn piece(&mut self, piece: &[u8]) {
        let Some(field) = self.fields.last().filter(|_| self.open) else { return };
        if self.bytes.len() - field.value + piece.len() > LONG {
            self.bytes.truncate(field.name);
            self.fields.pop();
            self.open = false;
        } else {
            self.bytes.extend_from_slice(piece);
        }
    }

    /// Ends the field. Tells whether no more are taken until [`Repeats::give`] has been called.
    pub fn end(&mut self) -> bool {
        if let Some(field) = self.fields.last_mut().filter(|_| self.open) {
            field.end = self.bytes.len();
            self.open = false;
        }
        self.bytes.len() >= HELD || self.fields.len() >= FIELDS
    }

    /// Emits the joined values of the names with these hashes, below `at`, and forgets all fields. Values that are all
    /// plain words can join to nothing worse.
    pub fn give(&mut self, hashes: &[u64], at: &Point<'_>, place: Place, sink: &mut impl Sink) {
        for &hash in hashes {
            self.join(hash, at, place, sink);
        }
        self.reset();
    }

    fn join(&self, hash: u64, at: &Point<'_>, place: Place, sink: &mut impl Sink) {
        let text = |from: usize, to: usize| self.bytes.get(from..to).unwrap_or_default();
        let same = || self.fields.iter().filter(|f| f.hash == hash);
        let Some(first) = same().next().filter(|_| same().count() > 1) else { return };
        if same().all(|f| name::is_word(text(f.value, f.end))) {
            return;
        }
        let point = at.then(Segment::Name(text(first.name, first.value)));
        for (via, glue) in [("pollution", &b","[..]), ("concat", b"")] {
            let point = point.then(Segment::Via(via));
            for (i, field) in same().enumerate() {
                if i > 0 && !glue.is_empty() {
                    sink.piece(&point, place, glue, true);
                }
                sink.piece(&point, place, text(field.value, field.end), true);
            }
            sink.piece(&point, place, b"", false);
        }
    }
}
