//! Events as JSON, one object a line (JSON Lines). The schema is `docs/event.schema.json`.

use super::event::{Event, SCHEMA};
use crate::verdict::Finding;
use serde::ser::{Serialize, SerializeSeq, SerializeStruct, Serializer};
use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

/// Appends `event` to `out` as one JSON object without a line end.
pub fn write(event: &Event<'_>, out: &mut Vec<u8>) {
    // Writing to a vector cannot fail, and no map has keys that are not strings.
    let _ = serde_json::to_writer(out, &Json(event));
}

struct Json<'a>(&'a Event<'a>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let e = self.0;
        let mut s = serializer.serialize_struct("Event", 13)?;
        s.serialize_field("schema", SCHEMA)?;
        if let Some(time) = e.time.and_then(rfc3339) {
            s.serialize_field("time", &time)?;
        }
        if !e.id.is_empty() {
            s.serialize_field("id", &text(e.id))?;
        }
        if let Some(client) = e.client {
            s.serialize_field("client", &Address { ip: client.ip().to_string(), port: client.port() })?;
        }
        if let Some(server) = e.server {
            s.serialize_field("server", &Address { ip: server.ip().to_string(), port: server.port() })?;
        }
        if let Some(r) = e.request {
            let request = Request {
                method: text(r.method),
                target: text(&e.masking.target(r.target)).into_owned(),
                host: text(r.host),
                version: r.version,
                body_bytes: r.body_bytes,
            };
            s.serialize_field("request", &request)?;
        }
        if let Some(r) = e.response {
            s.serialize_field("response", &Response { status: r.status, body_bytes: r.body_bytes })?;
        }
        s.serialize_field("verdict", e.verdict.name())?;
        if let Some(action) = e.action {
            s.serialize_field("action", action.name())?;
        }
        s.serialize_field("score", &e.score)?;
        s.serialize_field("classes", &e.classes())?;
        s.serialize_field("findings", &FindingList(e.findings))?;
        let anomalies: Vec<&str> = e.anomalies.iter().map(|a| a.name()).collect();
        s.serialize_field("anomalies", &anomalies)?;
        s.end()
    }
}

#[derive(serde::Serialize)]
struct Address {
    ip: String,
    port: u16,
}

#[derive(serde::Serialize)]
struct Request<'a> {
    method: Cow<'a, str>,
    target: String,
    host: Cow<'a, str>,
    version: &'static str,
    body_bytes: u64,
}

#[derive(serde::Serialize)]
struct Response {
    status: Option<u16>,
    body_bytes: u64,
}

struct FindingList<'a>(&'a [Finding]);

impl Serialize for FindingList<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut list = serializer.serialize_seq(Some(self.0.len()))?;
        for f in self.0 {
            list.serialize_element(&FindingJson(f))?;
        }
        list.end()
    }
}

struct FindingJson<'a>(&'a Finding);

impl Serialize for FindingJson<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (f, facts) = (self.0, self.0.class.facts());
        let mut s = serializer.serialize_struct("Finding", 13)?;
        s.serialize_field("class", facts.name)?;
        s.serialize_field("technique", f.technique)?;
        if facts.cwe != 0 {
            s.serialize_field("cwe", &facts.cwe)?;
        }
        s.serialize_field("severity", f.severity.name())?;
        s.serialize_field("confidence", &f.confidence)?;
        s.serialize_field("point", &f.point)?;
        s.serialize_field("decoders", &f.decoders().collect::<Vec<_>>())?;
        s.serialize_field("offset", &f.offset)?;
        s.serialize_field("length", &f.length)?;
        s.serialize_field("excerpt", &f.excerpt)?;
        s.serialize_field("reason", &f.reason)?;
        s.serialize_field("gain", facts.gain)?;
        s.serialize_field("tokens", &f.tokens)?;
        s.end()
    }
}

/// Bytes as text: what is not UTF-8 or is a control character is written `\xHH`.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => Cow::Borrowed(text),
        _ => {
            let mut out = String::with_capacity(bytes.len() + 8);
            for chunk in bytes.utf8_chunks() {
                for c in chunk.valid().chars() {
                    match c {
                        c if c.is_control() && (c as u32) < 0x80 => _ = write!(out, "\\x{:02x}", c as u32),
                        c if c.is_control() => out.extend(c.escape_unicode()),
                        c => out.push(c),
                    }
                }
                for b in chunk.invalid() {
                    _ = write!(out, "\\x{b:02x}");
                }
            }
            Cow::Owned(out)
        }
    }
}

/// A time as RFC 3339 in UTC with microseconds; `None` beyond the year 9999.
fn rfc3339(since_epoch: Duration) -> Option<String> {
    let time = time::OffsetDateTime::UNIX_EPOCH.checked_add(since_epoch.try_into().ok()?)?;
    let (date, clock) = (time.date(), time.time());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    let (h, m, s, us) = (clock.hour(), clock.minute(), clock.second(), clock.microsecond());
    (year <= 9999).then(|| format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{us:06}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        assert_eq!(rfc3339(Duration::ZERO).unwrap(), "1970-01-01T00:00:00.000000Z");
        assert_eq!(rfc3339(Duration::new(951_782_400, 123_456_789)).unwrap(), "2000-02-29T00:00:00.123456Z");
        assert_eq!(rfc3339(Duration::MAX), None);
    }

    #[test]
    fn bytes_become_text_without_controls() {
        assert_eq!(text(b"/plain?q=1"), "/plain?q=1");
        assert_eq!(text(b"/a\0\n\xff\xc3\xa9"), r"/a\x00\x0a\xffé");
    }
}
