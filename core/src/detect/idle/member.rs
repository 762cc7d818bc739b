//! Names with members in brackets in which nothing could be found: `tags[]`, `items[0][price]`, `room[seats]`.
//!
//! What comes in: the whole name of a parameter. What goes out: whether judging it could have any effect. What always holds:
//! never more than that. Letters, digits and brackets in pairs wake few detectors: that of commands reads single letters in
//! brackets as a pattern and is asked; templates need other signs behind a bracket; the others need words, which are looked
//! up. A longer name is looked at as text of base64, or as one out of which a filter takes words.

use super::{CLASS, MOST, RUN, SQL, announces, begins_as_format};
use crate::bytes::wake;
use crate::decode::{self, Trust};
use crate::detect::{Class, Classes, Groups, Hits, Places, Value, judge_class, prompt, proto_pollution, rce};
use crate::points::Place;

/// Groups of words of detectors that nothing in such a name wakes: those of SQL and of prose.
const UNASKED: Groups = prompt::GROUPS.or(SQL);

/// Whether neither a detector of `on` nor a decoder could find anything in the whole name `bytes` at `place`, which is the
/// name of the point, too.
#[inline]
pub fn is_idle_member(place: Place, bytes: &[u8], on: Classes) -> bool {
    // PERF: hardly any other value ends so.
    bytes.last() == Some(&b']')
        && matches!(place, Place::FormName | Place::QueryName)
        && bytes.len() <= MOST
        && could_be_nothing(place, bytes, on)
}

/// The same of a name that ends in a bracket.
#[inline(never)]
fn could_be_nothing(place: Place, bytes: &[u8], on: Classes) -> bool {
    let Some(shape) = Shape::of(bytes) else { return false };
    if begins_oddly(bytes) || bytes.len() >= CLASS && rce::hides_class(bytes) {
        return false;
    }
    let wake = wake(bytes);
    let words = Groups::of(bytes, wake);
    if words.without(UNASKED) != Groups::NONE {
        return false;
    }
    if (announces(bytes) || shape.longest >= RUN as usize)
        && decode::woken(bytes, wake).any(|facts| facts.trust != Trust::Plain)
    {
        return false;
    }
    let value =
        Value { bytes, place, name: bytes, wake, words, trust: Trust::Plain, first: true, last: true };
    let mut hits = Hits::new();
    for (class, is) in
        [(Class::ProtoPollution, bytes.len() >= proto_pollution::SURVIVING), (Class::Rce, shape.pattern)]
    {
        if is && on.contains(class) {
            judge_class(class, &value, Places::NONE, &mut hits);
        }
    }
    hits.is_empty()
}

/// What a name and its members are like.
struct Shape {
    /// Length of the longest of them.
    longest: usize,
    /// Whether all in brackets are single letters or digits: to a shell a pattern for one name.
    pattern: bool,
}

impl Shape {
    /// A name of letters and digits and its members, if that is what `bytes` are.
    fn of(bytes: &[u8]) -> Option<Shape> {
        let word = |text: &[u8]| text.iter().fold(true, |word, b| word & b.is_ascii_alphanumeric());
        let (name, members) = bytes.split_at(memchr::memchr(b'[', bytes)?);
        let mut shape = Shape { longest: name.len(), pattern: true };
        if name.is_empty() || !word(name) {
            return None;
        }
        for member in members.split_inclusive(|&b| b == b']') {
            let inner = member.strip_prefix(b"[")?.strip_suffix(b"]")?;
            if !word(inner) {
                return None;
            }
            shape.longest = shape.longest.max(inner.len());
            shape.pattern &= inner.len() == 1;
        }
        Some(shape)
    }
}

/// Whether the name begins as a format does, or as PHP's array of all globals.
fn begins_oddly(bytes: &[u8]) -> bool {
    begins_as_format(bytes) || matches!(bytes, [b'g' | b'G', b'l' | b'L', ..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn idle(name: &str) -> bool {
        is_idle_member(Place::FormName, name.as_bytes(), Classes::ALL)
    }

    #[test]
    fn members_of_lists_and_fields_are_idle() {
        for name in
            ["tags[]", "items[0][price]", "order[lines][12][colour]", "q[b][0][]", "room[seats]", "q[b][8]"]
        {
            assert!(idle(name), "{name}");
        }
        for name in [
            "tags",
            "[0]",
            "a[b",
            "a]b[c]",
            "a[b]c[d]",
            "a[b]]",
            "a[$ne]",
            "a[[7]]",
            "a[b.c]",
            "a_b[c]",
            "a[constructor][prototype]",
            "GLOBALS[x]",
            "a[c2VsZWN0IDEgZnJvbSB1c2Vycw]",
            "constconstructorructor[protoprototypetype]",
        ] {
            assert!(!idle(name), "{name}");
        }
    }

    const PIECES: &[&str] = &[
        "a",
        "b",
        "c",
        "d",
        "i",
        "l",
        "s",
        "t",
        "w",
        "x",
        "0",
        "1",
        "7",
        "64",
        "id",
        "ca",
        "cat",
        "at",
        "ls",
        "sh",
        "who",
        "ami",
        "ping",
        "bash",
        "nc",
        "python",
        "perl",
        "md5",
        "sum",
        "curl",
        "globals",
        "env",
        "class",
        "constructor",
        "proto",
        "prototype",
        "const",
        "ructor",
        "system",
        "eval",
        "file",
        "php",
        "etc",
        "passwd",
        "sleep",
        "select",
        "union",
        "or",
        "script",
        "alert",
        "items",
        "price",
        "filter",
        "rO0AB",
        "aced0005",
        "KztAAU",
        "Cs7QAF",
        "base",
        "base64",
        "c2VsZWN0IDEgZnJvbSB1c2Vycw",
        "YXZhLmxhbmcuUnVu",
        "amF2YS5sYW5n",
        "PHNjcmlwdD4",
        "3c7363726970743e",
        "AAEAAAD",
        "eyJhbGciOiJub25lIn0",
        "0x2f",
        "http",
        "metadata",
        "gte",
        "where",
        "regex",
        "process",
        "main",
        "this",
    ];
    const PARTS: &[&str] = &["[", "]", "][", "[]", "[", "]", "[[", "]]", ""];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn nothing_is_found_in_an_idle_member(
            parts in prop::collection::vec((prop::sample::select(PIECES), prop::sample::select(PARTS)), 1..5),
            closed in any::<bool>(),
            query in any::<bool>(),
        ) {
            let mut name: String = parts.iter().flat_map(|(word, part)| [*word, *part]).collect();
            if closed && !name.ends_with(']') {
                name += "]";
            }
            let (bytes, place) = (name.as_bytes(), if query { Place::QueryName } else { Place::FormName });
            if is_idle_member(place, bytes, Classes::ALL) {
                let wake = wake(bytes);
                let (words, trust, mut hits) = (Groups::of(bytes, wake), Trust::Plain, Hits::new());
                let value = Value { bytes, place, name: bytes, wake, words, trust, first: true, last: true };
                crate::detect::judge(&value, Places::NONE, Classes::ALL, &mut hits);
                prop_assert!(hits.is_empty(), "{}: {:?}", name, hits);
                let mut out = Vec::new();
                for facts in decode::woken(bytes, wake) {
                    let part = decode::part(facts.decoder, bytes);
                    let decoded = part.map(|part| decode::decode(facts.decoder, &bytes[part], &mut out));
                    let undone = decoded.is_some_and(|d| d.changed || !d.anomalies.is_empty());
                    prop_assert!(!undone || facts.trust == Trust::Plain && !facts.is_asked_by(|| bytes), "{}", name);
                }
            }
        }
    }
}
