//! Cookies: the pairs of a Cookie field (RFC 6265, section 4.2.1), read leniently.

use super::name::{self, Seen};
use super::{Place, Point, Segment, Sink};
use crate::http::Anomaly;
use crate::limits::{Limits, NAME};

/// Reads Cookie fields; its memory of names is reused.
///
/// Emits `cookie.sid` for each pair, `cookie.sid#name` where the name is odd, and `cookie` for what has no name.
/// Values are emitted as sent, without the blanks and quotes around them. Servers split at every `;` (PHP, Go) or honour
/// quotes around one (Python, older Tomcat): a quoted value that holds `;` is emitted in both readings.
#[derive(Debug, Default)]
pub struct Cookie {
    seen: Seen,
}

impl Cookie {
    /// Reads one field value. Pairs stand below `at`.
    pub fn read(&mut self, limits: &Limits, at: &Point<'_>, value: &[u8], sink: &mut impl Sink) {
        self.seen.reset();
        let mut start = 0;
        for number in 0.. {
            let rest = &value[start..];
            if number >= limits.params && !rest.is_empty() {
                sink.anomaly(Anomaly::TooManyParams);
                sink.piece(at, Place::Raw, rest, false);
                return;
            }
            let end = memchr::memchr(b';', rest).map_or(value.len(), |i| start + i);
            self.pair(at, value, start, end, sink);
            if end == value.len() {
                return;
            }
            start = end + 1;
        }
    }

    fn pair(&mut self, at: &Point<'_>, value: &[u8], start: usize, end: usize, sink: &mut impl Sink) {
        let pair = &value[start..end];
        let Some(equals) = memchr::memchr(b'=', pair) else {
            let pair = pair.trim_ascii();
            if !pair.is_empty() {
                sink.anomaly(Anomaly::CookieInvalid);
                sink.piece(at, Place::CookieValue, pair, false);
            }
            return;
        };
        let (name, content) = (pair[..equals].trim_ascii(), pair[equals + 1..].trim_ascii());
        if name.is_empty() {
            sink.anomaly(Anomaly::CookieInvalid);
        } else if self.seen.insert(name::hash(name)) {
            sink.anomaly(Anomaly::DuplicateParam);
        }
        let named = at.then(Segment::Name(name.get(..NAME).unwrap_or(name)));
        let point = if name.is_empty() { at } else { &named };
        if !name::is_word(name) || name.len() > NAME {
            sink.piece(&point.then(Segment::NameItself), Place::CookieName, name, false);
        }
        let Some(inside) = content.strip_prefix(b"\"") else {
            return sink.piece(point, Place::CookieValue, content, false);
        };
        if let Some(inside) = inside.strip_suffix(b"\"") {
            return sink.piece(point, Place::CookieValue, inside, false);
        }
        sink.anomaly(Anomaly::CookieInvalid);
        sink.piece(point, Place::CookieValue, content, false);
        // The quote opened here may close in what the main reading takes for later pairs.
        let open = start + equals + 1 + memchr::memchr(b'"', &pair[equals + 1..]).unwrap_or_default() + 1;
        if let Some(close) = value.get(end..).and_then(|later| memchr::memchr(b'"', later)) {
            sink.piece(point, Place::CookieValue, &value[open..end + close], false);
        }
    }
}
