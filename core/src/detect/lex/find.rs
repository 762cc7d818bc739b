//! Fixed strings in short values.
//!
//! A searcher for a needle takes longer to build than most values take to look through; these walk the places of the
//! needle's first byte instead, but in long ones. Needles are constants of at most a few dozen bytes, so the work is linear.

use crate::bytes::has_pair;

/// Bytes of a value in which a searcher for a needle is worth building.
const LONG: usize = 512;

/// Where `byte` stands in `bytes`.
pub fn places(bytes: &[u8], byte: u8) -> impl Iterator<Item = usize> + '_ {
    either(bytes, byte, byte)
}

/// Where one of two bytes stands in `bytes`.
///
/// PERF: a vector search for each place costs a flood of them ten times as much as the look at the next byte does.
pub fn either(bytes: &[u8], a: u8, b: u8) -> impl Iterator<Item = usize> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = bytes.get(at..)?;
        let first = *rest.first()?;
        let skipped = match () {
            () if first == a || first == b => 0,
            () if a == b => memchr::memchr(a, rest)?,
            () => memchr::memchr2(a, b, rest)?,
        };
        at += skipped + 1;
        Some(at - 1)
    })
}

/// Where `needle` first stands in `bytes`.
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let &first = needle.first()?;
    if bytes.len() > LONG {
        return memchr::memmem::find(bytes, needle);
    }
    places(bytes, first).find(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// Where `needle` first stands in `bytes`, looked for by its byte at `rare`, which should be rarer in text than the others.
pub fn find_by(bytes: &[u8], needle: &[u8], rare: usize) -> Option<usize> {
    let &byte = needle.get(rare)?;
    memchr::memchr_iter(byte, bytes.get(rare..)?)
        .find(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// As [`find`]; `pair` stands in the needle, and is rare in text.
pub fn find_by_pair(bytes: &[u8], needle: &[u8], pair: [u8; 2]) -> Option<usize> {
    if has_pair(bytes, pair) { find(bytes, needle) } else { None }
}

/// Every place where `needle` stands in `bytes`.
pub fn find_each<'a>(bytes: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = needle.first().copied().unwrap_or(0);
    places(bytes, first).filter(move |at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// Where `needle`, lower case, first stands in `bytes` in any case.
pub fn find_no_case(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let &first = needle.first()?;
    either(bytes, first, first.to_ascii_uppercase())
        .find(|at| bytes.get(*at..*at + needle.len()).is_some_and(|w| w.eq_ignore_ascii_case(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_place_is_told(bytes in "[abc]{0,40}") {
            let bytes = bytes.as_bytes();
            prop_assert!(places(bytes, b'a').eq(memchr::memchr_iter(b'a', bytes)));
            prop_assert!(either(bytes, b'a', b'b').eq(memchr::memchr2_iter(b'a', b'b', bytes)));
        }

        #[test]
        fn agrees_with_a_plain_search(bytes in "[abA]{0,40}", needle in "[ab]{1,4}") {
            prop_assert_eq!(find(bytes.as_bytes(), needle.as_bytes()), bytes.find(&needle));
            let long = "c".repeat(LONG) + &bytes;
            prop_assert_eq!(find(long.as_bytes(), needle.as_bytes()), long.find(&needle));
            for rare in 0..needle.len() {
                prop_assert_eq!(find_by(bytes.as_bytes(), needle.as_bytes(), rare), bytes.find(&needle));
            }
            let lower = bytes.to_ascii_lowercase();
            prop_assert_eq!(find_no_case(bytes.as_bytes(), needle.as_bytes()), lower.find(&needle));
        }
    }
}
