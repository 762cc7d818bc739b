//! The signs of everyday text where they stand as they do in it: `O'Brien`, `(set of 2)`, `10:21`, `24/10`, `soap & water`.
//!
//! What comes in: a short value and where its plain bytes stand. What goes out: the kinds of its other bytes, if each of them is
//! a sign that stands so. What always holds: a sign that could part, open or close anything stands otherwise.

use crate::bytes::{Plain, Wake};
use crate::points::Place;

/// The kinds of byte in `bytes` beside the plain ones, if each stands as in everyday text, and where the signs of base64 among
/// them stand.
pub(super) fn everyday(place: Place, bytes: &[u8], made: &Plain) -> Option<(Wake, u64)> {
    let (letters, digits) = (made.letters, made.digits);
    let mut left = made.others(bytes.len());
    let (mut kinds, mut open, mut joins) = (Wake::NONE, false, 0);
    while left != 0 {
        let at = left.trailing_zeros() as usize;
        left &= left - 1;
        let behind = bytes.get(at + 1).copied();
        let before = at.checked_sub(1).and_then(|at| bytes.get(at)).copied();
        // The bits of the bytes around it.
        let is_before = |mask: u64| mask << 1 >> at & 1 != 0;
        let is_behind = |mask: u64| mask >> at & 2 != 0;
        let ends = matches!(behind, None | Some(b' '));
        let first = |kind| !kinds.any(kind);
        let kind = match bytes.get(at)? {
            // One alone takes no word apart for a shell.
            b'\''
                if first(Wake::SINGLE)
                    && (is_before(letters) || before >= Some(0x80))
                    && (is_behind(letters) || behind >= Some(0x80)) =>
            {
                Wake::SINGLE
            }
            b'(' if first(Wake::PAREN)
                && before == Some(b' ')
                && (is_behind(letters | digits) || behind >= Some(0x80)) =>
            {
                open = true;
                Wake::PAREN
            }
            b')' if open
                && (is_before(letters | digits | made.dots) || before >= Some(0x80))
                && matches!(behind, None | Some(b' ' | b',' | b'.')) =>
            {
                open = false;
                Wake::PAREN
            }
            b'/' if (is_before(letters | digits) || at == 0 && place == Place::Path)
                && is_behind(letters | digits) =>
            {
                Wake::SLASH
            }
            b':' if is_before(digits) && is_behind(digits) => Wake::COLON,
            b'&' if before == Some(b' ') && behind == Some(b' ') => Wake::AMPERSAND,
            b'!' if is_before(letters | digits) && ends => Wake::BANG,
            b'?' if is_before(letters | digits) && ends => Wake::NONE,
            b'@' if first(Wake::AT)
                && made.spaces == 0
                && is_before(letters | digits)
                && is_behind(letters | digits) =>
            {
                Wake::AT
            }
            // Elsewhere it stands for a blank.
            b'+' if place == Place::JsonValue && is_behind(digits) && (at == 0 || is_before(digits)) => {
                Wake::PLUS
            }
            // The letters of western Europe in UTF-8, without the two signs among them.
            0xc3 if matches!(behind, Some(0x80..=0xbf)) && !matches!(behind, Some(0x97 | 0xb7)) => {
                left &= left - 1;
                Wake::HIGH
            }
            _ => return None,
        };
        kinds = kinds.or(kind);
        if kind.any(Wake::SLASH.or(Wake::PLUS)) {
            joins |= 1 << at;
        }
    }
    // A component of a filter, a query in a call.
    let apart = Wake::AMPERSAND.or(Wake::BANG).or(Wake::COLON);
    // A string that ends, and a path or the end of a tag behind it.
    let told = open
        || kinds.any(Wake::PAREN) && kinds.any(apart)
        || kinds.all(Wake::SINGLE.or(Wake::SLASH))
        || kinds.any(Wake::SLASH) && made.underscores != 0;
    (!told).then_some((kinds, joins))
}
