//! The part of a value that is shown: bounded, masked, printable.

use super::mask::Masking;
use std::ops::Range;

/// Bytes shown before and after the part that tells, where there is room.
const CONTEXT: usize = 24;

/// The part of `bytes` around `span`, at most `limit` bytes of it, with secrets masked (all letters and digits if
/// `secret`) and unprintable bytes written as `\xHH`.
pub(crate) fn excerpt(
    bytes: &[u8],
    span: Range<usize>,
    limit: usize,
    secret: bool,
    masking: &Masking,
) -> String {
    let end = span.end.min(bytes.len());
    let start = span.start.min(end);
    let told = (end - start).min(limit);
    let room = (limit - told) / 2;
    let from = start.saturating_sub(room.min(CONTEXT));
    let to = (start + told).saturating_add(room.min(CONTEXT)).min(bytes.len());
    let mut shown = bytes[from..to].to_vec();
    if secret {
        masking.shape(&mut shown);
    } else {
        masking.hide_numbers(&mut shown);
    }
    let mut out = String::with_capacity(shown.len() + 2 * '…'.len_utf8());
    if from > 0 {
        out.push('…');
    }
    // PERF: most are plain, told without an early exit.
    let plain = shown.iter().fold(true, |plain, b| plain & (0x20..0x7f).contains(b));
    if plain && let Ok(text) = std::str::from_utf8(&shown) {
        out.push_str(text);
        shown.clear();
    }
    for chunk in shown.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                // Controls that reorder or hide text would let a payload lie to the person who reads it.
                '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' => {
                    out.push_str(&format!("\\u{{{:x}}}", c as u32));
                }
                c if c.is_control() => out.push_str(&format!("\\x{:02x}", c as u32)),
                c => out.push(c),
            }
        }
        for b in chunk.invalid() {
            out.push_str(&format!("\\x{b:02x}"));
        }
    }
    if to < bytes.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn show(bytes: &[u8], span: Range<usize>, limit: usize) -> String {
        excerpt(bytes, span, limit, false, &Masking::default())
    }

    #[test]
    fn the_telling_part_is_shown_with_a_little_around_it() {
        assert_eq!(show(b"id=1' or 1=1", 4..12, 160), "id=1' or 1=1");
        let long = [&[b'a'; 100][..], b"<script>", &[b'b'; 100][..]].concat();
        let text = show(&long, 100..108, 160);
        assert_eq!(text, format!("…{}<script>{}…", "a".repeat(24), "b".repeat(24)));
        assert_eq!(show(&long, 100..108, 4), "…<scr…");
    }

    #[test]
    fn unprintable_bytes_are_written_out() {
        assert_eq!(show(b"a\0b\r\n\xffc", 0..7, 160), r"a\x00b\r\n\xffc");
        assert_eq!(show("é\u{202e}".as_bytes(), 0..5, 160), r"é\u{202e}");
    }

    #[test]
    fn secrets_keep_only_their_shape() {
        let text = excerpt(b"hunter2' or 1=1", 7..15, 160, true, &Masking::default());
        assert_eq!(text, "*******' ** *=*");
    }

    proptest! {
        #[test]
        fn any_span_of_any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), a in 0usize..400, b in 0usize..400, limit in 0usize..200) {
            let text = show(&bytes, a..b, limit);
            prop_assert!(text.chars().count() <= 4 * (limit + 2) + 2);
        }
    }
}
