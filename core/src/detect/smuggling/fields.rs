//! The fields that frame a message, as different readers read them.

use super::hit;
use crate::detect::Hit;
use crate::http::{Anomalies, Anomaly, Version};
use smallvec::SmallVec;

/// Bytes kept of a field as evidence.
const KEPT: usize = 64;
/// Longest field name looked at for a name in disguise.
const NAME: usize = 64;

/// What is told of the fields of one head: the field, the value kept of it, and the hit in that value.
pub type Tell<'a> = &'a mut dyn FnMut(&'static [u8], &[u8], Hit);

/// An oddity of a field: technique, confidence, and what is odd.
type Odd = (&'static str, u8, &'static str);

/// One of the two fields, over all its lines.
#[derive(Debug, Default)]
struct Lines {
    count: u32,
    worst: Option<Odd>,
    kept: SmallVec<[u8; KEPT]>,
}

impl Lines {
    fn see(&mut self, value: &[u8], odd: Option<Odd>) {
        self.count += 1;
        let worse = |new: &Odd| self.worst.is_none_or(|old| old.1 < new.1);
        let odd = odd.filter(worse);
        if self.count == 1 || odd.is_some() {
            self.kept.clear();
            self.kept.extend_from_slice(value.get(..KEPT).unwrap_or(value));
        }
        self.worst = odd.or(self.worst);
    }

    fn add(&mut self, odd: Odd) {
        if self.worst.is_none_or(|old| old.1 < odd.1) {
            self.worst = Some(odd);
        }
    }

    /// The value that tells; never empty, so that there is something to show.
    fn shown(&self) -> &[u8] {
        if self.kept.is_empty() { b"(empty)" } else { &self.kept }
    }
}

/// Takes the fields of one head, then the oddities of its body.
#[derive(Debug, Default)]
pub struct Fields {
    codings: Lines,
    lengths: Lines,
    /// Whether a coding says `chunked` to every reader, and whether one says something else.
    chunked: bool,
    other: bool,
    /// The smallest and the largest length.
    range: Option<(u64, u64)>,
}

impl Fields {
    /// Makes ready for another head.
    pub fn reset(&mut self) {
        if self.codings.count + self.lengths.count > 0 {
            *self = Fields::default();
        }
    }

    /// Takes a field of the head. Other fields that change how the message is passed on are told at once.
    pub fn field(&mut self, name: &[u8], value: &[u8], tell: Tell<'_>) {
        let is = |n: &[u8]| name.eq_ignore_ascii_case(n);
        match name.len() {
            14 if is(b"content-length") => self.content_length(value),
            17 if is(b"transfer-encoding") => self.transfer_encoding(value),
            10 if is(b"connection") && value.len() > 10 => connection(value, tell),
            6 if is(b"expect") && !value.eq_ignore_ascii_case(b"100-continue") => expect(value, tell),
            14..=NAME => self.disguised(name, value),
            _ => {}
        }
    }

    /// A name that some readers take for that of one of the two fields: those that drop bytes which cannot be in a name,
    /// or to whom `_` is `-` (CGI, RFC 3875 section 4.1.18).
    fn disguised(&mut self, name: &[u8], value: &[u8]) {
        // PERF: both names begin and end with other letters than nearly all that are written plainly.
        let (Some(first), Some(last)) = (name.first(), name.last()) else { return };
        let plain = first.is_ascii_alphabetic() && last.is_ascii_alphabetic();
        if plain && !matches!((first | 0x20, last | 0x20), (b't', b'g') | (b'c', b'h')) {
            return;
        }
        // PERF: no early exit, so that the loop becomes vector code.
        if name.iter().fold(true, |plain, &b| plain & (b.is_ascii_alphanumeric() | (b == b'-'))) {
            return;
        }
        let plain: SmallVec<[u8; NAME]> = name
            .iter()
            .map(|&b| if b == b'_' { b'-' } else { b.to_ascii_lowercase() })
            .filter(|&b| b.is_ascii_alphanumeric() || b == b'-')
            .collect();
        let why = "the field's name is written so that only some servers know it";
        if plain.as_slice() == b"transfer-encoding" {
            self.transfer_encoding(value);
            self.codings.add(("field-disguised", 84, why));
        } else if plain.as_slice() == b"content-length" {
            self.content_length(value);
            self.lengths.add(("field-disguised", 66, why));
        }
    }

    fn transfer_encoding(&mut self, value: &[u8]) {
        let odd = self.codings_of(value);
        self.codings.see(value, odd);
    }

    fn codings_of(&mut self, value: &[u8]) -> Option<Odd> {
        const KNOWN: [&[u8]; 5] = [b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress"];
        let (mut chunked, mut unknown, mut worst): (u32, bool, Option<Odd>) = (0, false, None);
        let mut add = |odd: Odd| {
            if worst.is_none_or(|w| w.1 < odd.1) {
                worst = Some(odd);
            }
        };
        for coding in value.split(|&b| b == b',').take(16) {
            let coding = trim(coding);
            let is = |n: &[u8]| coding.eq_ignore_ascii_case(n);
            if is(b"chunked") {
                chunked += 1;
                continue;
            }
            let hidden = has_chunked(coding);
            let last_word = chunked > 0;
            self.other = true;
            unknown |= !hidden && !last_word && !KNOWN.iter().any(|k| is(k));
            add(match () {
                () if hidden => {
                    ("te-obfuscated", 88, "the coding is `chunked` to some servers and unknown to others")
                }
                () if last_word => (
                    "te-obfuscated",
                    86,
                    "a coding follows `chunked`: some servers go by the first, some by the last",
                ),
                () if KNOWN.iter().any(|k| is(k)) => continue,
                () if is(b"identity") => {
                    ("te-unknown", 45, "the coding `identity` was withdrawn: servers differ on it")
                }
                () => (
                    "te-unknown",
                    42,
                    "a transfer coding that does not exist: servers differ on what then holds",
                ),
            });
        }
        if chunked > 1 {
            add(("te-repeated", 45, "`chunked` is named more than once"));
        } else if chunked == 1 && unknown {
            add(("te-obfuscated", 72, "`chunked` stands behind a coding that servers differ on"));
        }
        self.chunked |= chunked > 0;
        worst
    }

    fn content_length(&mut self, value: &[u8]) {
        // PERF: what every client sends: one number, no zeros before it.
        if (1..=18).contains(&value.len())
            && value.iter().all(u8::is_ascii_digit)
            && value.first() != Some(&b'0')
        {
            let n = value.iter().fold(0u64, |n, b| 10 * n + u64::from(b - b'0'));
            if self.range.is_none_or(|range| range == (n, n)) {
                self.range = Some((n, n));
                return self.lengths.see(value, None);
            }
        }
        let mut worst: Option<Odd> = None;
        let mut add = |odd: Odd| {
            if worst.is_none_or(|w| w.1 < odd.1) {
                worst = Some(odd);
            }
        };
        for part in value.split(|&b| b == b',').take(16) {
            let text = trim(part);
            let digits = text.strip_prefix(b"+").unwrap_or(text);
            let len = digits.iter().take_while(|b| b.is_ascii_digit()).count();
            let n = digits
                .iter()
                .take(len)
                .fold(0u64, |n, b| n.saturating_mul(10).saturating_add(u64::from(b - b'0')));
            let rest = digits.get(len..).unwrap_or_default();
            let control = text.iter().any(|b| !(0x21..0x7f).contains(b));
            match () {
                () if control && text.iter().any(u8::is_ascii_digit) => {
                    add(("cl-malformed", 80, "bytes in the length that some servers drop"));
                    continue;
                }
                () if len == 0 && text.starts_with(b"-") => {
                    add(("cl-malformed", 62, "the length is negative"));
                    continue;
                }
                () if len == 0 => {
                    add(("cl-malformed", 42, "the length is no number"));
                    continue;
                }
                () if !rest.is_empty() => {
                    add(("cl-malformed", 68, "the length is a number to some servers and none to others"))
                }
                () if text.len() != len => {
                    add(("cl-malformed", 68, "a sign before the length, which servers differ on"))
                }
                () if n == u64::MAX || len > 19 => add((
                    "cl-malformed",
                    66,
                    "the length is larger than a server can count: some see the rest of it",
                )),
                () if len > 1 && text.starts_with(b"0") => {
                    add(("cl-malformed", 40, "zeros before the length, which some servers read as octal"))
                }
                () => {}
            }
            let (least, most) = self.range.unwrap_or((n, n));
            if (least, most) != (n, n) {
                add((
                    "cl-conflict",
                    88,
                    "two lengths that differ: one server ends the request where another does not",
                ));
            }
            self.range = Some((least.min(n), most.max(n)));
        }
        self.lengths.see(value, worst);
    }

    /// The head is over: tells what two servers would read differently. `odd` is what the parser flagged, if there was one.
    pub fn head_end(&mut self, version: Version, odd: Anomalies, tell: Tell<'_>) {
        let (codings, lengths) = (self.codings.count, self.lengths.count);
        if codings + lengths == 0 {
            return;
        }
        if codings > 1 && self.chunked && self.other {
            let why = "two transfer codings in two fields: some servers go by the first, some by the last";
            self.codings.add(("te-obfuscated", 88, why));
        } else if codings > 1 {
            self.codings.add(("te-repeated", 45, "the field stands there twice"));
        }
        if codings > 0 {
            match version {
                Version::Http2 | Version::Http3 => {
                    let why = "HTTP/2 and HTTP/3 have no transfer codings: passed on as HTTP/1.1 the field frames the message anew";
                    self.codings.add(("te-http2", 88, why));
                }
                Version::Http10 => {
                    let why = "HTTP/1.0 has no transfer codings: servers differ on whether the field counts";
                    self.codings.add(("te-http10", 62, why));
                }
                _ => {}
            }
        }
        if codings > 0 && lengths > 0 {
            let why =
                "a length and chunks in one request: one server goes by the first, another by the second";
            self.codings.add(("cl-te", if self.chunked { 80 } else { 64 }, why));
        }
        // The parser saw one of the two fields where only some servers would: before a blank, in a folded line, behind a
        // bare CR.
        if odd.contains(Anomaly::RequestSmuggling) {
            let why = "the field is written so that only some servers see it: blanks around its name, a folded line or a bare CR";
            let lines = if codings > 0 { &mut self.codings } else { &mut self.lengths };
            if lines.worst.is_none() {
                lines.add(("field-disguised", if codings > 0 { 82 } else { 64 }, why));
            }
        }
        for (name, lines) in [(&b"transfer-encoding"[..], &self.codings), (b"content-length", &self.lengths)]
        {
            if let Some((technique, confidence, why)) = lines.worst {
                tell(name, lines.shown(), hit(technique, confidence, 0..lines.shown().len(), why));
            }
        }
    }

    /// The body is over: tells what was odd about its chunks.
    pub fn body_end(&self, odd: Anomalies, tell: Tell<'_>) {
        // What was not captured looks like broken framing.
        let lost = [Anomaly::Gap, Anomaly::Midstream, Anomaly::OverlapConflict];
        if odd.is_empty() || self.codings.count == 0 || lost.iter().any(|&a| odd.contains(a)) {
            return;
        }
        let mut tell = |technique, confidence, why| {
            let shown = self.codings.shown();
            tell(b"transfer-encoding", shown, hit(technique, confidence, 0..shown.len(), why));
        };
        let line_ends = odd.contains(Anomaly::BareLf) || odd.contains(Anomaly::BareCr);
        if odd.contains(Anomaly::TrailerFraming) {
            let why = "a field that frames the message stands behind its body: a server that takes trailers for fields of \
                       the head reads another request";
            tell("trailer-framing", 80, why);
        }
        if odd.contains(Anomaly::InvalidChunkSize) && self.chunked {
            tell("chunk-size", 70, "a chunk size that servers read as different numbers, or not at all");
        } else if odd.contains(Anomaly::ChunkDelimiter) {
            tell(
                "chunk-delimiter",
                64,
                "a chunk longer or shorter than its size says: servers differ on where it ends",
            );
        } else if odd.contains(Anomaly::ChunkExtension) && line_ends {
            let why = "a chunk extension and a line end that only some servers take for one: what is an extension to the \
                       first is the next chunk to the second";
            tell("chunk-extension", 78, why);
        } else if odd.contains(Anomaly::ChunkExtension) {
            tell("chunk-extension", 30, "a chunk extension, which hardly any client sends");
        }
    }
}

/// `Connection` naming a field that must reach the server: the proxy takes the field away (RFC 9110 section 7.6.1).
fn connection(value: &[u8], tell: Tell<'_>) {
    const FRAMING: [&[u8]; 3] = [b"content-length", b"transfer-encoding", b"host"];
    const TRUST: [&[u8]; 8] = [
        b"authorization",
        b"cookie",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-real-ip",
        b"x-forwarded",
        b"forwarded",
    ];
    let named = |list: &[&[u8]]| {
        value
            .split(|&b| b == b',')
            .any(|option| list.iter().any(|name| trim(option).eq_ignore_ascii_case(name)))
    };
    let (confidence, why) = if named(&FRAMING) {
        (
            76,
            "a field that frames the message is named as one for this connection only: a proxy takes it away",
        )
    } else if named(&TRUST) {
        (62, "a field that servers trust is named as one for this connection only: a proxy takes it away")
    } else {
        return;
    };
    let shown = value.get(..KEPT).unwrap_or(value);
    tell(b"connection", shown, hit("hop-by-hop", confidence, 0..shown.len(), why));
}

/// `Expect` that some servers take for `100-continue` and some do not.
fn expect(value: &[u8], tell: Tell<'_>) {
    let near = value.windows(3).any(|w| w == b"100");
    if near {
        let shown = value.get(..KEPT).unwrap_or(value);
        let why = "an expectation that only some servers know: one waits for the body, the other has read it";
        tell(b"expect", shown, hit("expect", 64, 0..shown.len(), why));
    }
}

fn trim(text: &[u8]) -> &[u8] {
    let blank = |b: &u8| matches!(b, b' ' | b'\t');
    let start = text.iter().take_while(|b| blank(b)).count();
    let text = text.get(start..).unwrap_or_default();
    let end = text.iter().rev().take_while(|b| blank(b)).count();
    text.get(..text.len() - end).unwrap_or_default()
}

/// Whether `chunked` is in the coding for readers that drop what is no letter.
fn has_chunked(coding: &[u8]) -> bool {
    let letters: SmallVec<[u8; KEPT]> =
        coding.iter().filter(|b| b.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).take(KEPT).collect();
    letters.windows(7).any(|w| w == b"chunked")
        || matches!(letters.as_slice(), b"chunk" | b"chunke" | b"hunked")
}
