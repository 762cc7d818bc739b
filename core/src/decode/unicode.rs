//! Characters that stand for ASCII ones.
//!
//! An application that normalises (Unicode NFKC), a database that leaves Unicode for a code page, or a decoder that takes
//! overlong UTF-8 (RFC 3629 section 3 forbids it) turns these into the ASCII characters that filters look for:
//! `＜script＞`, `id=1ʼ`, `..／`, the bytes `C0 AF`. The table is in `fold.rs`.
//!
//! Changed: a value with a character that tells (a full-width form, a look-alike quote or slash, a mathematical letter);
//! or with one that is common in prose (dashes, blanks, Chinese punctuation, the Turkish dotless i) next to an ASCII
//! quote, `<` or `=`. Not changed: accented letters, other scripts, emoji, and bytes that are no text: a value of which
//! more than an eighth is neither ASCII nor UTF-8 is left alone.

use super::{Decoded, chars, fold};
use crate::bytes::{ByteClasses, Triples, holds, table};
use crate::http::Anomaly;

/// Beginnings of the characters that fold, and of overlong ones. Most characters of Cyrillic, Greek, Arabic, Hebrew, Vietnamese,
/// Chinese, Japanese and Korean text, and most letters with marks, begin otherwise.
static MAY_FOLD: Triples = Triples::NONE
    .with(0, [b"\xf0\xf8\xfc", b"", b""])
    .with(1, [b"\xc0\xc1\xc7\xca\xcb\xcd", b"", b""])
    .with(2, [b"\xe0", b"\x80\x90\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f", b""])
    .with(3, [b"\xe1", b"\xa0\xb4\xb5\xb6\xbf", b""])
    .with(4, [b"\xe2", b"\x80\x81\x82\x84\x85\x88\x8c\x91\x92\x93\x9d\x9f\xa7\xb1", b""])
    .with(5, [b"\xe3\xef", b"\x80\xac\xb8\xb9\xbb\xbc\xbd", b""])
    .with(6, [b"\xc2\xc4\xc5", b"\xa0\xaa\xad\xb0\xb1\xb2\xb3\xb4\xb9\xba\xbf", b""])
    .with(7, [b"\xd6\xd9", b"\x89\xaa", b""]);

/// The first bytes of these: of ASCII text, Cyrillic and most of Western letters none is.
static LEADS: ByteClasses = ByteClasses::new(table!(b => {
    let leads = b"\xc0\xc1\xc2\xc4\xc5\xc7\xca\xcb\xcd\xd6\xd9\xe0\xe1\xe2\xe3\xef\xf0\xf8\xfc";
    if holds(leads, b) { 1 << (b >> 4 & 3) } else { 0 }
}));

/// Where in `value` such a character may begin.
fn leads(value: &[u8]) -> impl Iterator<Item = usize> + '_ {
    // The block that is looked at, and the one behind it.
    let (mut base, mut next, mut leads) = (0, 0, 0);
    std::iter::from_fn(move || {
        while leads == 0 {
            (base, leads) = LEADS.next(value, next)?;
            next = base + ByteClasses::BLOCK;
            leads &= MAY_FOLD.mask(value.get(base..).unwrap_or_default());
        }
        let at = base + leads.trailing_zeros() as usize;
        leads &= leads - 1;
        Some(at)
    })
}

/// Whether folding would change the value as far as it counts.
///
/// PERF: most text with bytes above 0x7F is left here, without having been copied.
fn may_change(value: &[u8]) -> bool {
    let mut common = false;
    for at in leads(value) {
        let here = value.get(at..).unwrap_or_default();
        // PERF: of those that begin so only the dotless `i` of Turkish and its capital fold.
        if common && here.first() == Some(&0xc4) {
            continue;
        }
        match chars::sequence(here) {
            Some((_, _, true)) => return true,
            Some((code, _, false)) => match fold::look(code) {
                Some(fold) if fold.telling => return true,
                fold => common |= fold.is_some(),
            },
            None if matches!(here, [0xc0, b'.' | b'/' | b'\'' | b'"' | b'<' | b'>', ..]) => return true,
            None => {}
        }
    }
    common && value.iter().fold(0, |m, b| m | u8::from(matches!(b, b'\'' | b'"' | b'<' | b'='))) != 0
}

/// Folds what stands for ASCII to it.
pub(super) fn decode(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut found = Decoded::default();
    if !may_change(value) {
        return found;
    }
    let (mut telling, mut common) = (false, false);
    let mut done = 0;
    for at in leads(value) {
        let Some(before) = value.get(done..at) else { continue };
        // PERF: folded characters come in rows, and nearly all become one byte.
        if !before.is_empty() {
            out.extend_from_slice(before);
        }
        let here = value.get(at..).unwrap_or_default();
        let taken = match chars::sequence(here) {
            Some((code, len, true)) => {
                telling = true;
                found.flag(Anomaly::OverlongUtf8);
                if code == 0 {
                    found.flag(Anomaly::EncodedNul);
                }
                chars::push(code, out);
                len
            }
            Some((code, len, false)) => {
                match fold::look(code) {
                    Some(fold) => {
                        match fold.to {
                            [one] => out.push(*one),
                            to => out.extend_from_slice(to),
                        }
                        telling |= fold.telling;
                        common |= !fold.telling;
                        if fold.telling && matches!(code, 0xff00..=0xffef) {
                            found.flag(Anomaly::FullWidth);
                        }
                    }
                    None => out.extend_from_slice(here.get(..len).unwrap_or(here)),
                }
                len
            }
            None => {
                match here {
                    // A decoder that masks the second byte without looking at it takes `C0 2E` for a full stop.
                    [0xc0, b'.' | b'/' | b'\'' | b'"' | b'<' | b'>', ..] => {
                        telling = true;
                        found.flag(Anomaly::OverlongUtf8);
                    }
                    _ => out.extend(here.first()),
                }
                1
            }
        };
        done = at + taken;
    }
    out.extend_from_slice(value.get(done..).unwrap_or_default());
    let sharp = || value.iter().any(|b| matches!(b, b'\'' | b'"' | b'<' | b'='));
    if !(telling || common && sharp()) || std::str::from_utf8(value).is_err() && is_binary(value) {
        return Decoded::default();
    }
    found.changed = true;
    found
}

/// Whether more than an eighth of the bytes are neither ASCII nor part of a UTF-8 sequence, be it overlong.
fn is_binary(value: &[u8]) -> bool {
    let mut invalid = 0;
    let mut rest = value;
    while let Some(at) = rest.iter().position(|&b| b >= 0x80) {
        let here = rest.get(at..).unwrap_or_default();
        let taken = chars::sequence(here).map(|s| s.1);
        invalid += usize::from(taken.is_none() && here.first() != Some(&0xc0));
        rest = here.get(taken.unwrap_or(1)..).unwrap_or_default();
    }
    invalid * 8 > value.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn may_fold(bytes: &[u8]) -> bool {
        leads(bytes).next() == Some(0)
    }

    #[test]
    fn the_table_of_leads_knows_every_character_that_folds() {
        for c in ('\u{80}'..=char::MAX).filter(|&c| fold::look(c.into()).is_some()) {
            assert!(may_fold(c.to_string().as_bytes()), "{c:?}");
        }
    }

    #[test]
    fn the_table_of_leads_knows_every_overlong_sequence() {
        for (a, b) in (0x80..=0xff).flat_map(|a| (0..=0xff).map(move |b| (a, b))) {
            let bytes = [a, b, 0x80, 0x80, 0x80, 0x80];
            let overlong = chars::sequence(&bytes).is_some_and(|(_, _, overlong)| overlong);
            assert!(may_fold(&bytes) || !overlong && a != 0xc0, "{a:#x} {b:#x}");
        }
    }

    proptest! {
        #[test]
        fn full_width_forms_are_their_ascii(text in "[!-~]{1,40}") {
            let wide: String = text.chars().map(|c| char::from_u32(c as u32 + 0xfee0).expect("a form")).collect();
            let mut out = Vec::new();
            let found = decode(wide.as_bytes(), &mut out);
            let tells = text.chars().any(|c| !"!(),:;?~".contains(c));
            prop_assert_eq!(found.changed, tells);
            if tells {
                prop_assert_eq!(out, text.as_bytes());
            }
        }

        #[test]
        fn leads_between_other_characters_are_found(
            parts in prop::collection::vec(prop::sample::select(&[
                "a", "b c", "\u{e9}", "\u{131}", "\u{2019}", "\u{3002}", "\u{ff1c}", "\u{4e2d}", "\u{430}", "\u{1e9f}", "\u{1d4b6}", "\u{a0}", "\u{5d0}", "\u{64a}", "\u{66a}",
            ][..]), 0..200),
        ) {
            let text = parts.concat();
            let mut found = leads(text.as_bytes()).collect::<Vec<_>>().into_iter();
            for (at, c) in text.char_indices().filter(|(_, c)| fold::look(u32::from(*c)).is_some()) {
                prop_assert!(found.any(|f| f == at), "{:?} at {}", c, at);
            }
        }

        #[test]
        fn no_byte_is_too_odd(value in prop::collection::vec(prop_oneof![any::<u8>(), 0x80u8.., Just(0xc0)], 0..80)) {
            let mut out = Vec::new();
            let found = decode(&value, &mut out);
            prop_assert!(out.len() <= value.len());
            prop_assert!(!found.changed || out != value);
        }
    }
}
