//! The status line (RFC 9112 section 4), and what browsers take for one.

use super::chars::{is_blank, trim};
use super::side::Front;
use crate::http::{Anomalies, Anomaly, Version};
use memchr::{memchr, memmem};
use nom::branch::alt;
use nom::bytes::complete::{tag, take_while_m_n};
use nom::combinator::{eof, rest, value};
use nom::sequence::preceded;
use nom::{IResult, Parser};

/// A status line taken apart.
#[derive(Debug)]
pub(super) struct StatusLine<'a> {
    pub status: Option<u16>,
    pub version: Version,
    pub reason: &'a [u8],
    pub flags: Anomalies,
}

/// Takes a line apart; `None` if nobody would read it as a status line.
pub(super) fn parse(text: &[u8]) -> Option<StatusLine<'_>> {
    if let Ok((_, (version, status, reason))) = strict(text) {
        let mut flags = Anomalies::default();
        if !(100..600).contains(&status) {
            flags.insert(Anomaly::StatusLineInvalid);
        }
        if memchr(0, text).is_some() {
            flags.insert(Anomaly::NulByte);
        }
        return Some(StatusLine { status: Some(status), version, reason, flags });
    }
    lax(text)
}

/// Where in a line out of sync a status line begins.
pub(super) fn find(text: &[u8]) -> Option<usize> {
    memmem::find_iter(text, b"HTTP/1.").find(|&i| {
        let line = text.get(i..).unwrap_or_default();
        strict(line)
            .is_ok_and(|(_, (version, status, _))| version != Version::Other && (100..600).contains(&status))
    })
}

/// Whether a response begins here.
pub(super) fn front(bytes: &[u8]) -> Front {
    const NAME: &[u8] = b"HTTP/";
    let n = bytes.len().min(NAME.len());
    if !bytes.get(..n).unwrap_or_default().eq_ignore_ascii_case(NAME.get(..n).unwrap_or_default()) {
        Front::Other
    } else if n == NAME.len() {
        Front::Start
    } else {
        Front::Unknown
    }
}

/// `HTTP/1.x`, one space, three digits, and nothing or a space and the reason.
fn strict(text: &[u8]) -> IResult<&[u8], (Version, u16, &[u8])> {
    let version = alt((
        value(Version::Http11, tag(&b"HTTP/1.1 "[..])),
        value(Version::Http10, tag(&b"HTTP/1.0 "[..])),
        value(Version::Http09, tag(&b"HTTP/0.9 "[..])),
    ));
    let digits = take_while_m_n(3, 3, |b: u8| b.is_ascii_digit());
    let reason = alt((eof, preceded(tag(&b" "[..]), rest)));
    (version, digits.map(number), reason).parse(text)
}

fn lax(text: &[u8]) -> Option<StatusLine<'_>> {
    let gap = |b: u8| is_blank(b) || matches!(b, 0 | b'\r');
    let line = trim(text, gap);
    let mut tokens = line.split(|&b| gap(b)).filter(|t| !t.is_empty());
    let first = tokens.next()?;
    let second = tokens.clone().next().unwrap_or_default();
    let three = |t: &[u8]| t.len() == 3 && t.iter().all(u8::is_ascii_digit);
    let http = first.get(..4).is_some_and(|p| p.eq_ignore_ascii_case(b"HTTP"))
        && first.get(4).is_none_or(|b| !b.is_ascii_alphanumeric() || b.is_ascii_digit());
    if !http && !(three(second) && (memchr(b'/', first).is_some() || first == b"ICY")) {
        return None;
    }
    let mut flags = Anomalies::default();
    flags.insert(Anomaly::StatusLineInvalid);
    if memchr(0, text).is_some() {
        flags.insert(Anomaly::NulByte);
    }
    if memchr(b'\r', line).is_some() {
        flags.insert(Anomaly::BareCr);
    }
    // Readers that take the first three digits of more exist.
    let digits = |t: &&[u8]| t.len() >= 3 && t.iter().all(u8::is_ascii_digit);
    let status = tokens.take(2).find(digits).and_then(|t| t.get(..3)).map(number).filter(|&n| n >= 100);
    let version = match first {
        b"HTTP/1.1" => Version::Http11,
        b"HTTP/1.0" => Version::Http10,
        b"HTTP/0.9" => Version::Http09,
        _ => Version::Other,
    };
    Some(StatusLine { status, version, reason: text, flags })
}

fn number(digits: &[u8]) -> u16 {
    digits.iter().fold(0, |n: u16, b| n.saturating_mul(10).saturating_add(u16::from(b.wrapping_sub(b'0'))))
}
