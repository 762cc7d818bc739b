//! The request target: its form (RFC 9112, section 3.2), authority, path and query.
//!
//! Nothing is decoded here; what is odd before decoding is flagged. A raw `#` or blank stays part of the target: some
//! servers cut there and some do not, so what follows it is judged either way.

use super::name::{escape, hex};
use super::query::Query;
use super::{Part, Place, Point, Segment, Sink};
use crate::http::{Anomalies, Anomaly};
use crate::limits::Limits;
use memchr::{memchr, memchr_iter, memchr2, memchr3, memrchr};

/// A request target, cut into its parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target<'a> {
    /// The target as sent.
    pub whole: &'a [u8],
    /// The scheme of the absolute form, without `:`; empty in the other forms.
    pub scheme: &'a [u8],
    /// Host and port as in a Host field, with user information if any: in the absolute and the authority form.
    pub authority: Option<&'a [u8]>,
    /// The path, `*` for the asterisk form, empty for the authority form.
    pub path: &'a [u8],
    /// What follows the first `?`.
    pub query: Option<&'a [u8]>,
}

impl<'a> Target<'a> {
    /// Cuts `target`. `connect` tells that the method is CONNECT, whose target is an authority.
    pub fn split(target: &'a [u8], connect: bool) -> Target<'a> {
        let mut it = Target { whole: target, scheme: b"", authority: None, path: target, query: None };
        if connect && !target.starts_with(b"/") {
            return Target { authority: Some(target), path: b"", ..it };
        }
        if let Some((scheme, after)) = absolute(target) {
            let end = memchr3(b'/', b'?', b'#', after).unwrap_or(after.len());
            if end > 0 {
                let (authority, path) = after.split_at(end);
                it = Target { scheme, authority: Some(authority), path, ..it };
            } else {
                // Nothing between `//` and the path: a server that reads a path reads one that begins with `//`.
                it = Target { scheme, path: &target[scheme.len() + 1..], ..it };
            }
        }
        if let Some(mark) = memchr(b'?', it.path) {
            it.query = it.path.get(mark + 1..);
            it.path = &it.path[..mark];
        }
        it
    }

    /// The authority without user information, and the port that follows it, if any.
    pub fn host(&self) -> (&'a [u8], Option<&'a [u8]>) {
        let authority = self.authority.unwrap_or_default();
        let host = memrchr(b'@', authority).map_or(authority, |i| &authority[i + 1..]);
        match memrchr(b':', host) {
            Some(colon) if memchr(b']', &host[colon..]).is_none() => {
                (&host[..colon], Some(&host[colon + 1..]))
            }
            _ => (host, None),
        }
    }

    /// Emits the values of the target: `target` (scheme and authority, where it has them), `path`, `path[0]`... and
    /// `path[0].param`, then the query's.
    pub fn read(&self, limits: &Limits, query: &mut Query, sink: &mut impl Sink) {
        let mut odd = Anomalies::default();
        if let Some(authority) = self.authority {
            let end = self.whole.len() - self.path.len() - self.query.map_or(0, |q| q.len() + 1);
            sink.piece(&Point::part(Part::Target), Place::Target, &self.whole[..end], false);
            if memchr(b'@', authority).is_some() {
                odd.insert(Anomaly::TargetUserinfo);
            }
            if !is_host_and_port(self.host()) {
                odd.insert(Anomaly::HostInvalid);
            }
        } else if !self.scheme.is_empty() {
            sink.piece(&Point::part(Part::Target), Place::Target, self.scheme, false);
            odd.insert(Anomaly::HostInvalid);
        }
        flag_bytes(self.whole, &mut odd);
        flag_escapes(self.path, true, &mut odd);
        flag_escapes(self.query.unwrap_or_default(), false, &mut odd);
        if !self.path.is_empty() {
            let at = Point::part(Part::Path);
            sink.piece(&at, Place::Path, self.path, false);
            read_segments(limits, &at, self.path, &mut odd, sink);
        }
        if let Some(bytes) = self.query {
            query.read(limits, &Point::part(Part::Query), bytes, sink);
        }
        if !odd.is_empty() {
            odd.iter().for_each(|anomaly| sink.anomaly(anomaly));
        }
    }
}

/// The scheme of `target` and what follows `://`.
fn absolute(target: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = target.iter().position(|&b| !(b.is_ascii_alphanumeric() || b"+-.".contains(&b)))?;
    let (scheme, rest) = target.split_at(colon);
    let after = rest.strip_prefix(b"://")?;
    scheme.first()?.is_ascii_alphabetic().then_some((scheme, after))
}

/// Whether `host` could be a name or an address, and `port` a port (RFC 3986, section 3.2).
fn is_host_and_port((host, port): (&[u8], Option<&[u8]>)) -> bool {
    let name = |h: &[u8]| {
        !h.is_empty() && h.iter().all(|&b| b.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=".contains(&b))
    };
    let address = |h: &[u8]| h.iter().all(|&b| b.is_ascii_alphanumeric() || b":.-_~".contains(&b));
    let host_is = match host.strip_prefix(b"[") {
        Some(rest) => rest.strip_suffix(b"]").is_some_and(|inside| !inside.is_empty() && address(inside)),
        None => name(host),
    };
    host_is && port.is_none_or(is_port)
}

fn is_port(port: &[u8]) -> bool {
    let number = |n: u32, &b: &u8| b.is_ascii_digit().then(|| (n * 10 + u32::from(b - b'0')).min(65_536));
    let value = port.iter().try_fold(0, number);
    port.is_empty() || value.is_some_and(|n| (1..=65_535).contains(&n))
}

fn flag_bytes(target: &[u8], odd: &mut Anomalies) {
    if memchr(b'#', target).is_some() {
        odd.insert(Anomaly::TargetFragment);
    }
    if memchr2(b' ', b'\t', target).is_some() {
        odd.insert(Anomaly::TargetSpaces);
    }
    if memchr(0, target).is_some() {
        odd.insert(Anomaly::NulByte);
    }
}

/// Flags percent escapes that are odd in themselves. `%2F` and `%5C` are so in the path only.
fn flag_escapes(bytes: &[u8], path: bool, odd: &mut Anomalies) {
    for i in memchr_iter(b'%', bytes) {
        let rest = &bytes[i + 1..];
        let Some(byte) = escape(rest) else {
            match unicode_escape(rest) {
                Some(code) => {
                    odd.insert(Anomaly::PercentUnicode);
                    match code {
                        0xff01..=0xff5e => odd.insert(Anomaly::FullWidth),
                        0 => odd.insert(Anomaly::EncodedNul),
                        0x2f | 0x5c if path => odd.insert(Anomaly::EncodedSeparator),
                        _ => {}
                    }
                }
                None => odd.insert(Anomaly::PercentInvalid),
            }
            continue;
        };
        let after = &rest[2..];
        match byte {
            0 => odd.insert(Anomaly::EncodedNul),
            b'/' | b'\\' if path => odd.insert(Anomaly::EncodedSeparator),
            b'%' if is_encoded_escape(after) => odd.insert(Anomaly::PercentRepeated),
            0xc0 | 0xc1 => odd.insert(Anomaly::OverlongUtf8),
            // The second byte tells a code point that fits fewer bytes.
            0xe0 if next_escape(after).is_some_and(|b| (0x80..0xa0).contains(&b)) => {
                odd.insert(Anomaly::OverlongUtf8)
            }
            0xf0 if next_escape(after).is_some_and(|b| (0x80..0x90).contains(&b)) => {
                odd.insert(Anomaly::OverlongUtf8)
            }
            // U+FF01 to U+FF5E.
            0xef if next_escape(after).is_some_and(|b| b == 0xbc || b == 0xbd) => {
                odd.insert(Anomaly::FullWidth)
            }
            _ => {}
        }
    }
}

fn next_escape(bytes: &[u8]) -> Option<u8> {
    bytes.strip_prefix(b"%").and_then(escape)
}

/// The code point of `uXXXX` at the front of `bytes`.
fn unicode_escape(bytes: &[u8]) -> Option<u32> {
    let digits = bytes.strip_prefix(b"u").or_else(|| bytes.strip_prefix(b"U"))?.get(..4)?;
    digits.iter().try_fold(0, |n, &b| Some(n << 4 | u32::from(hex(b)?)))
}

/// Whether what follows `%25` makes another escape: two hexadecimal digits, each as such or itself escaped, or `u`.
fn is_encoded_escape(mut bytes: &[u8]) -> bool {
    for _ in 0..2 {
        let (digit, taken) = match next_escape(bytes) {
            Some(b) => (b, 3),
            None => match bytes.first() {
                Some(&b) => (b, 1),
                None => return false,
            },
        };
        if digit.eq_ignore_ascii_case(&b'u') {
            return true;
        }
        if hex(digit).is_none() {
            return false;
        }
        bytes = &bytes[taken..];
    }
    true
}

/// Emits the segments of `path` and their parameters (`;a=b`, RFC 3986, section 3.3).
fn read_segments(limits: &Limits, at: &Point<'_>, path: &[u8], odd: &mut Anomalies, sink: &mut impl Sink) {
    if memchr(b'\\', path).is_some() {
        odd.insert(Anomaly::PathTraversal);
    }
    let Some(path) = path.strip_prefix(b"/") else { return };
    let (mut index, mut params, mut start) = (0u32, 0usize, 0usize);
    let ends = memchr_iter(b'/', path).chain([path.len()]);
    for end in ends {
        let segment = &path[start..end];
        let last = end == path.len();
        start = end + 1;
        if segment.is_empty() {
            if !last {
                odd.insert(Anomaly::PathTraversal);
            }
            index += 1;
            continue;
        }
        if index as usize + params >= limits.params {
            // The whole path has been emitted: nothing is lost but the finer points.
            odd.insert(Anomaly::TooManyParams);
            return;
        }
        let point = at.then(Segment::Index(index));
        index += 1;
        let (name, params_of) = match memchr(b';', segment) {
            Some(end) => (&segment[..end], Some(&segment[end + 1..])),
            None => (segment, None),
        };
        if is_dots(name) {
            odd.insert(Anomaly::PathTraversal);
        }
        if !name.is_empty() {
            sink.piece(&point, Place::PathSegment, name, false);
        }
        for param in params_of.into_iter().flat_map(|all| all.split(|&b| b == b';')) {
            odd.insert(Anomaly::PathParams);
            params += 1;
            match memchr(b'=', param) {
                Some(equals) if equals > 0 && super::name::is_plain(&param[..equals]) => {
                    let name = &param[..equals.min(crate::limits::NAME)];
                    sink.piece(
                        &point.then(Segment::Name(name)),
                        Place::PathParam,
                        &param[equals + 1..],
                        false,
                    );
                }
                _ if param.is_empty() => {}
                _ => sink.piece(&point, Place::PathParam, param, false),
            }
        }
    }
}

/// Whether a segment is `.` or `..`, escaped or not.
fn is_dots(mut segment: &[u8]) -> bool {
    if !matches!(segment.first(), Some(b'.' | b'%')) {
        return false;
    }
    for _ in 0..2 {
        let dot = [&b"."[..], b"%2e", b"%2E"].iter().find_map(|dot| segment.strip_prefix(*dot));
        match dot {
            Some([]) => return true,
            Some(rest) => segment = rest,
            None => return false,
        }
    }
    false
}
