//! The middle of a binary file or body: what is text in it is judged, the rest is no language.
//!
//! Pictures, archives and documents that are uploaded are bytes in no order behind their first few kilobytes, and readers
//! of languages find hints in anything. The beginning of a file is judged whole, as formats, scripts and objects are told
//! by it. Behind it a window that is plainly binary is judged by its runs of text: code that is hidden in a picture is
//! text, whatever stands around it. A window is binary by its control bytes, of which text has none and random bytes have
//! one in nine; zeros do not count, for text in UTF-16 is full of them.

use super::inspect::{Form, Inspector};
use crate::bytes::{Window, wake};
use crate::points::{Place, Point};
use std::ops::Range;

/// The least run of text that is judged: no script that does anything in a file is shorter.
const RUN: usize = 12;
/// One control byte in so many makes a window binary.
const SHARE: usize = 32;

/// Which bytes are text; vertical tabs and form feeds are blanks to some interpreters.
static TEXT: [bool; 256] = {
    let (mut text, mut b) = ([false; 256], 0);
    while b < 256 {
        text[b] = matches!(b as u8, b' '..=b'~' | b'\t'..=b'\r');
        b += 1;
    }
    text
};

/// Whether `window`, of the value at `at`, is in the middle of a binary file or of a body of no known format. What other raw
/// text there is lies past a limit: parameters that an application still reads, of which a short one counts.
pub(super) fn is_middle(at: &Point<'_>, place: Place, window: &Window<'_>) -> bool {
    let opaque = || place == Place::FileContent || place == Place::Raw && at.is_below("raw");
    !window.first && opaque() && is_binary(window.bytes)
}

fn is_binary(bytes: &[u8]) -> bool {
    // PERF: counted in small blocks, so that the count becomes vector code.
    let control = |b: &u8| u8::from(matches!(b, 1..=8 | 14..=31));
    let count: usize = bytes.chunks(128).map(|c| usize::from(c.iter().map(control).sum::<u8>())).sum();
    count * SHARE > bytes.len()
}

/// The runs of text in `bytes`, in order.
fn runs(bytes: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut start = 0;
    std::iter::from_fn(move || {
        // PERF: of each stretch the last byte is looked at first; most stretches of a binary file are stepped over by it.
        while let Some(stretch) = bytes.get(start..start + RUN) {
            if let Some(at) = stretch.iter().rposition(|&b| !TEXT[usize::from(b)]) {
                start += at + 1;
                continue;
            }
            let from = start;
            let rest = bytes.get(from + RUN..).unwrap_or_default();
            start = from + RUN + rest.iter().take_while(|&&b| TEXT[usize::from(b)]).count();
            return Some(from..start);
        }
        None
    })
}

impl Inspector {
    /// Judges the runs of text in a window of a binary file.
    pub(super) fn text_runs(&mut self, at: &Point<'_>, place: Place, window: &Window<'_>, form: Form) {
        for run in runs(window.bytes) {
            let part = window.part(run);
            self.judge(at, place, &part, wake(part.bytes), form);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_text_are_found_wherever_they_stand() {
        let found = |bytes: &[u8]| -> Vec<String> {
            runs(bytes).map(|r| String::from_utf8_lossy(&bytes[r]).into_owned()).collect()
        };
        assert_eq!(found(b"\x01<?= $_GET ?>\x00too short\x02twelve signs"), ["<?= $_GET ?>", "twelve signs"]);
        assert_eq!(found(b"123456789012"), ["123456789012"]);
        assert!(found(b"").is_empty() && found(b"12345678901").is_empty() && found(&[0xff; 100]).is_empty());
        for before in 0..40 {
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
    }
}
