//! One field line (RFC 9112 section 5).

use super::chars::{has_control, is_odd, is_ows, is_token, trim};
use crate::bytes::{first_of, table};
use crate::http::{Anomalies, Anomaly};
use memchr::memchr;
use nom::bytes::complete::{tag, take_till};
use nom::combinator::rest;
use nom::sequence::separated_pair;
use nom::{IResult, Parser};

/// A field line taken apart.
#[derive(Debug)]
pub(super) struct Field<'a> {
    /// The name without what surrounds it; empty if the line has no colon.
    pub name: &'a [u8],
    /// The value without optional whitespace around it.
    pub value: &'a [u8],
    /// Whether the name had to be trimmed to be one.
    pub trimmed: bool,
    /// Whether the name is made of letters, digits and `-` alone.
    pub plain: bool,
    /// Whether the very same line was taken before, and nothing was odd about it.
    pub known: bool,
    pub flags: Anomalies,
}

/// Takes a line apart; never fails.
pub(super) fn parse(text: &[u8]) -> Field<'_> {
    let mut flags = Anomalies::default();
    // PERF: where the name ends and what it is made of is found in one walk.
    let (mut end, mut kinds) = (0, 0);
    while let Some(&b) = text.get(end).filter(|&&b| b != b':') {
        kinds |= NAME[usize::from(b)];
        end += 1;
    }
    let (raw, value) = match text.split_at(end) {
        (raw, [_, value @ ..]) => (raw, value),
        _ => {
            flags.insert(Anomaly::FieldMissingColon);
            kinds = 0;
            (&b""[..], text)
        }
    };
    let name = if kinds & ODD == 0 { raw } else { trim(raw, is_odd) };
    let trimmed = name.len() != raw.len();
    if name.is_empty() && !flags.contains(Anomaly::FieldMissingColon) {
        flags.insert(Anomaly::FieldNameEmpty);
    }
    if trimmed || kinds & NO_TOKEN != 0 {
        flags.insert(Anomaly::FieldNameInvalid);
    }
    let plain = kinds & NOT_PLAIN == 0;
    let value = trim(value, is_ows);
    if has_control(text) {
        if memchr(0, text).is_some() {
            flags.insert(Anomaly::NulByte);
        }
        if memchr(b'\r', text).is_some() {
            flags.insert(Anomaly::BareCr);
        }
        if value.iter().any(|&b| b < 0x20 && b != b'\t' || b == 0x7f) {
            flags.insert(Anomaly::FieldValueInvalid);
        }
    }
    // C1 controls and no-break spaces that some runtimes strip; inside UTF-8 text they are ordinary.
    let stray = |b: Option<&u8>| matches!(b, Some(0x85 | 0xa0));
    let before_last = value.len().checked_sub(2).and_then(|i| value.get(i));
    if stray(value.first()) || stray(value.last()) && before_last.is_none_or(|&b| b < 0x80) {
        flags.insert(Anomaly::FieldValueInvalid);
    }
    Field { name, value, trimmed, plain, known: false, flags }
}

/// The field line that `input` begins with, if it is written as nearly all are and nothing is odd about it: name, value, and
/// what follows the line, which is at most `limit` bytes long.
pub(super) fn plainly(input: &[u8], limit: usize) -> Option<(&[u8], &[u8], &[u8])> {
    // PERF: where the name ends and what it is made of is found in one walk.
    let colon = input.iter().position(|&b| NAME[usize::from(b)] != 0)?;
    let (name, behind) = input.split_at_checked(colon)?;
    let behind = behind.strip_prefix(b": ")?;
    let end = first_of(behind, [b'\n'])?;
    let (value, rest) = behind.split_at_checked(end)?;
    let (value, rest) = (value.strip_suffix(b"\r")?, rest.get(1..)?);
    // PERF: no early exit, so that the loop becomes vector code.
    let text = value.iter().fold(true, |text, &b| text & (0x20..0x7f).contains(&b));
    let trimmed = value.first() != Some(&b' ') && value.last() != Some(&b' ');
    let plain = text && trimmed && !name.is_empty() && input.len() - rest.len() <= limit;
    plain.then_some((name, value, rest))
}

/// A field that was taken before, in which nothing is odd.
pub(super) fn again<'a>(name: &'a [u8], value: &'a [u8]) -> Field<'a> {
    Field { name, value, trimmed: false, plain: true, known: true, flags: Anomalies::default() }
}

/// In [`NAME`]: a byte that some implementation strips; one that is in no token; neither letter nor digit nor `-`.
const ODD: u8 = 1;
const NO_TOKEN: u8 = 2;
const NOT_PLAIN: u8 = 4;

/// What the bytes of a name are.
static NAME: [u8; 256] = table!(b => if is_odd(b) { ODD } else { 0 }
            | if is_token(b) { 0 } else { NO_TOKEN }
            | if b.is_ascii_alphanumeric() || b == b'-' { 0 } else { NOT_PLAIN });

/// Whether a line reads as a field: a token and a colon.
pub(super) fn is_field(text: &[u8]) -> bool {
    grammar(text).is_ok_and(|(_, (name, _))| !name.is_empty() && name.iter().copied().all(is_token))
}

fn grammar(text: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    separated_pair(take_till(|b| b == b':'), tag(&b":"[..]), rest).parse(text)
}
