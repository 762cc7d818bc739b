//! Fixed strings in short values.
//!
//! A searcher for a needle takes longer to build than most values take to look through; these walk the places of the
//! needle's first byte instead. Needles are constants of at most a few dozen bytes, so the work is linear.

/// Where `needle` first stands in `bytes`.
pub fn find(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let &first = needle.first()?;
    memchr::memchr_iter(first, bytes).find(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// Where `needle` first stands in `bytes`, looked for by its byte at `rare`, which should be rarer in text than the others.
pub fn find_by(bytes: &[u8], needle: &[u8], rare: usize) -> Option<usize> {
    let &byte = needle.get(rare)?;
    memchr::memchr_iter(byte, bytes.get(rare..)?)
        .find(|at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// Every place where `needle` stands in `bytes`.
pub fn find_each<'a>(bytes: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    let first = needle.first().copied().unwrap_or(0);
    memchr::memchr_iter(first, bytes)
        .filter(move |at| bytes.get(*at..).is_some_and(|b| b.starts_with(needle)))
}

/// Where `needle`, lower case, first stands in `bytes` in any case.
pub fn find_no_case(bytes: &[u8], needle: &[u8]) -> Option<usize> {
    let &first = needle.first()?;
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), bytes)
        .find(|at| bytes.get(*at..*at + needle.len()).is_some_and(|w| w.eq_ignore_ascii_case(needle)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn agrees_with_a_plain_search(bytes in "[abA]{0,40}", needle in "[ab]{1,4}") {
            prop_assert_eq!(find(bytes.as_bytes(), needle.as_bytes()), bytes.find(&needle));
            for rare in 0..needle.len() {
                prop_assert_eq!(find_by(bytes.as_bytes(), needle.as_bytes(), rare), bytes.find(&needle));
            }
            let lower = bytes.to_ascii_lowercase();
            prop_assert_eq!(find_no_case(bytes.as_bytes(), needle.as_bytes()), lower.find(&needle));
        }
    }
}
