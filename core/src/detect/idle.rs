//! Values in which no detector and no decoder could find anything, told before any of them is asked.
//!
//! What comes in: a whole value of plain bytes ([`Plain`]), where it stands and its name. What goes out: whether judging it
//! could have any effect. What always holds: never more than that. Each condition below is one without which a detector
//! makes nothing of letters, digits, spaces and the signs `.,-_`, as its own first lines say; the test holds them to it.
//! To add a detector: if it can find anything in such bytes, its condition belongs here.
//!
//! PERF: nine values in ten of an API call end here, at a tenth of what asking every detector costs.

mod field;

use super::{Class, Classes, Groups, Hits, Value, mass_assign, prompt, proto_pollution, rce};
use crate::bytes::{Plain, Wake, has_pair, runs_of};
use crate::decode::{self, Trust};
use crate::points::Place;

/// Bytes of the longest value that is told.
const MOST: usize = 64;
/// Shortest word that is looked at for anything but what it grants.
const WORD: usize = 2;
/// Shortest name of a class in base64.
const CLASS: usize = 12;
/// Shortest token of base64 or of hexadecimal digits.
const TOKEN: usize = 8;
/// Longest run of letters and digits that is no token in longer text.
const RUN: u32 = 16;
/// Length from which a token of base64 is read from more than one place.
const SHORT: usize = 24;
/// Signs in front of the first dot of a JSON Web Token are more than these.
const HEADER: u32 = 8;
/// Least length of an address that a server could fetch.
const ADDRESS: usize = 7;

/// Whether neither a detector of `on` nor a decoder could find anything in the whole value `bytes` at `place`, of this name.
pub fn is_idle(place: Place, name: &[u8], bytes: &[u8], on: Classes) -> bool {
    use Place::{FormName, FormValue, JsonKey, JsonValue, QueryName, QueryValue};
    if !matches!(place, JsonValue | JsonKey | QueryValue | QueryName | FormValue | FormName) {
        return match place {
            Place::HeaderValue | Place::CookieValue => field::is_idle(place, name, bytes, on),
            Place::Raw => name.is_empty() && field::is_idle_line(bytes),
            _ => false,
        };
    }
    Plain::look(bytes).is_some_and(|made| is_idle_made(place, name, bytes, &made, on))
}

/// The same for a value at one of those places, of which `made` tells what it is made of if it is no longer than 64 bytes.
#[inline]
pub fn is_idle_made(place: Place, name: &[u8], bytes: &[u8], made: &Plain, on: Classes) -> bool {
    if bytes.len() > MOST || !made.is_all(bytes.len()) || names_format(name) {
        return false;
    }
    if bytes.is_empty() {
        return true;
    }
    if (made.spaces | made.dots | made.underscores) != 0 {
        if !is_idle_text(place, bytes, made) {
            return false;
        }
    } else if bytes.len() >= WORD && !is_idle_word(bytes, made) {
        return false;
    }
    // The one name that is looked at for what it stands below.
    let told = match place.is_name() {
        true => bytes == b"prototype",
        false => {
            mass_assign::may_grant(bytes)
                && mass_assign::may_be_privileged(name)
                && grants(place, name, bytes, on)
        }
    };
    !told
}

/// Whether a value without spaces, dots and underscores is idle.
fn is_idle_word(bytes: &[u8], plain: &Plain) -> bool {
    let Plain { letters, digits, dashes, .. } = *plain;
    if digits != 0 && letters != 0 && Groups::of_short(bytes, letters).any(Groups::FILES.or(Groups::X)) {
        return false;
    }
    let told = begins_format(bytes)
        || bytes.len() >= TOKEN && may_decode(bytes, plain)
        || dashes == 0 && bytes.len() >= CLASS && rce::hides_class(bytes);
    !told
}

/// Whether a value with spaces, dots or underscores is idle.
fn is_idle_text(place: Place, bytes: &[u8], plain: &Plain) -> bool {
    let Plain { letters, digits, spaces, dots, dashes, underscores, .. } = *plain;
    // Blanks around a value are passed over by some readers.
    if spaces & (1 | last(bytes.len())) != 0
        || (dots | underscores) != 0 && odd_signs(bytes, plain, place)
        || dashes & dashes >> 1 != 0
        || dashes != 0 && spaces != 0 && odd_dashes(bytes, dashes)
        || begins_format(bytes)
    {
        return false;
    }
    if letters != 0 && Groups::of_short(bytes, letters).any(cared_for(plain)) {
        return false;
    }
    let spelt = spaces != 0
        && bytes.len() >= prompt::LEAST
        && !place.is_name()
        && prompt::may_be_spelt(bytes, letters, digits);
    !spelt && (bytes.len() < TOKEN || !may_decode(bytes, plain))
}

/// Whether the value of a field that may be privileged grants a privilege.
#[inline(never)]
fn grants(place: Place, name: &[u8], bytes: &[u8], on: Classes) -> bool {
    let value = Value {
        bytes,
        place,
        name,
        wake: Wake::ALPHA.or(Wake::DIGIT),
        words: Groups::NONE,
        trust: Trust::Plain,
        first: true,
        last: true,
    };
    let mut hits = Hits::new();
    if on.contains(Class::MassAssign) {
        mass_assign::judge(&value, &mut hits);
    }
    !hits.is_empty()
}

/// The groups of words that matter to a detector which plain bytes of these kinds wake.
fn cared_for(plain: &Plain) -> Groups {
    let mut groups = Groups::NONE;
    let mut add = |when: u64, some| {
        if when != 0 {
            groups = groups.or(some);
        }
    };
    add(plain.spaces, prompt::GROUPS);
    let sql = Groups::SQL
        .or(Groups::SQL_OPENING)
        .or(Groups::SQL_HINT)
        .or(Groups::SQL_JOINING)
        .or(Groups::SQL_GLUED);
    add(plain.spaces | plain.underscores, sql);
    let read = plain.spaces | plain.dots | plain.underscores;
    add(read, Groups::COMMANDS);
    if read != 0 {
        add(plain.dashes, Groups::POWERSHELL);
    }
    add(plain.dots, Groups::OBJECTS.or(Groups::HOSTS));
    add(plain.dots | plain.digits, Groups::FILES.or(Groups::X));
    add(plain.dots | plain.underscores, Groups::PROTOTYPE);
    groups
}

/// Whether dots or underscores stand as in paths, addresses, commands, tokens or expressions.
fn odd_signs(bytes: &[u8], plain: &Plain, place: Place) -> bool {
    let Plain { letters, digits, spaces, dots, underscores, .. } = *plain;
    // Of a name a filter may take words out.
    if place.is_name() && bytes.len() >= proto_pollution::SURVIVING {
        return true;
    }
    if dots == 0 {
        return false;
    }
    let alone = dots & (spaces >> 1 | last(bytes.len())) & !((letters | digits) << 1);
    dots & (dots | underscores) >> 1 != 0
        || digits & 1 != 0 && bytes.len() >= ADDRESS
        || alone != 0 && spaces != 0
        || runs_of(plain.signs(), HEADER) << HEADER & dots != 0
            && (has_pair(bytes, *b"ey") || has_pair(bytes, *b"ew"))
}

/// The bit of the last byte.
fn last(len: usize) -> u64 {
    1 << (len - 1)
}

/// Whether a dash begins what PowerShell reads as an encoded command.
fn odd_dashes(bytes: &[u8], dashes: u64) -> bool {
    let mut rest = dashes;
    while rest != 0 {
        let at = rest.trailing_zeros() as usize;
        rest &= rest - 1;
        if matches!(bytes.get(at + 1..), Some([b'e' | b'E', b'n' | b'N', ..])) {
            return true;
        }
    }
    false
}

/// Whether the value begins as a format, a number in hexadecimal or code does that is known by its beginning.
#[inline]
fn begins_format(bytes: &[u8]) -> bool {
    // PERF: most begin otherwise.
    static FIRSTS: [bool; 256] = {
        let (mut firsts, mut i) = ([false; 256], 0);
        while i < 10 {
            firsts[b"AaCcK_0rpt"[i] as usize] = true;
            i += 1;
        }
        firsts
    };
    bytes.first().is_some_and(|&b| FIRSTS[usize::from(b)]) && begins_as_format(bytes)
}

fn begins_as_format(bytes: &[u8]) -> bool {
    match bytes {
        [b'A', b'A', ..] | [b'A' | b'a', b'c' | b'C', b'e' | b'E', b'd' | b'D', ..] => true,
        [b'_', b'_', ..] | [b'0', b'x' | b'X', ..] | [b'c' | b'C', b'l' | b'L', ..] => true,
        [b'C', b's', b'7', ..] | [b'K', b'z', b't', ..] | [b'r', b'O', b'0', ..] => true,
        [b'p', b'r', ..] => bytes.starts_with(b"process."),
        [b't', b'h', ..] => bytes.starts_with(b"this.c"),
        _ => false,
    }
}

/// Whether a value of this name may be an object, whatever it holds, or SAML.
#[inline]
fn names_format(name: &[u8]) -> bool {
    match name {
        [] | [b'a'..=b'z'] => false,
        [b'a'..=b'z', b'a'..=b'k' | b'm'..=b'z' | b'_', ..] if name.len() < 8 => false,
        // PERF: without the names that are known and the length from which one is looked at as base64.
        [b'a' | b'b' | b'd'..=b'i' | b'k'..=b'r' | b't'..=b'z', b'a'..=b'z' | b'_', ..]
            if name.len() < 12 && !has_dot(name) =>
        {
            false
        }
        _ => names_object(name),
    }
}

/// Whether a name of 8 to 16 bytes holds a dot.
#[inline]
fn has_dot(name: &[u8]) -> bool {
    const ONES: u64 = u64::MAX / 255;
    let holds = |bytes: &[u8; 8]| {
        let dots = u64::from_le_bytes(*bytes) ^ ONES * b'.' as u64;
        dots.wrapping_sub(ONES) & !dots & ONES << 7 != 0
    };
    match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => holds(first) || holds(last),
        _ => true,
    }
}

#[inline(never)]
fn names_object(name: &[u8]) -> bool {
    let begins = matches!(
        name,
        [b' ' | b'\t' | b'\n' | b'\x0c' | b'\r', ..] | [b'r', b'O', ..] | [b'K', b'z', ..] | [b'C', b's', ..]
    );
    begins
        || name.len() >= 12 && rce::hides_class(name)
        || name.len() > 7 && name.contains(&b'.')
        || rce::names_format(name)
        || decode::is_asked_for(name)
}

/// Whether a decoder could undo something.
fn may_decode(bytes: &[u8], plain: &Plain) -> bool {
    let Plain { spaces, dashes, underscores, .. } = *plain;
    let signs = plain.signs();
    let parted = spaces | dashes | underscores;
    // Nothing but signs of base64, or those and blanks for `+`, as no prose has them.
    let whole = (signs | spaces) == u64::MAX >> (64 - bytes.len())
        && (spaces == 0 || spaces.count_ones() as usize * 8 <= bytes.len());
    if whole && parted == 0 && bytes.len() < SHORT {
        return !decode::is_hopeless(bytes, plain.digits != 0) && decodes(bytes, plain);
    }
    let announced =
        has_pair(bytes, *b"64") || has_pair(bytes, *b"ob") || matches!(bytes, [b'b' | b'B', b'a' | b'A', ..]);
    // A unit of UTF-7 behind a blank.
    if announced || spaces != 0 && has_pair(bytes, *b" A") || runs_of(signs, RUN) != 0 {
        return decodes(bytes, plain);
    }
    // Blanks stand for a sign of one alphabet, and dashes and underscores are signs of the other.
    let mixed = spaces != 0 && (dashes | underscores) != 0;
    whole
        && !(bytes.len() < SHORT && (mixed || decode::is_hopeless(bytes, plain.digits != 0)))
        && decodes(bytes, plain)
}

/// The same, as the decoders say.
#[inline(never)]
fn decodes(bytes: &[u8], plain: &Plain) -> bool {
    let kinds = [
        (plain.letters, Wake::ALPHA),
        (plain.digits, Wake::DIGIT),
        (plain.spaces, Wake::BLANK),
        (plain.dots, Wake::DOT),
        (plain.dashes, Wake::DASH),
        (plain.underscores, Wake::UNDERSCORE),
        (plain.commas(), Wake::COMMA),
    ];
    let kinds =
        kinds.into_iter().filter(|(mask, _)| *mask != 0).fold(Wake::NONE, |all, (_, kind)| all.or(kind));
    decode::woken(bytes, kinds).any(|facts| facts.trust != Trust::Plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use proptest::prelude::*;

    const PLACES: [Place; 9] = [
        Place::Raw,
        Place::HeaderValue,
        Place::CookieValue,
        Place::JsonValue,
        Place::JsonKey,
        Place::QueryValue,
        Place::QueryName,
        Place::FormValue,
        Place::FormName,
    ];
    const NAMES: &[&str] = &[
        "",
        "q",
        "name",
        "state",
        "role",
        "is_admin",
        "class",
        "@type",
        "constructor",
        "javaClass",
        "rO0ABXNy",
        "KztAAUx",
        "SAMLRequest",
        "org.apache.x",
        "YXZhLmxhbmcuUnVu",
        "user[admin]",
        "customer.role",
        "user-agent",
        "x-requested-with",
        "x-scan-memo",
        "x-filename",
        "authorization",
        "sid",
    ];
    pub(super) const PIECES: &[&str] = &[
        "a",
        "A",
        "e",
        "n",
        "x",
        "1",
        "7",
        "64",
        "ob",
        " ",
        " ",
        " ",
        ",",
        ".",
        "..",
        "-",
        "--",
        "_",
        "__",
        "Garden",
        "chair",
        "price",
        "please",
        "or",
        "and",
        "select",
        "union",
        "from",
        "users",
        "sleep",
        "ping",
        "cat",
        "id",
        "etc",
        "passwd",
        "rc1",
        "class",
        "close",
        "proto",
        "__proto__",
        "constructor",
        "prototype",
        "ignore",
        "ignroe",
        "previous",
        "all",
        "rules",
        "rlues",
        "system",
        "ign0re",
        "base64",
        "basic",
        "rO0AB",
        "KztAAU",
        ": ",
        ": ",
        "X-A17: ",
        "javascript",
        "file",
        "php",
        "system",
        "c",
        "Cs7QAF",
        "aced00057",
        "AAEAAAD",
        "this.c",
        "process.",
        "0x2f",
        "0x27206f72",
        "127.0.0.1",
        "10.1",
        "2024",
        "06",
        "eyJhbGciOiJub25lIn0",
        "eyJzdWIiOiIxIn0",
        "true",
        "yes",
        "on",
        "admin",
        "root",
        "PHNjcmlwdD4",
        "JyBvciAxPTE",
        "3c7363726970743e",
        "YXZhLmxhbmcuUnVu",
        "ADw",
        "AGE",
        "-en",
        "-EncodedCommand",
        "Get",
        "Process",
        "Invoke",
        "http",
        "localhost",
        "metadata",
        "sqlmap",
        "zgrab",
        "oast",
        "esi",
        "tmp",
        "bin",
        "sh",
        "php",
        "win.ini",
        "boot",
        "web.config",
        "env",
        ".env",
        ".git",
        "._",
        "a._b",
        "q\u{e9}",
        "'",
        "(",
    ];

    pub(super) fn judged(place: Place, name: &[u8], bytes: &[u8]) -> Hits {
        let kinds = wake(bytes);
        let words = Groups::of(bytes, kinds);
        let value =
            Value { bytes, place, name, wake: kinds, words, trust: Trust::Plain, first: true, last: true };
        let mut hits = Hits::new();
        super::super::judge(&value, Classes::ALL, &mut hits);
        hits
    }

    pub(super) fn is_decoded(name: &[u8], bytes: &[u8]) -> bool {
        let mut out = Vec::new();
        decode::woken(bytes, wake(bytes)).filter(|f| f.trust != Trust::Plain || f.is_asked_by(|| name)).any(
            |f| {
                let decoded = decode::part(f.decoder, bytes)
                    .map(|part| decode::decode(f.decoder, &bytes[part], &mut out));
                decoded.is_some_and(|d| d.changed || !d.anomalies.is_empty())
            },
        )
    }

    #[test]
    fn plain_values_are_idle_unless_they_say_something() {
        let idle = |name: &str, value: &str| {
            is_idle(Place::JsonValue, name.as_bytes(), value.as_bytes(), Classes::ALL)
        };
        for value in
            ["42", "20.90", "-1", "true", "EUR", "GC-17040", "06-01", "Garden chair, foldable", "en-GB", "1"]
        {
            assert!(idle("title", value), "{value}");
        }
        for value in ["a'b", "1 or 2--", "admin ", "..", "127.0.0.1", "ign0re all that", &"a".repeat(65)] {
            assert!(!idle("title", value), "{value}");
        }
        assert!(!idle("role", "admin") && !idle("@type", "x") && idle("name", "admin"));
        assert!(!is_idle(Place::JsonKey, b"constructor", b"prototype", Classes::ALL));
        let header = |name: &str, value: &str| {
            is_idle(Place::HeaderValue, name.as_bytes(), value.as_bytes(), Classes::ALL)
        };
        assert!(header("sec-fetch-mode", "same-origin") && header("dnt", "1"));
        assert!(!header("user-agent", "sqlmap") && !header("x-scan-memo", "1") && !header("accept", "a b"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]
        #[test]
        fn nothing_is_found_in_an_idle_value(
            pieces in prop::collection::vec(prop::sample::select(PIECES), 1..8),
            name in prop::sample::select(NAMES),
            place in prop::sample::select(&PLACES[..]),
        ) {
            let text = pieces.concat();
            if is_idle(place, name.as_bytes(), text.as_bytes(), Classes::ALL) {
                let hits = judged(place, name.as_bytes(), text.as_bytes());
                prop_assert!(hits.is_empty(), "{} at {:?} {}: {:?}", text, place, name, hits);
                prop_assert!(!is_decoded(name.as_bytes(), text.as_bytes()), "{} of {}", text, name);
            }
        }
    }
}
