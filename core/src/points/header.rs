//! Header fields: which are values, and which are lists of values.

use super::cookie::Cookie;
use super::{Part, Place, Point, Segment, Sink};
use crate::http::Anomaly;
use crate::limits::{Limits, NAME};

/// Reads header fields; its buffers are reused.
///
/// Every field is a value, `header.NAME` with the name in lower case, but Cookie, whose pairs are values. A name that
/// is no everyday name (letters, digits, `-`, `_`) is a value too, `header.NAME#name`. Credentials are left as they
/// are: decoding `Basic` and JWT is the decoders' work.
#[derive(Debug, Default)]
pub struct Header {
    cookie: Cookie,
}

impl Header {
    /// Reads one field: its name and value as sent, without the blanks around them.
    pub fn read(&mut self, limits: &Limits, name: &[u8], value: &[u8], sink: &mut impl Sink) {
        let mut lower = [b'-'; NAME];
        let shown = name.get(..NAME).unwrap_or(name);
        lower[..shown.len()].copy_from_slice(shown);
        let mut odd = name.len() > NAME;
        // PERF: whole blocks without an early exit become vector code.
        for block in lower.as_chunks_mut::<16>().0.iter_mut().take(shown.len().div_ceil(16)) {
            block.make_ascii_lowercase();
            odd |= block
                .iter()
                .fold(false, |odd, &b| odd | !(b.is_ascii_alphanumeric() | (b == b'-') | (b == b'_')));
        }
        let lower = lower.get(..shown.len()).unwrap_or(&lower);
        if lower == b"cookie" {
            return self.cookie.read(limits, &Point::part(Part::Cookie), value, sink);
        }
        let at = Point::part(Part::Header);
        let at = at.then(Segment::Name(lower));
        if odd {
            sink.piece(&at.then(Segment::NameItself), Place::HeaderName, name, false);
        }
        if matches!(lower, b"authorization" | b"proxy-authorization") && !is_credentials(value) {
            sink.anomaly(Anomaly::AuthInvalid);
        }
        sink.piece(&at, Place::HeaderValue, value, false);
    }
}

/// Whether `value` follows the grammar of its scheme: `Basic` and `Bearer` are followed by one token68 (RFC 7617,
/// RFC 6750), `Digest` by parameters with a user name (RFC 7616). Other schemes are not checked but for having a name.
fn is_credentials(value: &[u8]) -> bool {
    let end = value.iter().position(|&b| b == b' ' || b == b'\t').unwrap_or(value.len());
    let (scheme, rest) = value.split_at(end);
    let rest = rest.trim_ascii();
    if scheme.eq_ignore_ascii_case(b"basic") {
        is_token68(rest) && rest.len() % 4 != 1
    } else if scheme.eq_ignore_ascii_case(b"bearer") {
        is_token68(rest)
    } else if scheme.eq_ignore_ascii_case(b"digest") {
        rest.windows(9).any(|w| w.eq_ignore_ascii_case(b"username="))
            || rest.windows(10).any(|w| w.eq_ignore_ascii_case(b"username*="))
    } else {
        !scheme.is_empty()
    }
}

fn is_token68(bytes: &[u8]) -> bool {
    let body = bytes.iter().position(|&b| b == b'=').unwrap_or(bytes.len());
    let (body, pad) = bytes.split_at(body);
    !body.is_empty()
        && body.iter().all(|&b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
        && pad.iter().all(|&b| b == b'=')
}
