//! The request line (RFC 9112 section 3), as strict and as lax as servers read it.

use super::chars::{has_control, is_blank, is_token};
use super::side::Front;
use crate::bytes::first_of;
use crate::http::{Anomalies, Anomaly, METHODS, Version, is_registered_method};
use memchr::{memchr, memchr_iter, memmem};
use nom::bytes::complete::{tag, tag_no_case, take_till, take_while, take_while1};
use nom::character::complete::digit1;
use nom::combinator::all_consuming;
use nom::{IResult, Parser};

/// A request line taken apart.
#[derive(Debug)]
pub(super) struct RequestLine<'a> {
    pub method: &'a [u8],
    pub target: &'a [u8],
    pub version: Version,
    /// The version and what follows it, where that is not one of the usual versions.
    pub odd_version: &'a [u8],
    pub flags: Anomalies,
}

/// Takes a line apart; `None` if it is no request line by any reading. `cut` tells that the line goes on.
pub(super) fn parse(text: &[u8], cut: bool) -> Option<RequestLine<'_>> {
    let (rest, (lead, method, gap)) = parts(text).ok()?;
    let mut flags = Anomalies::default();
    let mut flag = |when: bool, anomaly| {
        if when {
            flags.insert(anomaly);
        }
    };
    flag(!lead.is_empty(), Anomaly::LeadingWhitespace);
    let (mut target, version_text) = if cut { (rest, None) } else { split_version(rest) };
    let mut method = method;
    if target.is_empty() && (method.starts_with(b"/") || memmem::find(method, b"://").is_some()) {
        (method, target) = (b"", method);
    }
    if version_text.is_none() && !plausible(method, target) {
        return None;
    }
    let blanks = text.len() - lead.len() - method.len() - target.len() - version_text.map_or(0, <[u8]>::len);
    let wanted = usize::from(!method.is_empty() && !target.is_empty()) + usize::from(version_text.is_some());
    let odd_gap = |at: &[u8]| at.first().is_some_and(|&b| b != b' ');
    let before_version = version_text.map_or(0, |v| v.len() + 1);
    let before_version = text.get(text.len() - before_version.min(text.len())..).unwrap_or_default();
    flag(
        blanks != wanted || odd_gap(gap) || version_text.is_some() && odd_gap(before_version),
        Anomaly::Delimiter,
    );
    flag(!is_registered_method(method), Anomaly::MethodUnknown);
    flag(target.iter().copied().any(is_blank), Anomaly::TargetSpaces);
    flag(memchr(b'#', target).is_some(), Anomaly::TargetFragment);
    if has_control(text) {
        flag(memchr(0, text).is_some(), Anomaly::NulByte);
        flag(memchr(b'\r', text).is_some(), Anomaly::BareCr);
    }
    let (version, odd_version) = match version_text {
        Some(b"HTTP/1.1") => (Version::Http11, &b""[..]),
        Some(b"HTTP/1.0") => (Version::Http10, &b""[..]),
        Some(b"HTTP/0.9") => (Version::Http09, &b""[..]),
        Some(odd) => {
            flag(true, Anomaly::ProtocolInvalid);
            let version = match odd.to_ascii_uppercase().as_slice() {
                b"HTTP/1.1" => Version::Http11,
                b"HTTP/1.0" => Version::Http10,
                _ => Version::Other,
            };
            (version, odd)
        }
        None if cut => (Version::Other, &b""[..]),
        None => (Version::Http09, &b""[..]),
    };
    flag(version == Version::Http09, Anomaly::Http09);
    Some(RequestLine { method, target, version, odd_version, flags })
}

/// The request line that `input` begins with and what follows it, if it is written as nearly all are: a path, one of the
/// everyday methods, HTTP/1.1, nothing odd. The line is at most `limit` bytes long.
pub(super) fn plainly(input: &[u8], limit: usize) -> Option<(RequestLine<'_>, &[u8])> {
    const EVERYDAY: [&[u8]; 7] = [b"GET", b"POST", b"PUT", b"HEAD", b"DELETE", b"PATCH", b"OPTIONS"];
    let everyday = EVERYDAY.iter().find(|m| input.starts_with(m) && input.get(m.len()) == Some(&b' '))?;
    let (method, behind) = input.split_at(everyday.len());
    let behind = behind.get(1..).filter(|behind| behind.starts_with(b"/"))?;
    let (target, rest) = behind.split_at(first_of(behind, [b' ', b'\n'])?);
    let rest = rest.strip_prefix(b" HTTP/1.1\r\n")?;
    // PERF: no early exit, so that the loop becomes vector code.
    let plain = target.iter().fold(true, |plain, &b| plain & b.is_ascii_graphic() & (b != b'#'));
    let line = RequestLine {
        method,
        target,
        version: Version::Http11,
        odd_version: b"",
        flags: Anomalies::default(),
    };
    (plain && input.len() - rest.len() <= limit).then_some((line, rest))
}

/// Where in a line out of sync a request line begins: a registered method, a target, and HTTP/1.x at the end.
pub(super) fn find(text: &[u8]) -> Option<usize> {
    if !text.ends_with(b" HTTP/1.1") && !text.ends_with(b" HTTP/1.0") {
        return None;
    }
    memchr_iter(b' ', text).find_map(|i| {
        let (before, after) = text.split_at(i);
        let target = *after.get(1)?;
        if !target.is_ascii_graphic() {
            return None;
        }
        // PRI begins HTTP/2, not a request.
        let method = METHODS.iter().find(|m| before.ends_with(m) && **m != b"PRI")?;
        let fits = matches!(target, b'/' | b'*' | b'h' | b'H') || *method == b"CONNECT";
        fits.then(|| before.len() - method.len())
    })
}

/// Whether a request begins here: a registered method and a space.
pub(super) fn front(bytes: &[u8]) -> Front {
    let mut open = false;
    for method in METHODS {
        match bytes.strip_prefix(*method) {
            Some([b' ', ..]) => return Front::Start,
            Some([]) => open = true,
            Some(_) => {}
            None => open |= method.starts_with(bytes),
        }
    }
    if open { Front::Unknown } else { Front::Other }
}

type Three<'a> = (&'a [u8], &'a [u8], &'a [u8]);

fn parts(text: &[u8]) -> IResult<&[u8], Three<'_>> {
    (take_while(is_blank), take_till(is_blank), take_while(is_blank)).parse(text)
}

/// The target and, if there is one, the version with what follows it.
fn split_version(rest: &[u8]) -> (&[u8], Option<&[u8]>) {
    let end = rest.iter().rposition(|&b| !is_blank(b)).map_or(0, |i| i + 1);
    let trimmed = rest.get(..end).unwrap_or_default();
    let last = trimmed.iter().rposition(|&b| is_blank(b)).map_or(0, |i| i + 1);
    let at = if is_version(trimmed.get(last..).unwrap_or_default()) {
        last
    } else {
        // The target runs to the last HTTP/ that follows a blank, whatever comes after it.
        match memmem::rfind(trimmed, b"HTTP/") {
            Some(i) if i == 0 || trimmed.get(i - 1).copied().is_some_and(is_blank) => i,
            _ => return (trimmed, None),
        }
    };
    let (target, version) = trimmed.split_at(at);
    let end = target.iter().rposition(|&b| !is_blank(b)).map_or(0, |i| i + 1);
    (target.get(..end).unwrap_or_default(), Some(version))
}

/// `HTTP/` and anything, or a protocol with a version such as `RTSP/1.0`.
fn is_version(token: &[u8]) -> bool {
    fn http(i: &[u8]) -> IResult<&[u8], &[u8]> {
        tag_no_case(&b"HTTP/"[..]).parse(i)
    }
    fn other(i: &[u8]) -> IResult<&[u8], ()> {
        let protocol = take_while1(|b: u8| b.is_ascii_alphabetic());
        all_consuming((protocol, tag(&b"/"[..]), digit1, tag(&b"."[..]), digit1)).map(|_| ()).parse(i)
    }
    http(token).is_ok() || other(token).is_ok()
}

/// Whether a line without a version is likelier a request than something else.
fn plausible(method: &[u8], target: &[u8]) -> bool {
    let token = !method.is_empty() && method.iter().copied().all(is_token);
    let word = method.iter().all(|&b| b.is_ascii_uppercase() || b == b'-') && method.len() >= 3;
    let known = METHODS.iter().any(|m| m.eq_ignore_ascii_case(method));
    let path = target.starts_with(b"/") || target == b"*" || memmem::find(target, b"://").is_some();
    (token && path) || known || (word && target.is_empty()) || (method.is_empty() && path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A line that is taken at a glance is one that a thorough reader takes the same way.
        #[test]
        fn a_glance_tells_what_a_thorough_look_does(
            method in prop::sample::select(&["GET", "POST", "OPTIONS", "get", "BREW", "PUT "][..]),
            target in prop::sample::select(&["/", "/a", "*", "a", "//b/HTTP/1.1", "/PUT", ""][..]),
            behind in "([a-z%/?=#]|[ \t\r\x00\x7fé]){0,3}",
            end in prop::sample::select(&[" HTTP/1.1\r\n", " HTTP/1.0\r\n", " HTTP/1.1\n", "  HTTP/1.1\r\n", "HTTP/1.1\r\n"][..]),
            limit in 64usize..66,
        ) {
            let input = format!("{method} {target}{behind}{end}Host: a\r\n\r\n");
            if let Some((line, rest)) = plainly(input.as_bytes(), limit) {
                let full = input.as_bytes().strip_suffix(rest).expect("a rest");
                let text = full.strip_suffix(b"\r\n").expect("CRLF");
                let parsed = parse(text, false).expect("a request line");
                prop_assert_eq!(format!("{line:?}"), format!("{parsed:?}"));
                prop_assert!(parsed.flags.is_empty() && find(text) == Some(0) && full.len() <= limit);
                prop_assert!(memchr(b'\r', text).is_none() && memchr(b'\n', text).is_none());
            }
        }
    }

    #[test]
    fn everyday_lines_are_told_at_a_glance() {
        for method in ["GET", "POST", "PUT", "HEAD", "DELETE", "PATCH", "OPTIONS"] {
            let input = format!("{method} /a?b=c%20d HTTP/1.1\r\nHost: a\r\n\r\n");
            let (line, rest) = plainly(input.as_bytes(), 64).expect("plain");
            assert_eq!((line.method, line.target), (method.as_bytes(), &b"/a?b=c%20d"[..]));
            assert_eq!(rest, b"Host: a\r\n\r\n");
        }
    }
}
