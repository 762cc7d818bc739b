//! How a message is framed: Content-Length, Transfer-Encoding and the fields that matter to the connection.
//!
//! Where servers disagree on the framing both readings are kept: the smallest and the largest length, and whether
//! chunks are certain or only tried.

use super::chars::{contains_no_case, is_odd, is_ows, trim};
use super::field::Field;
use super::target::Authority;
use crate::bytes::is_name;
use crate::http::{Anomalies, Anomaly, Version};
use nom::character::complete::{digit1, one_of};
use nom::combinator::opt;
use nom::sequence::preceded;
use nom::{IResult, Parser};
use smallvec::SmallVec;

/// The fields the parser itself reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    ContentLength,
    TransferEncoding,
    Host,
    Upgrade,
    Expect,
    /// Another field that may come once only: its bit in [`Framing::seen`].
    Single(u8),
    Other,
}

/// The field called `name`, in any case.
pub(super) fn known(name: &[u8]) -> Known {
    match name.len() {
        4 if is_name(name, b"host") => Known::Host,
        6 if is_name(name, b"expect") => Known::Expect,
        7 if is_name(name, b"upgrade") => Known::Upgrade,
        12 if is_name(name, b"content-type") => Known::Single(1 << 3),
        13 if is_name(name, b"authorization") => Known::Single(1 << 4),
        14 if is_name(name, b"content-length") => Known::ContentLength,
        16 if is_name(name, b"content-encoding") => Known::Single(1 << 5),
        17 if is_name(name, b"transfer-encoding") => Known::TransferEncoding,
        _ => Known::Other,
    }
}

/// Whether the message is chunked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Chunks {
    /// No.
    #[default]
    No,
    /// Transfer-Encoding is there, without chunks.
    OtherCoding,
    /// Some server would think so.
    Doubtful,
    /// Yes.
    Certain,
}

/// The body a head announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Announced {
    /// None.
    Nothing,
    /// So many bytes; or between the two numbers, where fields disagree.
    Length(u64, u64),
    /// Chunks; if they do not parse and were in doubt, what the fields say otherwise.
    Chunked { certain: bool, length: Option<(u64, u64)> },
    /// A transfer coding that is not chunked.
    OtherCoding,
}

/// Longest host kept to compare others with.
const HOST: usize = 300;

/// What the fields of one head say about the connection.
#[derive(Debug, Default)]
pub(super) struct Framing {
    seen: u8,
    /// Smallest and largest Content-Length.
    length: Option<(u64, u64)>,
    chunks: Chunks,
    /// Whether an Upgrade field is there.
    pub upgrade: bool,
    /// Whether an Expect field is there: the body may never be sent.
    pub expects: bool,
    host: Vec<u8>,
    has_host: bool,
    /// The last Host field in which nothing was odd, of this message or an earlier one.
    plain_host: Vec<u8>,
}

impl Framing {
    /// Forgets all; buffers are kept.
    pub fn reset(&mut self) {
        (self.seen, self.length, self.chunks, self.has_host) = (0, None, Chunks::No, false);
        (self.upgrade, self.expects) = (false, false);
        self.host.clear();
    }

    /// Takes a field of the head into account. `doubtful` tells that only some servers would see it as a field.
    pub fn field(&mut self, field: &Field<'_>, doubtful: bool, flags: &mut Anomalies) {
        let mut kind = known(field.name);
        let mut doubtful = doubtful;
        if kind == Known::Other && field.name.len() <= NAME && !field.plain {
            kind = lax_name(field.name);
            doubtful |= kind != Known::Other;
        }
        let bit = match kind {
            Known::ContentLength => 1,
            Known::TransferEncoding => 1 << 1,
            Known::Host => 1 << 2,
            Known::Single(bit) => bit,
            Known::Upgrade | Known::Expect | Known::Other => 0,
        };
        if self.seen & bit != 0 {
            flags.insert(Anomaly::DuplicateField);
        }
        self.seen |= bit;
        match kind {
            Known::ContentLength => self.content_length(field.value, doubtful, flags),
            Known::TransferEncoding => self.transfer_encoding(field.value, doubtful, flags),
            Known::Host if !doubtful => self.host(field, flags),
            Known::Upgrade => self.upgrade = true,
            Known::Expect => self.expects = true,
            _ => {}
        }
        if matches!(kind, Known::ContentLength | Known::TransferEncoding) && (doubtful || field.trimmed) {
            flags.insert(Anomaly::RequestSmuggling);
        }
    }

    /// The host the request target names; it counts before any Host field.
    pub fn target_host(&mut self, authority: &Authority<'_>, text: &[u8], flags: &mut Anomalies) {
        if authority.userinfo.is_some() {
            flags.insert(Anomaly::TargetUserinfo);
        }
        self.compare_host(authority, text, flags);
    }

    /// What the head announces, now that all of it is known.
    pub fn announced(&self, version: Version, flags: &mut Anomalies) -> Announced {
        if self.chunks != Chunks::No {
            if self.length.is_some() {
                flags.insert(Anomaly::RequestSmuggling);
            }
            if version == Version::Http10 {
                flags.insert(Anomaly::InvalidTransferEncoding);
            }
        }
        match (self.chunks, self.length) {
            (Chunks::Certain, length) => Announced::Chunked { certain: version != Version::Http10, length },
            (Chunks::Doubtful, length) => Announced::Chunked { certain: false, length },
            (_, Some((0, 0))) => Announced::Nothing,
            (_, Some((least, most))) => Announced::Length(least, most),
            (Chunks::OtherCoding, None) => Announced::OtherCoding,
            (Chunks::No, None) => Announced::Nothing,
        }
    }

    /// Whether a Content-Length, if only of zero, is there.
    pub fn has_length(&self) -> bool {
        self.length.is_some()
    }

    /// Whether a Host field is there.
    pub fn has_host(&self) -> bool {
        self.seen & 1 << 2 != 0
    }

    fn content_length(&mut self, value: &[u8], doubtful: bool, flags: &mut Anomalies) {
        for part in value.split(|&b| b == b',' || is_ows(b)).filter(|p| !p.is_empty() || value.is_empty()) {
            let (n, plain) = length(part);
            if !plain || part.len() != value.len() {
                flags.insert(Anomaly::InvalidContentLength);
            }
            if trim(part, is_odd).len() != trim(part, is_ows).len() {
                flags.insert(Anomaly::RequestSmuggling);
            }
            let Some(n) = n else { continue };
            // A reader that does not see the field sees no body.
            let least = if doubtful && self.length.is_none() { 0 } else { n };
            self.length = Some(match self.length {
                None => (least, n),
                Some((low, high)) => (low.min(n), high.max(n)),
            });
        }
        if !doubtful && self.length.is_some_and(|(low, high)| low != high) {
            flags.insert(Anomaly::ContentLengthConflict);
            flags.insert(Anomaly::RequestSmuggling);
        }
    }

    fn transfer_encoding(&mut self, value: &[u8], doubtful: bool, flags: &mut Anomalies) {
        let mut plain = !doubtful;
        let mut chunks = self.chunks;
        for coding in value.split(|&b| b == b',') {
            let coding = trim(coding, is_ows);
            if coding.eq_ignore_ascii_case(b"chunked") {
                plain &= !matches!(chunks, Chunks::Certain | Chunks::Doubtful);
                chunks = Chunks::Certain;
            } else if contains_no_case(&without_controls(coding), b"chunked") {
                (plain, chunks) = (false, Chunks::Doubtful);
            } else {
                const CODINGS: [&[u8]; 5] = [b"gzip", b"x-gzip", b"deflate", b"compress", b"x-compress"];
                // Chunked comes last, or the message has no end of its own.
                plain &= chunks == Chunks::No && CODINGS.iter().any(|c| coding.eq_ignore_ascii_case(c));
                if chunks == Chunks::No && !coding.eq_ignore_ascii_case(b"identity") {
                    chunks = Chunks::OtherCoding;
                }
            }
        }
        self.chunks = match chunks {
            Chunks::Certain if !plain || self.chunks == Chunks::Doubtful => Chunks::Doubtful,
            chunks => chunks,
        };
        if !plain {
            flags.insert(Anomaly::InvalidTransferEncoding);
            if self.chunks == Chunks::Doubtful {
                flags.insert(Anomaly::RequestSmuggling);
            }
        }
    }

    fn host(&mut self, field: &Field<'_>, flags: &mut Anomalies) {
        let value = field.value;
        // PERF: nearly every request is for the host of one before it.
        if !self.has_host
            && !value.is_empty()
            && value.len() <= HOST
            && (field.known || self.plain_host == value)
        {
            self.has_host = true;
            self.host.extend_from_slice(value);
            return;
        }
        let authority = Authority::parse(value);
        if authority.userinfo.is_some() {
            flags.insert(Anomaly::HostInvalid);
        } else if authority.valid && value.len() <= HOST {
            self.plain_host.clear();
            self.plain_host.extend_from_slice(value);
        }
        self.compare_host(&authority, value, flags);
    }

    fn compare_host(&mut self, authority: &Authority<'_>, text: &[u8], flags: &mut Anomalies) {
        if !authority.valid {
            flags.insert(Anomaly::HostInvalid);
        }
        if self.has_host {
            if !authority.agrees(&Authority::parse(&self.host)) {
                flags.insert(Anomaly::HostAmbiguous);
            }
        } else {
            self.has_host = true;
            self.host.extend_from_slice(text.get(..text.len().min(HOST)).unwrap_or_default());
        }
    }
}

/// As much of a coding's name as is looked at, without what some readers drop.
fn without_controls(coding: &[u8]) -> SmallVec<[u8; NAME]> {
    coding.iter().copied().filter(|&b| b > 0x20 && b != 0x7f).take(NAME).collect()
}

/// The longest decimal prefix, and whether that is the whole of it and plain.
fn length(text: &[u8]) -> (Option<u64>, bool) {
    fn grammar(i: &[u8]) -> IResult<&[u8], &[u8]> {
        preceded(opt(one_of("+")), digit1).parse(i)
    }
    let text = trim(text, is_odd);
    let Ok((rest, digits)) = grammar(text) else { return (None, false) };
    let mut n = Some(0u64);
    for &b in digits {
        n = n.and_then(|n| n.checked_mul(10)?.checked_add(u64::from(b.wrapping_sub(b'0'))));
    }
    let plain = rest.is_empty() && n.is_some() && digits.len() == text.len();
    (Some(n.unwrap_or(u64::MAX)), plain && (digits.len() == 1 || !digits.starts_with(b"0")))
}

/// Longest name that is looked at more closely.
const NAME: usize = 64;

fn plain_name(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b == b'-'
}

/// The field meant by readers who drop bytes that cannot be in a name, or to whom `_` is the same as `-`, as it is in
/// CGI (RFC 3875 section 4.1.18).
fn lax_name(name: &[u8]) -> Known {
    let dashed = name.iter().map(|&b| if b == b'_' { b'-' } else { b });
    let name: SmallVec<[u8; NAME]> = dashed.filter(|&b| plain_name(b)).collect();
    match known(&name) {
        kind @ (Known::ContentLength | Known::TransferEncoding) => kind,
        _ => Known::Other,
    }
}
