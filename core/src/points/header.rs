//! Header fields: which are values, and which are lists of values.

use super::cookie::Cookie;
use super::{Part, Place, Point, Segment, Sink};
use crate::bytes::table;
use crate::http::Anomaly;
use crate::limits::{Limits, NAME};

/// Bytes of a name that are taken at once.
const BLOCK: usize = 16;

/// Each byte in lower case, with [`ODD`] if it is in no everyday name.
static LOWER: [u16; 256] = table!(b => {
    let everyday = b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    b.to_ascii_lowercase() as u16 | if everyday { 0 } else { ODD }
});
const ODD: u16 = 1 << 8;

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
        let mut lower = [0; NAME];
        let shown = name.get(..NAME).unwrap_or(name);
        let odd = name.len() > NAME || !in_lower_case(shown, &mut lower);
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

/// Writes `name` in lower case to the front of `out`, which is no shorter. Whether it is made of letters, digits, `-` and `_`.
///
/// PERF: blocks are taken from where they lie, the last one over the one before. A short name that is first copied and then
/// read as a block waits for the copy.
#[inline]
fn in_lower_case(name: &[u8], out: &mut [u8; NAME]) -> bool {
    let Some(last) = name.last_chunk::<BLOCK>() else {
        let odd = name.iter().zip(out).fold(0, |odd, (&b, to)| {
            *to = LOWER[usize::from(b)] as u8;
            odd | LOWER[usize::from(b)]
        });
        return odd & ODD == 0;
    };
    let everyday = |b: u8| b.is_ascii_alphanumeric() | (b == b'-') | (b == b'_');
    let mut all = true;
    let mut put = |block: &[u8; BLOCK], at: usize| {
        all &= block.iter().fold(true, |all, &b| all & everyday(b));
        if let Some(to) = out.get_mut(at..at + BLOCK) {
            to.copy_from_slice(&block.map(|b| b.to_ascii_lowercase()));
        }
    };
    for (n, block) in name.as_chunks().0.iter().enumerate() {
        put(block, n * BLOCK);
    }
    put(last, name.len() - BLOCK);
    all
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn names_of_any_length_are_lowered(name in "[a-zA-Z0-9_-]{0,64}|[ -~\u{e9}]{0,40}") {
            let name = name.as_bytes();
            let mut out = [0; NAME];
            let everyday = in_lower_case(name, &mut out);
            prop_assert_eq!(&out[..name.len()], name.to_ascii_lowercase());
            let slow = name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
            prop_assert_eq!(everyday, slow);
        }
    }
}
