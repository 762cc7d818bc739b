//! Header fields that were judged before and held nothing.
//!
//! Nearly every header field of a request was sent before, byte for byte: a client's language, agent, cookies and tokens
//! come again with each request, and clients share them with each other. What a field is worth depends on its name and
//! value and on the policy, which a transaction never changes; one that told nothing the last time need not be read again.
//! Only whole equal fields are passed over, compared byte for byte, so that no field can pose as another. The memory is
//! bounded and made once; when it is full all is forgotten, so that who floods it makes the next field cost what it
//! costs without it.

use super::inspect::Inspector;
use crate::detect::graphql::Batch;

/// Bytes of fields that are remembered: those of some eight clients.
const ROOM: usize = 8 << 10;
/// The longest field remembered: several have to have room.
const LONGEST: usize = ROOM / 4;
/// Places for fields: several for each that has room, or fields of different clients push each other out.
const PLACES: usize = 256;
/// Neighbouring places of which a field may have any.
const WAYS: usize = 4;

/// One remembered field: where its name begins, and the two lengths. No field has lengths of zero.
#[derive(Clone, Copy, Debug, Default)]
struct Field {
    at: u16,
    name: u16,
    value: u16,
}

/// See the module. A transaction keeps it when it is reset.
#[derive(Debug, Default)]
pub(super) struct Memo {
    bytes: Vec<u8>,
    fields: Vec<Field>,
}

/// A field's place. Equal fields have equal places; the ends of a value differ where its middle does, as a rule.
fn place(name: &[u8], value: &[u8]) -> usize {
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
    pub fn holds(&self, name: &[u8], value: &[u8]) -> bool {
        let place = place(name, value);
        !self.fields.is_empty() && (0..WAYS).any(|way| self.is_at(place ^ way, name, value))
    }

    fn is_at(&self, place: usize, name: &[u8], value: &[u8]) -> bool {
        let field = self.fields[place];
        if (usize::from(field.name), usize::from(field.value)) != (name.len(), value.len()) {
            return false;
        }
        let known = self.bytes.get(usize::from(field.at)..).unwrap_or_default();
        known.get(..name.len()) == Some(name)
            && known.get(name.len()..name.len() + value.len()) == Some(value)
    }

    /// Remembers the field, if it is no longer than that is worth.
    pub fn keep(&mut self, name: &[u8], value: &[u8]) {
        if name.is_empty() || name.len() + value.len() > LONGEST {
            return;
        }
        if self.fields.is_empty() {
            self.bytes.reserve_exact(ROOM);
            self.fields.resize(PLACES, Field::default());
        }
        if self.bytes.len() + name.len() + value.len() > ROOM {
            self.bytes.clear();
            self.fields.fill(Field::default());
        }
        let field = Field { at: self.bytes.len() as u16, name: name.len() as u16, value: value.len() as u16 };
        self.bytes.extend_from_slice(name);
        self.bytes.extend_from_slice(value);
        let place = place(name, value);
        let free = (0..WAYS).map(|way| place ^ way).find(|&place| self.fields[place].name == 0);
        self.fields[free.unwrap_or(place)] = field;
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
        let nothing = self.anomalies.is_empty() && self.state() == before && self.trace.is_none();
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
        assert!(!memo.holds(b"accept", b"*/*"));
        memo.keep(b"accept", b"*/*");
        memo.keep(b"cookie", b"a=1; b=0123456789");
        assert!(memo.holds(b"accept", b"*/*") && memo.holds(b"cookie", b"a=1; b=0123456789"));
        for (name, value) in [
            (&b"accept"[..], &b"*/"[..]),
            (b"accept*", b"/*"),
            (b"accepT", b"*/*"),
            (b"cookie", b"a=1; c=0123456789"),
        ] {
            assert!(!memo.holds(name, value));
        }
        memo.keep(b"x", &[b'x'; LONGEST]);
        assert!(!memo.holds(b"x", &[b'x'; LONGEST]), "too long");
        let long: Vec<u8> = (0..LONGEST - 1).map(|i| b'a' + (i % 26) as u8).collect();
        for letter in b'a'..=b'z' {
            memo.keep(&[letter], &long);
            assert!(memo.holds(&[letter], &long));
        }
        assert!(!memo.holds(b"accept", b"*/*"), "forgotten");
        assert!(memo.bytes.capacity() == ROOM && memo.fields.capacity() == PLACES);
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
                if !memo.holds(name.as_bytes(), value.as_bytes()) {
                    misses += usize::from(round > 0);
                    memo.keep(name.as_bytes(), value.as_bytes());
                }
            }
        }
        assert!(misses < 19 * fields.len() / 16, "{misses} of {}", 19 * fields.len());
    }
}
