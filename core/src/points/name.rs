//! Names that senders choose: how they are cut and unescaped for a point, and which were seen before.

use crate::bytes::table;
use crate::limits::NAME;
use smallvec::SmallVec;

/// Bytes of a name, as sent, that are looked at for its point: room for [`NAME`] bytes that are all escaped.
pub(super) const RAW_NAME: usize = 3 * NAME;

/// A name as it stands in a point.
pub(super) type Short = SmallVec<[u8; NAME]>;

/// The first [`NAME`] bytes of the urlencoded name `raw`, unescaped: borrowed where nothing is escaped, else put
/// together in `buf`; `%u0061` is read as IIS reads it. A stray `%` stays as it is. Looks at [`RAW_NAME`] bytes at most.
///
/// A name that begins with `amp;` was separated by `&amp;` and loses it: the sender copied a link out of HTML source,
/// or hopes for a reader that takes `;` as separator too.
pub(super) fn urlencoded<'a>(raw: &'a [u8], buf: &'a mut Short) -> &'a [u8] {
    let raw = raw.get(..RAW_NAME).unwrap_or(raw);
    let raw = raw.strip_prefix(b"amp;").unwrap_or(raw);
    if memchr::memchr2(b'%', b'+', raw).is_none() {
        return raw.get(..NAME).unwrap_or(raw);
    }
    buf.clear();
    let mut rest = raw;
    while let Some((&b, tail)) = rest.split_first() {
        if buf.len() == NAME {
            break;
        }
        rest = tail;
        buf.push(match b {
            b'+' => b' ',
            b'%' => match (escape(tail), wide(tail)) {
                (Some(decoded), _) => {
                    rest = tail.get(2..).unwrap_or_default();
                    decoded
                }
                (None, Some(decoded)) => {
                    rest = tail.get(5..).unwrap_or_default();
                    decoded
                }
                (None, None) => b'%',
            },
            _ => b,
        });
    }
    buf
}

/// The name without what makes it an element of a list: `ids` for `ids[]` and `ids[3]`, as PHP and its heirs write lists.
pub(super) fn list(name: &[u8]) -> &[u8] {
    let Some(inside) = name.strip_suffix(b"]") else { return name };
    let digits = inside.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let list = inside.get(..inside.len() - digits).and_then(|head| head.strip_suffix(b"["));
    list.filter(|list| !list.is_empty()).unwrap_or(name)
}

/// The byte that the two hexadecimal digits at the front of `digits` stand for.
pub(super) fn escape(digits: &[u8]) -> Option<u8> {
    match digits {
        [a, b, ..] => Some(hex(*a)? << 4 | hex(*b)?),
        _ => None,
    }
}

/// The ASCII character that `u` and the four hexadecimal digits at the front of `digits` stand for.
fn wide(digits: &[u8]) -> Option<u8> {
    match digits {
        [b'u' | b'U', b'0', b'0', low @ ..] => escape(low).filter(u8::is_ascii),
        _ => None,
    }
}

pub(super) fn hex(b: u8) -> Option<u8> {
    (b as char).to_digit(16).map(|d| d as u8)
}

/// Whether `name` is what names of parameters look like: words, with the marks of nesting and of common frameworks.
pub(super) fn is_plain(name: &[u8]) -> bool {
    name.iter().all(|&b| KINDS[usize::from(b)] & PLAIN != 0)
}

/// Whether `name` is made of letters, digits, `-`, `_` and `.` alone.
pub(super) fn is_word(name: &[u8]) -> bool {
    name.iter().all(|&b| KINDS[usize::from(b)] & WORD != 0)
}

/// Whether `value` needs no quotes in a parameter: a token (RFC 9110, section 5.6.2), or with `/`, `:` and `?`, which
/// boundaries without quotes hold often enough.
pub(super) fn is_token(value: &[u8]) -> bool {
    value.iter().all(|&b| KINDS[usize::from(b)] & TOKEN != 0)
}

const PLAIN: u8 = 1;
const WORD: u8 = 2;
const TOKEN: u8 = 4;

static KINDS: [u8; 256] = table!(b => match b {
    b'-' | b'_' | b'.' => PLAIN | WORD | TOKEN,
    b':' | b'$' | b'~' | b'*' | b'!' => PLAIN | TOKEN,
    b'[' | b']' | b'@' | b',' | 0x80.. => PLAIN,
    b'#' | b'%' | b'&' | b'\'' | b'+' | b'^' | b'`' | b'|' | b'/' | b'?' => TOKEN,
    _ if b.is_ascii_alphanumeric() => PLAIN | WORD | TOKEN,
    _ => 0,
});

/// The bits of a [`hash`].
const HASH: u64 = (1 << 40) - 1;

/// 40 bits that differ for different names, as good as always.
pub(super) fn hash(name: &[u8]) -> u64 {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let mut h = name.len() as u64;
    let mut mix = |word: u64| h = (h ^ word).wrapping_mul(ODD).rotate_left(29);
    // PERF: eight bytes a step, the last ones as they lie in front of the end; a byte a step takes longer than all else that is
    // done for a name.
    match name.last_chunk() {
        Some(last) => {
            name.as_chunks::<8>().0.iter().for_each(|group| mix(u64::from_le_bytes(*group)));
            mix(u64::from_le_bytes(*last));
        }
        None => mix(match (name.first_chunk::<4>(), name.last_chunk::<4>()) {
            (Some(first), Some(last)) => {
                u64::from(u32::from_le_bytes(*first)) << 32 | u64::from(u32::from_le_bytes(*last))
            }
            _ => name.iter().fold(0, |word, &b| word << 8 | u64::from(b)),
        }),
    }
    h = h.wrapping_mul(ODD);
    (h ^ h >> 24) & HASH
}

const SLOTS: usize = 256;
const PROBES: usize = 8;

/// Names of a list that need no table.
const FEW: usize = 8;

/// The names of one list of parameters. Remembers some two hundred; a flood of further ones is not compared.
#[derive(Clone, Default)]
pub(super) struct Seen {
    /// Which list this is, from 1; entries of earlier lists count as free, so that a new list costs no clearing.
    epoch: u32,
    /// The hashes of the first names, and how many they are.
    few: [u64; FEW],
    count: usize,
    /// Whether there are more, and all are in the table.
    many: bool,
    /// The table: hash in the low 40 bits, epoch above. Made when first needed.
    slots: Option<Box<[u64; SLOTS]>>,
}

impl std::fmt::Debug for Seen {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Seen").field("epoch", &self.epoch).finish_non_exhaustive()
    }
}

impl Seen {
    /// Begins a new list.
    pub fn reset(&mut self) {
        (self.count, self.many) = (0, false);
    }

    /// Adds a name. Tells whether it was there already, and the [`hash`] of the name under which its value is to be
    /// joined with earlier ones: its own, or its list's, for the elements of a list have names of their own.
    pub fn add(&mut self, name: &[u8]) -> (bool, Option<u64>) {
        self.add_hashed(name, hash(name))
    }

    /// The same of a name whose [`hash`] is known.
    pub fn add_hashed(&mut self, name: &[u8], hashed: u64) -> (bool, Option<u64>) {
        if name.is_empty() {
            return (false, None);
        }
        let again = self.insert(hashed);
        let list = list(name);
        if list.len() == name.len() {
            return (again, again.then_some(hashed));
        }
        (again, self.insert(!hash(list) & HASH).then(|| hash(list)))
    }

    /// Adds a name by its [`hash`] and tells whether it was there already.
    pub fn insert(&mut self, hash: u64) -> bool {
        if self.many {
            return self.enter(hash);
        }
        let (few, _) = self.few.split_at(self.count);
        if few.contains(&hash) {
            return true;
        }
        if let Some(free) = self.few.get_mut(self.count) {
            *free = hash;
            self.count += 1;
            return false;
        }
        // The list turns out to be long: all its names go to the table.
        self.many = true;
        self.epoch = (self.epoch + 1) % (1 << 24);
        if self.epoch == 0 {
            (self.epoch, self.slots) = (1, None);
        }
        for first in self.few {
            self.enter(first);
        }
        self.enter(hash)
    }

    fn enter(&mut self, hash: u64) -> bool {
        let slots = self.slots.get_or_insert_with(|| Box::new([0; SLOTS]));
        let entry = u64::from(self.epoch) << 40 | hash;
        for probe in 0..PROBES {
            let slot = &mut slots[(hash as usize).wrapping_add(probe) % SLOTS];
            if *slot == entry {
                return true;
            }
            if *slot >> 40 != u64::from(self.epoch) {
                *slot = entry;
                return false;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unescaped_and_cut_for_the_point() {
        let mut buf = Short::new();
        assert_eq!(urlencoded(b"a%5Bb%5d+c%2", &mut buf), b"a[b] c%2");
        assert_eq!(urlencoded(b"amp;q", &mut buf), b"q");
        assert_eq!(urlencoded(&b"%41".repeat(500), &mut buf), b"A".repeat(NAME));
        assert_eq!(urlencoded(&b"x".repeat(500), &mut buf), b"x".repeat(NAME));
    }

    #[test]
    fn elements_of_a_list_have_the_name_of_the_list() {
        for (name, list) in [
            ("ids[]", "ids"),
            ("ids[12]", "ids"),
            ("ids", "ids"),
            ("a[b]", "a[b]"),
            ("a[b][]", "a[b]"),
            ("[]", "[]"),
        ] {
            assert_eq!(super::list(name.as_bytes()), list.as_bytes());
        }
    }

    #[test]
    fn names_of_a_long_list_are_seen_as_those_of_a_short_one() {
        let mut seen = Seen::default();
        for list in 0..3 {
            for n in 0..20 + list {
                let name = format!("field{n}");
                assert!(!seen.insert(hash(name.as_bytes())), "{name}");
                assert!((0..=n).all(|n| seen.insert(hash(format!("field{n}").as_bytes()))), "up to {name}");
            }
            seen.reset();
        }
        (0..FEW).for_each(|n| assert!(!seen.insert(n as u64)));
        assert_eq!((seen.many, seen.insert(0)), (false, true));
    }

    #[test]
    fn a_name_is_seen_until_the_next_list() {
        let mut seen = Seen::default();
        assert!(!seen.insert(hash(b"a")));
        assert!(!seen.insert(hash(b"b")));
        assert!(seen.insert(hash(b"a")));
        seen.reset();
        assert!(!seen.insert(hash(b"a")));
    }
}
