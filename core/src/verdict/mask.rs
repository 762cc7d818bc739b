//! Secrets, and how they are kept out of evidence and events.
//!
//! A value at a secret point (Authorization, cookies, passwords, tokens) is shown by its shape: letters and digits
//! become `*`, punctuation stays, so that an operator still sees `*****' ** *=*`. Payment card numbers are hidden
//! wherever they stand. Sources: PCI DSS 4.0 requirement 3.4.1 (at most first six and last four digits shown), OWASP
//! Logging Cheat Sheet ("Data to exclude").

use memchr::memchr2;
use serde::Deserialize;

/// Header fields whose values are credentials (RFC 9110 section 11, RFC 6265) or commonly used as such.
pub const SECRET_HEADERS: &[&str] = &[
    "api-key",
    "authentication",
    "authorization",
    "cookie",
    "proxy-authorization",
    "set-cookie",
    "x-access-token",
    "x-amz-security-token",
    "x-api-key",
    "x-auth-token",
    "x-csrf-token",
    "x-xsrf-token",
];

/// Words that make the name of a parameter, field or key a secret's, wherever in the name they stand.
pub const SECRET_WORDS: &[&str] = &[
    "apikey",
    "api_key",
    "authorization",
    "credential",
    "cvc",
    "cvv",
    "passphrase",
    "passw",
    "pwd",
    "secret",
    "ssn",
    "token",
];

/// What is masked, as the policy's `[masking]` table sets it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Masking {
    /// Whether anything is masked at all. Default true.
    pub enabled: bool,
    /// Further header fields to mask, any case.
    pub headers: Vec<String>,
    /// Further words that make a parameter name a secret's, any case.
    pub names: Vec<String>,
}

impl Default for Masking {
    fn default() -> Self {
        Masking { enabled: true, headers: Vec::new(), names: Vec::new() }
    }
}

impl Masking {
    /// Whether the values of header field `name` are secret.
    pub fn is_secret_header(&self, name: &[u8]) -> bool {
        let is = |list: &str| list.as_bytes().eq_ignore_ascii_case(name);
        self.enabled && (SECRET_HEADERS.iter().any(|h| is(h)) || self.headers.iter().any(|h| is(h)))
    }

    /// Whether a parameter, field or key of that name holds a secret.
    pub fn is_secret_name(&self, name: &[u8]) -> bool {
        let has = |word: &str| contains_ignore_case(name, word.as_bytes());
        self.enabled && (SECRET_WORDS.iter().any(|w| has(w)) || self.names.iter().any(|w| has(w)))
    }

    /// Replaces letters, digits and bytes above 0x7F by `*`.
    pub fn shape(&self, text: &mut [u8]) {
        if self.enabled {
            text.iter_mut().filter(|b| b.is_ascii_alphanumeric() || **b >= 0x80).for_each(|b| *b = b'*');
        }
    }

    /// Hides the middle of every payment card number: 13 to 19 digits, blanks or dashes between them, that pass the
    /// check of ISO/IEC 7812-1 annex B (Luhn).
    pub fn hide_numbers(&self, text: &mut [u8]) {
        let mut at = 0;
        while self.enabled && at < text.len() {
            if !text[at].is_ascii_digit() {
                at += 1;
                continue;
            }
            let mut digits = [0u8; 20];
            let (mut n, mut end) = (0, at);
            while end < text.len() {
                match text[end] {
                    d @ b'0'..=b'9' if n < digits.len() => {
                        digits[n] = d - b'0';
                        n += 1;
                    }
                    b'0'..=b'9' => n = digits.len() + 1,
                    b' ' | b'-' if text.get(end + 1).is_some_and(u8::is_ascii_digit) => {}
                    _ => break,
                }
                end += 1;
            }
            if (13..=19).contains(&n) && luhn(&digits[..n]) {
                let shown = text[at..end].iter_mut().filter(|b| b.is_ascii_digit());
                shown.enumerate().filter(|(i, _)| (6..n - 4).contains(i)).for_each(|(_, b)| *b = b'*');
            }
            at = end;
        }
    }

    /// A request target or URL with the values of secret parameters, user information and card numbers masked.
    pub fn target(&self, target: &[u8]) -> Vec<u8> {
        let mut out = target.to_vec();
        if !self.enabled {
            return out;
        }
        let path = memchr2(b'?', b'#', target).unwrap_or(target.len());
        if let Some(scheme) = memchr::memmem::find(&target[..path], b"://") {
            let authority = scheme + 3;
            let end = target[authority..path].iter().position(|&b| b == b'/').map_or(path, |i| authority + i);
            if let Some(sign) = memchr::memrchr(b'@', &target[authority..end]) {
                self.shape(&mut out[authority..authority + sign]);
            }
        }
        let mut at = path;
        while at < target.len() {
            let end = memchr2(b'&', b';', &target[at + 1..]).map_or(target.len(), |i| at + 1 + i);
            if let Some(sign) = memchr::memchr(b'=', &target[at + 1..end]) {
                let value = at + 1 + sign + 1;
                if self.is_secret_name(&target[at + 1..value - 1]) {
                    self.shape(&mut out[value..end]);
                }
            }
            at = end;
        }
        self.hide_numbers(&mut out);
        out
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(i, &d)| match u32::from(d) {
            d if i % 2 == 0 => d,
            d => d * 2 / 10 + d * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10) && digits.iter().any(|&d| d != 0)
}

fn contains_ignore_case(text: &[u8], word: &[u8]) -> bool {
    !word.is_empty() && text.windows(word.len()).any(|w| w.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(target: &str) -> String {
        String::from_utf8(Masking::default().target(target.as_bytes())).unwrap()
    }

    #[test]
    fn names_of_secrets_are_known() {
        let m = Masking { names: vec!["Lohn".into()], headers: vec!["X-Mine".into()], ..Masking::default() };
        for name in ["password", "user[PassWord]", "access_token", "client_secret", "bruttolohn"] {
            assert!(m.is_secret_name(name.as_bytes()), "{name}");
        }
        for name in ["q", "page", "author", "keyword", ""] {
            assert!(!m.is_secret_name(name.as_bytes()), "{name}");
        }
        assert!(
            m.is_secret_header(b"AUTHORIZATION")
                && m.is_secret_header(b"x-mine")
                && !m.is_secret_header(b"accept")
        );
    }

    #[test]
    fn targets_lose_their_secrets_and_keep_the_rest() {
        assert_eq!(
            masked("/login?user=ann&password=s3cret'--&x=1"),
            "/login?user=ann&password=******'--&x=1"
        );
        assert_eq!(masked("http://ann:pw@host/a?b=c"), "http://***:**@host/a?b=c");
        assert_eq!(masked("/pay?card=4111-1111-1111-1111"), "/pay?card=4111-11**-****-1111");
        assert_eq!(masked("/a?order=4111111111111112"), "/a?order=4111111111111112");
        assert_eq!(masked("/a?n=411111111111111111111111"), "/a?n=411111111111111111111111");
        assert_eq!(masked("/a?token"), "/a?token");
        assert_eq!(masked("?"), "?");
    }

    #[test]
    fn masking_can_be_switched_off() {
        let off = Masking { enabled: false, ..Masking::default() };
        assert_eq!(off.target(b"/?password=x"), b"/?password=x");
        assert!(!off.is_secret_header(b"cookie"));
    }
}
