//! Which detectors are asked about a value: told by its kinds of byte, its words and its place, before any is called.
//!
//! What comes in: a [`Value`]. What goes out: the classes whose detectors may find something in it. What always holds: no other
//! detector would, by its own first lines. To add a class: its kinds of byte are in [`FACTS`]; a word that it cannot do without goes
//! to `words.rs`, the places or words without which its detector returns at once to [`SPEAKING`] and [`WORDED`].
//!
//! PERF: a call that returns at once costs some twenty cycles, for nothing foretells which detector comes next; a value woke some
//! twelve, of which half did no more.

use super::words::{NEEDS, needed};
use super::{Class, Classes, FACTS, Groups, Value};
use crate::bytes::Wake;
use crate::points::Place;

/// For each value of each byte of a [`Wake`], the classes (bits by their numbers) that its kinds wake, in the low half,
/// and those that they wake without a word of theirs, in the high half.
///
/// PERF: a value holds some ten kinds and wakes some ten classes; asking every class costs ten times as much.
static BY_KINDS: [[u64; 256]; 4] = {
    let (mut table, mut part) = ([[0; 256]; 4], 0);
    while part < 4 {
        let mut kinds = 0;
        while kinds < 256 {
            let (wake, mut row) = (Wake::of_byte(part, kinds as u8), 0);
            while row < FACTS.len() {
                let class = FACTS[row].class;
                assert!((class as u8) < 32);
                if FACTS[row].any.any(wake) {
                    table[part][kinds] |= 1 << class as u8;
                }
                if let Some((_, excuse)) = needed(class)
                    && excuse.any(wake)
                {
                    table[part][kinds] |= 1 << (class as u8 + 32);
                }
                row += 1;
            }
            kinds += 1;
        }
        part += 1;
    }
    table
};

/// The classes that need no word.
const WORDLESS: u32 = {
    let (mut free, mut row) = (0, 0);
    while row < FACTS.len() {
        if needed(FACTS[row].class).is_none() {
            free |= bit(FACTS[row].class);
        }
        row += 1;
    }
    free
};

/// The class of each number.
static BY_NUMBER: [Class; 32] = {
    let (mut classes, mut row) = ([Class::Sqli; 32], 0);
    while row < FACTS.len() {
        classes[FACTS[row].class as usize] = FACTS[row].class;
        row += 1;
    }
    classes
};

/// The classes that need more than one kind of byte, and these kinds.
const NEEDING: [(Class, Wake); 4] = {
    let (mut needing, mut row, mut n) = ([(Class::Sqli, Wake::NONE); 4], 0, 0);
    while row < FACTS.len() {
        if !Wake::NONE.all(FACTS[row].all) {
            needing[n] = (FACTS[row].class, FACTS[row].all);
            n += 1;
        }
        row += 1;
    }
    assert!(n == needing.len());
    needing
};

/// Classes that tell something at these places alone.
const SPEAKING: &[(Class, &[Place])] = {
    use Place::*;
    &[
        (
            Class::Rfi,
            &[
                QueryName,
                FormName,
                JsonKey,
                CookieName,
                Path,
                QueryValue,
                FormValue,
                JsonValue,
                CookieValue,
                XmlText,
            ],
        ),
        (Class::Redir, &[QueryValue, FormValue, JsonValue, QueryName, PathParam, Path]),
        (Class::Upload, &[FileName, HeaderValue, FileContent]),
        (Class::MassAssign, &[FormValue, QueryValue, JsonValue]),
    ]
};

/// Classes that tell something at other places only of a value with a word of these groups.
const WORDED: &[(Class, &[Place], Groups)] = {
    use Place::*;
    &[
        (Class::Scanner, &[HeaderValue, HeaderName, Path], Groups::HOSTS),
        (
            Class::ProtoPollution,
            &[QueryName, HeaderName, CookieName, FormName, JsonKey, XmlName],
            Groups::PROTOTYPE,
        ),
    ]
};

/// More than the number of any place: a power of two, so that a number needs no check.
const PLACES: usize = 32;
const _: () = assert!((Place::Raw as usize) < PLACES, "the last place has a row");

/// For each place the classes that tell nothing there.
static SILENT: [u32; PLACES] = {
    let (mut silent, mut row) = ([0; PLACES], 0);
    while row < SPEAKING.len() {
        silent = but_at(silent, SPEAKING[row].0, SPEAKING[row].1);
        row += 1;
    }
    silent
};

/// For each place the classes that tell nothing there without the words of [`WORDED`].
static UNWORDED: [u32; PLACES] = {
    let (mut silent, mut row) = ([0; PLACES], 0);
    while row < WORDED.len() {
        silent = but_at(silent, WORDED[row].0, WORDED[row].1);
        row += 1;
    }
    silent
};

/// `silent` with `class` at all places but these.
const fn but_at(mut silent: [u32; PLACES], class: Class, places: &[Place]) -> [u32; PLACES] {
    let mut place = 0;
    while place < PLACES {
        let (mut speaks, mut i) = (false, 0);
        while i < places.len() {
            speaks |= places[i] as usize == place;
            i += 1;
        }
        if !speaks {
            silent[place] |= bit(class);
        }
        place += 1;
    }
    silent
}

const fn bit(class: Class) -> u32 {
    1 << class as u8
}

/// The bit of `class`, if `is`.
pub(super) const fn when(is: bool, class: Class) -> u32 {
    (is as u32) << class as u8
}

/// Classes that can tell nothing of a tiny value.
const NOT_TINY: u32 = bit(Class::Xss)
    | bit(Class::Ssti)
    | bit(Class::Ssi)
    | bit(Class::Esi)
    | bit(Class::Xxe)
    | bit(Class::Ldapi)
    | bit(Class::Xpath)
    | bit(Class::Prompt);

/// Most bytes of a value that is no instruction in most languages.
const TINY: usize = 2;

/// The entries of [`BY_KINDS`] for `wake`.
fn by_kinds(wake: Wake) -> u64 {
    let [a, b, c, d] = wake.to_bytes().map(usize::from);
    BY_KINDS[0][a] | BY_KINDS[1][b] | BY_KINDS[2][c] | BY_KINDS[3][d]
}

/// The classes of `on` that look at a value with these kinds of byte if it has words of theirs, and some more.
pub(super) fn of_kinds(wake: Wake, on: Classes) -> Classes {
    Classes(by_kinds(wake) & u64::from(u32::MAX) & on.0)
}

/// Whether any detector of `on` may look at a value at `place` with these kinds of byte, whatever its words: false for
/// most plain words and numbers.
pub fn may_wake(place: Place, wake: Wake, on: Classes) -> bool {
    place == Place::JsonKey || by_kinds(wake) as u32 & on.0 as u32 != 0
}

/// The classes of `on` that look at a value with these kinds of byte and these words, wherever it stands.
#[inline]
fn woken(wake: Wake, words: Groups, on: Classes) -> u32 {
    let kinds = by_kinds(wake);
    let worded =
        NEEDS.iter().fold(WORDLESS, |all, (class, groups, _)| all | when(words.any(*groups), *class));
    let lacking = NEEDING.iter().fold(0, |all, (class, kinds)| all | when(!wake.all(*kinds), *class));
    kinds as u32 & ((kinds >> 32) as u32 | worded) & !lacking & on.0 as u32
}

/// The classes of `on` whose detectors are to be asked about `value`, in the order of their numbers.
#[inline]
pub(super) fn asked(value: &Value<'_>, on: Classes) -> impl Iterator<Item = Class> + use<> {
    let (wake, words, place) = (value.wake, value.words, value.place as usize % PLACES);
    let worded = WORDED.iter().fold(0, |all, (class, _, groups)| all | when(words.any(*groups), *class));
    let request = wake.any(Wake::NEWLINE) || words.any(Groups::HTTP) && wake.any(Wake::SLASH);
    let markup = wake.any(Wake::LESS) || value.place == Place::XmlAttr;
    let mut silent = SILENT[place]
        | UNWORDED[place] & !worded
        | when(!request, Class::Smuggling)
        | when(!markup, Class::Xxe);
    if value.bytes.len() <= TINY {
        silent |= NOT_TINY | when(!words.any(Groups::COMMANDS), Class::Rce);
    }
    classes(woken(wake, words, on) & !silent)
}

/// The classes whose bits are set.
#[inline]
pub(super) fn classes(bits: u32) -> impl Iterator<Item = Class> {
    let mut rest = bits;
    std::iter::from_fn(move || {
        let class = BY_NUMBER.get(rest.trailing_zeros() as usize)?;
        rest &= rest - 1;
        Some(*class)
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Facts, Hits, Places, judge_class};
    use super::*;
    use crate::decode::Trust;
    use proptest::prelude::*;

    /// Whether the class may look at the value, whatever its place.
    fn woken(value: &Value<'_>, f: &Facts) -> bool {
        super::woken(value.wake, value.words, Classes::ALL) & bit(f.class) != 0
    }

    #[test]
    fn the_rows_of_every_kind_and_group_are_those_it_wakes() {
        for (kind, other) in (0..Wake::KINDS).flat_map(|k| (0..Wake::KINDS).map(move |o| (k, o))) {
            for words in (0..Groups::MOST).map(Groups::group).chain([Groups::default()]) {
                let wake = Wake::kind(kind).or(Wake::kind(other));
                let woken = classes(super::woken(wake, words, Classes::ALL));
                let expected = FACTS.iter().filter(|f| wake.any(f.any) && wake.all(f.all)).filter(|f| {
                    needed(f.class).is_none_or(|(groups, kinds)| words.any(groups) || wake.any(kinds))
                });
                assert!(woken.eq(expected.map(|f| f.class)), "{wake:?} {words:?}");
            }
        }
    }

    #[test]
    fn classes_that_are_not_asked_of_tiny_values_tell_nothing_of_them() {
        let some = (0..128u8).filter(|b| !b.is_ascii_alphanumeric());
        let some: Vec<u8> = some.chain(*b"acwWx019\x80\xc0\xe2\xff").collect();
        let pairs = some.iter().flat_map(|a| some.iter().map(|b| vec![*a, *b]));
        for bytes in pairs.chain((0..=255).map(|b| vec![b])) {
            let kinds = crate::bytes::wake(&bytes);
            let words = Groups::of(&bytes, kinds);
            for (place, name) in [
                Place::Path,
                Place::QueryValue,
                Place::HeaderValue,
                Place::JsonValue,
                Place::XmlAttr,
                Place::FileName,
                Place::Text,
            ]
            .into_iter()
            .zip(
                [b"q".as_slice(), b"prompt", b"user-agent", b"template", b"href", b"file", b"cmd"]
                    .into_iter()
                    .cycle(),
            ) {
                let (trust, first, last) = (Trust::Layered, true, true);
                let value = Value { bytes: &bytes, place, name, wake: kinds, words, trust, first, last };
                let (asked, mut hits) = (asked(&value, Classes::ALL), Hits::new());
                let asked: Vec<_> = asked.collect();
                for facts in FACTS.iter().filter(|f| woken(&value, f) && !asked.contains(&f.class)) {
                    judge_class(facts.class, &value, Places::NONE, &mut hits);
                }
                assert!(hits.is_empty(), "{hits:?} of {} at {place:?}", bytes.escape_ascii());
            }
        }
    }

    /// Pieces of what the classes look for that are asked about some values only.
    const PIECES: &[&str] = &[
        "http://",
        "https:",
        "//",
        "evil.example",
        "/a.txt",
        ".php",
        "?",
        "GLOBALS",
        "[",
        "]",
        "=",
        "&",
        "\\",
        "@",
        "\u{3002}",
        "GET / HTTP/1.1",
        " HTTP/1.1",
        "\r\n",
        "\n",
        "Transfer-Encoding: chunked",
        "Content-Length: 0",
        "a",
        "url",
        "next",
        "role",
        "admin",
        "true",
        "1",
        "shell.php",
        ".jsp",
        "GIF89a",
        "<?php ",
        "<",
        "<!DOCTYPE x SYSTEM \"file:///etc/x\">",
        "<!ENTITY",
        "xi:include",
        "schemaLocation=",
        "file:///etc/passwd",
        " ",
        "sqlmap",
        "nikto",
        "/.env",
        "/wp-login.php",
        "oast.fun",
        "x.",
        "interact.sh",
        "burpcollaborator.net",
        "__proto__",
        "constructor",
        ".prototype",
        "prototype",
        "proto",
        "__",
        ".",
        "javascript:",
        ":",
        "%0d%0a",
        "-",
        "\0",
    ];
    const EVERYWHERE: [Place; 25] = {
        use Place::*;
        [
            Method,
            Target,
            Path,
            PathSegment,
            PathParam,
            QueryName,
            QueryValue,
            HeaderName,
            HeaderValue,
            CookieName,
            CookieValue,
            FormName,
            FormValue,
            JsonKey,
            JsonValue,
            XmlName,
            XmlText,
            XmlAttr,
            XmlComment,
            XmlInstruction,
            XmlDoctype,
            FileName,
            FileContent,
            Text,
            Raw,
        ]
    };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4_000))]
        #[test]
        fn a_detector_that_is_not_asked_would_tell_nothing(
            parts in prop::collection::vec(prop::sample::select(PIECES), 1..6),
            place in prop::sample::select(&EVERYWHERE[..]),
            name in prop::sample::select(&["", "q", "url", "next", "role", "is_admin", "user-agent", "x-filename", "x-scan-memo", "file"][..]),
            trust in prop::sample::select(&[Trust::Plain, Trust::Layered, Trust::Guessed][..]),
        ) {
            let bytes = parts.concat().into_bytes();
            let wake = crate::bytes::wake(&bytes);
            let words = Groups::of(&bytes, wake);
            let value = Value { bytes: &bytes, place, name: name.as_bytes(), wake, words, trust, first: true, last: true };
            let asked: Vec<_> = asked(&value, Classes::ALL).collect();
            let mut hits = Hits::new();
            for facts in FACTS.iter().filter(|f| woken(&value, f) && !asked.contains(&f.class)) {
                judge_class(facts.class, &value, Places::NONE, &mut hits);
            }
            prop_assert!(hits.is_empty(), "{:?} of {} at {:?}", hits, bytes.escape_ascii(), place);
        }
    }
}
