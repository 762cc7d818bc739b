//! Values of header fields and cookies that are idle: numbers, words and short tokens. And fields past the limit.
//!
//! What is looked at in them beyond what is in any value hangs on the name of the field.

use super::{
    Class, Classes, Groups, Plain, RUN, WORD, grants, is_harmless_text, is_idle_text, is_idle_word,
    names_format, tells, value, when,
};
use crate::bytes::{has_pair, wake};
use crate::decode::{self, Trust};
use crate::detect::{Hits, Places, Value, scanner, sqli};
use crate::points::Place;

/// Longest line that is looked at.
const LINE: usize = 48;

/// Longest name of a program, and some more.
const PROGRAM: usize = 24;
/// Least length of an entity tag.
const TAG: usize = 6;

/// See [`super::is_idle`].
pub(super) fn is_idle(place: Place, name: &[u8], bytes: &[u8], on: Classes) -> bool {
    let plain = match bytes {
        // PERF: switches (`DNT: 1`).
        [b] if b.is_ascii_alphabetic() => Plain::word(1),
        [b] if b.is_ascii_digit() => Plain::number(1, false, None),
        _ => match Plain::of(bytes) {
            Some(plain) => plain,
            None if place == Place::HeaderValue => return is_tag(name, bytes, on) && !is_read(place, name),
            None => {
                let harmless = |made| is_harmless_text(place, name, bytes, &made, on);
                return !is_read(place, name) && Plain::look(bytes).is_some_and(harmless);
            }
        },
    };
    let Plain { spaces, dots, underscores, .. } = plain;
    if is_read(place, name) {
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

/// Whether values of this name are looked at for more than what they are made of.
fn is_read(place: Place, name: &[u8]) -> bool {
    !is_short_name(name) && names_format(name) || place == Place::HeaderValue && scanner::reads_field(name)
}

/// Whether the value of a field is an entity tag (RFC 9110, section 8.8.3) of letters, digits and `-` that is idle: nearly all are
/// digits of a hash, or of a time and a length. If a word is in a short one that is a command, too, the detector is asked.
fn is_tag(name: &[u8], bytes: &[u8], on: Classes) -> bool {
    let tag = bytes.strip_prefix(b"W/").unwrap_or(bytes);
    let Some(word) = tag.strip_prefix(b"\"").and_then(|tag| tag.strip_suffix(b"\"")) else { return false };
    let Some(plain) = Plain::of(word).filter(|_| word.len() >= TAG) else { return false };
    let Plain { letters, digits, dashes, .. } = plain;
    if digits == 0
        || dashes & (1 | dashes << 1) != 0
        || (letters | digits | dashes) != u64::MAX >> (64 - word.len())
        || !is_idle_word(word, &plain)
    {
        return false;
    }
    let words = Groups::of_short(word, letters);
    let command = word.len() <= PROGRAM && words.any(Groups::COMMANDS);
    words.without(Groups::COMMANDS.or(Groups::LETTER)) == Groups::NONE
        && !(command
            && tells(when(true, Class::Rce), value(Place::HeaderValue, name, bytes, wake(bytes), words), on))
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

    /// Names of programs in which digits and `-` stand.
    const PROGRAMS: &[&str] = &[
        "python3",
        "gcc-12",
        "c99",
        "7z",
        "sha256sum",
        "nc",
        "apt-get",
        "docker-compose",
        "x86-64-linux",
        "-c",
        "cmd",
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
            value in prop::collection::vec(prop_oneof![3 => prop::sample::select(PIECES), 1 => prop::sample::select(PROGRAMS)], 1..6),
            place in prop::sample::select(&[Place::HeaderValue, Place::CookieValue][..]),
            around in prop::sample::select(&[("", ""), ("\"", "\""), ("W/\"", "\"")][..]),
        ) {
            let value = [around.0, &value.concat(), around.1].concat();
            if is_idle(place, name.as_bytes(), value.as_bytes(), Classes::ALL) {
                prop_assert!(judged(place, name.as_bytes(), value.as_bytes()).is_empty(), "{} of {}", value, name);
                prop_assert!(!is_decoded(name.as_bytes(), value.as_bytes()), "{} of {}", value, name);
            }
        }
    }
}
