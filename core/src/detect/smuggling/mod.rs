//! Request smuggling: one request for one server, two for the next (CWE-444).
//!
//! What comes in: [`Fields`] takes the fields of a head and the oddities of its framing; [`judge`] takes one value and
//! looks for a second request inside it. What goes out: hits, at the field that two readers would read differently or at
//! the value that carries the request. What always holds: what every reader takes for the same framing is no hit, however
//! unusual (a Content-Length given twice alike, `gzip, chunked`). To add a trick with a field: `fields.rs`.
//!
//! Fires: Content-Length beside Transfer-Encoding; `xchunked`, `chunked, identity`; Content-Length `+8`, or 8 and 9;
//! `0\r\n\r\nGET /admin HTTP/1.1` in a body; `/a HTTP/1.1\r\nHost: b` in a path. Must not: `gzip, chunked`; a server log or
//! a lesson about HTTP posted as text. Sources: RFC 9112 sections 5.1, 6.1, 6.3, 7.1 and 11.2; RFC 9113 section 8.2.2; CWE-444;
//! Linhart et al., "HTTP Request Smuggling" (2005); Kettle, "HTTP Desync Attacks" (2019), "HTTP/2: The Sequel is Always
//! Worse" (2021).

mod fields;
pub(super) mod techniques;

pub use fields::Fields;

use super::lex::find::{find, find_each};
use super::{Class, Groups, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::points::Place;
use std::ops::Range;

/// Most places looked at in one value.
const PLACES: usize = 16;
/// Longest target looked back over from the version.
const LINE: usize = 2 << 10;

fn hit(technique: &'static str, confidence: u8, span: Range<usize>, reason: &'static str) -> Hit {
    Hit { class: Class::Smuggling, technique, confidence, span, reason: reason.into() }
}

/// Judges one value: does it carry a request of its own?
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let lines = value.wake.any(Wake::NEWLINE);
    // Fields of one line name versions as a matter of course (`Via`, agents).
    if !lines && matches!(value.place, Place::HeaderValue | Place::CookieValue) {
        return;
    }
    let framing = lines && is_line(value.place);
    // The version stands behind a blank, so that its name is a word.
    let version = value.words.any(Groups::HTTP) && value.wake.any(Wake::SLASH);
    if !version && !framing {
        return;
    }
    let bytes = value.bytes;
    let mut best: Option<Hit> = None;
    for at in find_each(bytes, b"HTTP/").take(PLACES) {
        let Some(request) = Request::ending(bytes, at) else { continue };
        if let Some(found) = request.judge(value, lines)
            && best.as_ref().is_none_or(|b| b.confidence < found.confidence)
        {
            best = Some(found);
        }
    }
    if best.is_none() && framing {
        best = framing_field(bytes);
    }
    if let Some(best) = best {
        hits.push(best);
    }
}

/// Places that are one line of the message, so that a line end in them ends it for some reader.
fn is_line(place: Place) -> bool {
    use Place::*;
    matches!(place, Method | Target | HeaderName | HeaderValue | CookieName | CookieValue)
}

/// A request line found in a value.
struct Request {
    /// Where its method begins, and where the version ends.
    span: Range<usize>,
    /// Whether it begins the value or a line, letters directly before the method aside.
    at_start: bool,
    begins_line: bool,
    /// Letters that stand directly before the method: what a poisoned connection leaves there.
    stuck: usize,
    /// Whether nothing but the line end follows the version, and whether a field line follows.
    complete: bool,
    field: bool,
}

/// Methods a smuggled request would use (RFC 9110 section 9, RFC 5789).
static METHODS: &[&[u8]] =
    &[b"GET", b"POST", b"PUT", b"DELETE", b"HEAD", b"OPTIONS", b"PATCH", b"TRACE", b"CONNECT"];

impl Request {
    /// The request line whose version stands at `at`.
    fn ending(bytes: &[u8], at: usize) -> Option<Request> {
        let tail = bytes.get(at + 5..)?;
        let version = tail.iter().take(8).take_while(|b| b.is_ascii_digit() || **b == b'.').count();
        if version == 0 || !matches!(bytes.get(at.checked_sub(1)?), Some(b' ' | b'\t' | b'+')) {
            return None;
        }
        let from = at.saturating_sub(LINE);
        let start = memchr::memrchr2(b'\r', b'\n', bytes.get(from..at)?).map_or(from, |i| from + i + 1);
        let line = bytes.get(start..at - 1)?;
        let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'+');
        let target = line.iter().rposition(blank)? + 1;
        let goal = line.get(target..)?;
        let url = |s: &[u8]| goal.get(..s.len()).is_some_and(|g| g.eq_ignore_ascii_case(s));
        if !(goal.starts_with(b"/") || goal == b"*" || url(b"http://") || url(b"https://")) {
            return None;
        }
        let head = line.get(..target - 1)?;
        let method = METHODS.iter().find(|m| head.ends_with(m))?;
        let before = head.get(..head.len() - method.len())?;
        let stuck = before.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
        let begins_line = stuck == before.len() && stuck <= 8;
        let end = at + 5 + version;
        let after = bytes.get(end..)?;
        let after_line = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n"));
        Some(Request {
            span: start + head.len() - method.len()..end,
            at_start: start == 0 && begins_line,
            begins_line,
            stuck,
            complete: after.is_empty() || after_line.is_some(),
            field: after_line.is_some_and(is_field),
        })
    }

    fn judge(&self, value: &Value<'_>, lines: bool) -> Option<Hit> {
        use Place::*;
        let bytes = value.bytes;
        let before = bytes.get(..self.span.start - self.stuck)?;
        let ended = ends_chunks(before);
        let prose = is_prose(before) || is_prose(bytes.get(self.span.end..)?);
        let (technique, confidence, reason) = match value.place {
            _ if ended && self.begins_line => {
                let sure = !prose || matches!(value.place, Text | Raw | FormName) && before.len() < 64;
                let why = "the last chunk of a chunked body and a request behind it: a server that goes by Content-Length \
                           takes it for data, one that goes by chunks answers it";
                ("chunk-end-request", if sure { 92 } else { 42 }, why)
            }
            Method | Target | HeaderName | HeaderValue | CookieName | CookieValue if lines => (
                "request-splitting",
                90,
                "a line end and a request line where the message has one line: written out for the next server it is a \
                 request of its own",
            ),
            Path | PathSegment | QueryName if lines && self.complete => (
                "request-splitting",
                86,
                "an encoded line end and a request line: a proxy that decodes the target sends a second request",
            ),
            Text if self.at_start && value.first && self.field => (
                "request-in-body",
                if self.stuck > 0 { 84 } else { 74 },
                "the body is a request of its own: a server that overlooks the length answers it as the next one",
            ),
            QueryValue if lines && self.begins_line && self.complete && !prose => (
                "request-splitting",
                84,
                "a line end and a request line in a parameter: a request that is built from it becomes two",
            ),
            FormValue | JsonValue | XmlAttr | XmlText
                if lines && self.begins_line && !self.at_start && self.complete && !prose =>
            {
                (
                    "request-splitting",
                    if before.len() < 64 { 66 } else { 42 },
                    "a line end and a request line in a parameter: a request that is built from it becomes two",
                )
            }
            QueryValue if self.at_start && bytes.len() == self.span.end && self.is_absolute(bytes) => (
                "request-line",
                56,
                "the value is the first line of a request to a proxy: it is meant to become one",
            ),
            _ if lines && self.begins_line && self.complete => (
                "request-in-body",
                32,
                "text with a request line in it: posted as text, or meant for the next server",
            ),
            _ => return None,
        };
        Some(hit(technique, confidence, self.span.clone(), reason))
    }

    fn is_absolute(&self, bytes: &[u8]) -> bool {
        bytes.get(self.span.clone()).is_some_and(|line| find(line, b"://").is_some())
    }
}

/// Whether text ends with what ends a chunked body, the empty line included.
fn ends_chunks(before: &[u8]) -> bool {
    let Some(rest) = before.strip_suffix(b"\n") else { return false };
    let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
    let Some(rest) = rest.strip_suffix(b"\n") else { return false };
    let rest = rest.strip_suffix(b"\r").unwrap_or(rest);
    let zeros = rest.iter().rev().take_while(|b| **b == b'0').count();
    zeros > 0 && rest.get(..rest.len() - zeros).is_some_and(|head| head.is_empty() || head.ends_with(b"\n"))
}

/// Whether text is sentences: several words of lower case in a row.
fn is_prose(text: &[u8]) -> bool {
    let words =
        text.windows(3).filter(|w| w[1] == b' ' && w[0].is_ascii_alphanumeric() && w[2].is_ascii_lowercase());
    words.take(5).count() > 4
}

/// Whether a line begins with a field: a name and a colon.
fn is_field(line: &[u8]) -> bool {
    let name =
        line.iter().take(64).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    name > 1 && line.get(name) == Some(&b':')
}

/// A line end and a field that frames the message, in a place of one line.
fn framing_field(bytes: &[u8]) -> Option<Hit> {
    for at in memchr::memchr2_iter(b'\n', b'\r', bytes).take(PLACES) {
        let line = bytes.get(at + 1..)?;
        for name in [&b"transfer-encoding"[..], b"content-length"] {
            let named = line.get(..name.len()).is_some_and(|l| l.eq_ignore_ascii_case(name));
            if named && line.get(name.len()..)?.trim_ascii_start().starts_with(b":") {
                return Some(hit(
                    "field-splitting",
                    90,
                    at..at + 1 + name.len(),
                    "a line end and a field that frames the message: written out for the next server it ends the request \
                     elsewhere",
                ));
            }
        }
    }
    None
}
