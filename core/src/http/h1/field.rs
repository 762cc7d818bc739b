//! One field line (RFC 9112 section 5).

use super::chars::{has_control, is_odd, is_ows, is_token, trim};
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
    pub flags: Anomalies,
}

/// Takes a line apart; never fails.
pub(super) fn parse(text: &[u8]) -> Field<'_> {
    let mut flags = Anomalies::default();
    let (raw, value) = match grammar(text) {
        Ok((_, (name, value))) => (name, value),
        Err(_) => {
            flags.insert(Anomaly::FieldMissingColon);
            (&b""[..], text)
        }
    };
    let name = trim(raw, is_odd);
    let trimmed = name.len() != raw.len();
    if name.is_empty() && !flags.contains(Anomaly::FieldMissingColon) {
        flags.insert(Anomaly::FieldNameEmpty);
    }
    if trimmed || !name.iter().copied().all(is_token) {
        flags.insert(Anomaly::FieldNameInvalid);
    }
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
    Field { name, value, trimmed, flags }
}

/// Whether a line reads as a field: a token and a colon.
pub(super) fn is_field(text: &[u8]) -> bool {
    grammar(text).is_ok_and(|(_, (name, _))| !name.is_empty() && name.iter().copied().all(is_token))
}

fn grammar(text: &[u8]) -> IResult<&[u8], (&[u8], &[u8])> {
    separated_pair(take_till(|b| b == b':'), tag(&b":"[..]), rest).parse(text)
}
