//! Header fields and targets that were judged before and held nothing.
//!
//! Nearly every header field of a request was sent before, byte for byte: a client's language, agent, cookies and tokens
//! come again with each request, and clients share them with each other. What a field is worth depends on its name and
//! value and on the policy, which a transaction never changes; one that told nothing the last time need not be read again.
//! The target of a request is remembered in the same way: pages, pictures and calls that many clients ask for.
//! Only whole equal fields are passed over, compared byte for byte, so that no field can pose as another. The memory is
//! bounded; when it is full all is forgotten, so that who floods it makes the next field cost what it
//! costs without it.

use super::inspect::Inspector;
use crate::detect::graphql::Batch;

/// Bytes of fields that are remembered at most: those of some eight clients.
const ROOM: usize = 8 << 10;
/// Bytes by which the memory grows up to there.
const STEP: usize = 512;
/// The longest field remembered: several have to have room.
const LONGEST: usize = ROOM / 4;
/// Places for fields at most: several for each that has room, or fields of different clients push each other out.
const PLACES: usize = 256;
/// Places to begin with.
const FIRST_PLACES: usize = 64;
/// Neighbouring places of which a field may have any.
const WAYS: usize = 4;

/// What is remembered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing: a free place.
    #[default]
    Free,
    /// A header field.
    Field,
    /// A header field of which a parser has told that nothing about the message depends on it.
    Plain,
    /// The target of a request whose method is not CONNECT; it has no name.
    Target,
}

/// One remembered field: where its name begins, and the two lengths.
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    at: u16,
    name: u16,
    value: u16,
    kind: Kind,
    /// Where the field that came next the last time may be remembered.
    next: u8,
}

/// See the module. A transaction keeps it when it is reset.
#[derive(Debug, Default)]
pub(super) struct Memo {
    bytes: Vec<u8>,
    fields: Vec<Field>,
    /// The place of the field that was found last.
    last: u8,
}

/// A field's hash. Equal fields have equal hashes; the ends of a value differ where its middle does, as a rule.
fn hash(name: &[u8], value: &[u8]) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let ends = |bytes: &[u8]| match (bytes.first_chunk(), bytes.last_chunk()) {
        (Some(first), Some(last)) => u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(29),
        _ => bytes.iter().fold(0, |hash, &b| hash << 8 | u64::from(b)),
    };
    let lengths = (name.len() as u64) << 32 ^ value.len() as u64;
    let hash = (ends(name).rotate_left(17) ^ ends(value) ^ lengths).wrapping_mul(ODD);
    (hash >> (64 - PLACES.trailing_zeros())) as usize
}

impl Memo {
    /// Whether the field is remembered.
    pub fn holds(&mut self, kind: Kind, name: &[u8], value: &[u8]) -> bool {
        self.find(name, value).is_some_and(|place| match self.fields[place].kind {
            Kind::Plain => kind == Kind::Field,
            known => known == kind,
        })
    }

    /// Whether the field is remembered as one that nothing depends on.
    pub fn holds_plain(&mut self, name: &[u8], value: &[u8]) -> bool {
        self.find(name, value).is_some_and(|place| self.fields[place].kind == Kind::Plain)
    }

    /// Nothing depends on the field.
    pub fn set_plain(&mut self, name: &[u8], value: &[u8]) {
        if let Some(place) = self.find(name, value)
            && self.fields[place].kind == Kind::Field
        {
            self.fields[place].kind = Kind::Plain;
        }
    }

    /// The place of the field. A target has no name, and a field without one is not remembered.
    fn find(&mut self, name: &[u8], value: &[u8]) -> Option<usize> {
        if self.fields.is_empty() {
            return None;
        }
        let last = usize::from(self.last);
        // PERF: fields come in the order in which they came before.
        let mut place = usize::from(self.fields[last].next);
        if !self.is_at(place, name, value) {
            let first = hash(name, value);
            place =
                (0..WAYS).map(|way| self.place(first, way)).find(|&place| self.is_at(place, name, value))?;
            self.fields[last].next = place as u8;
        }
        self.last = place as u8;
        Some(place)
    }

    fn place(&self, hash: usize, way: usize) -> usize {
        (hash ^ way) & (self.fields.len() - 1)
    }

    #[inline]
    fn is_at(&self, place: usize, name: &[u8], value: &[u8]) -> bool {
        let Some(field) = self.fields.get(place) else { return false };
        if (usize::from(field.name), usize::from(field.value)) != (name.len(), value.len())
            || field.kind == Kind::Free
        {
            return false;
        }
        let known = self.bytes.get(usize::from(field.at)..).unwrap_or_default();
        known
            .split_at_checked(name.len())
            .is_some_and(|(known_name, rest)| rest.get(..value.len()) == Some(value) && known_name == name)
    }

    /// Remembers the field, if it is no longer than that is worth.
    pub fn keep(&mut self, kind: Kind, name: &[u8], value: &[u8]) {
        if name.is_empty() != (kind == Kind::Target) || name.len() + value.len() > LONGEST {
            return;
        }
        self.make_room(name.len() + value.len());
        let (name_len, value_len) = (name.len() as u16, value.len() as u16);
        let field = Field { at: self.bytes.len() as u16, name: name_len, value: value_len, kind, next: 0 };
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        self.insert(hash(name, value), field);
    }

    fn insert(&mut self, hash: usize, field: Field) {
        let free = (0..WAYS).map(|way| self.place(hash, way)).find(|&at| self.fields[at].kind == Kind::Free);
        let place = free.unwrap_or(self.place(hash, 0));
        self.fields[place] = field;
    }

    /// Makes room for `more` bytes: the memory grows up to its bounds, then all is forgotten.
    fn make_room(&mut self, more: usize) {
        let wanted = self.bytes.len() + more;
        if wanted > ROOM {
            self.bytes.clear();
            self.fields.fill(Field::default());
            return;
        }
        if wanted > self.bytes.capacity() {
            let room = wanted.next_multiple_of(STEP);
            self.bytes.reserve_exact(room - self.bytes.len());
        }
        let places = if wanted > ROOM / 4 { PLACES } else { FIRST_PLACES };
        if self.fields.len() < places {
            let mut known = Vec::with_capacity(places);
            known.resize(places, Field::default());
            for field in std::mem::replace(&mut self.fields, known) {
                let (at, name) = (usize::from(field.at), usize::from(field.name));
                let text = self.bytes.get(at..at + name + usize::from(field.value)).unwrap_or_default();
                let (name, value) = text.split_at(name.min(text.len()));
                if field.kind != Kind::Free {
                    self.insert(hash(name, value), Field { next: 0, ..field });
                }
            }
            self.last = 0;
        }
    }
}

/// What a field may leave behind; two that are equal were taken before and after one that left nothing.
#[derive(PartialEq)]
pub(super) struct State {
    told: u64,
    spare: u64,
    batch: Batch,
}

impl Inspector {
    /// Runs `read`, which reads a field. Whether it left nothing behind: no finding, no oddity, no memory spent.
    pub(super) fn leaves_nothing(&mut self, read: impl FnOnce(&mut Inspector)) -> bool {
        let before = self.state();
        let odd = std::mem::take(&mut self.anomalies);
        read(self);
        let nothing = self.anomalies.is_empty()
            && self.state() == before
            && self.trace.is_none()
            && self.reached.is_nothing();
        self.anomalies.merge(odd);
        nothing
    }

    fn state(&self) -> State {
        State { told: self.told, spare: self.spare(), batch: self.batch }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_held_until_there_is_no_room() {
        let mut memo = Memo::default();
        assert!(!memo.holds(Kind::Field, b"accept", b"*/*"));
        memo.keep(Kind::Field, b"accept", b"*/*");
        memo.keep(Kind::Field, b"cookie", b"a=1; b=0123456789");
        assert!(
            memo.holds(Kind::Field, b"accept", b"*/*")
                && memo.holds(Kind::Field, b"cookie", b"a=1; b=0123456789")
        );
        for (name, value) in [
            (&b"accept"[..], &b"*/"[..]),
            (b"accept*", b"/*"),
            (b"accepT", b"*/*"),
            (b"cookie", b"a=1; c=0123456789"),
        ] {
            assert!(!memo.holds(Kind::Field, name, value));
        }
        memo.keep(Kind::Field, b"x", &[b'x'; LONGEST]);
        assert!(!memo.holds(Kind::Field, b"x", &[b'x'; LONGEST]), "too long");
        let long: Vec<u8> = (0..LONGEST - 1).map(|i| b'a' + (i % 26) as u8).collect();
        for letter in b'a'..=b'z' {
            memo.keep(Kind::Field, &[letter], &long);
            assert!(memo.holds(Kind::Field, &[letter], &long));
        }
        assert!(!memo.holds(Kind::Field, b"accept", b"*/*"), "forgotten");
        assert!(memo.bytes.capacity() == ROOM && memo.fields.len() == PLACES);
    }

    #[test]
    fn the_fields_of_several_clients_have_room_beside_each_other() {
        let fields: Vec<(String, String)> = (0..5)
            .flat_map(|client| (0..17).map(move |n| (client, n)))
            .map(|(client, n)| {
                (format!("x-field-{n}"), format!("value {} of client {client}", n * 7919 % 101))
            })
            .collect();
        let mut memo = Memo::default();
        let mut misses = 0;
        for round in 0..20 {
            for (name, value) in &fields {
                if !memo.holds(Kind::Field, name.as_bytes(), value.as_bytes()) {
                    misses += usize::from(round > 0);
                    memo.keep(Kind::Field, name.as_bytes(), value.as_bytes());
                }
            }
        }
        assert!(misses < 19 * fields.len() / 16, "{misses} of {}", 19 * fields.len());
    }
}
