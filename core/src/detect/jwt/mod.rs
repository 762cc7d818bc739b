//! JSON Web Tokens made to be believed without the issuer's key (CWE-347).
//!
//! What comes in: [`find`] looks for a token in compact form anywhere in a value; [`Token::decode`] undoes the base64 of a
//! part; [`Claims`] takes the members of header and payload as they are read. What goes out: the member that tells, and a
//! hit in it. What always holds: an ordinary token allocates nothing; a token is judged by what its header makes a
//! verifier do, never by what its payload claims. To add a trick: `claims.rs`.
//!
//! Fires: `alg` of `none` in any case; no signature, or one of zeros, under an algorithm that signs; `kid` that is a path or
//! carries SQL or a command; `jku` or `x5u` to a host that is not the issuer's; a key inside the token; a certificate
//! beside HMAC. Must not: signed tokens of any issuer, `kid` that is a name or an address, DPoP proofs (their key belongs
//! inside), detached payloads. There is no [`judge`](super::judge) by bytes alone: the engine reads tokens where they
//! stand, so that hits and the values inside have points such as `header.authorization|jwt.header.kid`. Sources: RFC 7515
//! (JWS), RFC 7518 section 3.1 and IANA's JOSE registry (algorithms), RFC 7519, RFC 8725 (best current practices), RFC
//! 9449 (DPoP), CVE-2022-21449 (signatures of zeros), CWE-347.

mod claims;
pub(super) mod techniques;

pub use claims::Claims;

use crate::bytes::{Bits, has_pair, with_bits};
use std::ops::Range;

/// Most dots looked at in one value.
const DOTS: usize = 16;
/// Least length of an encoded header: `{"alg":""}`.
const LEAST: usize = 12;

/// A token in compact form (RFC 7515 section 7.1): parts between dots, still encoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token<'a> {
    /// The JOSE header.
    pub header: &'a [u8],
    /// The payload; of an encrypted token the encrypted key.
    pub payload: &'a [u8],
    /// The signature, if a second dot is there.
    pub signature: Option<&'a [u8]>,
    /// Whether further parts follow: the token is encrypted (RFC 7516).
    pub encrypted: bool,
    /// Where it lies.
    pub span: Range<usize>,
}

/// Longest value that is asked for two bytes alone, which takes a few instructions.
const SHORT: usize = 64;

/// Whether a header may begin in `bytes`.
///
/// PERF: looks at every byte and so becomes vector code.
struct Begins<'a>(&'a [u8]);

impl Bits for Begins<'_> {
    type Told = bool;

    #[inline(always)]
    fn run(self) -> bool {
        let [second, third] = [1, 2].map(|n| self.0.get(n..).unwrap_or_default());
        let mut any = 0;
        for ((a, b), c) in self.0.iter().zip(second).zip(third) {
            // `eyJ`, `eyA`, `ewo`, `ew0`, `ewk`.
            let second = (*b == b'y') | (*b == b'w');
            let third = (*c == b'J') | (*c == b'A') | (*c == b'o') | (*c == b'0') | (*c == b'k');
            any |= u8::from((*a == b'e') & second & third);
        }
        any != 0
    }
}

/// Whether [`find`] may find a token in `bytes`: every encoded header begins with one of a few groups of three bytes.
#[inline]
pub fn may_hold(bytes: &[u8]) -> bool {
    if bytes.len() > SHORT {
        return with_bits(Begins(bytes));
    }
    has_pair(bytes, *b"ey") || has_pair(bytes, *b"ew")
}

/// The first token in `bytes`.
///
/// PERF: walks back from the dots; of a value without one nothing is read twice.
pub fn find(bytes: &[u8]) -> Option<Token<'_>> {
    memchr::memchr_iter(b'.', bytes).take(DOTS).find_map(|dot| {
        let mut head = bytes.get(..dot)?;
        // PERF: in prose, numbers and names of hosts one of these is another sign nearly always.
        if ![LEAST, 8, 6, 4, 3].iter().all(|n| dot >= LEAST && is_sign(bytes[dot - n])) {
            return None;
        }
        // Lenient readers take the padding that base64 has elsewhere.
        for _ in 0..2 {
            head = head.strip_suffix(b"=").unwrap_or(head);
        }
        let from = head.iter().rposition(|b| !is_sign(*b)).map_or(0, |i| i + 1);
        let header = head.get(from..)?;
        // `{"`, `{ "`, and `{` with a line end or tab behind it.
        let begins = [&b"eyJ"[..], b"eyA", b"ewo", b"ew0", b"ewk"].iter().any(|b| header.starts_with(b));
        if !begins || header.len() < LEAST {
            return None;
        }
        let (payload, end) = part(bytes, dot + 1);
        let (mut signature, mut encrypted, mut to) = (None, false, end);
        if bytes.get(end) == Some(&b'.') {
            let (text, end) = part(bytes, end + 1);
            (signature, to) = (Some(text), end);
            encrypted = bytes.get(end) == Some(&b'.');
        }
        Some(Token { header, payload, signature, encrypted, span: from..to })
    })
}

fn part(bytes: &[u8], from: usize) -> (&[u8], usize) {
    let rest = bytes.get(from..).unwrap_or_default();
    let len = rest.iter().position(|b| !is_sign(*b)).unwrap_or(rest.len());
    let (text, rest) = rest.split_at(len);
    (text, from + len + rest.iter().take(2).take_while(|b| **b == b'=').count())
}

fn is_sign(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'+' | b'/')
}

impl Token<'_> {
    /// Decodes one part into `out`, which is cleared first. False if it is no base64url.
    pub fn decode(part: &[u8], out: &mut Vec<u8>) -> bool {
        out.clear();
        let (mut bits, mut held) = (0u32, 0u32);
        for &b in part {
            let six = match b {
                b'A'..=b'Z' => b - b'A',
                b'a'..=b'z' => b - b'a' + 26,
                b'0'..=b'9' => b - b'0' + 52,
                b'-' | b'+' => 62,
                b'_' | b'/' => 63,
                _ => return false,
            };
            (bits, held) = (bits << 6 | u32::from(six), held + 6);
            if held >= 8 {
                held -= 8;
                out.push((bits >> held) as u8);
                bits &= (1 << held) - 1;
            }
        }
        part.len() % 4 != 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_found_wherever_they_stand() {
        for (text, want) in [
            (&b"eyJhbGciOiJub25lIn0.e30."[..], Some((0..24, true))),
            (b"Bearer eyJhbGciOiJub25lIn0.e30.abc", Some((7..34, true))),
            (b"{\"t\":\"eyJhbGciOiJub25lIn0.e30\"}", Some((6..29, false))),
            (b"a.b.c eyJhbGciOiJub25lIn0..x", Some((6..28, true))),
            (b"eyJhbGci.short", None),
            (b"www.example.com/a.b", None),
            (b"eyJhbGciOiJub25lIn0=.e30=.", Some((0..26, true))),
            (b"", None),
        ] {
            let found = find(text).map(|t| (t.span, t.signature.is_some()));
            assert_eq!(found, want, "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_a_header_begins_with_is_seen_wherever_it_stands() {
        for head in [
            "eyJhbGciOiJub25lIn0",
            "eyAiYWxnIjoibm9uZSJ9",
            "ewoiYWxnIjoibm9uZSJ9",
            "ew0KImFsZyI6Im5vbmUi",
            "ewkiYWxnIjoibm9uZSJ9",
        ] {
            for at in 0..150 {
                let text = format!("{}{head}.e30.", "they knew; ".repeat(14).get(..at).unwrap_or_default());
                let token = find(text.as_bytes());
                assert!(token.is_none() || may_hold(text.as_bytes()), "{text}");
                assert!(may_hold(text.as_bytes()));
                assert!(may_hold(format!("{text} {}", "the eye ".repeat(at)).as_bytes()));
            }
        }
        assert!(!may_hold("They knew of it: the eyes were new, eye to eye, and few. ".repeat(3).as_bytes()));
    }

    #[test]
    fn parts_are_decoded() {
        let mut out = Vec::new();
        assert!(Token::decode(b"eyJhbGciOiJub25lIn0", &mut out));
        assert_eq!(out, br#"{"alg":"none"}"#);
        assert!(!Token::decode(b"abcde", &mut out) && !Token::decode(b"ab.c", &mut out));
    }
}
