//! Header injection and response splitting (CWE-113, CWE-93).
//!
//! What comes in: a value with a line end in it, decoded. What goes out: a hit if what follows the line end is a header
//! field of a response, a status line, or a body after an empty line. What always holds: text that people write in
//! several lines is judged by where it stands: forms and JSON hold letters ("Dear Sir:"), queries, paths and headers do
//! not. To add a field name: [`FIELDS`].
//!
//! Fires: `/x\r\nSet-Cookie: a=b`, `en\r\nMade-Up: x` where a value has one line, `en\r\nContent-Length: 0\r\n\r\nHTTP/1.1
//! 200 OK`, `%E5%98%8A` forms of line ends (U+560A).
//! Must not: `Dear Sir:\nNote: ...`, a pasted mail or request of many lines in a form. Sources: CWE-113; RFC 9110 (field
//! names), RFC 9112 section 2.2 (a bare LF may end a line), IANA's HTTP Field Name Registry.

pub(super) mod techniques;

use super::{Class, Hit, Hits, Places, Value};
use crate::bytes::{STEP, Set, Wake, leading, letters_of};
use crate::decode::Trust;
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

/// Judges one value, whose lines end at `places`.
pub fn judge(value: &Value<'_>, places: Places<'_>, hits: &mut Hits) {
    let bytes = value.bytes;
    // Without a line end, only one whose high byte is dropped later; a field has a colon.
    let lines = value.wake.any(Wake::NEWLINE);
    if !lines && !value.wake.any(Wake::COLON) {
        return;
    }
    let narrowed = value.wake.any(Wake::HIGH) && may_narrow(bytes);
    if !lines && !narrowed {
        return;
    }
    // A field has a colon, a status line a slash, a body markup; elsewhere the line end itself tells.
    if !value.wake.any(Wake::COLON.or(Wake::SLASH).or(Wake::LESS)) {
        if let Some(bare) = bare(value) {
            hits.push(bare);
        }
        return;
    }
    let mut known = None;
    let mut best: Option<Hit> = None;
    // PERF: nearly all lines of text begin as no field does; that is told for each without what follows.
    let halved = |end: usize| end.checked_sub(1).and_then(|i| bytes.get(i)) == Some(&b'%');
    let tells =
        |end: usize| halved(end) || bytes.get(end + 1..).is_some_and(|rest| may_tell(rest, value.wake));
    let first = match places.ends(bytes.len()) {
        _ if narrowed => Some(0),
        // PERF: a line without anything in it tells in front of markup alone, and behind half an escape.
        Some(ends) if !value.wake.any(Wake::LESS.or(Wake::PERCENT)) => {
            ends.last_of_each().find(|end| tells(*end))
        }
        Some(mut ends) => ends.find(|end| tells(*end)),
        None => ENDS.places(bytes).find(|end| tells(*end)),
    };
    let Some(mut at) = first else {
        if let Some(bare) = bare(value) {
            hits.push(bare);
        }
        return;
    };
    while let Some((end, len)) = line_end(bytes, at, narrowed) {
        at = end + len;
        // `%%0a0a`: a filter that takes out the escape inside leaves the one around it. Decoded, its halves stand about.
        let halved = len == 1 && halved(end);
        if halved && matches!(bytes.get(at..at + 2), Some([b'0', b'a' | b'A' | b'd' | b'D'])) {
            at += 2;
        }
        let rest = bytes.get(at..).unwrap_or(b"");
        if !may_tell(rest, value.wake) {
            continue;
        }
        let Some(setting) = known.or_else(|| setting(value)) else { return };
        known = Some(setting);
        let whole = bytes.get(end) == Some(&b'\r') || len > 1 || halved;
        let found = after_line_end(rest, setting).or_else(|| made_up(value, rest, setting, whole));
        if let Some((technique, confidence, what)) = found
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
    if let Some(best) = best {
        hits.push(best);
    }
}

/// The bytes that end lines.
static ENDS: Set = Set::of(b"\r\n");

/// The length of the word of ASCII letters that a line begins with, if a single space follows and something else than a colon, a slash
/// or a blank: so do most lines of prose, and no line of a protocol.
///
/// PERF: without a loop, whose end nobody foretells.
#[inline]
pub(super) fn first_word(line: &[u8]) -> Option<usize> {
    let head: &[u8; 16] = line.first_chunk()?;
    let [first, second] = head.as_chunks::<8>().0 else { return None };
    let len = letters_of(*first);
    let len = if len < 8 { len } else { 8 + letters_of(*second) };
    let parted = len > 0
        && matches!(head.get(len..), Some([b' ', b, ..]) if !matches!(b, b':' | b'/' | b' ' | b'\t'..=b'\r'));
    parted.then_some(len)
}

/// How many blanks `text` begins with, or a block of them if there are more.
#[inline]
pub(super) fn blanks(text: &[u8]) -> usize {
    match text.first_chunk::<STEP>() {
        Some(block) => leading(block, [b' ', b'\t']),
        None => text.iter().take_while(|b| matches!(b, b' ' | b'\t')).count(),
    }
}

/// Whether what follows a line end begins as a field, a status line or a body does.
fn may_tell(rest: &[u8], wake: Wake) -> bool {
    if first_word(rest).is_some() {
        return false;
    }
    let mut text = rest;
    if matches!(rest.first(), Some(b' ' | b'\t')) {
        text = rest.get(blanks(rest).min(8)..).unwrap_or_default();
        // PERF: lists and code stand indented.
        if first_word(text).is_some() {
            return false;
        }
    }
    if matches!(text.first(), Some(b'\r' | b'\n')) {
        return wake.any(Wake::LESS) && is_markup(text);
    }
    let part = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let behind = text.get(text.iter().take(48).take_while(part).count()..).unwrap_or_default();
    let behind = behind.get(blanks(behind)..).unwrap_or_default();
    // The name of a field is cut at forty letters, that of a made-up one is not.
    let behind = behind.iter().find(|b| !matches!(b, b' ' | b'\t' | b'\r'));
    matches!(behind, Some(b':' | b'/'))
}

/// Whether the body behind an empty line, at the front of `text`, begins with markup.
fn is_markup(text: &[u8]) -> bool {
    let body = text.get(..text.len().min(16)).unwrap_or(text).trim_ascii_start();
    matches!(body, [b'<', b'a'..=b'z' | b'A'..=b'Z' | b'!', ..])
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
    /// One long line before the line end, cut off in the middle of a sentence: padding.
    Padded,
    /// A text of several lines.
    Prose,
}

fn setting(value: &Value<'_>) -> Option<Setting> {
    use Place::*;
    let count = |end: u8| memchr::memchr_iter(end, value.bytes).take(9).count();
    // Of `\r\r\n` the CR are not lines of their own.
    let lines = if memchr::memchr(b'\n', value.bytes).is_some() { count(b'\n') } else { count(b'\r') };
    Some(match value.place {
        Path | PathSegment | PathParam | Target | QueryName | HeaderValue | HeaderName | CookieName
        | CookieValue | FormName => Setting::Line,
        QueryValue if lines <= 8 => {
            let head = value.bytes.split(|b| matches!(b, b'\n' | b'\r')).next().unwrap_or(b"");
            let words = head.iter().filter(|b| **b == b' ').count() > 2;
            if words || is_text(value.name) { Setting::Shared } else { Setting::Line }
        }
        QueryValue | FormValue | JsonValue | XmlText | XmlAttr => {
            let head = value.bytes.split(|b| *b == b'\n').next().unwrap_or(b"");
            let blanks = head.iter().filter(|b| **b == b' ').count();
            // A block whose first line is of that form too is a list of settings.
            let name =
                head.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
            let list = name > 1 && matches!(head.get(name..), Some([b':', b' ', _, ..]));
            match () {
                () if lines > 8 || list => Setting::Prose,
                () if blanks > 2 && is_padding(head) => Setting::Padded,
                () if blanks > 2 => Setting::Prose,
                () => Setting::Field,
            }
        }
        _ => return None,
    })
}

/// Whether a line is longer than people write them and ends in the middle of a sentence: paragraphs end in punctuation.
pub(super) fn is_padding(line: &[u8]) -> bool {
    const LONGEST: usize = 640;
    line.len() > LONGEST && line.trim_ascii_end().last().is_some_and(u8::is_ascii_alphanumeric)
}

/// Whether a parameter of that name holds text to share or send: `mailto:?body=`, links to calendars.
fn is_text(name: &[u8]) -> bool {
    #[rustfmt::skip]
    static NAMES: &[&str] = &[
        "body", "text", "message", "msg", "details", "description", "desc", "note", "notes", "comment", "comments", "content", "caption",
        "summary", "status", "quote", "address", "bio", "about", "prompt", "code", "sql",
    ];
    NAMES.iter().any(|n| name.eq_ignore_ascii_case(n.as_bytes()))
}

/// A field of no known name, where a value has one line: testers make names up.
fn made_up(
    value: &Value<'_>,
    rest: &[u8],
    setting: Setting,
    whole: bool,
) -> Option<(&'static str, u8, String)> {
    use Place::*;
    let n =
        rest.iter().take(48).take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_')).count();
    let (name, after) = rest.split_at_checked(n)?;
    let field = n >= 3
        && name.first().is_some_and(u8::is_ascii_alphabetic)
        && after.first() == Some(&b':')
        && after.get(1).is_some_and(|b| !matches!(b, b'\r' | b'\n' | b':'))
        && !after.starts_with(b"://")
        && ![&b"javascript"[..], b"vbscript", b"data", b"http", b"https"]
            .iter()
            .any(|s| s.eq_ignore_ascii_case(name));
    let plain = value.trust == Trust::Plain || !matches!(value.place, QueryValue | CookieValue);
    if !field || !plain || setting != Setting::Line {
        return None;
    }
    let confidence = match value.place {
        Path | PathSegment | PathParam | Target | QueryName | HeaderName | HeaderValue => 66,
        // Lists of settings are sent in parameters now and then, with LF and names of one word.
        QueryValue | CookieValue if whole && value.bytes.iter().filter(|b| **b == b'\n').count() <= 3 => 58,
        QueryValue | CookieValue if name.contains(&b'-') => 52,
        _ => return None,
    };
    let shown = name.escape_ascii();
    Some(("header-field", confidence, format!("`{shown}:` has the form of a header field")))
}

/// Whether characters that are cut down to line ends may be there.
fn may_narrow(bytes: &[u8]) -> bool {
    // PERF: a few of the first bytes are looked at one by one; in writings that are full of them a look at every byte, which
    // becomes vector code, costs less.
    const FEW: usize = 8;
    let next = bytes.get(1..).unwrap_or_default();
    let mut leads = memchr::memchr3_iter(0xe5, 0xc4, b'^', bytes);
    let narrow = |at: usize| matches!(bytes.get(at..at + 2), Some([0xe5 | b'^', 0x98] | [0xc4, 0x8a | 0x8d]));
    for _ in 0..FEW {
        match leads.next() {
            Some(at) if narrow(at) => return true,
            Some(_) => {}
            None => return false,
        }
    }
    let pair =
        |a: u8, b: u8| ((a == 0xe5) | (a == b'^')) & (b == 0x98) | (a == 0xc4) & ((b == 0x8a) | (b == 0x8d));
    bytes.iter().zip(next).fold(0, |m, (a, b)| m | u8::from(pair(*a, *b))) != 0
}

/// The next line end from `at`: where, and how long. U+010A, U+010D, U+560A and U+560D become LF and CR where characters
/// are cut down to bytes.
fn line_end(bytes: &[u8], at: usize, narrowed: bool) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?;
    if matches!(rest.first(), Some(b'\r' | b'\n')) {
        return Some((at, 1));
    }
    if !narrowed {
        return memchr::memchr2(b'\r', b'\n', rest).map(|i| (at + i, 1));
    }
    let narrow = |i: usize| match rest.get(i..) {
        // The lead byte of U+560A mangled to `^`: a lenient decoder that masks it reads the same character's low byte.
        Some([0xe5 | b'^', 0x98, 0x8a | 0x8d, ..]) => Some(3),
        Some([0xc4, 0x8a | 0x8d, ..]) => Some(2),
        _ => None,
    };
    rest.iter().enumerate().find_map(|(i, b)| match b {
        b'\r' | b'\n' => Some((at + i, 1)),
        0xc4 | 0xe5 | b'^' => narrow(i).map(|len| (at + i, len)),
        _ => None,
    })
}

fn after_line_end(rest: &[u8], setting: Setting) -> Option<(&'static str, u8, String)> {
    let text = rest.iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let text = rest.get(text.min(8)..)?;
    let prose = |high: u8| match setting {
        Setting::Line => high,
        Setting::Field => high.saturating_sub(12),
        Setting::Shared => high.saturating_sub(18),
        Setting::Padded => high.saturating_sub(36),
        Setting::Prose => 35,
    };
    if text.get(..7).is_some_and(|t| t.eq_ignore_ascii_case(b"http/1.") || t.eq_ignore_ascii_case(b"http/2 "))
    {
        return Some(("status-line", prose(88), "a status line begins a second response".into()));
    }
    if matches!(text.first(), Some(b'\r' | b'\n')) {
        return (is_markup(text) && setting == Setting::Line)
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
    let why = || format!("`{}:` is a header field", name.escape_ascii());
    match field {
        Some((_, true)) => Some(("header-field", prose(90), why())),
        Some((_, false)) if setting == Setting::Line => Some(("header-field", 80, why())),
        // A cookie or an address behind it makes the difference to prose.
        Some(("location" | "refresh", _))
            if matches!(setting, Setting::Field | Setting::Padded) && find(after, b"://").is_some() =>
        {
            Some(("header-field", if setting == Setting::Padded { 54 } else { 66 }, why()))
        }
        // `Link: </x.css>; rel=...` (RFC 8288): an address in angle brackets and a parameter.
        Some(("link", _)) if setting != Setting::Prose && is_link(after) => {
            Some(("header-field", if setting == Setting::Padded { 54 } else { 66 }, why()))
        }
        Some(_) => Some(("header-field", 35, why())),
        None if setting == Setting::Line && name.get(..2).is_some_and(|n| n.eq_ignore_ascii_case(b"x-")) => {
            Some(("header-field", 72, why()))
        }
        None => None,
    }
}

/// Whether the value of a field `Link` follows: `<address>`, `;`, and a parameter `rel` or the like.
fn is_link(after: &[u8]) -> bool {
    let line = after.get(..after.len().min(512)).unwrap_or(after);
    let line = line.split(|b| matches!(b, b'\r' | b'\n')).next().unwrap_or(line);
    let value = line.trim_ascii_start().strip_prefix(b":").unwrap_or(b"").trim_ascii_start();
    let close = value.starts_with(b"<").then(|| memchr::memchr(b'>', value)).flatten();
    let rest = close.and_then(|at| value.get(at + 1..)).unwrap_or(b"").trim_ascii_start();
    rest.starts_with(b";") && memchr::memchr(b'=', rest).is_some()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::wake;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn two_words_tell_what_the_whole_line_does(
            word in "[a-zA-Z]{1,9}",
            gap in prop::sample::select(&[" ", "  ", " :", "\t", ": ", ",", "-x", "\r\n", " \n", "/", " /"][..]),
            next in "[a-zA-Z0-9:/<,]{1,3}",
            indent in "[ \t]{0,20}",
        ) {
            // Of a line that is so short each byte is looked at.
            let short = format!("{word}{gap}{next}");
            prop_assert!(first_word(short.as_bytes()).is_none());
            let long = format!("{short} and so it went on");
            let told = |text: &str| may_tell(text.as_bytes(), wake(text.as_bytes()));
            prop_assert_eq!(told(&short), told(&long), "{}", long.escape_debug());
            // A field may be indented a little.
            let expected = told(&short) && indent.len() <= 8;
            prop_assert_eq!(told(&format!("{indent}{short}")), expected, "{:?}", short);
            prop_assert_eq!(told(&format!("{indent}{long}")), expected, "{:?}", long);
        }
    }
}
