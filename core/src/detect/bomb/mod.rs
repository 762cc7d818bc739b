//! Data that grows when it is read (CWE-409, CWE-776).
//!
//! What comes in: the beginning of a file or text, or a window of it. What goes out: a hit if what it says of itself comes to
//! far more than it is. What always holds: headers are read, nothing is unpacked; one pass. To add a format: a function
//! here and a line in [`judge`].
//!
//! Fires: a ZIP entry that says it unpacks to a thousand times its size; a picture of two billion pixels in a few bytes; YAML
//! whose aliases name lists of aliases. Must not: archives of text (a hundred times at most), panoramas of 300 megapixels,
//! configuration with anchors. The engine adds two of its own: bodies whose content coding expands without bounds, and
//! nesting deeper than the limit. Entities of XML that expand are `xxe` (technique `entity-bomb`), which reads document
//! types. Sources: APPNOTE.TXT 6.3.10 sections 4.3.7 and 4.3.12 (ZIP), RFC 1951 (deflate gains 1,032 at most), PNG (third
//! edition) section 11.2.1, GIF89a, ITU-T T.81 annex B (JPEG), YAML 1.2.2 section 3.2.2.2, CWE-409, CWE-776.

pub(super) mod techniques;

use super::lex::find::find_each;
use super::{Class, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::points::Place;
use std::ops::Range;

/// Pixels beyond which no camera, scanner or stitcher gets.
const PIXELS: u64 = 600_000_000;
/// Unpacked bytes and ratio from which an entry of an archive is a bomb.
const UNPACKED: u64 = 32 << 20;
const RATIO: u64 = 400;
/// Nodes that aliases come to.
const NODES: u64 = 100_000;
/// Anchors kept of one text.
const ANCHORS: usize = 32;

fn hit(technique: &'static str, confidence: u8, span: Range<usize>, reason: String) -> Hit {
    Hit { class: Class::Bomb, technique, confidence, span, reason: reason.into() }
}

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    if !matches!(value.place, Place::FileContent | Place::Text | Place::Raw | Place::FormValue) {
        return;
    }
    if value.wake.any(Wake::CONTROL) {
        hits.extend(archive(value.bytes));
        if value.first {
            hits.extend(picture(value.bytes));
        }
    } else if value.wake.all(Wake::AMPERSAND.or(Wake::STAR).or(Wake::COLON)) {
        hits.extend(aliases(value.bytes));
    }
}

/// Little-endian number of `N` bytes at `at`.
fn le<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    Some(bytes.get(at..at + N)?.iter().rev().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// Big-endian number of `N` bytes at `at`.
fn be<const N: usize>(bytes: &[u8], at: usize) -> Option<u64> {
    Some(bytes.get(at..at + N)?.iter().fold(0, |n, b| n << 8 | u64::from(*b)))
}

/// What the headers of a ZIP archive, local or central, say of packed and unpacked sizes.
fn archive(bytes: &[u8]) -> Option<Hit> {
    let (mut unpacked, mut packed, mut first, mut entries) = (0u64, 0u64, None, 0);
    for (magic, from) in [(&b"PK\x03\x04"[..], 18), (b"PK\x01\x02", 20)] {
        for at in find_each(bytes, magic).take(512) {
            let (Some(small), Some(large)) = (le::<4>(bytes, at + from), le::<4>(bytes, at + from + 4))
            else {
                break;
            };
            // All ones: the sizes stand in the ZIP64 field.
            if large == 0xffff_ffff || small > large {
                continue;
            }
            (unpacked, packed, entries) = (unpacked + large, packed + small, entries + 1);
            first.get_or_insert(at);
        }
    }
    let at = first?;
    let bomb = unpacked >= UNPACKED && unpacked / packed.max(1) >= RATIO;
    bomb.then(|| {
        let why = format!(
            "{entries} entries of an archive unpack from {packed} to {unpacked} bytes by their own account"
        );
        hit("archive-ratio", 82, at..at + 4, why)
    })
}

/// The size a picture says it has.
fn picture(bytes: &[u8]) -> Option<Hit> {
    let (width, height) = if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        (be::<4>(bytes, 16)?, be::<4>(bytes, 20)?)
    } else if bytes.starts_with(b"GIF8") {
        (le::<2>(bytes, 6)?, le::<2>(bytes, 8)?)
    } else if bytes.starts_with(b"\xff\xd8\xff") {
        frame(bytes)?
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..16) == Some(b"WEBPVP8X") {
        (le::<3>(bytes, 24)? + 1, le::<3>(bytes, 27)? + 1)
    } else {
        return None;
    };
    (width.saturating_mul(height) > PIXELS).then(|| {
        let why = format!(
            "a picture of {width} by {height} pixels by its own account: unpacked it fills the memory"
        );
        hit("picture-size", 78, 0..bytes.len().min(26), why)
    })
}

/// Width and height in the frame header of a JPEG.
fn frame(bytes: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    for _ in 0..64 {
        let (mark, kind) = (*bytes.get(at)?, *bytes.get(at + 1)?);
        if mark != 0xff {
            return None;
        }
        if matches!(kind, 0xc0..=0xcf) && !matches!(kind, 0xc4 | 0xc8 | 0xcc) {
            return Some((be::<2>(bytes, at + 7)?, be::<2>(bytes, at + 5)?));
        }
        at += 2 + usize::try_from(be::<2>(bytes, at + 2)?).ok()?;
    }
    None
}

/// How many nodes the anchors of YAML come to, lists of aliases multiplied out.
fn aliases(bytes: &[u8]) -> Option<Hit> {
    let mut known: [(&[u8], u64); ANCHORS] = [(b"", 0); ANCHORS];
    let (mut count, mut largest, mut first) = (0, 0u64, None);
    // PERF: lists of aliases name the same anchor again and again.
    let mut last: (&[u8], u64) = (b"", 0);
    let name = |at: usize| {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let len = rest
            .iter()
            .take(64)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            .count();
        rest.get(..len).unwrap_or_default()
    };
    for at in memchr::memchr2_iter(b'&', b'*', bytes).take(4096) {
        let word = name(at);
        if word.is_empty() {
            continue;
        }
        if bytes.get(at) == Some(&b'&') {
            // `key: &name`, the anchor of a value.
            let before = bytes.get(..at).unwrap_or_default().trim_ascii_end();
            if matches!(before.last(), Some(b':' | b'-' | b'[' | b',')) {
                count = (count + 1).min(ANCHORS);
                last.0 = b"";
                if let Some(slot) = known.get_mut(count - 1) {
                    *slot = (word, 1);
                }
                first.get_or_insert(at);
            }
            continue;
        }
        let (done, open) = known.split_at_mut(count.saturating_sub(1));
        if last.0 != word {
            last = (word, done.iter().find(|k| k.0 == word).map_or(0, |k| k.1));
        }
        let size = last.1;
        if let Some(slot) = open.first_mut().filter(|_| count > 0) {
            slot.1 = slot.1.saturating_add(size);
            largest = largest.max(slot.1);
        }
    }
    let at = first.filter(|_| largest >= NODES)?;
    let why = format!("{count} anchors whose aliases name each other come to {largest} nodes");
    Some(hit("alias-expansion", 86, at..at + 1, why))
}
