//! Percent-encoding (RFC 3986 section 2.1), with what servers have made of it.
//!
//! One layer is undone; the caller comes again for a second. `%uXXXX` is the form of IIS and of JavaScript's `escape()`:
//! the character becomes the ASCII one that Windows would fit best (`%uFF0F` is `/`, `%u0107` is `c`), or its UTF-8.
//! UTF-8 in more bytes than needed (`%c0%af`, forbidden by RFC 3629 section 3) becomes the character it spells. A `%`
//! that begins no escape is kept and flagged; [`drop_stray`] gives the other reading, that of a server which drops it
//! (`%sel%ect` is `select`). A third reading, decoding whatever follows, is that of no server still met and is left out.
//!
//! Changed: `%27`, `a+b` where `+` is a blank, `%u2019`. Not changed: `100%`, `%zz`, `%u12`.

use super::chars::{HEX, NO_HEX};
use super::{Decoded, chars, fold};
use crate::bytes::{Bits, STEP, copy_replaced, unescape, with_bits};
use crate::http::Anomaly;
use memchr::memchr_iter;

/// Bytes taken at a time, and room for them and what is copied along.
const BLOCK: usize = 4 * STEP;
const ROOM: usize = 2 * BLOCK;

/// Undoes one layer; `plus` tells whether `+` stands for a blank.
pub(super) fn decode(value: &[u8], plus: bool, out: &mut Vec<u8>) -> Decoded {
    let mut found = Decoded::default();
    // What is given is never longer than what was taken.
    let blank = if plus { [b'+', b' '] } else { [b'+', b'+'] };
    // PERF: copied, for filling as many bytes with zeros takes an instruction for each.
    out.clear();
    out.extend_from_slice(value);
    out.extend_from_slice(&[0; ROOM]);
    let (mut at, mut to, mut seen) = (0, 0, 0);
    while at < value.len() {
        let rest = value.get(at..).unwrap_or_default();
        let into = out.get_mut(to..).unwrap_or_default();
        let (taken, given, met) = match unescape(rest, into, blank) {
            Some(told) => {
                let met = [
                    (told.escape, ESCAPE),
                    (told.zero, NUL),
                    (told.lead, LEAD),
                    (told.blank, BLANK),
                    (told.stray, STRAY),
                ];
                let met = met.iter().fold(0, |all, (met, bit)| all | if *met { *bit } else { 0 });
                (told.taken, told.given, met)
            }
            None => with_bits(Blocks { value: rest, out: into, blank }),
        };
        (at, to, seen) = (at + taken, to + given, seen | met);
        if at == value.len() {
            break;
        }
        let here = value.get(at..).unwrap_or_default();
        let mut row = here;
        // PERF: beyond ASCII escapes come in rows.
        while let [b'%', digits @ ..] = row
            && let Some(byte) = chars::hex2(digits)
        {
            let Some(slot) = out.get_mut(to) else { break };
            *slot = byte;
            seen |= TOLD[usize::from(byte)];
            to += 1;
            row = digits.get(2..).unwrap_or_default();
        }
        if row.len() < here.len() {
            at += here.len() - row.len();
        } else if let Some((code, len)) = unicode(here) {
            found.changed = true;
            found.flag(Anomaly::PercentUnicode);
            if code == 0 {
                found.flag(Anomaly::EncodedNul);
            }
            if matches!(code, 0xff00..=0xffef) {
                found.flag(Anomaly::FullWidth);
            }
            let char = fold::best_fit(code).map(char::from).or_else(|| char::from_u32(code));
            let mut utf8 = [0; 4];
            let utf8 = char.unwrap_or(char::REPLACEMENT_CHARACTER).encode_utf8(&mut utf8).as_bytes();
            out[to..to + utf8.len()].copy_from_slice(utf8);
            (at, to) = (at + len, to + utf8.len());
        } else {
            out[to] = b'%';
            found.flag(Anomaly::PercentInvalid);
            (at, to) = (at + 1, to + 1);
        }
    }
    out.truncate(to);
    found.changed |= seen & ESCAPE != 0 || plus && seen & BLANK != 0;
    if seen & NUL != 0 {
        found.flag(Anomaly::EncodedNul);
    }
    if seen & STRAY != 0 {
        found.flag(Anomaly::PercentInvalid);
    }
    if seen & LEAD != 0 {
        overlong(out, &mut found);
    }
    found
}

/// Whether an escape stands in `value`.
pub(super) fn may_hold(value: &[u8]) -> bool {
    memchr_iter(b'%', value).any(|at| {
        let here = value.get(at..).unwrap_or_default();
        here.get(1..).and_then(chars::hex2).is_some() || unicode(here).is_some()
    })
}

/// What was met: an escape, one of zero, one that begins a UTF-8 sequence of a kind that can be overlong, a `+`, and a `%` that
/// begins no escape.
const ESCAPE: u8 = 1;
const NUL: u8 = 2;
const LEAD: u8 = 4;
const BLANK: u8 = 8;
const STRAY: u8 = 16;

/// What an escape of each byte is.
static TOLD: [u8; 256] = {
    let (mut told, leads, mut i) = ([ESCAPE; 256], [0xc0, 0xc1, 0xe0, 0xf0, 0xf8, 0xfc], 0);
    while i < leads.len() {
        told[leads[i]] |= LEAD;
        i += 1;
    }
    told[0] |= NUL;
    told
};

/// Copies `value` to the front of `out` with escapes undone, up to the first that is of another kind: how many bytes were taken, how
/// many given, and what was met. `out` has room for [`ROOM`] more bytes than `value` has.
///
/// PERF: where the escapes of a block stand is told at once, and what lies between is copied by the same number of bytes each time, so
/// that an escape costs some twenty instructions.
struct Blocks<'a> {
    value: &'a [u8],
    out: &'a mut [u8],
    blank: [u8; 2],
}

impl Bits for Blocks<'_> {
    type Told = (usize, usize, u8);

    #[inline(always)]
    fn run(self) -> (usize, usize, u8) {
        let (mut at, mut to, mut seen) = (0, 0, 0);
        let mut plain = [0; ROOM];
        while let Some(rest) = self.value.get(at..).filter(|rest| !rest.is_empty())
            && let Some(room) = self.out.get_mut(to..).and_then(|o| o.first_chunk_mut())
        {
            let mut last = [0; BLOCK];
            let (block, len) = match rest.first_chunk() {
                Some(block) => (block, BLOCK),
                None => {
                    last[..rest.len()].copy_from_slice(rest);
                    (&last, rest.len())
                }
            };
            let (taken, given, met) = pass(block, len, room, &mut plain, self.blank);
            (at, to, seen) = (at + taken, to + given, seen | met);
            // An escape that the block cuts is whole in the next one.
            if taken + 2 < len || taken == 0 {
                break;
            }
        }
        (at, to, seen)
    }
}

/// The same of the first `len` bytes of `block`, behind which there are zeros. An escape that the block cuts is not taken.
#[inline(always)]
fn pass(
    block: &[u8; BLOCK],
    len: usize,
    out: &mut [u8; ROOM],
    plain: &mut [u8; ROOM],
    blank: [u8; 2],
) -> (usize, usize, u8) {
    let (mut escapes, mut blanks, mut i) = (0, 0, 0);
    while i < BLOCK / STEP {
        if let (Some(from), Some(into)) = (
            block.get(STEP * i..).and_then(|b| b.first_chunk()),
            out.get_mut(STEP * i..).and_then(|o| o.first_chunk_mut()),
        ) {
            let (stops, froms) = copy_replaced(from, into, b'%', blank);
            escapes |= u64::from(stops) << (STEP * i);
            blanks |= u64::from(froms) << (STEP * i);
        }
        i += 1;
    }
    let met = |blanks: u64| if blanks == 0 { 0 } else { BLANK };
    if escapes == 0 {
        return (len, len, met(blanks));
    }
    if let (Some(to), Some(from)) = (plain.first_chunk_mut::<BLOCK>(), out.first_chunk::<BLOCK>()) {
        *to = *from;
    }
    let (mut from, mut to, mut seen) = (0, 0, 0);
    let end = loop {
        let here = if escapes == 0 { len } else { escapes.trailing_zeros() as usize };
        // PERF: as much as a block has is copied each time, and what is too much is written over. What is told of a block lies in it:
        // remainders stand for bounds that need not be compared.
        if let (Some(part), Some(room)) = (
            plain.get(from % BLOCK..).and_then(|p| p.first_chunk::<BLOCK>()),
            out.get_mut(to % BLOCK..).and_then(|o| o.first_chunk_mut::<BLOCK>()),
        ) {
            *room = *part;
        }
        to += here - from;
        if escapes == 0 {
            break len;
        }
        escapes &= escapes - 1;
        // Behind the end stand zeros, which are no digits.
        let digits = block.get(here + 1..).and_then(|b| b.first_chunk::<2>());
        let Some([high, low]) = digits.map(|two| two.map(|b| HEX[usize::from(b)])) else { break here };
        if high | low == NO_HEX {
            // One that begins no escape stays where it is, and is copied with what follows.
            match block.get(here + 1..) {
                Some([sign, ..]) if here + 2 < len && !matches!(sign, b'u' | b'U') => {
                    (from, seen) = (here, seen | STRAY);
                    continue;
                }
                _ => break here,
            }
        }
        let byte = high << 4 | low;
        if let Some(slot) = out.get_mut(to % ROOM) {
            *slot = byte;
        }
        seen |= TOLD[usize::from(byte)];
        (from, to) = (here + 3, to + 1);
    };
    seen |= met(blanks & u64::MAX.unbounded_shr((BLOCK - end) as u32));
    (end, to, seen)
}

/// The character and the length of a `%uXXXX` escape, or of two that are a surrogate pair.
fn unicode(bytes: &[u8]) -> Option<(u32, usize)> {
    let at = |i: usize| match bytes.get(i..)? {
        [b'%', b'u' | b'U', digits @ ..] => chars::hex4(digits),
        _ => None,
    };
    let code = at(0)?;
    match at(6).and_then(|low| chars::pair(code, low)) {
        Some(code) => Some((code, 12)),
        None => Some((code, 6)),
    }
}

/// Rewrites overlong UTF-8 as what it spells, in place.
fn overlong(out: &mut Vec<u8>, found: &mut Decoded) {
    let (mut from, mut to) = (0, 0);
    while let Some(&byte) = out.get(from) {
        match chars::sequence(&out[from..]) {
            // What is longer than need be leaves room for its shortest form.
            Some((code, len, true)) => {
                let char = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                let mut short = [0; 4];
                let short = char.encode_utf8(&mut short).as_bytes();
                out[to..to + short.len()].copy_from_slice(short);
                (from, to) = (from + len, to + short.len());
                found.flag(Anomaly::OverlongUtf8);
                if code == 0 {
                    found.flag(Anomaly::EncodedNul);
                }
            }
            _ => {
                out[to] = byte;
                (from, to) = (from + 1, to + 1);
            }
        }
    }
    out.truncate(to);
}

/// From so many strays before a sign on, a value is written so throughout.
const SEVERAL: usize = 4;

/// Drops every `%` that begins no escape. A value of percentages (`50% off`) is left alone: only a `%` right before a
/// letter, digit or another `%` can hide a word. Where [`SEVERAL`] stand before any sign, those before punctuation go
/// too (`%(%s%e%l%e%c%t%)`), as classic ASP on IIS drops them all; a pattern of SQL (`'%word%'`) has fewer.
pub(super) fn drop_stray(value: &[u8], out: &mut Vec<u8>) -> Decoded {
    let mut found = Decoded::default();
    let stray = |&at: &usize| match value.get(at + 1..) {
        Some(behind @ [sign, ..]) => {
            sign.is_ascii_graphic() && chars::hex2(behind).is_none() && unicode(&value[at..]).is_none()
        }
        _ => false,
    };
    let strays = || memchr_iter(b'%', value).filter(stray);
    // PERF: next to all escapes are whole.
    if strays().next().is_none() {
        out.extend_from_slice(value);
        return found;
    }
    let throughout = strays().nth(SEVERAL - 1).is_some();
    let mut from = 0;
    for at in strays() {
        if throughout || value.get(at + 1).is_some_and(|&b| b.is_ascii_alphanumeric() || b == b'%') {
            out.extend_from_slice(value.get(from..at).unwrap_or_default());
            (from, found.changed) = (at + 1, true);
        }
    }
    out.extend_from_slice(value.get(from..).unwrap_or_default());
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::levels;
    use proptest::prelude::*;

    fn run(value: &[u8], plus: bool) -> (Decoded, Vec<u8>) {
        let mut out = Vec::new();
        (decode(value, plus, &mut out), out)
    }

    proptest! {
        #[test]
        fn what_is_encoded_decodes(bytes in prop::collection::vec(any::<u8>(), 0..200), plain in any::<u128>()) {
            let mut encoded = Vec::new();
            for (i, &byte) in bytes.iter().enumerate() {
                let plain = plain >> (i % 128) & 1 == 1;
                if plain && byte.is_ascii_alphanumeric() {
                    encoded.push(byte);
                } else {
                    encoded.extend_from_slice(format!("%{byte:02x}").as_bytes());
                }
            }
            let (found, out) = run(&encoded, plain & 1 == 1);
            prop_assert!(!found.anomalies.contains(Anomaly::PercentInvalid));
            prop_assert_eq!(found.anomalies.contains(Anomaly::EncodedNul) , bytes.contains(&0) || out.contains(&0));
            if !found.anomalies.contains(Anomaly::OverlongUtf8) {
                prop_assert_eq!(out, bytes);
            }
        }

        #[test]
        fn blocks_are_undone_as_bytes_are(
            parts in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(&["%41", "%00", "%c0%af", "%", "%4", "%zz", "%u0041", "+", "%2B", "%25", "%D0%9f"][..])
                        .prop_map(|p| p.as_bytes().to_vec()),
                    prop::collection::vec(b'a'..=b'z', 0..40),
                ],
                0..30,
            ),
            plus in any::<bool>(),
        ) {
            let value = parts.concat();
            let (found, out) = run(&value, plus);
            // Behind a letter that is no part of an escape the rest can be read on its own, in pieces shorter than a block.
            let (mut expected, mut changed, mut anomalies) = (Vec::new(), false, crate::http::Anomalies::default());
            for part in value.chunk_by(|a, _| !matches!(a, b'g'..=b't' | b'v'..=b'z')) {
                let (found, out) = run(part, plus);
                changed |= found.changed;
                anomalies.merge(found.anomalies);
                expected.extend(out);
            }
            prop_assert_eq!(out, expected, "{}", value.escape_ascii());
            prop_assert_eq!((found.changed, found.anomalies), (changed, anomalies));
        }

        #[test]
        fn escapes_are_undone_alike_with_vectors_of_any_width(
            parts in prop::collection::vec(
                prop_oneof![
                    any::<[u8; 2]>().prop_map(|[a, b]| vec![b'%', a, b]),
                    prop::sample::select(&b"/09:@AFG`afguU+%"[..]).prop_map(|b| vec![b'%', b]),
                    prop::sample::select(&b"/09:@AFG`afguU+"[..]).prop_map(|b| vec![b'%', b'4', b]),
                    any::<u8>().prop_map(|b| format!("%{b:02x}").into_bytes()),
                    prop::sample::select(&["%c0%af", "%C1%9C", "%00", "%ff", "%u0041", "%E0%80%AF", "%fc%80", "%f8%80"][..])
                        .prop_map(|p| p.as_bytes().to_vec()),
                    prop::collection::vec(any::<u8>(), 0..40),
                ],
                0..60,
            ),
            plus in any::<bool>(),
        ) {
            let value = parts.concat();
            let expected = run(&value, plus);
            for _ in levels() {
                prop_assert_eq!(&run(&value, plus), &expected, "{}", value.escape_ascii());
            }
        }

        #[test]
        fn overlong_utf8_spells_its_character(byte in 0u8..0x80, len in 2usize..=6) {
            let mut encoded = vec![0x80 | byte & 0x3f, 0x80 | byte >> 6];
            encoded.resize(len.max(2), 0x80);
            let lead = [0xc0, 0xe0, 0xf0, 0xf8, 0xfc][len - 2];
            if len == 2 {
                encoded[1] = lead | byte >> 6;
            } else {
                encoded[len - 1] = lead;
            }
            encoded.reverse();
            let text: String = encoded.iter().map(|b| format!("%{b:02X}")).collect();
            let (found, out) = run(text.as_bytes(), false);
            prop_assert!(found.anomalies.contains(Anomaly::OverlongUtf8));
            prop_assert_eq!(out, [byte]);
        }

        #[test]
        fn the_output_is_bounded_and_differs_if_changed(
            value in prop::collection::vec(prop_oneof![Just(b'%'), Just(b'+'), Just(b'u'), b'0'..=b'9', b'a'..=b'f', any::<u8>()], 0..60),
            plus in any::<bool>(),
        ) {
            let (found, out) = run(&value, plus);
            prop_assert!(out.len() <= value.len());
            prop_assert_eq!(found.changed, out != value);
            prop_assert!(may_hold(&value) || !run(&value, false).0.changed);
            let mut out = Vec::new();
            let found = drop_stray(&value, &mut out);
            prop_assert_eq!(found.changed, out != value);
        }
    }
}
