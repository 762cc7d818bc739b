//! Header injection and response splitting (CWE-113, CWE-93).
//!
//! What comes in: a value with a line end in it, decoded. What goes out: a hit if what follows the line end is a header
//! field of a response, a status line, or a body after an empty line. What always holds: text that people write in
//! several lines is judged by where it stands: forms and JSON hold letters ("Dear Sir:"), queries, paths and headers do
//! not. To add a field name: [`FIELDS`].
//!
//! Fires: `/x\r\nSet-Cookie: a=b`, `en\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK`, `%E5%98%8A` forms of line ends (U+560A).
//! Must not: `Dear Sir:\nNote: ...`, a pasted mail or request of many lines in a form. Sources: CWE-113; RFC 9110 (field
//! names), RFC 9112 section 2.2 (a bare LF may end a line), IANA's HTTP Field Name Registry.

pub(super) mod techniques;

use super::{Class, Hit, Hits, Value};
use crate::bytes::Wake;
use crate::detect::lex::find::find;
use crate::points::Place;

/// Field names an attacker would add, and whether people never begin a line of prose with them.
#[rustfmt::skip]
static FIELDS: &[(&str, bool)] = &[
    ("set-cookie", true), ("location", false), ("content-length", true), ("content-type", true), ("contenttype", true), ("contentlength", true),
    ("content-encoding", true), ("content-disposition", true), ("content-security-policy", true), ("content-location", true), ("transfer-encoding", true), ("refresh", false), ("status", false),
    ("access-control-allow-origin", true), ("access-control-allow-credentials", true), ("x-xss-protection", true),
    ("x-frame-options", true), ("x-content-type-options", true), ("strict-transport-security", true), ("cache-control", true),
    ("last-modified", true), ("expires", false), ("pragma", false), ("etag", true), ("server", false), ("link", false), ("host", false), ("cookie", false),
    ("x-forwarded-for", true), ("x-forwarded-host", true), ("remote-addr", true), ("user-agent", true), ("referer", true), ("connection", false), ("x-powered-by", true),
    ("clear-site-data", true), ("www-authenticate", true), ("authorization", true), ("x-accel-redirect", true), ("x-sendfile", true), ("date", false), ("via", false), ("vary", false),
];

/// Judges one value.
pub fn judge(value: &Value<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    if !value.wake.any(Wake::NEWLINE) && find(bytes, b"\xe5\x98").is_none() {
        return;
    }
    let Some(setting) = setting(value) else { return };
    let mut at = 0;
    let mut best: Option<Hit> = None;
    while let Some((end, len)) = line_end(bytes, at) {
        at = end + len;
        let rest = bytes.get(at..).unwrap_or(b"");
        if let Some((technique, confidence, what)) = after_line_end(rest, setting)
            && best.as_ref().is_none_or(|b| b.confidence < confidence)
        {
            let end_of = at + rest.iter().take(64).take_while(|b| !matches!(b, b'\r' | b'\n')).count();
            let reason =
                format!("after a line end, {what}: in a header of the response it would be one of its own");
            best = Some(Hit {
                class: Class::Crlf,
                technique,
                confidence,
                span: end..end_of,
                reason: reason.into(),
            });
        }
    }
    if best.is_none() {
        best = bare(value);
    }
    hits.extend(best);
}

/// How ordinary a line end is there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Setting {
    /// Not at all: paths, queries, headers, cookies, names.
    Line,
    /// A sentence in a query, as links for sharing a text carry it.
    Shared,
    /// Text fields hold several lines, but this one is short.
    Field,
    /// A text of several lines.
    Prose,
}

fn setting(value: &Value<'_>) -> Option<Setting> {
    use Place::*;
    let count = |end: u8| memchr::memchr_iter(end, value.bytes).take(16).count();
    let lines = count(b'\n').max(count(b'\r'));
    Some(match value.place {
        Path | PathSegment | PathParam | Target | QueryName | HeaderValue | HeaderName | CookieName
        | CookieValue | FormName => Setting::Line,
        QueryValue if lines <= 8 => {
            let head = value.bytes.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or(b"");
            if head.iter().filter(|b| **b == b' ').count() > 2 { Setting::Shared } else { Setting::Line }
        }
        QueryValue | FormValue | JsonValue | XmlText | XmlAttr => {
            let head = value.bytes.split(|b| *b == b'\n').next().unwrap_or(b"");
            let blanks = head.iter().filter(|b| **b == b' ').count();
            if lines > 8 || blanks > 2 { Setting::Prose } else { Setting::Field }
        }
        _ => return None,
    })
}

/// The next line end from `at`: where, and how long. U+560A and U+560D become LF and CR where their high byte is dropped.
fn line_end(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?;
    let found = rest.iter().enumerate().position(|(i, b)| {
        matches!(b, b'\r' | b'\n')
            || *b == 0xe5 && matches!(rest.get(i..i + 3), Some([0xe5, 0x98, 0x8a | 0x8d]))
    })?;
    let tail = rest.get(found..)?;
    Some((at + found, if tail.first() == Some(&0xe5) { 3 } else { 1 }))
}

fn after_line_end(rest: &[u8], setting: Setting) -> Option<(&'static str, u8, String)> {
    let text = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let text = rest.get(text.min(8)..)?;
    let prose = |high: u8| match setting {
        Setting::Line => high,
        Setting::Field => high.saturating_sub(12),
        Setting::Shared => high.saturating_sub(18),
        Setting::Prose => 35,
    };
    if text.get(..7).is_some_and(|t| t.eq_ignore_ascii_case(b"http/1.") || t.eq_ignore_ascii_case(b"http/2 "))
    {
        return Some(("status-line", prose(88), "a status line begins a second response".into()));
    }
    if matches!(text.first(), Some(b'\r' | b'\n')) {
        let body = text.get(..text.len().min(16)).unwrap_or(text).trim_ascii_start();
        let markup = matches!(body, [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'!', ..]);
        return (markup && setting == Setting::Line)
            .then(|| ("body", 68, "an empty line and markup begin the body".into()));
    }
    let (name, after) = text.split_at(
        text.iter()
            .take(40)
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
            .count(),
    );
    let blank = after.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    if name.len() < 3 || after.get(blank) != Some(&b':') {
        return None;
    }
    let field = FIELDS.iter().find(|(f, _)| name.eq_ignore_ascii_case(f.as_bytes()));
    let shown = name.escape_ascii();
    let why = format!("`{shown}:` is a header field");
    match field {
        Some((_, true)) => Some(("header-field", prose(90), why)),
        Some((_, false)) if setting == Setting::Line => Some(("header-field", 80, why)),
        // A cookie or an address behind it makes the difference to prose.
        Some(("location" | "refresh", _)) if setting == Setting::Field && find(after, b"://").is_some() => {
            Some(("header-field", 66, why))
        }
        Some(_) => Some(("header-field", 35, why)),
        None if setting == Setting::Line && name.get(..2).is_some_and(|n| n.eq_ignore_ascii_case(b"x-")) => {
            Some(("header-field", 72, why))
        }
        None => None,
    }
}

/// A line end where there cannot be one.
fn bare(value: &Value<'_>) -> Option<Hit> {
    let bytes = value.bytes;
    let at = memchr::memchr2(b'\r', b'\n', bytes)?;
    let (technique, confidence, reason) = match value.place {
        Place::Path => {
            // `/index.php/PHP_VALUE%0a...`: PHP-FPM behind a path pattern that does not cross lines.
            let php = [&b"PHP_VALUE"[..], b"PHP_ADMIN_VALUE"].iter().any(|w| find(bytes, w).is_some());
            let reason =
                "a line end in the request path: patterns stop at it, and headers built from the path break";
            ("line-end", if php { 85 } else { 54 }, reason)
        }
        Place::QueryName => {
            ("line-end", 54, "a line end in the name of a parameter: headers built from it break")
        }
        _ => return None,
    };
    Some(Hit { class: Class::Crlf, technique, confidence, span: at..at + 1, reason: reason.into() })
}
