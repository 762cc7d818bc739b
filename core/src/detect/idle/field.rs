//! Values of header fields and cookies that are idle: numbers, words and short tokens. And fields past the limit.
//!
//! What is looked at in them beyond what is in any value hangs on the name of the field.

use super::{Classes, Groups, Plain, RUN, WORD, grants, is_idle_text, is_idle_word, names_format};
use crate::bytes::{has_pair, wake};
use crate::decode::{self, Trust};
use crate::detect::{Hits, Places, Value, scanner, sqli};
use crate::points::Place;

/// Longest line that is looked at.
const LINE: usize = 48;

/// See [`super::is_idle`].
pub(super) fn is_idle(place: Place, name: &[u8], bytes: &[u8], on: Classes) -> bool {
    let plain = match bytes {
        // PERF: switches (`DNT: 1`).
        [b] if b.is_ascii_alphabetic() => Plain::word(1),
        [b] if b.is_ascii_digit() => Plain::number(1, false, None),
        _ => match Plain::of(bytes) {
            Some(plain) => plain,
            None => return false,
        },
    };
    let Plain { spaces, dots, underscores, .. } = plain;
    if !is_short_name(name) && names_format(name) || place == Place::HeaderValue && scanner::reads_field(name)
    {
        return false;
    }
    // PERF: cookies of numbers with dots between them (`GA1.2.1042776310.1718000000`). Fields may name files and clients.
    let idle = match (spaces | dots | underscores) != 0 {
        true if place == Place::HeaderValue => false,
        true => is_idle_text(place, name, bytes, &plain, on, true),
        false => bytes.len() < WORD || is_idle_word(bytes, &plain),
    };
    idle && !grants(place, name, bytes, &plain, on)
}

/// Whether the name is one like `x-a`, which no format is named.
fn is_short_name(name: &[u8]) -> bool {
    matches!(name, [b'a'..=b'z', b'-', rest @ ..] if rest.len() < 6 && !rest.contains(&b'.'))
}

/// Whether the raw text `bytes` is the line of a field, `name: value`, in which nothing could be found: a name of letters,
/// digits and `-` that begins with `X-`, as no scheme of an address does, one word or number behind it, and none that any
/// attacked language knows. What follows the limit of fields is judged as raw text, line by line.
pub(super) fn is_idle_line(bytes: &[u8]) -> bool {
    if bytes.len() > LINE {
        return false;
    }
    let Some(colon) = bytes.iter().position(|&b| b == b':') else { return false };
    let (name, value) = (bytes.get(..colon).unwrap_or_default(), bytes.get(colon + 1..).unwrap_or_default());
    let Some(value) = value.strip_prefix(b" ") else { return false };
    let word = |text: &[u8], dash| {
        text.iter()
            .fold(!text.is_empty(), |word, b| word & (b.is_ascii_alphanumeric() | (dash & (*b == b'-'))))
    };
    if !word(name, true) || !word(value, false) || !matches!(name, [b'x' | b'X', b'-', _, ..]) {
        return false;
    }
    let kinds = wake(bytes);
    // A single letter spells no word here, and `X-` is no number in hexadecimal, nor the beginning of one in SQL.
    let words = Groups::of(bytes.get(b"X-".len()..).unwrap_or_default(), kinds);
    let number = || bytes.windows(2).any(|w| matches!(w, [b'x' | b'X', next] if *next != b'-'));
    let harmless = Groups::LETTER.or(Groups::X).or(Groups::SQL);
    if words.or(harmless) != harmless
        || number()
        || may_decode(name, value) && decode::woken(bytes, kinds).any(|facts| facts.trust != Trust::Plain)
    {
        return false;
    }
    if !words.any(Groups::SQL) {
        return true;
    }
    let (place, trust, mut hits) = (Place::Raw, Trust::Plain, Hits::new());
    let words = Groups::of(bytes, kinds);
    let value = Value { bytes, place, name: b"", wake: kinds, words, trust, first: true, last: true };
    sqli::judge(&value, Places::NONE, &mut hits);
    hits.is_empty()
}

/// Whether a decoder could undo something: there is a run of letters and digits as long as a token, what announces one, or
/// what begins a unit of UTF-7. Neither the whole nor a longer run is there, for a colon and a blank stand between them.
fn may_decode(name: &[u8], value: &[u8]) -> bool {
    let long = name.len().max(value.len()) >= RUN as usize;
    long || value.first() == Some(&b'A')
        || [name, value].iter().any(|text| has_pair(text, *b"64") || has_pair(text, *b"ob"))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{PIECES, is_decoded, judged};
    use super::*;
    use proptest::prelude::*;

    const NAMES: &[&str] = &[
        "X-A17",
        "x",
        "b",
        "php",
        "file",
        "javascript",
        "data",
        "jar",
        "c",
        "From",
        "Bcc",
        "Host",
        "x-scan-memo",
        "User-Agent",
        "Set-Cookie",
        "x2f",
        "system",
        "child",
        "self",
        "descendant",
        "dict",
        "gopher",
        "view-source",
        "behavior",
        "union",
    ];

    #[test]
    fn lines_of_short_fields_are_idle() {
        for line in ["X-A249: b", "X-Trace: 1", "x-region: north"] {
            assert!(is_idle_line(line.as_bytes()), "{line}");
        }
        for line in [
            "X-A: ",
            "X-A:b",
            "X-A b",
            "X-A: b c",
            "X-A: b;c",
            "0x2f: b",
            "X-A: union",
            "file: c",
            "X-A: aWQ7Y2F0IC9ldGMvcGFzc3dk",
        ] {
            assert!(!is_idle_line(line.as_bytes()), "{line}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn nothing_is_found_in_an_idle_line(
            name in prop::sample::select(NAMES),
            more in prop::sample::select(PIECES),
            value in prop::collection::vec(prop::sample::select([PIECES, NAMES].concat()), 1..3),
        ) {
            let value = value.concat();
            for line in [format!("{name}: {value}"), format!("X-{name}: {value}"), format!("x-{name}-{more}: {value}"), format!("X-{more}: {value}")] {
                if is_idle_line(line.as_bytes()) {
                    prop_assert!(judged(Place::Raw, b"", line.as_bytes()).is_empty(), "{}", line);
                    prop_assert!(!is_decoded(b"", line.as_bytes()), "{}", line);
                }
            }
        }

        #[test]
        fn nothing_is_found_in_an_idle_field(
            name in prop::sample::select(&["", "x-a", "x-filename", "user-agent", "class", "sid", "x-scan-memo", "samlresponse", "from"][..]),
            value in prop::collection::vec(prop::sample::select(PIECES), 1..4),
            place in prop::sample::select(&[Place::HeaderValue, Place::CookieValue][..]),
        ) {
            let value = value.concat();
            if is_idle(place, name.as_bytes(), value.as_bytes(), Classes::ALL) {
                prop_assert!(judged(place, name.as_bytes(), value.as_bytes()).is_empty(), "{} of {}", value, name);
                prop_assert!(!is_decoded(name.as_bytes(), value.as_bytes()), "{} of {}", value, name);
            }
        }
    }
}
