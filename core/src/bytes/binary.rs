//! Binary data: whether bytes are it, and what is text in them.
//!
//! Text has no control bytes but those that lay it out; random bytes have one in nine. Zeros do not count, for text in
//! UTF-16 is full of them.

pub use super::vector::is_binary;
use super::vector::run_of_text;
use std::ops::Range;

/// The least run of text in binary data that counts: no script that does anything in a file is shorter.
const RUN: usize = 12;
/// The least run where more is looked at closer than can be meant as text.
const SHORT: usize = 5;

/// The runs of text in `bytes` that are no chance, in order. Vertical tabs and form feeds are blanks to some interpreters.
pub fn runs_of_text(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    runs::<RUN>(bytes)
}

/// The runs of text in `bytes`, in order, among them some that random bytes have too.
pub fn short_runs_of_text(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    runs::<SHORT>(bytes)
}

fn runs<const LEAST: usize>(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = run_of_text::<LEAST>(bytes, at)?;
        let text = |b: &&u8| matches!(**b, b' '..=b'~' | b'\t'..=b'\r');
        at = start + LEAST + bytes.get(start + LEAST..)?.iter().take_while(text).count();
        Some(start..at)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_text_are_found_wherever_they_stand() {
        let found = |bytes: &[u8]| -> Vec<String> {
            runs_of_text(bytes).map(|r| String::from_utf8_lossy(&bytes[r]).into_owned()).collect()
        };
        assert_eq!(found(b"\x01<?= $_GET ?>\x00too short\x02twelve signs"), ["<?= $_GET ?>", "twelve signs"]);
        assert_eq!(found(b"123456789012"), ["123456789012"]);
        assert!(found(b"").is_empty() && found(b"12345678901").is_empty() && found(&[0xff; 100]).is_empty());
        for before in 0..140 {
            let bytes = [&vec![7; before][..], b"a line of text", &[9, 0]].concat();
            assert_eq!(found(&bytes), ["a line of text\t"], "{before}");
        }
    }

    #[test]
    fn text_is_not_binary() {
        assert!(!is_binary("Gr\u{fc}\u{df}e\r\n\t1 < 2".repeat(99).as_bytes()));
        assert!(!is_binary(&b"<\0?\0p\0h\0p\0\r\0\n\0".repeat(99)), "UTF-16");
        let random: Vec<u8> = (0..8192u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        assert!(is_binary(&random));
        let few = [&[b'a'; 992][..], &[1; 32]].concat();
        assert!(!is_binary(&few) && is_binary(&[&few[..], &[1; 2]].concat()));
    }
}
