//! Where tokens of base64 stand in a value, and whether one is worth decoding.

use super::{Alphabet, CUT, MIN, is_dropped};
use crate::bytes::Wake;
use crate::decode::glance::{Glance, first_run, signs};
use memchr::memmem;
use std::ops::Range;
use std::sync::LazyLock;

/// The least length of a token that nothing announces.
pub const RUN: usize = 16;
/// The most bytes between the word that announces a token and the token.
const GAP: usize = 16;
/// The most tokens of one value that are looked at before any is decoded.
const FEW: usize = 4;

/// Whether `value`, whose kinds of byte are `kinds`, may hold a token that decodes to something. `glance` tells what a look at
/// all of it does.
pub fn may_hold(value: &[u8], kinds: Wake, alphabet: Alphabet, glance: impl FnOnce() -> Glance) -> bool {
    let signs = match alphabet {
        Alphabet::Standard => Wake::PLUS.or(Wake::SLASH),
        Alphabet::Url => Wake::DASH.or(Wake::UNDERSCORE),
    };
    let signs = signs.or(Wake::ALPHA).or(Wake::DIGIT);
    // Some signs are of no kind, and part tokens (`~`).
    if kinds.is_within(signs) {
        return value.len() >= CUT || !are_dropped(value, alphabet, true);
    }
    if kinds.is_within(signs.or(Wake::EQUALS).or(Wake::BLANK).or(Wake::NEWLINE)) || is_basic(value) {
        return true;
    }
    let glance = glance();
    let run = if alphabet == Alphabet::Standard { glance.standard } else { glance.url };
    (run || glance.announced && announced(value, alphabet).is_some())
        && (value.len() >= CUT || !are_dropped(value, alphabet, glance.announced))
}

/// Whether all tokens in `value` are dropped. `announcing` tells whether a word may announce one.
fn are_dropped(value: &[u8], alphabet: Alphabet, mut announcing: bool) -> bool {
    let mut rest = value;
    for _ in 0..FEW {
        let Some(token) = embedded(rest, alphabet, &mut announcing) else { return true };
        if !is_dropped(rest.get(token.clone()).unwrap_or_default(), alphabet) {
            return false;
        }
        rest = rest.get(token.end.max(token.start + 1)..).unwrap_or_default();
        if rest.is_empty() {
            return true;
        }
    }
    false
}

/// Whether `value` begins with the name of the scheme of authentication that a token follows.
fn is_basic(value: &[u8]) -> bool {
    value.get(..6).is_some_and(|head| head.eq_ignore_ascii_case(b"basic "))
}

/// A token of base64 in `value`: all of it, what a word announces (`;base64,`, `base64_decode('`, `atob("`, `Basic `),
/// or a long run of the alphabet. Whether a word may announce one is `announcing`; if none does, none will behind the token.
///
/// PERF: in a long text with many runs it is looked for once.
pub fn embedded(value: &[u8], alphabet: Alphabet, announcing: &mut bool) -> Option<Range<usize>> {
    let end = run(value, 0, alphabet);
    if end == value.len() {
        return (end >= MIN).then_some(0..end);
    }
    if let Some(token) = basic(value, alphabet) {
        return Some(token);
    }
    let named = if *announcing { named(value, alphabet) } else { None };
    *announcing = named.is_some();
    named.or_else(|| spread(value, end, alphabet)).or_else(|| long(value, alphabet))
}

/// All of a value that has line breaks, or blanks for `+`, behind a first run that ends at `end`.
fn spread(value: &[u8], end: usize, alphabet: Alphabet) -> Option<Range<usize>> {
    let belongs = |b: &u8| alphabet.has(*b) || matches!(b, b'\r' | b'\n' | b' ' | b'=');
    let rest = value.get(end..).unwrap_or_default();
    (value.len() >= MIN && rest.iter().all(belongs) && !is_prose(value)).then_some(0..value.len())
}

/// Words: a blank every few letters, as no base64 has it.
fn is_prose(value: &[u8]) -> bool {
    let head = value.get(..64).unwrap_or(value);
    head.iter().filter(|&&b| b == b' ').count() * 8 > head.len()
}

/// Where the run of the alphabet that begins at `start` ends, padding included.
fn run(value: &[u8], start: usize, alphabet: Alphabet) -> usize {
    let rest = value.get(start..).unwrap_or_default();
    let signs = signs(rest, alphabet == Alphabet::Standard);
    let padding = rest.get(signs..).unwrap_or_default().iter().take(2).take_while(|&&b| b == b'=').count();
    start + signs + padding
}

static ATOB: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("atob"));

/// The token behind a word that says base64 follows.
fn announced(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    basic(value, alphabet).or_else(|| named(value, alphabet))
}

/// The credentials of the scheme of authentication that `value` begins with.
fn basic(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    let end = if is_basic(value) { run(value, 6, alphabet) } else { 0 };
    (end >= 6 + MIN).then_some(6..end)
}

/// The token behind a function or an encoding that is named.
fn named(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    // PERF: "64" is rare where `base` is not, and found by vectors. Making a finder takes longer than most values do.
    static NAMED: LazyLock<memmem::Finder<'static>> = LazyLock::new(|| memmem::Finder::new("64"));
    let named = NAMED.find_iter(value).map(|at| at + 2);
    let atob = ATOB.find_iter(value).map(|at| at + 4);
    named.chain(atob).find_map(|from| {
        let gap = value.get(from..)?;
        let gap = gap.get(..GAP).unwrap_or(gap);
        // The rest of the word (`_decode`, `String`), then what opens its argument.
        let word = gap.iter().position(|b| !b.is_ascii_alphabetic() && *b != b'_').unwrap_or(gap.len());
        let opening = gap
            .get(word..)?
            .iter()
            .take_while(|b| matches!(b, b'(' | b'\'' | b'"' | b',' | b':' | b' '))
            .count();
        let start = from + word + opening;
        let end = run(value, start, alphabet);
        (opening > 0 && end - start >= MIN).then_some(start..end)
    })
}

/// The first long run.
fn long(value: &[u8], alphabet: Alphabet) -> Option<Range<usize>> {
    let start = first_run(value, alphabet == Alphabet::Standard)?;
    Some(start..run(value, start, alphabet))
}

#[cfg(test)]
mod tests {
    use super::super::tests::encode;
    use super::super::{MARKS, decode};
    use super::*;
    use crate::bytes::wake;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_token_is_found_where_it_lies(text in "[ -~]{12,40}", before in "[ .!?]{0,20}", after in "[ .!?]{1,20}") {
            let token = encode(text.as_bytes(), Alphabet::Standard, true, 1000);
            let value = [before.as_bytes(), &token, after.as_bytes()].concat();
            let part = embedded(&value, Alphabet::Standard, &mut true).map(|r| value[r].trim_ascii());
            prop_assert_eq!(part, Some(&token[..]));
        }

        #[test]
        fn tokens_one_behind_the_other_are_those_of_each_rest(
            parts in prop::collection::vec(prop::sample::select(&[
                "base64,", "base64_decode('", "atob(\"", "64: ", "Basic ", "basic ", "aWQ7Y2F0IC9ldGMvcGFzc3dk", "aWQ7Y2F0", "=", "and-so_on/it+goes=on", " ", "' ", "\n", ". ",
            ][..]), 0..14),
        ) {
            let text = parts.concat();
            for alphabet in [Alphabet::Standard, Alphabet::Url] {
                let (mut rest, mut announcing) = (text.as_bytes(), true);
                while !rest.is_empty() {
                    let token = embedded(rest, alphabet, &mut announcing);
                    prop_assert_eq!(&token, &embedded(rest, alphabet, &mut true), "{:?} in {:?}", rest.escape_ascii(), text);
                    let Some(token) = token else { break };
                    rest = &rest[token.end.max(token.start + 1)..];
                }
            }
        }

        #[test]
        fn nothing_is_decoded_of_what_is_not_tried(
            parts in prop::collection::vec(
                prop_oneof![
                    ("[ -~\u{e9}\0\n]{5,40}", any::<bool>())
                        .prop_map(|(text, padded)| encode(text.as_bytes(), Alphabet::Standard, padded, 76)),
                    "[ -~]{5,40}".prop_map(|text| encode(text.as_bytes(), Alphabet::Url, false, 1000)),
                    (prop::sample::select(MARKS), prop::collection::vec(any::<u8>(), 0..30))
                        .prop_map(|(mark, rest)| encode(&[mark, &rest].concat(), Alphabet::Standard, true, 1000)),
                    "[A-Za-z0-9+/]{4,40}={0,2}".prop_map(String::into_bytes),
                    "[0-9a-f]{8}(-[0-9a-f]{4}){0,4}".prop_map(String::into_bytes),
                    prop::sample::select(&["base64,", "atob('", "Basic ", " ", "\n", ".", "=", "-", "_", "word", "%3D", "~", "^"][..])
                        .prop_map(|part| part.as_bytes().to_vec()),
                ],
                1..6,
            ),
        ) {
            let value = parts.concat();
            for alphabet in [Alphabet::Standard, Alphabet::Url] {
                if value.len() < MIN || may_hold(&value, wake(&value), alphabet, || Glance::of(&value)) {
                    continue;
                }
                let (mut rest, mut announcing, mut out) = (&value[..], true, Vec::new());
                while let Some(token) = embedded(rest, alphabet, &mut announcing) {
                    let signs = &rest[token.clone()];
                    let changed = decode(signs, alphabet, &mut out).changed;
                    prop_assert!(!changed, "{} in {}", signs.escape_ascii(), value.escape_ascii());
                    rest = &rest[token.end.max(token.start + 1)..];
                }
            }
        }
    }

    #[test]
    fn a_token_behind_one_that_is_no_text_is_tried() {
        for no_text in ["////", "7u7u", "74bf04373e616cac53465c69ad4d4ca9"] {
            for between in ["~", "^", ".", ":", " ", "%", "\u{e9}"] {
                let value = format!("{no_text}{between}PHNjcmlwdD5hbGVydA");
                let (value, standard) = (value.as_bytes(), Alphabet::Standard);
                assert!(
                    may_hold(value, wake(value), standard, || Glance::of(value)),
                    "{}",
                    value.escape_ascii()
                );
            }
        }
    }
}
